//! In which coding are bytes sent? The three that the contract names, each as a whole or as a stream.

use std::io::Write;

use flate2::write::GzEncoder;

/// A content coding (RFC 9110 section 8.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstandard,
}

impl Coding {
    /// Every coding, in the order of their places in a table.
    pub const ALL: [Self; 4] = [Self::Identity, Self::Gzip, Self::Brotli, Self::Zstandard];

    /// Its place among the codings that change the bytes; none for identity.
    pub(crate) fn place(self) -> Option<usize> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(0),
            Self::Brotli => Some(1),
            Self::Zstandard => Some(2),
        }
    }

    /// The token in `Content-Encoding`; none for identity.
    #[must_use]
    pub fn token(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
            Self::Zstandard => Some("zstd"),
        }
    }

    /// Encodes a whole body. Costs as much as a kept body deserves: it is made once and sent often.
    pub(crate) fn encode(self, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut encoder = Encoder::new(self, Effort::Kept)?;
        encoder.write(body)?;
        encoder.finish()
    }
}

/// How much work an encoding may cost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Effort {
    /// For a body that is kept.
    Kept,
    /// For a stream, where each request pays: low, so that a long listing is no bomb.
    Stream,
}

/// Encodes a stream piece by piece.
pub(crate) enum Encoder {
    Identity(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    Zstandard(zstd::stream::write::Encoder<'static, Vec<u8>>),
}

impl Encoder {
    pub(crate) fn new(coding: Coding, effort: Effort) -> std::io::Result<Self> {
        let kept = effort == Effort::Kept;
        Ok(match coding {
            Coding::Identity => Self::Identity(Vec::new()),
            Coding::Gzip => {
                Self::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::new(if kept { 6 } else { 1 })))
            }
            Coding::Brotli => {
                let (quality, window) = if kept { (5, 20) } else { (2, 18) };
                Self::Brotli(Box::new(brotli::CompressorWriter::new(Vec::new(), 4096, quality, window)))
            }
            Coding::Zstandard => {
                Self::Zstandard(zstd::stream::write::Encoder::new(Vec::new(), if kept { 6 } else { 1 })?)
            }
        })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Identity(out) => out.write_all(bytes),
            Self::Gzip(encoder) => encoder.write_all(bytes),
            Self::Brotli(encoder) => encoder.write_all(bytes),
            Self::Zstandard(encoder) => encoder.write_all(bytes),
        }
    }

    /// What is ready to be sent.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(match self {
            Self::Identity(out) => out,
            Self::Gzip(encoder) => encoder.get_mut(),
            Self::Brotli(encoder) => encoder.get_mut(),
            Self::Zstandard(encoder) => encoder.get_mut(),
        })
    }

    /// How much is ready to be sent.
    pub(crate) fn ready(&self) -> usize {
        match self {
            Self::Identity(out) => out.len(),
            Self::Gzip(encoder) => encoder.get_ref().len(),
            Self::Brotli(encoder) => encoder.get_ref().len(),
            Self::Zstandard(encoder) => encoder.get_ref().len(),
        }
    }

    /// The rest, with the end of the coding.
    pub(crate) fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity(out) => Ok(out),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Brotli(encoder) => Ok(encoder.into_inner()),
            Self::Zstandard(encoder) => encoder.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn decode(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        match coding {
            Coding::Identity => out.extend_from_slice(bytes),
            Coding::Gzip => drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).unwrap()),
            Coding::Brotli => drop(brotli::Decompressor::new(bytes, 4096).read_to_end(&mut out).unwrap()),
            Coding::Zstandard => out = zstd::decode_all(bytes).unwrap(),
        }
        out
    }

    #[test]
    fn every_coding_gives_back_what_was_put_in() {
        let user = |number: u128| {
            let id = uuid::Uuid::from_u128(number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
            format!(
                r#"{{"id":"{id}","firstName":"Åsa {number}","email":"asa.{number}@x.example","groups":[]}},"#
            )
        };
        let body: Vec<u8> = (0..5_000).flat_map(|number| user(number).into_bytes()).collect();
        for coding in Coding::ALL {
            assert_eq!(decode(coding, &coding.encode(&body).unwrap()), body);
            assert_eq!(decode(coding, &coding.encode(b"[]").unwrap()), b"[]");
            let mut encoder = Encoder::new(coding, Effort::Stream).unwrap();
            let mut sent = Vec::new();
            for piece in body.chunks(110) {
                encoder.write(piece).unwrap();
                sent.extend(encoder.take());
            }
            sent.extend(encoder.finish().unwrap());
            assert_eq!(decode(coding, &sent), body);
            // However small the pieces are.
            assert!(coding == Coding::Identity || sent.len() < body.len() / 2, "{coding:?}: {}", sent.len());
        }
    }
}
