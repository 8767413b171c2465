//! What becomes of a user who is deleted? It is hidden at once, can be restored for a while, and is gone then.

use domain::group::{ADMINISTRATOR, VIEWER};
use serde_json::json;

use crate::caller::Caller;
use crate::directory::*;
use crate::world::{RESTORABLE, World, later, shared_users, user_at};

#[tokio::test]
async fn a_deleted_user_is_hidden_at_once_and_a_restored_one_is_as_it_was() {
    let world = World::new().await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let readers = [world.caller(CSP).await, world.caller(OF_ACORN).await, world.caller(OF_SHARED).await];
    let lists = [
        shared_users(),
        "/v1?pageSize=2000".to_owned(),
        "/v1/users?sortPropertyName=Email&pageSize=2000".to_owned(),
        "/v1/users?searchValue=%C3%85sa".to_owned(),
        format!("/v1/users?groups={CUSTOM_GROUP}&pageSize=2000"),
    ];
    let before = acorn.get(&user_at(1)).await;
    let mut bodies = Vec::new();
    for reader in &readers {
        for list in &lists {
            let answer = reader.get(list).await;
            assert!(answer.text().contains("user1@shared.example"), "{list}");
            bodies.push(answer);
        }
    }
    let deleted = acorn.delete(&user_at(1)).await;
    assert_eq!((deleted.status, deleted.body.len(), deleted.header("etag")), (204, 0, None));
    for reader in &readers {
        for list in &lists {
            assert!(!reader.get(list).await.text().contains("user1@shared.example"), "{list}");
        }
        assert_eq!(reader.get(&user_at(1)).await.told(), "404 UserNotFound");
    }
    assert_eq!(acorn.delete(&user_at(1)).await.told(), "404 UserNotFound", "once is enough");

    let restored = acorn.ask("POST", &format!("{}/Restore/", user_at(1))).send().await;
    assert_eq!((restored.status, restored.body.len()), (204, 0));
    let after = acorn.get(&user_at(1)).await;
    assert_eq!((after.text(), after.tag()), (before.text(), restored.tag()));
    let mut bodies = bodies.into_iter();
    for reader in &readers {
        for list in &lists {
            let answer = reader.get(list).await;
            assert_eq!(answer.text(), bodies.next().unwrap().text(), "{list}");
        }
    }
}

#[tokio::test]
async fn restoring_who_is_live_changes_nothing() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let before = csp.get(&user_at(1)).await;
    let restored = csp.ask("POST", &format!("{}/restore", user_at(1))).send().await;
    assert_eq!((restored.status, restored.tag()), (204, before.tag()));
    assert_eq!(csp.get(&user_at(1)).await.text(), before.text());
}

#[tokio::test]
async fn who_was_deleted_too_long_ago_is_gone_before_and_after_the_house_is_kept() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let restore = format!("{}/restore", user_at(2));
    assert_eq!(csp.delete(&user_at(2)).await.status, 204);
    later(RESTORABLE.as_secs());
    world.tick().await.unwrap();
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    assert_eq!(csp.ask("POST", &restore).status().await, 204, "on the last second of its time");
    assert_eq!(csp.delete(&user_at(2)).await.status, 204);
    later(RESTORABLE.as_secs() + 1);
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    assert_eq!(csp.ask("POST", &restore).send().await.told(), "404 UserNotFound");
    world.tick().await.unwrap();
    assert_eq!(csp.ask("POST", &restore).send().await.told(), "404 UserNotFound");
}

#[tokio::test]
async fn an_e_mail_that_was_taken_meanwhile_stands_in_the_way() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let restore = format!("{}/restore", user_at(2));
    assert_eq!(csp.delete(&user_at(2)).await.status, 204);
    assert_eq!(csp.patch(&user_at(5), &json!({"email": "USER2@shared.example"})).await.status, 204);
    let answer = csp.ask("POST", &restore).send().await;
    assert_eq!(answer.refusal(), "400 EmailAlreadyInUse: email");
    assert_eq!(csp.patch(&user_at(5), &json!({"email": "user5@shared.example"})).await.status, 204);
    assert_eq!(csp.ask("POST", &restore).status().await, 204);
}

#[tokio::test]
async fn who_may_restore_whom() {
    let world = World::new().await;
    let deleted = format!("{}/restore", user_at(8));
    let of_birch = format!("{deleted}?resellerId={BIRCH}");
    let of_acorn = format!("{deleted}?resellerId={ACORN}");
    let of_lonely = format!("{deleted}?resellerId={LONELY}");
    let of_nobody = format!("{deleted}?resellerId={NO_CUSTOMER}");
    for (client, path, expected) in [
        (OF_ACORN, deleted.as_str(), "403 PermissionDenied"),
        (CSP, &deleted, "403 PermissionDenied"),
        (BIRCH_ADMINISTRATOR, &deleted, "404 UserNotFound"),
        (ACORN_ADMINISTRATOR, &of_birch, "403 ResellerScopeMismatch"),
        (SHARED_ADMINISTRATOR, &of_birch, "404 UserNotFound"),
        (SHARED_ADMINISTRATOR, &of_lonely, "403 ResellerNotRelated"),
        (CSP_ADMINISTRATOR, &of_birch, "404 UserNotFound"),
        (CSP_ADMINISTRATOR, &of_nobody, "404 ResellerNotFound"),
        (CSP_ADMINISTRATOR, &format!("{}/restore", user_at(52)), "404 UserNotFound"),
        (CSP_ADMINISTRATOR, &format!("{}/restore", user_at(0xff)), "404 UserNotFound"),
        (CSP_ADMINISTRATOR, "/v1/users/user8@shared.example/restore", "400 InvalidRequest"),
        (CSP_ADMINISTRATOR, &format!("{deleted}?force=true"), "400 InvalidRequest"),
        (ACORN_ADMINISTRATOR, &of_acorn, "204"),
        (SHARED_ADMINISTRATOR, &deleted, "204"),
    ] {
        let answer = world.caller(client).await.ask("POST", path).send().await;
        assert_eq!(answer.told(), expected, "{client} {path}");
    }
}

#[tokio::test]
async fn groups_that_went_or_were_renamed_meanwhile_are_as_they_are_now() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let lasting = csp.post("/v1/users/groups", &json!({"name": "Einkauf"})).await.id();
    let body = json!({"groups": [{"id": CUSTOM_GROUP.to_string()}, {"id": lasting}]});
    assert_eq!(csp.patch(&user_at(2), &body).await.status, 204);
    assert_eq!(csp.delete(&user_at(2)).await.status, 204);
    assert_eq!(csp.delete(&format!("/v1/users/groups/{CUSTOM_GROUP}")).await.status, 204);
    let renamed =
        csp.patch(&format!("/v1/users/groups/{lasting}"), &json!({"name": "Größter Einkauf"})).await;
    assert_eq!(renamed.status, 204);
    assert_eq!(csp.ask("POST", &format!("{}/restore", user_at(2))).status().await, 204);
    let expected = json!([{"id": lasting, "name": "Größter Einkauf"}]);
    assert_eq!(csp.get(&user_at(2)).await.json()["groups"], expected);
    let listed = csp.get(&shared_users()).await.json();
    assert!(listed.as_array().unwrap().iter().any(|user| user["groups"] == expected));
}

#[tokio::test]
async fn a_person_who_is_deleted_or_loses_a_right_is_refused_at_once_and_welcome_when_restored() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({"email": "dora@north.example", "groups": [{"id": ADMINISTRATOR.to_string()}]});
    let path = format!(
        "/v1/users/{}",
        csp.post(&format!("{}?resellerId={ACORN}", shared_users()), &body).await.id()
    );
    let dora = world.person("dora@north.example");
    assert_eq!(told(&dora).await, ["200", "204"]);
    assert_eq!(csp.patch(&path, &json!({"groups": [{"id": VIEWER.to_string()}]})).await.status, 204);
    assert_eq!(told(&dora).await, ["200", "403 PermissionDenied"]);
    assert_eq!(csp.patch(&path, &json!({"groups": []})).await.status, 204);
    assert_eq!(told(&dora).await, ["403 PermissionDenied", "403 PermissionDenied"]);
    assert_eq!(csp.patch(&path, &body).await.status, 204);
    assert_eq!(told(&dora).await, ["200", "204"]);
    assert_eq!(csp.delete(&path).await.status, 204);
    assert_eq!(told(&dora).await, ["403 TenantForbidden", "403 TenantForbidden"]);
    assert_eq!(csp.ask("POST", &format!("{path}/restore")).status().await, 204);
    assert_eq!(told(&dora).await, ["200", "204"], "bound as before");
}

/// What somebody is told who reads and writes in the customer that all share.
async fn told(caller: &Caller) -> [String; 2] {
    let written = caller.patch(&user_at(6), &json!({"lastName": "seen by Dora"})).await;
    [caller.get(&shared_users()).await.told(), written.told()]
}
