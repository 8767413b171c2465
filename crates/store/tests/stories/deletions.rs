//! Is a deleted user gone from everywhere at once, and back as it was when it is restored?

use domain::change::Change;
use domain::error::Error;
use domain::id::UserId;
use domain::principal::Role;
use domain::text::Email;
use domain::user::{Owner, User, UserKey};
use jiff::{SignedDuration, Timestamp};
use store::UserQuery;
use uuid::Uuid;

use crate::witness::*;
use crate::world::*;

const ISSUER: &str = "https://issuer.example";

/// Every door behind which a user of [`CUSTOMER`] in the context of [`RESELLER`] may stand, and whether it
/// does.
async fn doors(world: &World, user: &User) -> Vec<(String, bool)> {
    let store = world.store();
    let mut doors = Vec::new();
    let name = user.first_name.as_ref().unwrap().as_str();
    let scopes = [
        whole(),
        within(RESELLER),
        scope(Role::Reseller(RESELLER), CUSTOMER, None),
        scope(Role::Customer(CUSTOMER), CUSTOMER, None),
        scope(Role::Customer(CUSTOMER), CUSTOMER, Some(RESELLER)),
    ];
    for scope in scopes {
        let of_scope = format!("{:?} {:?}", scope.role(), scope.context());
        let listing = store.listing(scope, u64::MAX, usize::MAX).await.unwrap().unwrap();
        let listing = String::from_utf8(listing.documents.unwrap()).unwrap();
        doors.push((format!("listing {of_scope}"), listing.contains(name)));
        let page = documents(store, scope).await;
        doors.push((format!("page {of_scope}"), page.iter().any(|document| document.contains(name))));
        let reach = scope.reach();
        let by_id = store.user(reach, UserKey::Id(user.id)).await;
        doors.push((format!("by id {of_scope}"), by_id.is_ok()));
        let by_email = store.user(reach, UserKey::Email(user.email.clone())).await;
        doors.push((format!("by e-mail {of_scope}"), by_email.is_ok()));
        assert!([by_id, by_email].into_iter().all(|found| matches!(found, Ok(_) | Err(Error::UserNotFound))));
        let of_groups = user.groups.iter().map(|group| group.name.clone()).collect();
        for (what, query) in [
            ("by name", everybody()),
            ("by e-mail", UserQuery { sort: store::UserSort::Email, ..everybody() }),
            ("by word", found_by(name)),
            ("by group", UserQuery { groups: Some(of_groups), ..everybody() }),
        ] {
            let names = shown(store, reach, query).await;
            doors.push((format!("list {what} {of_scope}"), names.contains(&name.to_owned())));
        }
    }
    let bound = store.bound_person(TENANT, ISSUER, "asa").await.unwrap().unwrap();
    doors.push(("login".to_owned(), bound.alive));
    let first_login = store.people_by_email(TENANT, user.email.folded()).await.unwrap();
    doors.push(("first login".to_owned(), !first_login.is_empty()));
    doors
}

fn asa() -> User {
    User { groups: vec![administrators(), group(1, "Ärger")], ..user_within(RESELLER, 1, "Åsa") }
}

async fn with_asa(world: &World) -> User {
    world.add_group(&group(1, "Ärger")).await.unwrap();
    let asa = asa();
    world.add(&asa).await.unwrap();
    world.add(&user_within(RESELLER, 2, "Ben")).await.unwrap();
    let binding = Change::BindIdentity {
        tenant: TENANT,
        user: asa.id,
        issuer: ISSUER.to_owned(),
        subject: "asa".to_owned(),
    };
    world.commit(binding).await.unwrap();
    asa
}

pub(crate) async fn a_deleted_user_is_gone_from_everywhere_and_back_when_it_is_restored(world: World) {
    let asa = with_asa(&world).await;
    let is_behind = |doors: Vec<(String, bool)>, expected: bool| {
        let others: Vec<_> = doors.into_iter().filter(|(_, is_there)| *is_there != expected).collect();
        assert_eq!(others, [], "expected to be there: {expected}");
    };
    is_behind(doors(&world, &asa).await, true);

    world.delete(&asa).await.unwrap();
    is_behind(doors(&world, &asa).await, false);
    assert_eq!(world.delete(&asa).await, Err(Error::UserNotFound));
    assert_eq!(world.change(&asa).await, Err(Error::UserNotFound));
    let (reach, key) = (right(Role::Csp, None), UserKey::Id(asa.id));
    assert_eq!(world.commit(Change::UnbindIdentity { reach, key }).await, Err(Error::UserNotFound));

    world.restore(&asa).await.unwrap();
    is_behind(doors(&world, &asa).await, true);
    let back = document(world.store(), reach, asa.id).await.unwrap();
    assert_eq!(back, asa.document(), "role and groups as they were");
}

pub(crate) async fn a_restored_user_shows_its_groups_as_they_are_by_then(world: World) {
    let groups = [group(1, "Ärger"), group(2, "Will be gone"), group(3, "Will be renamed")];
    for group in &groups {
        world.add_group(group).await.unwrap();
    }
    let ada = User { groups: groups.to_vec(), ..user(1, "Ada") };
    world.add(&ada).await.unwrap();
    world.delete(&ada).await.unwrap();
    let reach = right(Role::Csp, None);
    world.commit(Change::DeleteGroup { reach, id: groups[1].id }).await.unwrap();
    let renamed = Change::RenameGroup { reach, id: groups[2].id, name: "Aardvarks".to_owned() };
    world.commit(renamed).await.unwrap();

    world.restore(&ada).await.unwrap();

    let listed = documents(world.store(), whole()).await;
    assert_eq!(group_names(&listed[0]), ["Aardvarks", "Ärger"]);
    assert_eq!(document(world.store(), reach, ada.id).await.unwrap(), listed[0]);
    for (name, found) in [("aardvarks", 1), ("Will be gone", 0), ("Will be renamed", 0)] {
        let query = UserQuery { groups: Some(vec![name.to_owned()]), ..everybody() };
        assert_eq!(shown(world.store(), reach, query).await.len(), found, "{name}");
    }
}

pub(crate) async fn restoring_who_is_live_changes_nothing(world: World) {
    let ada = user_within(RESELLER, 1, "Ada");
    world.add(&ada).await.unwrap();
    world.delete(&ada).await.unwrap();
    let restored = world.restore(&ada).await.unwrap();
    let before = (standing(world.store(), whole()).await, generation(world.store(), &whole()).await);
    let told = records(world.store()).await.len();

    let again = world.restore(&ada).await.unwrap();

    assert_eq!(again, restored, "the same answer");
    assert_eq!((standing(world.store(), whole()).await, generation(world.store(), &whole()).await), before);
    let records = records(world.store()).await;
    assert_eq!(records.len(), told + 1, "it is told all the same");
    assert_eq!((records[told].target_id, records[told].changes.len()), (Some(ada.id.0), 0));
}

pub(crate) async fn nobody_is_restored_beside_a_live_namesake(world: World) {
    let ada = user_within(RESELLER, 1, "Ada");
    world.add(&ada).await.unwrap();
    world.delete(&ada).await.unwrap();
    let namesake =
        User { email: Email::parse("USER-1@EXAMPLE.com").unwrap(), ..user_within(RESELLER, 2, "Namesake") };
    // The e-mail is free for somebody who has it already as another's, and for a newcomer after the time.
    world.add(&user_within(RESELLER, 2, "Before")).await.unwrap();
    world.change(&namesake).await.unwrap();

    assert_eq!(world.restore(&ada).await, Err(Error::EmailAlreadyInUse));
    assert_eq!(world.names(within(RESELLER)).await, ["Namesake"]);
    assert_eq!(standing(world.store(), within(RESELLER)).await.count, 1);

    world.delete(&namesake).await.unwrap();
    world.restore(&ada).await.unwrap();
    assert_eq!(world.restore(&namesake).await, Err(Error::EmailAlreadyInUse));
    assert_eq!(world.names(within(RESELLER)).await, ["Ada"]);
}

pub(crate) async fn a_user_is_restored_within_its_time_and_not_after(world: World) {
    let ada = user(1, "Ada");
    world.add(&ada).await.unwrap();
    let deletion = Change::DeleteUser { reach: right(Role::Csp, None), key: UserKey::Id(ada.id) };
    world.commit_on(10, deletion).await.unwrap();
    let restoring = |since: Timestamp, id| {
        let reach = right(Role::Csp, None);
        world.commit(Change::RestoreUser { reach, id, restorable_since: since })
    };

    let too_late = on(10) + SignedDuration::from_nanos(1);
    assert_eq!(restoring(too_late, ada.id).await, Err(Error::UserNotFound));
    let unknown = UserId(Uuid::from_u128(0xDEAD));
    assert_eq!(restoring(Timestamp::MIN, unknown).await, Err(Error::UserNotFound));
    restoring(on(10), ada.id).await.unwrap();

    assert_eq!(world.names(whole()).await, ["Ada"]);
}

pub(crate) async fn nobody_comes_back_to_a_customer_that_is_gone(world: World) {
    let owner = Owner::Customer(DIRECT_CUSTOMER);
    let (ada, ben) = (User { owner, ..user(1, "Ada") }, User { owner, ..user(2, "Ben") });
    world.add(&ada).await.unwrap();
    world.add(&ben).await.unwrap();
    world.delete(&ada).await.unwrap();
    let scope = scope(Role::Csp, DIRECT_CUSTOMER, None);
    world.commit(Change::DeleteCustomer { scope }).await.unwrap();

    for user in [&ada, &ben] {
        assert_eq!(world.restore(user).await, Err(Error::UserNotFound), "{user:?}");
        assert_eq!(world.change(user).await, Err(Error::UserNotFound), "{user:?}");
    }
    assert!(shown(world.store(), right(Role::Csp, None), everybody()).await.is_empty());
}
