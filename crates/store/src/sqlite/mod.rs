//! How is the embedded database opened and used? One connection writes, a few read, and one process owns
//! them all.

pub(crate) mod backup;
pub(crate) mod examine;
pub(crate) mod lock;
pub(crate) mod restore;

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, Statement, ToSql};

use crate::sql::{Params, Value};

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

/// Binds values to a statement. A name that it does not have is left out; each that it has must be given, for what is
/// missing would mean "no limit".
pub(crate) fn bind(statement: &mut Statement<'_>, params: Params<'_>) -> rusqlite::Result<()> {
    let wanted = statement.parameter_count();
    match params {
        Params::ByPlace(values) if values.len() == wanted => {
            for (place, value) in values.iter().enumerate() {
                statement.raw_bind_parameter(place + 1, value)?;
            }
            Ok(())
        }
        Params::ByPlace(values) => Err(rusqlite::Error::InvalidParameterCount(values.len(), wanted)),
        Params::ByName(values) => {
            for place in 1..=wanted {
                let name = statement.parameter_name(place).unwrap_or_default();
                let given = values.iter().find(|(given, _)| *given == name);
                let (_, value) =
                    given.ok_or_else(|| rusqlite::Error::InvalidParameterName(name.to_owned()))?;
                statement.raw_bind_parameter(place, value)?;
            }
            Ok(())
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
            Self::Id(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

/// Whether a failure may heal by itself.
pub(crate) fn may_heal(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as Code;
    matches!(
        error.sqlite_error_code(),
        Some(
            Code::DiskFull
                | Code::SystemIoFailure
                | Code::CannotOpen
                | Code::ReadOnly
                | Code::PermissionDenied
                | Code::DatabaseBusy
                | Code::DatabaseLocked
                | Code::OutOfMemory
                | Code::OperationInterrupted
                | Code::DatabaseCorrupt
                | Code::NotADatabase
                | Code::FileLockingProtocolFailed,
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{named_params, params};

    /// What becomes of a statement with these values.
    fn bound(sql: &str, params: Params<'_>) -> rusqlite::Result<()> {
        let connection = Connection::open_in_memory().unwrap();
        bind(&mut connection.prepare(sql).unwrap(), params)
    }

    #[test]
    fn a_parameter_that_is_not_given_is_refused() {
        let (by_place, by_name) = ("SELECT ?1, ?2, ?1", "SELECT :a, :b, :a");
        assert_eq!(bound(by_place, params![1, 2]), Ok(()));
        assert_eq!(bound(by_name, named_params! { ":b": 1, ":a": 2 }), Ok(()));
        assert_eq!(
            bound(by_name, named_params! { ":b": 1, ":a": 2, ":not_there": 3 }),
            Ok(()),
            "what it does not have is left out"
        );
        let missing = Err(rusqlite::Error::InvalidParameterCount(1, 2));
        assert_eq!(bound(by_place, params![1]), missing);
        let missing = || Err(rusqlite::Error::InvalidParameterName(":b".to_owned()));
        assert_eq!(bound(by_name, named_params! { ":a": 1 }), missing());
        // It is not the number of values that counts.
        assert_eq!(bound(by_name, named_params! { ":a": 1, ":not_there": 3 }), missing());
        assert_eq!(bound(by_name, named_params! { ":a": 1, ":a": 1 }), missing());
    }
}
