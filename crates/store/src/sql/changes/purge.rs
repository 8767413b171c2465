//! What is left when a user goes for good? Its id, so that nobody ever gets it again; and, unless the person
//! asked to be forgotten, the salt by which the audit trail can still name it.

use domain::change::{Outcome, Purge};
use domain::error::Error;
use domain::id::{TenantId, UserId};

use super::{Applied, Told, about, last_administrator, stale_of};
use crate::sql::failure;
use crate::sql::rows::KeptUser;
use crate::sql::{self, Connection, params};
use crate::sql::{terms, users};

/// Removes a user.
pub(super) fn user(
    connection: &Connection,
    tenant: TenantId,
    id: UserId,
    purge: Purge,
) -> Result<Applied, Error> {
    let kept = users::by_id(connection, tenant, id).map_err(failure)?;
    match (kept, purge) {
        (Some(kept), Purge::Due(before)) if kept.user.deleted_at.is_some_and(|at| at < before) => {
            remove(connection, &kept, true)
        }
        (Some(kept), Purge::Forget) => {
            last_administrator::judge_user(connection, &kept.user, "key")?;
            remove(connection, &kept, false)
        }
        (None, Purge::Forget) => forget_former(connection, tenant, id),
        (_, Purge::Due(_)) => Err(Error::UserNotFound),
    }
}

fn remove(connection: &Connection, kept: &KeptUser, keep_salt: bool) -> Result<Applied, Error> {
    let user = &kept.user;
    let work = || -> sql::Result<()> {
        let key = params![user.tenant.0, user.id.0];
        if user.deleted_at.is_none() {
            terms::replace(connection, user, &user.keys().terms, &[])?;
            let effect = users::effect(None, user);
            users::apply_effect(connection, user.tenant, &users::Effect { count: -effect.count, ..effect })?;
        }
        connection
            .prepare_cached("DELETE FROM identity WHERE tenant_id = ?1 AND user_id = ?2")?
            .execute(key)?;
        connection
            .prepare_cached("DELETE FROM portal_user WHERE tenant_id = ?1 AND user_id = ?2")?
            .execute(key)?;
        connection
            .prepare_cached("INSERT INTO former_user (tenant_id, user_id, salt) VALUES (?1, ?2, ?3)")?
            .execute(params![user.tenant.0, user.id.0, keep_salt.then_some(kept.salt.as_slice())])?;
        Ok(())
    };
    work().map_err(failure)?;
    Ok(Applied::done(about(user)).with(Outcome::Done).stale(stale_of(user)))
}

/// A user who is gone already can still ask to be forgotten.
fn forget_former(connection: &Connection, tenant: TenantId, id: UserId) -> Result<Applied, Error> {
    let found = connection
        .prepare_cached("UPDATE former_user SET salt = NULL WHERE tenant_id = ?1 AND user_id = ?2")
        .and_then(|mut statement| statement.execute(params![tenant.0, id.0]))
        .map_err(failure)?;
    if found == 0 {
        return Err(Error::UserNotFound);
    }
    Ok(Applied::done(Told { target: Some(id.0), ..Told::default() }))
}
