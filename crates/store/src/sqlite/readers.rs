//! Who reads? A few connections that are lent out in turn; a connection that failed is not lent again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::error::Error;
use rusqlite::Connection;
use tokio::time::Instant;

use super::rows::failure;
use crate::fair::Asker;
use crate::turns::{Places, Turn, Turns};

/// A brief reading that took longer than this waited for the disk.
const BRIEF: Duration = Duration::from_millis(2);
/// So many are then done where waiting holds nobody up.
const WARY: u32 = 256;

/// The connections that read, and how many may be lent at once.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Turns<Asker>>,
    /// How many brief readings still go to a thread, since one was not brief.
    wary: AtomicU32,
}

/// A lent connection; it comes back when the work was done without fault.
pub(crate) struct Lent {
    readers: Arc<Readers>,
    connection: Connection,
    _turn: Turn<Asker>,
}

impl Readers {
    pub(crate) fn new(path: PathBuf, places: Places) -> Arc<Self> {
        Arc::new(Self { path, idle: Mutex::default(), turns: Turns::new(places), wary: AtomicU32::new(0) })
    }

    /// Does some reading on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        asker: impl Into<Asker>,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let lent = self.lend(asker.into()).await?;
        tokio::task::spawn_blocking(move || lent.work(work))
            .await
            .map_err(|error| Error::Internal(error.to_string()))?
    }

    /// Does some reading that takes microseconds when what it reads is in memory, and does it here: to hand it to
    /// another thread, and wait until that wakes and then this one, takes longer than it does (decision 0022). While
    /// the disk turns out to be slow, it goes to a thread after all.
    pub(crate) async fn read_briefly<T: Send + 'static>(
        self: &Arc<Self>,
        asker: impl Into<Asker>,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let wary = self.wary.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if wary.is_ok() {
            return self.read(asker, work).await;
        }
        let lent = self.lend(asker.into()).await?;
        let began = Instant::now();
        let outcome = lent.work(work);
        if began.elapsed() > BRIEF {
            self.wary.store(WARY, Ordering::Relaxed);
        }
        outcome
    }

    /// Lends a connection, for work on a thread of the caller's.
    pub(crate) async fn lend(self: &Arc<Self>, asker: Asker) -> Result<Lent, Error> {
        let turn = self.turns.turn(asker).await.map_err(|refusal| refusal.of(asker))?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => super::reading(&self.path).map_err(failure)?,
        };
        Ok(Lent { readers: Arc::clone(self), connection, _turn: turn })
    }
}

impl Lent {
    /// Does the work in one snapshot of the database. Must be called where blocking is allowed.
    pub(crate) fn work<T>(self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, Error> {
        let Self { readers, connection, _turn } = self;
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
