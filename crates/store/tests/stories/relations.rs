//! What becomes of users when their customer comes to a reseller, leaves it, or goes?

use std::collections::BTreeMap;

use domain::audit::Operation;
use domain::change::{Change, Outcome};
use domain::error::Error;
use domain::id::{ClientId, ResellerId};
use domain::principal::{ApiAccess, ApiPermission, Role};
use domain::text::Email;
use domain::user::{Owner, User, UserKey};
use uuid::Uuid;

use crate::witness::*;
use crate::world::*;

pub(crate) async fn a_relation_is_made_once_and_opens_the_customer_to_the_reseller(world: World) {
    let own = scope(Role::Reseller(LONELY_RESELLER), CUSTOMER, None);
    assert_eq!(world.store().standing(own).await.unwrap(), None);
    world.add(&user_within(RESELLER, 1, "Ada")).await.unwrap();
    let older = generation(world.store(), &whole()).await;

    let related = within(LONELY_RESELLER);
    world.commit(Change::AddRelation { scope: related }).await.unwrap();

    assert_ne!(generation(world.store(), &whole()).await, older);
    assert!(world.names(own).await.is_empty(), "the customer, but nobody of another context");
    world.add(&user_within(LONELY_RESELLER, 2, "Ben")).await.unwrap();
    assert_eq!(world.names(own).await, ["Ben"]);
    let before = (standing(world.store(), related).await, world.store().customer(whole()).await.unwrap());
    world.commit(Change::AddRelation { scope: related }).await.unwrap();
    let after = (standing(world.store(), related).await, world.store().customer(whole()).await.unwrap());
    assert_eq!(after, before, "once more is nothing more");
    assert!(last_record(world.store()).await.changes.is_empty());

    for (scope, refusal) in [
        (within(ResellerId(Uuid::from_u128(0xDEAD))), Error::ResellerNotFound),
        (within(DELETED_RESELLER), Error::ResellerNotFound),
        (scope(Role::Csp, DELETED_CUSTOMER, Some(RESELLER)), Error::CustomerNotFound),
        (scope(Role::Csp, FOREIGN_CUSTOMER, Some(RESELLER)), Error::CustomerNotFound),
    ] {
        assert_eq!(world.commit(Change::AddRelation { scope }).await, Err(refusal), "{scope:?}");
    }
}

pub(crate) async fn the_end_of_a_relation_leaves_its_users_with_the_distributor(world: World) {
    let (ada, ben, gone) =
        (user_within(RESELLER, 1, "Ada"), user_within(RESELLER, 2, "Ben"), user_within(RESELLER, 3, "Gone"));
    for user in [&ada, &ben, &gone, &user_within(SECOND_RESELLER, 4, "Other"), &user(5, "Direct")] {
        world.add(user).await.unwrap();
    }
    world.delete(&gone).await.unwrap();
    let (told, people) = (records(world.store()).await.len(), directory_generation(world.store()).await);

    world.commit(Change::EndRelation { scope: within(RESELLER) }).await.unwrap();

    assert_eq!(world.names(whole()).await, ["Ada", "Ben", "Direct", "Other"]);
    assert_eq!(standing(world.store(), whole()).await.count, 4);
    assert!(!standing(world.store(), within(RESELLER)).await.related);
    assert_eq!(world.store().standing(scope(Role::Reseller(RESELLER), CUSTOMER, None)).await.unwrap(), None);
    assert!(shown(world.store(), right(Role::Reseller(RESELLER), None), everybody()).await.is_empty());
    assert!(shown(world.store(), right(Role::Csp, Some(RESELLER)), everybody()).await.is_empty());
    let of_customer = right(Role::Customer(CUSTOMER), None);
    assert_eq!(shown(world.store(), of_customer, everybody()).await, ["Ada", "Ben", "Direct", "Other"]);
    assert_ne!(directory_generation(world.store()).await, people, "their people are looked up again");
    let person = world.store().people_by_email(TENANT, ada.email.folded()).await.unwrap();
    assert_eq!(person[0].context, None);
    assert!(
        kept_users(world.store()).await.iter().all(|user| user.context != Some(RESELLER)),
        "deleted ones too"
    );
    world.restore(&gone).await.unwrap();
    assert_eq!(standing(world.store(), whole()).await.count, 5);

    // One record of the end, and one for each user who was moved.
    let records = &records(world.store()).await[told..];
    assert_eq!((records[0].target_id, records[0].reseller_id), (Some(CUSTOMER.0), Some(RESELLER)));
    let moved: BTreeMap<_, _> =
        records[1..4].iter().map(|record| (record.target_id.unwrap(), record)).collect();
    assert_eq!(moved.keys().copied().collect::<Vec<_>>(), [ada.id.0, ben.id.0, gone.id.0]);
    for record in moved.values() {
        assert_eq!(record.operation, Operation::UpdateUser);
        assert_eq!((record.reseller_id, record.customer_id), (Some(RESELLER), Some(CUSTOMER)));
        assert_eq!(record.correlation_id, records[0].correlation_id);
        let [change] = &record.changes[..] else { panic!("{record:?}") };
        let context = RESELLER.to_string();
        assert_eq!(
            (&*change.property_name, change.before.as_ref(), change.after.as_ref()),
            ("resellerId", Some(&context), None)
        );
    }
    let mut ids: Vec<_> = records.iter().map(|record| record.id).filter(|id| !id.is_nil()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3, "the records that come along have ids of their own");
}

pub(crate) async fn a_relation_does_not_end_where_two_would_share_an_email(world: World) {
    let email = Email::parse("Åsa@example.com").unwrap();
    let (direct, within_reseller) = (
        User { email: email.clone(), ..user(1, "Direct") },
        User { email, ..user_within(RESELLER, 2, "Namesake") },
    );
    for user in
        [&direct, &user_within(RESELLER, 3, "Ada"), &within_reseller, &user_within(RESELLER, 4, "Zoe")]
    {
        world.add(user).await.unwrap();
    }
    let end = || Change::EndRelation { scope: within(RESELLER) };
    let before = (records(world.store()).await.len(), standing(world.store(), within(RESELLER)).await);

    assert_eq!(world.commit(end()).await, Err(Error::EmailAlreadyInUse));

    assert_eq!((records(world.store()).await.len(), standing(world.store(), within(RESELLER)).await), before);
    assert_eq!(world.names(within(RESELLER)).await, ["Ada", "Namesake", "Zoe"]);
    world.delete(&direct).await.unwrap();
    world.commit(end()).await.unwrap();
    assert_eq!(world.names(whole()).await, ["Ada", "Namesake", "Zoe"]);
    assert_eq!(world.restore(&direct).await, Err(Error::EmailAlreadyInUse));
    assert_eq!(world.commit(end()).await, Err(Error::ResellerNotRelated));
}

/// An entity tag is made of scope and version, so a scope that comes back must not count from the beginning.
pub(crate) async fn a_relation_that_comes_back_has_no_version_that_it_had_before(world: World) {
    let mut seen = vec![standing(world.store(), within(RESELLER)).await.version];
    for turn in 0..3 {
        for number in 0..4 {
            world.add(&user_within(RESELLER, 10 * turn + number, "Ada")).await.unwrap();
            seen.push(standing(world.store(), within(RESELLER)).await.version);
        }
        world.commit(Change::EndRelation { scope: within(RESELLER) }).await.unwrap();
        world.commit(Change::AddRelation { scope: within(RESELLER) }).await.unwrap();
        seen.push(standing(world.store(), within(RESELLER)).await.version);
    }
    assert!(seen.is_sorted_by(|one, next| one < next), "{seen:?}");
}

fn program(role: Role) -> ApiAccess {
    ApiAccess {
        tenant: TENANT,
        client_id: ClientId(Uuid::from_u128(0x6001)),
        name: "Nightly export".to_owned(),
        role,
        permission: ApiPermission::Viewer,
        disabled: false,
        issuer: None,
        secret_hashes: vec!["$argon2id$one".to_owned()],
        owner_deleted_at: None,
    }
}

pub(crate) async fn a_deleted_customer_takes_everything_with_it(world: World) {
    let with_customer = |user: User| User { owner: Owner::Customer(CUSTOMER), ..user };
    let ada = with_customer(user_within(RESELLER, 1, "Ada"));
    world.add(&ada).await.unwrap();
    world.add(&staff_of(RESELLER, 2, "Staff")).await.unwrap();
    let reach = right(Role::Csp, None);
    let access = program(Role::Customer(CUSTOMER));
    world.commit(Change::AddApiAccess { reach, access: Box::new(access.clone()) }).await.unwrap();

    let deleted = world.commit_on(3, Change::DeleteCustomer { scope: whole() }).await.unwrap();

    assert_eq!((deleted.outcome, deleted.target), (Outcome::Done, Some(CUSTOMER.0)));
    for scope in [whole(), within(RESELLER), scope(Role::Customer(CUSTOMER), CUSTOMER, None)] {
        assert_eq!(world.store().standing(scope).await.unwrap(), None);
        assert_eq!(world.store().customer(scope).await, Err(Error::CustomerNotFound));
    }
    for reach in [reach, right(Role::Reseller(RESELLER), None)] {
        assert_eq!(shown(world.store(), reach, everybody()).await, ["Staff"]);
        assert!(shown(world.store(), reach, found_by("ada")).await.is_empty());
        assert_eq!(world.store().user(reach, UserKey::Id(ada.id)).await, Err(Error::UserNotFound));
    }
    let access = world.store().api_access(access.client_id).await.unwrap().unwrap();
    assert_eq!(access.owner_deleted_at, Some(on(3)));
    assert!(world.store().people_by_email(TENANT, ada.email.folded()).await.unwrap().is_empty());
    for change in [Change::DeleteCustomer { scope: whole() }, Change::EndRelation { scope: within(RESELLER) }]
    {
        assert_eq!(world.commit(change).await, Err(Error::CustomerNotFound));
    }
    assert_eq!(world.add(&user(9, "Late")).await, Err(Error::CustomerNotFound));
}

/// Lists lose the users of a large customer step by step; nobody of them is let in from the first on.
pub(crate) async fn users_of_a_large_deleted_customer_are_hidden_in_steps_and_dead_at_once(world: World) {
    let users: Vec<User> = (0..2_500)
        .map(|number| User { owner: Owner::Customer(DIRECT_CUSTOMER), ..user(number, "Åse") })
        .collect();
    let (first, last) = (users[0].clone(), users[2_499].clone());
    let load = move |loader: &mut store::Loader<'_>| {
        users.iter().try_for_each(|user| loader.add_user(user).map(drop))?;
        Ok(Some(record("an import")))
    };
    world.store().bulk(load).await.unwrap();
    for (user, subject) in [(&first, "first"), (&last, "last")] {
        let (issuer, subject) = ("https://issuer.example".to_owned(), subject.to_owned());
        world.commit(Change::BindIdentity { tenant: TENANT, user: user.id, issuer, subject }).await.unwrap();
    }
    let customers_due = async || world.store().due(on(0), 10).await.unwrap().1;
    assert_eq!(customers_due().await, []);

    let scope = scope(Role::Csp, DIRECT_CUSTOMER, None);
    let deleted = world.commit(Change::DeleteCustomer { scope }).await.unwrap();

    assert_eq!(deleted.outcome, Outcome::Unfinished);
    for (user, subject) in [(&first, "first"), (&last, "last")] {
        let person = world.store().bound_person(TENANT, "https://issuer.example", subject).await.unwrap();
        assert!(!person.unwrap().alive, "{subject}");
        assert_eq!(world.store().people_by_email(TENANT, user.email.folded()).await.unwrap(), []);
    }
    assert_eq!(customers_due().await, [(TENANT, DIRECT_CUSTOMER)]);
    let hiding = Change::HideUsersOfDeletedCustomer { tenant: TENANT, customer: DIRECT_CUSTOMER };
    assert_eq!(world.commit(hiding.clone()).await.unwrap().outcome, Outcome::Unfinished);
    assert_eq!(world.commit(hiding.clone()).await.unwrap().outcome, Outcome::Done);
    assert!(shown(world.store(), right(Role::Csp, None), everybody()).await.is_empty());
    assert!(shown(world.store(), right(Role::Csp, None), found_by("ase")).await.is_empty());
    assert_eq!(customers_due().await, []);
    let hiding_a_live_one = Change::HideUsersOfDeletedCustomer { tenant: TENANT, customer: CUSTOMER };
    world.add(&user(1, "Live")).await.unwrap_err();
    world.add(&user(5_000, "Live")).await.unwrap();
    world.commit(hiding_a_live_one).await.unwrap();
    assert_eq!(world.names(whole()).await, ["Live"], "a customer that lives keeps its users");
}
