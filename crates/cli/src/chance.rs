//! What will nobody guess? The one place that asks for random bytes.

use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// Random bytes, good enough for keys.
///
/// # Panics
/// If the cryptographic library has no randomness to give: then nothing may go on.
#[expect(clippy::disallowed_methods, reason = "this is the one source of chance")]
#[expect(clippy::expect_used, reason = "keys without randomness would be worse than no program")]
pub(crate) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// The first of some random bytes.
fn some<const N: usize>() -> [u8; N] {
    let bytes = random();
    std::array::from_fn(|index| bytes.get(index).copied().unwrap_or_default())
}

/// A new id for a moment: a UUIDv7 (RFC 9562 section 5.7).
pub(crate) fn new_id(at: Timestamp) -> Uuid {
    let milliseconds = u64::try_from(at.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(milliseconds, &some()).into_uuid()
}

/// A secret for a client: 160 random bits in hexadecimal digits.
pub(crate) fn secret() -> String {
    some::<20>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of a client's secret, with a salt of its own.
///
/// # Errors
/// The hashing refused.
pub(crate) fn hash_secret(secret: &str) -> Result<String, String> {
    app::secrets::hash(secret, &some::<16>())
}
