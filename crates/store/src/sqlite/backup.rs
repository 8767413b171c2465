//! How is the database copied while it is used, and brought back? By SQLite's backup API and never by
//! copying files; a copy is checked before anybody may rely on it.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use domain::error::Error;

use crate::sql::failure;
use crate::{migrate, sql};

/// How many pages are copied at a time; between two steps others may write.
const PAGES: i32 = 4_096;

/// Copies the database behind `source` into the new file `target`. Tells `(done, all)` pages.
///
/// `source` must be in a transaction. A copy that failed is removed, so that nobody takes it for a backup.
pub(crate) fn copy_out(
    source: &Connection,
    target: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<(), Error> {
    create_private(target)?;
    let copied = (|| {
        // The first read holds the snapshot. Without it, every write of others would start the copy again.
        source.query_row("SELECT count(*) FROM meta", [], |row| row.get::<_, i64>(0)).map_err(failure)?;
        let mut copy = Connection::open(target).map_err(failure)?;
        copy_pages(source, &mut copy, &mut progress)?;
        // A backup is one file: what it holds must not wait in a log beside it.
        copy.execute_batch("PRAGMA journal_mode = DELETE").map_err(failure)?;
        check(copy).map(drop)
    })();
    if copied.is_err() {
        // The failure is what matters; a file that cannot be removed either is refused by every restore.
        let _ = std::fs::remove_file(target);
    }
    copied
}

/// Opens a backup and checks that it is whole and ours, before anything is overwritten by it.
pub(crate) fn open_checked(backup: &Path) -> Result<Connection, Error> {
    let refused = |reason: String| {
        Error::invalid(backup.display().to_string(), format!("This backup cannot be restored: {reason}."))
    };
    if !backup.is_file() {
        return Err(refused("there is no such file".to_owned()));
    }
    let connection = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| refused(error.to_string()))?;
    check(connection).map_err(|error| match error {
        Error::Internal(reason) | Error::Unavailable(reason) => refused(reason),
        other => other,
    })
}

/// Copies all of `source` over `target`.
pub(crate) fn copy_pages(
    source: &Connection,
    target: &mut Connection,
    progress: &mut impl FnMut(u64, u64),
) -> Result<(), Error> {
    let backup = Backup::new(source, target).map_err(failure)?;
    loop {
        let step = backup.step(PAGES).map_err(failure)?;
        let state = backup.progress();
        let pages = |count: i32| u64::try_from(count).unwrap_or_default();
        progress(pages(state.pagecount.saturating_sub(state.remaining)), pages(state.pagecount));
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => {}
            _ => return Err(Error::Unavailable("another process holds the database".to_owned())),
        }
    }
}

/// Hands a copy back if it is whole and ours.
fn check(connection: Connection) -> Result<Connection, Error> {
    let verdict: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| Error::Internal(error.to_string()))?;
    if verdict != "ok" {
        return Err(Error::Internal(format!("it is damaged ({verdict})")));
    }
    let connection = sql::Connection::Sqlite(connection);
    let verdict = migrate::verify(&connection);
    match verdict {
        Ok(()) => connection.into_sqlite().ok_or_else(|| Error::Internal("it is no file".to_owned())),
        Err(migrate::Refusal::Schema(reason)) => Err(Error::Internal(reason)),
        Err(migrate::Refusal::Database(error)) => Err(failure(error)),
    }
}

/// Makes a new empty file that only its owner may read: it will hold keys and people.
pub(crate) fn create_private(path: &Path) -> Result<(), Error> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop).map_err(|error| {
        Error::invalid(path.display().to_string(), format!("The file cannot be made: {error}."))
    })
}
