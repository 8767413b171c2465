//! What does the trail say? One record for each request that reached a principal, and a bounded number for
//! those that did not.

use serde_json::{Value, json};

use crate::directory::*;
use crate::world::{World, later};

/// What is compared of a record.
fn gist(record: &Value) -> Value {
    json!([
        record["correlationId"],
        record["operation"],
        record["status"]["name"],
        record["actor"]["kind"],
        record["customerId"],
        record["resellerId"],
    ])
}

#[tokio::test]
async fn each_request_that_reaches_a_principal_leaves_one_record() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    let tag = list.clone().and("X-Correlation-Id", "ok").send().await.header("etag").unwrap().to_owned();
    let (customer, acorn, lonely, gone) =
        (SHARED.to_string(), ACORN.to_string(), LONELY.to_string(), GONE.to_string());
    let mut expected = vec![json!(["ok", "ListCustomerUsers", "Succeded", "ApiAccess", customer, null])];
    for (id, ask, status, told, customer, reseller) in [
        ("again", list.clone().and("If-None-Match", tag), 304, "Succeded", Some(&customer), None),
        ("head", list.clone().method("HEAD"), 200, "Succeded", Some(&customer), None),
        ("page", list.clone().query("?pageSize=1"), 200, "Succeded", Some(&customer), None),
        (
            "cut",
            list.clone().query(&format!("?resellerId={acorn}")),
            200,
            "Succeded",
            Some(&customer),
            Some(&acorn),
        ),
        ("faulty", list.clone().query("?pageSize=0"), 400, "Failed", Some(&customer), None),
        (
            "unrelated",
            list.clone().query(&format!("?resellerId={lonely}")),
            403,
            "Failed",
            Some(&customer),
            Some(&lonely),
        ),
        ("unread", list.clone().target("/v1/customer/x/users"), 400, "Failed", None, None),
        ("absent", world.list(GONE).await, 404, "Failed", Some(&gone), None),
    ] {
        assert_eq!(ask.and("X-Correlation-Id", id).status().await, status, "{id}");
        expected.push(json!([id, "ListCustomerUsers", told, "ApiAccess", customer, reseller]));
    }
    let records = world.records().await;
    assert_eq!(records.iter().map(gist).collect::<Vec<_>>(), expected);
    assert!(world.trail_is_whole().await);
}

#[tokio::test]
async fn a_record_has_exactly_the_members_of_the_contract() {
    let world = World::new().await;
    world.list(SHARED).await.and("X-Correlation-Id", "one").send().await;
    let record = world.records().await.remove(0);
    let id: uuid::Uuid = record["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 7);
    let mut record = record;
    record["id"] = json!("-");
    // Kept beside the members that tenants see, to know whose record it is.
    assert_eq!(record.as_object_mut().unwrap().remove("tenantId").unwrap(), NORTH.to_string());
    assert_eq!(record.as_object_mut().unwrap().remove("actorOwnerId").unwrap(), json!(null));
    assert_eq!(
        record,
        json!({
            "id": "-",
            "timestamp": crate::world::START.to_string(),
            "operation": "ListCustomerUsers",
            "status": {"name": "Succeded"},
            "actor": {"kind": "ApiAccess", "id": CSP.to_string(), "name": "client 1"},
            "resellerId": null,
            "customerId": SHARED.to_string(),
            "targetId": null,
            "correlationId": "one",
            "clientAddress": "127.0.0.1",
            "description": "Listed 7 users.",
            "changes": [],
        })
    );
}

#[tokio::test]
async fn refusals_before_a_principal_are_told_five_times_a_minute_and_then_counted() {
    let world = World::new().await;
    let ask = world.list(SHARED).await.token("a.b.c");
    for number in 0..12 {
        assert_eq!(ask.clone().and("X-Correlation-Id", format!("n{number}")).status().await, 401);
    }
    let records = world.records().await;
    let ids: Vec<_> = records.iter().map(|record| record["correlationId"].as_str().unwrap()).collect();
    assert_eq!(ids, ["n0", "n1", "n2", "n3", "n4"]);
    for record in &records {
        assert_eq!(record["actor"], json!({"kind": "Anonymous", "id": null, "name": null}));
        assert_eq!(record["status"]["name"], "Failed");
    }
    later(61);
    world.tick().await.unwrap();
    let records = world.records().await;
    assert_eq!(records.len(), 6);
    assert!(records[5]["description"].as_str().unwrap().starts_with("7 more refusals"), "{}", records[5]);
    assert_eq!(ask.status().await, 401);
    assert_eq!(world.records().await.len(), 7, "a new minute begins");
    assert!(world.trail_is_whole().await);
}

#[tokio::test]
async fn each_cause_of_a_refusal_is_told_and_none_holds_what_was_claimed() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    let asks = [
        list.clone().without("X-Tenant"),
        list.clone().tenant("claimed.example"),
        list.clone().tenant(SOUTH_DOMAIN),
        list.clone().without("Authorization"),
        list.clone().token("claimed"),
        list.clone().with("X-Correlation-Id", "not visible claimed"),
        list.clone().body(vec![b'x'; 65_537]),
        list.clone().and("X-Large", "x".repeat(20_000)),
        world.list_as(DISABLED, SHARED).await,
    ];
    for ask in &asks {
        ask.send().await;
    }
    let records = world.records().await;
    assert_eq!(records.len(), asks.len(), "{records:#?}");
    for record in records {
        assert_eq!(record["actor"]["kind"], "Anonymous");
        assert!(!record.to_string().contains("claimed"), "{record}");
        assert_eq!(record["customerId"], Value::Null);
    }
}

#[tokio::test]
async fn operations_that_concern_nobody_are_not_recorded() {
    let world = World::new().await;
    for target in [
        "/health/live",
        "/health/ready",
        "/metrics",
        "/openapi.json",
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
        "/nowhere",
    ] {
        world.ask("GET", target).send().await;
        world.ask("POST", target).send().await;
    }
    assert_eq!(world.records().await, Vec::<Value>::new());
}
