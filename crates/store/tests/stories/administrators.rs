//! Is there always somebody left who can administer the tenant?

use domain::change::{ApiAccessPatch, Change, DropSecret, Purge};
use domain::error::Error;
use domain::id::ClientId;
use domain::principal::{ApiAccess, ApiPermission, Role};
use domain::tenant::Issuer;
use domain::user::{Owner, User, UserKey, UserPatch};
use uuid::Uuid;

use crate::witness::*;
use crate::world::*;

const ISSUER: &str = "https://issuer.example";

fn administrator(number: u64) -> User {
    colleague(number, "Åse", &[administrators()])
}

/// A program that can administer the tenant.
fn program(number: u128) -> ApiAccess {
    ApiAccess {
        tenant: TENANT,
        client_id: ClientId(Uuid::from_u128(0x6000 + number)),
        name: "Nightly import".to_owned(),
        role: Role::Csp,
        permission: ApiPermission::Administrator,
        disabled: false,
        issuer: None,
        secret_hashes: vec!["$argon2id$one".to_owned()],
        owner_deleted_at: None,
    }
}

fn deletion(user: &User) -> Change {
    Change::DeleteUser { reach: right(Role::Csp, None), key: UserKey::Id(user.id) }
}

/// The change that takes a user out of all groups.
fn demotion(user: &User) -> Change {
    let patch = Box::new(UserPatch { groups: Some(Vec::new()), ..UserPatch::default() });
    Change::ChangeUser { reach: right(Role::Csp, None), key: UserKey::Id(user.id), patch }
}

fn forgetting(user: &User) -> Change {
    Change::PurgeUser { tenant: TENANT, id: user.id, purge: Purge::Forget }
}

fn patching(access: &ApiAccess, patch: ApiAccessPatch) -> Change {
    let reach = right(Role::Csp, None);
    Change::ChangeApiAccess { reach, client: access.client_id, patch: Box::new(patch) }
}

async fn add_program(world: &World, access: &ApiAccess) {
    let reach = right_in(access.tenant, Role::Csp, None);
    world.commit(Change::AddApiAccess { reach, access: Box::new(access.clone()) }).await.unwrap();
}

pub(crate) async fn the_last_administrator_of_the_distributor_stays(world: World) {
    let (ase, other) = (administrator(1), administrator(2));
    world.add(&ase).await.unwrap();
    world.add(&colleague(3, "No administrator", &[])).await.unwrap();
    // None of these can take the place.
    world.add(&User { owner: Owner::Reseller(RESELLER), ..administrator(4) }).await.unwrap();
    world.add(&User { owner: Owner::Customer(CUSTOMER), ..administrator(5) }).await.unwrap();
    let abroad = User { tenant: OTHER_TENANT, ..administrator(6) };
    world.add(&abroad).await.unwrap();
    world.add(&other).await.unwrap();
    world.delete(&other).await.unwrap();

    for (removal, property) in
        [(deletion(&ase), "key"), (demotion(&ase), "groups"), (forgetting(&ase), "key")]
    {
        assert_eq!(properties_at_fault(world.commit(removal).await), [property]);
    }
    let seen = document(world.store(), right(Role::Csp, None), ase.id).await.unwrap();
    assert_eq!(seen, ase.document());

    world.restore(&other).await.unwrap();
    for removal in [demotion(&ase), deletion(&ase), forgetting(&ase)] {
        world.commit(removal).await.unwrap();
    }
    assert_eq!(properties_at_fault(world.delete(&other).await), ["key"]);
}

pub(crate) async fn only_the_distributors_own_administrators_are_kept(world: World) {
    let people = [
        User { owner: Owner::Reseller(RESELLER), ..administrator(1) },
        User { owner: Owner::Customer(CUSTOMER), ..administrator(2) },
        colleague(3, "Viewer", &[]),
    ];
    for user in &people {
        world.add(user).await.unwrap();
        world.commit(demotion(user)).await.unwrap();
        world.commit(deletion(user)).await.unwrap();
        world.commit(forgetting(user)).await.unwrap();
    }
}

pub(crate) async fn a_program_that_can_log_in_is_an_administrator_too(world: World) {
    let ase = administrator(1);
    world.add(&ase).await.unwrap();
    let issuer = Issuer {
        issuer: ISSUER.to_owned(),
        audience: "rollcall".to_owned(),
        tenants: vec![TENANT],
        email_domains: Vec::new(),
        verifies_email: false,
    };
    world
        .store()
        .bulk(move |loader| loader.add_issuer(&issuer).map(|_| Some(record("an issuer"))))
        .await
        .unwrap();
    let none = Vec::new;
    for cannot in [
        ApiAccess { disabled: true, ..program(1) },
        ApiAccess { permission: ApiPermission::Viewer, ..program(2) },
        ApiAccess { secret_hashes: none(), ..program(3) },
        ApiAccess { role: Role::Reseller(RESELLER), ..program(4) },
        ApiAccess { role: Role::Customer(CUSTOMER), ..program(5) },
        ApiAccess { tenant: OTHER_TENANT, ..program(6) },
    ] {
        add_program(&world, &cannot).await;
        assert_eq!(properties_at_fault(world.commit(deletion(&ase)).await), ["key"], "{cannot:?}");
    }
    let bound = ApiAccess { issuer: Some(ISSUER.to_owned()), secret_hashes: none(), ..program(7) };
    add_program(&world, &bound).await;

    world.commit(deletion(&ase)).await.unwrap();

    let disabling = ApiAccessPatch { disabled: Some(true), ..ApiAccessPatch::default() };
    assert_eq!(properties_at_fault(world.commit(patching(&bound, disabling)).await), ["disabled"]);
}

pub(crate) async fn the_last_program_that_administers_stays_as_well(world: World) {
    let (only, other) = (program(1), program(2));
    add_program(&world, &only).await;
    let patch = ApiAccessPatch::default;
    let reach = right(Role::Csp, None);
    let removals = [
        (patching(&only, ApiAccessPatch { disabled: Some(true), ..patch() }), "disabled"),
        (
            patching(&only, ApiAccessPatch { permission: Some(ApiPermission::Viewer), ..patch() }),
            "permission",
        ),
        (patching(&only, ApiAccessPatch { drop_secret: Some(DropSecret::Oldest), ..patch() }), "dropSecret"),
        (Change::DeleteApiAccess { reach, client: only.client_id }, "clientId"),
    ];
    for (removal, property) in &removals {
        assert_eq!(properties_at_fault(world.commit(removal.clone()).await), [*property]);
    }
    assert_eq!(world.store().api_access(only.client_id).await.unwrap(), Some(only.clone()));
    let rotation = ApiAccessPatch {
        drop_secret: Some(DropSecret::Oldest),
        new_secret_hash: Some("$argon2id$two".to_owned()),
        ..patch()
    };
    world.commit(patching(&only, rotation)).await.unwrap();

    add_program(&world, &other).await;
    for (removal, _) in removals {
        world.commit(removal).await.unwrap();
    }
    let last = Change::DeleteApiAccess { reach, client: other.client_id };
    assert_eq!(properties_at_fault(world.commit(last.clone()).await), ["clientId"]);
    world.add(&administrator(1)).await.unwrap();
    world.commit(last).await.unwrap();
}

pub(crate) async fn of_two_administrators_who_remove_each_other_at_once_one_stays(world: World) {
    let (one, other) = (administrator(1), administrator(2));
    world.add(&one).await.unwrap();
    world.add(&other).await.unwrap();

    let outcomes = all([deletion(&other), demotion(&one)].map(|removal| world.commit(removal))).await;

    assert!(matches!(outcomes[..], [Ok(_), Err(Error::Invalid(_))]), "{outcomes:?}");
    assert_eq!(shown(world.store(), right(Role::Csp, None), everybody()).await.len(), 1);
}

/// Who is deleted administers nothing any more, and may be forgotten whoever is left.
pub(crate) async fn a_former_administrator_can_be_forgotten_though_nobody_administers(world: World) {
    let former = User { deleted_at: Some(on(1)), ..administrator(1) };
    world.load(&former).await;

    world.commit(forgetting(&former)).await.unwrap();

    assert!(kept_users(world.store()).await.is_empty());
}
