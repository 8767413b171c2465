//! Which fault answers when there are several? The first in the order of the contract; each is mended in
//! turn, and the answer moves on.

use crate::directory::*;
use crate::issuer;
use crate::world::{World, shared_users};
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
