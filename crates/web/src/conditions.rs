//! Under which conditions may something be written? `If-Match` (RFC 9110 section 13.1.1) and `Idempotency-Key`.

use app::{Conditions, Repeat};
use http::header::IF_MATCH;
use sha2::{Digest, Sha256};

use crate::input::Faults;
use crate::negotiation;
use crate::operation::Asking;

/// The name of the header that makes a POST safe to repeat.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest key, in octets.
const LONGEST_KEY: usize = 255;

/// The conditions of a POST.
pub(crate) fn of_post(asking: &Asking, faults: &mut Faults) -> Conditions {
    let digest = Sha256::digest(&asking.body).into();
    let repeat = key(asking, faults).map(|key| repeat(asking, &key, &digest));
    Conditions { seen: None, repeat }
}

/// What makes this request safe to repeat; `digest` is the SHA-256 of its body.
pub(crate) fn repeat(asking: &Asking, key: &str, digest: &[u8; 32]) -> Repeat {
    let target = asking.parts.uri.path_and_query().map_or("", |target| target.as_str());
    Repeat::new(key, target, digest)
}

/// The key that makes a POST safe to repeat, if one was sent.
pub(crate) fn key(asking: &Asking, faults: &mut Faults) -> Option<String> {
    let mut values = asking.parts.headers.get_all(IDEMPOTENCY_KEY).iter();
    let key = match (values.next(), values.next()) {
        (None, _) => return None,
        (Some(key), None) => key.to_str().ok().filter(|key| {
            (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
        }),
        (Some(_), Some(_)) => None,
    };
    if key.is_none() {
        faults.add("Idempotency-Key", "Send it once, with 1 to 255 visible ASCII characters.");
    }
    key.map(str::to_owned)
}

/// The conditions of a PATCH, a PUT or a DELETE.
pub(crate) fn of_change(asking: &Asking) -> Conditions {
    let values = asking.parts.headers.get_all(IF_MATCH);
    let tags: Option<Vec<String>> = values
        .iter()
        .try_fold(Vec::new(), |mut tags, value| {
            let value = value.as_bytes();
            // Any state will do, and what must exist is looked up in any case.
            if value.trim_ascii() == b"*" {
                return None;
            }
            // A weak tag never matches: it does not say that the caller saw the very state that is there.
            let strong = negotiation::tags(value).filter(|tag| !tag.is_weak);
            tags.extend(strong.map(|tag| String::from_utf8_lossy(tag.text).into_owned()));
            Some(tags)
        })
        .filter(|_| asking.parts.headers.contains_key(IF_MATCH));
    let seen = tags.map(|tags| asking.web.app.seen(asking.principal(), tags));
    Conditions { seen, repeat: None }
}
