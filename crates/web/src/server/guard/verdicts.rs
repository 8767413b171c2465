//! What the guard found wrong with a connection, and how the service learns of it; and how the guard learns how
//! many requests the service is done with.
//! There is at most one fault per connection, since the guard lets nothing through after it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a request was refused before the HTTP parser saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The request target is longer than [`TARGET_BYTES`](super::TARGET_BYTES): 414.
    TargetTooLong,
    /// One header, all headers, or their number is over the limit: 431.
    HeadersTooLarge,
    /// A head was begun and not finished in time: 408.
    HeadTimeout,
    /// `Host` is missing, repeated or malformed (RFC 9110 section 7.2): 400.
    BadHost,
    /// The head is not proper HTTP/1 (RFC 9112): 400.
    BadRequest,
    /// The chunked framing of a body is broken (RFC 9112 section 7.1): 400. Unlike the others it
    /// may be found after the service has begun, so ask again when reading a body fails.
    BadBody,
}

/// The verdict on one connection, shared between its guard and its service.
#[derive(Debug, Default)]
pub struct Verdicts {
    found: OnceLock<(u64, Fault)>,
    done: AtomicU64,
}

impl Verdicts {
    /// The fault of the request with this index, counted from 0 in the order in which requests
    /// arrive on the connection. Always `None` on HTTP/2, which the guard does not judge.
    #[must_use]
    pub fn fault(&self, index: u64) -> Option<Fault> {
        self.found.get().filter(|(at, _)| *at == index).map(|(_, fault)| *fault)
    }

    /// Notes that the service is done with one more request: all of its answer is with the parser.
    pub(crate) fn note_done(&self) {
        self.done.fetch_add(1, Ordering::Release);
    }

    /// How many requests the service is done with.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Acquire)
    }

    /// Records a fault. The first one stands.
    pub(super) fn record(&self, index: u64, fault: Fault) {
        self.found.get_or_init(|| (index, fault));
    }
}
