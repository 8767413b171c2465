//! How do records get into the chain? In the transaction of what they tell, and the newest head is signed
//! in the same one.

use domain::audit::Record;
use domain::chain::{Head, Seal};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

/// A checkpoint is kept for every so many records.
const CHECKPOINT_EVERY: u64 = 1_024;

/// Signs what it is given, with the key of the trail. The same bytes always give the same signature, as
/// Ed25519 does: that is how the trail knows its own hand when it is opened.
pub type Signer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send>;

/// The end of this database's chain, and the key to go on.
pub(crate) struct Trail {
    head: Head,
    signer: Signer,
}

impl Trail {
    /// Begins the chain of a new database.
    pub(crate) fn begin(connection: &Connection, writer: Uuid, signer: Signer) -> rusqlite::Result<()> {
        Self { head: Head::beginning(writer), signer }.seal(connection, Seal::Head)
    }

    /// Goes on where the database ends.
    ///
    /// An end that is missing, passed by, or that we did not sign is not believed, and signing on from it would hide
    /// that for ever: the chain then goes on after a gap, which every later walk tells.
    pub(crate) fn open(connection: &Connection, writer: Uuid, signer: Signer) -> rusqlite::Result<Self> {
        let stored = connection
            .query_row(
                "SELECT sequence, hash, signature FROM audit_head WHERE writer = ?1",
                [writer],
                |row| {
                    let (sequence, hash) = (row.get::<_, i64>(0)?, row.get_ref(1)?.as_blob()?);
                    Ok((believable(writer, sequence, hash), row.get::<_, Vec<u8>>(2)?))
                },
            )
            .optional()?;
        let last: Option<i64> = connection.query_row(
            "SELECT max(last) FROM (SELECT max(sequence) AS last FROM audit_record WHERE writer = ?1
                                    UNION ALL SELECT max(sequence) FROM audit_checkpoint WHERE writer = ?1)",
            [writer],
            |row| row.get(0),
        )?;
        let last = last.and_then(|last| u64::try_from(last).ok());
        let head = match stored {
            Some((Some(head), signature))
                if signer(&head.to_sign(Seal::Head)) == signature
                    && last.unwrap_or_default() <= head.sequence =>
            {
                head
            }
            _ => Head { sequence: last.unwrap_or_default().saturating_add(1), ..Head::beginning(writer) },
        };
        Ok(Self { head, signer })
    }

    /// Where the chain ends now.
    pub(crate) fn head(&self) -> Head {
        self.head
    }

    /// Goes back to `head`, after the transaction that went further was rolled back.
    pub(crate) fn rewind(&mut self, head: Head) {
        self.head = head;
    }

    /// Appends one record. It counts only once [`Trail::close_group`] was called and all was committed.
    pub(crate) fn append(&mut self, connection: &Connection, record: &Record) -> rusqlite::Result<()> {
        let text = serde_json::to_string(record)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        let next = self.head.after(text.as_bytes());
        connection
            .prepare_cached(
                "INSERT INTO audit_record (writer, sequence, record, hash) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![next.writer, signed(next.sequence), text, next.hash])?;
        self.head = next;
        if next.sequence.is_multiple_of(CHECKPOINT_EVERY) {
            self.seal(connection, Seal::Checkpoint)?;
        }
        Ok(())
    }

    /// Signs the head, so that a cut after it shows.
    pub(crate) fn close_group(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.seal(connection, Seal::Head)
    }

    /// Signs a checkpoint where the chain ends now.
    pub(crate) fn checkpoint(&self, connection: &Connection) -> rusqlite::Result<()> {
        self.seal(connection, Seal::Checkpoint)
    }

    fn seal(&self, connection: &Connection, seal: Seal) -> rusqlite::Result<()> {
        let table = match seal {
            Seal::Head => "audit_head",
            Seal::Checkpoint => "audit_checkpoint",
        };
        connection
            .prepare_cached(&format!(
                "INSERT OR REPLACE INTO {table} (writer, sequence, hash, signature) VALUES (?1, ?2, ?3, ?4)"
            ))?
            .execute(params![
                self.head.writer,
                signed(self.head.sequence),
                self.head.hash,
                (self.signer)(&self.head.to_sign(seal))
            ])?;
        Ok(())
    }
}

fn believable(writer: Uuid, sequence: i64, hash: &[u8]) -> Option<Head> {
    Some(Head { writer, sequence: u64::try_from(sequence).ok()?, hash: hash.try_into().ok()? })
}

/// SQLite counts in signed numbers; no chain reaches half of them.
fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
