//! Is a POST safe to repeat? Under one `Idempotency-Key` it is done once, and answered as before.

use domain::group::VIEWER;
use serde_json::{Value, json};

use crate::ask::{Answer, Ask};
use crate::caller::Caller;
use crate::company;
use crate::directory::*;
use crate::world::{World, later, shared_users, user_at};

/// All of an answer that tells what was done.
fn gist(answer: &Answer) -> (u16, String, [Option<String>; 4]) {
    let header = |name| answer.header(name).map(str::to_owned);
    let headers = ["etag", "location", "content-type", "cache-control"].map(header);
    (answer.status, answer.text().to_owned(), headers)
}

fn keyed(caller: &Caller, path: &str, body: &Value, key: &str) -> Ask {
    caller.ask("POST", path).json(body).and("Idempotency-Key", key)
}

#[tokio::test]
async fn every_post_is_done_once_and_answered_as_before() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let user = json!({"email": "once@x.example", "groups": [{"id": VIEWER.to_string()}]});
    let access = json!({"name": "Once", "role": "csp", "permission": "Viewer"});
    let deleted = csp.post("/v1/users", &json!({"email": "back@x.example"})).await.id();
    assert_eq!(csp.delete(&format!("/v1/users/{deleted}")).await.status, 204);
    for (path, body, status) in [
        ("/v1/users", user.clone(), 201),
        ("/v1/users", json!({"email": "back@x.example", "firstName": "Zoë"}), 200),
        (&format!("/v1/reseller/{ACORN}/users"), user.clone(), 201),
        (&shared_users(), user.clone(), 201),
        (&format!("{}?resellerId={ACORN}", shared_users()), user, 201),
        ("/v1/users/groups", json!({"name": "Once"}), 201),
        ("/v1/Customers", company::customer("Once"), 201),
        ("/v1/Resellers", company::reseller("Once"), 201),
        ("/v1/api-access", access, 201),
        (&format!("{}/restore", user_at(8)), Value::Null, 204),
    ] {
        let ask = keyed(&csp, path, &body, &format!("of {path} {status}").replace(' ', "-"));
        let first = ask.send().await;
        assert_eq!(first.status, status, "{path} {}", first.text());
        assert!(first.header("etag").is_some(), "{path}");
        for _ in 0..2 {
            assert_eq!(gist(&ask.send().await), gist(&first), "{path}");
        }
    }
    let once = csp.get("/v1/users?searchValue=once&pageSize=2000").await;
    assert_eq!(once.items().len(), 4);
    assert_eq!(csp.get("/v1/Customers?searchValue=once").await.items().len(), 1);
    assert_eq!(csp.get("/v1/Resellers?searchValue=once").await.items().len(), 1);
    let accesses = csp.get("/v1/api-access?pageSize=2000").await.each("name");
    assert_eq!(accesses.iter().filter(|name| *name == "Once").count(), 1);
}

#[tokio::test]
async fn what_was_done_first_is_told_even_if_more_was_done_since() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let ask = keyed(&csp, "/v1/users", &json!({"email": "first@x.example"}), "k");
    let first = ask.send().await;
    let place = format!("/v1/users/{}", first.id());
    assert_eq!(csp.patch(&place, &json!({"email": "second@x.example"})).await.status, 204);
    assert_eq!(gist(&ask.send().await), gist(&first));
    assert_eq!(csp.delete(&place).await.status, 204);
    assert_eq!(gist(&ask.send().await), gist(&first), "and it is not revived");
    assert_eq!(csp.get(&place).await.status, 404);
}

#[tokio::test]
async fn a_key_belongs_to_one_request() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({"email": "one@x.example"});
    assert_eq!(keyed(&csp, &shared_users(), &body, "k").status().await, 201);
    let elsewhere = format!("/v1/customer/{DIRECT}/users");
    let in_context = format!("{}?resellerId={ACORN}", shared_users());
    for (path, body) in [
        (&shared_users(), &json!({"email": "two@x.example"})),
        (&shared_users(), &json!({"email": "one@x.example", "groups": []})),
        (&elsewhere, &body),
        (&in_context, &body),
    ] {
        let answer = keyed(&csp, path, body, "k").send().await;
        assert_eq!(answer.refusal(), "400 IdempotencyKeyReused: Idempotency-Key", "{path} {body}");
    }
    let same = shared_users().to_uppercase() + "/";
    assert_eq!(keyed(&csp, &same, &body, "k").status().await, 201, "the same path, written otherwise");
    assert_eq!(keyed(&csp, &shared_users(), &body, "K").send().await.told(), "400 EmailAlreadyInUse");
}

#[tokio::test]
async fn a_key_is_the_callers_own_in_its_tenant_and_for_one_operation() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({"email": "own@x.example"});
    let first = keyed(&csp, "/v1/users", &body, "k").send().await.id();
    let other = json!({"name": "Another", "role": "csp", "permission": "Administrator"});
    let other =
        csp.post("/v1/api-access", &other).await.json()["clientId"].as_str().unwrap().parse().unwrap();
    let colleague = world.caller(domain::id::ClientId(other)).await;
    let southern = world.southern(SOUTH_ADMINISTRATOR).await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let staff = format!("/v1/reseller/{ACORN}/users");
    let mut ids = vec![first];
    assert_eq!(keyed(&colleague, "/v1/users", &body, "k").send().await.told(), "400 EmailAlreadyInUse");
    for (caller, path, body) in [
        (&southern, "/v1/users", &body),
        (&colleague, "/v1/users", &json!({"email": "other@x.example"})),
        (&acorn, &staff, &body),
        (&csp, &shared_users(), &body),
        (&csp, "/v1/users/groups", &json!({"name": "Own"})),
        (&csp, "/v1/Customers", &company::customer("Own")),
    ] {
        let answer = keyed(caller, path, body, "k").send().await;
        assert_eq!(answer.status, 201, "{path}");
        ids.push(answer.id());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 7, "each did something of its own");
}

#[tokio::test]
async fn a_failure_is_not_kept() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let taken = csp.post("/v1/users", &json!({"email": "taken@x.example"})).await.id();
    let ask = keyed(&csp, "/v1/users", &json!({"email": "taken@x.example"}), "k");
    assert_eq!(ask.send().await.told(), "400 EmailAlreadyInUse");
    assert_eq!(ask.send().await.told(), "400 EmailAlreadyInUse");
    assert_eq!(
        csp.patch(&format!("/v1/users/{taken}"), &json!({"email": "free@x.example"})).await.status,
        204
    );
    assert_eq!(ask.status().await, 201);
    let acorn = world.caller(OF_ACORN).await;
    let denied = keyed(&acorn, &shared_users(), &json!({"email": "d@x.example"}), "k");
    assert_eq!(denied.send().await.told(), "403 PermissionDenied");
    let malformed = keyed(&csp, &shared_users(), &json!({"email": "d"}), "m");
    assert_eq!(malformed.send().await.told(), "400 InvalidRequest");
    let mended = keyed(&csp, &shared_users(), &json!({"email": "d@x.example"}), "m");
    assert_eq!(mended.status().await, 201, "a faulty request uses up no key");
}

#[tokio::test]
async fn who_may_not_do_it_any_more_is_not_told_that_it_was_done() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let ask = keyed(&acorn, &shared_users(), &json!({"email": "k@x.example"}), "k");
    assert_eq!(ask.status().await, 201);
    let access = format!("/v1/api-access/{ACORN_ADMINISTRATOR}");
    assert_eq!(csp.patch(&access, &json!({"permission": "Viewer"})).await.status, 204);
    assert_eq!(ask.send().await.told(), "403 PermissionDenied");
    assert_eq!(csp.patch(&access, &json!({"disabled": true})).await.status, 204);
    assert_eq!(ask.send().await.told(), "401 InvalidToken");
}

#[tokio::test]
async fn a_key_is_kept_for_a_day() {
    let world = World::new().await;
    let body = json!({"email": "day@x.example"});
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let first = keyed(&csp, "/v1/users", &body, "k").send().await;
    later(24 * 60 * 60 - 1);
    world.tick().await.unwrap();
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    assert_eq!(gist(&keyed(&csp, "/v1/users", &body, "k").send().await), gist(&first));
    later(1);
    assert_eq!(keyed(&csp, "/v1/users", &body, "k").send().await.told(), "400 EmailAlreadyInUse");
    let other = json!({"email": "other@x.example"});
    assert_eq!(keyed(&csp, "/v1/users", &other, "k").status().await, 201, "it is free again");
}

#[tokio::test]
async fn a_key_is_1_to_255_visible_characters_sent_once() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let ask = csp.ask("POST", "/v1/users").json(&json!({"email": "key@x.example"}));
    for wrong in ["", "two words", "tab\there", "schlüssel", &"k".repeat(256)] {
        let answer = ask.clone().and("Idempotency-Key", wrong).send().await;
        assert_eq!(answer.refusal(), "400 InvalidRequest: Idempotency-Key", "{wrong}");
    }
    let twice = ask.clone().and("Idempotency-Key", "k").and("Idempotency-Key", "k").send().await;
    assert_eq!(twice.refusal(), "400 InvalidRequest: Idempotency-Key");
    let long = ask.and("idempotency-KEY", format!("!~{}", "k".repeat(253)));
    assert_eq!((long.status().await, long.status().await), (201, 201));
}

#[tokio::test]
async fn two_hundred_requests_at_once_under_one_key_give_one_user_and_one_answer() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({"firstName": "Zoë", "email": "crowd@x.example"});
    let before = world.records().await.len();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let ask = keyed(&csp, &shared_users(), &body, "crowd");
        running.spawn(async move { gist(&ask.send().await) });
    }
    let mut answers = running.join_all().await;
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, 201);
    assert_eq!(csp.get("/v1/users?searchValue=crowd").await.items().len(), 1);
    let records = world.records().await;
    let created: Vec<_> = records.iter().filter(|record| record["operation"] == "CreateUser").collect();
    assert_eq!(records.len() - before, 201, "each request leaves its record");
    assert_eq!(
        created.iter().filter(|record| record["changes"] != json!([])).count(),
        1,
        "one tells of a user"
    );
    assert!(created.iter().all(|record| record["targetId"] == created[0]["targetId"]));
}

#[tokio::test]
async fn the_secret_of_a_program_is_shown_again_to_whoever_has_the_key_alone() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({"name": "Secretive", "role": "csp", "permission": "Viewer"});
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let ask = keyed(&csp, "/v1/api-access", &body, "secret-key");
        running.spawn(async move { gist(&ask.send().await) });
    }
    let mut answers = running.join_all().await;
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let shown: Value = serde_json::from_str(&answers[0].1).unwrap();
    let (client, secret) = (shown["clientId"].as_str().unwrap(), shown["secret"].as_str().unwrap());
    assert_eq!(crate::token_endpoint::basic(&world, client, secret).status().await, 200);
    let other = keyed(&csp, "/v1/api-access", &body, "another-key").send().await;
    assert_ne!(other.json()["secret"], secret);
    assert!(!format!("{:?}", world.records().await).contains(secret));
}
