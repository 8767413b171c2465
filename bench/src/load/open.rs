//! The open loop of a world that does not wait: requests come at a rate, whether the server keeps up or not.
//! A request that finds its connection busy waits, and that waiting counts.

use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::{Connection, Result, Samples};

/// What came of an offered load.
#[derive(Default)]
pub(crate) struct Offered {
    /// Requests that were done.
    pub(crate) done: Samples,
    /// Requests that were refused with 503 or 429, timed from when they were sent: how early the server
    /// refuses is no matter of how long the one before took on the same connection.
    pub(crate) refused: Samples,
    /// Connections that were cut or not taken.
    pub(crate) lost: usize,
    /// Answers that were neither.
    pub(crate) wrong: usize,
    /// Requests that were due, and could not be sent before the time was over: all connections were busy.
    pub(crate) unsent: usize,
}

/// Offers `rate` requests a second, spread evenly over so many connections, for so long.
pub(crate) async fn open(
    address: &str,
    connections: usize,
    rate: f64,
    span: Duration,
    request: impl Fn(usize, usize) -> Bytes + Clone + Send + 'static,
) -> Result<Offered> {
    let pause = Duration::from_secs_f64(connections as f64 / rate);
    // All connections are open before the first request is due.
    let begin = Instant::now() + Duration::from_millis(50) + Duration::from_micros(300) * connections as u32;
    let mut workers = JoinSet::new();
    for number in 0..connections {
        let (address, request) = (address.to_owned(), request.clone());
        let first = begin + pause.mul_f64(number as f64 / connections as f64);
        workers.spawn(async move { offer(&address, number, first, pause, begin + span, request).await });
    }
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    let mut offered = Offered::default();
    while let Some(worker) = workers.join_next().await {
        let part = worker?;
        done.extend(part.done);
        refused.extend(part.refused);
        offered.lost += part.lost;
        offered.wrong += part.wrong;
        offered.unsent += part.unsent;
    }
    Ok(Offered { done: Samples::of(done, span), refused: Samples::of(refused, span), ..offered })
}

#[derive(Default)]
struct Part {
    done: Vec<u32>,
    refused: Vec<u32>,
    lost: usize,
    wrong: usize,
    unsent: usize,
}

async fn offer(
    address: &str,
    number: usize,
    first: Instant,
    pause: Duration,
    end: Instant,
    request: impl Fn(usize, usize) -> Bytes,
) -> Part {
    let mut part = Part::default();
    let mut connection = Connection::open(address).await.ok();
    let mut free = first;
    for turn in 0_u32.. {
        let due = first + pause * turn;
        if due >= end {
            break;
        }
        if Instant::now() >= end {
            part.unsent += 1;
            continue;
        }
        let request = request(number, turn as usize);
        sleep_until(due).await;
        // A timer that wakes late is no fault of the server; a connection that was busy is.
        let began = if free > due { due } else { Instant::now() };
        let sent = Instant::now();
        let asked = ask(&mut connection, address, &request).await;
        free = Instant::now();
        let since = |begin: Instant| u32::try_from((free - begin).as_nanos()).unwrap_or(u32::MAX);
        match asked {
            // What came later is no part of what was served in this time.
            Ok(_) if free > end => {}
            Ok(200..=299 | 304) => part.done.push(since(began)),
            Ok(429 | 503) => part.refused.push(since(sent)),
            Ok(_) => part.wrong += 1,
            Err(_) => {
                part.lost += 1;
                connection = None;
            }
        }
    }
    part
}

async fn ask(connection: &mut Option<Connection>, address: &str, request: &Bytes) -> Result<u16> {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(Connection::open(address).await?),
    };
    connection.ask(request).await
}
