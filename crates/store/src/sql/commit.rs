//! What is one write? A change with its audit record, perhaps a binding that comes before it, the revision
//! that the caller saw, and the key that makes it safe to repeat: all in one savepoint.

use std::sync::Arc;

use domain::audit::Record;
use domain::change::{Change, Outcome};
use domain::error::Error;
use domain::id::TenantId;
use uuid::Uuid;

use super::changes::{self, Applied, Stale, Told, Tools};
use super::idempotency::{self, Once};
use super::writer::Means;
use crate::sql::Connection;
use crate::sql::failure;

/// Judges whether a caller saw the thing with this id at this revision.
pub type Seen = Arc<dyn Fn(Uuid, u64) -> bool + Send + Sync>;

/// A write.
#[derive(Clone)]
pub struct Commit {
    /// A person's first token, which comes before what was asked for.
    pub binding: Option<Change>,
    /// What was asked for; none where there is only the record to be written.
    pub change: Option<Change>,
    /// What the audit trail says of the request. What the change does is put into it.
    pub record: Record,
    /// Tells whether the caller saw what is there; none where that does not matter.
    pub seen: Option<Seen>,
    /// Makes the write safe to repeat.
    pub once: Option<Once>,
}

impl Commit {
    /// A record by itself.
    #[must_use]
    pub fn of_record(record: Record) -> Self {
        Self { binding: None, change: None, record, seen: None, once: None }
    }

    /// In whose directory something is written; none where there is only a record.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.change.as_ref().or(self.binding.as_ref()).map(Change::tenant)
    }

    /// A change with its record, and nothing else.
    #[must_use]
    pub fn of_change(change: Change, record: Record) -> Self {
        Self { change: Some(change), ..Self::of_record(record) }
    }
}

/// What came of a write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Committed {
    /// What came of the change.
    pub outcome: Outcome,
    /// The thing that it is about.
    pub target: Option<Uuid>,
    /// The revision that the thing has now, if it has one.
    pub revision: Option<u64>,
    /// What was sealed for the client when the same request was done first; none when this is the first time.
    pub before: Option<Vec<u8>>,
}

/// A write that was done, but for its records.
pub(crate) struct Done {
    pub(crate) committed: Committed,
    pub(crate) stale: Vec<Stale>,
    pub(crate) records: Vec<Record>,
}

/// What the trail says of a request that was done before.
pub const REPEATED: &str = "Answered as before: the request was repeated with its Idempotency-Key.";

/// Does one write.
pub(crate) fn apply(connection: &Connection, means: &Means, commit: &Commit) -> Result<Done, Error> {
    let mut record = commit.record.clone();
    let at = record.timestamp;
    let tools = |seen| Tools { at, seal: means.seal, random: means.random, signer: &means.signer, seen };
    let mut stale = Vec::new();
    if let Some(tenant) = commit.tenant() {
        connection.enter_to_write(tenant).map_err(failure)?;
    }
    if let Some(binding) = &commit.binding {
        let bound = changes::apply(connection, &tools(None), binding)?;
        record.changes.extend(bound.told.changes);
        stale.extend(bound.stale);
    }
    let before = match &commit.once {
        Some(once) => idempotency::recall(connection, once, at)?,
        None => None,
    };
    if let Some(before) = before {
        record.description = REPEATED.into();
        let target = match before.outcome {
            Outcome::Added(id) | Outcome::Revived(id) => Some(id),
            Outcome::Done | Outcome::Imported { .. } | Outcome::Unfinished => None,
        };
        record.target_id = target.or(record.target_id);
        let committed = Committed {
            outcome: before.outcome,
            target: record.target_id,
            revision: before.revision,
            before: Some(before.sealed),
        };
        return Ok(Done { committed, stale, records: vec![record] });
    }
    let Some(change) = &commit.change else {
        let committed = Committed { outcome: Outcome::Done, target: None, revision: None, before: None };
        return Ok(Done { committed, stale, records: vec![record] });
    };
    let Applied { outcome, revision, stale: more, told, along } =
        changes::apply(connection, &tools(commit.seen.as_ref()), change)?;
    stale.extend(more);
    if let Some(once) = &commit.once {
        idempotency::remember(connection, once, &outcome, revision, at).map_err(failure)?;
    }
    let mut records = Vec::with_capacity(1 + along.len());
    for (operation, told) in along {
        let description = "Changed along with another change of the same request.";
        let id = (means.new_id)(at);
        let base = Record { id, operation, description: description.into(), ..commit.record.clone() };
        records.push(filled(base, told));
    }
    let committed = Committed { outcome, target: told.target, revision, before: None };
    records.insert(0, filled(record, told));
    Ok(Done { committed, stale, records })
}

/// A record with what the change says. What the caller asked about stays where the change says nothing.
fn filled(mut record: Record, told: Told) -> Record {
    let Told { target, reseller, customer, changes } = told;
    record.target_id = target.or(record.target_id);
    record.reseller_id = reseller.or(record.reseller_id);
    record.customer_id = customer.or(record.customer_id);
    record.changes.extend(changes);
    record
}
