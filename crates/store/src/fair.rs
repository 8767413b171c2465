//! Who is next? A waiting room of bounded size that serves its tenants in turn, so that the many requests of
//! one do not stand before the one request of another.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use domain::error::Error;
use domain::id::TenantId;

/// On whose behalf something is asked of the database.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Asker {
    /// A principal of a tenant.
    Tenant(TenantId),
    /// Somebody whose tenant is not known yet.
    Stranger,
    /// The program itself.
    House,
}

impl From<TenantId> for Asker {
    fn from(tenant: TenantId) -> Self {
        Self::Tenant(tenant)
    }
}

impl From<Option<TenantId>> for Asker {
    fn from(tenant: Option<TenantId>) -> Self {
        tenant.map_or(Self::Stranger, Self::Tenant)
    }
}

/// How much may wait, in all and of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    /// In all.
    pub all: usize,
    /// Of one tenant, or of whatever shares are counted by.
    pub each: usize,
}

impl Room {
    /// A room of which each may have one half.
    #[must_use]
    pub const fn halved(all: usize) -> Self {
        Self { all, each: all.div_ceil(2) }
    }
}

/// Why something may not wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The room is full.
    Full,
    /// The one who asks has as much in the room as one may have.
    OverShare,
}

impl Refusal {
    /// The refusal as the caller hears it. Only a tenant can be told to ask less: a stranger shares its part
    /// with other strangers.
    #[must_use]
    pub fn of(self, asker: Asker) -> Error {
        match (self, asker) {
            (Self::OverShare, Asker::Tenant(_)) => Error::TooManyRequests,
            _ => Error::Busy,
        }
    }
}

/// What waits, in a queue for each who asks.
pub(crate) struct FairQueue<K, T> {
    room: Room,
    count: usize,
    waiting: HashMap<K, VecDeque<T>>,
    /// Who has something waiting, in the order in which they are served.
    turns: VecDeque<K>,
}

impl<K: Copy + Eq + Hash, T> FairQueue<K, T> {
    pub(crate) fn new(room: Room) -> Self {
        Self { room, count: 0, waiting: HashMap::new(), turns: VecDeque::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether one more of these may wait.
    pub(crate) fn admits(&self, key: K) -> Result<(), Refusal> {
        let own = self.waiting.get(&key).map_or(0, VecDeque::len);
        // Whoever has too much is told so even when the room is full, mostly of its own.
        if own >= self.room.each {
            return Err(Refusal::OverShare);
        }
        if self.count >= self.room.all { Err(Refusal::Full) } else { Ok(()) }
    }

    /// Lets something wait. Whether it may, [`FairQueue::admits`] says.
    pub(crate) fn push(&mut self, key: K, item: T) {
        let own = self.waiting.entry(key).or_default();
        if own.is_empty() {
            self.turns.push_back(key);
        }
        own.push_back(item);
        self.count += 1;
    }

    /// Takes the next, of those who are `eligible`.
    pub(crate) fn pop(&mut self, eligible: impl Fn(&K) -> bool) -> Option<(K, T)> {
        let place = self.turns.iter().position(eligible)?;
        let key = self.turns.remove(place)?;
        let own = self.waiting.get_mut(&key)?;
        let item = own.pop_front()?;
        self.count -= 1;
        if own.is_empty() {
            self.waiting.remove(&key);
        } else {
            self.turns.push_back(key);
        }
        Some((key, item))
    }

    /// Takes the next so many.
    pub(crate) fn take(&mut self, most: usize) -> Vec<T> {
        std::iter::from_fn(|| self.pop(|_| true)).take(most).map(|(_, item)| item).collect()
    }

    /// Forgets what nobody waits for any more.
    pub(crate) fn retain(&mut self, is_wanted: impl Fn(&T) -> bool) {
        self.waiting.retain(|_, own| {
            own.retain(&is_wanted);
            !own.is_empty()
        });
        self.turns.retain(|key| self.waiting.contains_key(key));
        self.count = self.waiting.values().map(VecDeque::len).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(keys: &str) -> FairQueue<char, usize> {
        let mut queue = FairQueue::new(Room::halved(8));
        for (number, key) in keys.chars().enumerate() {
            assert_eq!(queue.admits(key), Ok(()));
            queue.push(key, number);
        }
        queue
    }

    #[test]
    fn each_has_a_turn_before_anybody_has_a_second() {
        assert_eq!(filled("aaaabc").take(6), [0, 4, 5, 1, 2, 3]);
        let mut queue = filled("aab");
        assert_eq!(queue.take(1), [0]);
        queue.push('c', 9);
        assert_eq!(queue.take(9), [2, 1, 9], "whoever comes later waits its turn");
        assert!(queue.is_empty());
    }

    #[test]
    fn nobody_has_more_than_its_share_and_the_room_no_more_than_it_holds() {
        let queue = filled("aaaa");
        assert_eq!(queue.admits('a'), Err(Refusal::OverShare));
        assert_eq!(queue.admits('b'), Ok(()));
        let mut queue = filled("aaaabbcc");
        assert_eq!((queue.admits('a'), queue.admits('b')), (Err(Refusal::OverShare), Err(Refusal::Full)));
        assert_eq!(queue.take(1), [0]);
        assert_eq!((queue.admits('a'), queue.admits('b')), (Ok(()), Ok(())));
    }

    #[test]
    fn whoever_may_not_be_served_now_is_passed_over_and_not_forgotten() {
        let mut queue = filled("aab");
        assert_eq!(queue.pop(|key| *key != 'a'), Some(('b', 2)));
        assert_eq!(queue.pop(|key| *key != 'a'), None);
        assert_eq!(queue.take(9), [0, 1]);
    }

    #[test]
    fn what_nobody_waits_for_makes_room() {
        let mut queue = filled("aaaabbcc");
        queue.retain(|number| number % 2 == 1);
        assert_eq!((queue.admits('a'), queue.count), (Ok(()), 4));
        assert_eq!(queue.take(9), [1, 5, 7, 3]);
    }
}
