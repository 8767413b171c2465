//! Do all members show what becomes of a group, at once and wherever they are shown?

use std::sync::Arc;

use domain::change::{Change, Outcome};
use domain::error::Error;
use domain::group::{BUILT_IN, Group};
use domain::id::GroupId;
use domain::principal::Role;
use domain::user::{Owner, User};
use store::{Commit, Committed, UserQuery};
use uuid::Uuid;

use crate::witness::*;
use crate::world::*;

async fn rename(world: &World, group: &Group, name: &str) -> Result<Committed, Error> {
    let reach = right(Role::Csp, None);
    world.commit(Change::RenameGroup { reach, id: group.id, name: name.to_owned() }).await
}

async fn delete(world: &World, group: &Group) -> Result<Committed, Error> {
    world.commit(Change::DeleteGroup { reach: right(Role::Csp, None), id: group.id }).await
}

async fn names_of_groups(world: &World) -> Vec<String> {
    let cut = world.store().groups(right(Role::Csp, None), 1_000, 0).await.unwrap();
    assert_eq!(cut.total, cut.items.len() as u64);
    cut.items.into_iter().map(|group| group.name).collect()
}

/// Members of every kind, and in the same listing some who are none.
async fn members(world: &World, group: &Group) -> Vec<User> {
    let groups = vec![administrators(), group.clone()];
    let direct = User { owner: Owner::Customer(DIRECT_CUSTOMER), ..user(5, "Elsewhere") };
    let members =
        [user_within(RESELLER, 1, "Ada"), colleague(3, "Csp", &[]), staff_of(RESELLER, 4, "Staff"), direct];
    let members: Vec<User> =
        members.into_iter().map(|user| User { groups: groups.clone(), ..user }).collect();
    for user in &members {
        world.add(user).await.unwrap();
    }
    world.add(&user_within(SECOND_RESELLER, 2, "Ben")).await.unwrap();
    members
}

pub(crate) async fn a_renamed_group_shows_in_every_member_at_once(world: World) {
    let billing = group(1, "Billing");
    world.add_group(&billing).await.unwrap();
    let members = members(&world, &billing).await;
    let elsewhere = scope(Role::Csp, DIRECT_CUSTOMER, None);
    let scopes = [whole(), within(RESELLER), elsewhere, within(SECOND_RESELLER)];
    let mut before = Vec::new();
    for scope in scopes {
        before.push((standing(world.store(), scope).await, generation(world.store(), &scope).await));
    }

    let renamed = rename(&world, &billing, "Ångström & Co.").await.unwrap();

    assert_eq!(
        (renamed.outcome, renamed.target, renamed.revision),
        (Outcome::Done, Some(billing.id.0), Some(2))
    );
    let now = Group { name: "Ångström & Co.".to_owned(), ..billing.clone() };
    for user in &members {
        let shown = User { groups: vec![administrators(), now.clone()], ..user.clone() }.document();
        let view =
            world.store().user(right(Role::Csp, None), domain::user::UserKey::Id(user.id)).await.unwrap();
        assert_eq!((&view.document, view.revision), (&shown, 2));
        assert_eq!(group_names(&shown), ["Administrator", "Ångström & Co."], "in the order of names");
        if let Owner::Customer(customer) = user.owner {
            assert!(documents(world.store(), scope(Role::Csp, customer, None)).await.contains(&shown));
        }
    }
    for (place, (scope, (before, older))) in scopes.into_iter().zip(before).enumerate() {
        let after = standing(world.store(), scope).await;
        assert_eq!(after.count, before.count);
        assert_eq!(after.version > before.version, place < 3, "a listing without members stays the same");
        assert!(place == 3 || generation(world.store(), &scope).await != older, "{scope:?}");
    }
    let record = last_record(world.store()).await;
    let told = &record.changes[0];
    assert_eq!(
        (&*told.property_name, told.before.as_deref(), told.after.as_deref()),
        ("name", Some("Billing"), Some("Ångström & Co."))
    );
}

pub(crate) async fn a_deleted_group_leaves_its_members(world: World) {
    let billing = group(1, "Billing");
    world.add_group(&billing).await.unwrap();
    let members = members(&world, &billing).await;
    let by_group = || UserQuery { groups: Some(vec![billing.id.to_string()]), ..everybody() };
    let reach = right(Role::Csp, None);
    assert_eq!(shown(world.store(), reach, by_group()).await.len(), members.len());
    let before = standing(world.store(), within(RESELLER)).await.version;

    delete(&world, &billing).await.unwrap();

    assert!(shown(world.store(), reach, by_group()).await.is_empty());
    for user in &members {
        let left = User { groups: vec![administrators()], ..user.clone() }.document();
        assert_eq!(document(world.store(), reach, user.id).await.unwrap(), left);
    }
    assert!(standing(world.store(), within(RESELLER)).await.version > before);
    assert_eq!(names_of_groups(&world).await, ["Administrator", "Alert Manager", "Viewer"]);
    assert_eq!(delete(&world, &billing).await, Err(Error::GroupNotFound));
    let joining = User { groups: vec![billing], ..user(9, "Late") };
    assert_eq!(properties_at_fault(world.add(&joining).await), ["groups[0].id"]);
}

pub(crate) async fn built_in_groups_stay_as_they_are(world: World) {
    for (id, name) in BUILT_IN {
        let built_in = Group { id, name: name.to_owned() };
        assert_eq!(properties_at_fault(rename(&world, &built_in, "Mine").await), ["id"]);
        assert_eq!(properties_at_fault(delete(&world, &built_in).await), ["id"]);
    }
    let unknown = Group { id: GroupId(Uuid::from_u128(0xDEAD)), name: String::new() };
    assert_eq!(rename(&world, &unknown, "Mine").await, Err(Error::GroupNotFound));
    assert_eq!(delete(&world, &unknown).await, Err(Error::GroupNotFound));
    assert_eq!(names_of_groups(&world).await, ["Administrator", "Alert Manager", "Viewer"]);
}

pub(crate) async fn no_two_groups_have_one_name_whatever_its_case(world: World) {
    let (anger, billing) = (group(1, "Ärger"), group(2, "Billing"));
    world.add_group(&anger).await.unwrap();
    world.add_group(&billing).await.unwrap();
    for taken in ["ÄRGER", "A\u{308}rger", "administrator", "Billing"] {
        assert_eq!(properties_at_fault(world.add_group(&group(3, taken)).await), ["name"], "{taken}");
    }
    assert_eq!(properties_at_fault(rename(&world, &anger, "bILLING").await), ["name"]);
    rename(&world, &billing, "BILLING").await.unwrap();
    // Another tenant has names, and groups, of its own.
    let reach = right_in(OTHER_TENANT, Role::Csp, None);
    let abroad = Change::AddGroup { reach, id: billing.id, name: "Ärger".to_owned() };
    world.commit(abroad).await.unwrap();
    delete(&world, &anger).await.unwrap();
    world.add_group(&group(4, "ärger")).await.unwrap();

    assert_eq!(
        names_of_groups(&world).await,
        ["Administrator", "Alert Manager", "ärger", "BILLING", "Viewer"]
    );
    let abroad = world.store().groups(reach, 10, 0).await.unwrap();
    assert_eq!((abroad.total, abroad.items[2].clone()), (4, Group { name: "Ärger".to_owned(), ..billing }));
}

pub(crate) async fn the_id_of_a_group_is_taken_once(world: World) {
    let billing = group(1, "Billing");
    world.add_group(&billing).await.unwrap();

    let same_id = Group { name: "Another".to_owned(), ..billing.clone() };

    assert_eq!(properties_at_fault(world.add_group(&same_id).await), ["id"]);
    let (built_in, _) = BUILT_IN[0];
    assert_eq!(properties_at_fault(world.add_group(&Group { id: built_in, ..same_id }).await), ["id"]);
    assert_eq!(names_of_groups(&world).await, ["Administrator", "Alert Manager", "Billing", "Viewer"]);
}

pub(crate) async fn groups_are_listed_by_name_a_page_at_a_time(world: World) {
    for (number, name) in ["Zoo", "ärger", "Ärger 2", "billing"].iter().enumerate() {
        world.add_group(&group(number as u64, name)).await.unwrap();
    }
    let all = ["Administrator", "Alert Manager", "ärger", "Ärger 2", "billing", "Viewer", "Zoo"];
    assert_eq!(names_of_groups(&world).await, all);
    for offset in 0..=all.len() + 1 {
        let cut =
            world.store().groups(right(Role::Reseller(RESELLER), None), 2, offset as u64).await.unwrap();
        let names: Vec<_> = cut.items.iter().map(|group| group.name.as_str()).collect();
        let expected: Vec<_> = all.iter().copied().skip(offset).take(2).collect();
        assert_eq!((cut.total, names), (7, expected), "from {offset}");
    }
}

pub(crate) async fn a_group_that_was_renamed_since_it_was_seen_is_left_alone(world: World) {
    let billing = group(1, "Billing");
    world.add_group(&billing).await.unwrap();
    rename(&world, &billing, "Invoices").await.unwrap();
    let reach = right(Role::Csp, None);
    let seen =
        |revision: u64| -> store::Seen { Arc::new(move |id, is| (id, is) == (group(1, "").id.0, revision)) };
    for change in [
        Change::RenameGroup { reach, id: billing.id, name: "Late".to_owned() },
        Change::DeleteGroup { reach, id: billing.id },
    ] {
        let commit = |revision| Commit {
            seen: Some(seen(revision)),
            ..Commit::of_change(change.clone(), record("if it is the same"))
        };
        assert_eq!(world.store().commit(commit(1)).await, Err(Error::PreconditionFailed), "{change:?}");
        assert_eq!(names_of_groups(&world).await[2], "Invoices");
    }
}
