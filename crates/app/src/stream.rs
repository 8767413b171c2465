//! How is a listing sent that is too long to be kept? Read in one snapshot, encoded on the way, and only as
//! fast as it is taken, so that memory stays bounded however long it is.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use domain::access::Scope;
use domain::error::Error;
use store::{Standing, Step, Store};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::coding::{Coding, Effort, Encoder};

/// A piece is sent when it has this many bytes.
const PIECE: usize = 64 << 10;
/// How many pieces may wait for a slow reader; then the reading of the database waits too.
const AHEAD: usize = 4;
/// How long one listing may take in all: it holds a snapshot, and so the write-ahead log, until then.
const LONGEST: Duration = Duration::from_mins(5);

/// The pieces of a body, in order. One that is an error ends it: the array then stays open, so that nobody
/// takes a part for the whole.
pub struct Pieces {
    receiver: mpsc::Receiver<Result<Piece, Error>>,
    ended: bool,
}

struct Piece {
    bytes: Bytes,
    last: bool,
}

impl Pieces {
    /// Polls for the next piece; nothing after the last.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let received = std::task::ready!(self.receiver.poll_recv(context));
        let piece = received.unwrap_or_else(|| Err(Error::Unavailable("a listing was given up".to_owned())));
        self.ended = piece.as_ref().map_or(true, |piece| piece.last);
        Poll::Ready(Some(piece.map(|piece| piece.bytes)))
    }

    /// Begins to read all users of a scope; the standing is of the same snapshot as the pieces.
    ///
    /// # Errors
    /// Customer, reseller relation; too many long listings are read or wait to be; or the database failed.
    pub(crate) async fn begin(
        store: &Arc<Store>,
        scope: Scope,
        coding: Coding,
        layout: impl Layout + 'static,
    ) -> Result<(Standing, Self), Error> {
        let (announce, announced) = oneshot::channel();
        let (sender, receiver) = mpsc::channel(AHEAD);
        let mut writer = Writer {
            layout,
            encoder: Some(Encoder::new(coding, Effort::Stream).map_err(|error| unencoded(&error))?),
            announce: Some(announce),
            sender: sender.clone(),
            runtime: Handle::current(),
            deadline: Instant::now() + LONGEST,
        };
        let store = Arc::clone(store);
        tokio::spawn(async move {
            if let Err(error) = store.stream(scope, move |step| writer.take(step)).await {
                // The reader may be gone; then nobody needs to know.
                let _ = sender.send(Err(error)).await;
            }
        });
        let mut pieces = Self { receiver, ended: false };
        match announced.await {
            Ok(None) => Err(Error::CustomerNotFound),
            Ok(Some(standing)) if !standing.related => Err(Error::ResellerNotRelated),
            Ok(Some(standing)) => Ok((standing, pieces)),
            Err(_) => match pieces.receiver.recv().await {
                Some(Err(error)) => Err(error),
                _ => Err(Error::Internal("a listing ended before it began".to_owned())),
            },
        }
    }
}

fn unencoded(error: &io::Error) -> Error {
    Error::Internal(format!("a listing could not be encoded: {error}"))
}

/// What stands around the users and between them.
pub(crate) trait Layout: Send {
    fn begin(&mut self, encoder: &mut Encoder) -> io::Result<()>;
    fn user(&mut self, document: &str, encoder: &mut Encoder) -> io::Result<()>;
    fn end(&mut self, encoder: &mut Encoder) -> io::Result<()>;
}

/// The array of the listing.
#[derive(Default)]
pub(crate) struct Array {
    has_users: bool,
}

impl Layout for Array {
    fn begin(&mut self, encoder: &mut Encoder) -> io::Result<()> {
        encoder.write(b"[")
    }

    fn user(&mut self, document: &str, encoder: &mut Encoder) -> io::Result<()> {
        if std::mem::replace(&mut self.has_users, true) {
            encoder.write(b",")?;
        }
        encoder.write(document.as_bytes())
    }

    fn end(&mut self, encoder: &mut Encoder) -> io::Result<()> {
        encoder.write(b"]")
    }
}

/// Turns the steps of the reading into pieces.
struct Writer<L> {
    layout: L,
    encoder: Option<Encoder>,
    announce: Option<oneshot::Sender<Option<Standing>>>,
    sender: mpsc::Sender<Result<Piece, Error>>,
    runtime: Handle,
    deadline: Instant,
}

impl<L: Layout> Writer<L> {
    /// Takes one step, and says whether to go on.
    fn take(&mut self, step: Step<'_>) -> bool {
        let written = match step {
            Step::Begin(standing) => {
                let heard = self.announce.take().is_some_and(|announce| announce.send(standing).is_ok());
                if heard { self.write(L::begin) } else { return false }
            }
            Step::Document(document) => self.write(|layout, encoder| layout.user(document, encoder)),
            Step::End => return self.end(),
        };
        match (written, &mut self.encoder) {
            (Ok(()), Some(encoder)) if encoder.ready() >= PIECE => {
                let piece = encoder.take();
                self.send(Ok(Piece { bytes: piece.into(), last: false }))
            }
            (Ok(()), _) => true,
            (Err(error), _) => {
                self.send(Err(unencoded(&error)));
                false
            }
        }
    }

    fn write(&mut self, part: impl FnOnce(&mut L, &mut Encoder) -> io::Result<()>) -> io::Result<()> {
        self.encoder.as_mut().map_or(Ok(()), |encoder| part(&mut self.layout, encoder))
    }

    fn end(&mut self) -> bool {
        let last =
            self.write(L::end).and_then(|()| self.encoder.take().map_or(Ok(Vec::new()), Encoder::finish));
        let last = last.map(|bytes| Piece { bytes: bytes.into(), last: true });
        self.send(last.map_err(|error| unencoded(&error)))
    }

    /// Waits until there is room for a piece. A reader that takes too long in all is given up.
    fn send(&self, piece: Result<Piece, Error>) -> bool {
        let sent = self.runtime.block_on(tokio::time::timeout_at(self.deadline, self.sender.send(piece)));
        matches!(sent, Ok(Ok(())))
    }
}
