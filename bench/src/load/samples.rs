//! What came of many requests: how many, and how long they took.

use std::time::Duration;

/// The times of requests that were done.
#[derive(Clone, Default)]
pub(crate) struct Samples {
    nanoseconds: Vec<u32>,
    /// How long all of it took.
    span: Duration,
}

impl Samples {
    pub(crate) fn of(mut nanoseconds: Vec<u32>, span: Duration) -> Self {
        nanoseconds.sort_unstable();
        Self { nanoseconds, span }
    }

    /// Of requests that were sent one after the other.
    pub(crate) fn one_by_one(took: &[Duration]) -> Self {
        let nanoseconds = took.iter().map(|took| u32::try_from(took.as_nanos()).unwrap_or(u32::MAX));
        Self::of(nanoseconds.collect(), took.iter().sum())
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.nanoseconds.len()
    }

    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.count() as f64 / self.span.as_secs_f64()
    }

    /// The time that this part of the requests took at most, in microseconds.
    pub(crate) fn at(&self, part: f64) -> f64 {
        // A place in a list of measurements; nothing is lost that matters.
        let place = (self.count() as f64 * part) as usize;
        let last = self.nanoseconds.last();
        self.nanoseconds.get(place).or(last).map_or(f64::NAN, |time| f64::from(*time) / 1_000.0)
    }

    pub(crate) fn p50(&self) -> f64 {
        self.at(0.5)
    }

    pub(crate) fn p99(&self) -> f64 {
        self.at(0.99)
    }

    pub(crate) fn p999(&self) -> f64 {
        self.at(0.999)
    }
}
