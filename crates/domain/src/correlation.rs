//! Under which name do a request, its answer, its log lines and its audit record find each other?

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// A correlation id: 1 to 128 visible ASCII characters, taken verbatim (contract section 1).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CorrelationId(Arc<str>);

impl CorrelationId {
    /// Takes what a client sent, if it is 1 to 128 visible ASCII characters.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let fits = (1..=128).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        let text = std::str::from_utf8(bytes).ok()?;
        fits.then(|| Self(text.into()))
    }

    /// The text, as it is echoed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Uuid> for CorrelationId {
    fn from(id: Uuid) -> Self {
        let mut buffer = Uuid::encode_buffer();
        Self((&*id.hyphenated().encode_lower(&mut buffer)).into())
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visible_ascii_of_1_to_128_characters_is_taken_verbatim() {
        for good in [&b"a"[..], b"ticket-0a1b!~", &[b'x'; 128]] {
            assert_eq!(CorrelationId::parse(good).unwrap().as_str().as_bytes(), good);
        }
        for bad in [&b""[..], b"a b", b"\xc3\xa5", b"a\x7f", &[b'x'; 129]] {
            assert_eq!(CorrelationId::parse(bad), None, "{bad:?}");
        }
    }
}
