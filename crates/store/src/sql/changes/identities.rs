//! Who is whose login? A subject is bound to a user once, and set free by an Administrator alone.

use domain::access::Reach;
use domain::audit::PropertyChange;
use domain::error::Error;
use domain::id::{TenantId, UserId};
use domain::user::UserKey;

use super::{Applied, Stale, Told, about};
use crate::sql::failure;
use crate::sql::people;
use crate::sql::{self, Connection, OptionalExtension, params};

pub(super) fn bind(
    connection: &Connection,
    tenant: TenantId,
    user: UserId,
    issuer: &str,
    subject: &str,
) -> Result<Applied, Error> {
    let bound = connection
        .prepare_cached(
            "INSERT INTO identity (tenant_id, issuer, subject, user_id)
             SELECT ?1, ?2, ?3, ?4 FROM portal_user WHERE tenant_id = ?1 AND user_id = ?4 AND deleted_at IS NULL
             ON CONFLICT DO NOTHING",
        )
        .and_then(|mut statement| statement.execute(params![tenant.0, issuer, subject, user.0]))
        .map_err(failure)?;
    if bound == 0 {
        return if is_bound(connection, tenant, user, issuer, subject).map_err(failure)? {
            // Another request of the same person came first: what was to be done is done, and told there.
            Ok(Applied::done(Told::default()))
        } else {
            Err(Error::TenantForbidden("the user or the subject is bound already, or the user is gone"))
        };
    }
    // An identity is named by its issuer alone: the subject is the person's, and no reader of the trail
    // needs it.
    let told = Told { changes: vec![PropertyChange::set("identity.issuer", issuer)], ..Told::default() };
    Ok(Applied::done(told).stale([Stale::Person(tenant, user)]))
}

/// Whether this very subject is bound to this very user, who is live.
fn is_bound(
    connection: &Connection,
    tenant: TenantId,
    user: UserId,
    issuer: &str,
    subject: &str,
) -> sql::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM identity JOIN portal_user USING (tenant_id, user_id)
             WHERE tenant_id = ?1 AND issuer = ?2 AND subject = ?3 AND user_id = ?4 AND deleted_at IS NULL",
        )?
        .exists(params![tenant.0, issuer, subject, user.0])
}

pub(super) fn unbind(connection: &Connection, reach: &Reach, key: &UserKey) -> Result<Applied, Error> {
    let user = people::live(connection, reach, key)?.user;
    let issuer: Option<String> = connection
        .prepare_cached("DELETE FROM identity WHERE tenant_id = ?1 AND user_id = ?2 RETURNING issuer")
        .and_then(|mut statement| {
            statement.query_row(params![user.tenant.0, user.id.0], |row| row.get(0)).optional()
        })
        .map_err(failure)?;
    let mut told = about(&user);
    told.changes.extend(issuer.map(|issuer| PropertyChange {
        property_name: "identity.issuer".into(),
        before: Some(issuer),
        after: None,
    }));
    Ok(Applied::done(told).stale([Stale::Person(user.tenant, user.id)]))
}
