//! What does the writing thread do? It takes what waits, commits it, and tells those who wait; and it goes on when the
//! database refuses.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use domain::error::Error;
use domain::id::TenantId;
use jiff::Timestamp;
use tokio::time::Instant;

use super::{Load, Means, PLENTY, Queue, Reply, Shared, TellDropped, Upkeep, Waiting, Work};
use crate::freshness::Mark;
use crate::location::Location;
use crate::postgres::recent::{self, Token};
use crate::sql::commit::Commit;
use crate::sql::group::{self, Applied, HeldUp, Results};
use crate::sql::loader::Loader;
use crate::sql::trail::retention;
use crate::sql::trail::segment::Entry;
use crate::sql::trail::{Grown, Trail};
use crate::sql::{self, Connection, Transaction, failure, idempotency};

/// How long the record of a read waits for company: what a crash can lose, and well below the 100 ms that
/// the contract allows. Long enough that a busy server writes segments at once, and not rows before.
const COMPANY: Duration = Duration::from_millis(50);
/// How long to wait before trying again what the database refused.
const RETRY: Duration = Duration::from_millis(250);
/// How often a transaction that collides with those of other nodes is tried.
const TRIES: u32 = 5;
/// How long it is asked what became of a transaction when the answer was lost.
const SETTLING: Duration = Duration::from_secs(5);
/// How often a clean stop tries again to write the records that the database refused, before it gives up.
const LAST_TRIES: u32 = 4;

/// The writing thread's own things.
pub(super) struct Hand {
    pub(super) shared: Arc<Shared>,
    pub(super) connection: Connection,
    /// Where another connection is had when this one is lost.
    pub(super) location: Location,
    pub(super) trail: Trail,
    pub(super) means: Means,
    /// Whom other nodes keep.
    pub(super) held_up: HeldUp,
    /// How many commits one transaction takes.
    pub(super) group: usize,
    /// Records that the database refused last time: they go first next time.
    pub(super) held_back: Vec<Entry>,
    /// The transaction of which it could not be found out in time what became of it.
    pub(super) left: Option<Left>,
}

/// Why a transaction is not known to stand.
struct Lost {
    error: Error,
    /// Its token, if it may stand all the same.
    unsettled: Option<Token>,
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        Self { error, unsettled: None }
    }
}

/// A transaction that may have come to its end.
pub(super) struct Left {
    token: Token,
    grown: Grown,
    /// How many of the records that wait are in it.
    waited: usize,
}

impl Hand {
    #[expect(clippy::disallowed_methods, reason = "this thread has nothing else to do before it tries again")]
    pub(super) fn work(&mut self) {
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
                        stale.into_iter().for_each(|stale| self.raise(Mark::of(stale)));
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

    /// On the embedded database this process alone knows what it wrote; a server tells each node of all.
    fn raise(&self, mark: Mark) {
        if self.connection.sqlite().is_some() {
            self.shared.generations.raise(mark);
        }
    }

    /// One transaction; tried again after a collision with that of another node, which left nothing of it.
    fn transact(&mut self, commits: &[Waiting]) -> Result<(Results, Grown), Error> {
        let commits: Vec<&Commit> = commits.iter().map(|(commit, _)| &**commit).collect();
        let mut outcome = self.attempt(&commits);
        for _ in 1..TRIES {
            if outcome.is_ok() || !self.connection.is_collision() {
                break;
            }
            outcome = self.attempt(&commits);
        }
        outcome
    }

    fn attempt(&mut self, commits: &[&Commit]) -> Result<(Results, Grown), Error> {
        self.mend()?;
        self.settle_at_last()?;
        let transaction = self.connection.transaction().map_err(failure)?;
        let Applied { results, records } =
            group::apply(&transaction, &self.means, &mut self.held_up, commits)?;
        let grown = self.trail.append(&transaction, &records, &mut self.held_back).map_err(failure)?;
        let stale = results.iter().flatten().flat_map(|(_, stale)| stale);
        let token = leave(&transaction, &self.means, stale.map(|stale| Mark::of(*stale)))?;
        let committed = transaction.commit();
        match self.settle(token, committed) {
            Ok(()) => Ok((results, grown)),
            Err(Lost { error, unsettled }) => {
                let waited = self.held_back.len();
                self.left = unsettled.map(|token| Left { token, grown, waited });
                Err(error)
            }
        }
    }

    /// What could not be settled in time is settled before anything else is written: its records, which wait to be
    /// written, may stand in the trail already.
    fn settle_at_last(&mut self) -> Result<(), Error> {
        let Some(left) = &self.left else { return Ok(()) };
        let is_done = recent::is_done(&self.connection, &left.token).map_err(failure)?;
        if let Some(Left { grown, waited, .. }) = self.left.take().filter(|_| is_done) {
            self.shared.room.leave(self.held_back.iter().take(waited).map(Entry::tenant));
            self.trail.grow(grown, self.held_back.drain(..waited));
        }
        Ok(())
    }

    /// Makes a connection that was lost anew.
    fn mend(&mut self) -> Result<(), Error> {
        if !self.connection.is_alive() {
            self.connection = self.location.writing().map_err(failure)?;
        }
        Ok(())
    }

    /// What became of a transaction. When the connection was lost before the answer came, the database is asked.
    #[expect(clippy::disallowed_methods, reason = "this thread has nothing else to do before it asks again")]
    fn settle(&mut self, token: Option<Token>, committed: sql::Result<()>) -> Result<(), Lost> {
        let (Err(lost), Some(token)) = (&committed, token) else { return Ok(committed.map_err(failure)?) };
        if !self.connection.is_spoilt() {
            return Ok(committed.map_err(failure)?);
        }
        let lost = lost.to_string();
        let until = Instant::now() + SETTLING;
        loop {
            let is_done = self.location.writing().and_then(|connection| {
                self.connection = connection;
                recent::is_done(&self.connection, &token)
            });
            match is_done {
                Ok(true) => return Ok(()),
                Ok(false) => return Err(Error::Unavailable(lost).into()),
                Err(_) if Instant::now() < until => std::thread::sleep(RETRY),
                Err(failed) => return Err(Lost { error: failure(failed), unsettled: Some(token) }),
            }
        }
    }

    fn bulk(&mut self, work: Work, reply: Reply<()>) {
        let outcome = self.bulk_transaction(work).map(|grown| {
            if let Some(grown) = grown {
                self.trail.grow(grown, []);
            }
        });
        self.raise(Mark::EVERYTHING);
        let _ = reply.send(outcome);
    }

    fn bulk_transaction(&mut self, work: Work) -> Result<Option<Grown>, Error> {
        self.mend()?;
        self.connection.take_much_time().map_err(failure)?;
        let outcome = catch_unwind(AssertUnwindSafe(|| self.load(work)));
        // What is committed stays so, however the connection goes on.
        let _ = self.connection.hurry_again();
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn load(&mut self, work: Work) -> Result<Option<Grown>, Error> {
        let transaction = self.connection.transaction().map_err(failure)?;
        let mut loader = Loader::begin(&transaction, &self.means);
        let Some(record) = work(&mut loader)? else { return Ok(None) };
        loader.finish()?;
        let grown = self.trail.append(&transaction, &[record], &mut []).map_err(failure)?;
        let token = leave(&transaction, &self.means, [Mark::EVERYTHING])?;
        let committed = transaction.commit();
        self.settle(token, committed).map_err(|lost| lost.error)?;
        Ok(Some(grown))
    }

    fn keep_up(&mut self, step: Upkeep) {
        // If it cannot be mended, the step says why.
        let _ = self.mend();
        match step {
            Upkeep::ForgetOutcomes(tenant, now, reply) => {
                let _ = reply.send(self.forget_outcomes(tenant, now).map_err(failure));
            }
            Upkeep::ForgetRecentWrites(reply) => {
                let _ = reply.send(self.forget_recent_writes().map_err(failure));
            }
            Upkeep::DropRecords(tenant, before, tell, reply) => {
                let dropped = self.drop_records(tenant, before, tell);
                if dropped.is_err() {
                    self.trail.forget(tenant);
                }
                let _ = reply.send(dropped.map_err(failure));
            }
            Upkeep::Flush(reply) => {
                let _ = reply.send(Ok(()));
            }
            Upkeep::Settle(reply) => {
                let _ = reply.send(self.connection.settle().map_err(failure));
            }
        }
    }

    fn forget_outcomes(&mut self, tenant: TenantId, now: Timestamp) -> sql::Result<bool> {
        let transaction = self.connection.transaction()?;
        let forgotten = idempotency::forget(&transaction, tenant, now)?;
        transaction.commit()?;
        Ok(forgotten)
    }

    fn forget_recent_writes(&mut self) -> sql::Result<()> {
        let transaction = self.connection.transaction()?;
        recent::forget(&transaction)?;
        transaction.commit()
    }

    fn drop_records(
        &mut self,
        tenant: Option<TenantId>,
        before: Timestamp,
        tell: TellDropped,
    ) -> sql::Result<bool> {
        let transaction = self.connection.transaction()?;
        let dropped = retention::drop_oldest(&transaction, &mut self.trail, tenant, before)?;
        let Some(dropped) = dropped else { return Ok(false) };
        let grown = self.trail.append(&transaction, &[tell(dropped)], &mut [])?;
        transaction.commit()?;
        self.trail.grow(grown, []);
        Ok(true)
    }

    fn checkpoint(&mut self) -> sql::Result<()> {
        let transaction = self.connection.transaction()?;
        self.trail.checkpoint(&transaction)?;
        transaction.commit()
    }

    /// Seals each chain where a clean stop leaves it.
    fn farewell(&mut self) {
        // A database that refuses even this is told by the next start; there is nobody left to ask.
        let _ = self.checkpoint();
        let _ = self.connection.say_farewell();
    }
}

/// Leaves the row of a transaction where other nodes look for it.
fn leave(
    transaction: &Transaction<'_>,
    means: &Means,
    marks: impl IntoIterator<Item = Mark>,
) -> Result<Option<Token>, Error> {
    if transaction.postgres().is_none() {
        return Ok(None);
    }
    let token = recent::token(means.random);
    let marks: Vec<Mark> = marks.into_iter().collect();
    recent::leave(transaction, &token, &marks).map_err(failure)?;
    Ok(Some(token))
}
