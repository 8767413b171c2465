//! What is done with the database as a whole: keys and secrets, backup, and everything in one walk.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::audit::Record;
use domain::error::Error;
use domain::id::TenantId;
use jiff::Timestamp;

use crate::fair::Asker;
use crate::sql::{self, params};
use crate::sql::{export, idempotency, rows};
use crate::sqlite::{backup, examine};
use crate::{Item, Store};

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
    /// The keys of Rollcall's own issuer, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn signing_keys(&self) -> Result<Vec<StoredKey>, Error> {
        self.readers
            .read(Asker::House, |connection| {
                connection
                    .prepare_cached("SELECT key_id, private_key, created_at, retired_at FROM signing_key ORDER BY created_at DESC, key_id")?
                    .query_map(params![], |row| {
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

    /// Puts the keys of Rollcall's own issuer in the place of those `before`; false, and nothing is written, if others
    /// are stored by now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn replace_signing_keys(
        &self,
        before: Vec<StoredKey>,
        keys: Vec<StoredKey>,
        record: Record,
    ) -> Result<bool, Error> {
        let is_replaced = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_replaced);
        self.bulk(move |loader| {
            let is_replaced = loader.replace_signing_keys(&before, &keys)?;
            told.store(is_replaced, Ordering::Relaxed);
            Ok(is_replaced.then_some(record))
        })
        .await?;
        Ok(is_replaced.load(Ordering::Relaxed))
    }

    /// A secret of the database that never leaves it but through this function.
    ///
    /// # Errors
    /// The database failed, or has no such secret.
    pub async fn secret(&self, name: &'static str) -> Result<Vec<u8>, Error> {
        self.readers
            .read(Asker::House, move |connection| {
                connection
                    .query_row("SELECT value FROM meta WHERE name = ?1", params![name], |row| row.get(0))
            })
            .await
    }

    /// Reads the whole file and tells everything that is wrong with it; nothing if it is whole.
    ///
    /// # Errors
    /// The database failed.
    pub async fn examine(&self) -> Result<Vec<String>, Error> {
        self.streams
            .read(Asker::House, |connection| connection.sqlite().map_or(Ok(Vec::new()), examine::examine))
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
            Failed(sql::Failure),
        }
        impl From<sql::Failure> for End {
            fn from(error: sql::Failure) -> Self {
                Self::Failed(error)
            }
        }
        self.streams
            .read(Asker::House, move |connection| {
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
        let lent = self.streams.lend(Asker::House).await?;
        tokio::task::spawn_blocking(move || {
            lent.work(|connection| {
                let Some(embedded) = connection.sqlite() else {
                    return Ok(Err(Error::invalid(
                        "database",
                        "A PostgreSQL database is backed up by PostgreSQL's own tools; docs/operations.md says how.",
                    )));
                };
                Ok(backup::copy_out(embedded, &target, progress))
            })
        })
        .await
        .map_err(|error| Error::Internal(error.to_string()))??
    }

    /// The tenants with outcomes of repeated requests that are older than a day.
    ///
    /// # Errors
    /// The database failed.
    pub async fn outcomes_due(&self, now: Timestamp) -> Result<Vec<TenantId>, Error> {
        self.streams.read(Asker::House, move |connection| idempotency::due(connection, now)).await
    }

    /// Forgets some outcomes of a tenant that are older than a day; whether there may be more.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_outcomes(&self, tenant: TenantId, now: Timestamp) -> Result<bool, Error> {
        self.writer.forget_outcomes(tenant, now).await
    }

    /// Forgets what nodes told each other so long ago that all have heard it. On the embedded database there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_recent_writes(&self) -> Result<(), Error> {
        if self.is_shared() { self.writer.forget_recent_writes().await } else { Ok(()) }
    }

    /// Empties the write-ahead log, so that nothing that was overwritten is left in it.
    ///
    /// # Errors
    /// The database failed, or somebody reads an older state right now.
    pub async fn settle(&self) -> Result<(), Error> {
        self.writer.settle().await
    }
}
