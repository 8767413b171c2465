//! Are the keys that verified a token still the issuer's keys?
//!
//! Each set of keys has a number, and an issuer's live number moves on with every change; whatever
//! was concluded from an earlier set can see so by itself, without a look-up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The key set, of one issuer, that something was concluded from.
#[derive(Debug, Clone)]
pub struct Generation {
    number: u64,
    live: Arc<AtomicU64>,
}

impl Generation {
    pub(crate) fn new(number: u64, live: Arc<AtomicU64>) -> Self {
        Self { number, live }
    }

    /// Whether the issuer is still trusted, with the same audience and the same keys.
    pub fn is_current(&self) -> bool {
        self.live.load(Ordering::Acquire) == self.number
    }
}
