//! Where is it kept? The whole seam between what Rollcall does and the database it does it on. Rows never
//! leave this crate.
//!
//! There is one database so far, the embedded one. Every function that touches people, customers or records
//! takes a right, a `Reach` or a `Scope`, which only `domain::access` makes.

mod audit;
mod directory;
mod fair;
mod freshness;
mod listings;
mod migrate;
mod open;
mod principals;
mod sqlite;
mod turns;
mod upkeep;

use std::sync::Arc;

use domain::audit::Record;
use domain::change::Change;
use domain::error::Error;

pub use directory::{Cut, Foresight, UserView};
pub use fair::{Asker, Refusal, Room};
pub use freshness::Generation;
pub use listings::{Listing, Page, Step};
pub use open::{OpenError, Options, Rooms, restore};
pub use sqlite::changes::{Destination, Seal};
pub use sqlite::commit::{Commit, Committed, REPEATED, Seen};
pub use sqlite::companies::{CustomerView, ResellerView};
pub use sqlite::company_lists::{CompanyField, CompanyQuery};
pub use sqlite::export::Item;
pub use sqlite::idempotency::Once;
pub use sqlite::listing::Standing;
pub use sqlite::loader::Loader;
pub use sqlite::principals::Person;
pub use sqlite::trail::Signer;
pub use sqlite::trail::query::AuditQuery;
pub use sqlite::trail::verify::{Finding, Verification};
pub use sqlite::user_lists::{UserQuery, UserSort};
pub use sqlite::users::Inserted;
pub use turns::{Places, Turn, Turns};
pub use upkeep::StoredKey;

use sqlite::{readers::Readers, writer::Writer};

/// An open database.
pub struct Store {
    readers: Arc<Readers>,
    /// Reads that last as long as a client takes, or as the database is long: apart, so that they cannot starve the short ones.
    streams: Arc<Readers>,
    writer: Writer,
    generations: Arc<freshness::Generations>,
    epoch: [u8; 16],
    trail_writer: uuid::Uuid,
    _lock: sqlite::lock::Lock,
}

impl Store {
    /// Whether the last write could be committed; while not, it is tried again and again.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.writer.is_well()
    }

    /// Asks the database for next to nothing, to see that it answers.
    ///
    /// # Errors
    /// The database failed.
    pub async fn check(&self) -> Result<(), Error> {
        let asked = self
            .readers
            .read(Asker::House, |connection| {
                connection.query_row("SELECT count(*) FROM migration", [], |_| Ok(()))
            })
            .await;
        // A database that has much to do does answer.
        if asked == Err(Error::Busy) { Ok(()) } else { asked }
    }

    /// A number that no other database and no restored one shares: part of every `ETag`.
    #[must_use]
    pub fn epoch(&self) -> [u8; 16] {
        self.epoch
    }

    /// Commits a write: the change, the record and what makes it safe to repeat. When this returns, all of it
    /// is on the disk and every later read sees it.
    ///
    /// # Errors
    /// What the change is refused for, or the database failed; then nothing was written.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, Error> {
        self.writer.commit(commit).await
    }

    /// Commits a change with its record, and nothing else.
    ///
    /// # Errors
    /// As of [`Store::commit`].
    pub async fn commit_change(&self, change: Change, record: Record) -> Result<Committed, Error> {
        self.writer.commit(Commit::of_change(change, record)).await
    }

    /// Writes a record by itself and returns when it is on the disk.
    ///
    /// # Errors
    /// The database failed.
    pub async fn commit_record(&self, record: Record) -> Result<(), Error> {
        self.writer.commit(Commit::of_record(record)).await.map(drop)
    }

    /// Takes the record of a read; it is on the disk within 100 ms, and before a clean stop ends. Waits
    /// while too many wait already.
    ///
    /// # Errors
    /// The database is being closed.
    pub async fn record(&self, record: Record) -> Result<(), Error> {
        self.writer.record(&record).await
    }

    /// The same without waiting: whether there was room.
    #[must_use]
    pub fn record_at_once(&self, record: &Record) -> bool {
        self.writer.record_at_once(record)
    }

    /// Writes all records of reads that were taken so far, and returns when they are on the disk.
    ///
    /// # Errors
    /// The database is being closed.
    pub async fn flush(&self) -> Result<(), Error> {
        self.writer.flush().await
    }

    /// Does much work in one transaction. `Ok(Some(record))` commits it with that record, `Ok(None)` rolls
    /// it back.
    ///
    /// # Errors
    /// What the work failed with, or the database failed; then nothing was written.
    pub async fn bulk(
        &self,
        work: impl FnOnce(&mut Loader<'_>) -> Result<Option<Record>, Error> + Send + 'static,
    ) -> Result<(), Error> {
        self.writer.bulk(Box::new(work)).await
    }

    /// Writes all that waits and ends the writer. Must be called where blocking is allowed.
    pub fn close(&self) {
        self.writer.close();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.writer.close();
    }
}
