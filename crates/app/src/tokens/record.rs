//! What is known of one issuer, and when is it asked again?
//!
//! At most one fetch is under way, in a task of its own, so that a request that goes away does not stop
//! it. The right to fetch is claimed before the fetch: a flood of unknown key ids costs one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Url;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::fetch::Fetcher;
use super::generation::Generation;
use super::keys::KeySet;
use super::settings::{IssuerSettings, KeySource};
use super::verify::Trust;

/// The longest that a fetch, and so any request that waits for it, takes.
const DEADLINE: Duration = Duration::from_secs(5);
/// Keys older than this are fetched again, behind the requests.
const STALE_AFTER: Duration = Duration::from_secs(60 * 60);
/// Between two fetches, where keys are known.
const COOL_DOWN: Duration = Duration::from_secs(30);
/// Between two fetches, where none is known yet and every token is refused meanwhile.
const COOL_DOWN_WITHOUT_KEYS: Duration = Duration::from_secs(3);

/// One issuer, from the moment it is configured until it is replaced.
pub(crate) struct Record {
    pub(crate) settings: IssuerSettings,
    /// The number of the current key set; 0 is nobody's.
    live: Arc<AtomicU64>,
    /// Shared by all issuers, so that no number is given twice.
    last_generation: Arc<AtomicU64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    trust: Option<Arc<Trust>>,
    fetched_at: Option<Instant>,
    claimed_at: Option<Instant>,
    /// Closed when the fetch is over, however it ended.
    flight: Option<watch::Receiver<()>>,
    retired: bool,
}

impl Record {
    pub(crate) fn new(settings: IssuerSettings, last_generation: Arc<AtomicU64>) -> Self {
        let record = Self { settings, live: Arc::default(), last_generation, state: Mutex::default() };
        if let KeySource::Given(keys) = &record.settings.keys {
            record.adopt(Arc::clone(keys));
        }
        record
    }

    pub(crate) fn generation(&self) -> u64 {
        self.live.load(Ordering::Acquire)
    }

    /// Ends the trust: nothing that was concluded from this record is current any more.
    pub(crate) fn retire(&self) {
        let mut state = self.state();
        state.retired = true;
        self.live.store(0, Ordering::Release);
    }

    /// What is held of the issuer, to judge a token signed with `key_id`. Fetches first where that key
    /// is not known and the issuer may be asked again; `None` while no key set is known.
    pub(crate) async fn trust(
        self: &Arc<Self>,
        fetcher: &Fetcher,
        key_id: Option<&str>,
    ) -> Option<Arc<Trust>> {
        let (trust, flight) = self.look(fetcher, key_id);
        match flight {
            None => trust,
            Some(mut flight) => {
                // Nothing is ever sent: this ends when the fetch drops its side.
                let _closed = flight.changed().await;
                self.state().trust.clone()
            }
        }
    }

    /// Starts a fetch, without waiting for it, where the keys are missing or older than an hour.
    pub(crate) fn refresh_if_due(self: &Arc<Self>, fetcher: &Fetcher) {
        self.look(fetcher, None);
    }

    // The flight comes back only where it is worth waiting for.
    fn look(
        self: &Arc<Self>,
        fetcher: &Fetcher,
        key_id: Option<&str>,
    ) -> (Option<Arc<Trust>>, Option<watch::Receiver<()>>) {
        let KeySource::Discovery(url) = &self.settings.keys else {
            return (self.state().trust.clone(), None);
        };
        let now = Instant::now();
        let mut state = self.state();
        let is_answered =
            state.trust.as_ref().is_some_and(|trust| key_id.is_none_or(|key_id| trust.keys.knows(key_id)));
        if is_answered && !state.is_stale(now) {
            return (state.trust.clone(), None);
        }
        let mut flight = state.flight.clone().filter(is_under_way);
        if flight.is_none() && state.claim(now) {
            let (landed, started) = watch::channel(());
            state.flight = Some(started.clone());
            tokio::spawn(Arc::clone(self).fetch(fetcher.clone(), url.clone(), landed));
            flight = Some(started);
        }
        (state.trust.clone(), flight.filter(|_| !is_answered))
    }

    async fn fetch(self: Arc<Self>, fetcher: Fetcher, url: Url, landed: watch::Sender<()>) {
        let issuer = &self.settings.issuer;
        match timeout(DEADLINE, fetcher.key_set(issuer, &url)).await {
            Ok(Ok(keys)) => self.adopt(Arc::new(keys)),
            Ok(Err(fault)) => {
                tracing::warn!(issuer, %fault, "the keys of an issuer could not be fetched");
            }
            Err(_) => tracing::warn!(issuer, "an issuer did not give its keys in time"),
        }
        drop(landed);
    }

    fn adopt(&self, keys: Arc<KeySet>) {
        let mut state = self.state();
        state.fetched_at = Some(Instant::now());
        let is_same = state.trust.as_ref().is_some_and(|trust| trust.keys == keys);
        if state.retired || is_same {
            return;
        }
        let number = self.last_generation.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        state.trust = Some(Arc::new(Trust {
            issuer: self.settings.issuer.clone(),
            audience: self.settings.audience.clone(),
            keys,
            generation: Generation::new(number, Arc::clone(&self.live)),
        }));
        self.live.store(number, Ordering::Release);
    }

    // The lock is held for assignments only, never across an await; a panic of its holder leaves
    // nothing half-written.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_stale(&self, now: Instant) -> bool {
        self.fetched_at.is_none_or(|fetched_at| now.duration_since(fetched_at) > STALE_AFTER)
    }

    fn claim(&mut self, now: Instant) -> bool {
        let cool_down = match self.trust {
            Some(_) => COOL_DOWN,
            None => COOL_DOWN_WITHOUT_KEYS,
        };
        let may_fetch = self.claimed_at.is_none_or(|claimed_at| now.duration_since(claimed_at) >= cool_down);
        if may_fetch {
            self.claimed_at = Some(now);
        }
        may_fetch && !self.retired
    }
}

fn is_under_way(flight: &watch::Receiver<()>) -> bool {
    flight.has_changed().is_ok()
}
