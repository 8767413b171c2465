//! Where in the client's stream are we: in which head, in which body, or in HTTP/2?

use std::sync::Arc;

use super::bytes::from;
use super::chunked::{self, Chunked};
use super::head::{self, Body, Head};
use super::{Fault, Verdicts};

/// With this a client says that it speaks HTTP/2 at once (RFC 9113 section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[derive(Debug)]
enum Place {
    /// At the very start of the connection, where the HTTP/2 preface may stand.
    Start,
    Http2,
    Head(Head),
    /// In a body with so many bytes to come.
    Length(u64),
    Chunked(Chunked),
    /// Behind a fault: nothing more passes.
    Refused,
}

/// What a judgement lets pass.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Judged {
    /// So many bytes, from the first.
    pub(super) pass: usize,
    /// And then this and nothing more; empty where a body breaks off. `None`: no fault so far.
    pub(super) refusal: Option<Vec<u8>>,
    /// So many bytes, from the first, were a head that is answered already. Then none pass, and what follows is
    /// yet to be judged.
    pub(super) answered: usize,
}

impl Judged {
    fn pass(pass: usize) -> Self {
        Self { pass, refusal: None, answered: 0 }
    }

    fn refuse(pass: usize, refusal: Option<Vec<u8>>) -> Self {
        Self { pass, refusal, answered: 0 }
    }
}

/// Where a head goes that a shortcut was asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// On to the parser.
    On,
    /// Nowhere: it is answered.
    Answered,
    /// Nowhere yet: it stays where it is.
    Parked,
}

/// What a connection that has gone quiet owes us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quiet {
    /// The rest of a head.
    Head,
    /// A new request.
    Idle,
    /// Something whose time others keep.
    Other,
}

/// Judges one client's stream from its first byte.
#[derive(Debug)]
pub(super) struct Framing {
    place: Place,
    /// The index of the request that is being read.
    index: u64,
    verdicts: Arc<Verdicts>,
}

impl Framing {
    pub(super) fn new(verdicts: Arc<Verdicts>) -> Self {
        Self { place: Place::Start, index: 0, verdicts }
    }

    /// Whether the service is done with every request that was let pass.
    pub(super) fn is_answered(&self) -> bool {
        self.verdicts.done() == self.index
    }

    /// Judges `bytes`: what was not let pass before, and all that came since. `shortcut` may take a good head
    /// that no body follows, if it is the first.
    pub(super) fn judge(&mut self, bytes: &[u8], mut shortcut: impl FnMut(&[u8]) -> Way) -> Judged {
        let mut pass = 0_usize;
        loop {
            let rest = from(bytes, pass);
            if rest.is_empty() {
                return Judged::pass(pass);
            }
            let passed = match &mut self.place {
                Place::Start if PREFACE.starts_with(rest) && rest != PREFACE => 0,
                Place::Start => {
                    let is_http2 = rest.starts_with(PREFACE);
                    self.place = if is_http2 { Place::Http2 } else { Place::Head(Head::default()) };
                    continue;
                }
                Place::Http2 => rest.len(),
                Place::Head(head) => match head.step(rest) {
                    head::Step::More => 0,
                    head::Step::Good(length, body) => {
                        if body == Body::Length(0) && pass == 0 {
                            let way = shortcut(rest.get(..length).unwrap_or_default());
                            if way != Way::On {
                                self.place = Place::Head(Head::default());
                                let answered = if way == Way::Answered { length } else { 0 };
                                return Judged { answered, ..Judged::pass(0) };
                            }
                        }
                        self.place = match body {
                            Body::Chunked => Place::Chunked(Chunked::new()),
                            Body::Length(0) => self.next(),
                            Body::Length(length) => Place::Length(length),
                        };
                        length
                    }
                    head::Step::Bad(fault) => return Judged::refuse(pass, self.refuse(rest, fault)),
                },
                Place::Length(left) => {
                    let here = usize::try_from(*left).map_or(rest.len(), |left| left.min(rest.len()));
                    *left = left.saturating_sub(here as u64);
                    if *left == 0 {
                        self.place = self.next();
                    }
                    here
                }
                Place::Chunked(body) => match body.step(rest) {
                    chunked::Step::More => 0,
                    chunked::Step::Pass(count) => count,
                    chunked::Step::End(count) => {
                        self.place = self.next();
                        count
                    }
                    chunked::Step::Broken => {
                        return Judged::refuse(pass, self.refuse(rest, Fault::BadBody));
                    }
                },
                Place::Refused => return Judged::pass(pass),
            };
            if passed == 0 {
                return Judged::pass(pass);
            }
            pass = pass.saturating_add(passed);
        }
    }

    /// What to put in the place of `held`, the begun head that will not be finished; `None` if no head
    /// was begun. A fault already found in it counts more than `fault`.
    pub(super) fn give_up(&mut self, held: &[u8], fault: Fault) -> Option<Vec<u8>> {
        match (&self.place, self.quiet(held)) {
            (Place::Head(head), Quiet::Head) => {
                let fault = head.fault_or(fault);
                self.refuse(held, fault)
            }
            (Place::Start, Quiet::Head) => self.refuse(held, fault),
            _ => None,
        }
    }

    /// What the client owes, when `held` is all that has come and not passed.
    pub(super) fn quiet(&self, held: &[u8]) -> Quiet {
        match &self.place {
            Place::Start if held.is_empty() => Quiet::Idle,
            Place::Start => Quiet::Head,
            Place::Head(head) if head.is_untouched(held.len()) => Quiet::Idle,
            Place::Head(_) => Quiet::Head,
            Place::Http2 | Place::Length(_) | Place::Chunked(_) | Place::Refused => Quiet::Other,
        }
    }

    /// Whether the client has been refused, or is in the middle of a body.
    pub(super) fn may_be_sending(&self) -> bool {
        matches!(self.place, Place::Refused | Place::Length(_) | Place::Chunked(_))
    }

    fn refuse(&mut self, bytes: &[u8], fault: Fault) -> Option<Vec<u8>> {
        let replacement = match &self.place {
            Place::Head(head) => head.replacement(bytes),
            Place::Start => Head::default().replacement(bytes),
            _ => Vec::new(),
        };
        self.verdicts.record(self.index, fault);
        self.place = Place::Refused;
        Some(replacement)
    }

    /// To the next request.
    fn next(&mut self) -> Place {
        self.index = self.index.saturating_add(1);
        Place::Head(Head::default())
    }
}
