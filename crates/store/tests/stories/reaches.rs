//! How far does a right reach? As far as the role and the context of the caller, in whatever is done with a
//! user, and beyond that there is nobody.

use domain::access::Reach;
use domain::change::Change;
use domain::error::Error;
use domain::id::ResellerId;
use domain::principal::Role;
use domain::text::Email;
use domain::user::{Owner, User, UserKey, UserPatch};
use jiff::Timestamp;
use uuid::Uuid;

use crate::witness::*;
use crate::world::*;

/// People of all kinds, each with a name that says whose it is.
async fn people(world: &World) -> Vec<User> {
    let elsewhere = User { owner: Owner::Customer(DIRECT_CUSTOMER), ..user(6, "of another customer") };
    let abroad = User { tenant: OTHER_TENANT, owner: Owner::Customer(FOREIGN_CUSTOMER), ..user(7, "abroad") };
    let people = vec![
        colleague(0, "of the distributor", &[]),
        staff_of(RESELLER, 1, "of the reseller"),
        staff_of(SECOND_RESELLER, 2, "of the second reseller"),
        user(3, "direct"),
        user_within(RESELLER, 4, "with the reseller"),
        user_within(SECOND_RESELLER, 5, "with the second reseller"),
        elsewhere,
        abroad,
    ];
    for user in &people {
        world.add(user).await.unwrap();
    }
    people
}

/// The rights there are, and whom each reaches, by the places of [`people`].
fn rights() -> [(Reach, &'static [usize]); 9] {
    [
        (right(Role::Csp, None), &[0, 1, 2, 3, 4, 5, 6]),
        (right(Role::Csp, Some(RESELLER)), &[1, 4]),
        (right(Role::Reseller(RESELLER), None), &[1, 4]),
        (right(Role::Reseller(SECOND_RESELLER), Some(SECOND_RESELLER)), &[2, 5]),
        (right(Role::Reseller(LONELY_RESELLER), None), &[]),
        (right(Role::Customer(CUSTOMER), None), &[3, 4, 5]),
        (right(Role::Customer(CUSTOMER), Some(RESELLER)), &[4]),
        (right(Role::Customer(DIRECT_CUSTOMER), None), &[6]),
        (right_in(OTHER_TENANT, Role::Csp, None), &[7]),
    ]
}

pub(crate) async fn each_role_sees_and_changes_its_own_people_alone(world: World) {
    let people = people(&world).await;
    let mut revisions = vec![1; people.len()];
    for (reach, reached) in rights() {
        let mut names: Vec<_> = reached.iter().map(|place| first_name(&people[*place].document())).collect();
        names.sort();
        assert_eq!(shown(world.store(), reach, everybody()).await, names, "{reach:?}");
        for (place, user) in people.iter().enumerate() {
            let is_reached = reached.contains(&place);
            let expected = || if is_reached { Ok(()) } else { Err(Error::UserNotFound) };
            let of_whom = format!("{reach:?} {:?}", user.first_name);
            for key in [UserKey::Id(user.id), UserKey::Email(user.email.clone())] {
                let seen = world.store().user(reach, key.clone()).await;
                assert_eq!(
                    seen.as_ref().map(|view| view.revision).ok(),
                    is_reached.then_some(revisions[place])
                );
                assert_eq!(seen.map(drop), expected(), "{of_whom}");
                let patch = Box::new(UserPatch::default());
                let changed = world.commit(Change::ChangeUser { reach, key: key.clone(), patch }).await;
                assert_eq!(changed.map(drop), expected(), "{of_whom}");
                let deleted = world.commit(Change::DeleteUser { reach, key }).await;
                assert_eq!(deleted.map(drop), expected(), "{of_whom}");
                // Whoever is not reached is not to be restored either, and whoever is comes back.
                let (id, restorable_since) = (user.id, Timestamp::MIN);
                let restored = world.commit(Change::RestoreUser { reach, id, restorable_since }).await;
                assert_eq!(restored.map(drop), expected(), "{of_whom}");
                revisions[place] += if is_reached { 3 } else { 0 };
            }
        }
    }
}

pub(crate) async fn a_deleted_user_is_restored_by_those_alone_who_reach_it(world: World) {
    let people = people(&world).await;
    for user in &people {
        let reach = right_in(user.tenant, Role::Csp, None);
        world.commit(Change::DeleteUser { reach, key: UserKey::Id(user.id) }).await.unwrap();
    }
    for (reach, reached) in rights() {
        for (place, user) in people.iter().enumerate().filter(|(place, _)| !reached.contains(place)) {
            let (id, restorable_since) = (user.id, Timestamp::MIN);
            let restored = world.commit(Change::RestoreUser { reach, id, restorable_since }).await;
            assert_eq!(restored, Err(Error::UserNotFound), "{reach:?} {place}");
        }
    }
    assert!(shown(world.store(), right(Role::Csp, None), everybody()).await.is_empty());
}

pub(crate) async fn an_email_of_several_names_nobody_unless_a_context_tells_them_apart(world: World) {
    let email = Email::parse("Åsa.O'Neil@example.com").unwrap();
    let with_email = |user: User| User { email: email.clone(), ..user };
    let (direct, within) =
        (with_email(user(1, "Direct")), with_email(user_within(RESELLER, 2, "With the reseller")));
    world.add(&direct).await.unwrap();
    world.add(&within).await.unwrap();
    world.add(&with_email(staff_of(SECOND_RESELLER, 3, "Staff"))).await.unwrap();
    let key = || UserKey::Email(Email::parse("åSA.o'neil@EXAMPLE.com").unwrap());

    for ambiguous in [right(Role::Csp, None), right(Role::Customer(CUSTOMER), None)] {
        assert_eq!(world.store().user(ambiguous, key()).await, Err(Error::AmbiguousUser));
        let patch = Box::new(UserPatch { first_name: Some(None), ..UserPatch::default() });
        let changed = world.commit(Change::ChangeUser { reach: ambiguous, key: key(), patch }).await;
        assert_eq!(changed, Err(Error::AmbiguousUser));
        let deleted = world.commit(Change::DeleteUser { reach: ambiguous, key: key() }).await;
        assert_eq!(deleted, Err(Error::AmbiguousUser));
    }
    for clear in [
        right(Role::Csp, Some(RESELLER)),
        right(Role::Reseller(RESELLER), None),
        right(Role::Customer(CUSTOMER), Some(RESELLER)),
    ] {
        assert_eq!(world.store().user(clear, key()).await.unwrap().id, within.id, "{clear:?}");
    }
    world.delete(&within).await.unwrap();
    let of_customer = right(Role::Customer(CUSTOMER), None);
    assert_eq!(world.store().user(of_customer, key()).await.unwrap().id, direct.id, "one is left");
}

pub(crate) async fn a_reseller_that_is_none_is_told_before_the_user_is_looked_for(world: World) {
    let people = people(&world).await;
    let unknown = ResellerId(Uuid::from_u128(0xDEAD));
    for (reach, refusal) in [
        (right(Role::Csp, Some(unknown)), Error::ResellerNotFound),
        (right(Role::Csp, Some(DELETED_RESELLER)), Error::ResellerNotFound),
        (right_in(OTHER_TENANT, Role::Csp, Some(RESELLER)), Error::ResellerNotFound),
        (right(Role::Customer(CUSTOMER), Some(unknown)), Error::ResellerNotRelated),
        (right(Role::Customer(CUSTOMER), Some(LONELY_RESELLER)), Error::ResellerNotRelated),
        (right(Role::Customer(CUSTOMER), Some(DELETED_RESELLER)), Error::ResellerNotRelated),
    ] {
        let (id, key) = (people[4].id, UserKey::Id(people[4].id));
        let patch = Box::new(UserPatch::default());
        for refused in [
            world.store().user(reach, key.clone()).await.map(drop),
            world.store().users(reach, everybody()).await.map(drop),
            world.commit(Change::ChangeUser { reach, key: key.clone(), patch }).await.map(drop),
            world.commit(Change::DeleteUser { reach, key: key.clone() }).await.map(drop),
            world.commit(Change::RestoreUser { reach, id, restorable_since: Timestamp::MIN }).await.map(drop),
        ] {
            assert_eq!(refused, Err(refusal.clone()), "{reach:?}");
        }
    }
}
