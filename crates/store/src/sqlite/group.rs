//! What becomes of a group of changes? They share one transaction, and one that is refused leaves nothing of itself
//! and all of the others.

use domain::audit::Record;
use domain::error::Error;
use rusqlite::{Connection, Transaction};

use super::changes::Stale;
use super::commit::{self, Commit, Committed, Done};
use super::rows::failure;
use super::writer::Means;

/// What became of each commit of a group, and what it made stale.
pub(crate) type Results = Vec<Result<(Committed, Vec<Stale>), Error>>;

/// What became of a group, and the records of what was done.
#[derive(Default)]
pub(crate) struct Applied {
    pub(crate) results: Results,
    pub(crate) records: Vec<Record>,
}

impl Applied {
    fn note(&mut self, done: Done) {
        self.records.extend(done.records);
        self.results.push(Ok((done.committed, done.stale)));
    }
}

/// Applies a group.
///
/// # Errors
/// The database failed, and all of the group with it.
pub(crate) fn apply(
    transaction: &mut Transaction<'_>,
    means: &Means,
    commits: &[&Commit],
) -> Result<Applied, Error> {
    if let Some(applied) = apply_all(transaction, means, commits)? {
        return Ok(applied);
    }
    transaction.execute_batch("ROLLBACK; BEGIN IMMEDIATE").map_err(failure)?;
    apply_each(transaction, means, commits)
}

/// Applies a group as one. Nothing if a change that was refused had written something before: then all has to be
/// undone, and each done by itself. That is rare, for a change is judged before it writes; and a savepoint for each,
/// which keeps a copy of every page that it touches, costs a good part of what the change does.
fn apply_all(
    transaction: &Transaction<'_>,
    means: &Means,
    commits: &[&Commit],
) -> Result<Option<Applied>, Error> {
    let mut applied = Applied::default();
    for commit in commits {
        let written = transaction.total_changes();
        match commit::apply(transaction, means, commit) {
            Ok(done) => applied.note(done),
            Err(error) if is_over(transaction, &error) => return Err(error),
            Err(_) if transaction.total_changes() != written => return Ok(None),
            Err(error) => applied.results.push(Err(error)),
        }
    }
    Ok(Some(applied))
}

/// Applies each change of a group within a savepoint of its own.
fn apply_each(
    transaction: &mut Transaction<'_>,
    means: &Means,
    commits: &[&Commit],
) -> Result<Applied, Error> {
    let mut applied = Applied::default();
    for commit in commits {
        let savepoint = transaction.savepoint().map_err(failure)?;
        match commit::apply(&savepoint, means, commit) {
            Ok(done) => {
                savepoint.commit().map_err(failure)?;
                applied.note(done);
            }
            Err(error) if is_over(&savepoint, &error) => return Err(error),
            Err(error) => applied.results.push(Err(error)),
        }
    }
    Ok(applied)
}

/// A full or failing disk makes SQLite roll the whole transaction back by itself. Going on would commit what
/// follows, and lose what went before, outside of any transaction.
fn is_over(connection: &Connection, error: &Error) -> bool {
    matches!(error, Error::Unavailable(_)) || connection.is_autocommit()
}
