//! Is an answer fresh? Whoever writes notes when a write was begun and when it was acknowledged, whoever reads
//! notes when it asked and what it was shown; afterwards each look is judged against what could be shown then.
//!
//! A thing that is watched is changed by one writer, so its states are in a row, and a look must fall on one
//! of that row: none before the last that was acknowledged when the look began, and none that was not yet
//! begun when it ended. Between the two, while a write is not acknowledged, either may be seen.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// When somebody asked and was answered, on the clock of a [`History`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    began: u64,
    ended: u64,
}

#[derive(Clone, Debug)]
struct Write {
    began: u64,
    acknowledged: Option<u64>,
    state: String,
}

#[derive(Clone, Debug)]
struct Look {
    window: Window,
    state: String,
}

#[derive(Default)]
struct Watched {
    writes: Vec<Write>,
    looks: Vec<Look>,
}

/// What was written and what was seen.
#[derive(Default)]
pub(crate) struct History {
    clock: AtomicU64,
    watched: Mutex<BTreeMap<String, Watched>>,
}

impl History {
    /// A thing is watched from now on; so it is before the first write.
    pub(crate) fn begin(&self, thing: &str, state: &str) {
        let writes = vec![Write { began: 0, acknowledged: Some(0), state: state.to_owned() }];
        self.watched.lock().unwrap().insert(thing.to_owned(), Watched { writes, looks: Vec::new() });
    }

    /// Does a write after which each of these things is so. It counts as acknowledged when it returns. A thing
    /// that is named twice may be seen on its way, but is so in the end as it is named last.
    pub(crate) async fn write<T>(&self, things: &[(&str, &str)], doing: impl Future<Output = T>) -> T {
        let began = self.tick();
        for (thing, state) in things {
            let write = Write { began, acknowledged: None, state: (*state).to_owned() };
            self.watched.lock().unwrap().get_mut(*thing).unwrap().writes.push(write);
        }
        let done = doing.await;
        let acknowledged = self.tick();
        for (thing, _) in things {
            let mut watched = self.watched.lock().unwrap();
            watched.get_mut(*thing).unwrap().writes.last_mut().unwrap().acknowledged = Some(acknowledged);
        }
        done
    }

    /// Asks, and tells when.
    pub(crate) async fn ask<T>(&self, asking: impl Future<Output = T>) -> (Window, T) {
        let began = self.tick();
        let answer = asking.await;
        (Window { began, ended: self.tick() }, answer)
    }

    /// Notes how a thing was seen.
    pub(crate) fn saw(&self, thing: &str, window: Window, state: &str) {
        let look = Look { window, state: state.to_owned() };
        self.watched.lock().unwrap().get_mut(thing).unwrap().looks.push(look);
    }

    /// How a thing could have been seen in a window.
    pub(crate) fn possible(&self, thing: &str, window: Window) -> Vec<String> {
        let watched = self.watched.lock().unwrap();
        let writes = &watched[thing].writes;
        let (first, last) = bounds(writes, window);
        writes[first..=last].iter().map(|write| write.state.clone()).collect()
    }

    /// Everything that was seen and could not be, and how many looks were judged.
    pub(crate) fn judge(&self) -> (Vec<String>, usize) {
        let watched = self.watched.lock().unwrap();
        let told = |(thing, watched): (&String, &Watched)| {
            let faults = judge(&watched.writes, &watched.looks);
            faults.into_iter().map(|fault| format!("{thing}: {fault}")).collect::<Vec<_>>()
        };
        let looks = watched.values().map(|watched| watched.looks.len()).sum();
        (watched.iter().flat_map(told).collect(), looks)
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst) + 1
    }
}

/// The first and the last write whose state a look may fall on.
fn bounds(writes: &[Write], window: Window) -> (usize, usize) {
    let is_behind = |write: &Write| write.acknowledged.is_some_and(|at| at < window.began);
    let first = writes.iter().rposition(is_behind).unwrap_or(0);
    let last = writes.iter().rposition(|write| write.began < window.ended).unwrap_or(0);
    (first, last)
}

fn judge(writes: &[Write], looks: &[Look]) -> Vec<String> {
    let fault = |Look { window, state }: &Look| {
        let (first, last) = bounds(writes, *window);
        let possible: Vec<&str> = writes[first..=last].iter().map(|write| &*write.state).collect();
        let is_fresh = possible.contains(&state.as_str());
        (!is_fresh).then(|| format!("`{state}` was seen in {window:?}, where only {possible:?} could be"))
    };
    looks.iter().filter_map(fault).collect()
}

fn writes(row: &[(u64, Option<u64>, &str)]) -> Vec<Write> {
    let write = |(began, acknowledged, state): &(u64, Option<u64>, &str)| Write {
        began: *began,
        acknowledged: *acknowledged,
        state: (*state).to_owned(),
    };
    row.iter().map(write).collect()
}

/// What is wrong with these looks at a thing that became `b` from 10 to 20 and `c` from 30 on, unanswered.
fn faults(looks: &[(u64, u64, &str)]) -> usize {
    let row = writes(&[(0, Some(0), "a"), (10, Some(20), "b"), (30, None, "c")]);
    let look = |(began, ended, state): &(u64, u64, &str)| Look {
        window: Window { began: *began, ended: *ended },
        state: (*state).to_owned(),
    };
    judge(&row, &looks.iter().map(look).collect::<Vec<_>>()).len()
}

#[test]
fn while_a_write_is_under_way_old_and_new_may_be_seen() {
    assert_eq!(faults(&[(5, 15, "a"), (12, 18, "b"), (13, 25, "a"), (21, 31, "b"), (40, 41, "b")]), 0);
    assert_eq!(faults(&[(32, 33, "c"), (5, 40, "a"), (5, 40, "c"), (11, 12, "b"), (13, 14, "a")]), 0);
}

#[test]
fn what_is_older_than_an_acknowledged_write_is_found() {
    assert_eq!(faults(&[(21, 22, "a")]), 1);
    assert_eq!(faults(&[(21, 22, "b"), (23, 24, "a"), (25, 26, "b"), (41, 42, "a")]), 2);
}

#[test]
fn what_nobody_wrote_yet_is_found() {
    assert_eq!(faults(&[(1, 5, "b")]), 1);
    assert_eq!(faults(&[(21, 29, "c")]), 1);
    assert_eq!(faults(&[(21, 29, "x")]), 1);
}

#[tokio::test]
async fn a_planted_stale_answer_is_found() {
    let history = History::default();
    history.begin("x", "1");
    history.write(&[("x", "2")], async {}).await;
    let (window, ()) = history.ask(async {}).await;
    assert_eq!(history.possible("x", window), ["2"]);
    history.saw("x", window, "2");
    assert_eq!(history.judge(), (Vec::new(), 1));
    history.saw("x", window, "1");
    assert_eq!(history.judge().0.len(), 1);
}
