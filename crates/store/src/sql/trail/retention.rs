//! How does the trail stay bounded? The oldest segments are dropped, a whole one at a time, and the place
//! where the chain begins from then on is signed.

use domain::chain::{Head, Seal};
use jiff::Timestamp;

use super::segment::nanoseconds;
use super::{Trail, seal};
use crate::sql::{self, Connection, OptionalExtension, params};

/// The first and the last number of what was dropped.
pub(crate) type Dropped = (u64, u64);

/// Drops the oldest segment if all its records are older than `before`.
pub(crate) fn drop_oldest(
    connection: &Connection,
    trail: &Trail,
    before: Timestamp,
) -> sql::Result<Option<Dropped>> {
    let writer = trail.writer();
    let oldest = connection
        .query_row(
            "SELECT first, last, hash, ended FROM audit_segment WHERE writer = ?1 ORDER BY first LIMIT 1",
            params![writer],
            |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<[u8; 32]>(2)?, row.get(3)?)),
        )
        .optional()?;
    let due = |ended: i64| ended < nanoseconds(before);
    let Some((first, last, hash, _)) = oldest.filter(|(_, _, _, ended)| due(*ended)) else { return Ok(None) };
    connection
        .execute("DELETE FROM audit_segment WHERE writer = ?1 AND first = ?2", params![writer, first])?;
    let number = |sequence: i64| u64::try_from(sequence).unwrap_or_default();
    let start = Head { writer, sequence: number(last), hash };
    seal(connection, trail.signer(), &start, Seal::Start)?;
    Ok(Some((number(first), number(last))))
}
