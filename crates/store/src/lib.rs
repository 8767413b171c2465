//! Where is it kept? The whole seam between what Rollcall does and the database it does it on. Rows never
//! leave this crate.
//!
//! There is one database so far, the embedded one. Every function that touches a customer's people takes
//! a [`Scope`], which only `domain::access::grant` makes.

mod freshness;
mod migrate;
mod open;
mod sqlite;

use std::path::Path;
use std::sync::Arc;

use domain::access::Scope;
use domain::audit::Record;
use domain::change::Change;
use domain::error::Error;
use domain::id::{ClientId, TenantId};
use domain::order::OrderKey;
use domain::principal::ApiAccess;
use domain::tenant::{DomainOwner, Issuer};
use domain::text::DomainName;
use jiff::Timestamp;
use rusqlite::params;

pub use freshness::Generation;
pub use open::{OpenError, Options, restore};
pub use sqlite::export::Item;
pub use sqlite::listing::Standing;
pub use sqlite::loader::Loader;
pub use sqlite::principals::Person;
pub use sqlite::trail::Signer;
pub use sqlite::users::Inserted;
pub use sqlite::verify::{Finding, Verification};

use sqlite::listing::{self, Documents};
use sqlite::{backup, examine, export, principals, readers::Readers, rows, verify, writer::Writer};

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

/// The users of a scope at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// The customer as this scope may see it.
    pub standing: Standing,
    /// The documents joined by commas, if there is no more of them than was asked for.
    pub documents: Option<Vec<u8>>,
}

/// A cut out of a listing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The customer as this scope may see it.
    pub standing: Standing,
    /// The documents in their order.
    pub documents: Vec<String>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// A step of reading a long listing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<'a> {
    /// The customer as the scope may see it, in the snapshot that is read.
    Begin(Option<Standing>),
    /// The next user's document.
    Document(&'a str),
    /// There are no more.
    End,
}

/// A key of Rollcall's own issuer, as it is stored.
#[derive(Clone)]
pub struct StoredKey {
    /// The `kid`.
    pub key_id: String,
    /// PKCS #8.
    pub private_key: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it signs no more.
    pub retired_at: Option<Timestamp>,
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
        self.readers
            .read(|connection| connection.query_row("SELECT count(*) FROM migration", [], |_| Ok(())))
            .await
    }

    /// A number that no other database and no restored one shares: part of every `ETag`.
    #[must_use]
    pub fn epoch(&self) -> [u8; 16] {
        self.epoch
    }

    /// What is the newest now of what a scope sees. Take it before reading.
    #[must_use]
    pub fn generation(&self, scope: &Scope) -> Generation {
        self.generations.of_customer(scope.tenant(), scope.customer())
    }

    /// What is the newest now of who callers are. Take it before reading.
    #[must_use]
    pub fn directory_generation(&self) -> Generation {
        self.generations.of_directory()
    }

    /// Where a portal's domain leads.
    ///
    /// # Errors
    /// The database failed; so for every function here.
    pub async fn domain_owner(&self, domain: &DomainName) -> Result<Option<DomainOwner>, Error> {
        let domain = domain.clone();
        self.readers.read(move |connection| principals::domain_owner(connection, &domain)).await
    }

    /// All issuers that this directory trusts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn issuers(&self) -> Result<Vec<Issuer>, Error> {
        self.readers.read(principals::issuers).await
    }

    /// The API Access with this client id, of whatever tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn api_access(&self, client: ClientId) -> Result<Option<ApiAccess>, Error> {
        self.readers.read(move |connection| principals::api_access(connection, client)).await
    }

    /// The user that an issuer's subject is bound to in this tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn bound_person(
        &self,
        tenant: TenantId,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Person>, Error> {
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        self.readers
            .read(move |connection| principals::bound_person(connection, tenant, &issuer, &subject))
            .await
    }

    /// The live users of a tenant with this folded e-mail: two at most.
    ///
    /// # Errors
    /// The database failed.
    pub async fn people_by_email(&self, tenant: TenantId, folded: String) -> Result<Vec<Person>, Error> {
        self.readers.read(move |connection| principals::people_by_email(connection, tenant, &folded)).await
    }

    /// The customer as this scope may see it; nothing if it does not exist for the scope.
    ///
    /// # Errors
    /// The database failed.
    pub async fn standing(&self, scope: Scope) -> Result<Option<Standing>, Error> {
        self.readers.read(move |connection| listing::standing(connection, &scope)).await
    }

    /// The users of a scope, unless there are more than `most_users` or `most_bytes` of them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn listing(
        &self,
        scope: Scope,
        most_users: u64,
        most_bytes: usize,
    ) -> Result<Option<Listing>, Error> {
        self.readers
            .read(move |connection| {
                let Some(standing) = listing::standing(connection, &scope)? else { return Ok(None) };
                if !standing.related || standing.count > most_users {
                    return Ok(Some(Listing { standing, documents: None }));
                }
                let mut joined = Vec::new();
                Documents::prepare(connection, &scope)?.read(&scope, None, None, |document| {
                    if !joined.is_empty() {
                        joined.push(b',');
                    }
                    joined.extend_from_slice(document.as_bytes());
                    joined.len() <= most_bytes
                })?;
                let documents = (joined.len() <= most_bytes).then_some(joined);
                Ok(Some(Listing { standing, documents }))
            })
            .await
    }

    /// The next `limit` users of a scope after a place in the order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn page(
        &self,
        scope: Scope,
        after: Option<OrderKey>,
        limit: u32,
    ) -> Result<Option<Page>, Error> {
        self.readers
            .read(move |connection| {
                let Some(standing) = listing::standing(connection, &scope)? else { return Ok(None) };
                let mut documents = Vec::new();
                if standing.related {
                    Documents::prepare(connection, &scope)?.read(
                        &scope,
                        after.as_ref(),
                        Some(limit.saturating_add(1)),
                        |document| {
                            documents.push(document.to_owned());
                            true
                        },
                    )?;
                }
                let more = documents.len() > limit as usize;
                documents.truncate(limit as usize);
                Ok(Some(Page { standing, documents, more }))
            })
            .await
    }

    /// Reads all users of a scope in one snapshot, and shows each step to `visit` until it says to stop.
    /// `visit` runs where blocking is allowed.
    ///
    /// # Errors
    /// The database failed, possibly after some documents were shown.
    pub async fn stream(
        &self,
        scope: Scope,
        mut visit: impl FnMut(Step<'_>) -> bool + Send + 'static,
    ) -> Result<(), Error> {
        self.streams
            .read(move |connection| {
                let standing = listing::standing(connection, &scope)?;
                let mut going_on = visit(Step::Begin(standing));
                if going_on && standing.is_some_and(|standing| standing.related) {
                    Documents::prepare(connection, &scope)?.read(&scope, None, None, |document| {
                        going_on = visit(Step::Document(document));
                        going_on
                    })?;
                }
                if going_on {
                    visit(Step::End);
                }
                Ok(())
            })
            .await
    }

    /// Commits a change together with its audit record. When this returns, both are on the disk and every
    /// later read sees them.
    ///
    /// # Errors
    /// What the change is refused for, or the database failed; then neither was written.
    pub async fn commit(&self, change: Change, record: Record) -> Result<(), Error> {
        self.writer.commit(Some(change), record).await
    }

    /// Writes a record by itself and returns when it is on the disk.
    ///
    /// # Errors
    /// The database failed.
    pub async fn commit_record(&self, record: Record) -> Result<(), Error> {
        self.writer.commit(None, record).await
    }

    /// Takes the record of a read; it is on the disk within 100 ms, and before a clean stop ends. Waits
    /// while too many wait already.
    ///
    /// # Errors
    /// The database is being closed.
    pub async fn record(&self, record: Record) -> Result<(), Error> {
        self.writer.record(record).await
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

    /// The keys of Rollcall's own issuer, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn signing_keys(&self) -> Result<Vec<StoredKey>, Error> {
        self.readers
            .read(|connection| {
                connection
                    .prepare("SELECT key_id, private_key, created_at, retired_at FROM signing_key ORDER BY created_at DESC, key_id")?
                    .query_map([], |row| {
                        Ok(StoredKey {
                            key_id: row.get(0)?,
                            private_key: row.get(1)?,
                            created_at: rows::time_of(row.get(2)?)?.ok_or_else(|| rows::damaged("created_at"))?,
                            retired_at: rows::time_of(row.get(3)?)?,
                        })
                    })?
                    .collect()
            })
            .await
    }

    /// Puts the keys of Rollcall's own issuer in the place of those that are stored.
    ///
    /// # Errors
    /// The database failed.
    pub async fn replace_signing_keys(&self, keys: Vec<StoredKey>, record: Record) -> Result<(), Error> {
        self.bulk(move |loader| {
            loader.replace_signing_keys(&keys)?;
            Ok(Some(record))
        })
        .await
    }

    /// A secret of the database that never leaves it but through this function.
    ///
    /// # Errors
    /// The database failed, or has no such secret.
    pub async fn secret(&self, name: &'static str) -> Result<Vec<u8>, Error> {
        self.readers
            .read(move |connection| {
                connection
                    .query_row("SELECT value FROM meta WHERE name = ?1", params![name], |row| row.get(0))
            })
            .await
    }

    /// Walks the audit trail and tells what is wrong with it. Tells how many records were looked at.
    ///
    /// # Errors
    /// The database failed.
    pub async fn verify_trail(
        &self,
        is_ours: impl Fn(&[u8], &[u8]) -> bool + Send + 'static,
        progress: impl FnMut(u64) + Send + 'static,
    ) -> Result<Verification, Error> {
        let writer = self.trail_writer;
        self.streams.read(move |connection| verify::verify(connection, writer, &is_ours, progress)).await
    }

    /// Reads the whole file and tells everything that is wrong with it; nothing if it is whole.
    ///
    /// # Errors
    /// The database failed.
    pub async fn examine(&self) -> Result<Vec<String>, Error> {
        self.streams.read(examine::examine).await
    }

    /// Hands out every audit record, oldest first: number, exact text and hash, until `each` says to stop.
    ///
    /// # Errors
    /// The database failed.
    pub async fn audit_records(
        &self,
        mut each: impl FnMut(u64, &str, &[u8]) -> bool + Send + 'static,
    ) -> Result<(), Error> {
        let writer = self.trail_writer;
        self.streams
            .read(move |connection| {
                let mut statement = connection.prepare(
                    "SELECT sequence, record, hash FROM audit_record WHERE writer = ?1 ORDER BY sequence",
                )?;
                let mut rows = statement.query([writer])?;
                while let Some(row) = rows.next()? {
                    let sequence = u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default();
                    if !each(sequence, row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_blob()?) {
                        break;
                    }
                }
                Ok(())
            })
            .await
    }

    /// Hands out everything in the directory in one snapshot, of one tenant only if `only` says so, until
    /// `each` says to stop.
    ///
    /// # Errors
    /// The database failed.
    pub async fn walk(
        &self,
        only: Option<TenantId>,
        mut each: impl FnMut(Item) -> bool + Send + 'static,
    ) -> Result<(), Error> {
        enum End {
            Stopped,
            Failed(rusqlite::Error),
        }
        impl From<rusqlite::Error> for End {
            fn from(error: rusqlite::Error) -> Self {
                Self::Failed(error)
            }
        }
        self.streams
            .read(move |connection| {
                match export::walk(
                    connection,
                    only,
                    |item| if each(item) { Ok(()) } else { Err(End::Stopped) },
                ) {
                    Ok(()) | Err(End::Stopped) => Ok(()),
                    Err(End::Failed(error)) => Err(error),
                }
            })
            .await
    }

    /// Copies the database into a new file while it is used. Tells `(done, all)` pages.
    ///
    /// # Errors
    /// The file exists or cannot be written, or the database failed.
    pub async fn backup(
        &self,
        target: &Path,
        progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<(), Error> {
        let target = target.to_owned();
        let lent = self.streams.lend().await?;
        tokio::task::spawn_blocking(move || {
            lent.work(|connection| Ok(backup::copy_out(connection, &target, progress)))
        })
        .await
        .map_err(|error| Error::Internal(error.to_string()))??
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
