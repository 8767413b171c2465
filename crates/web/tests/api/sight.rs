//! Who sees what? The table of the contract, cell by cell, and refusals that tell nothing apart.

use domain::id::{ClientId, CustomerId, ResellerId};
use uuid::Uuid;

use crate::ask::{Answer, exchange};
use crate::directory::*;
use crate::world::World;

const NO_RESELLER: ResellerId = ResellerId(Uuid::from_u128(0xbf));

/// Status and numbers of the users, or status and type.
async fn seen(world: &World, client: ClientId, customer: CustomerId, reseller: Option<ResellerId>) -> String {
    let query = reseller.map_or_else(String::new, |reseller| format!("?resellerId={reseller}"));
    let answer = world.list_as(client, customer).await.query(&query).send().await;
    if answer.status != 200 {
        return answer.told();
    }
    assert_eq!(answer.header("x-total-count").unwrap(), answer.emails().len().to_string());
    let numbers: Vec<String> = answer
        .emails()
        .iter()
        .map(|email| email.trim_start_matches("user").trim_end_matches("@shared.example").to_owned())
        .collect();
    format!("200 {}", numbers.join(" "))
}

#[tokio::test]
async fn a_csp_sees_all_users_or_those_of_one_context() {
    let world = World::new().await;
    for (customer, reseller, expected) in [
        (SHARED, None, "200 5 1 2 3 4 6 7"),
        (SHARED, Some(ACORN), "200 1 4"),
        (SHARED, Some(BIRCH), "200 3 6"),
        (DIRECT, None, "200 carl@north.example 50"),
        (OF_BIRCH, None, "200 51"),
        (EMPTY, Some(ACORN), "200 "),
        (SHARED, Some(LONELY), "403 ResellerNotRelated"),
        (SHARED, Some(NO_RESELLER), "403 ResellerNotRelated"),
        (SHARED, Some(GONE_RESELLER), "403 ResellerNotRelated"),
        (SHARED, Some(SOUTHERN), "403 ResellerNotRelated"),
        (DIRECT, Some(ACORN), "403 ResellerNotRelated"),
        (SHARED, Some(ResellerId(Uuid::nil())), "403 ResellerNotRelated"),
        (FOREIGN, None, "404 CustomerNotFound"),
        (NO_CUSTOMER, Some(LONELY), "404 CustomerNotFound"),
    ] {
        assert_eq!(seen(&world, CSP, customer, reseller).await, expected, "{customer} {reseller:?}");
    }
}

#[tokio::test]
async fn a_reseller_sees_the_users_of_its_own_context_only() {
    let world = World::new().await;
    for (client, customer, reseller, expected) in [
        (OF_ACORN, SHARED, None, "200 1 4"),
        (OF_ACORN, SHARED, Some(ACORN), "200 1 4"),
        (OF_BIRCH_CLIENT, SHARED, None, "200 3 6"),
        (OF_BIRCH_CLIENT, OF_BIRCH, None, "200 51"),
        (OF_ACORN, EMPTY, None, "200 "),
        (OF_ACORN, SHARED, Some(BIRCH), "403 ResellerScopeMismatch"),
        (OF_ACORN, SHARED, Some(NO_RESELLER), "403 ResellerScopeMismatch"),
        (OF_ACORN, NO_CUSTOMER, Some(BIRCH), "403 ResellerScopeMismatch"),
        (OF_ACORN, DIRECT, None, "404 CustomerNotFound"),
        (OF_ACORN, OF_BIRCH, None, "404 CustomerNotFound"),
        (OF_ACORN, GONE, None, "404 CustomerNotFound"),
        (OF_LONELY, SHARED, None, "404 CustomerNotFound"),
    ] {
        assert_eq!(
            seen(&world, client, customer, reseller).await,
            expected,
            "{client} {customer} {reseller:?}"
        );
    }
}

#[tokio::test]
async fn a_customer_sees_itself_only() {
    let world = World::new().await;
    for (client, customer, reseller, expected) in [
        (OF_SHARED, SHARED, None, "200 5 1 2 3 4 6 7"),
        (OF_SHARED, SHARED, Some(BIRCH), "200 3 6"),
        (OF_SHARED, SHARED, Some(LONELY), "403 ResellerNotRelated"),
        (OF_SHARED, SHARED, Some(GONE_RESELLER), "403 ResellerNotRelated"),
        (OF_DIRECT, DIRECT, None, "200 carl@north.example 50"),
        (OF_DIRECT, DIRECT, Some(ACORN), "403 ResellerNotRelated"),
        (OF_DIRECT, SHARED, None, "404 CustomerNotFound"),
        (OF_DIRECT, SHARED, Some(ACORN), "404 CustomerNotFound"),
    ] {
        assert_eq!(
            seen(&world, client, customer, reseller).await,
            expected,
            "{client} {customer} {reseller:?}"
        );
    }
}

#[tokio::test]
async fn an_administrator_sees_what_a_viewer_sees() {
    let world = World::new().await;
    let viewer = world.list_as(CSP, SHARED).await.send().await;
    let administrator = world.list_as(CSP_ADMINISTRATOR, SHARED).await.send().await;
    assert_eq!((viewer.body, viewer.status), (administrator.body, administrator.status));
}

#[tokio::test]
async fn customers_that_are_not_for_the_caller_are_all_absent_in_the_same_bytes() {
    let world = World::new().await;
    let mut answers = Vec::new();
    for (client, customer) in [
        (CSP, NO_CUSTOMER),
        (CSP, GONE),
        (CSP, FOREIGN),
        (CSP, CustomerId(Uuid::nil())),
        (OF_ACORN, DIRECT),
        (OF_ACORN, GONE),
        (OF_DIRECT, SHARED),
    ] {
        let mut answer = world.list_as(client, customer).await.send().await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.kind(), "CustomerNotFound");
        let body = answer.text_without_correlation();
        answer.headers.retain(|(name, _)| !["date", "x-correlation-id"].contains(&name.as_str()));
        answers.push((body, answer.headers));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
}

#[tokio::test]
async fn what_was_listed_for_one_caller_is_not_served_to_another() {
    let world = World::new().await;
    // Each warms what is kept, for those who come after.
    for _ in 0..2 {
        for (client, expected) in [
            (CSP, "200 5 1 2 3 4 6 7"),
            (OF_ACORN, "200 1 4"),
            (OF_BIRCH_CLIENT, "200 3 6"),
            (OF_SHARED, "200 5 1 2 3 4 6 7"),
            (OF_DIRECT, "404 CustomerNotFound"),
            (OF_LONELY, "404 CustomerNotFound"),
            (SOUTH_CSP, "403 TenantForbidden"),
        ] {
            assert_eq!(seen(&world, client, SHARED, None).await, expected, "{client}");
        }
    }
}

#[tokio::test]
async fn callers_who_share_a_connection_see_each_what_is_theirs() {
    let world = World::new().await;
    let mut bytes = Vec::new();
    let mut expected = Vec::new();
    for client in [CSP, OF_ACORN, DISABLED, OF_BIRCH_CLIENT, OF_DIRECT, CSP] {
        let ask = world.list_as(client, SHARED).await.and("X-Correlation-Id", "same");
        bytes.extend_from_slice(&ask.bytes());
        expected.push(ask.send().await.body);
    }
    bytes.extend_from_slice(&world.ask("GET", "/health/live").and("Connection", "close").bytes());
    let answers = Answer::all(&exchange(world.address, &bytes).await, "GET");
    let bodies: Vec<_> = answers.into_iter().map(|answer| answer.body).take(expected.len()).collect();
    assert!(bodies == expected);
}
