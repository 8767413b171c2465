//! Who writes? One thread with one connection. It takes all that waits into one transaction, a savepoint
//! for each change, and one fsync acknowledges them all.
//!
//! Records of reads wait here a moment for company; a change, or a full queue, takes them along at once.

mod hand;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use domain::audit::Record;
use domain::error::Error;
use domain::id::TenantId;
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::changes::Seal;
use super::commit::{Commit, Committed};
use super::group::HeldUp;
use super::loader::Loader;
use super::record_room::RecordRoom;
use super::trail::retention::Dropped;
use super::trail::segment::Entry;
use super::trail::{Signer, Trail};
use crate::fair::{Asker, FairQueue};
use crate::freshness::Generations;
use crate::location::Location;
use crate::open::Rooms;
use crate::sql::Connection;
use crate::sql::failure;
use hand::Hand;

/// How many waiting records are reason enough not to wait any longer, and as many as one transaction takes: so
/// that there is room for others soon.
const PLENTY: usize = 4_096;

/// What the writing thread needs from outside.
#[derive(Clone)]
pub(crate) struct Means {
    /// Signs the beginning of a new tenant's trail.
    pub(crate) signer: Signer,
    /// Seals what the audit trail says of a person.
    pub(crate) seal: Seal,
    /// Random bytes, for the salts of new people.
    pub(crate) random: fn() -> [u8; 32],
    /// Makes an id for a moment, for records that come along with another.
    pub(crate) new_id: fn(Timestamp) -> uuid::Uuid,
}

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// Much work in one transaction of its own. `Ok(Some(record))` commits, `Ok(None)` rolls back.
pub(crate) type Work = Box<dyn FnOnce(&mut Loader<'_>) -> Result<Option<Record>, Error> + Send>;

/// Makes the record that tells which records were dropped.
pub(crate) type TellDropped = Box<dyn FnOnce(Dropped) -> Record + Send>;

/// One small step of what is done every now and then.
enum Upkeep {
    /// Forgets outcomes of requests that are older than a day; whether there may be more.
    ForgetOutcomes(TenantId, Timestamp, Reply<bool>),
    /// Forgets what nodes told each other long ago.
    ForgetRecentWrites(Reply<()>),
    /// Drops the oldest records of a chain if they are older, with a record that tells of it.
    DropRecords(Option<TenantId>, Timestamp, TellDropped, Reply<bool>),
    /// Nothing: the records that wait are written before.
    Flush(Reply<()>),
    /// Brings all of the write-ahead log into the database and empties it.
    Settle(Reply<()>),
}

/// A commit, and who waits for it.
type Waiting = (Box<Commit>, Reply<Committed>);

struct Queue {
    commits: FairQueue<Asker, Waiting>,
    bulks: Vec<(Work, Reply<()>)>,
    upkeep: Vec<Upkeep>,
    records: Vec<Entry>,
    closing: bool,
}

/// What the writing thread takes out of the queue at a time.
struct Load {
    commits: Vec<Waiting>,
    bulks: Vec<(Work, Reply<()>)>,
    upkeep: Vec<Upkeep>,
    records: Vec<Entry>,
    closing: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    room: RecordRoom,
    well: AtomicBool,
    generations: Arc<Generations>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a record for which there is room; not if the writer is closing.
    fn take(&self, entry: Entry) -> bool {
        let mut queue = self.lock();
        if queue.closing {
            return false;
        }
        queue.records.push(entry);
        let count = queue.records.len();
        drop(queue);
        if count == 1 || count == PLENTY {
            self.wake.notify_one();
        }
        true
    }
}

/// The way to the writing thread.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        location: Location,
        trail: Trail,
        generations: Arc<Generations>,
        means: Means,
        rooms: &Rooms,
    ) -> std::io::Result<Self> {
        let queue = Queue {
            commits: FairQueue::new(rooms.commits),
            bulks: Vec::new(),
            upkeep: Vec::new(),
            records: Vec::new(),
            closing: false,
        };
        let shared = Arc::new(Shared {
            queue: Mutex::new(queue),
            wake: Condvar::new(),
            room: RecordRoom::new(),
            well: AtomicBool::new(true),
            generations,
        });
        let mut hand = Hand {
            shared: Arc::clone(&shared),
            connection,
            location,
            trail,
            means,
            held_up: HeldUp::new(),
            group: rooms.group,
            held_back: Vec::new(),
            left: None,
        };
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || hand.work())?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Whether the last transaction could be committed.
    pub(crate) fn is_well(&self) -> bool {
        self.shared.well.load(Ordering::Relaxed)
    }

    /// Commits a change and its record, and returns when both are on the disk. Refused at once, and not
    /// written, if too many wait already.
    pub(crate) async fn commit(&self, commit: Commit) -> Result<Committed, Error> {
        let (reply, answer) = oneshot::channel();
        let asker = Asker::from(commit.record.tenant_id);
        self.push(|queue| {
            queue.commits.admits(asker).map_err(|refusal| refusal.of(asker))?;
            queue.commits.push(asker, (Box::new(commit), reply));
            Ok(())
        })?;
        answered(answer).await
    }

    /// Does much work in one transaction of its own.
    pub(crate) async fn bulk(&self, work: Work) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.push(|queue| {
            queue.bulks.push((work, reply));
            Ok(())
        })?;
        answered(answer).await
    }

    /// Forgets some outcomes that are older than a day; whether there may be more.
    pub(crate) async fn forget_outcomes(&self, tenant: TenantId, now: Timestamp) -> Result<bool, Error> {
        let (reply, answer) = oneshot::channel();
        self.keep(Upkeep::ForgetOutcomes(tenant, now, reply))?;
        answered(answer).await
    }

    /// Forgets what nodes told each other long ago.
    pub(crate) async fn forget_recent_writes(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.keep(Upkeep::ForgetRecentWrites(reply))?;
        answered(answer).await
    }

    /// Drops the oldest records of a chain if all of those are older, with a record that `tell` makes; whether
    /// it did.
    pub(crate) async fn drop_records(
        &self,
        tenant: Option<TenantId>,
        before: Timestamp,
        tell: TellDropped,
    ) -> Result<bool, Error> {
        let (reply, answer) = oneshot::channel();
        self.keep(Upkeep::DropRecords(tenant, before, tell, reply))?;
        answered(answer).await
    }

    /// Returns when all records that wait are on the disk.
    pub(crate) async fn flush(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.keep(Upkeep::Flush(reply))?;
        answered(answer).await
    }

    /// Empties the write-ahead log, so that nothing that was overwritten is left in it.
    pub(crate) async fn settle(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.keep(Upkeep::Settle(reply))?;
        answered(answer).await
    }

    /// Takes the record of a read, to be written within moments. Waits while too many wait. The text is made here,
    /// by whoever asks, for the writing thread is one.
    pub(crate) async fn record(&self, record: &Record) -> Result<(), Error> {
        let entry = Entry::of(record).map_err(failure)?;
        self.shared.room.enter(record.tenant_id).await?;
        if self.shared.take(entry) { Ok(()) } else { Err(closed()) }
    }

    /// The same without waiting: whether there was room.
    pub(crate) fn record_at_once(&self, record: &Record) -> bool {
        let Ok(entry) = Entry::of(record) else { return false };
        self.shared.room.try_enter(record.tenant_id) && self.shared.take(entry)
    }

    /// Writes all that waits, seals the chain and ends the thread.
    pub(crate) fn close(&self) {
        self.shared.lock().closing = true;
        self.shared.wake.notify_one();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A panic in there was caught and told already.
            let _ = thread.join();
        }
    }

    fn keep(&self, step: Upkeep) -> Result<(), Error> {
        self.push(|queue| {
            queue.upkeep.push(step);
            Ok(())
        })
    }

    fn push(&self, put: impl FnOnce(&mut Queue) -> Result<(), Error>) -> Result<(), Error> {
        let mut queue = self.shared.lock();
        if queue.closing {
            return Err(closed());
        }
        put(&mut queue)?;
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }
}

fn closed() -> Error {
    Error::Unavailable("the database is being closed".to_owned())
}

async fn answered<T>(answer: oneshot::Receiver<Result<T, Error>>) -> Result<T, Error> {
    answer.await.unwrap_or_else(|_| Err(Error::Internal("the writer dropped a commit".to_owned())))
}

#[cfg(test)]
mod tests;
