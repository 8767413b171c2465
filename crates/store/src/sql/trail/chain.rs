//! Where does one chain end, and what of it is in no segment yet? And how does it grow by some records?
//!
//! A chain is as long as its tenant is busy, and there are as many as there are tenants: so of each only its end is
//! kept in memory, and its loose records only as long as there is room.

use domain::audit::Record;
use domain::chain::{Head, Seal};
use uuid::Uuid;

use super::segment::{self, Entry};
use super::{Signer, believable, seal, signed, walk};
use crate::sql::{self, Connection, OptionalExtension, Value, params};

/// A checkpoint is kept for every so many records.
const CHECKPOINT_EVERY: u64 = 1_024;
/// So many records are enough for a segment, and no segment has more than the second number.
const ENOUGH: u64 = 1_024;
const MOST: usize = 4_096;

/// One chain, as far as it was committed.
pub(super) struct Chain {
    head: Head,
    /// The head before the first record that is in no segment.
    before_loose: Head,
    /// The records that are in no segment; none if they have to be read first.
    loose: Option<Vec<Entry>>,
    /// Where it was when it was opened, or a checkpoint was signed.
    checked: u64,
}

/// What a chain becomes when the transaction is committed.
pub(super) struct End {
    head: Head,
    before_loose: Head,
}

impl End {
    pub(super) fn writer(&self) -> Uuid {
        self.head.writer
    }
}

impl Chain {
    /// The chain as it ends in the database. On a server, no other node goes on with it until the transaction ends.
    ///
    /// An end that is missing, passed by, or that we did not sign is not believed, and signing on from it would hide
    /// that for ever: the chain then goes on after a gap, which every later walk tells.
    pub(super) fn open(connection: &Connection, writer: Uuid, signer: &Signer) -> sql::Result<Self> {
        let stored = stored(connection, writer)?;
        let last = last(connection, writer)?;
        match stored {
            Some((Some(head), signature))
                if is_signed(signer, &head, &signature) && last <= head.sequence =>
            {
                Self::ending(connection, head)
            }
            _ => Ok(Self::after_gap(writer, last)),
        }
    }

    /// A chain that ends here for certain.
    fn ending(connection: &Connection, head: Head) -> sql::Result<Self> {
        let before_loose = walk::end_of_segments(connection, head.writer)?;
        Ok(Self { head, before_loose, loose: None, checked: head.sequence })
    }

    /// A chain that has no end to be believed.
    fn after_gap(writer: Uuid, last: u64) -> Self {
        let head = Head { sequence: last.saturating_add(1), ..Head::beginning(writer) };
        Self { head, before_loose: head, loose: Some(Vec::new()), checked: last }
    }

    /// Learns what other nodes appended, and keeps them from going on until the transaction ends.
    ///
    /// An end that no node signed, or that lies before our own, is not believed, as when the chain is opened.
    pub(super) fn catch_up(&mut self, connection: &Connection, signer: &Signer) -> sql::Result<()> {
        if connection.postgres().is_none() {
            return Ok(());
        }
        let known = match stored(connection, self.head.writer)? {
            Some((Some(head), _)) if head == self.head => return Ok(()),
            Some((Some(head), signature)) if is_signed(signer, &head, &signature) => {
                if head.sequence < self.head.sequence {
                    return Ok(());
                }
                Self::ending(connection, head)?
            }
            _ => {
                let last = last(connection, self.head.writer)?;
                if last <= self.head.sequence {
                    return Ok(());
                }
                Self::after_gap(self.head.writer, last)
            }
        };
        *self = Self { checked: self.checked, ..known };
        Ok(())
    }

    /// Learns anew what is in no segment, after some of it was dropped.
    pub(super) fn look_again(&mut self, connection: &Connection) -> sql::Result<()> {
        *self = Self { checked: self.checked, ..Self::ending(connection, self.head)? };
        Ok(())
    }

    /// Appends records and signs the new end. They count only once all was committed and [`Chain::grow`] was called.
    pub(super) fn append(
        &mut self,
        connection: &Connection,
        signer: &Signer,
        entries: &mut [&mut Entry],
    ) -> sql::Result<End> {
        let mut head = self.head;
        for entry in entries.iter_mut() {
            head = entry.follow(&head);
            if head.sequence.is_multiple_of(CHECKPOINT_EVERY) {
                seal(connection, signer, &head, Seal::Checkpoint)?;
            }
        }
        let is_enough = head.sequence.saturating_sub(self.before_loose.sequence) >= ENOUGH;
        let before_loose = if is_enough && self.know_loose(connection)? {
            self.pack(connection, entries)?;
            head
        } else {
            write_rows(connection, entries)?;
            // What does not lead to the end stays rows for ever, and a walk tells what is wrong with them.
            if is_enough { self.head } else { self.before_loose }
        };
        seal(connection, signer, &head, Seal::Head)?;
        Ok(End { head, before_loose })
    }

    /// Reads the loose records unless they are known; whether they lead to the end.
    fn know_loose(&mut self, connection: &Connection) -> sql::Result<bool> {
        if let Some(loose) = &mut self.loose {
            loose.sort_by_key(|entry| entry.head().sequence);
            return Ok(true);
        }
        let mut entries = Vec::new();
        let mut last = self.before_loose;
        let mut statement = connection.prepare_cached(
            "SELECT sequence, record FROM audit_record WHERE writer = ?1 AND sequence > ?2 AND sequence <= ?3
             ORDER BY sequence",
        )?;
        let mut rows =
            statement.query(params![last.writer, signed(last.sequence), signed(self.head.sequence)])?;
        while let Some(row) = rows.next()? {
            let text = row.text(1)?;
            let Ok(record) = serde_json::from_str::<Record>(text) else { return Ok(false) };
            let mut entry = Entry::with_text(&record, text.to_owned());
            last = entry.follow(&last);
            if row.get::<i64>(0)? != signed(last.sequence) {
                return Ok(false);
            }
            entries.push(entry);
        }
        let leads_there = last == self.head;
        self.loose = leads_there.then_some(entries);
        Ok(leads_there)
    }

    /// Makes segments of all loose records and of these.
    fn pack(&self, connection: &Connection, entries: &[&mut Entry]) -> sql::Result<()> {
        let loose = self.loose.as_deref().unwrap_or_default();
        if !loose.is_empty() {
            connection
                .prepare_cached(
                    "DELETE FROM audit_record WHERE writer = ?1 AND sequence > ?2 AND sequence <= ?3",
                )?
                .execute(params![
                    self.head.writer,
                    signed(self.before_loose.sequence),
                    signed(self.head.sequence)
                ])?;
        }
        let all: Vec<&Entry> = loose.iter().chain(entries.iter().map(|entry| &**entry)).collect();
        let mut before = self.before_loose;
        for entries in all.chunks(MOST) {
            segment::write(connection, &before, entries)?;
            before = entries.last().map_or(before, |entry| entry.head());
        }
        Ok(())
    }

    /// What was appended was committed.
    pub(super) fn grow(&mut self, end: &End) {
        self.head = end.head;
        if end.before_loose != self.before_loose {
            self.before_loose = end.before_loose;
            self.loose = Some(Vec::new());
        }
    }

    /// Keeps a record that was committed, if it is loose and those before it are kept; whether it does.
    pub(super) fn keep(&mut self, entry: Entry) -> bool {
        let is_loose = entry.head().sequence > self.before_loose.sequence;
        match &mut self.loose {
            Some(loose) if is_loose => loose.push(entry),
            _ => return false,
        }
        true
    }

    /// Keeps no loose records any more, but reads them when they are wanted.
    pub(super) fn forget_loose(&mut self) {
        self.loose = None;
    }

    /// Signs a checkpoint where the chain ends, if it has grown since the last one or since it was opened.
    pub(super) fn checkpoint(&mut self, connection: &Connection, signer: &Signer) -> sql::Result<()> {
        self.catch_up(connection, signer)?;
        if self.head.sequence > self.checked {
            seal(connection, signer, &self.head, Seal::Checkpoint)?;
            self.checked = self.head.sequence;
        }
        Ok(())
    }

    /// Signs the end anew, as it is: a write that leaves all as it was.
    pub(super) fn sign(&self, connection: &Connection, signer: &Signer) -> sql::Result<()> {
        seal(connection, signer, &self.head, Seal::Head)
    }
}

fn is_signed(signer: &Signer, head: &Head, signature: &[u8]) -> bool {
    signer(&head.to_sign(Seal::Head)) == signature
}

/// The end that is stored, if it can be one, and its signature.
fn stored(connection: &Connection, writer: Uuid) -> sql::Result<Option<(Option<Head>, Vec<u8>)>> {
    let lock = if connection.postgres().is_some() { "FOR UPDATE" } else { "" };
    connection
        .query_row(
            &format!("SELECT sequence, hash, signature FROM audit_head WHERE writer = ?1 {lock}"),
            params![writer],
            |row| Ok((believable(writer, row.get(0)?, row.blob(1)?), row.get(2)?)),
        )
        .optional()
}

/// The highest number that is met anywhere; 0 if none is.
fn last(connection: &Connection, writer: Uuid) -> sql::Result<u64> {
    let last: Option<i64> = connection.query_row(
        "SELECT max(last) FROM (SELECT max(sequence) AS last FROM audit_record WHERE writer = ?1
                                UNION ALL SELECT max(last) FROM audit_segment WHERE writer = ?1
                                UNION ALL SELECT max(sequence) FROM audit_checkpoint WHERE writer = ?1) AS ends",
        params![writer],
        |row| row.get(0),
    )?;
    Ok(last.and_then(|last| u64::try_from(last).ok()).unwrap_or_default())
}

fn write_rows(connection: &Connection, entries: &[&mut Entry]) -> sql::Result<()> {
    let heads: Vec<Head> = entries.iter().map(|entry| entry.head()).collect();
    let rows = heads.iter().zip(entries).flat_map(|(head, entry)| {
        [
            Value::Id(head.writer),
            Value::Integer(signed(head.sequence)),
            Value::Text(entry.text()),
            Value::Blob(&head.hash),
        ]
    });
    let rows: Vec<Value<'_>> = rows.collect();
    connection
        .prepare_cached("INSERT INTO audit_record (writer, sequence, record, hash) VALUES (?1, ?2, ?3, ?4)")?
        .execute_each(4, &rows)
        .map(drop)
}
