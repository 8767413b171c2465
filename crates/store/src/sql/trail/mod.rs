//! How do records get into the trail? In the transaction of what they tell, each into the chain of its tenant, and
//! the newest head of each chain is signed in the same one. What belongs to no tenant goes into the chain of the
//! directory.
//!
//! The newest records are rows of their own. When there are enough, they become a segment: one row with the
//! packed texts, and columns that queries ask for (see `segment`).

mod chain;
pub(crate) mod query;
pub(crate) mod retention;
pub(crate) mod segment;
pub(crate) mod verify;
pub(crate) mod walk;

use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::sync::Arc;

use domain::audit::Record;
use domain::chain::{Head, Seal};
use domain::id::TenantId;
use uuid::Uuid;

use chain::{Chain, End};
use segment::Entry;

use super::derive::tenant_ids;
use crate::sql::{self, Connection, params};

/// So many loose records are kept in memory, of all chains together.
const MOST_KEPT: usize = 16_384;

/// Signs what it is given, with the key of the trail. The same bytes always give the same signature, as
/// Ed25519 does: that is how the trail knows its own hand when it is opened.
pub type Signer = Arc<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;

/// The chains of this database, as far as they were written to, and the key to go on.
pub(crate) struct Trail {
    /// Whose chain has what belongs to no tenant.
    directory: Uuid,
    signer: Signer,
    chains: HashMap<Uuid, Chain>,
    /// How many loose records are kept at most.
    kept: usize,
}

/// What the trail becomes when a group is committed.
pub(crate) struct Grown {
    ends: Vec<End>,
    /// The records that did not wait.
    fresh: Vec<Entry>,
}

/// Begins the chain of a tenant, or of the directory itself.
pub(crate) fn begin(connection: &Connection, writer: Uuid, signer: &Signer) -> sql::Result<()> {
    seal(connection, signer, &Head::beginning(writer), Seal::Head)
}

/// Whether all chains that should be there were begun.
pub(crate) fn is_begun(connection: &Connection) -> sql::Result<bool> {
    let mut note = connection.prepare_cached("SELECT 1 FROM meta WHERE name = 'chains_to_begin'")?;
    Ok(!note.exists(params![])?)
}

/// Begins the chains of tenants that were there before each had one.
pub(crate) fn begin_all(connection: &Connection, signer: &Signer) -> sql::Result<()> {
    if is_begun(connection)? {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for tenant in tenant_ids(&transaction)? {
        transaction.enter(tenant)?;
        begin(&transaction, tenant.0, signer)?;
    }
    transaction.execute("DELETE FROM meta WHERE name = 'chains_to_begin'", params![])?;
    transaction.commit()
}

impl Trail {
    /// A trail of which nothing is known yet.
    pub(crate) fn new(directory: Uuid, signer: Signer) -> Self {
        Self { directory, signer, chains: HashMap::new(), kept: 0 }
    }

    /// The chain of a tenant as it ends now; on a server, kept from other nodes until the transaction ends. Whoever
    /// wants several takes them in the order of the ids, that of the directory last: then none waits for another that
    /// waits for it.
    fn chain(&mut self, connection: &Connection, tenant: Option<TenantId>) -> sql::Result<&mut Chain> {
        if let Some(tenant) = tenant {
            connection.enter(tenant)?;
        }
        let writer = writer(self.directory, tenant);
        Ok(match self.chains.entry(writer) {
            Vacant(entry) => entry.insert(Chain::open(connection, writer, &self.signer)?),
            Occupied(entry) => {
                let chain = entry.into_mut();
                chain.catch_up(connection, &self.signer)?;
                chain
            }
        })
    }

    /// Appends the records of a group, those of its changes and those that waited, and signs the new ends. They
    /// count only once all was committed and [`Trail::grow`] was called.
    pub(crate) fn append(
        &mut self,
        connection: &Connection,
        records: &[Record],
        waited: &mut [Entry],
    ) -> sql::Result<Grown> {
        let signer = Arc::clone(&self.signer);
        let mut fresh = records.iter().map(Entry::of).collect::<sql::Result<Vec<_>>>()?;
        let mut entries: Vec<&mut Entry> = fresh.iter_mut().chain(waited).collect();
        // Readers of the trail want the newest first, and these came at different moments.
        entries.sort_by_key(|entry| (entry.tenant().is_none(), entry.tenant(), entry.at()));
        let mut ends = Vec::new();
        for entries in entries.chunk_by_mut(|one, other| one.tenant() == other.tenant()) {
            let tenant = entries.first().and_then(|entry| entry.tenant());
            ends.push(self.chain(connection, tenant)?.append(connection, &signer, entries)?);
        }
        if ends.is_empty() {
            // A database that refused the last write is asked again by a write.
            self.chain(connection, None)?.sign(connection, &signer)?;
        }
        Ok(Grown { ends, fresh })
    }

    /// What was appended was committed; `waited` is what [`Trail::append`] saw.
    pub(crate) fn grow(&mut self, grown: Grown, waited: impl IntoIterator<Item = Entry>) {
        for end in &grown.ends {
            if let Some(chain) = self.chains.get_mut(&end.writer()) {
                chain.grow(end);
            }
        }
        for entry in grown.fresh.into_iter().chain(waited) {
            let chain = self.chains.get_mut(&entry.head().writer);
            self.kept += usize::from(chain.is_some_and(|chain| chain.keep(entry)));
        }
        if self.kept > MOST_KEPT {
            self.chains.values_mut().for_each(Chain::forget_loose);
            self.kept = 0;
        }
    }

    /// Signs a checkpoint where each chain ends now that was written to.
    pub(crate) fn checkpoint(&mut self, connection: &Connection) -> sql::Result<()> {
        let signer = Arc::clone(&self.signer);
        let directory = self.directory;
        let mut writers: Vec<Uuid> = self.chains.keys().copied().collect();
        writers.sort_unstable_by_key(|writer| (*writer == directory, *writer));
        for writer in writers {
            let tenant = (writer != directory).then_some(TenantId(writer));
            self.chain(connection, tenant)?.checkpoint(connection, &signer)?;
        }
        Ok(())
    }

    /// Takes what is known of a chain for untrue, since what was done to it was given up.
    pub(crate) fn forget(&mut self, tenant: Option<TenantId>) {
        self.chains.remove(&writer(self.directory, tenant));
    }
}

/// Hands each chain to `each`, as whose it is and its writer, until that says to stop: first that of the directory, then
/// those of the tenants, each after its tenant was entered.
pub(crate) fn each_chain(
    connection: &Connection,
    directory: Uuid,
    mut each: impl FnMut(Option<TenantId>, Uuid) -> sql::Result<bool>,
) -> sql::Result<()> {
    for tenant in std::iter::once(None).chain(tenant_ids(connection)?.into_iter().map(Some)) {
        if let Some(tenant) = tenant {
            connection.enter(tenant)?;
        }
        if !each(tenant, writer(directory, tenant))? {
            break;
        }
    }
    Ok(())
}

/// Whose chain has the records of a tenant, or of none.
pub(crate) fn writer(directory: Uuid, tenant: Option<TenantId>) -> Uuid {
    tenant.map_or(directory, |tenant| tenant.0)
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

fn unsigned(sequence: i64) -> u64 {
    u64::try_from(sequence).unwrap_or_default()
}
