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
use domain::chain::Head;
use domain::change::Change;
use domain::error::Error;
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{Semaphore, oneshot};

use super::changes::{self, Stale};
use super::loader::Loader;
use super::rows::failure;
use super::trail::Trail;
use crate::freshness::Generations;

/// How long the record of a read waits for company: what a crash can lose, and well below the 100 ms that
/// the contract allows.
const COMPANY: Duration = Duration::from_millis(20);
/// How many records of reads may wait; then requests wait, and nothing is dropped.
const QUEUE: usize = 16_384;
/// How many waiting records are reason enough not to wait any longer.
const PLENTY: usize = 4_096;
/// How long to wait before trying again what the database refused.
const RETRY: Duration = Duration::from_millis(250);

/// How often a clean stop tries again to write the records that the database refused, before it gives up.
const LAST_TRIES: u32 = 4;

/// A change with its record, for one transaction.
pub(crate) struct Commit {
    pub(crate) change: Option<Change>,
    pub(crate) record: Record,
    pub(crate) reply: oneshot::Sender<Result<(), Error>>,
}

/// Much work in one transaction of its own. `Ok(Some(record))` commits, `Ok(None)` rolls back.
pub(crate) type Work = Box<dyn FnOnce(&mut Loader<'_>) -> Result<Option<Record>, Error> + Send>;

struct Bulk {
    work: Work,
    reply: oneshot::Sender<Result<(), Error>>,
}

#[derive(Default)]
struct Queue {
    commits: Vec<Commit>,
    bulks: Vec<Bulk>,
    records: Vec<Record>,
    closing: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    room: Semaphore,
    well: AtomicBool,
    generations: Arc<Generations>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
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
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
            room: Semaphore::new(QUEUE),
            well: AtomicBool::new(true),
            generations,
        });
        let mut hand = Hand { shared: Arc::clone(&shared), connection, trail, held_back: Vec::new() };
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || hand.work())?;
        Ok(Self { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Whether the last transaction could be committed.
    pub(crate) fn is_well(&self) -> bool {
        self.shared.well.load(Ordering::Relaxed)
    }

    /// Commits a change and its record, and returns when both are on the disk.
    pub(crate) async fn commit(&self, change: Option<Change>, record: Record) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.push(|queue| queue.commits.push(Commit { change, record, reply }))?;
        answered(answer).await
    }

    /// Does much work in one transaction of its own.
    pub(crate) async fn bulk(&self, work: Work) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.push(|queue| queue.bulks.push(Bulk { work, reply }))?;
        answered(answer).await
    }

    /// Takes the record of a read, to be written within moments. Waits while the queue is full.
    pub(crate) async fn record(&self, record: Record) -> Result<(), Error> {
        let room = self.shared.room.acquire().await.map_err(|_| closed())?;
        room.forget();
        let mut queue = self.shared.lock();
        if queue.closing {
            return Err(closed());
        }
        queue.records.push(record);
        let count = queue.records.len();
        drop(queue);
        if count == 1 || count == PLENTY {
            self.shared.wake.notify_one();
        }
        Ok(())
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

    fn push(&self, put: impl FnOnce(&mut Queue)) -> Result<(), Error> {
        let mut queue = self.shared.lock();
        if queue.closing {
            return Err(closed());
        }
        put(&mut queue);
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }
}

fn closed() -> Error {
    Error::Unavailable("the database is being closed".to_owned())
}

async fn answered(answer: oneshot::Receiver<Result<(), Error>>) -> Result<(), Error> {
    answer.await.unwrap_or_else(|_| Err(Error::Internal("the writer dropped a commit".to_owned())))
}

/// The writing thread's own things.
struct Hand {
    shared: Arc<Shared>,
    connection: Connection,
    trail: Trail,
    /// Records that the database refused last time: they go first next time.
    held_back: Vec<Record>,
}

impl Hand {
    #[expect(clippy::disallowed_methods, reason = "this thread has nothing else to do before it tries again")]
    fn work(&mut self) {
        loop {
            let Queue { commits, bulks, records, closing } = self.next();
            self.held_back.extend(records);
            // A database that refused the last write is tried again even without anything to write, so that
            // it is found well when it heals.
            let pressing = !self.held_back.is_empty() || !commits.is_empty() || !self.is_well();
            if pressing {
                self.guarded(|hand| hand.group(commits));
            }
            for bulk in bulks {
                self.guarded(|hand| hand.bulk(bulk));
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
    fn next(&mut self) -> Queue {
        let idle = |queue: &Queue| {
            queue.commits.is_empty() && queue.bulks.is_empty() && queue.records.is_empty() && !queue.closing
        };
        let lonely = |queue: &Queue| {
            queue.commits.is_empty()
                && queue.bulks.is_empty()
                && queue.records.len() < PLENTY
                && !queue.closing
        };
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
        let closing = queue.closing;
        Queue { closing, ..std::mem::take(&mut *queue) }.keep_closing(&mut queue)
    }

    fn is_well(&self) -> bool {
        self.shared.well.load(Ordering::Relaxed)
    }

    /// Runs one piece of work; a panic in it costs its answers and not the thread.
    fn guarded(&mut self, work: impl FnOnce(&mut Self)) {
        let before = self.trail.head();
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.shared.well.store(false, Ordering::Relaxed);
            // The transaction went with the unwinding; the head in memory must go back to the stored one.
            let writer = self.trail.head().writer;
            let stored = self.connection.query_row(
                "SELECT sequence, hash FROM audit_head WHERE writer = ?1",
                [writer],
                |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)),
            );
            self.trail.rewind(match stored {
                Ok((sequence, hash)) => {
                    Head { writer, sequence: u64::try_from(sequence).unwrap_or_default(), hash }
                }
                Err(_) => before,
            });
        }
    }

    /// One transaction for all commits and all records that wait.
    fn group(&mut self, commits: Vec<Commit>) {
        let before = self.trail.head();
        let outcome = self.transact(&commits);
        self.shared.well.store(outcome.is_ok(), Ordering::Relaxed);
        match outcome {
            Ok(results) => {
                self.shared.room.add_permits(self.held_back.len());
                self.held_back.clear();
                for (commit, result) in commits.into_iter().zip(results) {
                    let answer = result.map(|stale| {
                        for stale in stale {
                            match stale {
                                Stale::Customer(tenant, customer) => {
                                    self.shared.generations.raise_customer(tenant, customer);
                                }
                                Stale::Directory => self.shared.generations.raise_directory(),
                            }
                        }
                    });
                    // Whoever asked may have gone; the commit stands.
                    let _ = commit.reply.send(answer);
                }
            }
            Err(error) => {
                self.trail.rewind(before);
                for commit in commits {
                    let _ = commit.reply.send(Err(error.clone()));
                }
            }
        }
    }

    fn transact(&mut self, commits: &[Commit]) -> Result<Vec<Result<Vec<Stale>, Error>>, Error> {
        let mut transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
        let mut results = Vec::with_capacity(commits.len());
        for commit in commits {
            let savepoint = transaction.savepoint().map_err(failure)?;
            let result = match &commit.change {
                Some(change) => changes::apply(&savepoint, change),
                None => Ok(Vec::new()),
            };
            match &result {
                Ok(_) => {
                    self.trail.append(&savepoint, &commit.record).map_err(failure)?;
                    savepoint.commit().map_err(failure)?;
                }
                // A full or failing disk makes SQLite roll the whole transaction back by itself. Going on
                // would commit what follows, and lose what went before, outside of any transaction.
                Err(error @ Error::Unavailable(_)) => return Err(error.clone()),
                Err(error) if savepoint.is_autocommit() => return Err(error.clone()),
                Err(_) => {}
            }
            results.push(result);
        }
        let finish = |trail: &mut Trail, held_back: &[Record]| {
            held_back.iter().try_for_each(|record| trail.append(&transaction, record))?;
            trail.close_group(&transaction)
        };
        finish(&mut self.trail, &self.held_back).map_err(failure)?;
        transaction.commit().map_err(failure)?;
        Ok(results)
    }

    fn bulk(&mut self, Bulk { work, reply }: Bulk) {
        let before = self.trail.head();
        let outcome = self.bulk_transaction(work);
        if outcome.is_err() {
            self.trail.rewind(before);
        }
        self.shared.generations.raise_everything();
        let _ = reply.send(outcome);
    }

    /// Sorting for indexes must not take the memory: it may use files, which the system removes by itself.
    fn bulk_transaction(&mut self, work: Work) -> Result<(), Error> {
        self.connection.execute_batch("PRAGMA temp_store = FILE").map_err(failure)?;
        let outcome = self.load(work);
        // What is committed stays so, wherever later sorts take place and whatever the cache still holds.
        let _ = self.connection.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA shrink_memory");
        outcome
    }

    fn load(&mut self, work: Work) -> Result<(), Error> {
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failure)?;
        let mut loader = Loader::begin(&transaction);
        let Some(record) = work(&mut loader)? else { return Ok(()) };
        loader.finish()?;
        self.trail.append(&transaction, &record).map_err(failure)?;
        self.trail.close_group(&transaction).map_err(failure)?;
        transaction.commit().map_err(failure)
    }

    /// Seals the chain where a clean stop leaves it.
    fn farewell(&mut self) {
        // A database that refuses even this is told by the next start; there is nobody left to ask.
        let _ = self.trail.checkpoint(&self.connection);
        let _ = self.connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
    }
}

impl Queue {
    /// Leaves the sign that the writer is closing in the queue that others still look at.
    fn keep_closing(self, left: &mut Queue) -> Self {
        left.closing = self.closing;
        self
    }
}

#[cfg(test)]
mod tests;
