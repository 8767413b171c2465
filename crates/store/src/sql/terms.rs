//! By what is a user found? One row for each term of each user that lists show.

use std::collections::HashSet;

use domain::id::TenantId;
use domain::search::Term;
use domain::user::User;
use uuid::Uuid;

use crate::sql::{self, Connection, Value, params};

/// Puts the terms of a user in the place of those that it had.
pub(crate) fn replace(
    connection: &Connection,
    user: &User,
    before: &[Term],
    after: &[Term],
) -> sql::Result<()> {
    let gone = rows(user, before.iter().filter(|term| !after.contains(term)));
    if !gone.is_empty() {
        connection
            .prepare_cached("DELETE FROM user_term WHERE tenant_id = ?1 AND term = ?2 AND user_id = ?3")?
            .execute_each(3, &gone)?;
    }
    let fresh = rows(user, after.iter().filter(|term| !before.contains(term)));
    if !fresh.is_empty() {
        connection
            .prepare_cached(
                "INSERT INTO user_term (tenant_id, term, user_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute_each(3, &fresh)?;
    }
    Ok(())
}

/// The values of the rows for some terms of a user.
fn rows<'t>(user: &User, terms: impl Iterator<Item = &'t Term>) -> Vec<Value<'t>> {
    terms
        .flat_map(|term| [Value::Id(user.tenant.0), Value::Blob(term.as_bytes()), Value::Id(user.id.0)])
        .collect()
}

/// The terms of users who are added in one transaction. They arrive in the order of users; sorted at its end they
/// go in several times as fast.
pub(crate) struct LoadedTerms(());

impl LoadedTerms {
    pub(crate) fn begin(connection: &Connection) -> sql::Result<Self> {
        connection.execute_batch(
            "CREATE TEMP TABLE loaded_term (tenant_id BLOB NOT NULL, term BLOB NOT NULL, user_id BLOB NOT NULL)",
        )?;
        Ok(Self(()))
    }

    /// Keeps the terms of a user until the end.
    pub(crate) fn keep(&self, connection: &Connection, user: &User, terms: &[Term]) -> sql::Result<()> {
        let mut keep = connection
            .prepare_cached("INSERT INTO loaded_term (tenant_id, term, user_id) VALUES (?1, ?2, ?3)")?;
        for term in terms {
            keep.execute(params![user.tenant.0, term.as_bytes(), user.id.0])?;
        }
        Ok(())
    }

    pub(crate) fn finish(self, connection: &Connection) -> sql::Result<()> {
        connection.execute_batch(
            "INSERT INTO user_term (tenant_id, term, user_id)
                 SELECT tenant_id, term, user_id FROM loaded_term ORDER BY tenant_id, term, user_id;
             DROP TABLE loaded_term;",
        )
    }
}

/// The ids of all users with exactly this term.
pub(crate) fn users_with(
    connection: &Connection,
    tenant: TenantId,
    term: &Term,
) -> sql::Result<HashSet<Uuid>> {
    connection
        .prepare_cached("SELECT user_id FROM user_term WHERE tenant_id = ?1 AND term = ?2")?
        .query_map(params![tenant.0, term.as_bytes()], |row| row.get(0))?
        .collect()
}

/// The ids of all users with a term that begins so.
pub(crate) fn users_with_beginning(
    connection: &Connection,
    tenant: TenantId,
    beginning: &Term,
) -> sql::Result<HashSet<Uuid>> {
    connection
        .prepare_cached("SELECT user_id FROM user_term WHERE tenant_id = ?1 AND term >= ?2 AND term < ?3")?
        .query_map(params![tenant.0, beginning.as_bytes(), beginning.end_of_beginning()], |row| row.get(0))?
        .collect()
}
