//! What is counted of every answer? How many there were, by status, and how long each took.

use std::sync::Arc;

use domain::correlation::CorrelationId;
use metrics::{Counter, Histogram, counter, histogram};
use tokio::time::Instant;
use tracing::debug;

/// Statuses that are counted by themselves.
const STATUSES: [(u16, &str); 19] = [
    (200, "200"),
    (201, "201"),
    (202, "202"),
    (204, "204"),
    (304, "304"),
    (400, "400"),
    (401, "401"),
    (403, "403"),
    (404, "404"),
    (405, "405"),
    (408, "408"),
    (412, "412"),
    (413, "413"),
    (414, "414"),
    (415, "415"),
    (429, "429"),
    (431, "431"),
    (500, "500"),
    (503, "503"),
];

/// Counts answers. Looks its counters up once, for a look-up costs more than counting.
#[derive(Clone)]
pub(crate) struct Measures(Arc<Counters>);

struct Counters {
    statuses: [(u16, Counter); STATUSES.len()],
    other: Counter,
    seconds: Histogram,
}

impl Measures {
    /// Begins to count, for whoever gathers metrics in this process by now.
    pub(crate) fn begin() -> Self {
        let counter_of = |label: &'static str| counter!("rollcall_responses_total", "status" => label);
        Self(Arc::new(Counters {
            statuses: STATUSES.map(|(status, label)| (status, counter_of(label))),
            other: counter_of("other"),
            seconds: histogram!("rollcall_response_seconds"),
        }))
    }

    /// Counts an answer to a request that arrived at `began`.
    pub(crate) fn answered(&self, status: u16, correlation_id: &CorrelationId, began: Instant) {
        let Counters { statuses, other, seconds } = &*self.0;
        let known = statuses.iter().find(|(known, _)| *known == status);
        known.map_or(other, |(_, counter)| counter).increment(1);
        seconds.record(began.elapsed().as_secs_f64());
        debug!(%correlation_id, status, "answered");
    }
}
