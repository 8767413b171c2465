//! Whose sealed texts can still be read? Those of users who are there, and of former ones who did not ask to
//! be forgotten.

use std::collections::HashMap;

use domain::id::{TenantId, UserId};

use super::rows::Salt;
use crate::sql::{self, Connection, OptionalExtension, params};

/// The salts of these users, as far as there are any.
pub(crate) fn of(
    connection: &Connection,
    tenant: TenantId,
    users: &[UserId],
) -> sql::Result<HashMap<UserId, Salt>> {
    let mut look = connection.prepare_cached(
        "SELECT salt FROM portal_user WHERE tenant_id = ?1 AND user_id = ?2
         UNION ALL SELECT salt FROM former_user WHERE tenant_id = ?1 AND user_id = ?2",
    )?;
    let mut salts = HashMap::with_capacity(users.len());
    for user in users {
        let salt: Option<Option<Salt>> =
            look.query_row(params![tenant.0, user.0], |row| row.get(0)).optional()?;
        if let Some(Some(salt)) = salt {
            salts.insert(*user, salt);
        }
    }
    Ok(salts)
}
