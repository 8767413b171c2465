//! How are connections accepted, served and ended? Each behind its guard, as many at once as the limit
//! allows, and at a stop each is answered what it has asked.

mod counted;
pub mod guard;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use metrics::gauge;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tracing::{debug, info, warn};

use crate::express::Express;
use crate::front::Front;
use counted::Counted;
use guard::{Guarded, Shortcut, Timeouts, Verdicts};

/// How long connections without a request are kept at a stop: a request on its way still arrives.
const LAST_REQUESTS: Duration = Duration::from_millis(500);
/// How long an accept that failed, for want of file descriptors say, is not tried again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many connections are open at once; more wait to be accepted.
    pub connections: usize,
    /// How long a client may keep us waiting.
    pub timeouts: Timeouts,
    /// How long requests that were begun may take after a stop was asked for.
    pub drain: Duration,
}

/// What a stop is made of: first every answer closes its connection, then connections without a request
/// are closed.
struct Stop {
    draining: AtomicBool,
    close: watch::Receiver<bool>,
}

/// Serves until `stop` is ready, and then answers all that was accepted.
pub async fn serve(listener: TcpListener, front: Front, limits: Limits, stop: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let (close_sender, close) = watch::channel(false);
    let state = Arc::new(Stop { draining: AtomicBool::new(false), close });
    let express = Arc::new(front.express());
    let front = Arc::new(front);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let permit = tokio::select! {
            () = &mut stop => break,
            permit = Arc::clone(&room).acquire_owned() => permit,
        };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let (front, express) = (Arc::clone(&front), Arc::clone(&express));
                let serving = connection(stream, peer, front, express, limits.timeouts, Arc::clone(&state));
                connections.spawn(async move {
                    gauge!("rollcall_connections").increment(1);
                    serving.await;
                    gauge!("rollcall_connections").decrement(1);
                    drop(permit);
                });
            }
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    state.draining.store(true, Ordering::Relaxed);
    // What the system accepted for us before the stop is ours to answer.
    while let Ok(Ok((stream, peer))) = tokio::time::timeout(Duration::ZERO, listener.accept()).await {
        let (front, express) = (Arc::clone(&front), Arc::clone(&express));
        connections.spawn(connection(stream, peer, front, express, limits.timeouts, Arc::clone(&state)));
    }
    drop(listener);
    info!(open = connections.len(), "stopping: no new connections; answering what was asked");
    let all = async {
        let _ = tokio::time::timeout(LAST_REQUESTS, drain(&mut connections)).await;
        let _ = close_sender.send(true);
        drain(&mut connections).await;
    };
    if tokio::time::timeout(limits.drain, all).await.is_err() {
        warn!(open = connections.len(), "some requests took too long and were cut");
    }
}

async fn drain(connections: &mut JoinSet<()>) {
    while connections.join_next().await.is_some() {}
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    front: Arc<Front>,
    express: Arc<Express>,
    timeouts: Timeouts,
    stop: Arc<Stop>,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "a connection keeps Nagle's algorithm");
    }
    let verdicts = Arc::new(Verdicts::default());
    let peer = peer.ip();
    let stopping = Arc::clone(&stop);
    // At a stop each answer closes its connection, which the parser's side sees to.
    let may_go = move || !stopping.draining.load(Ordering::Relaxed);
    let shortcut = Shortcut::new(move |head| may_go().then(|| express.answer(head, peer)).flatten());
    let guarded = Guarded::new(stream, timeouts, Arc::clone(&verdicts)).with_shortcut(shortcut);
    let io = TokioIo::new(guarded);
    let requests = AtomicU64::new(0);
    let service = service_fn(|request: Request<Incoming>| {
        let index = requests.fetch_add(1, Ordering::Relaxed);
        let fault = verdicts.fault(index);
        let (front, stop, verdicts) = (Arc::clone(&front), Arc::clone(&stop), Arc::clone(&verdicts));
        async move {
            let response = answer(front, request, peer, fault, stop).await?;
            Ok::<_, Infallible>(response.map(|body| Counted::new(body, verdicts)))
        }
    });
    let builder = builder();
    let serving = builder.serve_connection(io, service);
    tokio::pin!(serving);
    let mut close = stop.close.clone();
    let closing = async { close.wait_for(|close| *close).await.is_ok() };
    let outcome = tokio::select! {
        outcome = serving.as_mut() => outcome,
        _ = closing => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = outcome {
        debug!(%error, "a connection ended with an error");
    }
}

async fn answer(
    front: Arc<Front>,
    request: Request<Incoming>,
    peer: IpAddr,
    fault: Option<guard::Fault>,
    stop: Arc<Stop>,
) -> Result<Response<Body>, Infallible> {
    let is_http1 = request.version() < Version::HTTP_2;
    let mut response = front.answer(request.map(Body::new), peer, fault).await?;
    if is_http1 && stop.draining.load(Ordering::Relaxed) {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// Both protocols, with the limits that the guard does not set.
fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // The guard times heads itself, and answers.
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(256 << 10)
        .pipeline_flush(true);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(200)
        .max_header_list_size(128 << 10)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(1_024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}
