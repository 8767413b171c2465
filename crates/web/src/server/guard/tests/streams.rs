//! Byte streams through the guard, without a parser behind it.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::server::guard::{Fault, Guarded, Timeouts, Verdicts};

pub(super) const TIMEOUTS: Timeouts =
    Timeouts { head: Duration::from_secs(10), idle: Duration::from_secs(60), write: Duration::from_secs(20) };

/// A connection on which these pieces come one read at a time, and then the end.
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(piece) = self.0.front_mut() {
            let count = piece.len().min(buffer.remaining());
            buffer.put_slice(&piece[..count]);
            piece.drain(..count);
            if piece.is_empty() {
                self.0.pop_front();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What the parser reads, in reads of `room` bytes, and the verdicts.
fn pass(pieces: VecDeque<Vec<u8>>, room: usize) -> (Vec<u8>, Arc<Verdicts>) {
    let verdicts = Arc::new(Verdicts::default());
    let mut guarded = Guarded::new(Pieces(pieces), TIMEOUTS, Arc::clone(&verdicts));
    let mut context = Context::from_waker(Waker::noop());
    let mut all = Vec::new();
    let mut space = vec![0; room];
    loop {
        let mut buffer = ReadBuf::new(&mut space);
        match Pin::new(&mut guarded).poll_read(&mut context, &mut buffer) {
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => all.extend_from_slice(buffer.filled()),
            Poll::Ready(Ok(())) | Poll::Pending => return (all, verdicts),
            Poll::Ready(Err(error)) => panic!("{error}"),
        }
    }
}

fn cut(stream: &[u8], step: usize) -> VecDeque<Vec<u8>> {
    stream.chunks(step).map(<[u8]>::to_vec).collect()
}

fn fault(verdicts: &Verdicts) -> Option<(u64, Fault)> {
    (0..10).find_map(|index| verdicts.fault(index).map(|fault| (index, fault)))
}

const GET: &str = "GET /a HTTP/1.1\r\nHost: a\r\nX-Correlation-Id: one\r\n\r\n";
const POST: &str = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 22\r\n\r\nGET / HTTP/1.1\r\nA : b\n";
const CHUNKED: &str = "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
    5;x=\"y\"\r\n\r\n\r\n\n\r\n10\r\n0123456789abcdef\r\n0\r\nA: b\r\n\r\n";

#[test]
fn pipelined_requests_before_a_bad_one_pass_however_they_are_cut() {
    let stream = format!("{GET}{POST}{CHUNKED}DELETE /d HTTP/1.1\r\nX-Correlation-Id: two\r\n\r\n{GET}");
    let expected = format!(
        "{GET}{POST}{CHUNKED}DELETE /d HTTP/1.1\r\nhost: rollcall.invalid\r\nconnection: close\r\n\
         x-correlation-id: two\r\n\r\n"
    );
    for step in 1..=stream.len() {
        for room in [1, 7, 10_000] {
            let (seen, verdicts) = pass(cut(stream.as_bytes(), step), room);
            assert_eq!(String::from_utf8(seen).unwrap(), expected, "{step} {room}");
            assert_eq!(fault(&verdicts), Some((3, Fault::BadHost)));
        }
    }
}

#[test]
fn a_body_with_broken_framing_breaks_off_before_the_bad_line() {
    let good = "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n";
    let stream = format!("{GET}{good}5 \r\nhello\r\n0\r\n\r\n{GET}");
    for step in 1..=stream.len() {
        let (seen, verdicts) = pass(cut(stream.as_bytes(), step), 10_000);
        assert_eq!(String::from_utf8(seen).unwrap(), format!("{GET}{good}"), "{step}");
        assert_eq!(fault(&verdicts), Some((1, Fault::BadBody)));
    }
}

#[test]
fn http2_passes_untouched_however_it_is_cut() {
    let stream = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0GET / HTTP/1.1\n\n\n";
    for step in 1..=stream.len() {
        let (seen, verdicts) = pass(cut(stream, step), 10_000);
        assert_eq!(seen, stream);
        assert_eq!(fault(&verdicts), None);
    }
}

#[test]
fn what_is_not_http_is_refused_at_once() {
    for stream in
        ["\u{16}\u{3}\u{1}", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "SSH-2.0-x\r\n", "GET / HT", "PRI *"]
    {
        let (seen, verdicts) = pass(cut(stream.as_bytes(), 100), 10_000);
        let replacement = String::from_utf8(seen).unwrap();
        assert!(replacement.starts_with("GET / HTTP/1.1\r\nhost: rollcall.invalid\r\n"), "{stream:?}");
        assert_eq!(fault(&verdicts), Some((0, Fault::BadRequest)));
    }
    assert_eq!(fault(&pass(cut(b"", 1), 100).1), None);
    assert_eq!(fault(&pass(cut(b"\r\n", 1), 100).1), None);
}

proptest! {
    #[test]
    fn valid_streams_pass_byte_for_byte(
        requests in prop::collection::vec(prop::sample::select(vec![GET, POST, CHUNKED]), 1..8),
        cuts in prop::collection::vec(1_usize..90, 1..40),
        room in 1_usize..200,
    ) {
        let stream = requests.concat().into_bytes();
        let mut rest = stream.as_slice();
        let mut pieces = VecDeque::new();
        for length in cuts.iter().cycle() {
            let (piece, after) = rest.split_at((*length).min(rest.len()));
            pieces.push_back(piece.to_vec());
            rest = after;
            if rest.is_empty() {
                break;
            }
        }
        let (seen, verdicts) = pass(pieces, room);
        prop_assert_eq!(seen, stream);
        prop_assert_eq!(fault(&verdicts), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_is_not_finished_in_time_is_replaced() {
    let (mut client, server) = tokio::io::duplex(1000);
    let verdicts = Arc::new(Verdicts::default());
    let mut guarded = Guarded::new(server, TIMEOUTS, Arc::clone(&verdicts));
    let begun = tokio::time::Instant::now();
    let slow = async {
        for byte in b"GET /slow HTTP/1.1\r\nX-Correlation-Id: one\r\nHost: a" {
            client.write_all(&[*byte]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        std::future::pending::<()>().await;
    };
    let mut space = [0; 1000];
    let count = tokio::select! {
        count = guarded.read(&mut space) => count.unwrap(),
        () = slow => 0,
    };
    assert!(space[..count].starts_with(b"GET /slow HTTP/1.1\r\nhost: rollcall.invalid\r\n"));
    assert_eq!(verdicts.fault(0), Some(Fault::HeadTimeout));
    assert_eq!(begun.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_ends_but_one_that_is_being_answered_does_not() {
    let (mut client, server) = tokio::io::duplex(1000);
    let mut guarded = Guarded::new(server, TIMEOUTS, Arc::default());
    let begun = tokio::time::Instant::now();
    client.write_all(GET.as_bytes()).await.unwrap();
    let mut space = [0; 1000];
    assert_eq!(guarded.read(&mut space).await.unwrap(), GET.len());
    let early = tokio::time::timeout(Duration::from_secs(600), guarded.read(&mut space)).await;
    assert!(early.is_err());
    guarded.write_all(b"answer").await.unwrap();
    assert_eq!(guarded.read(&mut space).await.unwrap(), 0);
    assert_eq!(begun.elapsed().as_secs(), 660);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_cut() {
    let (_client, server) = tokio::io::duplex(10);
    let mut guarded = Guarded::new(server, TIMEOUTS, Arc::default());
    let begun = tokio::time::Instant::now();
    let error = guarded.write_all(&[0; 100]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(begun.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_a_little_now_and_then_is_cut_in_the_end() {
    let (mut client, server) = tokio::io::duplex(10);
    let mut guarded = Guarded::new(server, TIMEOUTS, Arc::default());
    let begun = tokio::time::Instant::now();
    let dripping = async {
        loop {
            tokio::time::sleep(Duration::from_secs(15)).await;
            client.read_exact(&mut [0; 4]).await.unwrap();
        }
    };
    let error = tokio::select! {
        written = guarded.write_all(&[0; 1_000]) => written.unwrap_err(),
        () = dripping => unreachable!(),
    };
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(begun.elapsed().as_secs(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_each_piece_in_time_is_not_cut() {
    let (mut client, server) = tokio::io::duplex(10);
    let mut guarded = Guarded::new(server, TIMEOUTS, Arc::default());
    let reading = async {
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_secs(10)).await;
            client.read_exact(&mut [0; 20]).await.unwrap();
        }
    };
    let writing = async {
        for _ in 0..100 {
            guarded.write_all(&[0; 20]).await.unwrap();
            guarded.flush().await.unwrap();
        }
    };
    tokio::join!(reading, writing);
}

#[tokio::test(start_paused = true)]
async fn closing_behind_a_fault_reads_away_what_still_comes() {
    let (mut client, server) = tokio::io::duplex(1000);
    let mut guarded = Guarded::new(server, TIMEOUTS, Arc::default());
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut space = [0; 1000];
    assert!(guarded.read(&mut space).await.unwrap() > 0);
    let (written, shut) = tokio::join!(client.write_all(&[b'x'; 50_000]), guarded.shutdown());
    written.unwrap();
    shut.unwrap();
}
