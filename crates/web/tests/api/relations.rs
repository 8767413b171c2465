//! How does a customer come to a reseller, and what becomes of its users when it leaves?

use domain::group::ADMINISTRATOR;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::directory::*;
use crate::world::{World, shared_users, user_at};

fn relation(customer: impl ToString, reseller: impl ToString) -> String {
    format!("/v1/Customers/{}/resellers/{}", customer.to_string(), reseller.to_string())
}

async fn emails(caller: &Caller, query: &str) -> Vec<String> {
    caller.get(&format!("{}{query}", shared_users())).await.emails()
}

#[tokio::test]
async fn a_customer_that_is_related_is_reached_at_once() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let lonely = world.caller(OF_LONELY).await;
    assert_eq!(lonely.get(&shared_users()).await.told(), "404 CustomerNotFound");
    assert_eq!(lonely.get("/v1/Customers").await.items().len(), 0);
    let before = csp.get(&format!("/v1/Customers/{SHARED}")).await;
    for path in [relation(SHARED, LONELY), relation(SHARED, LONELY).to_uppercase() + "/"] {
        let answer = csp.put(&path).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0), "it may be so already");
    }
    assert_eq!(lonely.get(&shared_users()).await.text(), "[]", "none of the users is in its context");
    assert_eq!(lonely.get("/v1/Customers").await.each("id"), [SHARED.to_string()]);
    let after = csp.get(&format!("/v1/Customers/{SHARED}")).await;
    assert_ne!(before.tag(), after.tag());
    let related = json!({"resellerId": LONELY.to_string(), "internalIdentifier": null});
    assert!(after.json()["customerAssociations"].as_array().unwrap().contains(&related));
    let own = format!("{}?resellerId={LONELY}", shared_users());
    assert_eq!(csp.post(&own, &json!({"email": "l@x.example"})).await.status, 201);
    assert_eq!(emails(&lonely, "").await, ["l@x.example"]);
}

#[tokio::test]
async fn users_of_an_ended_relation_stay_with_the_distributor() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let shared = world.caller(OF_SHARED).await;
    let all = emails(&csp, "").await;
    assert_eq!(emails(&acorn, "").await.len(), 2);
    assert_eq!(emails(&shared, "").await, all);
    let total = csp.get("/v1").await.json()["totalCount"].clone();

    let answer = csp.delete(&relation(SHARED, ACORN)).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(acorn.get(&shared_users()).await.told(), "404 CustomerNotFound");
    assert_eq!(acorn.get(&user_at(1)).await.told(), "404 UserNotFound");
    assert_eq!(acorn.get("/v1").await.each("email"), ["alma@north.example", "Twin@north.example"]);
    assert_eq!(emails(&csp, "").await, all);
    assert_eq!(emails(&shared, "").await, all);
    assert_eq!(csp.get("/v1").await.json()["totalCount"], total);
    let of_acorn = format!("{}?resellerId={ACORN}", shared_users());
    assert_eq!(csp.get(&of_acorn).await.told(), "403 ResellerNotRelated");
    assert_eq!(shared.get(&of_acorn).await.told(), "403 ResellerNotRelated");
    assert_eq!(csp.delete(&relation(SHARED, ACORN)).await.told(), "403 ResellerNotRelated");

    assert_eq!(csp.put(&relation(SHARED, ACORN)).await.status, 204);
    assert_eq!(emails(&acorn, "").await, [""; 0], "who left does not come back by itself");
    assert_eq!(csp.ask("POST", &format!("{}/restore", user_at(8))).status().await, 204);
    assert_eq!(emails(&acorn, "").await, [""; 0], "nor does who was deleted");
    assert_eq!(emails(&csp, "").await.len(), all.len() + 1);
}

#[tokio::test]
async fn each_user_that_moves_is_told_of_by_itself() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let ask = csp.ask("DELETE", &relation(SHARED, BIRCH)).and("X-Correlation-Id", "ended");
    assert_eq!(ask.status().await, 204);
    let told = csp.get("/v1/AuditLogs?CorrelationId=ended").await.items();
    let gist = |record: &Value| {
        json!([
            record["operation"],
            record["targetId"],
            record["customerId"],
            record["resellerId"],
            record["changes"]
        ])
    };
    let mut gists: Vec<Value> = told.iter().map(gist).collect();
    gists.sort_by_key(Value::to_string);
    let (shared, birch) = (SHARED.to_string(), BIRCH.to_string());
    let changes = json!([{"propertyName": "resellerId", "before": birch, "after": null}]);
    let id = |number| user_at(number).rsplit('/').next().unwrap().to_owned();
    assert_eq!(
        gists,
        [
            json!(["DeleteRelation", shared, shared, birch, changes]),
            json!(["UpdateUser", id(3), shared, birch, changes]),
            json!(["UpdateUser", id(6), shared, birch, changes]),
        ]
    );
    let of_birch = world.caller(OF_BIRCH_CLIENT).await;
    assert_eq!(of_birch.get("/v1/AuditLogs?CorrelationId=ended").await.items().len(), 3, "it may know");
    assert!(world.trail_is_whole().await);
}

#[tokio::test]
async fn where_an_e_mail_is_in_use_already_nothing_is_done() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({"email": "USER4@shared.example"});
    let twin = csp.post(&shared_users(), &body).await.id();
    let answer = csp.delete(&relation(SHARED, ACORN)).await;
    assert_eq!(answer.refusal(), "400 EmailAlreadyInUse: email");
    let acorn = world.caller(OF_ACORN).await;
    assert_eq!(emails(&acorn, "").await.len(), 2, "all of it or nothing");
    assert_eq!(csp.delete(&format!("/v1/users/{twin}")).await.status, 204);
    assert_eq!(csp.delete(&relation(SHARED, ACORN)).await.status, 204);
}

#[tokio::test]
async fn people_in_the_context_go_on_without_one() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let dora = json!({"email": "dora@north.example", "groups": [{"id": ADMINISTRATOR.to_string()}]});
    assert_eq!(csp.post(&format!("{}?resellerId={ACORN}", shared_users()), &dora).await.status, 201);
    let dora = world.person("dora@north.example");
    assert_eq!(dora.post(&shared_users(), &json!({"email": "before@x.example"})).await.status, 201);
    assert_eq!(emails(&world.caller(OF_ACORN).await, "").await.len(), 4);
    assert_eq!(csp.delete(&relation(SHARED, ACORN)).await.status, 204);
    assert_eq!(dora.post(&shared_users(), &json!({"email": "after@x.example"})).await.status, 201);
    assert_eq!(csp.put(&relation(SHARED, ACORN)).await.status, 204);
    assert_eq!(emails(&world.caller(OF_ACORN).await, "").await, [""; 0]);
}

#[tokio::test]
async fn relations_are_made_and_ended_by_administrators_of_the_distributor_alone() {
    let world = World::new().await;
    for client in [CSP, OF_ACORN, ACORN_ADMINISTRATOR, OF_SHARED, SHARED_ADMINISTRATOR] {
        let caller = world.caller(client).await;
        for path in [relation(SHARED, ACORN), relation(SHARED, BIRCH), relation(NO_CUSTOMER, NO_CUSTOMER)] {
            assert_eq!(caller.put(&path).await.told(), "403 PermissionDenied", "{client} {path}");
            assert_eq!(caller.delete(&path).await.told(), "403 PermissionDenied", "{client} {path}");
        }
    }
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (path, made, ended) in [
        (relation(FOREIGN, ACORN), "404 CustomerNotFound", "404 CustomerNotFound"),
        (relation(GONE, ACORN), "404 CustomerNotFound", "404 CustomerNotFound"),
        (relation(NO_CUSTOMER, NO_CUSTOMER), "404 CustomerNotFound", "404 CustomerNotFound"),
        (relation(DIRECT, SOUTHERN), "404 ResellerNotFound", "403 ResellerNotRelated"),
        (relation(DIRECT, GONE_RESELLER), "404 ResellerNotFound", "403 ResellerNotRelated"),
        (relation(DIRECT, NO_CUSTOMER), "404 ResellerNotFound", "403 ResellerNotRelated"),
        (relation(DIRECT, ACORN), "204", "204"),
    ] {
        let told = (csp.put(&path).await.told(), csp.delete(&path).await.told());
        assert_eq!(told, (made.into(), ended.into()), "{path}");
    }
    let answer = csp.put(&format!("{}?force=1", relation("x", "y"))).await;
    assert_eq!(answer.refusal(), "400 InvalidRequest: id, resellerId, force");
}
