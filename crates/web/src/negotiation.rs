//! What does the client accept, and what has it already? `Accept-Encoding` and `If-None-Match`
//! (RFC 9110 sections 12.5.3 and 13.1.2).

use app::Coding;
use http::HeaderMap;
use http::header::{ACCEPT_ENCODING, IF_NONE_MATCH};

/// What is best for both, when the client has no preference among them.
const PREFERENCE: [Coding; 3] = [Coding::Zstandard, Coding::Brotli, Coding::Gzip];

/// The coding to answer in: the one that the client likes best; identity if it names none that we have.
pub(crate) fn coding(headers: &HeaderMap) -> Coding {
    let mut offers = Offers::default();
    for value in headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()) {
        offers.read(value);
    }
    offers.best()
}

/// What a client accepts, as far as it was read.
#[derive(Default)]
pub(crate) struct Offers {
    qualities: [Option<u16>; PREFERENCE.len()],
    /// Of no coding at all, which is always acceptable, if only just.
    identity: u16,
    any: Option<u16>,
}

impl Offers {
    /// Reads a value of `Accept-Encoding`.
    pub(crate) fn read(&mut self, value: &str) {
        for item in value.split(',') {
            let (name, quality) = match item.split_once(';') {
                Some((name, parameters)) => (name.trim(), quality(parameters)),
                None => (item.trim(), 1_000),
            };
            if name == "*" {
                self.any = Some(quality);
            } else if name.eq_ignore_ascii_case("identity") {
                self.identity = quality;
            }
            for (slot, coding) in self.qualities.iter_mut().zip(PREFERENCE) {
                let known = coding.token().is_some_and(|token| token.eq_ignore_ascii_case(name));
                if known || (coding == Coding::Gzip && name.eq_ignore_ascii_case("x-gzip")) {
                    *slot = Some(quality);
                }
            }
        }
    }

    /// The coding that the client likes best; identity if it names none that we have, or likes that better.
    pub(crate) fn best(&self) -> Coding {
        let mut best = (0, Coding::Identity);
        for (quality, coding) in self.qualities.into_iter().zip(PREFERENCE) {
            let quality = quality.or(self.any).unwrap_or(0);
            if quality > best.0 {
                best = (quality, coding);
            }
        }
        if self.identity > best.0 { Coding::Identity } else { best.1 }
    }
}

/// A weight in thousandths; one that cannot be read is none.
fn quality(parameters: &str) -> u16 {
    let weight = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    match weight {
        None => 1_000,
        Some(text) => text
            .parse::<f32>()
            .ok()
            .filter(|weight| (0.0..=1.0).contains(weight))
            // Within 0 to 1000 there is nothing to be cut off.
            .map_or(0, |weight| (weight * 1_000.0) as u16),
    }
}

/// Whether the client has the body with this tag already. Compared weakly, as the RFC says.
pub(crate) fn is_known(headers: &HeaderMap, tag: &[u8]) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter().map(http::HeaderValue::as_bytes);
    values.into_iter().any(|value| names(value, tag))
}

/// Whether a value of `If-None-Match` names a tag.
pub(crate) fn names(list: &[u8], tag: &[u8]) -> bool {
    list.trim_ascii() == b"*" || tags(list).any(|candidate| candidate.text == tag)
}

/// An entity tag in a list.
pub(crate) struct Tag<'a> {
    /// With its quotes.
    pub(crate) text: &'a [u8],
    /// Whether it stands for all that is alike, and not for the very bytes.
    pub(crate) is_weak: bool,
}

/// The entity tags of a list (RFC 9110 section 8.8.3), up to what is none.
pub(crate) fn tags(mut list: &[u8]) -> impl Iterator<Item = Tag<'_>> {
    // A tag may hold a comma, so the list cannot be split by commas.
    std::iter::from_fn(move || {
        list = list.trim_ascii_start();
        while let Some(rest) = list.strip_prefix(b",") {
            list = rest.trim_ascii_start();
        }
        let weak = list.strip_prefix(b"W/");
        let (is_weak, from) = (weak.is_some(), weak.unwrap_or(list));
        let within = from.strip_prefix(b"\"")?;
        let length = within.iter().position(|byte| *byte == b'"')?;
        let (text, rest) = from.split_at_checked(length + 2)?;
        list = rest.trim_ascii_start();
        (list.is_empty() || list.starts_with(b",")).then_some(Tag { text, is_weak })
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_coding_that_the_client_likes_best_is_taken() {
        for (accepted, coding_expected) in [
            ("", Coding::Identity),
            ("gzip", Coding::Gzip),
            ("deflate, gzip, br, zstd", Coding::Zstandard),
            ("gzip;q=1.0, br;q=0.9, zstd;q=0", Coding::Gzip),
            ("BR", Coding::Brotli),
            ("gzip;q=0, *", Coding::Zstandard),
            ("*;q=0", Coding::Identity),
            ("identity", Coding::Identity),
            ("gzip;q=nonsense", Coding::Identity),
            ("gzip ; Q=0.5 , br ; q=0.4", Coding::Gzip),
            ("zstd;q=0.1, identity;q=1", Coding::Identity),
            ("identity, gzip;q=0.4", Coding::Identity),
            ("identity;q=0.4, gzip;q=0.4", Coding::Gzip),
            ("identity;q=0, gzip;q=0.1", Coding::Gzip),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(coding(&headers), coding_expected, "{accepted}");
        }
    }

    #[test]
    fn a_tag_is_found_in_a_list_and_compared_weakly() {
        for (list, known) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\" , \"a\"", true),
            ("\"x,\", W/\"a\"", true),
            ("*", true),
            ("\"a-gzip\"", false),
            ("a", false),
            ("\"a", false),
            ("", false),
            (",, \"a\" ,", true),
            ("w/\"a\"", false),
            ("W/ \"a\"", false),
            ("\"a\"x", false),
            ("\"a\" \"a\"", false),
            ("x, \"a\"", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(list));
            assert_eq!(is_known(&headers, b"\"a\""), known, "{list}");
        }
    }
}
