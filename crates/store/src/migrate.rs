//! Is the schema the one that this program knows? Migrations run forward only; a changed or a newer one
//! is refused, because serving on a schema that one does not know is how data are lost.

use sha2::{Digest, Sha256};

use crate::location::Location;
use crate::open::{OpenError, Options, prepare};
use crate::postgres::{Session, wall};
use crate::sql::{Connection, Failure, Result, params};

struct Migration {
    number: i64,
    name: &'static str,
    sql: &'static str,
}

const SQLITE: &[Migration] = &[
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
    Migration {
        number: 5,
        name: "portal users",
        sql: include_str!("../migrations/sqlite/0005_portal_users.sql"),
    },
    Migration {
        number: 6,
        name: "audit chains",
        sql: include_str!("../migrations/sqlite/0006_audit_chains.sql"),
    },
];

const POSTGRES: &[Migration] = &[
    Migration {
        number: 1,
        name: "directory",
        sql: include_str!("../migrations/postgres/0001_directory.sql"),
    },
    Migration {
        number: 2,
        name: "audit chains",
        sql: include_str!("../migrations/postgres/0002_audit_chains.sql"),
    },
];

/// What a database must say for it to be one of ours, and how the table of migrations is made.
struct Dialect {
    migrations: &'static [Migration],
    is_foreign: &'static str,
    table: &'static str,
}

fn dialect(connection: &Connection) -> Dialect {
    match connection {
        Connection::Sqlite(_) => Dialect {
            migrations: SQLITE,
            is_foreign: "SELECT EXISTS (SELECT 1 FROM sqlite_schema) AND NOT EXISTS (
                             SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration')",
            table: "CREATE TABLE IF NOT EXISTS migration (
                        number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL,
                        applied_at TEXT NOT NULL) STRICT",
        },
        Connection::Postgres(_) => Dialect {
            migrations: POSTGRES,
            is_foreign: "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'rollcall') AND NOT EXISTS (
                             SELECT 1 FROM pg_tables WHERE schemaname = 'rollcall' AND tablename = 'migration')",
            table: "CREATE SCHEMA IF NOT EXISTS rollcall;
                    CREATE TABLE IF NOT EXISTS rollcall.migration (
                        number bigint PRIMARY KEY, name text NOT NULL, checksum bytea NOT NULL,
                        applied_at text NOT NULL);
                    LOCK TABLE rollcall.migration IN ACCESS EXCLUSIVE MODE",
        },
    }
}

/// Why a database is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The schema is not one that this program made or knows, or the role may do more than it should.
    Schema(String),
    /// The database could not be read or written.
    Database(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Database(failure)
    }
}

/// The refusal of the database called `name`, as its operator hears it.
pub(crate) fn refused(name: &str, refusal: Refusal) -> OpenError {
    match refusal {
        Refusal::Schema(reason) => OpenError::Schema(name.to_owned(), reason),
        Refusal::Database(failure) => OpenError::Unusable(name.to_owned(), failure.to_string()),
    }
}

/// Makes the directory on a server, or brings it up to date, as the owner of its tables; `role` may then serve it.
///
/// # Errors
/// The schema is not ours, the role does not exist or could see past the tenants, or the server failed.
pub fn migrate(mut options: Options, role: &str) -> std::result::Result<(), OpenError> {
    let name = options.location.to_string();
    let Location::Server(server) = &options.location else {
        return Err(OpenError::Unusable(
            name,
            "the embedded database is brought up to date when it is opened".into(),
        ));
    };
    let session =
        Session::connect(server).map_err(|error| OpenError::Unusable(name.clone(), error.to_string()))?;
    let connection = Connection::Postgres(session);
    // An index of a large table takes longer than a request may.
    connection.take_much_time().map_err(|error| OpenError::Unusable(name.clone(), error.to_string()))?;
    prepare(&connection, &mut options, &name)?;
    wall::admit(&connection, role).map_err(|refusal| refused(&name, refusal))
}

/// Brings the schema up to date in one transaction.
pub(crate) fn run(connection: &Connection, now: jiff::Timestamp) -> std::result::Result<(), Refusal> {
    let Dialect { migrations, is_foreign, table } = dialect(connection);
    let transaction = connection.transaction()?;
    if transaction.query_row(is_foreign, params![], |row| row.get(0))? {
        return Err(Refusal::Schema("it holds the tables of another program; name another one".to_owned()));
    }
    transaction.execute_batch(table)?;
    let applied = applied(&transaction)?;
    check(migrations, &applied)?;
    for migration in migrations.iter().skip(applied.len()) {
        transaction.execute_batch(migration.sql)?;
        transaction.execute(
            "INSERT INTO migration (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
            params![migration.number, migration.name, checksum(migration.sql), now.to_string()],
        )?;
    }
    transaction.commit()?;
    Ok(())
}

/// Judges a database that is not to be changed, such as a backup, or one on a server.
pub(crate) fn verify(connection: &Connection) -> std::result::Result<(), Refusal> {
    let mend = match connection {
        Connection::Sqlite(_) => "open it with `rollcall doctor` first",
        Connection::Postgres(_) => "run `rollcall migrate` with the owner of its tables first",
    };
    let applied = applied(connection).map_err(|failure| match failure {
        failure if failure.is_of_connection() => Refusal::Database(failure),
        _ => Refusal::Schema(format!("it has no table of migrations, so it is no Rollcall database; {mend}")),
    })?;
    let migrations = dialect(connection).migrations;
    check(migrations, &applied)?;
    if applied.len() < migrations.len() {
        return Err(Refusal::Schema(format!("it is of an older version; {mend}")));
    }
    Ok(())
}

fn applied(connection: &Connection) -> Result<Vec<(i64, String, Vec<u8>)>> {
    connection
        .prepare_cached("SELECT number, name, checksum FROM migration ORDER BY number")?
        .query_map(params![], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

fn check(migrations: &[Migration], applied: &[(i64, String, Vec<u8>)]) -> std::result::Result<(), Refusal> {
    for (place, (number, name, recorded)) in applied.iter().enumerate() {
        match migrations.get(place) {
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
