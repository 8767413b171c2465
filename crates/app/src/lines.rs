//! Where does a line end? Cuts the input into lines of bounded length, so that no file can take the memory.
//!
//! Tolerated: a byte order mark at the very start, CR LF, one empty line at the very end.

use std::io::{self, BufRead, Read};

use domain::error::Fault;

/// The most bytes of a line, its end not counted.
pub(crate) const LONGEST_LINE: usize = 1 << 20;

/// The property of a fault that belongs to no member.
pub(crate) const LINE: &str = "line";

/// The lines of a file, counted from 1.
pub(crate) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
    /// The number of an empty line that is a fault unless it is the last.
    empty: Option<u64>,
}

/// One line, as text or as what is wrong with it.
pub(crate) struct Line<'a> {
    pub(crate) number: u64,
    pub(crate) bytes: usize,
    pub(crate) text: Result<&'a str, Fault>,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), number: 0, empty: None }
    }

    /// The next line; nothing at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            // An empty line that was not the last is told before the line behind it is looked at.
            if self.empty.is_some() && !self.input.fill_buf()?.is_empty() {
                let number = self.empty.take().unwrap_or_default();
                let fault = Fault::new(LINE, "Remove the empty line; only the last one may be empty.");
                return Ok(Some(Line { number, bytes: 1, text: Err(fault) }));
            }
            let Some(bytes) = self.read()? else { return Ok(None) };
            self.number += 1;
            if bytes > LONGEST_LINE {
                let fault = Fault::new(LINE, format!("A line has at most {LONGEST_LINE} bytes."));
                return Ok(Some(Line { number: self.number, bytes, text: Err(fault) }));
            }
            if self.content().iter().all(u8::is_ascii_whitespace) {
                self.empty = Some(self.number);
                continue;
            }
            let text = std::str::from_utf8(self.content()).map_err(|error| {
                Fault::new(
                    LINE,
                    format!("This is not UTF-8 from byte {} of the line on.", error.valid_up_to() + 1),
                )
            });
            return Ok(Some(Line { number: self.number, bytes, text }));
        }
    }

    /// Reads up to the next line feed and drops that; of a line that is too long the rest is skipped. Tells
    /// how many bytes the line has, nothing at the end of the input.
    fn read(&mut self) -> io::Result<Option<usize>> {
        self.buffer.clear();
        let limit = LONGEST_LINE as u64 + 2;
        let mut bytes = self.input.by_ref().take(limit).read_until(b'\n', &mut self.buffer)?;
        if bytes == 0 {
            return Ok(None);
        }
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            if self.buffer.last() == Some(&b'\r') {
                self.buffer.pop();
            }
            return Ok(Some(self.buffer.len()));
        }
        while bytes > LONGEST_LINE {
            let chunk = self.input.fill_buf()?;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(chunk.len(), |place| place + 1);
            bytes += length;
            self.input.consume(length);
            if length == 0 || end.is_some() {
                break;
            }
        }
        Ok(Some(bytes))
    }

    fn content(&self) -> &[u8] {
        let line = self.buffer.as_slice();
        if self.number == 1 { line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line) } else { line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &[u8]) -> Vec<(u64, Result<String, String>)> {
        let mut lines = Lines::new(input);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.number, line.text.map(str::to_owned).map_err(|fault| fault.description)));
        }
        all
    }

    #[test]
    fn ends_of_lines_of_all_systems_a_mark_and_an_empty_last_line_are_tolerated() {
        let both = vec![(1, Ok("a".to_owned())), (2, Ok("b".to_owned()))];
        for input in ["a\nb", "a\nb\n", "a\r\nb\r\n", "\u{feff}a\nb\n\n", "a\nb\r\n\r\n"] {
            assert_eq!(read(input.as_bytes()), both, "{input:?}");
        }
        assert_eq!(read(b""), vec![]);
        assert_eq!(read(b"\n"), vec![]);
    }

    #[test]
    fn other_empty_lines_bytes_that_are_no_text_and_long_lines_are_faults_of_their_line() {
        let numbers = |input: &[u8]| -> Vec<(u64, bool)> {
            read(input).into_iter().map(|(number, line)| (number, line.is_ok())).collect()
        };
        assert_eq!(numbers(b"\na"), [(1, false), (2, true)]);
        assert_eq!(numbers(b"a\n\n \nb\n"), [(1, true), (2, false), (3, false), (4, true)]);
        assert_eq!(numbers(b"a\n\n\n"), [(1, true), (2, false)]);
        assert_eq!(numbers(b"a\n\xffb\nc"), [(1, true), (2, false), (3, true)]);
        for (length, fits) in [
            (LONGEST_LINE, true),
            (LONGEST_LINE + 1, false),
            (LONGEST_LINE + 2, false),
            (3 * LONGEST_LINE, false),
        ] {
            for end in ["\n", "\r\n", ""] {
                let input = format!("{}{end}", "x".repeat(length));
                assert_eq!(numbers(input.as_bytes()), [(1, fits)], "{length} {end:?}");
                if !end.is_empty() {
                    assert_eq!(
                        numbers(format!("{input}b").as_bytes()),
                        [(1, fits), (2, true)],
                        "{length} {end:?}"
                    );
                }
            }
        }
    }
}
