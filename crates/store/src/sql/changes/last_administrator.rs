//! Would nobody be left who can administer the tenant? The last Administrator of the distributor cannot be
//! removed by mistake.

use domain::error::Error;
use domain::group::ADMINISTRATOR;
use domain::id::{ClientId, TenantId, UserId};
use domain::principal::{ApiAccess, ApiPermission, Role};
use domain::user::{Owner, User};
use uuid::Uuid;

use crate::sql::failure;
use crate::sql::rows::group_ids;
use crate::sql::{self, Connection, params};

/// Judges whether a user may cease to be an Administrator. `property` is what the request would have to
/// leave as it is.
pub(super) fn judge_user(connection: &Connection, user: &User, property: &'static str) -> Result<(), Error> {
    // Who is deleted administers nothing any more.
    if user.owner != Owner::Csp || !user.is_administrator() || user.deleted_at.is_some() {
        return Ok(());
    }
    judge(connection, user.tenant, Some(user.id), None, property)
}

/// Judges whether an API Access may cease to be an Administrator's.
pub(super) fn judge_access(
    connection: &Connection,
    access: &ApiAccess,
    property: &'static str,
) -> Result<(), Error> {
    if !administers(access) {
        return Ok(());
    }
    judge(connection, access.tenant, None, Some(access.client_id), property)
}

/// Whether an API Access can administer its tenant.
pub(super) fn administers(access: &ApiAccess) -> bool {
    access.role == Role::Csp
        && access.permission == ApiPermission::Administrator
        && !access.disabled
        && (access.issuer.is_some() || !access.secret_hashes.is_empty())
}

fn judge(
    connection: &Connection,
    tenant: TenantId,
    user: Option<UserId>,
    client: Option<ClientId>,
    property: &'static str,
) -> Result<(), Error> {
    let others = another_access(connection, tenant, client)
        .and_then(|found| if found { Ok(true) } else { another_user(connection, tenant, user) });
    if others.map_err(failure)? {
        return Ok(());
    }
    Err(Error::invalid(
        property,
        "This is the last Administrator of the distributor. Make another one first: add a user to the group \
         Administrator, or add an API Access with that permission.",
    ))
}

fn another_access(connection: &Connection, tenant: TenantId, but: Option<ClientId>) -> sql::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM api_access
             WHERE tenant_id = ?1 AND role_kind = 0 AND permission = 'Administrator' AND disabled = 0
               AND client_id IS DISTINCT FROM ?2 AND (issuer IS NOT NULL OR secret_hashes <> '[]')",
        )?
        .exists(params![tenant.0, but.map(|id| id.0)])
}

/// The distributor's own staff is a short list.
fn another_user(connection: &Connection, tenant: TenantId, but: Option<UserId>) -> sql::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT user_id, groups FROM portal_user
         WHERE tenant_id = ?1 AND owner_id = x'' AND owner_kind = 0 AND shown = 1",
    )?;
    let mut rows = statement.query(params![tenant.0])?;
    while let Some(row) = rows.next()? {
        let id: Uuid = row.get(0)?;
        if but != Some(UserId(id)) && group_ids(row.blob(1)?).contains(&ADMINISTRATOR) {
            return Ok(true);
        }
    }
    Ok(false)
}
