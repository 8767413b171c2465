//! Is the trail whole? Walks every chain from its beginning and tells each record that was changed,
//! removed or cut off.

use std::collections::BTreeSet;

use domain::chain::{Head, Seal};
use domain::id::TenantId;
use uuid::Uuid;

use super::walk::{self, Met, walk};
use super::{each_chain, unsigned};
use crate::sql::derive::tenant_ids;
use crate::sql::{self, Connection, OptionalExtension, params};

/// One thing that is wrong with the trail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// The record with this number is not what was written.
    Changed(u64),
    /// One or more of the records from the first to the second number, which are packed together, are not
    /// what was written.
    ChangedWithin(u64, u64),
    /// The records from the first to the second number, which are packed together, are not filed by what they
    /// say: a query may miss some of them, or show them to others.
    Misfiled(u64, u64),
    /// The records from the first to the second number, which are packed together, cannot be read.
    Unreadable(u64, u64),
    /// The records from the first to the second number are gone.
    Removed(u64, u64),
    /// The chain ends before the last record that its signed head names.
    CutOff {
        /// The last record that is there.
        last: u64,
        /// The last record that was written.
        written: u64,
    },
    /// There are more records than the signed head covers.
    Added(u64),
    /// The signed head is missing or its signature is not ours.
    HeadForged,
    /// The signed beginning after dropped records is not ours.
    StartForged,
    /// The checkpoint at this number is not ours, or the chain did not pass it.
    CheckpointForged(u64),
    /// A chain of a writer that this database does not know.
    Stranger(Uuid),
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed(number) => write!(f, "record {number} was changed"),
            Self::ChangedWithin(first, last) => {
                write!(f, "a record among {first} to {last} was changed, or one is missing")
            }
            Self::Misfiled(first, last) => {
                write!(
                    f,
                    "records {first} to {last} are not filed by what they say, so queries may miss some"
                )
            }
            Self::Unreadable(first, last) => write!(f, "records {first} to {last} cannot be read"),
            Self::Removed(first, last) if first == last => write!(f, "record {first} was removed"),
            Self::Removed(first, last) => write!(f, "records {first} to {last} were removed"),
            Self::CutOff { last, written } => {
                write!(f, "the trail was cut off after record {last}; {written} were written")
            }
            Self::Added(number) => write!(f, "record {number} was added after the signed end of the trail"),
            Self::HeadForged => write!(f, "the signed end of the trail is missing or forged"),
            Self::StartForged => write!(f, "the signed beginning after dropped records is forged"),
            Self::CheckpointForged(number) => {
                write!(f, "the checkpoint at record {number} is forged or was passed by")
            }
            Self::Stranger(writer) => write!(f, "there are records of the unknown writer {writer}"),
        }
    }
}

/// A finding, and in whose chain it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The tenant; none for what belongs to no tenant.
    pub tenant: Option<TenantId>,
    /// What is wrong.
    pub finding: Finding,
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tenant, finding } = self;
        match tenant {
            Some(TenantId(id)) => write!(f, "in the chain of tenant {id}: {finding}"),
            None => write!(f, "in the chain of the directory: {finding}"),
        }
    }
}

/// What a walk over the trail found.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verification {
    /// How many records there are.
    pub records: u64,
    /// How many signed checkpoints the chains passed.
    pub checkpoints: u64,
    /// Everything that is wrong, up to a hundred.
    pub findings: Vec<Found>,
}

const MOST_FINDINGS: usize = 100;

impl Verification {
    fn add(&mut self, tenant: Option<TenantId>, walked: Walked) {
        self.records += walked.records;
        self.checkpoints += walked.checkpoints;
        let room = MOST_FINDINGS - self.findings.len();
        self.findings.extend(walked.findings.into_iter().take(room).map(|finding| Found { tenant, finding }));
    }
}

/// What a walk over one chain found.
#[derive(Default)]
struct Walked {
    records: u64,
    checkpoints: u64,
    findings: Vec<Finding>,
}

impl Walked {
    fn note(&mut self, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding);
        }
    }
}

/// Walks the chain of the directory and those of all tenants; `is_ours` judges a signature over the given bytes.
pub(crate) fn verify(
    connection: &Connection,
    directory: Uuid,
    is_ours: &dyn Fn(&[u8], &[u8]) -> bool,
    mut progress: impl FnMut(u64),
) -> sql::Result<Verification> {
    let mut result = Verification::default();
    let findings = strangers(connection, directory)?;
    result.add(None, Walked { findings, ..Walked::default() });
    each_chain(connection, directory, |tenant, writer| {
        let before = result.records;
        result.add(tenant, verify_chain(connection, writer, is_ours, |records| progress(before + records))?);
        progress(result.records);
        Ok(true)
    })?;
    Ok(result)
}

fn verify_chain(
    connection: &Connection,
    writer: Uuid,
    is_ours: &dyn Fn(&[u8], &[u8]) -> bool,
    mut progress: impl FnMut(u64),
) -> sql::Result<Walked> {
    let mut result = Walked::default();
    let mut in_segment = None;
    let mut checkpoints = checkpoints(connection, writer, is_ours, &mut result)?.into_iter().peekable();

    let mut head = start(connection, writer, is_ours, &mut result)?;
    walk(connection, writer, |met| {
        let goes_on = matches!(met, Met::Packed(..));
        if let Some((first, last, after)) = in_segment.take_if(|_| !goes_on) {
            // The texts of the segment ended before its last record did.
            result.note(Finding::ChangedWithin(first, last));
            head = Head { writer, sequence: last, hash: after };
        }
        let sequence = match met {
            Met::Segment { first, last, before, after, aside } => {
                if first != head.sequence.saturating_add(1) {
                    result.note(gap(&head, first));
                } else if before != head.hash {
                    result.note(Finding::Changed(head.sequence));
                }
                if !aside.agrees() {
                    result.note(Finding::Misfiled(first, last));
                }
                // What follows is judged by what is stored, so that one fault is told once.
                head = Head { writer, sequence: first.saturating_sub(1), hash: before };
                in_segment = Some((first, last, after));
                return true;
            }
            Met::Broken { first, last, after } => {
                result.note(Finding::Unreadable(first, last));
                result.records += last.saturating_sub(first).saturating_add(1);
                head = Head { writer, sequence: last, hash: after };
                last
            }
            Met::Packed(sequence, text) => {
                head = head.after(text.as_bytes());
                result.records += 1;
                if let Some((first, last, after)) = in_segment.take_if(|(_, last, _)| *last <= sequence)
                    && (last != sequence || after != head.hash)
                {
                    // One of them was changed, and no hash of its own tells which.
                    result.note(Finding::ChangedWithin(first, last));
                    head = Head { writer, sequence: last, hash: after };
                }
                sequence
            }
            Met::Loose(sequence, text, stored) => {
                let expected = head.sequence.saturating_add(1);
                if sequence != expected {
                    result.note(gap(&head, sequence));
                } else if head.after(text.as_bytes()).hash != stored {
                    result.note(Finding::Changed(sequence));
                }
                head = Head { writer, sequence, hash: stored };
                result.records += 1;
                sequence
            }
        };
        while let Some(checkpoint) = checkpoints.next_if(|checkpoint| checkpoint.sequence <= sequence) {
            // A checkpoint that a gap or a dropped segment passed by cannot be compared.
            let passed = checkpoint.sequence != sequence || checkpoint.hash == head.hash;
            if passed {
                result.checkpoints += 1;
            } else {
                result.note(Finding::CheckpointForged(sequence));
            }
        }
        if result.records.is_multiple_of(10_000) {
            progress(result.records);
        }
        true
    })?;
    if let Some((first, last, after)) = in_segment {
        result.note(Finding::ChangedWithin(first, last));
        head = Head { writer, sequence: last, hash: after };
    }
    judge_end(connection, head, is_ours, &mut result)?;
    // A signed place beyond the end: the trail was cut off, and an older signed end was put back.
    if let Some(written) = checkpoints.map(|checkpoint| checkpoint.sequence).max() {
        let cut_off = Finding::CutOff { last: head.sequence, written };
        if written > head.sequence && !result.findings.contains(&cut_off) {
            result.note(cut_off);
        }
    }
    Ok(result)
}

/// The records between the newest that was met and one that does not follow it.
fn gap(head: &Head, next: u64) -> Finding {
    Finding::Removed(head.sequence.saturating_add(1), next.saturating_sub(1))
}

/// Where the chain begins: at its beginning, or where its oldest segments were dropped by us.
fn start(
    connection: &Connection,
    writer: Uuid,
    is_ours: &dyn Fn(&[u8], &[u8]) -> bool,
    result: &mut Walked,
) -> sql::Result<Head> {
    let beginning = Head::beginning(writer);
    let Some(head) = walk::start(connection, writer)? else { return Ok(beginning) };
    let signature: Vec<u8> = connection.query_row(
        "SELECT signature FROM audit_start WHERE writer = ?1",
        params![writer],
        |row| row.get(0),
    )?;
    if is_ours(&head.to_sign(Seal::Start), &signature) {
        return Ok(head);
    }
    result.note(Finding::StartForged);
    Ok(beginning)
}

fn judge_end(
    connection: &Connection,
    last: Head,
    is_ours: &dyn Fn(&[u8], &[u8]) -> bool,
    result: &mut Walked,
) -> sql::Result<()> {
    let stored = connection
        .query_row(
            "SELECT sequence, hash, signature FROM audit_head WHERE writer = ?1",
            params![last.writer],
            |row| Ok((row.get::<i64>(0)?, row.get::<[u8; 32]>(1)?, row.get::<Vec<u8>>(2)?)),
        )
        .optional()?;
    let Some((sequence, hash, signature)) = stored else {
        result.note(Finding::HeadForged);
        return Ok(());
    };
    let head = Head { writer: last.writer, sequence: unsigned(sequence), hash };
    if !is_ours(&head.to_sign(Seal::Head), &signature) {
        result.note(Finding::HeadForged);
    } else if last.sequence < head.sequence {
        result.note(Finding::CutOff { last: last.sequence, written: head.sequence });
    } else if last.sequence > head.sequence {
        result.note(Finding::Added(head.sequence.saturating_add(1)));
    } else if last.hash != head.hash {
        result.note(Finding::Changed(last.sequence));
    }
    Ok(())
}

/// Chains of nobody that is here. On a server such a one is seen by nobody, for each transaction sees the chain of its
/// own tenant.
fn strangers(connection: &Connection, directory: Uuid) -> sql::Result<Vec<Finding>> {
    let tenants = tenant_ids(connection)?;
    let mut strangers = BTreeSet::new();
    for table in ["audit_record", "audit_segment", "audit_head", "audit_checkpoint", "audit_start"] {
        let mut writers = connection.prepare_cached(&format!("SELECT DISTINCT writer FROM {table}"))?;
        let mut rows = writers.query(params![])?;
        while let Some(row) = rows.next()? {
            strangers.insert(row.get::<Uuid>(0)?);
        }
    }
    strangers.retain(|writer| *writer != directory && tenants.binary_search(&TenantId(*writer)).is_err());
    Ok(strangers.into_iter().map(Finding::Stranger).collect())
}

fn checkpoints(
    connection: &Connection,
    writer: Uuid,
    is_ours: &dyn Fn(&[u8], &[u8]) -> bool,
    result: &mut Walked,
) -> sql::Result<Vec<Head>> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence, hash, signature FROM audit_checkpoint WHERE writer = ?1 ORDER BY sequence",
    )?;
    let mut rows = statement.query(params![writer])?;
    let mut ours = Vec::new();
    while let Some(row) = rows.next()? {
        let sequence = unsigned(row.get(0)?);
        let head = Head { writer, sequence, hash: row.get(1)? };
        if is_ours(&head.to_sign(Seal::Checkpoint), row.blob(2)?) {
            ours.push(head);
        } else {
            result.note(Finding::CheckpointForged(sequence));
        }
    }
    Ok(ours)
}
