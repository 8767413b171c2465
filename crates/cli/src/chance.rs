//! What will nobody guess? The one place that asks for random bytes.

use std::cell::RefCell;

use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// Random bytes, good enough for keys.
pub(crate) fn random() -> [u8; 32] {
    filled()
}

/// # Panics
/// If the cryptographic library has no randomness to give: then nothing may go on.
#[expect(clippy::disallowed_methods, reason = "this is the one source of chance")]
#[expect(clippy::expect_used, reason = "keys without randomness would be worse than no program")]
fn filled<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// How many random bytes of an id are asked for at once: the asking is what costs.
const POOL: usize = 64;

thread_local! {
    /// Random bytes for the next ids of this thread.
    static FOR_IDS: RefCell<Vec<[u8; 10]>> = const { RefCell::new(Vec::new()) };
}

/// A new id for a moment: a UUIDv7 (RFC 9562 section 5.7).
pub(crate) fn new_id(at: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(at.as_millisecond()).unwrap_or_default();
    let bytes = FOR_IDS.with_borrow_mut(|waiting| {
        if waiting.is_empty() {
            waiting.extend(filled::<{ POOL * 10 }>().as_chunks().0);
        }
        waiting.pop().unwrap_or_else(filled)
    });
    Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid()
}

/// A secret for a client: 160 random bits in hexadecimal digits.
pub(crate) fn secret() -> String {
    filled::<20>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of a client's secret, with a salt of its own.
///
/// # Errors
/// The hashing refused.
pub(crate) fn hash_secret(secret: &str) -> Result<String, String> {
    app::secrets::hash(secret, &filled::<16>())
}
