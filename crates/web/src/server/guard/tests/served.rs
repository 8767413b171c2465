//! A real parser behind the guard, and a service that reports what it learns from the verdicts.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::streams::TIMEOUTS;
use crate::server::guard::{Guarded, Verdicts};

/// Sends `stream` to a server that answers each request with its target, its verdict and its body, and
/// returns the bodies of the answers. The client goes on listening after it has sent all.
async fn answers(stream: &str) -> Vec<String> {
    let (mut client, server) = tokio::io::duplex(1_000_000);
    let verdicts = Arc::new(Verdicts::default());
    let guarded = Guarded::new(server, TIMEOUTS, Arc::clone(&verdicts));
    let next = AtomicU64::new(0);
    let service = service_fn(|request: Request<Incoming>| {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let verdicts = Arc::clone(&verdicts);
        async move {
            let target = request.uri().to_string();
            let early = verdicts.fault(index);
            // Lets the parser look for the client's end while the request is being served.
            tokio::task::yield_now().await;
            let body = match request.into_body().collect().await {
                Ok(body) => String::from_utf8_lossy(&body.to_bytes()).into_owned(),
                Err(_) => format!("{:?}", verdicts.fault(index)),
            };
            let text = format!("<{index} {target} {early:?} {body}>");
            let mut answer = Response::new(Full::new(Bytes::from(text)));
            if early.is_some() {
                *answer.status_mut() = StatusCode::BAD_REQUEST;
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let serve = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(guarded), service);
    let talk = async {
        client.write_all(stream.as_bytes()).await.unwrap();
        let mut seen = String::new();
        client.read_to_string(&mut seen).await.unwrap();
        seen
    };
    let (_, seen) = tokio::join!(serve, talk);
    seen.split('<').skip(1).filter_map(|rest| rest.split('>').next()).map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn requests_in_a_row_are_answered_up_to_the_bad_one() {
    let seen = answers(
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\n\
         POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n\
         GET /c HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n\
         GET /d HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .await;
    assert_eq!(seen, ["0 /a None ", "1 /b None hello", "2 /c Some(BadHost) "]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_body_fails_in_the_service_which_can_still_answer() {
    let seen = answers(
        "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5 \r\nhello\r\n0\r\n\r\n\
         GET /d HTTP/1.1\r\nHost: a\r\n\r\n",
    )
    .await;
    assert_eq!(seen.len(), 1);
    assert!(seen[0].ends_with("Some(BadBody)"), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_long_target_and_a_silent_client_are_answered() {
    let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(9000));
    assert_eq!(answers(&long).await, ["0 / Some(TargetTooLong) "]);
    assert_eq!(answers("GET /a HTTP/1.1\r\nHo").await, ["0 /a Some(HeadTimeout) "]);
    assert_eq!(answers("CONNECT a:1 HTTP/1.1\r\n\r\n").await, ["0 a:1 Some(BadHost) "]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_waits_to_be_told_to_continue_is_told() {
    let (mut client, server) = tokio::io::duplex(10_000);
    let guarded = Guarded::new(server, TIMEOUTS, Arc::default());
    let service = service_fn(|request: Request<Incoming>| async move {
        let body = request.into_body().collect().await?.to_bytes();
        Ok::<_, hyper::Error>(Response::new(Full::new(body)))
    });
    let serve = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(guarded), service);
    let talk = async {
        let head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n";
        client.write_all(head).await.unwrap();
        let mut interim = [0; 25];
        client.read_exact(&mut interim).await.unwrap();
        assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
        client.write_all(b"hi").await.unwrap();
        let mut seen = String::new();
        client.read_to_string(&mut seen).await.unwrap();
        assert!(seen.ends_with("\r\n\r\nhi"), "{seen}");
    };
    let (served, ()) = tokio::join!(serve, talk);
    served.unwrap();
}
