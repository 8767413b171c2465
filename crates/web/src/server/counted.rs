//! When is the service done with a request? When the parser has all of the answer's body and drops it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::guard::Verdicts;

/// The body of an answer, whose end the guard learns of.
pub(super) struct Counted {
    body: Body,
    verdicts: Arc<Verdicts>,
}

impl Counted {
    pub(super) fn new(body: Body, verdicts: Arc<Verdicts>) -> Self {
        Self { body, verdicts }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.verdicts.note_done();
    }
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
