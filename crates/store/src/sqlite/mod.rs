//! How is the embedded database opened and used? One connection writes, a few read, and one process owns
//! them all.

pub(crate) mod backup;
pub(crate) mod changes;
pub(crate) mod commit;
pub(crate) mod companies;
pub(crate) mod company_lists;
mod deferred;
pub(crate) mod derive;
pub(crate) mod examine;
pub(crate) mod export;
pub(crate) mod group;
pub(crate) mod groups;
pub(crate) mod idempotency;
pub(crate) mod listing;
pub(crate) mod loader;
pub(crate) mod lock;
pub(crate) mod people;
pub(crate) mod principals;
pub(crate) mod readers;
mod record_room;
pub(crate) mod rows;
pub(crate) mod salts;
mod terms;
pub(crate) mod trail;
pub(crate) mod user_lists;
pub(crate) mod users;
pub(crate) mod writer;

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
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
             PRAGMA secure_delete = ON;
             PRAGMA busy_timeout = 5000;
             PRAGMA cache_size = -65536;
             PRAGMA temp_store = MEMORY;
             PRAGMA wal_autocheckpoint = 4096;
             PRAGMA journal_size_limit = 67108864;",
        )
        .and_then(|()| keep_statements(&connection))
        .map_err(|error| error.to_string())?;
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
    // Those of SQLite know ASCII alone.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("fold", 1, flags, |arguments| {
        let text: Option<String> = arguments.get(0)?;
        Ok(text.as_deref().map(domain::search::fold))
    })?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Keeps statements prepared, and their plans whatever is bound to them: else one that asks for something of a
/// partial index is planned anew each time, which costs more than most of them take.
fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}
