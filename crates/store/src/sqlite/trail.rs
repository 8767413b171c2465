//! How do records get into the chain? In the transaction of what they tell, and the newest head is signed
//! in the same one.

use domain::audit::Record;
use domain::chain::{Head, Seal};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::rows::damaged;

/// A checkpoint is kept for every so many records.
const CHECKPOINT_EVERY: u64 = 1_024;

/// Signs what it is given, with the key of the trail.
pub type Signer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send>;

/// The end of this database's chain, and the key to go on.
pub(crate) struct Trail {
    head: Head,
    signer: Signer,
}

impl Trail {
    /// Goes on where the database ends, or begins a chain in a new one.
    pub(crate) fn open(connection: &Connection, writer: Uuid, signer: Signer) -> rusqlite::Result<Self> {
        let stored = connection
            .query_row("SELECT sequence, hash FROM audit_head WHERE writer = ?1", params![writer], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?))
            })
            .optional()?;
        let head = match stored {
            Some((sequence, hash)) => {
                Head { writer, sequence: u64::try_from(sequence).map_err(|_| damaged("sequence"))?, hash }
            }
            None => Head::beginning(writer),
        };
        let trail = Self { head, signer };
        if stored.is_none() {
            trail.seal(connection, Seal::Head)?;
        }
        Ok(trail)
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

/// SQLite counts in signed numbers; no chain reaches half of them.
fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
