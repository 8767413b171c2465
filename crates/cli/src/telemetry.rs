//! How is it seen from outside? Logs on stderr, one JSON object a line that carries the correlation id of
//! its request, and metrics in the text format of Prometheus.

use std::sync::Arc;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Bounds of the histogram of response times, in seconds: fine where listings from memory are.
const RESPONSE_SECONDS: [f64; 14] =
    [0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Begins to log what is at least of this level. Libraries are heard from `warn` on: what they say below
/// that may hold what callers sent.
pub(crate) fn log(level: LevelFilter) {
    let others = level.min(LevelFilter::WARN);
    let rooms = ["rollcall", "web", "app", "store", "domain"].map(|room| format!("{room}={level}"));
    let filter = EnvFilter::new(format!("{others},{}", rooms.join(",")));
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second call would be a mistake of ours, and the first one's log is as good.
    let _ = subscriber.try_init();
}

/// The metrics of the process.
#[derive(Clone)]
pub(crate) struct Metrics(PrometheusHandle);

impl Metrics {
    /// Begins to gather.
    ///
    /// # Errors
    /// Somebody gathers already.
    pub(crate) fn gather() -> Result<Self, Failure> {
        let failed = |cause: String| Failure::of("metrics cannot be gathered", cause);
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full("rollcall_response_seconds".to_owned()), &RESPONSE_SECONDS)
            .map_err(|error| failed(error.to_string()))?
            .build_recorder();
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|error| failed(error.to_string()))?;
        metrics::describe_counter!("rollcall_responses_total", "Answers, by status.");
        metrics::describe_histogram!(
            "rollcall_response_seconds",
            "From the head of a request to the head of its answer."
        );
        metrics::describe_gauge!("rollcall_connections", "Open connections.");
        Ok(Self(handle))
    }

    /// Folds what was gathered, so that memory stays bounded also while nobody asks.
    pub(crate) fn tidy(&self) {
        self.0.run_upkeep();
    }

    /// Makes the text for `/metrics`.
    pub(crate) fn text(&self) -> Arc<dyn Fn() -> String + Send + Sync> {
        let handle = self.0.clone();
        Arc::new(move || handle.render())
    }
}
