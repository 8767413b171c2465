//! How is a request answered that needs no parser? Its head is taken out of the stream before the parser sees
//! it, and its answer is written between those of the parser's.

use std::fmt;
use std::io::IoSlice;

use bytes::{Buf, Bytes};

/// A whole answer, as it stands on the wire.
#[derive(Debug)]
pub struct Answer {
    /// The status that stands in `head`.
    pub status: u16,
    /// The status line, the headers and the empty line.
    pub head: Vec<u8>,
    /// As it is framed by `head`.
    pub body: Bytes,
}

/// Answers a good head that no body follows; nothing if the parser has to see it.
pub(crate) struct Shortcut(Box<Answering>);

type Answering = dyn Fn(&[u8]) -> Option<Answer> + Send;

impl Shortcut {
    /// Answers what this answers.
    pub(crate) fn new(answer: impl Fn(&[u8]) -> Option<Answer> + Send + 'static) -> Self {
        Self(Box::new(answer))
    }

    pub(super) fn answer(&self, head: &[u8]) -> Option<Answer> {
        (self.0)(head)
    }
}

impl fmt::Debug for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shortcut")
    }
}

/// An answer that is being written.
#[derive(Debug)]
pub(super) struct Sending {
    head: Bytes,
    body: Bytes,
}

impl From<Answer> for Sending {
    fn from(answer: Answer) -> Self {
        Self { head: answer.head.into(), body: answer.body }
    }
}

impl Sending {
    /// What is left to be written.
    pub(super) fn left(&self) -> [IoSlice<'_>; 2] {
        [IoSlice::new(&self.head), IoSlice::new(&self.body)]
    }

    /// So many bytes were written; whether that was all.
    pub(super) fn advance(&mut self, count: usize) -> bool {
        let of_head = count.min(self.head.len());
        self.head.advance(of_head);
        self.body.advance(count.saturating_sub(of_head).min(self.body.len()));
        self.head.is_empty() && self.body.is_empty()
    }
}
