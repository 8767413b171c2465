//! What becomes of a group of changes? They share one transaction, and one that is refused leaves nothing of itself
//! and all of the others.

use std::collections::HashSet;

use domain::audit::Record;
use domain::error::Error;
use domain::id::TenantId;

use crate::sql::{self, Connection, Transaction};

use super::changes::Stale;
use super::commit::{self, Commit, Committed, Done};
use super::writer::Means;
use crate::sql::failure;

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
    transaction: &Transaction<'_>,
    means: &Means,
    held_up: &mut HeldUp,
    commits: &[&Commit],
) -> Result<Applied, Error> {
    keep(transaction, commits, held_up).map_err(failure)?;
    if let Some(applied) = apply_all(transaction, means, commits, held_up)? {
        return Ok(applied);
    }
    transaction.begin_again().map_err(failure)?;
    keep(transaction, commits, held_up).map_err(failure)?;
    apply_each(transaction, means, commits, held_up)
}

/// The tenants that another node kept for longer than can be waited for, as an import does, when they were asked for
/// last.
pub(crate) type HeldUp = HashSet<TenantId>;

/// Keeps other nodes from writing to the tenants of a group; every node takes them in the same order, so that none
/// waits for another that waits for it. What is held up is left out, so that it holds up nobody else; and once that is
/// known, nobody waits for it long.
fn keep(transaction: &Transaction<'_>, commits: &[&Commit], held_up: &mut HeldUp) -> sql::Result<()> {
    let mut tenants: Vec<TenantId> = commits.iter().filter_map(|commit| commit.tenant()).collect();
    tenants.sort_unstable();
    tenants.dedup();
    if !tenants.iter().any(|tenant| held_up.contains(tenant)) {
        match tenants.iter().try_for_each(|tenant| transaction.enter_to_write(*tenant)) {
            Err(_) if transaction.is_held_up() => transaction.begin_again()?,
            outcome => return outcome,
        }
    }
    if let Some(session) = transaction.postgres() {
        session.be_impatient();
    }
    for tenant in tenants {
        let part = transaction.savepoint()?;
        match part.enter_to_write(tenant) {
            Ok(()) => {
                part.commit()?;
                held_up.remove(&tenant);
            }
            Err(_) if part.is_held_up() => _ = held_up.insert(tenant),
            Err(failure) => return Err(failure),
        }
    }
    if let Some(session) = transaction.postgres() {
        session.be_patient();
    }
    Ok(())
}

/// Refuses a commit whose tenant another node keeps.
fn refuse(held_up: &HeldUp, commit: &Commit) -> Result<(), Error> {
    let is_held_up = commit.tenant().is_some_and(|tenant| held_up.contains(&tenant));
    if is_held_up { Err(Error::Busy) } else { Ok(()) }
}

/// Applies a group as one. Nothing if a change that was refused had written something before: then all has to be
/// undone, and each done by itself. That is rare, for a change is judged before it writes; and a savepoint for each,
/// which keeps a copy of every page that it touches, costs a good part of what the change does.
fn apply_all(
    transaction: &Transaction<'_>,
    means: &Means,
    commits: &[&Commit],
    held_up: &HeldUp,
) -> Result<Option<Applied>, Error> {
    let mut applied = Applied::default();
    for commit in commits {
        let written = transaction.total_changes();
        match refuse(held_up, commit).and_then(|()| commit::apply(transaction, means, commit)) {
            Ok(done) => applied.note(done),
            Err(error) if is_over(transaction, &error) => return Err(error),
            Err(_) if transaction.total_changes() != written || transaction.is_failed() => return Ok(None),
            Err(error) => applied.results.push(Err(error)),
        }
    }
    Ok(Some(applied))
}

/// Applies each change of a group within a savepoint of its own.
fn apply_each(
    transaction: &Transaction<'_>,
    means: &Means,
    commits: &[&Commit],
    held_up: &HeldUp,
) -> Result<Applied, Error> {
    let mut applied = Applied::default();
    for commit in commits {
        let savepoint = transaction.savepoint().map_err(failure)?;
        match refuse(held_up, commit).and_then(|()| commit::apply(&savepoint, means, commit)) {
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
/// follows, and lose what went before, outside of any transaction. On a server one that takes too long is given up by
/// itself; a collision is of the whole, which is tried again.
fn is_over(connection: &Connection, error: &Error) -> bool {
    match connection {
        Connection::Sqlite(_) => matches!(error, Error::Unavailable(_)) || connection.is_over(),
        Connection::Postgres(_) => connection.is_over() || connection.is_collision(),
    }
}
