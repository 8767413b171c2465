//! What do the parts cost by themselves? Bare loops over the same rows, without anything around them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, params};
use tokio::time::Instant;
use uuid::Uuid;

use crate::Result;

/// A connection that only reads, with the cache that a reader of the store has.
pub(crate) fn reader(database: &Path) -> Result<Connection> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute_batch("PRAGMA cache_size = -8192")?;
    Ok(connection)
}

/// Reads the documents of a customer in the order of the index, joined: what a listing is at least.
pub(crate) fn listing(connection: &Connection, tenant: Uuid, customer: Uuid) -> Result<(Duration, usize)> {
    let began = Instant::now();
    let mut joined = Vec::new();
    let mut statement = connection.prepare_cached(
        "SELECT document FROM portal_user INDEXED BY user_by_name
         WHERE tenant_id = ?1 AND owner_id = ?2 AND shown = 1 ORDER BY order_key",
    )?;
    let mut rows = statement.query(params![tenant, customer])?;
    while let Some(row) = rows.next()? {
        if !joined.is_empty() {
            joined.push(b',');
        }
        joined.extend_from_slice(row.get_ref(0)?.as_bytes()?);
    }
    Ok((began.elapsed(), joined.len()))
}
