//! Is the schema the one that this program knows? Migrations run forward only; a changed or a newer one
//! is refused, because serving on a schema that one does not know is how data are lost.

use rusqlite::{Connection, TransactionBehavior, params};
use sha2::{Digest, Sha256};

struct Migration {
    number: i64,
    name: &'static str,
    sql: &'static str,
}

const SQLITE: [Migration; 4] = [
    Migration { number: 1, name: "directory", sql: include_str!("../migrations/sqlite/0001_directory.sql") },
    Migration { number: 2, name: "audit", sql: include_str!("../migrations/sqlite/0002_audit.sql") },
    Migration {
        number: 3,
        name: "management",
        sql: include_str!("../migrations/sqlite/0003_management.sql"),
    },
    Migration {
        number: 4,
        name: "audit segments",
        sql: include_str!("../migrations/sqlite/0004_audit_segments.sql"),
    },
];

/// Why a database is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The schema is not one that this program made or knows.
    Schema(String),
    /// The database could not be read or written.
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

/// Brings the schema up to date in one transaction.
pub(crate) fn run(connection: &mut Connection, now: jiff::Timestamp) -> Result<(), Refusal> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let is_foreign: bool = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema)
            AND NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration')",
        [],
        |row| row.get(0),
    )?;
    if is_foreign {
        return Err(Refusal::Schema("it holds the tables of another program; name another file".to_owned()));
    }
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (
             number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL, applied_at TEXT NOT NULL
         ) STRICT",
    )?;
    let applied = applied(&transaction)?;
    check(&applied)?;
    for migration in SQLITE.iter().skip(applied.len()) {
        transaction.execute_batch(migration.sql)?;
        transaction.execute(
            "INSERT INTO migration (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
            params![migration.number, migration.name, checksum(migration.sql), now.to_string()],
        )?;
    }
    transaction.commit()?;
    Ok(())
}

/// Judges a database that is only read, such as a backup.
pub(crate) fn verify(connection: &Connection) -> Result<(), Refusal> {
    let applied = applied(connection).map_err(|_| {
        Refusal::Schema("it has no table of migrations, so it is no Rollcall database".to_owned())
    })?;
    check(&applied)?;
    if applied.len() < SQLITE.len() {
        return Err(Refusal::Schema(
            "it is of an older version; open it with `rollcall doctor` first".to_owned(),
        ));
    }
    Ok(())
}

fn applied(connection: &Connection) -> rusqlite::Result<Vec<(i64, String, Vec<u8>)>> {
    connection
        .prepare("SELECT number, name, checksum FROM migration ORDER BY number")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

fn check(applied: &[(i64, String, Vec<u8>)]) -> Result<(), Refusal> {
    for (place, (number, name, recorded)) in applied.iter().enumerate() {
        match SQLITE.get(place) {
            Some(known) if known.number == *number && checksum(known.sql) == *recorded => {}
            Some(known) if known.number == *number => {
                return Err(Refusal::Schema(format!(
                    "migration {number} ({name}) is not the one that this program has; the schema was changed by \
                     other hands, restore a backup"
                )));
            }
            _ => {
                return Err(Refusal::Schema(format!(
                    "migration {number} ({name}) is newer than this program; use the newer rollcall"
                )));
            }
        }
    }
    Ok(())
}

fn checksum(sql: &str) -> Vec<u8> {
    Sha256::digest(sql).to_vec()
}
