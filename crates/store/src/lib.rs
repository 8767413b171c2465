//! Where is it kept? The whole seam between what Rollcall does and the database it does it on. Rows never
//! leave this crate.
//!
//! There are two databases: the embedded one, which belongs to one process, and PostgreSQL, which many nodes may
//! share. What is done on them stands once, in `sql`; `sqlite` and `postgres` hold what only one of them does. Every
//! function that touches people, customers or records takes a right, a `Reach` or a `Scope`, which only
//! `domain::access` makes.

mod audit;
mod directory;
mod fair;
mod freshness;
mod listings;
mod location;
mod migrate;
mod open;
mod postgres;
mod principals;
mod sql;
mod sqlite;
mod turns;
mod upkeep;

use std::sync::Arc;

use domain::audit::Record;
use domain::change::Change;
use domain::error::Error;

pub use audit::Link;
pub use directory::{Cut, Foresight, UserView};
pub use fair::{Asker, Refusal, Room};
pub use freshness::Generation;
pub use listings::{Listing, Page, Step};
pub use location::Location;
pub use migrate::migrate;
pub use open::{OpenError, Options, Rooms};
pub use postgres::{Looked, Server, Timeouts, Verdict, examine_server, renew};
pub use sql::changes::{Destination, Seal};
pub use sql::commit::{Commit, Committed, REPEATED, Seen};
pub use sql::companies::{CustomerView, ResellerView};
pub use sql::company_lists::{CompanyField, CompanyQuery};
pub use sql::export::Item;
pub use sql::idempotency::Once;
pub use sql::listing::Standing;
pub use sql::loader::Loader;
pub use sql::principals::Person;
pub use sql::trail::Signer;
pub use sql::trail::query::AuditQuery;
pub use sql::trail::retention::Dropped;
pub use sql::trail::verify::{Finding, Found, Verification};
pub use sql::user_lists::{UserQuery, UserSort};
pub use sql::users::Inserted;
pub use sqlite::restore::restore;
pub use turns::{Places, Turn, Turns};
pub use upkeep::StoredKey;

use sql::params;
use sql::readers::Readers;
use sql::writer::Writer;

/// An open database.
pub struct Store {
    readers: Arc<Readers>,
    /// Reads that last as long as a client takes, or as the database is long: apart, so that they cannot starve the short ones.
    streams: Arc<Readers>,
    writer: Writer,
    generations: Arc<freshness::Generations>,
    epoch: [u8; 16],
    /// Whose chain of the trail has what belongs to no tenant.
    trail_of_directory: uuid::Uuid,
    /// What other nodes do, where there may be others.
    feed: Option<postgres::Feed>,
    /// Reads a few users from a server.
    lines: Option<postgres::Lines>,
    _lock: Option<sqlite::lock::Lock>,
}

impl Store {
    /// Whether the last write could be committed; while not, it is tried again and again.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.writer.is_well()
    }

    /// Returns when what is kept in memory can be judged by all that was acknowledged before this was called, on
    /// whichever node. On the embedded database there is nothing to wait for.
    ///
    /// # Errors
    /// The database cannot be asked: then what is kept may be old, and nothing may be answered from it.
    pub async fn catch_up(&self) -> Result<(), Error> {
        match &self.feed {
            Some(feed) => feed.catch_up().await,
            None => Ok(()),
        }
    }

    /// Whether other nodes may write to the same directory.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.feed.is_some()
    }

    /// Asks the database for next to nothing, to see that it answers.
    ///
    /// # Errors
    /// The database failed.
    pub async fn check(&self) -> Result<(), Error> {
        let asked = self
            .readers
            .read(Asker::House, |connection| {
                connection.query_row("SELECT count(*) FROM migration", params![], |_| Ok(()))
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
