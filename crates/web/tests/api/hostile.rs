//! What becomes of bytes that no honest client sends? Each is answered, in the shape where it is HTTP at
//! all, and nothing behind it on the connection is.

use crate::ask::{Answer, exchange};
use crate::directory::SHARED;
use crate::errors::in_shape;
use crate::world::World;

/// All that comes back for these bytes.
async fn answers(world: &World, bytes: impl AsRef<[u8]>) -> Vec<Answer> {
    Answer::all(&exchange(world.address, bytes.as_ref()).await, "GET")
}

/// The one refusal that comes back, and that the connection ends with it.
async fn refusal(world: &World, bytes: impl AsRef<[u8]>) -> String {
    // What stands behind must not be taken for a request.
    let bytes = [bytes.as_ref(), b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
    let answers = answers(world, &bytes).await;
    assert_eq!(answers.len(), 1, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(200)]));
    assert_eq!(answers[0].header("connection"), Some("close"));
    in_shape(&answers[0])
}

#[tokio::test]
async fn a_host_that_is_missing_repeated_or_malformed_is_refused() {
    let world = World::new().await;
    for hosts in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nhost: b\r\n",
        "Host: \r\n",
        "Host: a, b\r\n",
        "Host: user@a\r\n",
        "Host: a/b\r\n",
        "Host: a:b\r\n",
        "Host: a:65536\r\n",
        "Host: [::1\r\n",
        "Host: http://a\r\n",
        "Host: å\r\n",
    ] {
        for version in ["1.1", "1.0"] {
            let request = format!("GET /health/live HTTP/{version}\r\n{hosts}X-Correlation-Id: c\r\n\r\n");
            let bytes = exchange(world.address, request.as_bytes()).await;
            let answer = Answer::all(&bytes, "GET").remove(0);
            assert_eq!(in_shape(&answer), "400 InvalidRequest", "{hosts}");
            assert_eq!(
                (answer.faults(), answer.header("x-correlation-id")),
                (vec!["Host".to_owned()], Some("c"))
            );
        }
    }
}

#[tokio::test]
async fn bytes_that_are_not_proper_http_are_refused_and_end_the_connection() {
    let world = World::new().await;
    for (what, bytes) in [
        (
            "both framings",
            "POST /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "two lengths",
            "GET /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        ),
        ("a list of lengths", "GET /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx"),
        ("a signed length", "GET /health/live HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx"),
        (
            "another coding",
            "GET /health/live HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "chunked twice",
            "GET /health/live HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "chunks in HTTP/1.0",
            "GET /health/live HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        ("a folded header", "GET /health/live HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
        ("a bare line feed", "GET /health/live HTTP/1.1\nHost: a\n\n"),
        ("a bare line feed in the head", "GET /health/live HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"),
        ("a bare carriage return", "GET /health/live HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"),
        ("a space before the colon", "GET /health/live HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n"),
        ("a header without a name", "GET /health/live HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n"),
        ("a header without a colon", "GET /health/live HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n"),
        ("a NUL", "GET /health/live HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"),
        ("a star that is not for OPTIONS", "GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a target without a slash", "GET health/live HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("two spaces", "GET  /health/live HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a fragment", "GET /health/live#x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("a raw umlaut", "GET /health/l\u{ef}ve HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("no version", "GET /health/live\r\nHost: a\r\n\r\n"),
        ("another version", "GET /health/live HTTP/1.2\r\nHost: a\r\n\r\n"),
        ("version 2 by its first line", "GET /health/live HTTP/2.0\r\nHost: a\r\n\r\n"),
        ("a lower-case version", "GET /health/live http/1.1\r\nHost: a\r\n\r\n"),
        ("a method with a slash", "GE/T /health/live HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0"),
    ] {
        assert_eq!(refusal(&world, bytes).await, "400 InvalidRequest", "{what}");
    }
    let method = format!("{} /health/live HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(100_000));
    assert_eq!(refusal(&world, method).await, "400 InvalidRequest");
}

#[tokio::test]
async fn broken_chunks_are_refused_and_nothing_behind_them_is_read() {
    let world = World::new().await;
    for chunks in [
        "5;\x01=a\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "5;a=\"b\r\nhello\r\n0\r\n\r\n",
        "5\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "-1\r\n\r\n",
        "\r\n",
        "fffffffffffffffff\r\n",
        "0\r\nbad trailer\r\n\r\n",
    ] {
        let request =
            format!("GET /health/live HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        assert_eq!(refusal(&world, request).await, "400 InvalidRequest", "{chunks:?}");
    }
    let good = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nX: y\r\n\r\n";
    assert_eq!(answers(&world, good).await[0].status, 200);
}

#[tokio::test]
async fn limits_stand_exactly_where_the_contract_has_them() {
    let world = World::new().await;
    let ask = world.ask("GET", "/health/live");
    let target = |length: usize| format!("/health/live?{}", "x".repeat(length - "/health/live?".len()));
    let header = |length: usize| "x".repeat(length - "X-Large".len());
    assert_eq!(ask.clone().target(&target(8_192)).status().await, 200);
    assert_eq!(ask.clone().target(&target(8_193)).send().await.told(), "414 UriTooLong");
    assert_eq!(ask.clone().target(&target(90_000)).send().await.told(), "414 UriTooLong");
    assert_eq!(ask.clone().and("X-Large", header(16_384)).status().await, 200);
    assert_eq!(ask.clone().and("X-Large", header(16_385)).send().await.told(), "431 HeadersTooLarge");
    assert_eq!(ask.clone().and("X-Large", header(300_000)).send().await.told(), "431 HeadersTooLarge");
    // `Host` is one of them.
    let many =
        |count: usize| (0..count - 1).fold(ask.clone(), |ask, number| ask.and(&format!("X-{number}"), "x"));
    assert_eq!(many(100).status().await, 200);
    assert_eq!(many(101).send().await.told(), "431 HeadersTooLarge");
    let sized = |size: usize| {
        let mut ask = ask.clone();
        let mut left = size;
        while left > 0 {
            let here = left.min(16_000);
            ask = ask.and("X-Large", "x".repeat(here));
            left -= here;
        }
        ask
    };
    assert_eq!(sized(65_000).status().await, 200);
    assert_eq!(sized(66_000).send().await.told(), "431 HeadersTooLarge");
}

#[tokio::test]
async fn a_correlation_id_is_found_even_in_a_head_that_is_refused() {
    let world = World::new().await;
    let large = "x".repeat(20_000);
    for request in [
        format!("GET /health/live HTTP/1.1\r\nHost: a\r\nX-Large: {large}\r\nX-Correlation-Id: c\r\n\r\n"),
        format!("GET /{large} HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: c\r\n\r\n"),
        "GET /health/live HTTP/1.1\r\nX-Correlation-Id: c\r\n\r\n".to_owned(),
    ] {
        let answers = answers(&world, request).await;
        assert_eq!(answers[0].header("x-correlation-id"), Some("c"));
        in_shape(&answers[0]);
    }
}

#[tokio::test]
async fn requests_in_a_row_are_answered_in_a_row_up_to_the_bad_one() {
    let world = World::new().await;
    let good = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
    let bad = "GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    let statuses: Vec<u16> =
        answers(&world, [good, good, bad, good].concat()).await.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 400]);
}

#[tokio::test]
async fn a_body_is_not_taken_for_a_request() {
    let world = World::new().await;
    let hidden = world.ask("GET", "/health/live").bytes();
    let list = world.list(SHARED).await;
    let alone = list.send().await;
    assert_eq!(list.clone().body(hidden.clone()).send().await.body, alone.body);
    let mut bytes = list.and("Transfer-Encoding", "chunked").and("Connection", "close").bytes();
    bytes.extend_from_slice(format!("{:x}\r\n", hidden.len()).as_bytes());
    bytes.extend_from_slice(&hidden);
    bytes.extend_from_slice(b"\r\n0\r\n\r\n");
    let answers = answers(&world, bytes).await;
    assert_eq!((answers.len(), &answers[0].body), (1, &alone.body));
}

#[tokio::test]
async fn an_upgrade_is_not_taken_up_and_an_expectation_is_met() {
    let world = World::new().await;
    let upgrade = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\n\
                   Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n";
    let told = answers(&world, upgrade).await;
    assert_eq!((told.len(), told[0].status), (1, 200));
    let expect = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n\
                  Content-Length: 1\r\n\r\nx";
    let statuses: Vec<u16> = answers(&world, expect).await.iter().map(|answer| answer.status).collect();
    assert!(statuses == [100, 200] || statuses == [200], "{statuses:?}");
}

#[tokio::test]
async fn http_1_0_is_answered() {
    let world = World::new().await;
    let answers = answers(&world, "GET /health/live HTTP/1.0\r\nHost: a\r\n\r\n").await;
    assert_eq!((answers.len(), answers[0].status), (1, 200));
}

#[tokio::test]
async fn the_absolute_form_is_the_same_request() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    let plain = list.send().await;
    let absolute = list.target(&format!("http://any.example:80/v1/customer/{SHARED}/users")).send().await;
    assert_eq!((absolute.status, absolute.body), (plain.status, plain.body));
}

#[tokio::test]
async fn a_head_cut_off_is_answered_and_closed() {
    let world = World::new().await;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(world.address).await.unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: a\r\nX-Cut").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(in_shape(&Answer::all(&bytes, "GET")[0]), "400 InvalidRequest");
}
