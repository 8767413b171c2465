//! Which bytes may stand where in an HTTP/1 message.

/// Whether `byte` may stand in a method, a header name or another token (RFC 9110 section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    TOKEN.get(usize::from(byte)).copied().unwrap_or(false)
}

/// Whether all of `bytes` may stand in a header value: no control bytes but tab; bytes from 0x80 up
/// (obs-text, RFC 9110 section 5.5) pass, the service judges them.
pub(super) fn is_value(bytes: &[u8]) -> bool {
    // Without an early exit, so that the compiler can look at many bytes at a time.
    !bytes.iter().fold(false, |is_bad, byte| is_bad | ((*byte < 0x20) & (*byte != b'\t')) | (*byte == 0x7f))
}

/// Whether all of `bytes` may stand in a request target: visible ASCII without the fragment mark and
/// without the three bytes that no URI has and the HTTP parser would refuse without our error shape.
pub(super) fn is_target(bytes: &[u8]) -> bool {
    !bytes.iter().fold(false, |is_bad, byte| {
        is_bad
            | (*byte <= 0x20)
            | (*byte >= 0x7f)
            | (*byte == b'#')
            | (*byte == b'<')
            | (*byte == b'>')
            | (*byte == b'`')
    })
}

/// `bytes` without spaces and tabs at its ends.
pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// A header or trailer line, without its line end, as name and trimmed value; `None` if it is not one:
/// a folded line, white space before the colon, no name, or bytes that may not stand there.
pub(super) fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| !is_token(*byte))?;
    let (name, rest) = line.split_at(colon);
    let value = trim(rest.strip_prefix(b":")?);
    (!name.is_empty() && is_value(value)).then_some((name, value))
}

/// `bytes` from `at` on; nothing if that lies behind the end.
pub(super) fn from(bytes: &[u8], at: usize) -> &[u8] {
    bytes.get(at..).unwrap_or_default()
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        #[expect(clippy::indexing_slicing, reason = "a byte is always within 256 entries")]
        {
            table[byte as usize] = matches!(
                byte,
                b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*'
                    | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
            );
        }
        byte += 1;
    }
    table
};
