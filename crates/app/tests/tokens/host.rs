//! An issuer's web server on loopback that says what a test tells it to, and counts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const METADATA: &str = "/.well-known/openid-configuration";
pub(crate) const KEYS: &str = "/keys";

#[derive(Clone)]
pub(crate) enum Page {
    /// 200 with this body.
    Body(String),
    /// A whole answer as it goes over the wire.
    Raw(String),
    /// The connection is held and nothing is said.
    Silence,
}

#[derive(Clone)]
pub(crate) struct Host {
    /// The issuer.
    pub(crate) url: String,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

impl Host {
    /// A host that publishes these keys.
    pub(crate) async fn start(keys: &[Value]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            pages: Arc::default(),
            asked: Arc::default(),
        };
        host.publish(keys);
        let answering = host.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answering.clone().answer(stream));
            }
        });
        host
    }

    /// The same host under another name.
    pub(crate) fn named(&self, name: &str) -> Self {
        let url = self.url.replace("127.0.0.1", name);
        Self { url, ..self.clone() }
    }

    pub(crate) fn metadata(&self) -> Value {
        json!({"issuer": self.url, "jwks_uri": format!("{}{KEYS}", self.url)})
    }

    pub(crate) fn publish(&self, keys: &[Value]) {
        self.says(METADATA, Page::Body(self.metadata().to_string()));
        self.says(KEYS, Page::Body(json!({ "keys": keys }).to_string()));
    }

    pub(crate) fn says(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    /// How often this path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.asked.lock().unwrap().get(path).copied().unwrap_or(0)
    }

    async fn answer(self, mut stream: TcpStream) {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => request.push(byte),
                Err(_) => return,
            }
        }
        let request = String::from_utf8(request).unwrap();
        let path = request.split(' ').nth(1).unwrap().to_owned();
        let page = self.pages.lock().unwrap().get(&path).cloned();
        *self.asked.lock().unwrap().entry(path).or_default() += 1;
        let answer = match page {
            Some(Page::Body(body)) => {
                let length = body.len();
                format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
            }
            Some(Page::Raw(answer)) => answer,
            Some(Page::Silence) => return std::future::pending().await,
            None => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned(),
        };
        // The client may have gone away; that is its right.
        let _written = stream.write_all(answer.as_bytes()).await;
        let _closed = stream.shutdown().await;
    }
}
