//! How is a request answered that needs no parser? Its head is taken out of the stream before the parser sees
//! it, and its answer is written between those of the parser's.

use std::fmt;
use std::io::IoSlice;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

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
    /// It may be answered after this.
    Later(Wait),
    /// The parser has to see it.
    Not,
}

/// What a head waits for; then whether it may still be answered here.
pub(crate) enum Wait {
    /// Its turn.
    Turn(Waiting),
    /// What others wrote.
    News(Pin<Box<dyn Future<Output = bool> + Send>>),
}

impl Future for Wait {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        match self.get_mut() {
            Self::Turn(turn) => Pin::new(turn).poll(context).map(|()| true),
            Self::News(news) => news.as_mut().poll(context),
        }
    }
}

impl fmt::Debug for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wait")
    }
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
    waiting: Wait,
    /// Whether it may be answered here, once that is known.
    may_go: bool,
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
                self.parked =
                    Some(Parked { waiting, may_go: true, since: Instant::now(), length: head.len() });
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
            Some(parked) => {
                parked.may_go = ready!(Pin::new(&mut parked.waiting).poll(context));
                Poll::Ready(())
            }
            None => Poll::Ready(()),
        }
    }

    /// Takes the head that waited, which stands at the beginning of `held`; how long it was, if it is answered.
    pub(super) fn go_on(&mut self, held: &[u8]) -> Option<usize> {
        let Parked { since, length, .. } = self.parked.take().filter(|parked| parked.may_go)?;
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
