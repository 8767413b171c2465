//! How does the trail stay bounded? The oldest records of each chain are dropped, a whole segment at a time, and the
//! place where the chain begins from then on is signed. A chain without segments loses the oldest of its rows.

use std::sync::Arc;

use domain::audit::Record;
use domain::chain::{Head, Seal};
use domain::id::TenantId;
use jiff::Timestamp;
use uuid::Uuid;

use super::segment::nanoseconds;
use super::{Trail, each_chain, seal, signed, unsigned, writer};
use crate::sql::{self, Connection, OptionalExtension, params};

/// Records that were old enough.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dropped {
    /// Whose they were.
    pub tenant: Option<TenantId>,
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
}

/// The tenants whose oldest records are older than `before`; none stands for what belongs to no tenant.
pub(crate) fn due(
    connection: &Connection,
    directory: Uuid,
    before: Timestamp,
) -> sql::Result<Vec<Option<TenantId>>> {
    let mut due = Vec::new();
    each_chain(connection, directory, |tenant, writer| {
        if oldest(connection, writer, before)?.is_some() {
            due.push(tenant);
        }
        Ok(true)
    })?;
    Ok(due)
}

/// What may go, and where the chain begins when it is gone.
struct Oldest {
    first: u64,
    start: Head,
    is_segment: bool,
}

/// Drops the oldest records of a chain that are older than `before`, if there are any.
pub(crate) fn drop_oldest(
    connection: &Connection,
    trail: &mut Trail,
    tenant: Option<TenantId>,
    before: Timestamp,
) -> sql::Result<Option<Dropped>> {
    let (writer, signer) = (writer(trail.directory, tenant), Arc::clone(&trail.signer));
    // No other node may pack them meanwhile.
    let chain = trail.chain(connection, tenant)?;
    let Some(oldest) = oldest(connection, writer, before)? else { return Ok(None) };
    let Oldest { first, start, is_segment } = oldest;
    let sql = if is_segment {
        "DELETE FROM audit_segment WHERE writer = ?1 AND last <= ?2"
    } else {
        "DELETE FROM audit_record WHERE writer = ?1 AND sequence <= ?2"
    };
    connection.execute(sql, params![start.writer, signed(start.sequence)])?;
    seal(connection, &signer, &start, Seal::Start)?;
    chain.look_again(connection)?;
    Ok(Some(Dropped { tenant, first, last: start.sequence }))
}

/// The oldest segment if all of it is old, or the oldest rows of a chain that has none.
fn oldest(connection: &Connection, writer: Uuid, before: Timestamp) -> sql::Result<Option<Oldest>> {
    let segment = connection
        .prepare_cached(
            "SELECT first, last, hash, ended FROM audit_segment WHERE writer = ?1 ORDER BY first LIMIT 1",
        )?
        .query_row(params![writer], |row| {
            let start = Head { writer, sequence: unsigned(row.get(1)?), hash: row.get(2)? };
            Ok((Oldest { first: unsigned(row.get(0)?), start, is_segment: true }, row.get::<i64>(3)?))
        })
        .optional()?;
    if let Some((oldest, ended)) = segment {
        return Ok((ended < nanoseconds(before)).then_some(oldest));
    }
    let mut statement = connection.prepare_cached(
        "SELECT sequence, hash, record FROM audit_record WHERE writer = ?1 ORDER BY sequence",
    )?;
    let mut rows = statement.query(params![writer])?;
    let mut oldest: Option<Oldest> = None;
    while let Some(row) = rows.next()? {
        let is_old =
            serde_json::from_str::<Record>(row.text(2)?).is_ok_and(|record| record.timestamp < before);
        if !is_old {
            break;
        }
        let start = Head { writer, sequence: unsigned(row.get(0)?), hash: row.get(1)? };
        let first = oldest.map_or(start.sequence, |oldest| oldest.first);
        oldest = Some(Oldest { first, start, is_segment: false });
    }
    Ok(oldest)
}
