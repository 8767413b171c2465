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
            }
            for (slot, coding) in self.qualities.iter_mut().zip(PREFERENCE) {
                let known = coding.token().is_some_and(|token| token.eq_ignore_ascii_case(name));
                if known || (coding == Coding::Gzip && name.eq_ignore_ascii_case("x-gzip")) {
                    *slot = Some(quality);
                }
            }
        }
    }

    /// The coding that the client likes best; identity if it names none that we have.
    pub(crate) fn best(&self) -> Coding {
        let mut best = (0, Coding::Identity);
        for (quality, coding) in self.qualities.into_iter().zip(PREFERENCE) {
            let quality = quality.or(self.any).unwrap_or(0);
            if quality > best.0 {
                best = (quality, coding);
            }
        }
        best.1
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

/// The entity tags of a list.
pub(crate) fn tags(mut list: &[u8]) -> impl Iterator<Item = Tag<'_>> {
    // A tag may hold a comma, so the list cannot be split by commas.
    std::iter::from_fn(move || {
        let open = list.iter().position(|byte| *byte == b'"')?;
        let from = list.get(open..)?;
        let length = from.iter().skip(1).position(|byte| *byte == b'"')?;
        let is_weak = list.get(..open)?.ends_with(b"W/");
        let (text, rest) = from.split_at_checked(length + 2)?;
        list = rest;
        Some(Tag { text, is_weak })
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
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static(list));
            assert_eq!(is_known(&headers, b"\"a\""), known, "{list}");
        }
    }
}
