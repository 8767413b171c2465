//! How long may something stay pending?
//! The timer is kept and moved only when it fires early, so that a busy connection hardly touches it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// A wait with an end, to be polled only while something is pending.
#[derive(Debug, Default)]
pub(super) struct Patience {
    sleep: Option<Pin<Box<Sleep>>>,
    /// When the present wait ends; `None` while there is none.
    end: Option<Instant>,
}

impl Patience {
    /// Ends the present wait: what was waited for has come.
    pub(super) fn calm(&mut self) {
        self.end = None;
    }

    /// Ready once `span` has gone by since the first call after [`calm`](Self::calm).
    pub(super) fn poll_over(&mut self, context: &mut Context<'_>, span: Duration) -> Poll<()> {
        let end = *self.end.get_or_insert_with(|| Instant::now() + span);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
        // One that fires too early is moved when it does; one that would fire too late, now.
        if sleep.deadline() > end {
            sleep.as_mut().reset(end);
        }
        loop {
            ready!(sleep.as_mut().poll(context));
            if sleep.deadline() >= end {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(end);
        }
    }
}
