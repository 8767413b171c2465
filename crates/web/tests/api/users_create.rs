//! How does a user come into the directory? By a POST to where it belongs; it is seen everywhere at once.

use domain::group::{ADMINISTRATOR, VIEWER};
use serde_json::{Value, json};

use crate::ask::Answer;
use crate::directory::*;
use crate::world::{RESTORABLE, World, later, shared_users};

/// The body of a user with this e-mail and no name.
fn named(email: &str) -> Value {
    json!({ "email": email })
}

fn staff_of(reseller: domain::id::ResellerId) -> String {
    format!("/v1/reseller/{reseller}/users")
}

#[tokio::test]
async fn a_new_user_is_answered_by_its_id_and_shown_as_it_was_written() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (path, role) in
        [("/v1/users".to_owned(), "csp"), (staff_of(ACORN), "reseller"), (shared_users(), "customer")]
    {
        let body = json!({
            "firstName": "  Zoë-\u{c5}sa ", "lastName": "O'Neil \"van\" \u{5c71}\u{7530}\\",
            "email": "Zo\u{eb}.O'Neil+x@B\u{fc}cher.example",
            "groups": [{"id": VIEWER.to_string()}, {"id": CUSTOM_GROUP.to_string()}],
        });
        let answer = csp.post(&path, &body).await;
        let id = answer.id();
        assert_eq!(answer.status, 201, "{path}");
        assert_eq!(answer.text(), format!("\"{id}\""));
        assert_eq!(answer.header("location"), Some(format!("/v1/users/{id}").as_str()));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let shown = csp.get(&format!("/v1/users/{id}")).await;
        assert_eq!(
            shown.text(),
            format!(
                "{{\"id\":\"{id}\",\"firstName\":\"  Zoë-Åsa \",\"lastName\":\"O'Neil \\\"van\\\" 山田\\\\\",\
                 \"email\":\"Zoë.O'Neil+x@Bücher.example\",\"role\":{{\"name\":\"{role}\"}},\"groups\":[\
                 {{\"id\":\"{CUSTOM_GROUP}\",\"name\":\"Ärger & Söhne\"}},{{\"id\":\"{VIEWER}\",\"name\":\"Viewer\"}}]}}"
            )
        );
        assert_eq!(shown.tag(), answer.tag(), "the tag of the answer is that of the user");
    }
}

#[tokio::test]
async fn only_the_e_mail_is_required_and_null_is_absent() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let sparse = csp.post("/v1/users", &named("a@north.example")).await.id();
    let nulls = json!({
        "id": null, "firstName": null, "lastName": null, "role": null, "groups": null, "email": "b@north.example",
    });
    let nulls = csp.post("/v1/users", &nulls).await.id();
    for id in [sparse, nulls] {
        let user = csp.get(&format!("/v1/users/{id}")).await.json();
        assert_eq!((&user["firstName"], &user["lastName"]), (&Value::Null, &Value::Null));
        assert_eq!(user["groups"], json!([]));
    }
}

#[tokio::test]
async fn the_context_of_a_new_user_follows_from_who_adds_it() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let program_of_shared = world.caller(SHARED_ADMINISTRATOR).await;
    let in_birch = format!("{}?resellerId={BIRCH}", shared_users());
    let mut berit = named("berit@north.example");
    berit["groups"] = json!([{"id": ADMINISTRATOR.to_string()}]);
    assert_eq!(csp.post(&in_birch, &berit).await.status, 201);
    let berit = world.person("berit@north.example");

    let own = format!("{}?RESELLERID={ACORN}", shared_users());
    for (caller, path, email) in [
        (&csp, shared_users(), "none@x.example"),
        (&csp, in_birch.clone(), "birch@x.example"),
        (&csp, format!("{}?resellerId=", shared_users()), "none-again@x.example"),
        (&acorn, shared_users(), "acorn@x.example"),
        (&acorn, own, "acorn-again@x.example"),
        (&program_of_shared, shared_users(), "direct@x.example"),
        (&berit, shared_users(), "colleague@x.example"),
        (&berit, in_birch, "another@x.example"),
    ] {
        assert_eq!(caller.post(&path, &named(email)).await.status, 201, "{email}");
    }
    let added = |answer: Answer| {
        let mut emails = answer.emails();
        emails.retain(|email| email.ends_with("@x.example"));
        emails
    };
    let of = |reseller| format!("{}?resellerId={reseller}", shared_users());
    assert_eq!(added(csp.get(&of(ACORN)).await), ["acorn-again@x.example", "acorn@x.example"]);
    let of_birch = ["another@x.example", "birch@x.example", "colleague@x.example"];
    assert_eq!(added(csp.get(&of(BIRCH)).await), of_birch);
    assert_eq!(added(csp.get(&shared_users()).await).len(), 8);
    let elsewhere = berit.post(&of(ACORN), &named("no@x.example")).await;
    assert_eq!(elsewhere.told(), "403 ResellerScopeMismatch", "where she is not herself");
}

#[tokio::test]
async fn who_may_add_whom_where() {
    let world = World::new().await;
    let users_of = |customer| format!("/v1/customer/{customer}/users");
    let of_birch = format!("{}?resellerId={BIRCH}", shared_users());
    let of_lonely = format!("{}?resellerId={LONELY}", shared_users());
    for (client, path, expected) in [
        (CSP, "/v1/users".to_owned(), "403 PermissionDenied"),
        (CSP, staff_of(ACORN), "403 PermissionDenied"),
        (CSP, shared_users(), "403 PermissionDenied"),
        (CSP, users_of(NO_CUSTOMER), "403 PermissionDenied"),
        (OF_ACORN, shared_users(), "403 PermissionDenied"),
        (OF_SHARED, shared_users(), "403 PermissionDenied"),
        (CSP_ADMINISTRATOR, staff_of(SOUTHERN), "404 ResellerNotFound"),
        (CSP_ADMINISTRATOR, staff_of(GONE_RESELLER), "404 ResellerNotFound"),
        (CSP_ADMINISTRATOR, users_of(FOREIGN), "404 CustomerNotFound"),
        (CSP_ADMINISTRATOR, users_of(GONE), "404 CustomerNotFound"),
        (CSP_ADMINISTRATOR, of_lonely, "403 ResellerNotRelated"),
        (ACORN_ADMINISTRATOR, "/v1/users".to_owned(), "403 PermissionDenied"),
        (ACORN_ADMINISTRATOR, staff_of(ACORN), "201"),
        (ACORN_ADMINISTRATOR, staff_of(BIRCH), "403 ResellerScopeMismatch"),
        (ACORN_ADMINISTRATOR, staff_of(SOUTHERN), "403 ResellerScopeMismatch"),
        (ACORN_ADMINISTRATOR, users_of(OF_BIRCH), "404 CustomerNotFound"),
        (ACORN_ADMINISTRATOR, of_birch.clone(), "403 ResellerScopeMismatch"),
        (SHARED_ADMINISTRATOR, "/v1/users".to_owned(), "403 PermissionDenied"),
        (SHARED_ADMINISTRATOR, staff_of(ACORN), "403 PermissionDenied"),
        (SHARED_ADMINISTRATOR, users_of(DIRECT), "404 CustomerNotFound"),
        (SHARED_ADMINISTRATOR, of_birch, "403 ResellerScopeMismatch"),
    ] {
        let answer = world.caller(client).await.post(&path, &named("who@x.example")).await;
        assert_eq!(answer.told(), expected, "{client} {path}");
    }
}

#[tokio::test]
async fn an_id_is_taken_if_it_was_never_used_in_this_tenant() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let with = |id: &str| json!({"id": id, "email": format!("id-{}@x.example", &id[..8.min(id.len())])});
    let given = csp.post("/v1/users", &with("{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}")).await;
    assert_eq!(given.text(), "\"0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9\"");

    let purged = "0b000000-0000-4000-8000-000000000001";
    assert_eq!(csp.post("/v1/users", &with(purged)).await.status, 201);
    assert_eq!(csp.delete(&format!("/v1/users/{purged}")).await.status, 204);
    later(RESTORABLE.as_secs() + 1);
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    world.tick().await.unwrap();

    let deleted = "0b000000-0000-4000-8000-000000000002";
    assert_eq!(csp.post("/v1/users", &with(deleted)).await.status, 201);
    assert_eq!(csp.delete(&format!("/v1/users/{deleted}")).await.status, 204);
    for (why, id) in [
        ("nil", "00000000-0000-0000-0000-000000000000"),
        ("no id", "nonsense"),
        ("used", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"),
        ("of a user whom others see", "00000000-0000-0000-0000-00000000e033"),
        ("of a deleted user", deleted),
        ("of a purged user", purged),
    ] {
        let mut body = with(id);
        body["email"] = json!("another@x.example");
        let answer = csp.post("/v1/users", &body).await;
        assert_eq!(answer.refusal(), "400 InvalidRequest: id", "{why}");
    }
    let southern = "00000000-0000-0000-0000-00000000e035";
    assert_eq!(csp.post("/v1/users", &with(southern)).await.status, 201, "another tenant's ids are its own");
}

#[tokio::test]
async fn an_e_mail_is_in_use_once_for_each_owner_and_context_whatever_its_case() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let in_acorn = format!("{}?resellerId={ACORN}", shared_users());
    let places = ["/v1/users".to_owned(), staff_of(ACORN), staff_of(BIRCH), shared_users(), in_acorn];
    for path in &places {
        assert_eq!(csp.post(path, &named("Åsa.Groß@X.example")).await.status, 201, "{path}");
    }
    for path in &places {
        for written in ["Åsa.Groß@X.example", "a\u{30a}sa.groß@x.EXAMPLE", "ÅSA.GROSS@x.example"] {
            let answer = csp.post(path, &named(written)).await;
            assert_eq!(answer.refusal(), "400 EmailAlreadyInUse: email", "{path} {written}");
        }
        assert_eq!(csp.post(path, &named("Asa.Groß@X.example")).await.status, 201, "an accent is no case");
    }
    let southern = world.southern(SOUTH_ADMINISTRATOR).await;
    assert_eq!(southern.post("/v1/users", &named("Åsa.Groß@X.example")).await.status, 201);
    let birch = world.caller(BIRCH_ADMINISTRATOR).await;
    let answer = birch.post(&shared_users(), &named("åsa.groß@x.example")).await;
    assert_eq!(answer.status, 201, "what others have in their contexts is no conflict");
    assert_eq!(birch.get(&format!("/v1/users/{}", answer.id())).await.json()["email"], "åsa.groß@x.example");
}

#[tokio::test]
async fn who_was_deleted_comes_back_when_added_again_with_the_given_values() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let in_acorn = format!("{}?resellerId={ACORN}", shared_users());
    let body = json!({
        "firstName": "Zoë", "lastName": "Lund", "email": "zoe@x.example", "groups": [{"id": VIEWER.to_string()}],
    });
    let id = csp.post(&in_acorn, &body).await.id();
    assert_eq!(csp.delete(&format!("/v1/users/{id}")).await.status, 204);
    assert_eq!(csp.post(&shared_users(), &body).await.status, 201, "in another context it is another user");

    let mut other_id = named("zoe@x.example");
    other_id["id"] = json!("0b000000-0000-4000-8000-000000000003");
    assert_eq!(csp.post(&in_acorn, &other_id).await.faults(), ["id"], "that is not who it was");
    let again = csp.post(&in_acorn, &json!({"email": "ZOE@x.example", "lastName": "Berg", "id": id})).await;
    assert_eq!((again.status, again.id()), (200, id.clone()));
    let shown = csp.get(&format!("/v1/users/{id}")).await;
    assert_eq!(shown.tag(), again.tag());
    assert_eq!(
        shown.json(),
        json!({
            "id": id, "firstName": null, "lastName": "Berg", "email": "ZOE@x.example",
            "role": {"name": "customer"}, "groups": [],
        })
    );
    assert!(csp.get(&in_acorn).await.emails().contains(&"ZOE@x.example".to_owned()));
    assert_eq!(csp.post(&in_acorn, &body).await.told(), "400 EmailAlreadyInUse");

    assert_eq!(csp.delete(&format!("/v1/users/{id}")).await.status, 204);
    later(RESTORABLE.as_secs() + 1);
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let new = csp.post(&in_acorn, &body).await;
    assert_eq!(new.status, 201, "after its time nobody comes back");
    assert_ne!(new.id(), id);
}

#[tokio::test]
async fn a_new_user_is_seen_at_once_in_every_list_that_shows_it_and_in_no_other() {
    let world = World::new().await;
    let of_shared = shared_users();
    let lists = [
        (CSP, of_shared.as_str(), 1),
        (OF_ACORN, of_shared.as_str(), 1),
        (OF_BIRCH_CLIENT, of_shared.as_str(), 0),
        (OF_SHARED, of_shared.as_str(), 1),
        (CSP, "/v1", 1),
        (OF_ACORN, "/v1/users", 1),
        (OF_BIRCH_CLIENT, "/v1/users", 0),
        (OF_SHARED, "/v1/users", 1),
        (OF_DIRECT, "/v1/users", 0),
        (CSP, "/v1/users?searchValue=zoe", 1),
        (CSP, "/v1/users?groups=Viewer&pageSize=2000", 1),
    ];
    let mut before = Vec::new();
    for (client, path, _) in lists {
        before.push(counted(&world.caller(client).await.get(path).await));
    }
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let body = json!({"firstName": "Zoë", "email": "z@x.example", "groups": [{"id": VIEWER.to_string()}]});
    assert_eq!(acorn.post(&of_shared, &body).await.status, 201);
    for ((client, path, more), before) in lists.into_iter().zip(before) {
        let after = counted(&world.caller(client).await.get(path).await);
        assert_eq!(after, before + more, "{client} {path}");
    }
}

#[tokio::test]
async fn of_many_who_add_the_same_e_mail_at_once_one_adds_it() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..20 {
        let email = if number % 2 == 0 { "Åsa@crowd.example" } else { "åSA@CROWD.example" };
        let ask = csp.ask("POST", &shared_users()).json(&named(email));
        running.spawn(async move { ask.send().await.told() });
    }
    let mut told = running.join_all().await;
    told.sort();
    assert_eq!(told[0], "201");
    assert!(told[1..].iter().all(|told| told == "400 EmailAlreadyInUse"), "{told:?}");
    assert_eq!(csp.get("/v1?searchValue=crowd").await.items().len(), 1);
}

/// How many there are, by what the list says and by those it shows.
fn counted(answer: &Answer) -> u64 {
    let body = answer.json();
    match body.as_array() {
        Some(users) => {
            assert_eq!(answer.header("x-total-count"), Some(users.len().to_string().as_str()));
            users.len() as u64
        }
        None => {
            assert_eq!(answer.items().len() as u64, body["totalCount"].as_u64().unwrap());
            body["totalCount"].as_u64().unwrap()
        }
    }
}
