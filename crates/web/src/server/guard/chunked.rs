//! Is the framing of a chunked body sound (RFC 9112 section 7.1)?
//! A line is let through only once it is whole and judged, so the parser never sees half of a bad one.

use super::bytes::{field, from, is_token};

/// The longest chunk line, in bytes, with its line end.
const CHUNK_LINE_BYTES: usize = 4 * 1024;
/// The longest trailer section, in bytes, with its line ends.
const TRAILER_BYTES: usize = 8 * 1024;
/// The most trailer lines.
const TRAILER_LINES: usize = 100;

/// What stands next in the body.
#[derive(Debug)]
enum Part {
    Size,
    Data(u64),
    DataEnd,
    Trailers { lines: usize, bytes: usize },
}

/// Follows one chunked body through the stream.
#[derive(Debug)]
pub(super) struct Chunked {
    part: Part,
    /// How much of the unfinished line has been searched for its end.
    searched: usize,
}

/// How far the bytes at hand lead.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// More bytes are needed to judge what is next.
    More,
    /// So many bytes may pass; the body goes on.
    Pass(usize),
    /// So many bytes may pass, and the body ends with them.
    End(usize),
    /// The framing is broken.
    Broken,
}

impl Chunked {
    /// At the first chunk line of a body.
    pub(super) fn new() -> Self {
        Self { part: Part::Size, searched: 0 }
    }

    /// Judges the next part of the body; `bytes` begins at it and is not empty.
    pub(super) fn step(&mut self, bytes: &[u8]) -> Step {
        match self.part {
            Part::Size => self.size(bytes),
            Part::Data(left) => {
                let here = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
                let left = left.saturating_sub(here as u64);
                self.part = if left == 0 { Part::DataEnd } else { Part::Data(left) };
                Step::Pass(here)
            }
            Part::DataEnd => match bytes {
                [b'\r', b'\n', ..] => {
                    self.part = Part::Size;
                    Step::Pass(2)
                }
                [b'\r'] => Step::More,
                _ => Step::Broken,
            },
            Part::Trailers { lines, bytes: before } => self.trailer(bytes, lines, before),
        }
    }

    fn size(&mut self, bytes: &[u8]) -> Step {
        let line = match self.line(bytes, CHUNK_LINE_BYTES) {
            Ok(line) => line,
            Err(step) => return step,
        };
        let Some(size) = chunk_size(line) else { return Step::Broken };
        self.part = if size == 0 { Part::Trailers { lines: 0, bytes: 0 } } else { Part::Data(size) };
        Step::Pass(line.len().saturating_add(2))
    }

    fn trailer(&mut self, bytes: &[u8], lines: usize, before: usize) -> Step {
        // Two more than the section may have: the empty line that ends it does not count.
        let line = match self.line(bytes, TRAILER_BYTES.saturating_sub(before).saturating_add(2)) {
            Ok(line) => line,
            Err(step) => return step,
        };
        let whole = line.len().saturating_add(2);
        if line.is_empty() {
            return Step::End(whole);
        }
        let (lines, before) = (lines.saturating_add(1), before.saturating_add(whole));
        if lines > TRAILER_LINES || before > TRAILER_BYTES || field(line).is_none() {
            return Step::Broken;
        }
        self.part = Part::Trailers { lines, bytes: before };
        Step::Pass(whole)
    }

    /// The line at the start of `bytes`, without its CRLF, if it is whole and not longer than `most`.
    fn line<'a>(&mut self, bytes: &'a [u8], most: usize) -> Result<&'a [u8], Step> {
        let Some(end) = memchr::memchr(b'\n', from(bytes, self.searched)) else {
            self.searched = bytes.len();
            return Err(if bytes.len() >= most { Step::Broken } else { Step::More });
        };
        let end = end.saturating_add(self.searched);
        self.searched = 0;
        match bytes.get(..end).and_then(|line| line.strip_suffix(b"\r")) {
            Some(line) if end < most => Ok(line),
            _ => Err(Step::Broken),
        }
    }
}

/// The size in a chunk line (without CRLF), or `None` if the line or one of its extensions is malformed.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    if !(1..=16).contains(&digits) {
        return None;
    }
    let (digits, extensions) = line.split_at(digits);
    if !extensions.is_empty() && !are_extensions(extensions) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// `1*( ";" BWS name [ BWS "=" BWS value ] )`, with white space also before a further `;`. Space straight
/// after the size is refused, although the grammar has it: parsers disagree about it.
fn are_extensions(mut rest: &[u8]) -> bool {
    loop {
        let Some(after) = rest.strip_prefix(b";") else { return false };
        let Some(after) = skip_token(skip_space(after)) else { return false };
        rest = after;
        if let Some(after) = skip_space(rest).strip_prefix(b"=") {
            let after = skip_space(after);
            let Some(after) = skip_quoted(after).or_else(|| skip_token(after)) else { return false };
            rest = after;
        }
        if rest.is_empty() {
            return true;
        }
        rest = skip_space(rest);
    }
}

fn skip_space(bytes: &[u8]) -> &[u8] {
    from(bytes, bytes.iter().take_while(|byte| matches!(**byte, b' ' | b'\t')).count())
}

fn skip_token(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes.iter().take_while(|byte| is_token(**byte)).count();
    (length > 0).then(|| from(bytes, length))
}

/// What follows the quoted string at the start of `bytes` (RFC 9110 section 5.6.4).
fn skip_quoted(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.strip_prefix(b"\"")?;
    loop {
        rest = match rest {
            [b'"', after @ ..] => return Some(after),
            [b'\\', escaped, after @ ..] if is_text(*escaped) => after,
            [byte, after @ ..] if *byte != b'\\' && is_text(*byte) => after,
            _ => return None,
        };
    }
}

fn is_text(byte: u8) -> bool {
    byte == b'\t' || (byte >= 0x20 && byte != 0x7f)
}

#[cfg(test)]
mod tests {
    use super::{Chunked, Step, chunk_size};

    /// Where the body ends when its bytes come in steps of `step`, or `None` if it is broken or unfinished.
    fn end(body: &[u8], step: usize) -> Option<usize> {
        let mut chunked = Chunked::new();
        let (mut passed, mut seen) = (0, 0);
        loop {
            let ready = body.get(passed..seen).unwrap_or_default();
            match if ready.is_empty() { Step::More } else { chunked.step(ready) } {
                Step::More if seen >= body.len() => return None,
                Step::More => seen = (seen + step).min(body.len()),
                Step::Pass(count) => passed += count,
                Step::End(count) => return Some(passed + count),
                Step::Broken => return None,
            }
        }
    }

    #[test]
    fn sizes_and_extensions_are_read_by_the_grammar() {
        for (line, size) in [
            ("0", 0),
            ("a", 10),
            ("FFFFFFFFFFFFFFFF", u64::MAX),
            ("5;a", 5),
            ("5;a=b;c=\"d\\\"e;\"", 5),
            ("5; a = b ;c", 5),
            ("5;a=\"\t\"", 5),
        ] {
            assert_eq!(chunk_size(line.as_bytes()), Some(size), "{line}");
        }
        for line in [
            "",
            "g",
            "-1",
            "+1",
            "0x5",
            "00000000000000005",
            "5 ",
            " 5",
            "5 ;a",
            "5;",
            "5;;a",
            "5;=b",
            "5;a=",
            "5;a=b c",
            "5;a ",
            "5;a=\"b",
            "5;a=\"b\\",
            "5;a=\"\u{1}\"",
            "5;a\0",
            "5;a\rb",
            "5;a=\"\u{7f}\"",
            "5,a",
        ] {
            assert_eq!(chunk_size(line.as_bytes()), None, "{line:?}");
        }
    }

    #[test]
    fn a_body_ends_at_the_same_place_however_it_is_cut() {
        let body = b"5;x=\"y\"\r\nhello\r\n1\r\n\n\r\n0\r\nDigest: a\r\nB:\r\n\r\nGET";
        for step in 1..=body.len() {
            assert_eq!(end(body, step), Some(body.len() - 3), "{step}");
        }
    }

    #[test]
    fn broken_framing_is_found_however_it_is_cut() {
        for body in [
            "5\nhello\r\n0\r\n\r\n",
            "5\r\nhello!\r\n0\r\n\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5\r\nhello\r\n0\r\n\n",
            "0\r\nbad trailer\r\n\r\n",
            "0\r\nA : b\r\n\r\n",
            "0\r\nA: b\r\n c\r\n\r\n",
            "\r\n0\r\n\r\n",
        ] {
            for step in 1..=body.len() {
                assert_eq!(end(body.as_bytes(), step), None, "{body:?} {step}");
            }
        }
    }

    #[test]
    fn chunk_lines_and_trailers_are_bounded() {
        let line = |length: usize| format!("0;{}\r\n\r\n", "a".repeat(length - 4)).into_bytes();
        let lines = |count: usize| format!("0\r\n{}\r\n", "a: b\r\n".repeat(count)).into_bytes();
        let section = |length: usize| format!("0\r\na:{}\r\n\r\n", "b".repeat(length - 4)).into_bytes();
        for step in [1, 1000, 100_000] {
            assert_eq!(end(&line(4096), step), Some(4098));
            assert_eq!(end(&line(4097), step), None);
            assert_eq!(end(&lines(100), step), Some(605));
            assert_eq!(end(&lines(101), step), None);
            assert_eq!(end(&section(8192), step), Some(8197));
            assert_eq!(end(&section(8193), step), None);
        }
    }
}
