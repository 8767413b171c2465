//! Who reads? A few connections that are lent out in turn; a connection that failed is not lent again.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::error::Error;
use domain::id::TenantId;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::fair::Asker;
use crate::location::Location;
use crate::sql::failure;
use crate::sql::{self, Connection};
use crate::turns::{Places, Turn, Turns};

/// A brief reading that took longer than this waited for the disk.
const BRIEF: Duration = Duration::from_millis(2);
/// So many are then done where waiting holds nobody up.
const WARY: u32 = 256;

/// The connections that read, and how many may be lent at once.
pub(crate) struct Readers {
    location: Location,
    open: Open,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Turns<Asker>>,
    /// How many brief readings still go to a thread, since one was not brief.
    wary: AtomicU32,
}

/// How a connection is opened.
type Open = fn(&Location) -> sql::Result<Connection>;

/// A lent connection; it comes back when the work was done without fault.
pub(crate) struct Lent {
    readers: Arc<Readers>,
    /// None if it is yet to be opened, which may block.
    connection: Option<Connection>,
    /// Whose rows are read, if that is known.
    tenant: Option<TenantId>,
    _turn: Turn<Asker>,
}

impl Readers {
    pub(crate) fn new(location: Location, places: Places, open: Open) -> Arc<Self> {
        Arc::new(Self {
            location,
            open,
            idle: Mutex::default(),
            turns: Turns::new(places),
            wary: AtomicU32::new(0),
        })
    }

    /// Does some reading on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        asker: impl Into<Asker>,
        work: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let lent = self.lend(asker.into()).await?;
        let (give, given) = oneshot::channel();
        tokio::task::spawn_blocking(move || {
            // Whoever asked may have gone.
            lent.work_giving(work, |outcome| drop(give.send(outcome)));
        });
        given.await.unwrap_or_else(|_| Err(Error::Internal("a reading was given up".to_owned())))
    }

    /// Does some reading that takes microseconds when what it reads is in memory, and does it here: to hand it to
    /// another thread, and wait until that wakes and then this one, takes longer than it does (decision 0022). While
    /// the disk turns out to be slow, it goes to a thread after all.
    pub(crate) async fn read_briefly<T: Send + 'static>(
        self: &Arc<Self>,
        asker: impl Into<Asker>,
        work: impl FnOnce(&Connection) -> sql::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        if matches!(self.location, Location::Server(_)) {
            return self.read(asker, work).await;
        }
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

    /// Waits for a turn at reading, for whoever has a connection of its own.
    pub(crate) async fn turn(&self, asker: Asker) -> Result<Turn<Asker>, Error> {
        self.turns.turn(asker).await.map_err(|refusal| refusal.of(asker))
    }

    /// Lends a connection, for work on a thread of the caller's.
    pub(crate) async fn lend(self: &Arc<Self>, asker: Asker) -> Result<Lent, Error> {
        let turn = self.turn(asker).await?;
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let tenant = match asker {
            Asker::Tenant(tenant) => Some(tenant),
            Asker::Stranger | Asker::House => None,
        };
        Ok(Lent { readers: Arc::clone(self), connection, tenant, _turn: turn })
    }
}

impl Lent {
    /// Does the work in one snapshot of the database. Must be called where blocking is allowed.
    pub(crate) fn work<T>(self, work: impl FnOnce(&Connection) -> sql::Result<T>) -> Result<T, Error> {
        let mut done = Err(Error::Internal("a reading was given up".to_owned()));
        self.work_giving(work, |outcome| done = outcome);
        done
    }

    /// The same, and gives what came of it before the snapshot is ended: to end it asks a server once more, and
    /// nobody has to wait for that.
    fn work_giving<T>(
        self,
        work: impl FnOnce(&Connection) -> sql::Result<T>,
        give: impl FnOnce(Result<T, Error>),
    ) {
        let Self { readers, connection, tenant, _turn } = self;
        let opened = match connection {
            Some(connection) if connection.is_alive() => Ok(connection),
            _ => (readers.open)(&readers.location),
        };
        let connection = match opened {
            Ok(connection) => connection,
            Err(error) => return give(Err(failure(error))),
        };
        let is_ended = match connection.snapshot(tenant) {
            Ok(snapshot) => {
                let outcome = work(&snapshot);
                let is_good = outcome.is_ok();
                give(outcome.map_err(failure));
                is_good && snapshot.commit().is_ok()
            }
            Err(error) => {
                give(Err(failure(error)));
                false
            }
        };
        if is_ended && !connection.is_spoilt() {
            readers.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
