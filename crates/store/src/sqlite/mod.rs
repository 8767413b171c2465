//! How is the embedded database opened and used? One connection writes, a few read, and one process owns
//! them all.

pub(crate) mod backup;
mod changes;
mod deferred;
pub(crate) mod examine;
pub(crate) mod export;
pub(crate) mod listing;
pub(crate) mod loader;
pub(crate) mod lock;
pub(crate) mod principals;
pub(crate) mod readers;
pub(crate) mod reorder;
pub(crate) mod rows;
pub(crate) mod trail;
pub(crate) mod users;
pub(crate) mod verify;
pub(crate) mod writer;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// The oldest SQLite that is safe with a write-ahead log and several connections: 3.51.3 mended a race.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Opens a connection that writes.
pub(crate) fn writing(path: &Path) -> Result<Connection, String> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(format!("SQLite {} is too old; 3.51.3 or newer is needed", rusqlite::version()));
    }
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|error| error.to_string())?;
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON;
             PRAGMA busy_timeout = 5000;
             PRAGMA cache_size = -65536;
             PRAGMA temp_store = MEMORY;
             PRAGMA journal_size_limit = 67108864;",
        )
        .map_err(|error| error.to_string())?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Opens a connection that only reads.
pub(crate) fn reading(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA query_only = ON;
         PRAGMA busy_timeout = 5000;
         PRAGMA cache_size = -8192;",
    )?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}
