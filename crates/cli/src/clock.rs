//! What time is it? The one place that asks.

use jiff::Timestamp;

/// The time now, by the clock of the machine.
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}
