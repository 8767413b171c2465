//! Who reads? A few connections that are lent out one by one; a connection that failed is not lent again.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use domain::error::Error;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::rows::failure;

/// The connections that read, and how many may be lent at once.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A lent connection; it comes back when the work was done without fault.
pub(crate) struct Lent {
    readers: Arc<Readers>,
    connection: Connection,
    _permit: OwnedSemaphorePermit,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, most: usize) -> Arc<Self> {
        Arc::new(Self { path, idle: Mutex::default(), permits: Arc::new(Semaphore::new(most)) })
    }

    /// Does some reading on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let lent = self.lend().await?;
        tokio::task::spawn_blocking(move || lent.work(work))
            .await
            .map_err(|error| Error::Internal(error.to_string()))?
    }

    /// Lends a connection, for work on a thread of the caller's.
    pub(crate) async fn lend(self: &Arc<Self>) -> Result<Lent, Error> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| Error::Unavailable("the database is being closed".to_owned()))?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => super::reading(&self.path).map_err(failure)?,
        };
        Ok(Lent { readers: Arc::clone(self), connection, _permit: permit })
    }
}

impl Lent {
    /// Does the work in one snapshot of the database. Must be called where blocking is allowed.
    pub(crate) fn work<T>(self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        let Self { readers, connection, _permit } = self;
        let outcome = (|| {
            let snapshot = connection.unchecked_transaction()?;
            let result = work(&snapshot)?;
            snapshot.finish()?;
            Ok(result)
        })();
        if outcome.is_ok() {
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
        outcome.map_err(failure)
    }
}
