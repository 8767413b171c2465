//! How is the trail read from its beginning to its end? Segments first, then the loose rows; each record with
//! its number and its exact text.

use domain::chain::Head;
use uuid::Uuid;

use super::segment::{Aside, unpack};
use super::unsigned;
use crate::sql::{self, Connection, OptionalExtension, params};

/// What is met on a walk.
pub(crate) enum Met<'a> {
    /// A segment begins: the records from the first to the last number follow, and the chain before and
    /// after them is said to be this.
    Segment {
        /// Its first record.
        first: u64,
        /// Its last record.
        last: u64,
        /// The hash before the first.
        before: [u8; 32],
        /// The hash after the last.
        after: [u8; 32],
        /// What queries read instead of the records.
        aside: Aside<'a>,
    },
    /// A segment whose texts cannot be read.
    Broken {
        /// Its first record.
        first: u64,
        /// Its last record.
        last: u64,
        /// The hash after the last.
        after: [u8; 32],
    },
    /// A record in a segment.
    Packed(u64, &'a str),
    /// A record of its own, and the hash that is stored beside it.
    Loose(u64, &'a str, [u8; 32]),
}

/// Walks the chain of a writer until `each` says to stop.
pub(crate) fn walk(
    connection: &Connection,
    writer: Uuid,
    mut each: impl FnMut(Met<'_>) -> bool,
) -> sql::Result<()> {
    let mut going_on = true;
    let mut segments = connection.prepare_cached(
        "SELECT first, last, hash_before, hash, texts, facets, columns, began, ended FROM audit_segment
         WHERE writer = ?1 ORDER BY first",
    )?;
    segments.stream(params![writer], |row| {
        let (first, last) = (unsigned(row.get(0)?), unsigned(row.get(1)?));
        // What is no hash at all equals none that is computed.
        let hash = |column| Ok::<_, sql::Failure>(row.blob(column)?.try_into().unwrap_or_default());
        let (before, after) = (hash(2)?, hash(3)?);
        going_on = match unpack(row.blob(4)?) {
            Err(_) => each(Met::Broken { first, last, after }),
            Ok(texts) => {
                let aside = Aside {
                    texts: &texts,
                    facets: row.blob(5).unwrap_or_default(),
                    columns: row.blob(6).unwrap_or_default(),
                    began: row.get(7)?,
                    ended: row.get(8)?,
                };
                each(Met::Segment { first, last, before, after, aside })
                    && (first..)
                        .zip(texts.split('\n'))
                        .all(|(sequence, text)| each(Met::Packed(sequence, text)))
            }
        };
        Ok(going_on)
    })?;
    if !going_on {
        return Ok(());
    }
    let mut loose = connection.prepare_cached(
        "SELECT sequence, record, hash FROM audit_record WHERE writer = ?1 ORDER BY sequence",
    )?;
    loose.stream(params![writer], |row| {
        let hash = row.blob(2)?.try_into().unwrap_or_default();
        Ok(each(Met::Loose(unsigned(row.get(0)?), row.text(1)?, hash)))
    })
}

/// Where the segments of a chain end; its beginning if there are none.
pub(super) fn end_of_segments(connection: &Connection, writer: Uuid) -> sql::Result<Head> {
    let last = connection
        .query_row(
            "SELECT last, hash FROM audit_segment WHERE writer = ?1 ORDER BY first DESC LIMIT 1",
            params![writer],
            |row| Ok((row.get::<i64>(0)?, row.get::<[u8; 32]>(1)?)),
        )
        .optional()?;
    match last {
        Some((sequence, hash)) => Ok(Head { writer, sequence: unsigned(sequence), hash }),
        None => Ok(start(connection, writer)?.unwrap_or(Head::beginning(writer))),
    }
}

/// Where the chain begins after its oldest segments were dropped.
pub(super) fn start(connection: &Connection, writer: Uuid) -> sql::Result<Option<Head>> {
    connection
        .query_row("SELECT sequence, hash FROM audit_start WHERE writer = ?1", params![writer], |row| {
            Ok(Head { writer, sequence: unsigned(row.get(0)?), hash: row.get(1)? })
        })
        .optional()
}
