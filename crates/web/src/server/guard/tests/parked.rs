//! Heads that wait for their turn: nothing of them is lost, and nothing behind them is looked at before.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::id::TenantId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::{JoinHandle, yield_now};
use uuid::Uuid;

use super::streams::TIMEOUTS;
use crate::server::guard::{Answer, Guarded, Shortcut, Taken, Wait};
use crate::server::processor::{Effort, Processor};

const TENANT: Option<TenantId> = Some(TenantId(Uuid::from_u128(1)));

/// A processor that has no turn left and gives none before it is asked to.
fn busy() -> Arc<Processor> {
    let processor = Processor::new(1);
    while processor.ask(TENANT, Effort::READY).is_none() {}
    processor
}

fn give_turns(processor: &Arc<Processor>) -> JoinHandle<()> {
    let processor = Arc::clone(processor);
    tokio::spawn(async move { processor.give_turns().await })
}

/// Takes requests for `/short`, in turn, and notes whatever it is shown.
fn shortcut(processor: &Arc<Processor>, seen: &Arc<Mutex<Vec<String>>>) -> Shortcut {
    let (processor, seen) = (Arc::clone(processor), Arc::clone(seen));
    Shortcut::new(move |head, waited_since| {
        let head = String::from_utf8(head.to_vec()).unwrap();
        let target = head.split(' ').nth(1).unwrap().to_owned();
        seen.lock().unwrap().push(format!("{target} {}", waited_since.is_some()));
        if waited_since.is_none()
            && let Some(waiting) = processor.ask(TENANT, Effort::READY)
        {
            return Taken::Later(Wait::Turn(waiting));
        }
        if target != "/short" {
            return Taken::Not;
        }
        Taken::Answered(Answer { status: 200, head: b"short;".to_vec(), body: Bytes::new() })
    })
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[tokio::test(start_paused = true)]
async fn a_head_that_waits_is_answered_when_its_turn_comes_and_those_behind_it_after_it() {
    let (processor, seen) = (busy(), Arc::default());
    let (mut client, server) = tokio::io::duplex(10_000);
    let guarded = Guarded::new(server, TIMEOUTS, Arc::default());
    let mut guarded = guarded.with_shortcut(shortcut(&processor, &seen));
    let parser = tokio::spawn(async move {
        let mut passed = vec![0; 20_000];
        let count = guarded.read(&mut passed).await.unwrap();
        String::from_utf8(passed[..count].to_vec()).unwrap()
    });
    let stream = [get("/short"), get("/short"), get("/long")].concat();
    client.write_all(stream.as_bytes()).await.unwrap();
    for _ in 0..20 {
        yield_now().await;
    }
    assert_eq!(*seen.lock().unwrap(), ["/short false"], "it is shown once, and nothing behind it");

    let giving = give_turns(&processor);
    assert_eq!(parser.await.unwrap(), get("/long"), "what is not answered passes whole");
    let mut answers = [0; 12];
    client.read_exact(&mut answers).await.unwrap();
    assert_eq!(&answers, b"short;short;");
    let seen = seen.lock().unwrap();
    assert_eq!(seen.iter().filter(|seen| *seen == "/short true").count(), 1);
    giving.abort();
}

#[tokio::test(start_paused = true)]
async fn a_head_that_waited_in_vain_passes_to_the_parser_byte_for_byte() {
    let (processor, seen) = (busy(), Arc::default());
    let (mut client, server) = tokio::io::duplex(10_000);
    let guarded = Guarded::new(server, TIMEOUTS, Arc::default());
    let mut guarded = guarded.with_shortcut(shortcut(&processor, &seen));
    let stream = [get("/long"), get("/short")].concat();
    let (beginning, end) = stream.split_at(stream.len() - 5);
    client.write_all(beginning.as_bytes()).await.unwrap();
    let giving = give_turns(&processor);
    let mut passed = vec![0; 20_000];
    let count = guarded.read(&mut passed).await.unwrap();
    assert_eq!(passed[..count], *get("/long").as_bytes());
    // The parser has the first request and has not answered it, so the second one may not overtake it.
    client.write_all(end.as_bytes()).await.unwrap();
    let count = guarded.read(&mut passed).await.unwrap();
    assert_eq!(passed[..count], *get("/short").as_bytes());
    assert_eq!(*seen.lock().unwrap(), ["/long false", "/long true"]);
    giving.abort();
}

#[tokio::test(start_paused = true)]
async fn a_client_is_not_slow_while_its_head_waits_and_a_connection_that_ends_is_forgotten() {
    let (processor, seen) = (busy(), Arc::default());
    let mut open = Vec::new();
    for _ in 0..10 {
        let (mut client, server) = tokio::io::duplex(10_000);
        let guarded = Guarded::new(server, TIMEOUTS, Arc::default());
        let mut guarded = guarded.with_shortcut(shortcut(&processor, &seen));
        client.write_all(get("/short").as_bytes()).await.unwrap();
        let serving = tokio::spawn(async move { guarded.read(&mut vec![0; 20_000]).await });
        open.push((client, serving));
    }
    tokio::time::sleep(TIMEOUTS.idle * 2).await;
    let (mut client, serving) = open.pop().unwrap();
    for (_, serving) in open {
        assert!(!serving.is_finished());
        serving.abort();
    }
    yield_now().await;
    let giving = give_turns(&processor);
    let mut answer = [0; 6];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"short;");
    assert_eq!(seen.lock().unwrap().len(), 11, "ten came, and one was answered");
    serving.abort();
    giving.abort();
}
