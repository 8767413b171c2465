//! How are connections accepted, served and ended? Each behind its guard, as many at once as the limit
//! allows, and at a stop each is answered what it has asked.

mod counted;
pub mod guard;
mod places;
pub(crate) mod processor;

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
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, info, warn};

use crate::express::Express;
use crate::front::Front;
use counted::Counted;
use guard::{Guarded, Shortcut, Taken, Timeouts, Verdicts};
use places::{Place, Places};
use processor::Processor;

/// How long connections without a request are kept at a stop: a request on its way still arrives.
const LAST_REQUESTS: Duration = Duration::from_millis(500);
/// How long an accept that failed, for want of file descriptors say, is not tried again.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How long a connection that is turned away may take: for each thing that can be waited for, and in all.
const FAREWELL: Timeouts =
    Timeouts { head: Duration::from_secs(1), idle: Duration::from_secs(1), write: Duration::from_secs(1) };
const LONGEST_FAREWELL: Duration = Duration::from_secs(3);

/// The limits of connections.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many connections are served at once; more are turned away.
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
    let places = Places::new(limits.connections);
    let (close_sender, close) = watch::channel(false);
    let state = Arc::new(Stop { draining: AtomicBool::new(false), close });
    let processor = Processor::new(tokio::runtime::Handle::current().metrics().num_workers());
    let welcome = Welcome { express: Arc::new(front.express()), processor: Arc::clone(&processor) };
    let mut giving = JoinSet::new();
    giving.spawn(async move { processor.give_turns().await });
    let front = Arc::new(front);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let place = tokio::select! {
            () = &mut stop => break,
            place = places.next() => place,
        };
        // Nobody closes the places.
        let Ok(place) = place else { break };
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let (front, state) = (Arc::clone(&front), Arc::clone(&state));
                match places.settle(place) {
                    Place::Inside(place) => {
                        let manner = Manner::Serve(welcome.clone());
                        let serving = connection(stream, peer, front, limits.timeouts, state, manner);
                        connections.spawn(async move {
                            gauge!("rollcall_connections").increment(1);
                            serving.await;
                            gauge!("rollcall_connections").decrement(1);
                            drop(place);
                        });
                    }
                    Place::Doorstep(place) => {
                        let telling = connection(stream, peer, front, FAREWELL, state, Manner::TurnAway);
                        connections.spawn(async move {
                            // Whoever takes longer has heard it, or never asked.
                            let _ = tokio::time::timeout(LONGEST_FAREWELL, telling).await;
                            drop(place);
                        });
                    }
                }
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
        let (front, state, manner) = (Arc::clone(&front), Arc::clone(&state), Manner::Serve(welcome.clone()));
        connections.spawn(connection(stream, peer, front, limits.timeouts, state, manner));
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

/// What those who are served have in common.
#[derive(Clone)]
struct Welcome {
    express: Arc<Express>,
    processor: Arc<Processor>,
}

/// What becomes of the requests of a connection.
enum Manner {
    /// They are answered in turn, the plain ones by the express way.
    Serve(Welcome),
    /// There are too many connections: each is told so, whatever it asks.
    TurnAway,
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    front: Arc<Front>,
    timeouts: Timeouts,
    stop: Arc<Stop>,
    manner: Manner,
) {
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "a connection keeps Nagle's algorithm");
    }
    let verdicts = Arc::new(Verdicts::default());
    let peer = peer.ip();
    let mut guarded = Guarded::new(stream, timeouts, Arc::clone(&verdicts));
    let processor = match manner {
        Manner::Serve(Welcome { express, processor }) => {
            let (stop, turns) = (Arc::clone(&stop), Arc::clone(&processor));
            guarded = guarded.with_shortcut(Shortcut::new(move |head, waited_since| {
                // At a stop each answer closes its connection, which the ordinary way sees to.
                if stop.draining.load(Ordering::Relaxed) {
                    return Taken::Not;
                }
                express.take(&turns, head, peer, waited_since)
            }));
            Some(processor)
        }
        Manner::TurnAway => None,
    };
    let io = TokioIo::new(guarded);
    let requests = AtomicU64::new(0);
    let service = service_fn(|request: Request<Incoming>| {
        let index = requests.fetch_add(1, Ordering::Relaxed);
        let fault = verdicts.fault(index);
        let (front, stop, verdicts) = (Arc::clone(&front), Arc::clone(&stop), Arc::clone(&verdicts));
        let processor = processor.clone();
        async move {
            let response = answer(front, request, peer, fault, stop, processor).await?;
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
    processor: Option<Arc<Processor>>,
) -> Result<Response<Body>, Infallible> {
    let is_http1 = request.version() < Version::HTTP_2;
    let mut response = match &processor {
        Some(processor) => front.answer_in_turn(processor, request.map(Body::new), peer, fault).await?,
        None => front.turn_away(request.headers()),
    };
    let is_last = processor.is_none() || stop.draining.load(Ordering::Relaxed);
    if is_http1 && is_last {
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
