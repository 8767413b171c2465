//! Which headers are understood, and what is said of the others?

use crate::directory::*;
use crate::world::{World, shared_users};

#[tokio::test]
async fn a_tenant_is_named_by_any_of_its_domains_in_any_writing() {
    let world = World::new().await;
    for domain in [
        "PORTAL.North.example",
        "portal.north.example.",
        "bücher-cloud.example",
        "BÜCHER-Cloud.example",
        "xn--bcher-cloud-thb.example",
        "acorn.example",
        "  portal.north.example\t",
    ] {
        let answer = world.list(SHARED).await.tenant(domain).send().await;
        assert_eq!((answer.status, answer.emails().len()), (200, 7), "{domain}");
    }
}

#[tokio::test]
async fn what_is_no_domain_is_a_fault_of_x_tenant() {
    let world = World::new().await;
    let long = format!("{}example", "a.".repeat(124));
    assert_eq!(long.len(), 255);
    for tenant in [
        "",
        ".",
        "127.0.0.1",
        "2130706433",
        "::1",
        "[::1]",
        "portal.north.example:443",
        "https://portal.north.example",
        "portal.north.example/",
        "portal.north.example..",
        "portal..north.example",
        "portal.north.example, portal.north.example",
        "portal north.example",
        "user@portal.north.example",
        "-portal.example",
        "portal_.example",
        "%70ortal.north.example",
        &long,
    ] {
        let answer = world.list(SHARED).await.tenant(tenant).send().await;
        assert_eq!(
            (answer.told().as_str(), answer.faults()),
            ("400 InvalidRequest", vec!["X-Tenant".to_owned()]),
            "{tenant}"
        );
    }
    let twice = world.list(SHARED).await.and("X-Tenant", NORTH_DOMAIN).send().await;
    assert_eq!(twice.faults(), ["X-Tenant"]);
    let missing = world.list(SHARED).await.without("X-Tenant").send().await;
    assert_eq!(missing.faults(), ["X-Tenant"]);
    let not_utf8 = world.list(SHARED).await.with("X-Tenant", b"\xff.example").send().await;
    assert_eq!(not_utf8.faults(), ["X-Tenant"]);
}

#[tokio::test]
async fn an_unknown_tenant_and_a_tenant_of_others_are_refused_in_the_same_bytes() {
    let world = World::new().await;
    // A token that is known already is no help in another tenant.
    assert_eq!(world.list(SHARED).await.status().await, 200);
    let unknown = world.list(SHARED).await.tenant("unknown.example").send().await;
    let of_others = world.list(SHARED).await.tenant(SOUTH_DOMAIN).send().await;
    assert_eq!(unknown.told(), "403 TenantForbidden");
    assert_eq!(unknown.text_without_correlation(), of_others.text_without_correlation());
    assert_eq!(unknown.json()["errors"], serde_json::json!([]));
}

#[tokio::test]
async fn a_longest_domain_is_a_domain() {
    let world = World::new().await;
    let longest = format!("{}example", "a.".repeat(123));
    assert_eq!(longest.len(), 253);
    for tenant in [longest.clone(), format!("{longest}.")] {
        assert_eq!(world.list(SHARED).await.tenant(&tenant).send().await.told(), "403 TenantForbidden");
    }
}

#[tokio::test]
async fn a_bearer_token_is_taken_with_the_scheme_in_any_case() {
    let world = World::new().await;
    let token = world.token(CSP).await;
    for value in [format!("bearer {token}"), format!("BEARER {token}"), format!("Bearer   {token}  ")] {
        assert_eq!(world.list(SHARED).await.with("Authorization", &value).status().await, 200);
    }
}

#[tokio::test]
async fn no_bearer_credential_is_a_missing_token() {
    let world = World::new().await;
    let token = world.token(CSP).await;
    let without = world.list(SHARED).await.without("Authorization");
    let mut told = vec![without.send().await];
    for value in ["", "Basic YTpi", &token, "Token x", &format!("Bearer{token}")] {
        told.push(without.clone().and("Authorization", value).send().await);
    }
    for answer in told {
        assert_eq!(answer.told(), "401 MissingToken");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"rollcall\""));
    }
}

#[tokio::test]
async fn two_credentials_or_a_malformed_one_are_an_invalid_token() {
    let world = World::new().await;
    let token = world.token(CSP).await;
    let good = format!("Bearer {token}");
    let list = world.list(SHARED).await;
    let mut told = vec![
        list.clone().and("Authorization", &good).send().await,
        list.clone().and("Authorization", "Basic YTpi").send().await,
    ];
    let two = format!("Bearer {token}, Bearer {token}");
    for value in
        ["Bearer", "Bearer x", &format!("Bearer {token} {token}"), &two, &format!("{good}="), "Bearer \u{e9}"]
    {
        told.push(list.clone().with("Authorization", value).send().await);
    }
    for answer in told {
        assert_eq!(answer.told(), "401 InvalidToken");
        let challenge = answer.header("www-authenticate").unwrap();
        assert!(
            challenge.starts_with("Bearer ") && challenge.contains("error=\"invalid_token\""),
            "{challenge}"
        );
    }
}

#[tokio::test]
async fn a_correlation_id_is_echoed_verbatim() {
    let world = World::new().await;
    let longest = "~".repeat(128);
    for id in ["7", "0A1B2C3D-4e5f-6071-8293-a4b5c6d7e8f9", "ticket:7;\"x\"!", &longest] {
        for ask in [world.list(SHARED).await, world.ask("GET", "/nowhere"), world.ask("GET", "/health/live")]
        {
            let answer = ask.and("X-Correlation-Id", id).send().await;
            assert_eq!(answer.header("x-correlation-id"), Some(id));
            if answer.status >= 400 {
                assert_eq!(answer.json()["correlationId"], id);
            }
        }
    }
}

#[tokio::test]
async fn a_request_without_a_correlation_id_gets_a_fresh_uuid_of_version_7() {
    let world = World::new().await;
    let mut seen = Vec::new();
    for target in [shared_users(), shared_users(), "/nowhere".to_owned(), "/metrics".to_owned()] {
        let answer = world.list(SHARED).await.target(&target).send().await;
        let id: uuid::Uuid = answer.header("x-correlation-id").unwrap().parse().unwrap();
        assert_eq!(id.get_version_num(), 7);
        assert!(!seen.contains(&id));
        seen.push(id);
    }
}

#[tokio::test]
async fn a_bad_correlation_id_is_a_fault_and_replaced_by_a_fresh_one() {
    let world = World::new().await;
    let too_long = "x".repeat(129);
    for id in ["", "a b", "é", "a\tb", &too_long] {
        let answer = world.list(SHARED).await.and("X-Correlation-Id", id).send().await;
        assert_eq!(
            (answer.told().as_str(), answer.faults()),
            ("400 InvalidRequest", vec!["X-Correlation-Id".to_owned()]),
            "{id:?}"
        );
        let fresh = answer.header("x-correlation-id").unwrap();
        assert_eq!(fresh.parse::<uuid::Uuid>().unwrap().get_version_num(), 7);
        assert_eq!(answer.json()["correlationId"], fresh);
    }
    let twice =
        world.list(SHARED).await.and("X-Correlation-Id", "a").and("X-Correlation-Id", "a").send().await;
    assert_eq!(twice.faults(), ["X-Correlation-Id"]);
}

#[tokio::test]
async fn headers_that_rewrite_a_request_are_not_believed() {
    let world = World::new().await;
    let answer = world
        .list(SHARED)
        .await
        .and("X-HTTP-Method-Override", "DELETE")
        .and("X-Original-URL", "/nowhere")
        .and("X-Rewrite-URL", "/nowhere")
        .and("X-Forwarded-Host", "elsewhere.example")
        .and("X-Forwarded-For", "192.0.2.9")
        .and("Forwarded", "for=192.0.2.9")
        .send()
        .await;
    assert_eq!(answer.status, 200);
    let records = world.records().await;
    assert_eq!(records[0]["clientAddress"], "127.0.0.1");
}
