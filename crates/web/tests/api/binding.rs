//! Which person is a token of another issuer? The first binds its subject to one user, and no other does.

use serde_json::{Value, json};

use crate::ask::{Answer, Ask};
use crate::directory::*;
use crate::issuer;
use crate::world::{World, user_at};
use domain::group::{ALERT_MANAGER, VIEWER};
use domain::user::Owner;

/// The claims of a person with a verified e-mail.
fn claims(subject: &str, email: &str) -> Value {
    json!({"sub": subject, "email": email, "email_verified": true})
}

async fn ask(world: &World, claims: &Value) -> Ask {
    world.list(SHARED).await.token(&issuer::token(&world.issuer, claims))
}

async fn sent(world: &World, claims: &Value) -> Answer {
    ask(world, claims).await.send().await
}

#[tokio::test]
async fn the_first_token_of_a_person_binds_it_and_the_rights_come_from_the_directory() {
    let world = World::new().await;
    assert_eq!(sent(&world, &claims("v", "Vera@North.example")).await.emails().len(), 7);
    assert_eq!(
        sent(&world, &claims("a", "alma@north.example")).await.emails().len(),
        2,
        "a reseller's own context"
    );
    assert_eq!(sent(&world, &claims("c", "carl@north.example")).await.told(), "404 CustomerNotFound");
    let mut lying = claims("x", "alert@north.example");
    lying["roles"] = json!(["Administrator"]);
    lying["groups"] = json!([VIEWER.to_string()]);
    assert_eq!(sent(&world, &lying).await.told(), "403 PermissionDenied");
}

#[tokio::test]
async fn a_subject_once_bound_needs_no_e_mail_and_follows_no_other() {
    let world = World::new().await;
    assert_eq!(sent(&world, &claims("v", "vera@north.example")).await.status, 200);
    assert_eq!(sent(&world, &json!({"sub": "v", "scp": "x"})).await.status, 200);
    assert_eq!(
        sent(&world, &claims("v", "alma@north.example")).await.emails().len(),
        7,
        "still the same user"
    );
    assert_eq!(
        sent(&world, &claims("a", "alma@north.example")).await.emails().len(),
        2,
        "she was not bound by that"
    );
}

#[tokio::test]
async fn a_second_subject_is_refused() {
    let world = World::new().await;
    assert_eq!(sent(&world, &claims("v", "vera@north.example")).await.status, 200);
    assert_eq!(sent(&world, &claims("w", "vera@north.example")).await.told(), "403 TenantForbidden");
    assert_eq!(sent(&world, &claims("V", "vera@north.example")).await.told(), "403 TenantForbidden");
    assert_eq!(sent(&world, &claims("v", "vera@north.example")).await.status, 200);
}

#[tokio::test]
async fn requests_of_a_new_person_that_come_at_once_are_all_let_in() {
    let world = World::new().await;
    let ask = ask(&world, &claims("v", "vera@north.example")).await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let ask = ask.clone();
        running.spawn(async move { ask.send().await.told() });
    }
    assert_eq!(running.join_all().await, ["200"; 8]);
    let bindings = world.records().await.into_iter().filter(|record| record["changes"] != json!([]));
    assert_eq!(bindings.count(), 1, "it was bound once");
}

#[tokio::test]
async fn of_two_subjects_at_once_one_is_bound() {
    let world = World::new().await;
    let mut asks = Vec::new();
    for number in 0..8 {
        asks.push(ask(&world, &claims(&format!("s{number}"), "vera@north.example")).await);
    }
    let mut running = tokio::task::JoinSet::new();
    for ask in asks {
        running.spawn(async move { ask.send().await.told() });
    }
    let mut told = running.join_all().await;
    told.sort();
    assert_eq!(told[0], "200");
    assert!(told[1..].iter().all(|told| told == "403 TenantForbidden"), "{told:?}");
}

#[tokio::test]
async fn persons_that_cannot_be_told_for_sure_are_refused_in_the_same_bytes() {
    let world = World::new().await;
    let unverified = json!({"sub": "u", "email": "vera@north.example"});
    let expected = sent(&world, &claims("n", "nobody@north.example")).await;
    for (what, claims) in [
        ("an e-mail that is not verified", unverified.clone()),
        (
            "one verified by a text",
            json!({"sub": "u", "email": "vera@north.example", "email_verified": "true"}),
        ),
        ("two users with the e-mail", claims("t", "twin@north.example")),
        ("an e-mail of a domain that the issuer has no say in", claims("e", "elsewhere@unvouched.example")),
        ("a deleted user", claims("g", "gone@north.example")),
        ("a user of a deleted reseller", claims("h", "ghost@north.example")),
        ("no e-mail", json!({"sub": "n", "scp": "x"})),
        ("a name in the place of an e-mail", json!({"sub": "n", "preferred_username": "vera@north.example"})),
        ("no e-mail address", claims("n", "vera")),
        ("white space around it", claims("n", " vera@north.example")),
    ] {
        let answer = sent(&world, &claims).await;
        assert_eq!(answer.told(), "403 TenantForbidden", "{what}");
        assert_eq!(answer.text_without_correlation(), expected.text_without_correlation(), "{what}");
    }
    let elsewhere = ask(&world, &claims("v", "vera@north.example")).await.tenant(SOUTH_DOMAIN).send().await;
    assert_eq!(elsewhere.told(), "403 TenantForbidden", "the issuer is not trusted there");
    assert_eq!(elsewhere.text_without_correlation(), expected.text_without_correlation());
    assert_eq!(
        sent(&world, &claims("v", "vera@north.example")).await.status,
        200,
        "she was not bound by any of it"
    );
}

#[tokio::test]
async fn a_user_that_changes_is_judged_anew_at_once() {
    let world = World::new().await;
    let list = ask(&world, &claims("v", "vera@north.example")).await;
    assert_eq!((list.status().await, list.status().await), (200, 200));
    let viewer = person(101, "vera", Owner::Csp, &[VIEWER]);
    let without = person(101, "vera", Owner::Csp, &[ALERT_MANAGER]);
    world.change(without).await;
    assert_eq!(list.send().await.told(), "403 PermissionDenied");
    world.change(viewer.clone()).await;
    assert_eq!(list.status().await, 200);
    world.delete(&viewer).await;
    assert_eq!(list.send().await.told(), "403 TenantForbidden");
    world.restore(&viewer).await;
    assert_eq!(list.status().await, 200, "a restored user is bound as before");
}

#[tokio::test]
async fn binding_is_part_of_the_record_of_the_request_that_did_it() {
    let world = World::new().await;
    sent(&world, &claims("secret-subject", "vera@north.example")).await;
    sent(&world, &claims("secret-subject", "vera@north.example")).await;
    let records = world.records().await;
    assert_eq!(records.len(), 2);
    assert_eq!(records[0]["operation"], "ListCustomerUsers");
    assert_eq!(records[0]["actor"]["kind"], "User");
    assert_eq!(
        records[0]["changes"],
        json!([{"propertyName": "identity.issuer", "before": null, "after": world.issuer}])
    );
    assert_eq!(records[1]["changes"], json!([]));
    assert!(!records[0].to_string().contains("secret-subject"));
    assert!(world.trail_is_whole().await);
}

#[tokio::test]
async fn a_person_whose_first_request_is_a_write_is_bound_by_it_whether_it_is_done_or_refused() {
    let world = World::new().await;
    let change = json!({"lastName": "Neu"});
    let alma = world.person("alma@north.example");
    assert_eq!(alma.patch(&user_at(1), &change).await.status, 204);
    let vera = world.person("vera@north.example");
    assert_eq!(vera.patch(&user_at(1), &change).await.told(), "403 PermissionDenied");
    let twin = world.person("twin@north.example");
    assert_eq!(twin.patch(&user_at(1), &change).await.told(), "403 TenantForbidden");
    let records = world.records().await;
    let bound = |number: usize| {
        let changes = records[number]["changes"].as_array().unwrap().iter();
        changes.filter(|change| change["propertyName"] == "identity.issuer").count()
    };
    assert_eq!((records.len(), bound(0), bound(1), bound(2)), (3, 1, 1, 0));
    for email in ["alma@north.example", "vera@north.example"] {
        assert_eq!(sent(&world, &claims("another", email)).await.told(), "403 TenantForbidden", "{email}");
    }
}
