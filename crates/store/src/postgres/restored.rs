//! What must not outlive a restore? What was sealed or signed since the moment that was gone back to speaks of a
//! directory that is no more.

use domain::audit::Record;
use uuid::Uuid;

use crate::location::Location;
use crate::open::OpenError;
use crate::sql::trail::{Signer, Trail};
use crate::sql::{Failure, Result, params};

/// Renews the epoch and the sealing key of a server, ends its signing keys and appends the record that says so, as the
/// owner of its tables. No node may serve meanwhile: it would go on with the old ones. Must be called where blocking is
/// allowed.
///
/// # Errors
/// The server cannot be used; then nothing was changed.
pub fn renew(
    location: &Location,
    random: fn() -> [u8; 32],
    signer: fn(&[u8]) -> std::result::Result<Signer, String>,
    record: &Record,
) -> std::result::Result<(), OpenError> {
    renew_all(location, random, signer, record)
        .map_err(|failure| OpenError::Unusable(location.to_string(), failure.to_string()))
}

fn renew_all(
    location: &Location,
    random: fn() -> [u8; 32],
    signer: fn(&[u8]) -> std::result::Result<Signer, String>,
    record: &Record,
) -> Result<()> {
    let connection = location.writing()?;
    let transaction = connection.transaction()?;
    let epoch = random().first_chunk::<16>().copied().unwrap_or_default();
    let put = "UPDATE meta SET value = ?2 WHERE name = ?1";
    transaction.execute(put, params!["epoch", epoch])?;
    transaction.execute(put, params!["seal_key", random()])?;
    transaction.execute("DELETE FROM signing_key", params![])?;
    let meta = |name: &str| -> Result<Vec<u8>> {
        transaction.query_row("SELECT value FROM meta WHERE name = ?1", params![name], |row| row.get(0))
    };
    let writer = Uuid::from_slice(&meta("trail_writer")?).map_err(|_| Failure::Damaged("trail_writer"))?;
    let signer = signer(&meta("trail_key")?).map_err(Failure::Unfit)?;
    let mut trail = Trail::new(writer, signer);
    trail.append(&transaction, std::slice::from_ref(record), &mut [])?;
    // Another server may count its transactions from below: a new one with the number of an old one would be passed over
    // by nodes that saw the old one.
    transaction.execute("DELETE FROM recent_write", params![])?;
    transaction.commit()
}
