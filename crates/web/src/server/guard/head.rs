//! Is the head of an HTTP/1 request one that we want the parser to see?
//! Reads line by line as bytes come and never twice. A fault in a header does not end the reading at
//! once: the rest is read for its `X-Correlation-Id`, which the answer must carry.

use std::ops::Range;

use super::bytes::{field, from, is_target, is_token};
use super::{Fault, host};

/// The longest request target, in bytes.
pub const TARGET_BYTES: usize = 8 * 1024;
/// The longest header, name and value without the white space around it, in bytes.
pub const HEADER_BYTES: usize = 16 * 1024;
/// The longest header section, as it stands on the wire with its line ends, in bytes.
pub const HEADERS_BYTES: usize = 64 * 1024;
/// The most headers.
pub const HEADERS: usize = 100;

/// The longest method, in bytes.
const METHOD_BYTES: usize = 32;
/// How many empty lines before the request line are forgiven (RFC 9112 section 2.2).
const EMPTY_LINES: usize = 2;
/// The longest request line that is still looked into.
const REQUEST_LINE_BYTES: usize = METHOD_BYTES + " ".len() + TARGET_BYTES + " HTTP/1.1\r\n".len();
/// How much of one head is ever held; more than a good head can have, so that the correlation id of
/// one that is a little too large is still found.
const HEAD_BYTES: usize = 96 * 1024;

/// How the body behind a good head is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes, maybe none.
    Length(u64),
    Chunked,
}

/// How far the bytes at hand lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The head goes on behind the bytes at hand.
    More,
    /// A good head of so many bytes.
    Good(usize, Body),
    /// Not to be let through.
    Bad(Fault),
}

/// What is known of a head so far. Places are counted from the head's first byte.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Where the line being read begins.
    line: usize,
    /// Up to where that line has been searched for its end.
    searched: usize,
    empty_lines: usize,
    /// Where the headers begin; `None` before the request line has been read.
    headers_at: Option<usize>,
    method: Range<usize>,
    target: Range<usize>,
    is_http_10: bool,
    headers: usize,
    hosts: usize,
    has_bad_host: bool,
    content_length: Option<u64>,
    is_chunked: bool,
    correlation: Correlation,
    /// The first fault in a head whose rest is still being read.
    fault: Option<Fault>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Correlation {
    #[default]
    Absent,
    At(Range<usize>),
    Unusable,
}

impl Head {
    /// Reads on. `bytes` begins at the head's first byte and has at least the bytes of the last call.
    pub(super) fn step(&mut self, bytes: &[u8]) -> Step {
        let is_cut = bytes.len() >= HEAD_BYTES;
        let bytes = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
        while let Some(length) = memchr::memchr(b'\n', from(bytes, self.searched)) {
            let end = self.searched.saturating_add(length);
            let raw = bytes.get(self.line..end).unwrap_or_default();
            let at = self.line;
            self.line = end.saturating_add(1);
            self.searched = self.line;
            if let Some(begin) = self.headers_at {
                if matches!(raw, [] | [b'\r']) {
                    self.note((raw.is_empty()).then_some(Fault::BadRequest));
                    return self.end();
                }
                self.headers = self.headers.saturating_add(1);
                let fault = if self.line.saturating_sub(begin) > HEADERS_BYTES || self.headers > HEADERS {
                    Some(Fault::HeadersTooLarge)
                } else {
                    None
                };
                self.note(fault);
                let fault = self.header(raw, at);
                self.note(fault);
            } else if raw == b"\r" && self.empty_lines < EMPTY_LINES {
                self.empty_lines = self.empty_lines.saturating_add(1);
            } else if let Err(fault) = self.request_line(raw, at) {
                return Step::Bad(fault);
            }
        }
        self.searched = bytes.len();
        if self.headers_at.is_none() && !may_begin_request_line(from(bytes, self.line)) {
            return Step::Bad(Fault::BadRequest);
        }
        if is_cut {
            let limit = self.headers_at.map_or(Fault::TargetTooLong, |_| Fault::HeadersTooLarge);
            return Step::Bad(self.fault.unwrap_or(limit));
        }
        Step::More
    }

    /// Whether nothing but forgiven empty lines has come, of the `length` bytes at hand.
    pub(super) fn is_untouched(&self, length: usize) -> bool {
        self.headers_at.is_none() && self.line == length
    }

    /// The fault of a head whose end will not come any more: the one already found, or `otherwise`.
    pub(super) fn fault_or(&self, otherwise: Fault) -> Fault {
        self.fault.unwrap_or(otherwise)
    }

    /// A small good head to put in the place of this bad one: its request line where that is sound, and
    /// its correlation id. `bytes` is what the last [`step`](Self::step) saw.
    pub(super) fn replacement(&self, bytes: &[u8]) -> Vec<u8> {
        let method = bytes.get(self.method.clone()).unwrap_or_default();
        let target = bytes.get(self.target.clone()).unwrap_or_default();
        let mut head = Vec::with_capacity(target.len().saturating_add(256));
        // What the parser would refuse must not reach it here, or the answer would be bare after all.
        if method.is_empty() || http::Uri::try_from(target).is_err() {
            head.extend_from_slice(b"GET /");
        } else {
            head.extend_from_slice(method);
            head.push(b' ');
            head.extend_from_slice(target);
        }
        head.extend_from_slice(b" HTTP/1.1\r\nhost: rollcall.invalid\r\nconnection: close\r\n");
        if let Correlation::At(at) = &self.correlation {
            head.extend_from_slice(b"x-correlation-id: ");
            head.extend_from_slice(bytes.get(at.clone()).unwrap_or_default());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        head
    }

    fn note(&mut self, fault: Option<Fault>) {
        self.fault = self.fault.or(fault);
    }

    /// Reads the request line (RFC 9112 section 3). Of the faults only a long target lets the reading go
    /// on: behind a line that is not HTTP nothing can be trusted to be a header.
    fn request_line(&mut self, raw: &[u8], at: usize) -> Result<(), Fault> {
        let space = raw.iter().position(|byte| *byte == b' ').ok_or(Fault::BadRequest)?;
        let (method, rest) = raw.split_at(space);
        if !is_method(method) {
            return Err(Fault::BadRequest);
        }
        self.headers_at = Some(self.line);
        if raw.len() >= REQUEST_LINE_BYTES {
            self.note(Some(Fault::TargetTooLong));
            return Ok(());
        }
        let target = match rest {
            [b' ', target @ .., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b'\r'] => target,
            [b' ', target @ .., b' ', b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'0', b'\r'] => {
                self.is_http_10 = true;
                target
            }
            _ => return Err(Fault::BadRequest),
        };
        if target.len() > TARGET_BYTES {
            self.note(Some(Fault::TargetTooLong));
            return Ok(());
        }
        if !is_target(target) || !has_good_form(method, target) {
            return Err(Fault::BadRequest);
        }
        let target_at = at.saturating_add(space).saturating_add(1);
        self.method = at..at.saturating_add(space);
        self.target = target_at..target_at.saturating_add(target.len());
        Ok(())
    }

    /// Reads a header line (RFC 9112 section 5).
    fn header(&mut self, raw: &[u8], at: usize) -> Option<Fault> {
        let Some((name, value)) = raw.strip_suffix(b"\r").and_then(field) else {
            return Some(Fault::BadRequest);
        };
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => {
                self.hosts = self.hosts.saturating_add(1);
                self.has_bad_host |= !host::is_well_formed(value);
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                let is_repeated = self.content_length.is_some();
                self.content_length = decimal(value);
                if is_repeated || self.content_length.is_none() {
                    return Some(Fault::BadRequest);
                }
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                    return Some(Fault::BadRequest);
                }
                self.is_chunked = true;
            }
            16 if name.eq_ignore_ascii_case(b"x-correlation-id") => {
                let is_usable = (1..=128).contains(&value.len()) && value.iter().all(u8::is_ascii_graphic);
                self.correlation = if is_usable && self.correlation == Correlation::Absent {
                    let padding = from(raw, name.len().saturating_add(1))
                        .iter()
                        .take_while(|byte| matches!(**byte, b' ' | b'\t'))
                        .count();
                    let begin = at.saturating_add(name.len()).saturating_add(1).saturating_add(padding);
                    Correlation::At(begin..begin.saturating_add(value.len()))
                } else {
                    Correlation::Unusable
                };
            }
            _ => {}
        }
        (name.len().saturating_add(value.len()) > HEADER_BYTES).then_some(Fault::HeadersTooLarge)
    }

    /// Judges the head as a whole, at its end.
    fn end(&mut self) -> Step {
        let has_bad_framing = self.is_chunked && (self.content_length.is_some() || self.is_http_10);
        self.note(has_bad_framing.then_some(Fault::BadRequest));
        self.note((self.hosts != 1 || self.has_bad_host).then_some(Fault::BadHost));
        match self.fault {
            Some(fault) => Step::Bad(fault),
            None if self.is_chunked => Step::Good(self.line, Body::Chunked),
            None => Step::Good(self.line, Body::Length(self.content_length.unwrap_or(0))),
        }
    }
}

/// Whether a request line may begin so: seen early, what is not HTTP need not be waited for.
fn may_begin_request_line(bytes: &[u8]) -> bool {
    match bytes.iter().take(METHOD_BYTES.saturating_add(1)).position(|byte| !is_token(*byte)) {
        Some(0) => matches!(bytes, [b'\r']),
        Some(end) => bytes.get(end) == Some(&b' '),
        None => bytes.len() <= METHOD_BYTES,
    }
}

fn is_method(method: &[u8]) -> bool {
    (1..=METHOD_BYTES).contains(&method.len()) && method.iter().all(|byte| is_token(*byte))
}

/// Whether a target has one of the four forms, the one that goes with its method (RFC 9112 section 3.2).
fn has_good_form(method: &[u8], target: &[u8]) -> bool {
    match target {
        // The parser behind us checks the authority.
        [_, ..] if method == b"CONNECT" => !target.starts_with(b"/") && target != b"*",
        [b'/', ..] => true,
        [b'*'] => method == b"OPTIONS",
        [letter, ..] if letter.is_ascii_alphabetic() => {
            let scheme = target
                .iter()
                .take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
                .count();
            from(target, scheme).starts_with(b"://")
        }
        _ => false,
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
