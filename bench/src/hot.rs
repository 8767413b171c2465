//! How near to the floor is a hot listing? Connections that are kept open, the audit record of every read on,
//! both servers in turn within one run.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::process::Command;

use crate::load::{Caller, Connection, Samples, closed, open, same};
use crate::program::{Database, Server};
use crate::table::Row;
use crate::{Result, median, world};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_secs(5);

/// Customers of these sizes are there.
const SIZES: [usize; 2] = [25, 1_000];

/// What both servers did in one round.
struct Round {
    bare: Samples,
    ours: Samples,
    bare_cpu: f64,
    ours_cpu: f64,
}

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let database = Database::with(program, &SIZES).await?;
    let rollcall = database.serve().await?;
    let caller = database.caller(&rollcall).await?;
    let mut rows = Vec::new();
    for (number, (users, goal)) in SIZES.into_iter().zip([0.70, 0.85]).enumerate() {
        let request = caller.listing(&world::customer(number));
        let floor = Floor::of(&rollcall.address, &request, "200").await?;
        let what = format!("hot listing, {users} users, {CONNECTIONS} connections");
        rows.extend(against(&what, goal, &floor.server, &rollcall, &request, number == 0).await?);
    }
    rows.extend(not_modified(&rollcall, &caller).await?);
    Ok(rows)
}

async fn not_modified(rollcall: &Server, caller: &Caller) -> Result<Vec<Row>> {
    let target = format!("/v1/customer/{}/users", world::customer(0));
    let mut connection = Connection::open(&rollcall.address).await?;
    connection.ask(&caller.get(&target)).await?;
    let tag = connection.header("etag").ok_or("no tag")?;
    let request = caller.get_with(&target, &format!("If-None-Match: {tag}"));
    let floor = Floor::of(&rollcall.address, &request, "304").await?;
    against("304, 64 connections", 0.75, &floor.server, rollcall, &request, false).await
}

/// The floor that answers as Rollcall did.
pub(crate) struct Floor {
    pub(crate) server: Server,
    _body: NamedTempFile,
}

impl Floor {
    pub(crate) async fn of(rollcall: &str, request: &Bytes, status: &str) -> Result<Self> {
        let mut connection = Connection::open(rollcall).await?;
        connection.ask(request).await?;
        let mut body = NamedTempFile::new()?;
        body.write_all(connection.body())?;
        let mut floor = Command::new(std::env::current_exe()?);
        floor.arg("floor").arg(body.path()).arg(status);
        Ok(Self { server: Server::start(floor).await?, _body: body })
    }
}

/// Drives both servers in turn.
async fn against(
    what: &str,
    goal: f64,
    floor: &Server,
    rollcall: &Server,
    request: &Bytes,
    with_tail: bool,
) -> Result<Vec<Row>> {
    for server in [floor, rollcall] {
        closed(&server.address, CONNECTIONS, SPAN / 5, same(request)).await?;
    }
    let mut rounds = Vec::new();
    for number in 1..=ROUNDS {
        let (bare, bare_cpu) = run(floor, request).await?;
        let (ours, ours_cpu) = run(rollcall, request).await?;
        let (rate, bare_rate) = (ours.rate(), bare.rate());
        eprintln!(
            "  {what}, round {number}: floor {bare_rate:.0}/s, rollcall {rate:.0}/s, {:.2}",
            rate / bare_rate
        );
        rounds.push(Round { bare, ours, bare_cpu, ours_cpu });
    }
    let ratio = median(rounds.iter().map(|round| round.ours.rate() / round.bare.rate()));
    let row = |of: fn(&Round) -> &Samples, cpu: fn(&Round) -> f64, server: &Server, what: String| Row {
        rate: Some(median(rounds.iter().map(|round| of(round).rate()))),
        times: Some(
            [Samples::p50, Samples::p99, Samples::p999]
                .map(|at| median(rounds.iter().map(|round| at(of(round))))),
        ),
        cpu: Some(median(rounds.iter().map(cpu))),
        memory: Some(server.memory()),
        ..Row::new(what)
    };
    let bare = row(|round| &round.bare, |round| round.bare_cpu, floor, format!("floor: {what}"));
    let ours = row(|round| &round.ours, |round| round.ours_cpu, rollcall, what.to_owned());
    let half = ours.rate.unwrap_or_default() / 2.0;
    let mut rows = vec![bare, ours.at_least("of the floor", ratio, goal)];
    if with_tail {
        rows.push(tail(what, half, floor, rollcall, request).await?);
    }
    Ok(rows)
}

async fn run(server: &Server, request: &Bytes) -> Result<(Samples, f64)> {
    let before = server.cpu();
    let done = closed(&server.address, CONNECTIONS, SPAN, same(request)).await?;
    let cpu = (server.cpu() - before) * 1_000_000.0 / done.count() as f64;
    Ok((done, cpu))
}

/// The longest waits when both are offered the same load, which is half of what Rollcall can serve.
async fn tail(what: &str, rate: f64, floor: &Server, rollcall: &Server, request: &Bytes) -> Result<Row> {
    let mut ratios = Vec::new();
    let mut times = Vec::new();
    for number in 1..=ROUNDS {
        let bare = open(&floor.address, CONNECTIONS, rate, SPAN, same(request)).await?;
        let ours = open(&rollcall.address, CONNECTIONS, rate, SPAN, same(request)).await?;
        if ours.refused.count() + ours.lost + ours.wrong > 0 {
            return Err(format!("{what}: requests were refused at half of what can be served").into());
        }
        let (bare, ours) = (bare.done, ours.done);
        eprintln!(
            "  half load, round {number}: p99 floor {:.0} µs, rollcall {:.0} µs",
            bare.p99(),
            ours.p99()
        );
        ratios.push(ours.p99() / bare.p99());
        times.push([ours.p50(), ours.p99(), ours.p999()]);
    }
    let column = |place: usize| median(times.iter().filter_map(|times| times.get(place).copied()));
    let row = Row {
        rate: Some(rate),
        times: Some([column(0), column(1), column(2)]),
        ..Row::new(format!("{what}, half of its maximum rate"))
    };
    Ok(row.at_most("p99 to the floor's", median(ratios), 2.0, " ×"))
}
