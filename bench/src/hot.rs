//! How near to the floor is the hot listing? 25 users, 64 connections that are kept open, the audit record
//! of every read on, both servers in turn within one run.

use std::io::Write;
use std::time::Duration;

use tokio::process::Command;

use crate::load::{listing, run};
use crate::program::{Database, Server, build};
use crate::{Outcome, median, world};

const USERS: usize = 25;
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_secs(5);

pub(crate) async fn measure() -> Outcome {
    let program = build().await?;
    let database = Database::with(&program, &[USERS]).await?;
    let token = database.token().await?;
    let rollcall = database.serve().await?;
    let request = listing(&rollcall.address, world::DOMAIN, &world::customer(0), &token);
    let body = body_of(&rollcall.address, &request).await?;
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(&body)?;
    let mut floor = Command::new(std::env::current_exe()?);
    floor.arg("floor").arg(file.path());
    let floor = Server::start(floor).await?;

    println!(
        "hot listing of {USERS} users ({} bytes), {CONNECTIONS} connections, {ROUNDS} rounds of {SPAN:?}",
        body.len()
    );
    let wrong = |error: Box<dyn std::error::Error + Send + Sync>| error.to_string();
    let (mut ratios, mut rates, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    for server in [&floor, &rollcall] {
        run(&server.address, &request, CONNECTIONS, SPAN / 5).await.map_err(wrong)?;
    }
    for round in 1..=ROUNDS {
        let bare = run(&floor.address, &request, CONNECTIONS, SPAN).await.map_err(wrong)?;
        let ours = run(&rollcall.address, &request, CONNECTIONS, SPAN).await.map_err(wrong)?;
        println!(
            "  round {round}: floor {:>7.0}/s p50 {:>5.0} µs p99 {:>6.0} µs | rollcall {:>7.0}/s p50 {:>5.0} µs p99 {:>6.0} µs | {:.2}",
            bare.rate,
            bare.p50,
            bare.p99,
            ours.rate,
            ours.p50,
            ours.p99,
            ours.rate / bare.rate
        );
        ratios.push(ours.rate / bare.rate);
        rates.push(ours.rate);
        floors.push(bare.rate);
    }
    println!(
        "  median: floor {:.0}/s, rollcall {:.0}/s, ratio {:.2}; memory {:.0} MiB",
        median(floors),
        median(rates),
        median(ratios),
        rollcall.memory()
    );
    Ok(())
}

async fn body_of(address: &str, request: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let head = String::from_utf8(request.to_owned())?.replace("Accept:", "Connection: close\r\nAccept:");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or("an answer without a head")?;
    Ok(answer.split_off(end + 4))
}
