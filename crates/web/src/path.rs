//! Which route is meant? Paths match without regard to case, and one slash at the end is tolerated
//! (contract section 1, `path`).

use http::Uri;
use http::uri::PathAndQuery;
use percent_encoding::percent_decode_str;

/// The target as the router knows it: lower-case, unreserved characters unescaped (RFC 3986 section 6.2.2),
/// without the slash at the end. Nothing if it is so already, which is the common case.
pub(crate) fn canonical(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    let unusual = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'%';
    let slash = path.len() > 1 && path.ends_with('/');
    if !slash && !path.as_bytes().iter().any(unusual) {
        return None;
    }
    let bare = if slash { path.strip_suffix('/').unwrap_or(path) } else { path };
    let mut canonical = unescape_unreserved(bare).to_ascii_lowercase();
    if let Some(query) = uri.query() {
        canonical.push('?');
        canonical.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(canonical).ok()?);
    Uri::from_parts(parts).ok()
}

/// Unescapes `%63` and the like; an escaped slash, or anything that needs its escape, stays as it is.
fn unescape_unreserved(path: &str) -> String {
    let mut result = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        result.push_str(before);
        let escape = after.get(..2);
        let byte = escape
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                result.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                result.push('%');
                rest = after;
            }
        }
    }
    result.push_str(rest);
    result
}

/// Text of a path or query with its escapes undone; nothing if an escape is broken or it is not UTF-8.
pub(crate) fn unescape(text: &str) -> Option<String> {
    let broken = text.split('%').skip(1).any(|after| {
        !after.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    });
    if broken {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_without_regard_to_case_and_with_one_slash_at_the_end() {
        let canonical = |path: &str| canonical(&path.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(canonical("/v1/customer/0a/users?resellerId=AB"), None);
        assert_eq!(
            canonical("/V1/Customer/0A/Users/?resellerId=AB&X=%41").unwrap(),
            "/v1/customer/0a/users?resellerId=AB&X=%41"
        );
        assert_eq!(canonical("/v1/%63ustomer/%7b1%7D/users").unwrap(), "/v1/customer/%7b1%7d/users");
        assert_eq!(canonical("/v1/customer%2F1/users").unwrap(), "/v1/customer%2f1/users");
        assert_eq!(canonical("/v1/x//").unwrap(), "/v1/x/");
        assert_eq!(canonical("/"), None);
        assert_eq!(canonical("/%C3%A5%").unwrap(), "/%c3%a5%");
    }

    #[test]
    fn a_broken_escape_is_no_text() {
        assert_eq!(unescape("a%20b").unwrap(), "a b");
        for broken in ["%", "%4", "%zz", "a%c3"] {
            assert_eq!(unescape(broken), None, "{broken}");
        }
    }
}
