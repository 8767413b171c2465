//! Was this done already? What came of a request with an `Idempotency-Key` is kept for a day, in the
//! transaction of what it did.

use domain::change::Outcome;
use domain::error::Error;
use domain::id::TenantId;
use jiff::Timestamp;

use super::derive::tenant_ids;
use super::rows::{of_json, to_json};
use crate::sql::failure;
use crate::sql::{self, Connection, OptionalExtension, params};

/// How long an outcome is kept, in seconds (contract section 2, "Safe to repeat").
const KEPT_SECONDS: i64 = 24 * 60 * 60;
/// How many rows one step forgets.
const STEP: i64 = 1_000;

/// A request that is done once, however often it is sent.
#[derive(Clone, Debug)]
pub struct Once {
    /// The tenant in which it is asked.
    pub tenant: TenantId,
    /// A digest of principal, operation and key.
    pub digest: [u8; 32],
    /// A digest of the request: another one must not have the same key.
    pub request: [u8; 32],
    /// What only the client may read again, sealed with its key.
    pub sealed: Vec<u8>,
}

/// What came of a request the first time.
pub(crate) struct Before {
    pub(crate) outcome: Outcome,
    pub(crate) revision: Option<u64>,
    pub(crate) sealed: Vec<u8>,
}

/// What came of this request before, if it was done within the day.
///
/// # Errors
/// The key was used for another request.
pub(crate) fn recall(connection: &Connection, once: &Once, now: Timestamp) -> Result<Option<Before>, Error> {
    let found = connection
        .prepare_cached(
            "SELECT outcome, revision, sealed, request FROM idempotency
             WHERE tenant_id = ?1 AND digest = ?2 AND at > ?3",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![once.tenant.0, once.digest, oldest(now)], |row| {
                    let before = Before {
                        outcome: of_json(row, 0)?,
                        revision: row.get::<Option<i64>>(1)?.and_then(|number| u64::try_from(number).ok()),
                        sealed: row.get(2)?,
                    };
                    Ok((before, row.get::<[u8; 32]>(3)?))
                })
                .optional()
        })
        .map_err(failure)?;
    match found {
        Some((_, request)) if request != once.request => Err(Error::IdempotencyKeyReused),
        found => Ok(found.map(|(before, _)| before)),
    }
}

/// Keeps what came of a request.
pub(crate) fn remember(
    connection: &Connection,
    once: &Once,
    outcome: &Outcome,
    revision: Option<u64>,
    now: Timestamp,
) -> sql::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO idempotency (tenant_id, digest, request, outcome, revision, sealed, at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (tenant_id, digest) DO UPDATE
             SET request = excluded.request, outcome = excluded.outcome, revision = excluded.revision,
                 sealed = excluded.sealed, at = excluded.at",
        )?
        .execute(params![
            once.tenant.0,
            once.digest,
            once.request,
            to_json(outcome)?,
            revision.and_then(|number| i64::try_from(number).ok()),
            once.sealed,
            now.as_second(),
        ])
        .map(drop)
}

/// The tenants that have something that is older than a day.
pub(crate) fn due(connection: &Connection, now: Timestamp) -> sql::Result<Vec<TenantId>> {
    let mut old =
        connection.prepare_cached("SELECT 1 FROM idempotency WHERE tenant_id = ?1 AND at <= ?2 LIMIT 1")?;
    let mut due = Vec::new();
    for tenant in tenant_ids(connection)? {
        connection.enter(tenant)?;
        if old.exists(params![tenant.0, oldest(now)])? {
            due.push(tenant);
        }
    }
    Ok(due)
}

/// Forgets some of what a tenant has that is older than a day; whether there may be more.
pub(crate) fn forget(connection: &Connection, tenant: TenantId, now: Timestamp) -> sql::Result<bool> {
    connection.enter(tenant)?;
    let forgotten = connection
        .prepare_cached(
            "DELETE FROM idempotency WHERE (tenant_id, digest) IN (
                 SELECT tenant_id, digest FROM idempotency WHERE tenant_id = ?1 AND at <= ?2 LIMIT ?3)",
        )?
        .execute(params![tenant.0, oldest(now), STEP])?;
    Ok(forgotten > 0)
}

fn oldest(now: Timestamp) -> i64 {
    now.as_second().saturating_sub(KEPT_SECONDS)
}
