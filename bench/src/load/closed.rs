//! The closed loop of a portal's workers: each connection has one request under way at a time.

use std::time::Duration;

use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Connection, Result, Samples};

/// Sends requests on so many connections, for so long: `request` makes the one of a connection and a turn.
pub(crate) async fn closed(
    address: &str,
    connections: usize,
    span: Duration,
    request: impl Fn(usize, usize) -> Bytes + Clone + Send + 'static,
) -> Result<Samples> {
    let mut workers = JoinSet::new();
    let end = Instant::now() + span;
    for number in 0..connections {
        let (address, request) = (address.to_owned(), request.clone());
        workers.spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let mut took = Vec::new();
            while Instant::now() < end {
                let request = request(number, took.len());
                let time = connection.timed(&request).await?;
                took.push(u32::try_from(time.as_nanos()).unwrap_or(u32::MAX));
            }
            Result::Ok(took)
        });
    }
    let mut took = Vec::new();
    while let Some(worker) = workers.join_next().await {
        took.extend(worker??);
    }
    Ok(Samples::of(took, span))
}
