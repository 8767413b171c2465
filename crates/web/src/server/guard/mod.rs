//! What of a client's bytes may reach the HTTP/1 parser?
//! The parser is lenient, and answers its own limits bare. So each head is judged here first, and a bad
//! one is replaced by a small good one whose fault the service finds in [`Verdicts`] and answers.
//!
//! The service counts the requests of its connection from 0 and asks [`Verdicts::fault`] for each. Behind
//! a fault the parser gets nothing more. The accept loop needs to do nothing: when the parser closes the
//! connection, `poll_shutdown` first reads away what the client is still sending, within bounds.
//!
//! A head that is good may also be answered right here, by a [`Shortcut`], when nothing else is under way.

mod bytes;
mod chunked;
mod framing;
mod head;

mod host;
mod patience;
mod shortcut;
mod verdicts;

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;

use framing::{Framing, Judged, Quiet, Way};
use patience::Patience;
use shortcut::Lane;

pub(crate) use bytes::trim;
pub use head::{HEADER_BYTES, HEADERS, HEADERS_BYTES, TARGET_BYTES};
pub use host::is_well_formed as is_well_formed_host;
pub use shortcut::Answer;
pub(crate) use shortcut::{Shortcut, Taken, Wait};
pub use verdicts::{Fault, Verdicts};

/// How much is read at a time while a piece is unfinished.
const READ_BYTES: usize = 8 * 1024;
/// How much room an idle connection keeps.
const KEPT_BYTES: usize = 16 * 1024;
/// How much is read away before closing, and for how long.
const DRAIN_BYTES: usize = 256 * 1024;
const DRAIN_SPAN: Duration = Duration::from_secs(1);
/// How long what was written may take until the client has all of it, however steadily it reads: a reader that
/// takes a few bytes now and then holds its answer no longer than a long listing may take.
const DELIVERY: Duration = Duration::from_mins(5);

/// How long a client may keep us waiting.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// From the first byte of a head to its last; then [`Fault::HeadTimeout`].
    pub head: Duration,
    /// Without a request, on HTTP/1; then the connection ends. Runs from the last byte of an answer, so
    /// it must be longer than any pause within one.
    pub idle: Duration,
    /// With an answer that cannot be written, since the client does not read; then
    /// [`io::ErrorKind::TimedOut`]. Also on HTTP/2.
    pub write: Duration,
}

/// A connection whose HTTP/1 requests are judged before they are read. HTTP/2 passes as it is.
#[derive(Debug)]
pub struct Guarded<IO> {
    io: IO,
    timeouts: Timeouts,
    framing: Framing,
    /// Bytes that have come and are not yet with the parser: `forwarded..passed` may go, what follows
    /// is yet to be judged.
    held: Vec<u8>,
    forwarded: usize,
    passed: usize,
    refused: Option<Refused>,
    lane: Lane,
    /// Whether what is held was not looked at since a head before it was answered.
    is_unjudged: bool,
    /// Whether all that the parser wrote went out.
    is_flushed: bool,
    has_ended: bool,
    /// Whether something has been written since the last byte went to the parser.
    is_answered: bool,
    reading: Patience,
    /// What `reading` waits for.
    awaited: Quiet,
    writing: Patience,
    delivering: Patience,
    drained: usize,
    is_shut: bool,
}

/// Judges `bytes`; a head may leave the stream by the lane, if that is open.
fn judge(framing: &mut Framing, bytes: &[u8], lane: &mut Lane, is_open: bool) -> Judged {
    // Between two answers, and not within one: else the order of the answers would not be that of the requests.
    let is_open = is_open && framing.is_answered();
    framing.judge(bytes, |head| if is_open { lane.take(head) } else { Way::On })
}

/// How the stream goes on behind a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// Not at all, without an end: the parser takes an end for a client that went away, and would drop
    /// the answer. It closes by itself after the replacement.
    Head,
    /// It ends, in the middle of a body, which makes reading that body fail.
    Body,
}

impl<IO> Guarded<IO> {
    /// Guards `io`, a connection from which nothing has been read yet.
    pub fn new(io: IO, timeouts: Timeouts, verdicts: Arc<Verdicts>) -> Self {
        Self {
            io,
            timeouts,
            framing: Framing::new(verdicts),
            held: Vec::new(),
            forwarded: 0,
            passed: 0,
            refused: None,
            lane: Lane::default(),
            is_unjudged: false,
            is_flushed: true,
            has_ended: false,
            // Before the first request there is nothing to be answered.
            is_answered: true,
            reading: Patience::default(),
            awaited: Quiet::Other,
            writing: Patience::default(),
            delivering: Patience::default(),
            drained: 0,
            is_shut: false,
        }
    }

    /// Lets `shortcut` answer what it can.
    pub(crate) fn with_shortcut(self, shortcut: Shortcut) -> Self {
        Self { lane: Lane::of(shortcut), ..self }
    }

    /// Moves as much as may go from `held` to the parser; whether there was anything.
    fn forward(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let ready = self.held.get(self.forwarded..self.passed).unwrap_or_default();
        let count = ready.len().min(buffer.remaining());
        let Some(now) = ready.get(..count).filter(|now| !now.is_empty()) else { return false };
        buffer.put_slice(now);
        self.is_answered = false;
        self.forwarded = self.forwarded.saturating_add(count);
        if self.forwarded == self.passed {
            self.held.drain(..self.passed);
            self.forwarded = 0;
            self.passed = 0;
            if self.held.is_empty() {
                self.held.shrink_to(KEPT_BYTES);
            }
        }
        true
    }

    /// Puts `replacement` in the place of all that has not passed, for good.
    fn refuse(&mut self, replacement: &[u8]) {
        self.refused = Some(if replacement.is_empty() { Refused::Body } else { Refused::Head });
        self.held.truncate(self.passed);
        self.held.extend_from_slice(replacement);
        self.passed = self.held.len();
        self.reading.calm();
    }

    /// Judges what has been read straight into `buffer`, behind its first `before` bytes, and takes back
    /// what may not pass yet.
    fn judge_in_place(&mut self, buffer: &mut ReadBuf<'_>, before: usize) {
        let fresh = bytes::from(buffer.filled(), before);
        let Judged { pass, refusal, answered } =
            judge(&mut self.framing, fresh, &mut self.lane, self.is_flushed);
        if refusal.is_none() {
            self.held.extend_from_slice(bytes::from(fresh, pass.max(answered)));
        }
        self.is_unjudged = answered > 0 && !self.held.is_empty();
        if pass > 0 {
            self.is_answered = false;
        }
        buffer.set_filled(before.saturating_add(pass));
        if let Some(replacement) = refusal {
            self.refuse(&replacement);
        }
    }

    fn judge_held(&mut self, is_open: bool) {
        let Judged { pass, refusal, answered } =
            judge(&mut self.framing, &self.held, &mut self.lane, is_open && self.is_flushed);
        if answered > 0 {
            self.held.drain(..answered);
        }
        self.is_unjudged = answered > 0 && !self.held.is_empty();
        self.passed = pass;
        if let Some(replacement) = refusal {
            self.refuse(&replacement);
        }
    }

    /// Goes on with the head that waited for its turn, which is now.
    fn go_on(&mut self) {
        match self.lane.go_on(&self.held) {
            Some(answered) => {
                self.held.drain(..answered);
                self.is_unjudged = !self.held.is_empty();
            }
            None => self.judge_held(false),
        }
    }

    /// Ready when the client has been quiet for too long; the state then says how to go on.
    fn poll_quiet(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let quiet = match self.framing.quiet(&self.held) {
            // While an answer is being made, it is not the client who is slow.
            Quiet::Idle if !self.is_answered => Quiet::Other,
            quiet => quiet,
        };
        if quiet != self.awaited {
            self.awaited = quiet;
            self.reading.calm();
        }
        match quiet {
            Quiet::Head => {
                ready!(self.reading.poll_over(context, self.timeouts.head));
                if let Some(replacement) = self.framing.give_up(&self.held, Fault::HeadTimeout) {
                    self.refuse(&replacement);
                }
            }
            Quiet::Idle => {
                ready!(self.reading.poll_over(context, self.timeouts.idle));
                self.has_ended = true;
            }
            Quiet::Other => return Poll::Pending,
        }
        Poll::Ready(())
    }

    /// Notes what became of a write, and cuts one that has been pending for too long.
    fn watch_write<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.writing.calm();
            return written;
        }
        if self.delivering.poll_over(context, DELIVERY).is_pending() {
            ready!(self.writing.poll_over(context, self.timeouts.write));
        }
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read its answer")))
    }

    /// An answer moves: the wait for the next request begins anew.
    fn note_answer(&mut self) {
        self.is_answered = true;
        if self.awaited == Quiet::Idle {
            self.reading.calm();
        }
    }
}

impl<IO: AsyncRead + Unpin> Guarded<IO> {
    /// Reads on into `held`; how many bytes came.
    fn poll_more(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.held.reserve(READ_BYTES);
        poll_read_buf(Pin::new(&mut self.io), context, &mut self.held)
    }

    /// Reads away what the client still sends: closing with bytes unread would reset the connection,
    /// and the answer could be lost on its way.
    fn poll_drain(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while self.drained < DRAIN_BYTES {
            self.held.clear();
            match self.poll_more(context) {
                Poll::Ready(Ok(count)) if count > 0 => self.drained = self.drained.saturating_add(count),
                Poll::Ready(_) => break,
                Poll::Pending => return self.reading.poll_over(context, DRAIN_SPAN),
            }
            // A client that never pauses must not escape the clock, nor hold the others up.
            if self.reading.poll_over(context, DRAIN_SPAN).is_ready() {
                break;
            }
        }
        Poll::Ready(())
    }
}

impl<IO: AsyncWrite + Unpin> Guarded<IO> {
    /// Ready when all is written that the shortcut has answered.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(sending) = &mut self.lane.sending {
            let written = Pin::new(&mut self.io).poll_write_vectored(context, &sending.left());
            let is_all = match &written {
                Poll::Ready(Ok(count)) => sending.advance(*count),
                Poll::Ready(Err(_)) | Poll::Pending => false,
            };
            if ready!(self.watch_write(context, written))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            if is_all {
                self.lane.sending = None;
                self.note_answer();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for Guarded<IO> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            ready!(this.poll_send(context))?;
            if this.lane.is_waiting() {
                ready!(this.lane.poll_turn(context));
                this.go_on();
                continue;
            }
            if this.is_unjudged {
                this.judge_held(true);
                continue;
            }
            if this.forward(buffer) {
                return Poll::Ready(Ok(()));
            }
            match this.refused {
                Some(Refused::Head) => return Poll::Pending,
                Some(Refused::Body) => return Poll::Ready(Ok(())),
                None if this.has_ended => return Poll::Ready(Ok(())),
                None => {}
            }
            let before = buffer.filled().len();
            // While the parser has room for some bytes only, to learn which protocol it is, a head would be read in
            // two parts.
            let read = if this.held.is_empty() && buffer.remaining() >= READ_BYTES {
                let read = Pin::new(&mut this.io).poll_read(context, buffer);
                read.map_ok(|()| buffer.filled().len().saturating_sub(before))
            } else {
                this.poll_more(context)
            };
            match read {
                Poll::Pending => ready!(this.poll_quiet(context)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Ready(Ok(0)) => {
                    this.has_ended = true;
                    if let Some(replacement) = this.framing.give_up(&this.held, Fault::BadRequest) {
                        this.refuse(&replacement);
                    }
                }
                Poll::Ready(Ok(_)) if this.held.is_empty() => {
                    this.judge_in_place(buffer, before);
                    if buffer.filled().len() > before {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Ready(Ok(_)) => this.judge_held(true),
            }
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Guarded<IO> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_send(context))?;
        this.note_answer();
        this.is_flushed = false;
        let written = Pin::new(&mut this.io).poll_write(context, bytes);
        this.watch_write(context, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_send(context))?;
        this.note_answer();
        this.is_flushed = false;
        let written = Pin::new(&mut this.io).poll_write_vectored(context, slices);
        this.watch_write(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(context))?;
        // The parser flushes when all that it had is written.
        this.delivering.calm();
        let flushed = Pin::new(&mut this.io).poll_flush(context);
        this.is_flushed |= matches!(flushed, Poll::Ready(Ok(())));
        this.watch_write(context, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.is_shut {
            ready!(this.poll_send(context))?;
            let shut = Pin::new(&mut this.io).poll_shutdown(context);
            ready!(this.watch_write(context, shut))?;
            this.is_shut = true;
            this.reading.calm();
        }
        if this.framing.may_be_sending() && !this.has_ended {
            ready!(this.poll_drain(context));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests;
