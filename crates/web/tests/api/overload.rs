//! What happens when more is asked than can be done? Some of it is done, the rest is refused in the shape of
//! the contract, whoever asks little is served before the backlog of whoever asks much, and all is told.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde_json::json;
use store::{Places, Room, Rooms};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use web::server::Limits;
use web::server::guard::Timeouts;

use crate::ask::{Answer, Ask};
use crate::directory::*;
use crate::errors::in_shape;
use crate::world::{World, limits, shared_users};

/// A refusal, which says when to come again.
fn refusal(answer: &Answer) -> String {
    assert_eq!(answer.header("retry-after"), Some("1"), "{}", answer.text());
    in_shape(answer)
}

/// Sends all of these at once.
fn send_all(asks: impl IntoIterator<Item = Ask>) -> JoinSet<Answer> {
    asks.into_iter().map(|ask| async move { ask.send().await }).collect()
}

/// Waits for so many answers, which are all that can come, and are refusals.
async fn refusals(answers: &mut JoinSet<Answer>, count: usize, expected: &str) {
    for _ in 0..count {
        assert_eq!(refusal(&answers.join_next().await.unwrap().unwrap()), expected);
    }
}

/// Holds what a closure is run on until the sender is dropped; the receiver hears when it is held.
fn hold() -> (mpsc::Sender<()>, tokio::sync::oneshot::Receiver<()>, impl FnMut() + Send + 'static) {
    let (release, released) = mpsc::channel::<()>();
    let (hold, held) = tokio::sync::oneshot::channel();
    let mut hold = Some(hold);
    let wait = move || {
        if let Some(hold) = hold.take() {
            hold.send(()).unwrap();
            let _ = released.recv();
        }
    };
    (release, held, wait)
}

#[tokio::test]
async fn writes_over_the_room_are_refused_and_those_within_are_done() {
    let rooms = Rooms { commits: Room { all: 5, each: 3 }, group: 2, ..Rooms::default() };
    let world = World::with_rooms(0, limits(), rooms).await;
    let north = world.caller(CSP_ADMINISTRATOR).await;
    let south = world.southern(SOUTH_ADMINISTRATOR).await;
    let foreign = format!("/v1/customer/{FOREIGN}/users");
    let user = |number: usize| json!({"email": format!("n{number}@x.example")});
    assert_eq!(north.post(&shared_users(), &user(100)).await.status, 201);
    assert_eq!(south.post(&foreign, &user(100)).await.status, 201);

    let (release, held, mut wait) = hold();
    let store = Arc::clone(world.app.store());
    let holding = tokio::spawn(async move {
        let work = move |_: &mut store::Loader<'_>| {
            wait();
            Ok(None)
        };
        store.bulk(work).await
    });
    held.await.unwrap();
    let noise = (0..10).map(|number| north.ask("POST", &shared_users()).json(&user(number)));
    let mut noise = send_all(noise);
    refusals(&mut noise, 7, "429 TooManyRequests").await;
    let mut others = send_all((0..3).map(|number| south.ask("POST", &foreign).json(&user(number))));
    refusals(&mut others, 1, "503 Unavailable").await;
    assert_eq!(world.list(SHARED).await.send().await.emails().len(), 8, "nothing was done yet");

    drop(release);
    holding.await.unwrap().unwrap();
    for answers in [noise, others] {
        for answer in answers.join_all().await {
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
    }
    assert_eq!(north.post(&shared_users(), &user(101)).await.status, 201);
    assert_eq!(world.list(SHARED).await.send().await.emails().len(), 12, "what was acknowledged is there");

    let records = world.records().await;
    let made = records.iter().filter(|record| record["operation"] == "CreateUser");
    let (done, refused): (Vec<_>, Vec<_>) = made.partition(|record| record["status"]["name"] == "Succeded");
    let of_north = done.iter().filter(|record| record["customerId"] == SHARED.to_string()).count();
    assert_eq!((of_north, done.len() - of_north), (5, 3));
    assert_eq!(refused.len(), 8);
    assert!(refused.iter().all(|record| record["description"] == "Refused: too much waited already."));
    assert!(world.trail_is_whole().await);
}

#[tokio::test]
async fn long_readings_over_the_room_are_refused_and_those_within_wait() {
    let one = Room { all: 1, each: 1 };
    let rooms = Rooms { streams: Places { at_once: one, waiting: one }, ..Rooms::default() };
    let world = World::with_rooms(0, limits(), rooms).await;
    let (north, south) = (world.caller(CSP).await, world.southern(SOUTH_CSP).await);
    let export = |customer| format!("/v1/customer/{customer}/users/export");
    assert_eq!(north.get(&export(SHARED)).await.status, 200);
    assert_eq!(south.get(&export(FOREIGN)).await.status, 200);

    let (release, held, mut wait) = hold();
    let store = Arc::clone(world.app.store());
    let each = move |_| {
        wait();
        false
    };
    let holding = tokio::spawn(async move { store.walk(None, each).await });
    held.await.unwrap();
    let mut noise = send_all((0..3).map(|_| north.ask("GET", &export(SHARED))));
    refusals(&mut noise, 2, "429 TooManyRequests").await;
    assert_eq!(refusal(&south.get(&export(FOREIGN)).await), "503 Unavailable");
    assert_eq!(north.get(&shared_users()).await.status, 200, "short readings go on");

    drop(release);
    holding.await.unwrap().unwrap();
    for answer in noise.join_all().await {
        assert_eq!(answer.status, 200);
    }
    assert_eq!(south.get(&export(FOREIGN)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burst_of_readings_ends_and_each_is_answered_and_told() {
    const BURST: usize = 60;
    let one = Room { all: 1, each: 1 };
    let readers = Places { at_once: one, waiting: Room { all: 3, each: 2 } };
    let world = World::with_rooms(2_000, limits(), Rooms { readers, ..Rooms::default() }).await;
    let (north, south) = (world.caller(CSP).await, world.southern(SOUTH_CSP).await);
    let (crowd, foreign) = (format!("/v1/customer/{CROWD}/users?pageSize=2000"), "/v1?pageSize=1");
    assert_eq!((north.get(&crowd).await.status, south.get(foreign).await.status), (200, 200));
    let asks = (0..BURST).map(|number| match number % 6 {
        5 => south.ask("GET", foreign),
        _ => north.ask("GET", &crowd),
    });
    let mut done = 0;
    for answer in send_all(asks).join_all().await {
        match answer.status {
            200 => done += 1,
            _ => assert!(["429 TooManyRequests", "503 Unavailable"].contains(&refusal(&answer).as_str())),
        }
    }
    assert!(done > 0);
    assert_eq!((north.get(&crowd).await.status, south.get(foreign).await.status), (200, 200));
    assert_eq!(world.records().await.len(), BURST + 4);
}

/// So many connections, and clients that may be slow for a moment.
fn few(connections: usize) -> Limits {
    let moment = Duration::from_millis(300);
    let timeouts = Timeouts { head: moment, idle: moment, write: moment };
    Limits { connections, timeouts, ..limits() }
}

/// Reads until the server closes.
async fn rest(mut stream: TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn a_connection_that_is_one_too_many_is_told_so_and_closed() {
    let world = World::with(0, Limits { connections: 2, ..limits() }).await;
    let live = world.ask("GET", "/health/live");
    let mut open = Vec::new();
    for _ in 0..2 {
        // A connection that was answered has its place.
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(&live.bytes()).await.unwrap();
        assert!(stream.read(&mut [0; 4_096]).await.unwrap() > 0);
        open.push(stream);
    }
    let large = world.ask("POST", "/v1/users").body("x".repeat(50_000));
    for ask in [live.clone().and("X-Correlation-Id", "one"), large.and("X-Correlation-Id", "one")] {
        // The server closes by itself.
        let bytes = crate::ask::exchange(world.address, &ask.bytes()).await;
        let answer = Answer::all(&bytes, "GET").remove(0);
        assert_eq!(refusal(&answer), "503 Unavailable");
        assert_eq!(answer.header("connection"), Some("close"));
        assert_eq!(answer.header("x-correlation-id"), Some("one"));
    }
    let freed = open.pop().unwrap();
    drop(freed);
    while live.send().await.status != 200 {
        // The server has yet to see that the other one went.
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn slow_clients_are_cut_and_others_are_served_meanwhile() {
    let world = World::with(0, few(3)).await;
    let live = world.ask("GET", "/health/live");
    let mut slow = Vec::new();
    for beginning in ["GET /health/live HT", "POST /oauth2/v2.0/token HTTP/1.1\r\nHost: a\r\nContent-Le"] {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    assert_eq!(live.send().await.status, 200, "while the slow ones are slow");
    for stream in slow {
        let answer = Answer::all(&rest(stream).await, "GET").remove(0);
        assert_eq!(in_shape(&answer), "408 RequestTimeout");
    }
    let silent = TcpStream::connect(world.address).await.unwrap();
    assert_eq!(rest(silent).await, b"", "a silent one is closed");
    while send_all((0..3).map(|_| live.clone())).join_all().await.iter().any(|answer| answer.status != 200) {
        // Until the server has seen all of them go.
        tokio::task::yield_now().await;
    }
}
