//! A stop under load: what was asked is answered, and what was answered is in the trail.

use std::collections::HashMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::process::Place;
use crate::world;

const CLIENTS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_that_was_sent_is_answered_and_recorded_once() {
    let place = Place::with_users(2);
    let token = place.token();
    let server = place.serve();
    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut clients = Vec::new();
    for client in 0..CLIENTS {
        let (address, token, answered) = (server.address().to_owned(), token.clone(), answered.clone());
        clients.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            for number in 0.. {
                let id = format!("load-{client}-{number}");
                let answer = ask(&mut stream, &address, &token, &id).await;
                assert!(answer.starts_with("HTTP/1.1 200 "), "{id} got {answer:?}");
                assert!(answer.ends_with(&world::listing(2)), "{id} got {answer:?}");
                answered.send(id).unwrap();
                if answer.contains("\r\nconnection: close\r\n") {
                    break;
                }
            }
        }));
    }
    drop(answered);
    let mut ids = Vec::new();
    while ids.len() < CLIENTS * 10 {
        ids.push(answers.recv().await.unwrap());
    }
    server.terminate();
    for client in clients {
        client.await.unwrap();
    }
    while let Some(id) = answers.recv().await {
        ids.push(id);
    }
    assert_eq!(server.end(), Some(0));
    let mut recorded: HashMap<String, usize> = HashMap::new();
    for record in place.records() {
        *recorded.entry(record["correlationId"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for id in &ids {
        assert_eq!(recorded.remove(id), Some(1), "{id}");
    }
    assert!(!recorded.keys().any(|id| id.starts_with("load-")), "{recorded:?}");
}

/// Asks on a connection that is kept, and reads just one answer.
async fn ask(stream: &mut TcpStream, address: &str, token: &str, id: &str) -> String {
    let request = format!(
        "GET /v1/customer/{}/users HTTP/1.1\r\nHost: {address}\r\nX-Tenant: {}\r\nAuthorization: Bearer {token}\r\nX-Correlation-Id: {id}\r\n\r\n",
        world::CUSTOMER,
        world::DOMAIN
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if length.is_some_and(|length| length.parse() == Ok(body.len())) {
                return text.into_owned();
            }
        }
        if stream.read_buf(&mut answer).await.unwrap() == 0 {
            return String::from_utf8_lossy(&answer).into_owned();
        }
    }
}
