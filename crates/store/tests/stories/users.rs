//! How do users come, come back and change?

use std::sync::Arc;

use domain::change::{Change, Outcome, Place};
use domain::error::Error;
use domain::id::{CustomerId, ResellerId, UserId};
use domain::principal::Role;
use domain::text::{Email, Name};
use domain::user::{Owner, User, UserKey, UserPatch};
use jiff::Timestamp;
use store::Commit;
use uuid::Uuid;

use crate::witness::*;
use crate::world::*;

pub(crate) async fn a_user_is_kept_and_shown_as_it_was_given(world: World) {
    let (billing, anger) = (group(1, "billing"), group(2, "Ärger & Łzy"));
    world.add_group(&billing).await.unwrap();
    world.add_group(&anger).await.unwrap();
    let longest = "å".repeat(255);
    let user = User {
        last_name: Name::parse(&longest).unwrap(),
        email: Email::parse("O'Neil.Åsa@Example.COM").unwrap(),
        groups: vec![billing.clone(), anger.clone(), billing.clone()],
        ..user_within(RESELLER, 1, "  Søren-Ægir \"D'Œuvre\" ")
    };

    let added = world.add(&user).await.unwrap();

    assert_eq!(
        (added.outcome, added.target, added.revision),
        (Outcome::Added(user.id.0), Some(user.id.0), Some(1))
    );
    let kept = User { groups: vec![anger, billing], ..user.clone() };
    let key = UserKey::Email(Email::parse("o'neil.åsa@example.com").unwrap());
    let view = world.store().user(right(Role::Csp, None), key).await.unwrap();
    assert_eq!((view.id, view.revision, &view.document), (user.id, 1, &kept.document()));
    assert_eq!(documents(world.store(), within(RESELLER)).await, [kept.document()]);
    assert!(view.document.contains("\"firstName\":\"  Søren-Ægir \\\"D'Œuvre\\\" \""), "{}", view.document);
    assert!(view.document.contains(&longest) && view.document.contains("O'Neil.Åsa@Example.COM"));
}

pub(crate) async fn a_user_goes_where_its_place_says(world: World) {
    let everywhere = [
        (colleague(1, "Csp", &[]), "csp"),
        (staff_of(RESELLER, 2, "Staff"), "reseller"),
        (user(3, "Direct"), "customer"),
        (user_within(RESELLER, 4, "Within"), "customer"),
    ];
    for (user, role) in &everywhere {
        world.add(user).await.unwrap();
        let document = document(world.store(), right(Role::Csp, None), user.id).await.unwrap();
        assert!(document.contains(&format!("\"role\":{{\"name\":\"{role}\"}}")), "{document}");
    }
    let (nobody, unknown) = (CustomerId(Uuid::from_u128(0xDEAD)), ResellerId(Uuid::from_u128(0xDEAD)));
    let of = |owner, context| User { owner, context, ..user(9, "Nowhere") };
    for (nowhere, refusal) in [
        (of(Owner::Customer(nobody), None), Error::CustomerNotFound),
        (of(Owner::Customer(DELETED_CUSTOMER), None), Error::CustomerNotFound),
        (of(Owner::Customer(FOREIGN_CUSTOMER), None), Error::CustomerNotFound),
        (of(Owner::Customer(CUSTOMER), Some(LONELY_RESELLER)), Error::ResellerNotRelated),
        (of(Owner::Customer(CUSTOMER), Some(DELETED_RESELLER)), Error::ResellerNotRelated),
        (of(Owner::Customer(CUSTOMER), Some(unknown)), Error::ResellerNotRelated),
        (of(Owner::Reseller(unknown), None), Error::ResellerNotFound),
        (of(Owner::Reseller(DELETED_RESELLER), None), Error::ResellerNotFound),
    ] {
        assert_eq!(world.add(&nowhere).await, Err(refusal), "{nowhere:?}");
    }
    assert_eq!(shown(world.store(), right(Role::Csp, None), everybody()).await.len(), everywhere.len());
}

/// A customer's Administrator adds users in its own context. What that is, was read when its request was let
/// in; the relation may have ended since.
pub(crate) async fn nobody_is_added_in_a_context_that_the_customer_has_no_more(world: World) {
    let own = scope(Role::Customer(CUSTOMER), CUSTOMER, None);
    let adding = |number| {
        let Change::AddUser { user, .. } = addition(&user_within(RESELLER, number, "Ada")) else { panic!() };
        let place = Place::Customer { scope: own, context: Some(RESELLER) };
        Change::AddUser { place, user, restorable_since: Timestamp::MIN }
    };
    world.commit(adding(1)).await.unwrap();

    world.commit(Change::EndRelation { scope: within(RESELLER) }).await.unwrap();

    assert_eq!(world.commit(adding(2)).await, Err(Error::ResellerNotRelated));
    let of_reseller = right(Role::Reseller(RESELLER), None);
    assert!(shown(world.store(), of_reseller, everybody()).await.is_empty());
}

pub(crate) async fn all_that_is_wrong_with_what_a_user_names_is_told_at_once(world: World) {
    let known = group(1, "Billing");
    world.add_group(&known).await.unwrap();
    world.add(&user(1, "Ada")).await.unwrap();
    let groups = vec![known, group(2, "Unknown"), administrators(), group(3, "Unknown, too")];
    let wrong = User { groups, email: Email::parse("another@example.com").unwrap(), ..user(1, "Ben") };

    let refused = properties_at_fault(world.add(&wrong).await);

    assert_eq!(refused, ["groups[1].id", "groups[3].id", "id"]);
    let ids = wrong.groups.iter().map(|group| group.id).enumerate().collect();
    let foreseen = world.store().reference_faults(right(Role::Csp, None), ids, Some(wrong.id)).await.unwrap();
    assert_eq!(foreseen.into_iter().map(|fault| fault.property).collect::<Vec<_>>(), refused);
    let taken = UserPatch {
        id: Some(UserId(Uuid::from_u128(7))),
        role: Some("csp".to_owned()),
        groups: Some(vec![group(2, "Unknown").id]),
        ..UserPatch::default()
    };
    assert_eq!(
        properties_at_fault(patch(&world, &user(1, "Ada"), taken).await),
        ["id", "role", "groups[0].id"]
    );
    let itself = UserPatch {
        id: Some(user(1, "Ada").id),
        role: Some("customer".to_owned()),
        first_name: Some(Name::parse("Adá").unwrap()),
        ..UserPatch::default()
    };
    patch(&world, &user(1, "Ada"), itself).await.unwrap();
    assert_eq!(world.names(whole()).await, ["Adá"]);
}

/// The change that adds a user whose id is given or not, with what was deleted before `since` gone.
fn adding(user: &User, id_is_given: bool, since: Timestamp) -> Change {
    let Change::AddUser { place, user, .. } = addition(user) else { panic!("it adds a user") };
    let user = Box::new(domain::user::NewUser { id_is_given, ..*user });
    Change::AddUser { place, user, restorable_since: since }
}

pub(crate) async fn a_deleted_user_is_revived_by_adding_it_again(world: World) {
    let (old, new) = (group(1, "Old"), group(2, "New"));
    world.add_group(&old).await.unwrap();
    world.add_group(&new).await.unwrap();
    let ada = User {
        last_name: Name::parse("Lovelace").unwrap(),
        groups: vec![old],
        ..user_within(RESELLER, 1, "Ada")
    };
    world.add(&ada).await.unwrap();
    let binding = Change::BindIdentity {
        tenant: TENANT,
        user: ada.id,
        issuer: "https://issuer.example".to_owned(),
        subject: "ada".to_owned(),
    };
    world.commit(binding).await.unwrap();
    world.delete(&ada).await.unwrap();

    let again = User {
        email: Email::parse("USER-1@Example.com").unwrap(),
        groups: vec![new],
        ..user_within(RESELLER, 77, "Augusta")
    };
    let revived = world.commit(adding(&again, false, Timestamp::MIN)).await.unwrap();

    assert_eq!((revived.outcome, revived.target), (Outcome::Revived(ada.id.0), Some(ada.id.0)));
    assert_eq!(revived.revision, Some(3));
    let expected = User { id: ada.id, ..again };
    assert_eq!(documents(world.store(), within(RESELLER)).await, [expected.document()]);
    let of_csp = right(Role::Csp, None);
    assert!(shown(world.store(), of_csp, found_by("lovelace")).await.is_empty(), "the old name finds nobody");
    assert_eq!(shown(world.store(), of_csp, found_by("augus")).await, ["Augusta"]);
    let person = world.store().bound_person(TENANT, "https://issuer.example", "ada").await.unwrap().unwrap();
    assert_eq!((person.id, person.alive), (ada.id, true), "the login is the same person's");
}

pub(crate) async fn nobody_is_revived_under_another_id_elsewhere_or_too_late(world: World) {
    let ada = user_within(RESELLER, 1, "Ada");
    world.add(&ada).await.unwrap();
    let deletion = Change::DeleteUser { reach: right(Role::Csp, None), key: UserKey::Id(ada.id) };
    world.commit_on(10, deletion).await.unwrap();
    let same_email =
        |id, user: User| User { id: UserId(Uuid::from_u128(id)), email: ada.email.clone(), ..user };

    let other = same_email(0x7001, user_within(RESELLER, 0, "Other id"));
    assert_eq!(properties_at_fault(world.add(&other).await), ["id"]);
    let elsewhere = same_email(0x7002, user_within(SECOND_RESELLER, 0, "Elsewhere"));
    assert_eq!(world.add(&elsewhere).await.unwrap().outcome, Outcome::Added(elsewhere.id.0));
    let staff = same_email(0x7003, staff_of(RESELLER, 0, "Staff"));
    assert_eq!(world.add(&staff).await.unwrap().outcome, Outcome::Added(staff.id.0));
    let late = same_email(0x7004, user_within(RESELLER, 0, "Late"));
    let added =
        world.commit(adding(&late, true, on(10) + jiff::SignedDuration::from_nanos(1))).await.unwrap();
    assert_eq!(added.outcome, Outcome::Added(late.id.0));

    assert_eq!(world.names(whole()).await, ["Elsewhere", "Late"]);
    // Of two deleted namesakes the one that was deleted last comes back; its own id may be given.
    world.commit_on(12, deletion_of(&late)).await.unwrap();
    let in_time = adding(&User { id: late.id, ..other }, true, on(10));
    assert_eq!(world.commit(in_time).await.unwrap().outcome, Outcome::Revived(late.id.0));
    assert_eq!(world.names(within(RESELLER)).await, ["Other id"]);
    assert_eq!(world.restore(&ada).await, Err(Error::EmailAlreadyInUse));
}

fn deletion_of(user: &User) -> Change {
    Change::DeleteUser { reach: right(Role::Csp, None), key: UserKey::Id(user.id) }
}

async fn patch(world: &World, user: &User, patch: UserPatch) -> Result<store::Committed, Error> {
    let (reach, key) = (right(Role::Csp, None), UserKey::Id(user.id));
    world.commit(Change::ChangeUser { reach, key, patch: Box::new(patch) }).await
}

pub(crate) async fn a_change_leaves_alone_what_it_does_not_name(world: World) {
    let billing = group(1, "Billing");
    world.add_group(&billing).await.unwrap();
    let ada = User {
        last_name: Name::parse("King-Noel").unwrap(),
        groups: vec![billing],
        ..user_within(RESELLER, 1, "Ada")
    };
    world.add(&ada).await.unwrap();
    let of_csp = right(Role::Csp, None);

    let moved = Email::parse("countess@example.com").unwrap();
    patch(&world, &ada, UserPatch { email: Some(moved.clone()), ..UserPatch::default() }).await.unwrap();
    let mut expected = User { email: moved.clone(), ..ada.clone() };
    assert_eq!(document(world.store(), of_csp, ada.id).await.unwrap(), expected.document());
    patch(&world, &ada, UserPatch { last_name: Some(None), ..UserPatch::default() }).await.unwrap();
    expected.last_name = None;
    assert_eq!(document(world.store(), of_csp, ada.id).await.unwrap(), expected.document());
    patch(&world, &ada, UserPatch { groups: Some(Vec::new()), ..UserPatch::default() }).await.unwrap();
    expected.groups.clear();
    assert_eq!(documents(world.store(), whole()).await, [expected.document()]);

    let by_old = world.store().user(of_csp, UserKey::Email(ada.email.clone())).await;
    assert_eq!(by_old, Err(Error::UserNotFound));
    assert_eq!(world.store().user(of_csp, UserKey::Email(moved)).await.unwrap().revision, 4);
    for (text, names) in [("king", &[][..]), ("noel", &[]), ("user", &[]), ("countess ada", &["Ada"])] {
        assert_eq!(shown(world.store(), of_csp, found_by(text)).await, names, "{text}");
    }
    world.add(&User { email: ada.email, ..user_within(RESELLER, 2, "Ben") }).await.unwrap();
}

pub(crate) async fn what_was_changed_since_it_was_seen_is_left_alone(world: World) {
    let ada = user(1, "Ada");
    world.add(&ada).await.unwrap();
    world.change(&user(1, "Åda")).await.unwrap();
    let (reach, key) = (right(Role::Csp, None), UserKey::Id(ada.id));
    let rename = UserPatch { first_name: Some(Name::parse("Late").unwrap()), ..UserPatch::default() };
    let writes = [
        Change::ChangeUser { reach, key: key.clone(), patch: Box::new(rename) },
        Change::DeleteUser { reach, key },
    ];
    let at_revision = |change: &Change, seen: u64| {
        let id = ada.id.0;
        let sees = move |of: Uuid, revision: u64| (of, revision) == (id, seen);
        Commit {
            seen: Some(Arc::new(sees)),
            ..Commit::of_change(change.clone(), record("if it is the same"))
        }
    };
    let before = (records(world.store()).await.len(), standing(world.store(), whole()).await);

    for change in &writes {
        let refused = world.store().commit(at_revision(change, 1)).await;
        assert_eq!(refused, Err(Error::PreconditionFailed), "{change:?}");
    }

    assert_eq!((records(world.store()).await.len(), standing(world.store(), whole()).await), before);
    assert_eq!(world.names(whole()).await, ["Åda"]);
    assert_eq!(world.store().commit(at_revision(&writes[0], 2)).await.unwrap().revision, Some(3));
    world.store().commit(at_revision(&writes[1], 3)).await.unwrap();
    assert!(world.names(whole()).await.is_empty());
    // Of two who saw the same, one comes too late, even in one transaction.
    world.restore(&ada).await.unwrap();
    let outcomes =
        all([&writes[0], &writes[0]].map(|write| world.store().commit(at_revision(write, 5)))).await;
    assert!(matches!(outcomes[..], [Ok(_), Err(Error::PreconditionFailed)]), "{outcomes:?}");
}
