//! Whose request is next to be worked on? Requests ask for a turn before anything is done for them; a tenant that
//! has had its part waits, in a line of its own, until the sockets were looked at again (decision 0023).
//!
//! What would surprise: with little to do nobody waits, and where somebody waits, nothing idles. Turns are given out
//! in rounds, and between two rounds the scheduler does all that it has and looks at the sockets once.

mod lines;

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use domain::id::TenantId;
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;
use tokio::time::Instant;

use lines::Lines;

/// On whose account a request is worked on: a tenant, once somebody was let in as one of its principals. All others
/// share one account, so that nobody can use up the part of a tenant by naming it.
pub(crate) type Account = Option<TenantId>;

/// What a request takes of a round. A listing that is ready is the measure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Effort(usize);

impl Effort {
    /// Something that is ready in memory.
    pub(crate) const READY: Self = Self(1);
    /// Something that is parsed, routed, and mostly asked of the database.
    pub(crate) const ORDINARY: Self = Self(4);
}

/// The processor time of the server, given out in turn.
pub(crate) struct Processor {
    lines: Mutex<Lines<Account, oneshot::Sender<()>>>,
    /// Told when somebody begins to wait.
    is_asked: Notify,
}

impl Processor {
    /// A processor of so many threads.
    pub(crate) fn new(threads: usize) -> Arc<Self> {
        Arc::new(Self { lines: Mutex::new(Lines::new(threads)), is_asked: Notify::new() })
    }

    /// Asks for a turn: nothing if it is this one's now, else what to wait for.
    pub(crate) fn ask(&self, account: Account, effort: Effort) -> Option<Waiting> {
        let mut lines = self.lock();
        if lines.admits(account, effort.0, Instant::now) {
            return None;
        }
        let (sender, turn) = oneshot::channel();
        let is_first = lines.is_empty();
        lines.push(account, effort.0, sender);
        drop(lines);
        if is_first {
            self.is_asked.notify_one();
        }
        Some(Waiting(turn))
    }

    /// Waits for a turn.
    pub(crate) async fn turn(&self, account: Account, effort: Effort) {
        if let Some(waiting) = self.ask(account, effort) {
            waiting.await;
        }
    }

    /// Gives out turns, without an end.
    pub(crate) async fn give_turns(&self) {
        loop {
            self.is_asked.notified().await;
            loop {
                // Whoever yields goes on when the sockets were looked at, in front of all that came.
                yield_now().await;
                let round = self.lock().round(|turn| !turn.is_closed());
                for turn in round {
                    // Whoever goes away just now had nothing begun; the round is one shorter.
                    let _ = turn.send(());
                }
                if self.lock().is_empty() {
                    break;
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lines<Account, oneshot::Sender<()>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ready when the turn has come. Whoever drops it does not wait any more.
#[derive(Debug)]
pub(crate) struct Waiting(oneshot::Receiver<()>);

impl Future for Waiting {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // Where nobody gives turns any more, nobody is kept.
        let _ = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(())
    }
}

#[cfg(test)]
mod tests;
