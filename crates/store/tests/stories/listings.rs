//! Who is listed, for whom, in which order and with which figures?

use std::sync::{Arc, Mutex};

use domain::error::Error;
use domain::principal::Role;
use domain::text::Email;
use domain::user::{Owner, User};
use store::{Standing, Step};

use crate::world::*;

pub(crate) async fn users_come_back_in_the_order_of_names(world: World) {
    for (number, first) in
        ["Zoe", "de Vries", "", "Bo", "Åsa", "De Vries", "Asa", "ONeil", "O'Neil"].iter().enumerate()
    {
        world.add(&user(number as u64, first)).await.unwrap();
    }

    let names = world.names(whole()).await;

    assert_eq!(names, ["Asa", "Åsa", "Bo", "de Vries", "De Vries", "O'Neil", "ONeil", "Zoe", "(none)"]);
}

pub(crate) async fn a_context_shows_only_its_users(world: World) {
    world.add(&user_within(RESELLER, 1, "Ada")).await.unwrap();
    world.add(&user_within(SECOND_RESELLER, 2, "Ben")).await.unwrap();
    world.add(&user_within(RESELLER, 3, "Cid")).await.unwrap();

    assert_eq!(world.names(within(RESELLER)).await, ["Ada", "Cid"]);
    assert_eq!(world.names(within(SECOND_RESELLER)).await, ["Ben"]);
    assert_eq!(world.names(scope(Role::Reseller(SECOND_RESELLER), CUSTOMER, None)).await, ["Ben"]);
    assert_eq!(world.names(whole()).await, ["Ada", "Ben", "Cid"]);
}

pub(crate) async fn direct_users_are_only_in_the_whole_listing(world: World) {
    world.add(&user(1, "Ada")).await.unwrap();
    let staff = User { owner: Owner::Reseller(RESELLER), ..user(2, "Staff") };
    world.add(&staff).await.unwrap();

    assert_eq!(world.names(whole()).await, ["Ada"]);
    assert_eq!(world.names(scope(Role::Customer(CUSTOMER), CUSTOMER, None)).await, ["Ada"]);
    assert!(world.names(within(RESELLER)).await.is_empty());
    assert!(world.names(scope(Role::Csp, DIRECT_CUSTOMER, None)).await.is_empty());
}

pub(crate) async fn what_is_out_of_reach_is_the_same_nothing(world: World) {
    let unknown = domain::id::CustomerId(uuid::Uuid::from_u128(0xDEAD));
    for out_of_reach in [
        scope(Role::Csp, unknown, None),
        scope(Role::Csp, DELETED_CUSTOMER, None),
        scope(Role::Csp, DELETED_CUSTOMER, Some(RESELLER)),
        scope(Role::Csp, FOREIGN_CUSTOMER, None),
        scope_in(OTHER_TENANT, Role::Csp, CUSTOMER, None),
        scope(Role::Reseller(RESELLER), DIRECT_CUSTOMER, None),
        scope(Role::Reseller(LONELY_RESELLER), CUSTOMER, None),
        scope(Role::Reseller(RESELLER), DELETED_CUSTOMER, None),
        scope(Role::Customer(DIRECT_CUSTOMER), CUSTOMER, None),
        scope(Role::Customer(DELETED_CUSTOMER), DELETED_CUSTOMER, None),
    ] {
        let store = world.store();
        assert_eq!(store.standing(out_of_reach).await.unwrap(), None, "{out_of_reach:?}");
        assert_eq!(
            store.listing(out_of_reach, u64::MAX, usize::MAX).await.unwrap(),
            None,
            "{out_of_reach:?}"
        );
        assert_eq!(store.page(out_of_reach, None, 10).await.unwrap(), None, "{out_of_reach:?}");
        assert_eq!(
            steps_of(&world, out_of_reach, usize::MAX).await,
            ["begin None", "end"],
            "{out_of_reach:?}"
        );
    }
}

pub(crate) async fn a_reseller_that_is_unrelated_or_deleted_is_told_apart_from_a_missing_customer(
    world: World,
) {
    world.load(&user_within(DELETED_RESELLER, 1, "Ada")).await;

    for reseller in [LONELY_RESELLER, DELETED_RESELLER] {
        let page = world.store().page(within(reseller), None, 10).await.unwrap().unwrap();
        assert!(!page.standing.related && page.documents.is_empty(), "{page:?}");
        let listing = world.store().listing(within(reseller), u64::MAX, usize::MAX).await.unwrap().unwrap();
        assert!(!listing.standing.related && listing.documents.is_none(), "{listing:?}");
    }
    assert!(standing(&world, within(RESELLER)).await.related);
}

pub(crate) async fn a_deleted_user_is_hidden_and_a_restored_one_is_back(world: World) {
    let ada = user_within(RESELLER, 1, "Ada");
    world.add(&ada).await.unwrap();

    world.delete(&ada).await.unwrap();
    assert!(world.names(whole()).await.is_empty());
    assert!(world.names(within(RESELLER)).await.is_empty());
    assert_eq!(standing(&world, whole()).await.count, 0);

    world.restore(&ada).await.unwrap();
    assert_eq!(world.names(within(RESELLER)).await, ["Ada"]);
    assert_eq!(standing(&world, whole()).await.count, 1);
}

pub(crate) async fn counts_and_versions_belong_to_their_scope(world: World) {
    let before =
        [whole(), within(RESELLER), within(SECOND_RESELLER), scope(Role::Csp, DIRECT_CUSTOMER, None)];
    let mut standings = Vec::new();
    for scope in before {
        standings.push(standing(&world, scope).await);
    }

    world.add(&user_within(RESELLER, 1, "Ada")).await.unwrap();

    for (place, (scope, before)) in before.into_iter().zip(standings).enumerate() {
        let after = standing(&world, scope).await;
        let shows_it = place < 2;
        assert_eq!(after.count, u64::from(shows_it), "{scope:?}");
        assert_eq!(after.version > before.version, shows_it, "{scope:?}");
    }
}

pub(crate) async fn two_deletions_at_once_count_once(world: World) {
    let (ada, ben) = (user(1, "Ada"), user(2, "Ben"));
    world.add(&ada).await.unwrap();
    world.add(&ben).await.unwrap();

    let outcomes = all([world.delete(&ada), world.delete(&ada)]).await;

    assert!(matches!(outcomes[..], [Ok(_), Err(Error::UserNotFound)]), "{outcomes:?}");

    assert_eq!(standing(&world, whole()).await.count, 1);
    assert_eq!(world.names(whole()).await, ["Ben"]);
}

pub(crate) async fn an_email_is_unique_within_its_owner_and_context(world: World) {
    let with_email = |user: User, email: &str| User { email: Email::parse(email).unwrap(), ..user };
    let ada = with_email(user_within(RESELLER, 1, "Ada"), "ada@example.com");
    world.add(&ada).await.unwrap();

    let same = with_email(user_within(RESELLER, 2, "Twin"), "ADA@Example.COM");
    assert_eq!(world.add(&same).await, Err(Error::EmailAlreadyInUse));
    world.add(&with_email(user(3, "Elsewhere"), "ada@example.com")).await.unwrap();

    let ben = user_within(RESELLER, 4, "Ben");
    world.add(&ben).await.unwrap();
    let taking_hers = with_email(ben.clone(), "Ada@example.com");
    assert_eq!(world.change(&taking_hers).await, Err(Error::EmailAlreadyInUse));

    world.delete(&ada).await.unwrap();
    world.change(&taking_hers).await.unwrap();
    assert_eq!(world.restore(&ada).await, Err(Error::EmailAlreadyInUse));
    assert_eq!(standing(&world, within(RESELLER)).await.count, 1);
}

pub(crate) async fn an_id_is_never_used_twice(world: World) {
    let ada = user(1, "Ada");
    world.add(&ada).await.unwrap();
    world.delete(&ada).await.unwrap();

    let again = User { email: Email::parse("another@example.com").unwrap(), ..user(1, "Ben") };

    assert_eq!(property_at_fault(world.add(&again).await), "id");
}

pub(crate) async fn a_listing_above_its_limits_is_left_to_the_stream(world: World) {
    for number in 0..3 {
        world.add(&user(number, "Ada")).await.unwrap();
    }
    let within_limits = |most_users, most_bytes| {
        let listing = world.store().listing(whole(), most_users, most_bytes);
        async move { listing.await.unwrap().unwrap().documents.map(|documents| documents.len()) }
    };
    let all = within_limits(3, usize::MAX).await.unwrap();

    assert_eq!(within_limits(3, all).await, Some(all));
    assert_eq!(within_limits(3, all - 1).await, None);
    assert_eq!(within_limits(2, usize::MAX).await, None);
    assert_eq!(
        steps_of(&world, whole(), usize::MAX).await,
        ["begin 3", "document", "document", "document", "end"]
    );
}

pub(crate) async fn a_stream_stops_when_it_is_told_to(world: World) {
    for number in 0..3 {
        world.add(&user(number, "Ada")).await.unwrap();
    }

    assert_eq!(steps_of(&world, whole(), 1).await, ["begin 3"]);
    assert_eq!(steps_of(&world, whole(), 2).await, ["begin 3", "document"]);
}

/// What a stream shows to somebody who stops it after `most` steps.
async fn steps_of(world: &World, scope: domain::access::Scope, most: usize) -> Vec<String> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let steps = Arc::clone(&seen);
    let visit = move |step: Step<'_>| {
        let mut steps = steps.lock().unwrap();
        steps.push(match step {
            Step::Begin(None) => "begin None".to_owned(),
            Step::Begin(Some(standing)) => format!("begin {}", standing.count),
            Step::Document(_) => "document".to_owned(),
            Step::End => "end".to_owned(),
        });
        steps.len() < most
    };
    world.store().stream(scope, visit).await.unwrap();
    let seen = seen.lock().unwrap();
    seen.clone()
}

async fn standing(world: &World, scope: domain::access::Scope) -> Standing {
    world.store().standing(scope).await.unwrap().unwrap()
}

fn property_at_fault<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Invalid(faults)) => faults[0].property.clone(),
        other => panic!("no fault was told: {other:?}"),
    }
}
