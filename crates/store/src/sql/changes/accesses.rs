//! How are API Accesses added, changed and deleted? What they lose they lose at once.

use domain::access::Reach;
use domain::change::{ApiAccessPatch, Difference, DropSecret, Outcome};
use domain::error::{Error, Fault};
use domain::id::ClientId;
use domain::order::OrderKey;
use domain::principal::{ApiAccess, MOST_SECRETS, Role};
use domain::user::Owner;

use super::{Applied, Stale, Told, Tools, last_administrator, plain};
use crate::sql::failure;
use crate::sql::rows::{role_columns, to_json};
use crate::sql::{self, Connection, params};
use crate::sql::{principals, users};

/// Adds the row of an API Access; false when the client id is used.
pub(crate) fn insert(connection: &Connection, access: &ApiAccess) -> sql::Result<bool> {
    let (kind, id) = role_columns(access.role);
    let written = connection
        .prepare_cached(
            "INSERT INTO api_access (client_id, tenant_id, name, role_kind, role_id, permission, disabled, issuer,
                                     secret_hashes, order_key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            access.client_id.0,
            access.tenant.0,
            access.name,
            kind,
            id,
            access.permission.name(),
            access.disabled,
            access.issuer,
            to_json(&access.secret_hashes)?,
            OrderKey::of_group(&access.name, access.client_id.0).as_bytes(),
        ])?;
    Ok(written == 1)
}

pub(super) fn add(connection: &Connection, reach: &Reach, access: &ApiAccess) -> Result<Applied, Error> {
    let mut faults = Vec::new();
    let owner = match access.role {
        Role::Csp => None,
        Role::Reseller(id) => Some((Owner::Reseller(id), "reseller")),
        Role::Customer(id) => Some((Owner::Customer(id), "customer")),
    };
    if let Some((owner, property)) = owner
        && !users::owner_lives(connection, reach.tenant(), owner).map_err(failure)?
    {
        faults.push(Fault::new(property, format!("There is no such {property}; check the id.")));
    }
    if let Some(issuer) = &access.issuer {
        let issuers = principals::issuers(connection).map_err(failure)?;
        let trusted = |known: &domain::tenant::Issuer| {
            known.issuer == *issuer && known.tenants.contains(&access.tenant)
        };
        if !issuers.iter().any(trusted) {
            faults.push(Fault::new("issuer", "This issuer is not trusted for the tenant."));
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if !insert(connection, access).map_err(failure)? {
        return Err(Error::invalid("clientId", "This id is used already; leave it out."));
    }
    let differences = differences(None, access);
    Ok(Applied::done(told(access, differences))
        .with(Outcome::Added(access.client_id.0))
        .at_revision(1)
        .stale([Stale::Directory]))
}

fn told(access: &ApiAccess, differences: Vec<Difference>) -> Told {
    let (reseller, customer) = match access.role {
        Role::Csp => (None, None),
        Role::Reseller(id) => (Some(id), None),
        Role::Customer(id) => (None, Some(id)),
    };
    Told { target: Some(access.client_id.0), reseller, customer, changes: plain(differences) }
}

/// What the trail says of an API Access: of a secret only that there is one more, or one less.
fn differences(before: Option<&ApiAccess>, after: &ApiAccess) -> Vec<Difference> {
    type Shown = fn(&ApiAccess) -> Option<String>;
    let properties: [(&'static str, Shown); 4] = [
        ("name", |access| Some(access.name.clone())),
        ("permission", |access| Some(access.permission.name().to_owned())),
        ("disabled", |access| access.disabled.then(|| "true".to_owned())),
        ("issuer", |access| access.issuer.clone()),
    ];
    let difference =
        |(name, shown): (&'static str, Shown)| Difference::of(name, before.and_then(shown), shown(after));
    let before_hashes = before.map(|access| access.secret_hashes.as_slice()).unwrap_or_default();
    let is_new = after.secret_hashes.iter().any(|hash| !before_hashes.contains(hash));
    let is_gone = before_hashes.iter().any(|hash| !after.secret_hashes.contains(hash));
    let a_secret = |there: bool| there.then(|| "a secret".to_owned());
    let secrets = [
        Difference::of("newSecret", None, a_secret(is_new)),
        Difference::of("dropSecret", a_secret(is_gone), None),
    ];
    properties.into_iter().map(difference).chain(secrets).flatten().collect()
}

/// The API Access of the tenant, and its revision.
fn known(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    client: ClientId,
) -> Result<(ApiAccess, u64), Error> {
    let kept = principals::kept_api_access(connection, reach.tenant(), client).map_err(failure)?;
    let (access, revision) = kept.ok_or(Error::ApiAccessNotFound)?;
    tools.judge_revision(client.0, revision)?;
    Ok((access, revision))
}

pub(super) fn change(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    client: ClientId,
    patch: &ApiAccessPatch,
) -> Result<Applied, Error> {
    let (before, revision) = known(connection, tools, reach, client)?;
    let after = patched(&before, patch)?;
    if last_administrator::administers(&before) && !last_administrator::administers(&after) {
        let property = if patch.disabled == Some(true) {
            "disabled"
        } else if patch.permission.is_some() {
            "permission"
        } else {
            "dropSecret"
        };
        last_administrator::judge_access(connection, &before, property)?;
    }
    let write = || {
        connection
            .prepare_cached(
                "UPDATE api_access SET name = ?2, permission = ?3, disabled = ?4, secret_hashes = ?5,
                                       order_key = ?6, revision = revision + 1
                 WHERE tenant_id = ?7 AND client_id = ?1",
            )?
            .execute(params![
                client.0,
                after.name,
                after.permission.name(),
                after.disabled,
                to_json(&after.secret_hashes)?,
                OrderKey::of_group(&after.name, client.0).as_bytes(),
                reach.tenant().0,
            ])
    };
    write().map_err(failure)?;
    let differences = differences(Some(&before), &after);
    Ok(Applied::done(told(&after, differences)).at_revision(revision + 1).stale([Stale::Directory]))
}

fn patched(before: &ApiAccess, patch: &ApiAccessPatch) -> Result<ApiAccess, Error> {
    let mut access = before.clone();
    if let Some(name) = &patch.name {
        access.name.clone_from(name);
    }
    access.permission = patch.permission.unwrap_or(access.permission);
    access.disabled = patch.disabled.unwrap_or(access.disabled);
    let gone = match &patch.drop_secret {
        None => None,
        Some(DropSecret::Oldest) => (!access.secret_hashes.is_empty()).then_some(0),
        Some(DropSecret::WithHash(hash)) => access.secret_hashes.iter().position(|known| known == hash),
    };
    match (gone, &patch.drop_secret) {
        (Some(place), _) => drop(access.secret_hashes.remove(place)),
        (None, Some(_)) => {
            return Err(Error::invalid("dropSecret", "The client has no such secret."));
        }
        (None, None) => {}
    }
    if let Some(hash) = &patch.new_secret_hash {
        if access.issuer.is_some() {
            return Err(Error::invalid("newSecret", "The client takes its tokens from another issuer."));
        }
        if access.secret_hashes.len() >= MOST_SECRETS {
            return Err(Error::invalid(
                "newSecret",
                format!("A client has at most {MOST_SECRETS} live secrets; drop one with `dropSecret`."),
            ));
        }
        access.secret_hashes.push(hash.clone());
    }
    Ok(access)
}

pub(super) fn delete(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    client: ClientId,
) -> Result<Applied, Error> {
    let (access, _) = known(connection, tools, reach, client)?;
    last_administrator::judge_access(connection, &access, "clientId")?;
    connection
        .prepare_cached("DELETE FROM api_access WHERE tenant_id = ?1 AND client_id = ?2")
        .and_then(|mut statement| statement.execute(params![reach.tenant().0, client.0]))
        .map_err(failure)?;
    let difference = Difference::of("name", Some(access.name.clone()), None);
    Ok(Applied::done(told(&access, difference.into_iter().collect())).stale([Stale::Directory]))
}
