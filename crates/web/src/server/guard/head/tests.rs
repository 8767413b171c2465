//! Heads and what becomes of them, however they are cut.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::{Body, Fault, Head, Step};

/// Reads a head that comes in steps of `step` bytes; the verdict and, if it is bad, the replacement.
fn read(head: &[u8], step: usize) -> (Step, String) {
    let mut state = Head::default();
    let mut seen = 0;
    loop {
        seen = (seen + step).min(head.len());
        match state.step(&head[..seen]) {
            Step::More if seen == head.len() => return (Step::More, String::new()),
            Step::More => {}
            Step::Bad(fault) => {
                let replacement = String::from_utf8(state.replacement(&head[..seen])).unwrap();
                return (Step::Bad(fault), replacement);
            }
            good @ Step::Good(..) => return (good, String::new()),
        }
    }
}

/// The verdict on a head, which must not depend on how it is cut.
fn verdict(head: &[u8]) -> Step {
    let whole = read(head, head.len());
    let steps: &[usize] = if head.len() < 2000 { &[1, 2, 3, 5, 7, 16, 61] } else { &[4093, 8191] };
    for step in steps {
        assert_eq!(read(head, *step), whole, "in steps of {step}");
    }
    whole.0
}

fn good(head: &str, body: Body) {
    assert_eq!(verdict(head.as_bytes()), Step::Good(head.len(), body), "{head:?}");
}

fn bad(head: &str, fault: Fault) {
    assert_eq!(verdict(head.as_bytes()), Step::Bad(fault), "{head:?}");
}

#[test]
fn proper_heads_pass() {
    let none = Body::Length(0);
    good("GET / HTTP/1.1\r\nHost: a\r\n\r\n", none);
    good("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", none);
    good("GET /a?b=c%20d|{} HTTP/1.0\r\nhost:\t a:80 \t\r\nEmpty:\r\n\r\n", none);
    good("GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", none);
    good("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", none);
    good("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", none);
    good(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n",
        Body::Length(u64::MAX),
    );
    good("POST / HTTP/1.1\r\nHost: a\r\nTRANSFER-ENCODING: Chunked\r\n\r\n", Body::Chunked);
    good(&format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(32)), none);
    let text = b"GET / HTTP/1.1\r\nHost: a\r\nName: \xff\x80\r\n\r\n";
    assert_eq!(verdict(text), Step::Good(text.len(), none));
}

#[test]
fn request_lines_that_are_not_http_are_bad() {
    for line in [
        "GET  / HTTP/1.1\r",
        "GET / HTTP/1.1",
        "GET /",
        "GET / HTTP/1.2\r",
        "GET / HTTP/2.0\r",
        "GET / http/1.1\r",
        "GET /\r",
        "GET /a b HTTP/1.1\r",
        "GET /å HTTP/1.1\r",
        "GET /\u{1} HTTP/1.1\r",
        "GET /\u{7f} HTTP/1.1\r",
        "GET /#a HTTP/1.1\r",
        "GET * HTTP/1.1\r",
        "GET a HTTP/1.1\r",
        "GET  HTTP/1.1\r",
        "CONNECT / HTTP/1.1\r",
        "G(T / HTTP/1.1\r",
        " GET / HTTP/1.1\r",
        "GET / HTTP/1.1 \r",
        "GET /\r HTTP/1.1\r",
        "\u{16}\u{3}\u{1}",
        "PRI * HTTP/2.0\r",
        "GET\t/ HTTP/1.1\r",
    ] {
        bad(&format!("{line}\nHost: a\r\n\r\n"), Fault::BadRequest);
    }
    bad(&format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(33)), Fault::BadRequest);
    bad(&"M".repeat(33), Fault::BadRequest);
    bad("\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Fault::BadRequest);
    bad("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Fault::BadRequest);
    bad("\u{16}", Fault::BadRequest);
}

#[test]
fn header_lines_that_are_not_http_are_bad() {
    for line in [
        "A : b\r\n",
        ": b\r\n",
        "A\r\n",
        "A: b\n",
        "A: b\rc\r\n",
        "A: b\r\n c\r\n",
        " A: b\r\n",
        "A\u{e5}: b\r\n",
        "A: \0\r\n",
        "A: \u{7f}\r\n",
        "A: \u{b}\r\n",
        "A(b: c\r\n",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: 1\r\nContent-Length: 1\r\n",
        "Content-Length: 1, 1\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: -1\r\n",
        "Content-Length:\r\n",
        "Content-Length: 0x1\r\n",
        "Content-Length: 18446744073709551616\r\n",
    ] {
        bad(&format!("POST / HTTP/1.1\r\nHost: a\r\n{line}\r\n"), Fault::BadRequest);
    }
    bad("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", Fault::BadRequest);
    bad("GET / HTTP/1.1\r\nHost: a\r\n\n", Fault::BadRequest);
}

#[test]
fn the_host_must_be_there_once_and_well_formed() {
    for hosts in
        ["", "Host: a\r\nHost: a\r\n", "Host:\r\n", "Host: a, b\r\n", "Host: a/b\r\n", "host: u@a\r\n"]
    {
        bad(&format!("GET / HTTP/1.1\r\n{hosts}\r\n"), Fault::BadHost);
        bad(&format!("GET http://a/ HTTP/1.0\r\n{hosts}\r\n"), Fault::BadHost);
    }
}

#[test]
fn limits_hold_at_their_edge() {
    let target = |length: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(length - 1));
    good(&target(8192), Body::Length(0));
    bad(&target(8193), Fault::TargetTooLong);
    bad(&target(8300), Fault::TargetTooLong);
    bad(&target(200_000), Fault::TargetTooLong);

    let count = |count: usize| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "a: b\r\n".repeat(count - 1));
    good(&count(100), Body::Length(0));
    bad(&count(101), Fault::HeadersTooLarge);

    let one =
        |length: usize| format!("GET / HTTP/1.1\r\nHost: a\r\nname:  {} \r\n\r\n", "v".repeat(length - 4));
    good(&one(16_384), Body::Length(0));
    bad(&one(16_385), Fault::HeadersTooLarge);
    bad(&one(200_000), Fault::HeadersTooLarge);

    let line = format!("a: {}\r\n", "v".repeat(11_000 - 5));
    let all = |length: usize| {
        let last = "v".repeat(length - 9 - 5 * 11_000 - 5);
        format!("GET / HTTP/1.1\r\nHost: a\r\n{}b: {last}\r\n\r\n", line.repeat(5))
    };
    good(&all(65_536), Body::Length(0));
    bad(&all(65_537), Fault::HeadersTooLarge);
}

#[test]
fn an_unfinished_head_waits() {
    for head in ["", "\r", "\r\n", "G", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r"] {
        assert_eq!(read(head.as_bytes(), 1).0, Step::More, "{head:?}");
    }
}

#[test]
fn the_replacement_keeps_request_line_and_correlation_id() {
    let replacement = |head: &str| read(head.as_bytes(), head.len()).1;
    assert_eq!(
        replacement("HEAD /a?b HTTP/1.0\r\nX-Correlation-ID:  run-1 \r\n\r\n"),
        "HEAD /a?b HTTP/1.1\r\nhost: rollcall.invalid\r\nconnection: close\r\nx-correlation-id: run-1\r\n\r\n"
    );
    // The id is found behind the fault as well, and where the target cannot be kept.
    assert_eq!(
        replacement(&format!("PUT /{} HTTP/1.1\r\nA : b\r\nx-correlation-id:c\r\n\r\n", "a".repeat(9000))),
        "GET / HTTP/1.1\r\nhost: rollcall.invalid\r\nconnection: close\r\nx-correlation-id: c\r\n\r\n"
    );
    let plain = "GET /a HTTP/1.1\r\nhost: rollcall.invalid\r\nconnection: close\r\n\r\n";
    for ids in [
        "",
        "X-Correlation-Id:\r\n",
        "X-Correlation-Id: a b\r\n",
        "X-Correlation-Id: \u{e5}\r\n",
        "X-Correlation-Id: a\r\nX-Correlation-Id: a\r\n",
        &format!("X-Correlation-Id: {}\r\n", "a".repeat(129)),
    ] {
        assert_eq!(replacement(&format!("GET /a HTTP/1.1\r\n{ids}\r\n")), plain, "{ids:?}");
    }
}
