//! Who writes? One thread with one connection. It takes all that waits into one transaction, a savepoint
//! for each change, and one fsync acknowledges them all.
//!
//! Records of reads wait here a moment for company; a change, or a full queue, takes them along at once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use domain::audit::Record;
use domain::error::Error;
use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::changes::{Seal, Stale};
use super::commit::{Commit, Committed};
use super::group::{self, Applied, Results};
use super::idempotency;
use super::loader::Loader;
use super::record_room::RecordRoom;
use super::rows::failure;
use super::trail::retention::{self, Dropped};
use super::trail::segment::Entry;
use super::trail::{Grown, Trail};
use crate::fair::{Asker, FairQueue};
use crate::freshness::Generations;
use crate::open::Rooms;

/// How long the record of a read waits for company: what a crash can lose, and well below the 100 ms that
/// the contract allows. Long enough that a busy server writes segments at once, and not rows before.
const COMPANY: Duration = Duration::from_millis(50);
/// How many waiting records are reason enough not to wait any longer, and as many as one transaction takes: so
/// that there is room for others soon.
const PLENTY: usize = 4_096;
/// How long to wait before trying again what the database refused.
const RETRY: Duration = Duration::from_millis(250);

/// How often a clean stop tries again to write the records that the database refused, before it gives up.
const LAST_TRIES: u32 = 4;

/// What the writing thread needs from outside.
#[derive(Clone, Copy)]
pub(crate) struct Means {
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
    ForgetOutcomes(Timestamp, Reply<bool>),
    /// Drops the oldest segment of the trail if it is older, with a record that tells of it.
    DropRecords(Timestamp, TellDropped, Reply<bool>),
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
            trail,
            means,
            group: rooms.group,
            held_back: Vec::new(),
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
    pub(crate) async fn forget_outcomes(&self, now: Timestamp) -> Result<bool, Error> {
        let (reply, answer) = oneshot::channel();
        self.keep(Upkeep::ForgetOutcomes(now, reply))?;
        answered(answer).await
    }

    /// Drops the oldest segment of the trail if all of it is older, with a record that `tell` makes; whether
    /// it did.
    pub(crate) async fn drop_records(&self, before: Timestamp, tell: TellDropped) -> Result<bool, Error> {
        let (reply, answer) = oneshot::channel();
        self.keep(Upkeep::DropRecords(before, tell, reply))?;
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

/// The writing thread's own things.
struct Hand {
    shared: Arc<Shared>,
    connection: Connection,
    trail: Trail,
    means: Means,
    /// How many commits one transaction takes.
    group: usize,
    /// Records that the database refused last time: they go first next time.
    held_back: Vec<Entry>,
}

impl Hand {
    #[expect(clippy::disallowed_methods, reason = "this thread has nothing else to do before it tries again")]
    fn work(&mut self) {
        loop {
            let Load { commits, bulks, upkeep, records, closing } = self.next();
            self.held_back.extend(records);
            // A database that refused the last write is tried again even without anything to write, so that
            // it is found well when it heals.
            let pressing = !self.held_back.is_empty() || !commits.is_empty() || !self.is_well();
            if pressing {
                self.guarded(|hand| hand.group(commits));
            }
            for (work, reply) in bulks {
                self.guarded(|hand| hand.bulk(work, reply));
            }
            for step in upkeep {
                self.guarded(|hand| hand.keep_up(step));
            }
            if closing {
                for _ in 0..LAST_TRIES {
                    if self.held_back.is_empty() {
                        break;
                    }
                    std::thread::sleep(RETRY);
                    self.guarded(|hand| hand.group(Vec::new()));
                }
                self.guarded(Self::farewell);
                self.shared.room.close();
                return;
            }
        }
    }

    /// Waits for work, and a moment more for company when only reads are waiting.
    fn next(&mut self) -> Load {
        let nothing_waits = |queue: &Queue| {
            queue.commits.is_empty() && queue.bulks.is_empty() && queue.upkeep.is_empty() && !queue.closing
        };
        let idle = |queue: &Queue| nothing_waits(queue) && queue.records.is_empty();
        let lonely = |queue: &Queue| nothing_waits(queue) && queue.records.len() < PLENTY;
        let mut queue = self.shared.lock();
        let is_healthy = self.held_back.is_empty() && self.is_well();
        if is_healthy {
            queue = self
                .shared
                .wake
                .wait_while(queue, |queue| idle(queue))
                .unwrap_or_else(PoisonError::into_inner);
        }
        if lonely(&queue) {
            let patience = if is_healthy { COMPANY } else { RETRY };
            let (lonely_queue, _) = self
                .shared
                .wake
                .wait_timeout_while(queue, patience, |queue| lonely(queue))
                .unwrap_or_else(PoisonError::into_inner);
            queue = lonely_queue;
        }
        let Queue { commits, bulks, upkeep, records, closing } = &mut *queue;
        // A long queue is taken in parts, so that whoever comes now has not to wait for all of it; a flush and
        // the end take all.
        let (most, plenty) = if *closing { (usize::MAX, usize::MAX) } else { (self.group, PLENTY) };
        let plenty = if upkeep.is_empty() { plenty.min(records.len()) } else { records.len() };
        Load {
            commits: commits.take(most),
            bulks: std::mem::take(bulks),
            upkeep: std::mem::take(upkeep),
            records: records.drain(..plenty).collect(),
            closing: *closing,
        }
    }

    fn is_well(&self) -> bool {
        self.shared.well.load(Ordering::Relaxed)
    }

    /// Runs one piece of work; a panic in it costs its answers and not the thread. Its transaction goes with
    /// the unwinding, and the trail in memory has not grown.
    fn guarded(&mut self, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.shared.well.store(false, Ordering::Relaxed);
        }
    }

    /// One transaction for all commits and all records that wait.
    fn group(&mut self, commits: Vec<Waiting>) {
        let outcome = self.transact(&commits);
        self.shared.well.store(outcome.is_ok(), Ordering::Relaxed);
        match outcome {
            Ok((results, grown)) => {
                self.shared.room.leave(self.held_back.iter().map(Entry::tenant));
                self.trail.grow(grown, self.held_back.drain(..));
                for ((_, reply), result) in commits.into_iter().zip(results) {
                    let answer = result.map(|(committed, stale)| {
                        stale.into_iter().for_each(|stale| self.raise(stale));
                        committed
                    });
                    // Whoever asked may have gone; the commit stands.
                    let _ = reply.send(answer);
                }
            }
            Err(error) => {
                for (_, reply) in commits {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn raise(&self, stale: Stale) {
        let generations = &self.shared.generations;
        match stale {
            Stale::Customer(tenant, customer) => generations.raise_customer(tenant, customer),
            Stale::Person(tenant, user) => generations.raise_person(tenant, user),
            Stale::Directory => generations.raise_directory(),
        }
    }

    fn transact(&mut self, commits: &[Waiting]) -> Result<(Results, Grown), Error> {
        let mut transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
        let commits: Vec<&Commit> = commits.iter().map(|(commit, _)| &**commit).collect();
        let Applied { results, records } = group::apply(&mut transaction, &self.means, &commits)?;
        let grown = self.trail.append(&transaction, &records, &mut self.held_back).map_err(failure)?;
        transaction.commit().map_err(failure)?;
        Ok((results, grown))
    }

    fn bulk(&mut self, work: Work, reply: Reply<()>) {
        let outcome = self.bulk_transaction(work).map(|grown| {
            if let Some(grown) = grown {
                self.trail.grow(grown, []);
            }
        });
        self.shared.generations.raise_everything();
        let _ = reply.send(outcome);
    }

    /// Sorting for indexes must not take the memory: it may use files, which the system removes by itself, and less
    /// of the cache.
    fn bulk_transaction(&mut self, work: Work) -> Result<Option<Grown>, Error> {
        self.connection
            .execute_batch("PRAGMA temp_store = FILE; PRAGMA cache_size = -32768")
            .map_err(failure)?;
        let outcome = self.load(work);
        // What is committed stays so, wherever later sorts take place and whatever the cache still holds.
        let _ = self
            .connection
            .execute_batch("PRAGMA temp_store = MEMORY; PRAGMA shrink_memory; PRAGMA cache_size = -65536");
        outcome
    }

    fn load(&mut self, work: Work) -> Result<Option<Grown>, Error> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
        let mut loader = Loader::begin(&transaction, &self.means);
        let Some(record) = work(&mut loader)? else { return Ok(None) };
        loader.finish()?;
        let grown = self.trail.append(&transaction, &[record], &mut []).map_err(failure)?;
        transaction.commit().map_err(failure)?;
        Ok(Some(grown))
    }

    fn keep_up(&mut self, step: Upkeep) {
        match step {
            Upkeep::ForgetOutcomes(now, reply) => {
                let _ = reply.send(idempotency::forget(&self.connection, now).map_err(failure));
            }
            Upkeep::DropRecords(before, tell, reply) => {
                let _ = reply.send(self.drop_records(before, tell).map_err(failure));
            }
            Upkeep::Flush(reply) => {
                let _ = reply.send(Ok(()));
            }
            Upkeep::Settle(reply) => {
                let settled = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
                let _ = reply.send(settled.map_err(failure));
            }
        }
    }

    fn drop_records(&mut self, before: Timestamp, tell: TellDropped) -> rusqlite::Result<bool> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(dropped) = retention::drop_oldest(&transaction, &self.trail, before)? else {
            return Ok(false);
        };
        let grown = self.trail.append(&transaction, &[tell(dropped)], &mut [])?;
        transaction.commit()?;
        self.trail.grow(grown, []);
        Ok(true)
    }

    /// Seals the chain where a clean stop leaves it.
    fn farewell(&mut self) {
        // A database that refuses even this is told by the next start; there is nobody left to ask.
        let _ = self.trail.checkpoint(&self.connection);
        let _ = self.connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
    }
}

#[cfg(test)]
mod tests;
