//! How does a backup take the place of a database? Checked and renewed first, then copied over it.

use std::path::Path;

use domain::error::Error;
use rusqlite::{Connection, TransactionBehavior, params};

use super::{backup, lock};
use crate::sql::failure;

/// Puts a backup in the place of the embedded database at `path`. What was sealed or signed before is worth
/// nothing afterwards: the epoch, the sealing key and the signing keys are new.
///
/// # Errors
/// The backup is damaged or not ours, another process has the database, or it cannot be written.
pub fn restore(
    backup_file: &Path,
    path: &Path,
    holder: &str,
    random: fn() -> [u8; 32],
    mut progress: impl FnMut(u64, u64),
) -> Result<(), Error> {
    let source = backup::open_checked(backup_file)?;
    let refused = |reason: String| Error::invalid(path.display().to_string(), reason);
    let _lock = lock::take(path, holder).map_err(|error| refused(error.to_string()))?;
    if !path.exists() {
        backup::create_private(path)?;
    }
    let mut target = super::writing(path).map_err(|reason| {
        refused(format!("{reason}; if it is damaged, move it and what lies beside it away first"))
    })?;
    // Renewed before it is put in place, in an unnamed file that goes with its connection: not even a crash
    // leaves a database that honours what was sealed or signed before.
    let mut renewed = Connection::open("").map_err(failure)?;
    backup::copy_pages(&source, &mut renewed, &mut |_, _| {})?;
    renew(&mut renewed, random).map_err(failure)?;
    backup::copy_pages(&renewed, &mut target, &mut progress)
}

fn renew(restored: &mut Connection, random: fn() -> [u8; 32]) -> rusqlite::Result<()> {
    let transaction = restored.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let [epoch, seal_key] = [random(), random()];
    let mut put = transaction.prepare("UPDATE meta SET value = ?2 WHERE name = ?1")?;
    put.execute(params!["epoch", epoch.first_chunk::<16>()])?;
    put.execute(params!["seal_key", seal_key])?;
    drop(put);
    transaction.execute("DELETE FROM signing_key", [])?;
    transaction.commit()
}
