//! What may be changed of a user, by whom, and how is the user named?

use domain::group::{ADMINISTRATOR, VIEWER};
use serde_json::json;

use crate::ask::Answer;
use crate::caller::Caller;
use crate::directory::*;
use crate::world::{World, shared_users, user_at};

const ASA: &str = "/v1/users/00000000-0000-0000-0000-00000000e001";

/// Adds a user, and gives where it is found.
async fn added(caller: &Caller, path: &str, body: &serde_json::Value) -> String {
    format!("/v1/users/{}", caller.post(path, body).await.id())
}

#[tokio::test]
async fn what_is_absent_stays_a_null_name_goes_and_groups_are_replaced() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let before = csp.get(ASA).await;
    let answer = csp.patch(ASA, &json!({"firstName": null, "email": "Asa.Lund@X.example"})).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!((answer.header("content-type"), answer.header("content-length")), (None, None));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let after = csp.get(ASA).await;
    assert_eq!(after.tag(), answer.tag());
    assert_ne!(after.tag(), before.tag());
    let mut expected = before.json();
    expected["firstName"] = json!(null);
    expected["email"] = json!("Asa.Lund@X.example");
    assert_eq!(after.json(), expected);

    let groups = json!({"groups": [{"id": VIEWER.to_string(), "name": "as it was read"}], "firstName": " "});
    assert_eq!(csp.patch(ASA, &groups).await.status, 204);
    expected["groups"] = json!([{"id": VIEWER.to_string(), "name": "Viewer"}]);
    assert_eq!(csp.get(ASA).await.json(), expected);
    assert_eq!(csp.patch(ASA, &json!({"groups": []})).await.status, 204);
    expected["groups"] = json!([]);
    assert_eq!(csp.get(ASA).await.json(), expected);
    assert_eq!(csp.patch(ASA, &json!({})).await.status, 204, "nothing is a change as well");
    assert_eq!(csp.get(ASA).await.json(), expected);
}

#[tokio::test]
async fn the_whole_user_may_be_sent_back_as_it_was_read() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let read = csp.get(ASA).await.json();
    assert_eq!(csp.patch(ASA, &read).await.status, 204);
    assert_eq!(csp.get(ASA).await.json(), read);
}

#[tokio::test]
async fn what_a_user_is_cannot_be_changed() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let other = "00000000-0000-0000-0000-00000000e002";
    for (body, faults) in [
        (json!({"id": other}), "id"),
        (json!({"role": {"name": "csp"}}), "role"),
        (json!({"id": other, "role": {"name": "csp"}}), "id, role"),
        (json!({"id": other, "firstName": 1}), "firstName, id"),
        (json!({"email": null}), "email"),
        (json!({"email": ""}), "email"),
        (json!({"groups": null}), "groups"),
        (json!({"firstName": "å".repeat(256), "lastName": "a\u{1}"}), "firstName, lastName"),
    ] {
        let answer = csp.patch(ASA, &body).await;
        assert_eq!(answer.refusal(), format!("400 InvalidRequest: {faults}"), "{body}");
    }
    let shown = csp.get(ASA).await.json();
    assert_eq!((&shown["firstName"], &shown["role"]), (&json!("Åsa"), &json!({"name": "customer"})));
}

#[tokio::test]
async fn a_user_is_named_by_its_id_in_any_form_or_by_its_e_mail_in_any_case() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let path = added(&csp, &shared_users(), &json!({"email": "Åsa+O'Neil%/?@X.example"})).await;
    let id = path.rsplit('/').next().unwrap().to_owned();
    let number = id.replace('-', "");
    for key in [
        id.clone(),
        id.to_uppercase(),
        number.clone(),
        format!("%7B{id}%7D"),
        format!("({id})"),
        "%C3%85sa+O'Neil%25%2F%3F@X.example".to_owned(),
        "%c3%a5sa%2Bo%27neil%25%2f%3f%40x.EXAMPLE".to_owned(),
        "a%CC%8ASA+O'NEIL%25%2F%3F@x.example".to_owned(),
    ] {
        for path in [format!("/v1/users/{key}"), format!("/V1/Users/{key}/")] {
            let answer = csp.get(&path).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.json()["id"], id, "{path}");
        }
    }
    for (key, expected) in [
        ("%C3%85sa", "400 InvalidRequest"),
        ("a%C3@x.example", "400 InvalidRequest"),
        (&number[1..], "400 InvalidRequest"),
        ("two@at@x.example", "400 InvalidRequest"),
        ("asa@x.example", "404 UserNotFound"),
        ("00000000-0000-0000-0000-000000000000", "404 UserNotFound"),
    ] {
        for method in ["GET", "PATCH", "DELETE"] {
            let answer = csp.ask(method, &format!("/v1/users/{key}")).json(&json!({})).send().await;
            assert_eq!(answer.told(), expected, "{method} {key}");
            if answer.status == 400 {
                assert_eq!(answer.faults(), ["key"]);
            }
        }
    }
}

#[tokio::test]
async fn an_e_mail_of_several_users_names_nobody_unless_the_caller_sees_one_of_them() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let in_acorn = format!("{}?resellerId={ACORN}", shared_users());
    let in_birch = format!("{}?resellerId={BIRCH}", shared_users());
    let twin = json!({"email": "Twin@x.example"});
    for path in [&in_acorn, &in_birch] {
        csp.post(path, &twin).await.id();
    }
    for method in ["GET", "PATCH", "DELETE"] {
        let answer = csp.ask(method, "/v1/users/twin@x.example").json(&json!({})).send().await;
        assert_eq!(answer.refusal(), "400 AmbiguousUser: key", "{method}");
    }
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    assert_eq!(acorn.patch("/v1/users/TWIN@x.example", &json!({"lastName": "Acorn's"})).await.status, 204);
    let narrowed = format!("/v1/users/twin@x.example?resellerId={BIRCH}");
    assert_eq!(csp.get(&narrowed).await.json()["lastName"], json!(null));
    assert_eq!(csp.patch(&narrowed, &json!({"lastName": "Birch's"})).await.status, 204);
    assert_eq!(acorn.get(&narrowed).await.told(), "403 ResellerScopeMismatch");
    assert_eq!(csp.delete(&narrowed).await.status, 204);
    assert_eq!(
        csp.get("/v1/users/twin@x.example").await.json()["lastName"],
        "Acorn's",
        "the one that is left"
    );
}

#[tokio::test]
async fn another_e_mail_must_be_free() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let taken = csp.patch(ASA, &json!({"email": "USER4@shared.example"})).await;
    assert_eq!(taken.refusal(), "400 EmailAlreadyInUse: email");
    assert_eq!(
        csp.patch(ASA, &json!({"email": "user3@shared.example"})).await.status,
        204,
        "of another context"
    );
    assert_eq!(csp.patch(ASA, &json!({"email": "USER3@shared.example"})).await.status, 204, "her own");
    assert_eq!(
        csp.patch(ASA, &json!({"email": "user8@shared.example"})).await.status,
        204,
        "of a deleted one"
    );
}

#[tokio::test]
async fn a_change_is_seen_at_once_wherever_the_user_is_shown() {
    let world = World::new().await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let others = [world.caller(CSP).await, world.caller(OF_SHARED).await, world.caller(OF_ACORN).await];
    for caller in &others {
        assert_ne!(caller.get(&shared_users()).await.emails().last().unwrap(), "user1@shared.example");
        assert_eq!(caller.get("/v1?searchValue=ase").await.items().len(), 0);
    }
    let body = json!({"firstName": "Ænne", "lastName": "Zz Åse", "groups": [{"id": VIEWER.to_string()}]});
    assert_eq!(acorn.patch("/v1/users/user1@shared.example", &body).await.status, 204);
    for caller in &others {
        let listed = caller.get(&shared_users()).await;
        let asa = listed.json().as_array().unwrap().iter().find(|user| user["firstName"] == "Ænne").cloned();
        assert_eq!(asa.unwrap()["groups"], json!([{"id": VIEWER.to_string(), "name": "Viewer"}]));
        assert_eq!(caller.get("/v1?searchValue=ase").await.each("email"), ["user1@shared.example"]);
        assert_eq!(caller.get("/v1?searchValue=lund").await.items().len(), 0);
        let groups = format!("/v1/users?groups={ADMINISTRATOR}&searchValue=user1");
        assert_eq!(caller.get(&groups).await.items().len(), 0);
    }
}

/// The answers to a look, a change and a deletion.
async fn tried(caller: &Caller, path: &str) -> Vec<Answer> {
    let body = json!({"lastName": "tried"});
    vec![caller.get(path).await, caller.patch(path, &body).await, caller.delete(path).await]
}

#[tokio::test]
async fn who_may_change_whom() {
    let world = World::new().await;
    let denied = "403 PermissionDenied";
    let absent = "404 UserNotFound";
    for (client, number, expected) in [
        (CSP, 1, ["200", denied, denied]),
        (OF_ACORN, 1, ["200", denied, denied]),
        (OF_SHARED, 1, ["200", denied, denied]),
        (OF_BIRCH_CLIENT, 1, [absent, denied, denied]),
        (BIRCH_ADMINISTRATOR, 1, [absent, absent, absent]),
        (ACORN_ADMINISTRATOR, 2, [absent, absent, absent]),
        (ACORN_ADMINISTRATOR, 51, [absent, absent, absent]),
        (ACORN_ADMINISTRATOR, 101, [absent, absent, absent]),
        (SHARED_ADMINISTRATOR, 50, [absent, absent, absent]),
        (SHARED_ADMINISTRATOR, 102, [absent, absent, absent]),
        (CSP_ADMINISTRATOR, 8, [absent, absent, absent]),
        (CSP_ADMINISTRATOR, 52, [absent, absent, absent]),
        (CSP_ADMINISTRATOR, 53, [absent, absent, absent]),
        (ACORN_ADMINISTRATOR, 1, ["200", "204", "204"]),
        (ACORN_ADMINISTRATOR, 102, ["200", "204", "204"]),
        (SHARED_ADMINISTRATOR, 3, ["200", "204", "204"]),
        (CSP_ADMINISTRATOR, 2, ["200", "204", "204"]),
        (CSP_ADMINISTRATOR, 50, ["200", "204", "204"]),
        (CSP_ADMINISTRATOR, 101, ["200", "204", "204"]),
    ] {
        let answers = tried(&world.caller(client).await, &user_at(number)).await;
        let told: Vec<String> = answers.iter().map(Answer::told).collect();
        assert_eq!(told, expected, "{client} {number}");
    }
}

#[tokio::test]
async fn users_that_are_not_for_the_caller_are_all_absent_in_the_same_bytes() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let birch = world.caller(BIRCH_ADMINISTRATOR).await;
    let mut bodies = Vec::new();
    for (caller, path) in [
        (&csp, user_at(0xff)),
        (&csp, user_at(8)),
        (&csp, user_at(52)),
        (&csp, user_at(53)),
        (&csp, "/v1/users/nobody@x.example".to_owned()),
        (&csp, "/v1/users/user8@shared.example".to_owned()),
        (&birch, user_at(1)),
        (&birch, "/v1/users/user1@shared.example".to_owned()),
    ] {
        for answer in tried(caller, &path).await {
            assert_eq!(answer.told(), "404 UserNotFound", "{path}");
            bodies.push(answer.text_without_correlation());
        }
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn the_last_administrator_of_the_distributor_stays_one() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let administrator = |email: &str| json!({"email": email, "groups": [{"id": ADMINISTRATOR.to_string()}]});
    let anna = added(&csp, "/v1/users", &administrator("anna@north.example")).await;
    for (answer, property) in [
        (csp.delete(&anna).await, "key"),
        (csp.patch(&anna, &json!({"groups": []})).await, "groups"),
        (csp.patch(&anna, &json!({"groups": [{"id": VIEWER.to_string()}]})).await, "groups"),
    ] {
        assert_eq!(answer.told(), "400 InvalidRequest");
        let (fault, description) = answer.fault();
        assert_eq!(fault, property);
        assert!(description.starts_with("This is the last Administrator"), "{description}");
    }
    assert_eq!(csp.patch(&anna, &json!({"firstName": "Anna"})).await.status, 204, "all else may be changed");
    let bo = added(&csp, "/v1/users", &administrator("bo@north.example")).await;
    assert_eq!(csp.delete(&anna).await.status, 204, "there is another now");
    assert_eq!(csp.delete(&bo).await.told(), "400 InvalidRequest");
    let alma = "/v1/users/alma@north.example";
    assert_eq!(csp.delete(alma).await.status, 204, "a reseller's may go");
}
