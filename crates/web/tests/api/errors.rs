//! Has every error the one shape of the contract, and does it say nothing that it should not?

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::ask::{Answer, exchange};
use crate::directory::*;
use crate::world::{World, break_metrics, limits, shared_users};

/// Judges the shape; gives status and type.
pub(crate) fn in_shape(answer: &Answer) -> String {
    let body = answer.json();
    let members: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = ["statusCode", "type", "description", "correlationId", "errors"];
    if !answer.text().starts_with("{\"statusCode\":") {
        panic!("{}", answer.text());
    }
    // The map is sorted or not, as the features of serde_json are.
    let mut members = members;
    members.sort_unstable();
    expected.sort_unstable();
    assert_eq!(members, expected);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(body["statusCode"], answer.status);
    assert_eq!(body["correlationId"].as_str(), answer.header("x-correlation-id"));
    assert!(!body["description"].as_str().unwrap().is_empty());
    for error in body["errors"].as_array().unwrap() {
        assert!(error["propertyName"].is_string());
        assert!(error["description"].as_array().unwrap().iter().all(Value::is_string));
    }
    answer.told()
}

#[tokio::test]
async fn every_status_has_the_one_shape() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    let mut told = Vec::new();
    for ask in [
        list.clone().query("?x=1"),
        list.clone().without("X-Tenant"),
        list.clone().without("Authorization"),
        list.clone().token("x"),
        list.clone().tenant(SOUTH_DOMAIN),
        list.clone().query(&format!("?resellerId={LONELY}")),
        list.clone().target("/v1/nothing"),
        list.clone().target(&format!("/v1/customer/{GONE}/users")),
        list.clone().method("DELETE"),
        list.clone().method("OPTIONS").target("*"),
        list.clone().body(vec![b'x'; 65_537]),
        list.clone().target(&format!("/{}", "x".repeat(8_192))),
        list.clone().and("X-Large", "x".repeat(20_000)),
        list.clone().without("Host"),
        list.clone().method("TRACE"),
        list.clone().method("CONNECT").target("elsewhere.example:443"),
    ] {
        told.push(in_shape(&ask.send().await));
    }
    assert_eq!(
        told,
        [
            "400 InvalidRequest",
            "400 InvalidRequest",
            "401 MissingToken",
            "401 InvalidToken",
            "403 TenantForbidden",
            "403 ResellerNotRelated",
            "404 RouteNotFound",
            "404 CustomerNotFound",
            "405 MethodNotAllowed",
            "404 RouteNotFound",
            "413 PayloadTooLarge",
            "414 UriTooLong",
            "431 HeadersTooLarge",
            "400 InvalidRequest",
            "405 MethodNotAllowed",
            "404 RouteNotFound",
        ]
    );
}

#[tokio::test]
async fn a_method_that_the_route_does_not_know_is_told_which_it_knows() {
    let world = World::new().await;
    for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"] {
        let answer = world.ask(method, &shared_users()).send().await;
        assert_eq!(in_shape(&answer), "405 MethodNotAllowed", "{method}");
        let mut allowed: Vec<&str> = answer.header("allow").unwrap().split(',').map(str::trim).collect();
        allowed.sort_unstable();
        assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    }
}

#[tokio::test]
async fn a_body_that_grows_too_large_on_the_way_is_refused() {
    let world = World::new().await;
    let head =
        |ask: crate::ask::Ask| ask.and("Transfer-Encoding", "chunked").and("Connection", "close").bytes();
    let list = world.list(SHARED).await;
    for (chunks, expected) in [(16, "200"), (17, "413 PayloadTooLarge")] {
        let mut bytes = head(list.clone());
        for _ in 0..chunks {
            bytes.extend_from_slice(b"1000\r\n");
            bytes.extend_from_slice(&[b'x'; 4096]);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        let answers = Answer::all(&exchange(world.address, &bytes).await, "GET");
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0].told(), expected);
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_in_time_is_answered_in_the_shape() {
    let mut limits = limits();
    limits.timeouts.head = Duration::from_millis(50);
    let world = World::with(0, limits).await;
    for begun in ["G", "GET /v1/customer HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: slow-1\r\n"] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let answer = Answer::all(&bytes, "GET").remove(0);
        assert_eq!(in_shape(&answer), "408 RequestTimeout");
        assert_eq!(answer.header("connection"), Some("close"));
        if begun.len() > 1 {
            assert_eq!(answer.header("x-correlation-id"), Some("slow-1"));
        }
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_asked_is_unavailable() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    assert_eq!(list.status().await, 200);
    let before = world.ask("GET", "/health/ready").send().await;
    assert_eq!((before.status, before.text()), (200, "{\"status\":\"ready\"}"));
    world.app.close();
    for ask in [list.clone(), list.clone().query("?pageSize=1"), list] {
        let answer = ask.send().await;
        assert_eq!(in_shape(&answer), "503 Unavailable", "an answer that leaves no record is not given");
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert!(!answer.text().contains("clos"), "the cause is for the log");
    }
    assert_eq!(world.ask("GET", "/health/live").status().await, 200);
}

#[tokio::test]
async fn a_panic_costs_its_request_and_nothing_else() {
    let world = World::new().await;
    break_metrics();
    let bad = world.ask("GET", "/metrics").and("X-Correlation-Id", "boom").bytes();
    let good = world.ask("GET", "/health/live").and("Connection", "close").bytes();
    let answers = Answer::all(&exchange(world.address, &[bad, good].concat()).await, "GET");
    assert_eq!(in_shape(&answers[0]), "500 InternalError");
    assert_eq!(answers[0].header("x-correlation-id"), Some("boom"));
    assert!(!answers[0].text().contains("secret"));
    assert_eq!((answers.len(), answers[1].status), (2, 200), "the connection goes on");
}

#[tokio::test]
async fn a_fault_of_the_server_tells_nothing_of_its_cause() {
    let world = World::new().await;
    let token = world.token(CSP).await;
    let answer = world
        .list(SHARED)
        .await
        .token(&format!("{token}x"))
        .query("?x=select%20*%20from%20user")
        .send()
        .await;
    for secret in ["sqlite", "SQL", "crates", ".rs", "Error(", "rollcall.db"] {
        assert!(!answer.text().contains(secret), "{secret}");
    }
}
