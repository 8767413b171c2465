//! How do records get into the chain? In the transaction of what they tell, and the newest head is signed
//! in the same one.
//!
//! The newest records are rows of their own. When there are enough, they become a segment: one row with the
//! packed texts, and columns that queries ask for (see `segment`).

pub(crate) mod query;
pub(crate) mod retention;
pub(crate) mod segment;
pub(crate) mod verify;
pub(crate) mod walk;

use domain::audit::Record;
use domain::chain::{Head, Seal};
use uuid::Uuid;

use segment::Entry;

use crate::sql::{self, Connection, OptionalExtension, Value, params};

/// A checkpoint is kept for every so many records.
const CHECKPOINT_EVERY: u64 = 1_024;
/// So many records are enough for a segment, and no segment has more than the second number.
const ENOUGH: usize = 1_024;
const MOST: usize = 4_096;

/// Signs what it is given, with the key of the trail. The same bytes always give the same signature, as
/// Ed25519 does: that is how the trail knows its own hand when it is opened.
pub type Signer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send>;

/// The end of this database's chain, and the key to go on.
pub(crate) struct Trail {
    head: Head,
    signer: Signer,
    /// The records that are not in a segment yet, and the head before the first of them.
    loose: Vec<Entry>,
    before_loose: Head,
}

/// What the trail becomes when a group is committed.
pub(crate) struct Grown {
    head: Head,
    /// The records that did not wait.
    fresh: Vec<Entry>,
    /// Whether all, and the loose ones before, went into segments.
    is_packed: bool,
}

impl Trail {
    /// Begins the chain of a new database.
    pub(crate) fn begin(connection: &Connection, writer: Uuid, signer: Signer) -> sql::Result<()> {
        seal(connection, &signer, &Head::beginning(writer), Seal::Head)
    }

    /// Goes on where the database ends.
    ///
    /// An end that is missing, passed by, or that we did not sign is not believed, and signing on from it would hide
    /// that for ever: the chain then goes on after a gap, which every later walk tells.
    pub(crate) fn open(connection: &Connection, writer: Uuid, signer: Signer) -> sql::Result<Self> {
        let stored = stored(connection, writer, "")?;
        let last = last(connection, writer)?;
        let head = match stored {
            Some((Some(head), signature))
                if signer(&head.to_sign(Seal::Head)) == signature && last <= head.sequence =>
            {
                Some(head)
            }
            _ => None,
        };
        let (loose, before_loose) = match head {
            Some(head) => loose(connection, head)?,
            None => (Vec::new(), None),
        };
        let head = head.unwrap_or_else(|| after_gap(writer, last));
        Ok(Self { head, signer, loose, before_loose: before_loose.unwrap_or(head) })
    }

    /// Learns what other nodes appended to the chain, and keeps them from going on until the transaction ends.
    ///
    /// An end that no node signed, or that lies before our own, is not believed, as when the trail is opened.
    pub(crate) fn catch_up(&mut self, connection: &Connection) -> sql::Result<()> {
        if connection.postgres().is_none() {
            return Ok(());
        }
        let writer = self.head.writer;
        match stored(connection, writer, "FOR UPDATE")? {
            Some((Some(head), _)) if head == self.head => Ok(()),
            Some((Some(head), signature)) if (self.signer)(&head.to_sign(Seal::Head)) == signature => {
                if head.sequence < self.head.sequence { Ok(()) } else { self.follow(connection, head) }
            }
            _ => {
                let last = last(connection, writer)?;
                if last > self.head.sequence {
                    self.head = after_gap(writer, last);
                    self.before_loose = self.head;
                    self.loose.clear();
                }
                Ok(())
            }
        }
    }

    /// Takes what lies between our own end and one that another node signed.
    fn follow(&mut self, connection: &Connection, head: Head) -> sql::Result<()> {
        let packed = walk::end_of_segments(connection, head.writer)?;
        if packed.sequence > self.before_loose.sequence {
            self.loose.clear();
            self.before_loose = packed;
        }
        let mut last = self.loose.last().map_or(self.before_loose, Entry::head);
        let mut statement = connection.prepare_cached(
            "SELECT record FROM audit_record WHERE writer = ?1 AND sequence > ?2 ORDER BY sequence",
        )?;
        let mut rows = statement.query(params![head.writer, signed(last.sequence)])?;
        while let Some(row) = rows.next()? {
            let text = row.text(0)?;
            let record: Record = serde_json::from_str(text).map_err(|_| sql::Failure::Damaged("record"))?;
            let mut entry = Entry::with_text(&record, text.to_owned());
            last = entry.follow(&last);
            self.loose.push(entry);
        }
        if last != head {
            // They do not lead there, and a walk tells what is wrong with them.
            self.loose.clear();
            self.before_loose = head;
        }
        self.head = head;
        Ok(())
    }

    /// Appends the records of a group, those of its changes and those that waited, and signs the new end. They
    /// count only once all was committed and [`Trail::grow`] was called.
    pub(crate) fn append(
        &self,
        connection: &Connection,
        records: &[Record],
        waited: &mut [Entry],
    ) -> sql::Result<Grown> {
        let mut fresh = records.iter().map(Entry::of).collect::<sql::Result<Vec<_>>>()?;
        let mut entries: Vec<&mut Entry> = fresh.iter_mut().chain(waited).collect();
        // Readers of the trail want the newest first, and these came at different moments.
        entries.sort_by_key(|entry| entry.at());
        let mut head = self.head;
        for entry in &mut entries {
            head = entry.follow(&head);
            if head.sequence.is_multiple_of(CHECKPOINT_EVERY) {
                seal(connection, &self.signer, &head, Seal::Checkpoint)?;
            }
        }
        let is_packed = self.loose.len() + entries.len() >= ENOUGH;
        if is_packed {
            self.pack(connection, &entries)?;
        } else {
            write_rows(connection, &entries)?;
        }
        seal(connection, &self.signer, &head, Seal::Head)?;
        Ok(Grown { head, fresh, is_packed })
    }

    /// Makes segments of all loose records and of these.
    fn pack(&self, connection: &Connection, entries: &[&mut Entry]) -> sql::Result<()> {
        if !self.loose.is_empty() {
            connection
                .prepare_cached("DELETE FROM audit_record WHERE writer = ?1")?
                .execute(params![self.head.writer])?;
        }
        let all: Vec<&Entry> = self.loose.iter().chain(entries.iter().map(|entry| &**entry)).collect();
        let mut before = self.before_loose;
        for entries in all.chunks(MOST) {
            segment::write(connection, &before, entries)?;
            before = entries.last().map_or(before, |entry| entry.head());
        }
        Ok(())
    }

    /// What was appended was committed; `waited` is what [`Trail::append`] saw.
    pub(crate) fn grow(&mut self, grown: Grown, waited: impl IntoIterator<Item = Entry>) {
        let Grown { head, fresh, is_packed } = grown;
        self.head = head;
        if is_packed {
            self.loose.clear();
            self.before_loose = head;
        } else {
            self.loose.extend(fresh);
            self.loose.extend(waited);
            self.loose.sort_by_key(|entry| entry.head().sequence);
        }
    }

    /// Signs a checkpoint where the chain ends now.
    pub(crate) fn checkpoint(&self, connection: &Connection) -> sql::Result<()> {
        seal(connection, &self.signer, &self.head, Seal::Checkpoint)
    }

    /// The key of the trail.
    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Whose chain it is.
    pub(crate) fn writer(&self) -> Uuid {
        self.head.writer
    }
}

/// The end that is stored, if it can be one, and its signature.
fn stored(connection: &Connection, writer: Uuid, lock: &str) -> sql::Result<Option<(Option<Head>, Vec<u8>)>> {
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

/// Where a chain goes on that has no end to be believed.
fn after_gap(writer: Uuid, last: u64) -> Head {
    Head { sequence: last.saturating_add(1), ..Head::beginning(writer) }
}

/// The records that are in no segment, and the head before the first of them; none if they do not lead to
/// `head`: then they stay rows for ever, and a walk tells what is wrong with them.
fn loose(connection: &Connection, head: Head) -> sql::Result<(Vec<Entry>, Option<Head>)> {
    let before = walk::end_of_segments(connection, head.writer)?;
    let mut entries = Vec::new();
    let mut last = before;
    let mut statement = connection
        .prepare_cached("SELECT sequence, record FROM audit_record WHERE writer = ?1 ORDER BY sequence")?;
    let mut rows = statement.query(params![head.writer])?;
    while let Some(row) = rows.next()? {
        let text = row.text(1)?;
        let Ok(record) = serde_json::from_str::<Record>(text) else { return Ok((Vec::new(), None)) };
        let mut entry = Entry::with_text(&record, text.to_owned());
        last = entry.follow(&last);
        if row.get::<i64>(0)? != signed(last.sequence) {
            return Ok((Vec::new(), None));
        }
        entries.push(entry);
    }
    if last == head { Ok((entries, Some(before))) } else { Ok((Vec::new(), None)) }
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

fn seal(connection: &Connection, signer: &Signer, head: &Head, seal: Seal) -> sql::Result<()> {
    let (table, key) = match seal {
        Seal::Head => ("audit_head", "writer"),
        Seal::Checkpoint => ("audit_checkpoint", "writer, sequence"),
        Seal::Start => ("audit_start", "writer"),
    };
    connection
        .prepare_cached(&format!(
            "INSERT INTO {table} (writer, sequence, hash, signature) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT ({key}) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash,
                                               signature = excluded.signature"
        ))?
        .execute(params![head.writer, signed(head.sequence), head.hash, signer(&head.to_sign(seal))])?;
    Ok(())
}

fn believable(writer: Uuid, sequence: i64, hash: &[u8]) -> Option<Head> {
    Some(Head { writer, sequence: u64::try_from(sequence).ok()?, hash: hash.try_into().ok()? })
}

/// SQLite counts in signed numbers; no chain reaches half of them.
fn signed(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}
