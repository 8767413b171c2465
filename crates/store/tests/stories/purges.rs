//! What is left of a user who went for good, because its time was over or because the person asked for it?

use std::collections::BTreeSet;

use domain::change::{Change, Purge};
use domain::error::Error;
use domain::group::Group;
use domain::id::UserId;
use domain::principal::Role;
use domain::text::{Email, Name};
use domain::user::{Owner, User, UserKey};
use store::{Inserted, Store};
use uuid::Uuid;

use crate::witness::*;
use crate::world::*;

fn due(user: &User, before: jiff::Timestamp) -> Change {
    Change::PurgeUser { tenant: user.tenant, id: user.id, purge: Purge::Due(before) }
}

fn forgetting(user: &User) -> Change {
    Change::PurgeUser { tenant: user.tenant, id: user.id, purge: Purge::Forget }
}

async fn delete_on(world: &World, day: i64, user: &User) {
    let reach = right_in(user.tenant, Role::Csp, None);
    world.commit_on(day, Change::DeleteUser { reach, key: UserKey::Id(user.id) }).await.unwrap();
}

async fn salt(store: &Store, user: &User) -> Option<[u8; 16]> {
    store.salts(user.tenant, vec![user.id]).await.unwrap().remove(&user.id)
}

/// What the trail says that the first name of somebody was set to, as it is stored.
async fn told_first_names(store: &Store, user: &User) -> Vec<String> {
    let about = records(store).await.into_iter().filter(|record| record.target_id == Some(user.id.0));
    let changes = about.flat_map(|record| record.changes);
    changes.filter(|change| change.property_name == "firstName").filter_map(|change| change.after).collect()
}

pub(crate) async fn who_was_deleted_long_enough_ago_is_due(world: World) {
    let abroad = User { tenant: OTHER_TENANT, owner: Owner::Customer(FOREIGN_CUSTOMER), ..user(4, "Abroad") };
    let (early, late, live) = (user(1, "Early"), staff_of(RESELLER, 2, "Late"), user(3, "Live"));
    for user in [&early, &late, &live, &abroad] {
        world.add(user).await.unwrap();
    }
    delete_on(&world, 1, &early).await;
    delete_on(&world, 2, &late).await;
    delete_on(&world, 1, &abroad).await;
    let due_before = async |day, limit| {
        let mut users = world.store().due(on(day), limit).await.unwrap().0;
        users.sort();
        users
    };

    assert_eq!(due_before(1, 10).await, [], "who was deleted at that very moment may still be restored");
    assert_eq!(due_before(2, 10).await, [(TENANT, early.id), (OTHER_TENANT, abroad.id)]);
    assert_eq!(due_before(3, 10).await, [(TENANT, early.id), (TENANT, late.id), (OTHER_TENANT, abroad.id)]);
    assert_eq!(due_before(3, 1).await, [(TENANT, early.id), (OTHER_TENANT, abroad.id)], "the oldest of each");
    for user in [&late, &live] {
        assert_eq!(world.commit(due(user, on(2))).await, Err(Error::UserNotFound));
    }
    world.restore(&early).await.unwrap();
    assert_eq!(world.commit(due(&early, on(9))).await, Err(Error::UserNotFound), "it came back meanwhile");
    assert_eq!(world.names(whole()).await, ["Early", "Live"]);
}

pub(crate) async fn a_purged_user_leaves_its_id_and_what_the_trail_says(world: World) {
    let ase = User { last_name: Name::parse("Ødegård").unwrap(), ..user_within(RESELLER, 1, "Åse") };
    world.add(&ase).await.unwrap();
    let binding = Change::BindIdentity {
        tenant: TENANT,
        user: ase.id,
        issuer: "https://issuer.example".to_owned(),
        subject: "ase".to_owned(),
    };
    world.commit(binding).await.unwrap();
    delete_on(&world, 1, &ase).await;
    let before = standing(world.store(), whole()).await;
    let person = person_generation(world.store(), TENANT, ase.id).await;

    world.commit(due(&ase, on(2))).await.unwrap();

    assert_eq!(standing(world.store(), whole()).await, before, "no list shows that it is gone");
    assert_ne!(person_generation(world.store(), TENANT, ase.id).await, person);
    assert!(kept_users(world.store()).await.is_empty());
    assert_eq!(world.store().bound_person(TENANT, "https://issuer.example", "ase").await.unwrap(), None);
    assert_eq!(world.restore(&ase).await, Err(Error::UserNotFound));
    assert_eq!(world.commit(due(&ase, on(2))).await, Err(Error::UserNotFound));
    let salt = salt(world.store(), &ase).await.expect("the trail can still name the person");
    let told = told_first_names(world.store(), &ase).await;
    assert_eq!(told.iter().map(|sealed| unseal(&salt, sealed)).collect::<Vec<_>>(), ["Åse"]);
    // The e-mail is anybody's, the id nobody's, in this tenant.
    let same_id = User { email: Email::parse("other@example.com").unwrap(), ..user(1, "Ben") };
    assert_eq!(properties_at_fault(world.add(&same_id).await), ["id"]);
    world.add(&User { id: UserId(Uuid::from_u128(0x7001)), ..ase.clone() }).await.unwrap();
    let abroad = User { tenant: OTHER_TENANT, owner: Owner::Customer(FOREIGN_CUSTOMER), ..user(1, "Abroad") };
    world.add(&abroad).await.unwrap();
}

/// Imports go another way, and where there is no user yet still another.
pub(crate) async fn not_even_an_import_gives_the_id_of_a_purged_user_again(world: World) {
    let gone = user(1, "Gone");
    world.add(&gone).await.unwrap();
    world.commit(forgetting(&gone)).await.unwrap();
    for others in [false, true] {
        if others {
            world.add(&user(2, "Ben")).await.unwrap();
        }
        let same_id = User { email: Email::parse("other@example.com").unwrap(), ..gone.clone() };
        let load = move |loader: &mut store::Loader<'_>| {
            assert_eq!(loader.add_user(&same_id)?, Inserted::IdUsed, "with others: {others}");
            let free = User { id: UserId(Uuid::from_u128(0x7001 + u128::from(others))), ..same_id };
            let context = Some([RESELLER, SECOND_RESELLER][usize::from(others)]);
            assert_eq!(loader.add_user(&User { context, ..free })?, Inserted::Done);
            Ok(Some(record("an import")))
        };
        world.store().bulk(load).await.unwrap();
    }
    assert_eq!(world.names(whole()).await, ["Ben", "Gone", "Gone"]);
}

pub(crate) async fn who_asks_to_be_forgotten_is_gone_at_once_wherever_it_was(world: World) {
    let billing = group(1, "Billing");
    world.add_group(&billing).await.unwrap();
    let (ase, ben) =
        (User { groups: vec![billing], ..user_within(RESELLER, 1, "Åse") }, user_within(RESELLER, 2, "Ben"));
    world.add(&ase).await.unwrap();
    world.add(&ben).await.unwrap();
    let before = (standing(world.store(), within(RESELLER)).await, generation(world.store(), &whole()).await);

    world.commit(forgetting(&ase)).await.unwrap();

    let after = standing(world.store(), within(RESELLER)).await;
    assert_eq!((after.count, after.version > before.0.version), (1, true));
    assert_ne!(generation(world.store(), &whole()).await, before.1);
    assert_eq!(world.names(within(RESELLER)).await, ["Ben"]);
    for query in [everybody(), store::UserQuery { groups: Some(vec!["Billing".to_owned()]), ..everybody() }] {
        let names = shown(world.store(), right(Role::Csp, None), query).await;
        assert!(!names.contains(&"Åse".to_owned()));
    }
    assert_eq!(salt(world.store(), &ase).await, None, "nobody can open what the trail says");
    assert!(salt(world.store(), &ben).await.is_some());
    assert_eq!(told_first_names(world.store(), &ase).await.len(), 1, "the record is still there");
    // Those who were deleted, and those who went before, may ask as well.
    delete_on(&world, 1, &ben).await;
    world.commit(due(&ben, on(2))).await.unwrap();
    assert!(salt(world.store(), &ben).await.is_some());
    world.commit(forgetting(&ben)).await.unwrap();
    assert_eq!(salt(world.store(), &ben).await, None);
    let nobody = user(99, "Nobody");
    assert_eq!(world.commit(forgetting(&nobody)).await, Err(Error::UserNotFound));
    let elsewhere = User { tenant: OTHER_TENANT, ..ben };
    assert_eq!(world.commit(forgetting(&elsewhere)).await, Err(Error::UserNotFound));
    assert_eq!(findings(world.store()).await, []);
}

/// How a person of the story is called, before its number.
const NAMES: [&str; 9] = [
    "Þórunn",
    "thorunn",
    "Wodzisławska",
    "wodzislawska",
    "Briséis",
    "briséis",
    "briseis",
    "Kundenverzeichnis",
    "kundenverzeichnis",
];

/// Those people of whom a name stands anywhere in the files of the database. One pass over the bytes, for
/// there are many people: wherever four digits stand, what they end is looked at.
fn found_in_files(world: &World, people: &[User]) -> BTreeSet<String> {
    let numbers: BTreeSet<String> = people.iter().map(numbered).collect();
    let mut found = BTreeSet::new();
    for name in ["rollcall.db", "rollcall.db-wal"] {
        let bytes = std::fs::read(world.beside(name)).unwrap();
        for (place, digits) in bytes.windows(4).enumerate() {
            if digits.iter().all(u8::is_ascii_digit)
                && NAMES.iter().any(|name| bytes[..place].ends_with(name.as_bytes()))
            {
                found.insert(String::from_utf8(digits.to_vec()).unwrap());
            }
        }
    }
    found.intersection(&numbers).cloned().collect()
}

fn numbered(user: &User) -> String {
    format!("{:04}", user.id.0.as_u128() - 0x1000)
}

/// Enough people, written in many ways, that pages are split and joined, and old states lie about.
pub(crate) async fn of_who_is_forgotten_no_byte_is_left_in_the_files(mut world: World) {
    let billing = group(1, "Billing");
    world.add_group(&billing).await.unwrap();
    let person = |number: u64| User {
        last_name: Name::parse(&format!("Wodzisławska{number:04}")).unwrap(),
        email: Email::parse(&format!("Briséis{number:04}@Kundenverzeichnis{number:04}.example")).unwrap(),
        groups: if number.is_multiple_of(3) { vec![billing.clone()] } else { Vec::new() },
        ..user_within(RESELLER, number, &format!("Þórunn{number:04}"))
    };
    let many: Vec<User> = (0..4000).map(person).collect();
    let loading = many.clone();
    let load = move |loader: &mut store::Loader<'_>| {
        loading.iter().try_for_each(|user| loader.add_user(user).map(drop))?;
        Ok(Some(record("an import")))
    };
    world.store().bulk(load).await.unwrap();
    let late: Vec<User> = (4000..7000).map(person).collect();
    for outcome in all(late.iter().map(|user| world.add(user))).await {
        outcome.unwrap();
    }
    let chosen: Vec<User> = (0..7000).step_by(13).map(person).collect();
    for user in &chosen {
        let renamed = User { first_name: Name::parse("Guðrún").unwrap(), ..user.clone() };
        world.change(&renamed).await.unwrap();
        world.delete(user).await.unwrap();
        world.restore(user).await.unwrap();
        world.change(user).await.unwrap();
    }
    let (reach, id) = (right(Role::Csp, None), billing.id);
    world.commit(Change::RenameGroup { reach, id, name: "Invoices".to_owned() }).await.unwrap();
    world.delete(&chosen[0]).await.unwrap();
    assert_eq!(found_in_files(&world, &chosen).len(), chosen.len(), "they stand there before");

    for user in &chosen {
        world.commit(forgetting(user)).await.unwrap();
    }
    world.store().settle().await.unwrap();

    assert_eq!(found_in_files(&world, &chosen), BTreeSet::new());
    assert_eq!(findings(world.store()).await, []);
    assert_eq!(world.store().examine().await.unwrap(), Vec::<String>::new());
    let left = standing(world.store(), whole()).await.count;
    assert_eq!(left, 7_000 - chosen.len() as u64);
    world.reopen();
    assert_eq!(shown(world.store(), reach, found_by("wodzis")).await.len() as u64, left);
}

/// Between the look at a person and the binding of its first token the person may have gone.
pub(crate) async fn nobody_is_bound_who_went_meanwhile(world: World) {
    let (gone, deleted) = (user(1, "Gone"), user(2, "Deleted"));
    world.add(&gone).await.unwrap();
    world.add(&deleted).await.unwrap();
    world.commit(forgetting(&gone)).await.unwrap();
    world.delete(&deleted).await.unwrap();
    for user in [gone.id, deleted.id] {
        let (issuer, subject) = ("https://issuer.example".to_owned(), "somebody".to_owned());
        let bound = world.commit(Change::BindIdentity { tenant: TENANT, user, issuer, subject }).await;
        assert!(matches!(bound, Err(Error::TenantForbidden(_))), "{bound:?}");
    }
}

/// Deleted groups and users leave nothing behind that names them.
pub(crate) async fn members_who_are_purged_are_out_of_their_groups(world: World) {
    let billing = group(1, "Billing");
    world.add_group(&billing).await.unwrap();
    let member = |number, first: &str| User { groups: vec![billing.clone()], ..user(number, first) };
    for user in [member(1, "Ada"), member(2, "Ben"), member(3, "Cid")] {
        world.add(&user).await.unwrap();
    }
    delete_on(&world, 1, &member(1, "Ada")).await;
    world.commit(due(&member(1, "Ada"), on(2))).await.unwrap();
    world.commit(forgetting(&member(2, "Ben"))).await.unwrap();
    let (reach, id) = (right(Role::Csp, None), billing.id);

    world.commit(Change::RenameGroup { reach, id, name: "Invoices".to_owned() }).await.unwrap();

    let now = Group { name: "Invoices".to_owned(), ..billing.clone() };
    let left = User { groups: vec![now], ..member(3, "Cid") };
    assert_eq!(documents(world.store(), whole()).await, [left.document()]);
}
