//! One connection: a request goes out, its answer comes in.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::{Caller, Result};

/// A connection that is kept open.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where the body of the last answer is.
    body: std::ops::Range<usize>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 16 << 10], body: 0..0 })
    }

    /// Sends a request, takes its answer, and tells the status.
    pub(crate) async fn ask(&mut self, request: &Bytes) -> Result<u16> {
        self.stream.write_all(request).await?;
        self.answer().await
    }

    /// Sends a request and tells how long the answer took; anything but a success or a 304 is an error.
    pub(crate) async fn timed(&mut self, request: &Bytes) -> Result<Duration> {
        let began = Instant::now();
        let status = self.ask(request).await?;
        let took = began.elapsed();
        if (200..300).contains(&status) || status == 304 {
            Ok(took)
        } else {
            Err(format!("{status}: {}", String::from_utf8_lossy(self.body())).into())
        }
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        self.buffer.get(self.body.clone()).unwrap_or_default()
    }

    /// A header of the last answer.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(self.buffer.get(..self.body.start)?);
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    }

    async fn answer(&mut self) -> Result<u16> {
        let mut filled = 0;
        let end = loop {
            filled += self.more(filled).await?;
            let seen = self.buffer.get(..filled).unwrap_or_default();
            if let Some(end) = seen.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = std::str::from_utf8(self.buffer.get(..end).unwrap_or_default())?;
        let status: u16 = head.get(9..12).ok_or("no status line")?.parse()?;
        let length = content_length(head);
        let bodiless = status == 204 || status == 304;
        let length = if bodiless { 0 } else { length.ok_or("an answer without a length")? };
        self.body = end..end + length;
        if self.buffer.len() < self.body.end {
            self.buffer.resize(self.body.end, 0);
        }
        while filled < self.body.end {
            filled += self.more(filled).await?;
        }
        Ok(status)
    }

    async fn more(&mut self, filled: usize) -> Result<usize> {
        if filled == self.buffer.len() {
            self.buffer.resize(filled * 2, 0);
        }
        match self.stream.read(self.buffer.get_mut(filled..).unwrap_or_default()).await? {
            0 => Err("the server closed the connection".into()),
            read => Ok(read),
        }
    }
}

fn content_length(head: &str) -> Option<usize> {
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
    lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?.1.trim().parse().ok()
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
pub(crate) async fn long(address: &str, request: &Bytes) -> Result<Long> {
    let mut stream = TcpStream::connect(address).await?;
    let head = String::from_utf8(request.to_vec())?.replace("Accept:", "Connection: close\r\nAccept:");
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

/// Sends a long body, and tells how long it took until the answer.
pub(crate) async fn upload(caller: &Caller, target: &str, media_type: &str, body: &[u8]) -> Result<Duration> {
    let Caller { address, tenant, token } = caller;
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {address}\r\nX-Tenant: {tenant}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: {media_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = Connection::open(address).await?;
    let began = Instant::now();
    connection.stream.write_all(head.as_bytes()).await?;
    connection.stream.write_all(body).await?;
    match connection.answer().await? {
        200 => Ok(began.elapsed()),
        status => Err(format!("{status}: {}", String::from_utf8_lossy(connection.body())).into()),
    }
}
