//! Which fault answers when there are several? The first in the order of the contract; each is mended in
//! turn, and the answer moves on.

use crate::ask::Ask;
use crate::directory::*;
use crate::issuer;
use crate::world::{World, shared_users, user_at};
use serde_json::json;

#[tokio::test]
async fn faults_are_judged_in_the_order_of_the_contract() {
    let world = World::new().await;
    let mut ask = world
        .ask("BREW", "/v1/nowhere?nonsense=1")
        .and("X-Correlation-Id", "not visible")
        .and("X-Filler", "x".repeat(16_385))
        .and("X-Tenant", "not a domain")
        .and("Authorization", "Bearer rubbish")
        .body(vec![b'x'; 65_537]);
    let mut told = Vec::new();
    let bad_query = "/v1/customer/nonsense/users?nonsense=1&pageSize=0&resellerId=x";
    let unread = issuer::token(
        &world.issuer,
        &json!({"sub": "1", "email": "alert@north.example", "email_verified": true}),
    );
    let not_mine = format!("/v1/customer/{NO_CUSTOMER}/users?resellerId={BIRCH}");

    told.push(ask.send().await.told());
    ask = ask.target(bad_query);
    told.push(ask.send().await.told());
    ask = ask.method("GET");
    told.push(ask.send().await.told());
    ask = ask.without("X-Filler");
    told.push(ask.send().await.told());
    ask = ask.body("");
    let answer = ask.send().await;
    assert_eq!(answer.faults(), ["X-Correlation-Id"]);
    told.push(answer.told());
    ask = ask.with("X-Correlation-Id", "visible");
    let answer = ask.send().await;
    assert_eq!(answer.faults(), ["X-Tenant"]);
    told.push(answer.told());
    ask = ask.tenant("unknown.example");
    told.push(ask.send().await.told());
    ask = ask.token(&unread);
    told.push(ask.send().await.told());
    ask = ask.tenant(NORTH_DOMAIN);
    let answer = ask.send().await;
    assert_eq!(answer.faults(), ["customerId", "nonsense", "resellerId", "pageSize"], "all at once");
    told.push(answer.told());
    ask = ask.target(&not_mine);
    told.push(ask.send().await.told());
    ask = ask.token(&world.token(OF_ACORN).await);
    told.push(ask.send().await.told());
    ask = ask
        .token(&world.token(CSP).await)
        .target(&format!("/v1/customer/{NO_CUSTOMER}/users?resellerId={LONELY}"));
    told.push(ask.send().await.told());
    ask = ask.target(&format!("{}?resellerId={LONELY}", shared_users()));
    told.push(ask.send().await.told());
    ask = ask.target(&format!("{}?resellerId={ACORN}", shared_users()));
    told.push(ask.send().await.told());

    assert_eq!(
        told,
        [
            "404 RouteNotFound",
            "405 MethodNotAllowed",
            "431 HeadersTooLarge",
            "413 PayloadTooLarge",
            "400 InvalidRequest",
            "400 InvalidRequest",
            "401 InvalidToken",
            "403 TenantForbidden",
            "400 InvalidRequest",
            "403 PermissionDenied",
            "403 ResellerScopeMismatch",
            "404 CustomerNotFound",
            "403 ResellerNotRelated",
            "200",
        ]
    );
}

#[tokio::test]
async fn a_missing_token_comes_after_the_tenant_and_before_everything_of_the_query() {
    let world = World::new().await;
    let ask = world.ask("GET", "/v1/customer/x/users?y=1");
    assert_eq!(ask.send().await.faults(), ["X-Tenant"]);
    assert_eq!(ask.clone().tenant("127.0.0.1").send().await.faults(), ["X-Tenant"]);
    assert_eq!(ask.clone().tenant("127.0.0.1").token("two tokens").send().await.faults(), ["X-Tenant"]);
    assert_eq!(ask.clone().tenant("unknown.example").send().await.told(), "401 MissingToken");
    assert_eq!(
        ask.tenant(SOUTH_DOMAIN).token(&world.token(CSP).await).send().await.told(),
        "403 TenantForbidden"
    );
}

#[tokio::test]
async fn a_bad_continuation_token_is_told_with_the_other_faults_of_the_query() {
    let world = World::new().await;
    let ask = world
        .list_as(OF_ACORN, NO_CUSTOMER)
        .await
        .query("?continuationToken=x&pageSize=x&resellerId=x&other=");
    let mut faults = ask.send().await.faults();
    faults.sort();
    assert_eq!(faults, ["continuationToken", "other", "pageSize", "resellerId"]);
}

#[tokio::test]
async fn faults_of_a_write_are_judged_in_the_same_order() {
    let world = World::new().await;
    let good = json!({"email": "order@x.example"}).to_string();
    let related = format!("{}?resellerId={ACORN}", shared_users());
    let reader = world.token(OF_ACORN).await;
    let reseller = world.token(ACORN_ADMINISTRATOR).await;
    let csp = world.token(CSP_ADMINISTRATOR).await;
    let mut ask = world
        .ask("PUT", "/v1/customer/nonsense/users?nonsense=1")
        .and("X-Correlation-Id", "not visible")
        .and("X-Filler", "x".repeat(16_385))
        .and("X-Tenant", "not a domain")
        .and("Authorization", "Bearer rubbish")
        .and("Idempotency-Key", "")
        .body(vec![b'x'; (1 << 20) + 1]);
    let mut told = vec![ask.send().await.told()];
    let mut then = async |mended: Ask, faults: &[&str]| {
        let answer = mended.send().await;
        assert_eq!(answer.faults(), faults, "{}", answer.text());
        told.push(answer.told());
        mended
    };
    ask = then(ask.method("POST"), &[]).await;
    ask = then(ask.without("X-Filler"), &[]).await;
    ask = then(ask.json_text("{\"email\":1}"), &["X-Correlation-Id"]).await;
    ask = then(ask.without("X-Correlation-Id"), &["X-Tenant"]).await;
    ask = then(ask.tenant(SOUTH_DOMAIN), &[]).await;
    ask = then(ask.token(&reader), &[]).await;
    ask = then(ask.tenant(NORTH_DOMAIN), &["nonsense", "customerId", "Idempotency-Key", "email"]).await;
    let elsewhere = |reseller| format!("/v1/customer/{NO_CUSTOMER}/users?resellerId={reseller}");
    ask = then(ask.target(&elsewhere(BIRCH)), &["Idempotency-Key", "email"]).await;
    ask = then(ask.without("Idempotency-Key"), &["email"]).await;
    ask = then(ask.json_text(good), &[]).await;
    ask = then(ask.token(&reseller), &[]).await;
    ask = then(ask.token(&csp), &[]).await;
    ask = then(ask.target(&format!("{}?resellerId={LONELY}", shared_users())), &[]).await;
    assert_eq!(ask.target(&related).status().await, 201);
    assert_eq!(
        told,
        [
            "405 MethodNotAllowed",
            "431 HeadersTooLarge",
            "413 PayloadTooLarge",
            "400 InvalidRequest",
            "400 InvalidRequest",
            "401 InvalidToken",
            "403 TenantForbidden",
            "400 InvalidRequest",
            "400 InvalidRequest",
            "400 InvalidRequest",
            "403 PermissionDenied",
            "403 ResellerScopeMismatch",
            "404 CustomerNotFound",
            "403 ResellerNotRelated",
        ]
    );
}

#[tokio::test]
async fn what_only_the_directory_can_tell_of_a_body_comes_after_the_rights() {
    let world = World::new().await;
    let (nobody, somebody) = (user_at(0xff), user_at(1));
    let unknown_group = json!({"groups": [{"id": NO_CUSTOMER.to_string()}]});
    let mut told = Vec::new();
    for (client, path, stale) in [
        (OF_ACORN, &nobody, true),
        (CSP_ADMINISTRATOR, &nobody, true),
        (CSP_ADMINISTRATOR, &somebody, true),
        (CSP_ADMINISTRATOR, &somebody, false),
    ] {
        let mut ask = world.caller(client).await.ask("PATCH", path).json(&unknown_group);
        if stale {
            ask = ask.and("If-Match", "\"stale\"");
        }
        told.push(ask.send().await.told());
    }
    let expected =
        ["403 PermissionDenied", "404 UserNotFound", "412 PreconditionFailed", "400 InvalidRequest"];
    assert_eq!(told, expected);
    let both = json!({"firstName": 1, "groups": [{"id": NO_CUSTOMER.to_string()}]});
    let answer = world.caller(CSP_ADMINISTRATOR).await.patch(&somebody, &both).await;
    assert_eq!(answer.faults(), ["firstName", "groups[0].id"], "unless there is a fault to be told anyway");
    let answer = world.caller(OF_ACORN).await.patch(&somebody, &both).await;
    assert_eq!(answer.faults(), ["firstName"], "and to those alone who may ask");
}
