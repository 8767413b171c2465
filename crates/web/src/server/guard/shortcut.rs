//! How is a request answered that needs no parser? Its head is taken out of the stream before the parser sees
//! it, and its answer is written between those of the parser's.

use std::fmt;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use tokio::time::Instant;

use super::framing::Way;
use crate::server::processor::Waiting;

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

/// What becomes of a head that a shortcut has seen.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It is answered.
    Answered(Answer),
    /// It may be answered when its turn has come.
    Later(Waiting),
    /// The parser has to see it.
    Not,
}

/// Takes a good head that no body follows. The time is that since which it had to wait for its turn, if it had to.
pub(crate) struct Shortcut(Box<Taking>);

type Taking = dyn Fn(&[u8], Option<Instant>) -> Taken + Send;

impl Shortcut {
    /// Takes what this takes.
    pub(crate) fn new(take: impl Fn(&[u8], Option<Instant>) -> Taken + Send + 'static) -> Self {
        Self(Box::new(take))
    }

    pub(super) fn take(&self, head: &[u8], waited_since: Option<Instant>) -> Taken {
        (self.0)(head, waited_since)
    }
}

impl fmt::Debug for Shortcut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shortcut")
    }
}

/// The lane beside the parser: what leaves the stream before it, and what waits for leaving.
#[derive(Debug, Default)]
pub(super) struct Lane {
    shortcut: Option<Shortcut>,
    /// What is answered and is not yet written.
    pub(super) sending: Option<Sending>,
    parked: Option<Parked>,
}

/// A head that waits for its turn. It stands at the beginning of what is held, and nothing behind it is looked at.
#[derive(Debug)]
struct Parked {
    waiting: Waiting,
    since: Instant,
    /// How long the head is.
    length: usize,
}

impl Lane {
    /// A lane for what this can take.
    pub(super) fn of(shortcut: Shortcut) -> Self {
        Self { shortcut: Some(shortcut), ..Self::default() }
    }

    /// Takes a head, if it can be answered or will be.
    pub(super) fn take(&mut self, head: &[u8]) -> Way {
        let taken = self.shortcut.as_ref().map_or(Taken::Not, |shortcut| shortcut.take(head, None));
        match taken {
            Taken::Not => Way::On,
            Taken::Answered(answer) => {
                self.sending = Some(answer.into());
                Way::Answered
            }
            Taken::Later(waiting) => {
                self.parked = Some(Parked { waiting, since: Instant::now(), length: head.len() });
                Way::Parked
            }
        }
    }

    /// Whether a head waits for its turn.
    pub(super) fn is_waiting(&self) -> bool {
        self.parked.is_some()
    }

    /// Ready when no head waits, or the turn of the one that does has come.
    pub(super) fn poll_turn(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.parked {
            Some(parked) => Pin::new(&mut parked.waiting).poll(context),
            None => Poll::Ready(()),
        }
    }

    /// Takes the head that waited, which stands at the beginning of `held`; how long it was, if it is answered.
    pub(super) fn go_on(&mut self, held: &[u8]) -> Option<usize> {
        let Parked { since, length, .. } = self.parked.take()?;
        match self.shortcut.as_ref()?.take(held.get(..length)?, Some(since)) {
            Taken::Answered(answer) => {
                self.sending = Some(answer.into());
                Some(length)
            }
            Taken::Later(_) | Taken::Not => None,
        }
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
