//! Who waits for the processor, who may go at once, and who is in the next round? Arithmetic, without a clock and
//! without a scheduler.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// What one account may take of a round while others ask, too, for each thread. This is what the others wait for, so
/// it is small; each round looks at the sockets once, which must not weigh more than the round.
pub(super) const IN_COMPANY: usize = 8;
/// The same, while nobody else asks: what the first of the others has to wait for, once.
const ALONE: usize = 64;
/// How long somebody is in company after two accounts have asked.
const COMPANY: Duration = Duration::from_secs(1);

/// The lines of all accounts.
pub(super) struct Lines<K, T> {
    threads: usize,
    accounts: HashMap<K, Line<T>>,
    /// Who has something waiting, in the order in which they are served.
    turns: VecDeque<K>,
    /// Who asked last, and when it last was another than before.
    last: Option<K>,
    changed: Option<Instant>,
    /// Whether two have asked lately, as far as it matters to the present round.
    company: bool,
}

/// One account.
struct Line<T> {
    /// What it has had since the last round.
    spent: usize,
    waiting: VecDeque<(usize, T)>,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { spent: 0, waiting: VecDeque::new() }
    }
}

impl<K: Copy + Eq + Hash, T> Lines<K, T> {
    /// Lines before so many threads.
    pub(super) fn new(threads: usize) -> Self {
        Self {
            threads: threads.max(1),
            accounts: HashMap::new(),
            turns: VecDeque::new(),
            last: None,
            changed: None,
            company: false,
        }
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Whether this one may go at once; then it counts as gone.
    pub(super) fn admits(&mut self, key: K, effort: usize, now: impl FnOnce() -> Instant) -> bool {
        let others = self.last.replace(key).is_some_and(|last| last != key);
        let line = self.accounts.entry(key).or_default();
        let spent = line.spent.saturating_add(effort);
        let small = IN_COMPANY.saturating_mul(self.threads);
        if others {
            self.changed = Some(now());
            self.company = true;
        } else if spent > small && self.company {
            self.company = self.changed.is_some_and(|changed| now().duration_since(changed) < COMPANY);
        }
        let most = if self.company { small } else { ALONE.saturating_mul(self.threads) };
        let admits = line.waiting.is_empty() && spent <= most;
        if admits {
            line.spent = spent;
        }
        admits
    }

    /// Lets this one wait.
    pub(super) fn push(&mut self, key: K, effort: usize, item: T) {
        let line = self.accounts.entry(key).or_default();
        if line.waiting.is_empty() {
            self.turns.push_back(key);
        }
        line.waiting.push_back((effort, item));
    }

    /// Begins a round: takes those whose turn it is, of all who wait one after the other. Who is not `wanted` any
    /// more is passed over and forgotten.
    pub(super) fn round(&mut self, is_wanted: impl Fn(&T) -> bool) -> Vec<T> {
        self.accounts.retain(|_, line| std::mem::take(&mut line.spent) > 0 || !line.waiting.is_empty());
        let each = if self.company { IN_COMPANY } else { ALONE };
        let mut left = each.saturating_mul(self.threads);
        let mut round = Vec::with_capacity(left);
        while left > 0 {
            let Some(key) = self.turns.pop_front() else { break };
            let Some(line) = self.accounts.get_mut(&key) else { continue };
            while let Some((effort, item)) = line.waiting.pop_front() {
                if is_wanted(&item) {
                    left = left.saturating_sub(effort);
                    line.spent = line.spent.saturating_add(effort);
                    round.push(item);
                    break;
                }
            }
            if !line.waiting.is_empty() {
                self.turns.push_back(key);
            }
        }
        round
    }
}
