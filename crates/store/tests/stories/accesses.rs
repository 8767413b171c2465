//! How do programs come in: API Accesses, their secrets, and what is told of them?

use std::sync::Arc;

use domain::change::{ApiAccessPatch, Change, DropSecret, Outcome};
use domain::error::Error;
use domain::id::{ClientId, CustomerId, ResellerId};
use domain::principal::{ApiAccess, ApiPermission, Role};
use domain::tenant::Issuer;
use store::{Commit, Committed};
use uuid::Uuid;

use crate::witness::*;
use crate::world::*;

const ISSUER: &str = "https://issuer.example";
const ONE: &str = "$argon2id$one";
const TWO: &str = "$argon2id$two";

fn access() -> ApiAccess {
    ApiAccess {
        tenant: TENANT,
        client_id: ClientId(Uuid::from_u128(0x6001)),
        name: "Nächtlicher Import".to_owned(),
        role: Role::Reseller(RESELLER),
        permission: ApiPermission::Viewer,
        disabled: false,
        issuer: None,
        secret_hashes: vec![ONE.to_owned()],
        owner_deleted_at: None,
    }
}

async fn add(world: &World, access: &ApiAccess) -> Result<Committed, Error> {
    let reach = right_in(access.tenant, Role::Csp, None);
    world.commit(Change::AddApiAccess { reach, access: Box::new(access.clone()) }).await
}

fn change(patch: ApiAccessPatch) -> Change {
    let reach = right(Role::Csp, None);
    Change::ChangeApiAccess { reach, client: access().client_id, patch: Box::new(patch) }
}

fn new_secret(hash: &str) -> ApiAccessPatch {
    ApiAccessPatch { new_secret_hash: Some(hash.to_owned()), ..ApiAccessPatch::default() }
}

fn drop_secret(which: DropSecret) -> ApiAccessPatch {
    ApiAccessPatch { drop_secret: Some(which), ..ApiAccessPatch::default() }
}

/// The hashes that a client has now.
async fn hashes(world: &World) -> Vec<String> {
    world.store().api_access(access().client_id).await.unwrap().unwrap().secret_hashes
}

pub(crate) async fn an_api_access_comes_changes_and_goes(world: World) {
    let added = add(&world, &access()).await.unwrap();
    assert_eq!((added.outcome, added.revision), (Outcome::Added(access().client_id.0), Some(1)));
    assert_eq!(world.store().api_access(access().client_id).await.unwrap(), Some(access()));
    let told = last_record(world.store()).await;
    assert_eq!((told.target_id, told.reseller_id), (Some(access().client_id.0), Some(RESELLER)));
    let mut generation = directory_generation(world.store()).await;

    for (patch, expected) in [
        (ApiAccessPatch { name: Some("Import".to_owned()), ..ApiAccessPatch::default() }, "name"),
        (
            ApiAccessPatch { permission: Some(ApiPermission::Administrator), ..ApiAccessPatch::default() },
            "permission",
        ),
        (ApiAccessPatch { disabled: Some(true), ..ApiAccessPatch::default() }, "disabled"),
    ] {
        world.commit(change(patch)).await.unwrap();
        let told = last_record(world.store()).await.changes;
        assert_eq!(told.iter().map(|change| &*change.property_name).collect::<Vec<_>>(), [expected]);
        assert_ne!(directory_generation(world.store()).await, generation, "it is looked up again at once");
        generation = directory_generation(world.store()).await;
    }
    let changed = ApiAccess {
        name: "Import".to_owned(),
        permission: ApiPermission::Administrator,
        disabled: true,
        ..access()
    };
    assert_eq!(world.store().api_access(access().client_id).await.unwrap(), Some(changed));

    let reach = right(Role::Csp, None);
    let deletion = Change::DeleteApiAccess { reach, client: access().client_id };
    world.commit(deletion.clone()).await.unwrap();
    assert_eq!(world.store().api_access(access().client_id).await.unwrap(), None);
    assert_ne!(directory_generation(world.store()).await, generation);
    assert_eq!(world.commit(deletion).await, Err(Error::ApiAccessNotFound));
    assert_eq!(world.commit(change(ApiAccessPatch::default())).await, Err(Error::ApiAccessNotFound));
}

pub(crate) async fn an_api_access_is_of_somebody_who_lives_and_of_a_trusted_issuer(world: World) {
    let trusted = Issuer {
        issuer: ISSUER.to_owned(),
        audience: "rollcall".to_owned(),
        tenants: vec![OTHER_TENANT],
        email_domains: Vec::new(),
        verifies_email: false,
    };
    world
        .store()
        .bulk(move |loader| loader.add_issuer(&trusted).map(|_| Some(record("an issuer"))))
        .await
        .unwrap();
    let unknown = Uuid::from_u128(0xDEAD);
    for (role, property) in [
        (Role::Reseller(ResellerId(unknown)), "reseller"),
        (Role::Reseller(DELETED_RESELLER), "reseller"),
        (Role::Customer(CustomerId(unknown)), "customer"),
        (Role::Customer(DELETED_CUSTOMER), "customer"),
        (Role::Customer(FOREIGN_CUSTOMER), "customer"),
    ] {
        assert_eq!(properties_at_fault(add(&world, &ApiAccess { role, ..access() }).await), [property]);
    }
    let wrong = ApiAccess {
        role: Role::Reseller(DELETED_RESELLER),
        issuer: Some(ISSUER.to_owned()),
        secret_hashes: Vec::new(),
        ..access()
    };
    assert_eq!(properties_at_fault(add(&world, &wrong).await), ["reseller", "issuer"], "both at once");
    let abroad = ApiAccess { tenant: OTHER_TENANT, role: Role::Csp, ..wrong };
    add(&world, &abroad).await.unwrap();
    // A client id is unique over all tenants, and what has it abroad is nothing here.
    assert_eq!(properties_at_fault(add(&world, &access()).await), ["clientId"]);
    assert_eq!(world.commit(change(new_secret(TWO))).await, Err(Error::ApiAccessNotFound));
    let deletion = Change::DeleteApiAccess { reach: right(Role::Csp, None), client: abroad.client_id };
    assert_eq!(world.commit(deletion).await, Err(Error::ApiAccessNotFound));
    assert_eq!(world.store().api_access(abroad.client_id).await.unwrap(), Some(abroad));
    let secret = ApiAccessPatch { new_secret_hash: Some(TWO.to_owned()), ..ApiAccessPatch::default() };
    let (reach, client) = (right_in(OTHER_TENANT, Role::Csp, None), access().client_id);
    let refused = world.commit(Change::ChangeApiAccess { reach, client, patch: Box::new(secret) }).await;
    assert_eq!(properties_at_fault(refused), ["newSecret"], "it takes its tokens from another issuer");
}

pub(crate) async fn a_client_has_two_secrets_at_most_so_that_they_can_be_rotated(world: World) {
    add(&world, &access()).await.unwrap();
    world.commit(change(new_secret(TWO))).await.unwrap();
    assert_eq!(hashes(&world).await, [ONE, TWO]);

    assert_eq!(properties_at_fault(world.commit(change(new_secret("$argon2id$three"))).await), ["newSecret"]);
    let unknown = drop_secret(DropSecret::WithHash("$argon2id$unknown".to_owned()));
    assert_eq!(properties_at_fault(world.commit(change(unknown)).await), ["dropSecret"]);
    assert_eq!(hashes(&world).await, [ONE, TWO]);

    let rotation = ApiAccessPatch {
        new_secret_hash: Some("$argon2id$three".to_owned()),
        ..drop_secret(DropSecret::Oldest)
    };
    world.commit(change(rotation)).await.unwrap();
    assert_eq!(hashes(&world).await, [TWO, "$argon2id$three"]);
    world.commit(change(drop_secret(DropSecret::WithHash("$argon2id$three".to_owned())))).await.unwrap();
    world.commit(change(drop_secret(DropSecret::Oldest))).await.unwrap();
    assert_eq!(hashes(&world).await, Vec::<String>::new());
    assert_eq!(
        properties_at_fault(world.commit(change(drop_secret(DropSecret::Oldest))).await),
        ["dropSecret"]
    );
    world.commit(change(new_secret(ONE))).await.unwrap();

    let told = record_texts(world.store()).await;
    assert!(told.iter().all(|text| !text.contains("argon2id")), "no record holds a hash");
    let secrets = |name: &str| told.iter().filter(|text| text.contains(&format!("\"{name}\""))).count();
    assert_eq!((secrets("newSecret"), secrets("dropSecret")), (4, 3));
}

pub(crate) async fn of_two_who_add_a_secret_at_once_nobody_adds_a_third(world: World) {
    add(&world, &access()).await.unwrap();

    let outcomes = all([TWO, "$argon2id$three"].map(|hash| world.commit(change(new_secret(hash))))).await;

    assert!(matches!(outcomes[..], [Ok(_), Err(Error::Invalid(_))]), "{outcomes:?}");
    assert_eq!(hashes(&world).await, [ONE, TWO]);
}

pub(crate) async fn an_api_access_that_was_changed_since_it_was_seen_is_left_alone(world: World) {
    add(&world, &access()).await.unwrap();
    world.commit(change(new_secret(TWO))).await.unwrap();
    let deletion = Change::DeleteApiAccess { reach: right(Role::Csp, None), client: access().client_id };
    for change in [change(drop_secret(DropSecret::Oldest)), deletion] {
        let seen: store::Seen = Arc::new(|id, revision| (id, revision) == (access().client_id.0, 1));
        let commit = Commit { seen: Some(seen), ..Commit::of_change(change, record("if it is the same")) };
        assert_eq!(world.store().commit(commit).await, Err(Error::PreconditionFailed));
    }
    assert_eq!(hashes(&world).await, [ONE, TWO]);
}
