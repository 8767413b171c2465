//! Is a `Host` (or `:authority`) value well-formed?
//! Narrower than RFC 3986: no user-info, no `IPvFuture`, and no comma, which would hide a list.

use std::net::Ipv6Addr;

/// The longest value taken, in bytes.
const HOST_BYTES: usize = 255;

/// Whether `host` is `uri-host [ ":" port ]` (RFC 9110 section 7.2, RFC 3986 section 3.2.2), not
/// empty and at most 255 bytes. The port may be empty, as the grammar allows, or 0 to 65535.
#[must_use]
pub fn is_well_formed(host: &[u8]) -> bool {
    if host.len() > HOST_BYTES {
        return false;
    }
    if let Some(literal) = host.strip_prefix(b"[") {
        let Some(end) = literal.iter().position(|byte| *byte == b']') else { return false };
        let (address, rest) = literal.split_at(end);
        return is_ipv6(address) && matches!(rest, [b']', port @ ..] if is_port_suffix(port));
    }
    let end = host.iter().position(|byte| *byte == b':').unwrap_or(host.len());
    let (name, port) = host.split_at(end);
    !name.is_empty() && is_registered_name(name) && is_port_suffix(port)
}

fn is_ipv6(address: &[u8]) -> bool {
    std::str::from_utf8(address).is_ok_and(|text| text.parse::<Ipv6Addr>().is_ok())
}

/// Nothing, or a colon and a port.
fn is_port_suffix(suffix: &[u8]) -> bool {
    match suffix {
        [] => true,
        [b':', digits @ ..] => digits
            .iter()
            .try_fold(0_u32, |port, digit| {
                let port = port * 10 + u32::from(digit.is_ascii_digit().then(|| digit - b'0')?);
                (port <= 65_535).then_some(port)
            })
            .is_some(),
        _ => false,
    }
}

fn is_registered_name(mut name: &[u8]) -> bool {
    loop {
        name = match name {
            [] => return true,
            [b'%', high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => rest,
            [byte, rest @ ..] if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=".contains(byte) => rest,
            _ => return false,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::is_well_formed;

    #[test]
    fn names_addresses_and_ports_are_well_formed() {
        for host in [
            "a",
            "example.com",
            "example.com.",
            "example.com:0",
            "example.com:65535",
            "example.com:",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:443",
            "[2001:db8::1.2.3.4]",
            "xn--bcher-kva.example",
            "a_b.example",
            "%C3%A5.example",
        ] {
            assert!(is_well_formed(host.as_bytes()), "{host}");
        }
        assert!(is_well_formed(&[b'a'; 255]));
    }

    #[test]
    fn everything_else_is_not() {
        for host in [
            "",
            ":80",
            "a:65536",
            "a:99999999999999999999",
            "a:+1",
            "a:1:2",
            "a:b",
            "user@a",
            "u:p@a",
            "a,b",
            "a, b",
            "a b",
            "a/b",
            "http://a",
            "a?b",
            "a#b",
            "[::1",
            "[]",
            "[::1]x",
            "[::1]:x",
            "::1",
            "[1.2.3.4]",
            "[fe80::1%25eth0]",
            "[v1.a]",
            "a%2",
            "a%zz",
            "å",
            "a\t",
            "a\\b",
            "a\"",
            "a<b",
        ] {
            assert!(!is_well_formed(host.as_bytes()), "{host}");
        }
        assert!(!is_well_formed(&[b'a'; 256]));
    }
}
