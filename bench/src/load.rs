//! How is a server driven? Some connections that are kept open, each with one request at a time, all the
//! same bytes: the closed loop of a portal's workers.

use std::error::Error;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What came of a run.
pub(crate) struct Run {
    /// Requests answered with 200, a second.
    pub(crate) rate: f64,
    /// How long requests took, in microseconds: the middle, and what 1 % exceeded.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// A request for the users of a customer.
pub(crate) fn listing(address: &str, tenant: &str, customer: &str, token: &str) -> Vec<u8> {
    format!(
        "GET /v1/customer/{customer}/users HTTP/1.1\r\nHost: {address}\r\nX-Tenant: {tenant}\r\n\
         Authorization: Bearer {token}\r\nAccept: application/json\r\n\r\n"
    )
    .into_bytes()
}

/// Sends `request` over and over on so many connections, for so long.
pub(crate) async fn run(address: &str, request: &[u8], connections: usize, span: Duration) -> Result<Run> {
    let end = Instant::now() + span;
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        let (address, request) = (address.to_owned(), request.to_owned());
        workers.spawn(async move { work(&address, &request, end).await });
    }
    let mut took = Vec::new();
    while let Some(worker) = workers.join_next().await {
        took.extend(worker??);
    }
    took.sort_unstable();
    let at = |part: f64| {
        // A place in a list of measurements; nothing is lost that matters.
        let place = (took.len() as f64 * part) as usize;
        took.get(place).copied().unwrap_or_default() as f64 / 1_000.0
    };
    Ok(Run { rate: took.len() as f64 / span.as_secs_f64(), p50: at(0.5), p99: at(0.99) })
}

async fn work(address: &str, request: &[u8], end: Instant) -> Result<Vec<u32>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut took = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    while Instant::now() < end {
        let began = Instant::now();
        stream.write_all(request).await?;
        answer(&mut stream, &mut buffer).await?;
        took.push(u32::try_from(began.elapsed().as_nanos()).unwrap_or(u32::MAX));
    }
    Ok(took)
}

/// Reads one answer with a length; anything but a 200 is an error.
async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    let (head, length) = loop {
        let read = stream.read(buffer.get_mut(filled..).ok_or("the head is too long")?).await?;
        if read == 0 {
            return Err("the server closed the connection".into());
        }
        filled += read;
        let seen = buffer.get(..filled).unwrap_or_default();
        if let Some(end) = seen.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(seen.get(..end).unwrap_or_default()).to_ascii_lowercase();
            if !head.starts_with("http/1.1 200") {
                return Err(head.into());
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.ok_or("an answer without a length")?.trim().parse()?;
            break (end + 4, length);
        }
    };
    let mut left = (head + length).saturating_sub(filled);
    while left > 0 {
        let most = left.min(buffer.len());
        let read = stream.read(buffer.get_mut(..most).unwrap_or_default()).await?;
        if read == 0 {
            return Err("the server closed the connection".into());
        }
        left -= read;
    }
    Ok(())
}

/// What came of one long answer.
pub(crate) struct Long {
    /// From the request to the first byte of the answer.
    pub(crate) first_byte: Duration,
    /// From the request to the last byte.
    pub(crate) all: Duration,
    /// How many bytes came, the head included.
    pub(crate) bytes: usize,
}

/// Reads one answer to its end, on a connection that closes behind it.
pub(crate) async fn long(address: &str, request: &[u8]) -> Result<Long> {
    let mut stream = TcpStream::connect(address).await?;
    let head = String::from_utf8(request.to_owned())?.replace("Accept:", "Connection: close\r\nAccept:");
    let began = Instant::now();
    stream.write_all(head.as_bytes()).await?;
    let mut buffer = vec![0; 256 << 10];
    let mut bytes = stream.read(&mut buffer).await?;
    let first_byte = began.elapsed();
    if !buffer.starts_with(b"HTTP/1.1 200") {
        return Err(String::from_utf8_lossy(&buffer).into_owned().into());
    }
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(Long { first_byte, all: began.elapsed(), bytes }),
            read => bytes += read,
        }
    }
}
