//! How many do something slow at once, and who waits for it? A few have a turn, a bounded number waits, each
//! tenant in its own queue, and whoever comes on top is refused at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::fair::{FairQueue, Refusal, Room};

/// How long somebody waits for a turn: what waited longer has mostly been given up by its client.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many at once, in all and of one, and how many may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Places {
    /// At once.
    pub at_once: Room,
    /// Waiting for a turn.
    pub waiting: Room,
}

/// Turns at something that only so many may do at once.
pub struct Turns<K: Copy + Eq + Hash> {
    at_once: Room,
    state: Mutex<State<K>>,
    /// How many went away while they waited, whose places are still taken.
    gone: AtomicUsize,
}

struct State<K: Copy + Eq + Hash> {
    /// How many turns each has now.
    taken: HashMap<K, usize>,
    all_taken: usize,
    queue: FairQueue<K, oneshot::Sender<Turn<K>>>,
}

/// Notes that somebody who waited went away.
struct Waiting<'a, K: Copy + Eq + Hash> {
    turns: &'a Turns<K>,
    has_waited: bool,
}

impl<K: Copy + Eq + Hash> Drop for Waiting<'_, K> {
    fn drop(&mut self) {
        if !self.has_waited {
            self.turns.gone.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A turn; when it is dropped, the next has one.
pub struct Turn<K: Copy + Eq + Hash> {
    turns: Arc<Turns<K>>,
    key: K,
}

impl<K: Copy + Eq + Hash> Turns<K> {
    /// Nobody has a turn yet.
    #[must_use]
    pub fn new(places: Places) -> Arc<Self> {
        let queue = FairQueue::new(places.waiting);
        let state = State { taken: HashMap::new(), all_taken: 0, queue };
        Arc::new(Self { at_once: places.at_once, state: Mutex::new(state), gone: AtomicUsize::new(0) })
    }

    /// Waits for a turn, if there is room to wait in.
    ///
    /// # Errors
    /// Too many wait already, in all or of this one; or it has waited for too long.
    pub async fn turn(self: &Arc<Self>, key: K) -> Result<Turn<K>, Refusal> {
        let receiver = {
            let mut state = self.lock();
            if self.is_free(&state, &key) {
                return Ok(self.give(&mut state, key));
            }
            // A refusal must be cheap: the room is searched only if there is something to be found.
            if state.queue.admits(key).is_err() && self.gone.swap(0, Ordering::Relaxed) > 0 {
                state.queue.retain(|waiting| !waiting.is_closed());
            }
            state.queue.admits(key).map_err(|refusal| self.reason(&state, &key, refusal))?;
            let (sender, receiver) = oneshot::channel();
            state.queue.push(key, sender);
            receiver
        };
        let mut waiting = Waiting { turns: self, has_waited: false };
        let waited = tokio::time::timeout(PATIENCE, receiver).await;
        waiting.has_waited = waited.is_ok();
        waited.map_err(|_| Refusal::Full)?.map_err(|_| Refusal::Full)
    }

    fn is_free(&self, state: &State<K>, key: &K) -> bool {
        state.all_taken < self.at_once.all && state.taken.get(key).is_none_or(|own| *own < self.at_once.each)
    }

    /// Whoever could have a turn now but for its own has itself to wait for, however full the room is.
    fn reason(&self, state: &State<K>, key: &K, refusal: Refusal) -> Refusal {
        let own = state.taken.get(key).copied().unwrap_or(0);
        let waits_for_itself = state.all_taken < self.at_once.all && own >= self.at_once.each;
        if waits_for_itself { Refusal::OverShare } else { refusal }
    }

    fn give(self: &Arc<Self>, state: &mut State<K>, key: K) -> Turn<K> {
        state.all_taken += 1;
        *state.taken.entry(key).or_default() += 1;
        Turn { turns: Arc::clone(self), key }
    }

    /// Gives the turns that are free to those who wait.
    fn pass_on(self: &Arc<Self>) {
        loop {
            let mut state = self.lock();
            if state.all_taken >= self.at_once.all {
                return;
            }
            let State { taken, queue, .. } = &mut *state;
            let next = queue.pop(|key| taken.get(key).is_none_or(|own| *own < self.at_once.each));
            let Some((key, sender)) = next else { return };
            if sender.is_closed() {
                continue;
            }
            let turn = self.give(&mut state, key);
            drop(state);
            // Whoever went away meanwhile gives the turn back here, outside of the lock.
            drop(sender.send(turn));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Copy + Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        let mut state = self.turns.lock();
        state.all_taken = state.all_taken.saturating_sub(1);
        if let Some(own) = state.taken.get_mut(&self.key) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                state.taken.remove(&self.key);
            }
        }
        drop(state);
        self.turns.pass_on();
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;

    const ONE: Places = Places { at_once: Room { all: 1, each: 1 }, waiting: Room { all: 4, each: 2 } };

    /// Lets this one wait for a turn, and note its name when it has it.
    async fn wait(turns: &Arc<Turns<char>>, served: &Arc<Mutex<String>>, all: &mut JoinSet<()>, key: char) {
        let (turns, served) = (Arc::clone(turns), Arc::clone(served));
        all.spawn(async move {
            let _turn = turns.turn(key).await.ok().unwrap();
            served.lock().unwrap().push(key);
        });
        tokio::task::yield_now().await;
    }

    #[tokio::test]
    async fn who_waits_is_served_in_turn_and_who_is_too_many_is_refused_at_once() {
        let turns = Turns::new(ONE);
        let (served, mut all) = (Arc::default(), JoinSet::new());
        let first = turns.turn('a').await.ok().unwrap();
        for key in ['a', 'a'] {
            wait(&turns, &served, &mut all, key).await;
        }
        assert_eq!(turns.turn('a').await.err(), Some(Refusal::OverShare));
        for key in ['b', 'c'] {
            wait(&turns, &served, &mut all, key).await;
        }
        assert_eq!(turns.turn('b').await.err(), Some(Refusal::Full));
        drop(first);
        all.join_all().await;
        assert_eq!(*served.lock().unwrap(), "abca");
        assert!(turns.turn('d').await.is_ok(), "all turns came back");
    }

    #[tokio::test]
    async fn who_has_its_share_of_turns_leaves_the_others_to_the_others() {
        let at_once = Room { all: 2, each: 1 };
        let turns = Turns::new(Places { at_once, ..ONE });
        let (served, mut all) = (Arc::default(), JoinSet::new());
        let first = turns.turn('a').await.ok().unwrap();
        wait(&turns, &served, &mut all, 'a').await;
        assert_eq!(*served.lock().unwrap(), "");
        drop(turns.turn('b').await.ok().unwrap());
        assert_eq!(*served.lock().unwrap(), "");
        drop(first);
        all.join_all().await;
        assert_eq!(*served.lock().unwrap(), "a");
    }

    #[tokio::test]
    async fn who_went_away_takes_no_room_and_no_turn() {
        let turns = Turns::new(ONE);
        let (served, mut all) = (Arc::default(), JoinSet::new());
        let first = turns.turn('a').await.ok().unwrap();
        let mut gone = JoinSet::new();
        for key in ['b', 'b', 'c', 'c'] {
            wait(&turns, &served, &mut gone, key).await;
        }
        gone.shutdown().await;
        for key in ['b', 'b'] {
            wait(&turns, &served, &mut all, key).await;
        }
        drop(first);
        all.join_all().await;
        assert_eq!(*served.lock().unwrap(), "bb");
    }

    #[tokio::test]
    async fn where_nobody_may_wait_each_hears_whom_it_would_have_waited_for() {
        let none = Room { all: 0, each: 1 };
        let turns = Turns::new(Places { at_once: Room { all: 2, each: 1 }, waiting: none });
        let first = turns.turn('a').await.ok().unwrap();
        assert_eq!(turns.turn('a').await.err(), Some(Refusal::OverShare));
        let second = turns.turn('b').await.ok().unwrap();
        assert_eq!(turns.turn('c').await.err(), Some(Refusal::Full));
        drop((first, second));
        assert!(turns.turn('a').await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_without_end() {
        let turns = Turns::new(ONE);
        let first = turns.turn('a').await.ok().unwrap();
        assert_eq!(turns.turn('b').await.err(), Some(Refusal::Full));
        drop(first);
        assert!(turns.turn('b').await.is_ok());
    }
}
