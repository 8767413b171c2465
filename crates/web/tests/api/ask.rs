//! How is the server asked? Byte by byte over TCP, so that nothing is normalised on the way, and what comes
//! back is taken apart by hand.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// No test may hang for ever; nothing is asserted about time.
const HANG: Duration = Duration::from_secs(60);

/// A request as it will be written.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    address: SocketAddr,
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Ask {
    /// A request with a `Host` and nothing else.
    pub(crate) fn new(address: SocketAddr, method: &str, target: &str) -> Self {
        let headers = vec![("Host".to_owned(), address.to_string().into_bytes())];
        Self { address, method: method.to_owned(), target: target.to_owned(), headers, body: Vec::new() }
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        self.method = method.to_owned();
        self
    }

    pub(crate) fn target(mut self, target: &str) -> Self {
        self.target = target.to_owned();
        self
    }

    /// Adds to the target.
    pub(crate) fn query(mut self, query: &str) -> Self {
        self.target.push_str(query);
        self
    }

    /// One more header.
    pub(crate) fn and(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Takes all headers of this name away.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// This value in the place of all others.
    pub(crate) fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).and(name, value)
    }

    pub(crate) fn tenant(self, domain: &str) -> Self {
        self.with("X-Tenant", domain)
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.with("Authorization", format!("Bearer {token}"))
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        self.with("Content-Length", length)
    }

    /// With this value as the body.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.json_text(body.to_string())
    }

    /// With a body that says it is JSON, whatever it is.
    pub(crate) fn json_text(self, body: impl Into<Vec<u8>>) -> Self {
        self.with("Content-Type", "application/json").body(body)
    }

    /// The bytes, without a wish about the connection.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Sends it as most clients do, on a connection that may be kept, and gives the one answer.
    pub(crate) async fn send(&self) -> Answer {
        let asked = self.bytes();
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let talk = async {
            // A server that has heard enough may answer and close before all is written.
            let (mut reading, mut writing) = stream.split();
            let mut answer = Vec::new();
            let sent = async { drop(writing.write_all(&asked).await) };
            let read = async {
                while !Answer::is_all_there(&answer, &self.method)
                    && reading.read_buf(&mut answer).await.is_ok_and(|count| count > 0)
                {}
                answer
            };
            tokio::join!(sent, read).1
        };
        let answer = tokio::time::timeout(HANG, talk).await.expect("the server answers");
        let mut answers = Answer::all(&answer, &self.method);
        assert_eq!(answers.len(), 1, "one answer to one request");
        answers.remove(0)
    }

    pub(crate) async fn status(&self) -> u16 {
        self.send().await.status
    }
}

/// Writes these bytes, and reads until the server closes.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let mut answer = Vec::new();
    let sent = async {
        // A server that has heard enough may close before all is written.
        let _ = writing.write_all(bytes).await;
        let _ = writing.flush().await;
    };
    let talk = async { tokio::join!(sent, reading.read_to_end(&mut answer)) };
    let _ = tokio::time::timeout(HANG, talk).await.expect("the server closes the connection");
    answer
}

/// An answer, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body came whole, as its framing says.
    pub(crate) is_whole: bool,
}

impl Answer {
    /// All answers in the bytes of one connection, to requests of the same method.
    pub(crate) fn all(mut bytes: &[u8], method: &str) -> Vec<Self> {
        let mut answers = Vec::new();
        while !bytes.is_empty() {
            let (answer, rest) = Self::first(bytes, method);
            answers.push(answer);
            bytes = rest;
        }
        answers
    }

    /// Whether the bytes of a connection hold an answer to its end, as far as its framing tells.
    fn is_all_there(bytes: &[u8], method: &str) -> bool {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
        let head = std::str::from_utf8(&bytes[..end]).unwrap().to_ascii_lowercase();
        let body = &bytes[end + 4..];
        let status = head.get(9..12).unwrap_or_default();
        let length = head.split("\r\ncontent-length: ").nth(1).and_then(|rest| rest.lines().next());
        let is_chunked = head.contains("\r\ntransfer-encoding: chunked");
        method == "HEAD"
            || ["204", "304"].contains(&status)
            || length.is_some_and(|length| body.len() >= length.parse().unwrap())
            || (is_chunked && body.ends_with(b"0\r\n\r\n") && unchunk(body).2)
    }

    fn first<'a>(bytes: &'a [u8], method: &str) -> (Self, &'a [u8]) {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("the answer has a head");
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let rest = &bytes[end + 4..];
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").unwrap_or((line, "")))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Self { status, headers, body: Vec::new(), is_whole: true };
        let length = answer.header("content-length").map(|length| length.parse::<usize>().unwrap());
        if method == "HEAD" || [204, 304].contains(&status) || status < 200 {
            return (answer, rest);
        }
        if answer.header("transfer-encoding") == Some("chunked") {
            let (body, rest, is_whole) = unchunk(rest);
            answer.body = body;
            answer.is_whole = is_whole;
            return (answer, rest);
        }
        let length = length.expect("a body is framed");
        let (body, rest) = rest.split_at(length);
        answer.body = body.to_vec();
        (answer, rest)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let first = values.next();
        assert_eq!(values.next(), None, "{name} stands once");
        first
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The `type` of an error.
    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }

    /// Status and `type`, or status alone where all is well.
    pub(crate) fn told(&self) -> String {
        if self.status < 400 { self.status.to_string() } else { format!("{} {}", self.status, self.kind()) }
    }

    /// The names of the properties at fault.
    pub(crate) fn faults(&self) -> Vec<String> {
        let errors = self.json()["errors"].as_array().unwrap().clone();
        errors.iter().map(|error| error["propertyName"].as_str().unwrap().to_owned()).collect()
    }

    /// Status, `type` and the properties at fault, as `400 InvalidRequest: email, role`.
    pub(crate) fn refusal(&self) -> String {
        format!("{}: {}", self.told(), self.faults().join(", "))
    }

    /// What is said of the one property at fault, and its name.
    pub(crate) fn fault(&self) -> (String, String) {
        let errors = self.json()["errors"].as_array().unwrap().clone();
        assert_eq!(errors.len(), 1, "{}", self.text());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&errors[0]["propertyName"]), text(&errors[0]["description"][0]))
    }

    /// The id of what was added: a JSON string, alone.
    pub(crate) fn id(&self) -> String {
        assert!([200, 201].contains(&self.status), "{}", self.text());
        self.json().as_str().unwrap().to_owned()
    }

    /// The entity tag.
    pub(crate) fn tag(&self) -> String {
        self.header("etag").unwrap_or_else(|| panic!("{} {}", self.status, self.text())).to_owned()
    }

    /// The items of a page, which has the members of the contract and no others.
    pub(crate) fn items(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.text());
        let page = self.json();
        let members: Vec<&str> = page.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            members,
            [
                "items",
                "paginationParameters",
                "totalPages",
                "totalCount",
                "hasPreviousPage",
                "hasNextPage",
                "continuationToken"
            ]
        );
        page["items"].as_array().unwrap().clone()
    }

    /// One member of each item of a page, as text.
    pub(crate) fn each(&self, member: &str) -> Vec<String> {
        self.items().iter().map(|item| item[member].as_str().unwrap_or("null").to_owned()).collect()
    }

    /// The body with the correlation id taken out, wherever it stands.
    pub(crate) fn text_without_correlation(&self) -> String {
        self.text().replace(self.header("x-correlation-id").unwrap(), "-")
    }

    /// The e-mails of a listing, in its order.
    pub(crate) fn emails(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.text());
        let users = self.json();
        users.as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap().to_owned()).collect()
    }
}

fn unchunk(mut bytes: &[u8]) -> (Vec<u8>, &[u8], bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else { return (body, &[], false) };
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        bytes = &bytes[end + 2..];
        if bytes.len() < size + 2 {
            return (body, &[], false);
        }
        body.extend_from_slice(&bytes[..size]);
        bytes = &bytes[size + 2..];
        if size == 0 {
            return (body, bytes, true);
        }
    }
}
