//! How does a program come by a token? By `client_credentials`, whose faults have the shape of RFC 6749.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::ask::{Answer, Ask};
use crate::directory::*;
use crate::world::{World, later};

const PATH: &str = "/oauth2/v2.0/token";
/// [`SECRET`], escaped for a form.
const ESCAPED: &str = "correct+horse%3A+battery+%26+staple";

fn form(world: &World, form: &str) -> Ask {
    form_at(world, 0, form)
}

fn form_at(world: &World, server: usize, form: &str) -> Ask {
    Ask::new(world.at(server), "POST", PATH)
        .with("Content-Type", "application/x-www-form-urlencoded")
        .body(form)
}

fn good(world: &World) -> Ask {
    form(
        world,
        &format!("grant_type=client_credentials&client_id={CSP}&client_secret={ESCAPED}&scope=x%2F.default"),
    )
}

/// A request for a token, with these credentials by HTTP Basic.
pub(crate) fn basic(world: &World, id: &str, secret: &str) -> Ask {
    basic_at(world, 0, id, secret)
}

/// The same, at the server with this number.
pub(crate) fn basic_at(world: &World, server: usize, id: &str, secret: &str) -> Ask {
    let credentials = STANDARD.encode(format!("{id}:{secret}"));
    form_at(world, server, "grant_type=client_credentials")
        .with("Authorization", format!("Basic {credentials}"))
}

/// Status and code of a fault.
fn fault(answer: &Answer) -> String {
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    assert!(body["error_description"].is_string());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    format!("{} {}", answer.status, body["error"].as_str().unwrap())
}

#[tokio::test]
async fn a_program_that_knows_its_secret_gets_a_token_that_opens_the_door() {
    let world = World::new().await;
    let somewhere = good(&world).target("/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9/oauth2/v2.0/token");
    let shouted = good(&world).target("/North.example/OAuth2/V2.0/Token/");
    // What is not for this endpoint is passed over.
    let more = good(&world).and("Authorization", "Bearer x");
    // RFC 6749 section 3.2: what is sent without a value is not sent.
    let without = "grant_type=client_credentials&client_id=&client_secret=&scope=";
    let without = basic(&world, &CSP.to_string(), ESCAPED).body(without);
    for ask in [good(&world), somewhere, shouted, basic(&world, &CSP.to_string(), ESCAPED), more, without] {
        let answer = ask.send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().starts_with(
            r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":""#
        ));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(world.list(SHARED).await.token(&token).status().await, 200);
    }
}

#[tokio::test]
async fn every_way_of_not_knowing_the_secret_is_answered_in_the_same_bytes() {
    let world = World::new().await;
    let with = |id: &str, secret: &str| {
        form(&world, &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}"))
    };
    let mut bodies = Vec::new();
    for ask in [
        with(&CSP.to_string(), "wrong"),
        with(&CSP.to_string(), ""),
        with(&NO_CLIENT.to_string(), ESCAPED),
        with("nobody", ESCAPED),
        with(&OF_ACORN.to_string(), ESCAPED),
        with(&DISABLED.to_string(), ESCAPED),
        with(&OF_GONE_RESELLER.to_string(), ESCAPED),
        with(&EXTERNAL.to_string(), ESCAPED),
        basic(&world, &CSP.to_string(), "wrong"),
    ] {
        let answer = ask.send().await;
        assert_eq!(fault(&answer), "401 invalid_client");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "));
        bodies.push(answer.body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
}

#[tokio::test]
async fn a_form_that_is_not_understood_is_a_fault_by_rfc_6749() {
    let world = World::new().await;
    let credentials = format!("client_id={CSP}&client_secret={ESCAPED}");
    for (body, expected) in [
        (String::new(), "400 invalid_request"),
        (credentials.clone(), "400 invalid_request"),
        (format!("grant_type=&{credentials}"), "400 invalid_request"),
        (format!("grant_type=password&{credentials}"), "400 unsupported_grant_type"),
        (format!("grant_type=client_credentials&client_id={CSP}"), "401 invalid_client"),
        (format!("grant_type=client_credentials&client_secret={ESCAPED}"), "401 invalid_client"),
        (
            format!("grant_type=client_credentials&grant_type=client_credentials&{credentials}"),
            "400 invalid_request",
        ),
        (format!("grant_type=client_credentials&{credentials}&client_id={CSP}"), "400 invalid_request"),
        (format!("grant_type=client_credentials&client_id={CSP}&client_secret=%zz"), "400 invalid_request"),
        (format!("{{\"grant_type\":\"client_credentials\",\"client_id\":\"{CSP}\"}}"), "400 invalid_request"),
    ] {
        assert_eq!(fault(&form(&world, &body).send().await), expected, "{body}");
    }
    let json = good(&world).with("Content-Type", "application/json");
    assert_eq!(fault(&json.send().await), "400 invalid_request");
    let both = good(&world).with("Authorization", "Basic YTpi");
    assert_eq!(fault(&both.send().await), "400 invalid_request");
    for header in ["Basic", "Basic !!", "Basic YQ=="] {
        let ask = form(&world, "grant_type=client_credentials").with("Authorization", header);
        assert_eq!(fault(&ask.send().await), "400 invalid_request", "{header}");
    }
}

#[tokio::test]
async fn failures_are_limited_per_client_and_a_good_secret_waits_too() {
    let world = World::new().await;
    let wrong =
        |id: &str| form(&world, &format!("grant_type=client_credentials&client_id={id}&client_secret=wrong"));
    let id = CSP.0;
    // However its id is written, it is one client.
    let writings = [id.to_string(), id.simple().to_string(), id.to_string().to_uppercase()];
    let mut failures = 0;
    let limited = loop {
        let answer = wrong(&writings[failures % 3]).send().await;
        if answer.status == 429 {
            break answer;
        }
        assert_eq!(fault(&answer), "401 invalid_client");
        failures += 1;
        assert!(failures < 100);
    };
    assert!(failures >= 5, "a few mistakes are forgiven: {failures}");
    let wait: i64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    assert_eq!(good(&world).status().await, 429);
    assert_eq!(
        fault(&wrong(&OF_ACORN.to_string()).send().await),
        "401 invalid_client",
        "another client is not held up"
    );
    later(wait);
    assert_eq!(good(&world).status().await, 200);
}

#[tokio::test]
async fn failures_that_come_at_once_are_limited_like_those_that_come_in_a_row() {
    let world = World::new().await;
    let wrong = form(&world, &format!("grant_type=client_credentials&client_id={CSP}&client_secret=wrong"));
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let ask = wrong.clone();
        running.spawn(async move { ask.status().await });
    }
    let statuses = running.join_all().await;
    let judged = statuses.iter().filter(|status| **status == 401).count();
    // Two are judged at a time, so one may begin before the other has failed.
    assert!((20..=21).contains(&judged), "{judged}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 60 - judged);
}

#[tokio::test]
async fn a_form_is_limited_in_size() {
    let world = World::new().await;
    let large = form(&world, &format!("x={}", "x".repeat(65_536))).send().await;
    assert_eq!(large.told(), "413 PayloadTooLarge");
    assert_eq!(world.ask("GET", PATH).send().await.told(), "405 MethodNotAllowed");
}

#[tokio::test]
async fn tokens_and_refusals_are_recorded_without_a_secret() {
    let world = World::new().await;
    assert_eq!(good(&world).and("X-Correlation-Id", "one").status().await, 200);
    let wrong = form(&world, &format!("grant_type=client_credentials&client_id={CSP}&client_secret=hunter2"));
    assert_eq!(wrong.and("X-Correlation-Id", "two").status().await, 401);
    let records = world.records().await;
    let told = |number: usize, member: &str| records[number][member].clone();
    assert_eq!(records.len(), 2);
    assert_eq!((told(0, "operation"), told(1, "operation")), ("IssueToken".into(), "IssueToken".into()));
    assert_eq!(
        (&records[0]["status"]["name"], &records[1]["status"]["name"]),
        (&"Succeded".into(), &"Failed".into())
    );
    assert_eq!((told(0, "correlationId"), told(1, "correlationId")), ("one".into(), "two".into()));
    assert_eq!(records[0]["actor"]["id"], CSP.to_string());
    assert_eq!(records[1]["actor"], serde_json::json!({"kind": "Anonymous", "id": null, "name": null}));
    assert!(!format!("{records:?}").contains("hunter2") && !format!("{records:?}").contains("correct horse"));
}

#[tokio::test]
async fn a_directory_that_cannot_be_asked_issues_no_token() {
    let world = World::new().await;
    world.app.close();
    let answer = good(&world).send().await;
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some());
}
