//! What happens at three times the load that can be served? How much is served, how early the rest is refused, how
//! much memory it takes, and how soon all is well again.
//!
//! The server has one half of the cores and the load the other, so that offering three times as much takes nothing
//! from it. What one client feels is measured on a thread of its own, for the load is late by itself.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use crate::load::{Caller, Offered, Samples, apart, closed, open};
use crate::program::{Database, Server, keep_to};
use crate::table::Row;
use crate::{Result, world};

pub(crate) const CUSTOMERS: usize = 100;
pub(crate) const USERS: usize = 25;
/// Enough connections to keep the server busy, and to learn its best.
pub(crate) const CONNECTIONS: usize = 64;
/// More than may wait, so that there is always one that is free for the next request.
pub(crate) const MANY: usize = 2_048;
pub(crate) const SPAN: Duration = Duration::from_secs(5);
/// How much memory a connection may take, in KiB, with all that waits for it.
const MOST_FOR_ONE: f64 = 64.0;
/// How much more is offered than can be served.
pub(crate) const TIMES: f64 = 3.0;
/// What the one client asks for in a second whose answers are timed, and on how many connections.
pub(crate) const ONE_RATE: f64 = 200.0;
pub(crate) const ONE_CONNECTIONS: usize = 8;

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Creates,
    Pages,
    Hot,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Creates => "creates",
            Self::Pages => "listings that are read from the database",
            Self::Hot => "hot listings",
        }
    }

    /// Makes the request of a connection and a turn. `run` tells runs apart, so that no e-mail comes twice.
    pub(crate) fn request(
        self,
        caller: &Caller,
        run: usize,
    ) -> impl Fn(usize, usize) -> Bytes + Clone + Send + 'static {
        let caller = caller.clone();
        move |connection, turn| {
            let customer = world::customer((connection + turn) % CUSTOMERS);
            let path = format!("/v1/customer/{customer}/users");
            match self {
                Self::Creates => {
                    let name = format!("o{run}.{connection}.{turn}");
                    caller.send("POST", &path, &world::new_user(&name, turn))
                }
                // Pages are not kept.
                Self::Pages => caller.get(&format!("{path}?pageSize={USERS}")),
                Self::Hot => caller.listing(&customer),
            }
        }
    }
}

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rows = measure_beside(program, cores).await;
    keep_to(0..cores).await;
    rows
}

async fn measure_beside(program: &Path, cores: usize) -> Result<Vec<Row>> {
    let half = (cores / 2).max(1);
    let mut rows = Vec::new();
    for kind in [Kind::Hot, Kind::Pages, Kind::Creates] {
        keep_to(0..half).await;
        // A server of its own for each, so that none is measured with the memory of another.
        let database = Database::with(program, &[USERS; CUSTOMERS]).await?;
        let server = database.serve().await?;
        let caller = database.caller(&server).await?;
        keep_to(half.min(cores - 1)..cores).await;
        let mut load = Load { kind, server, caller, best: 0.0, runs: 0 };
        for connections in [CONNECTIONS, CONNECTIONS * 4] {
            let request = load.request();
            let closed = closed(&load.server.address, connections, SPAN, request).await?;
            load.best = closed.rate().max(load.best);
        }
        rows.extend(load.overloaded().await?);
    }
    Ok(rows)
}

/// A server, those who ask it, and what they ask for.
struct Load {
    kind: Kind,
    server: Server,
    caller: Caller,
    /// The most that it serves in a second.
    best: f64,
    runs: usize,
}

impl Load {
    /// The requests of a new run.
    fn request(&mut self) -> impl Fn(usize, usize) -> Bytes + Clone + Send + 'static {
        self.runs += 1;
        self.kind.request(&self.caller, self.runs)
    }

    /// Offers three times what can be served.
    async fn overloaded(&mut self) -> Result<Vec<Row>> {
        let (before, name, best) = (self.server.memory(), self.kind.name(), self.best);
        let (many, one) = (self.request(), self.request());
        let address = self.server.address.clone();
        let witness = apart(&address, ONE_CONNECTIONS, ONE_RATE, SPAN, one);
        let offered = open(&address, MANY, TIMES * best, SPAN, many);
        let (offered, witness) = tokio::join!(offered, witness);
        let (offered, witness) = (offered?, witness?);
        let ended = Instant::now();
        let again = self.normal_again(ended).await?;
        let Offered { done, refused, lost, wrong, unsent } = &offered;
        let asked = (done.count() + refused.count() + lost + wrong + unsent) as f64 / SPAN.as_secs_f64();
        let peak = self.server.peak();
        eprintln!(
            "  {name}: best {best:.0}/s; of {asked:.0}/s {:.0}/s done, {:.0}/s refused, {lost} lost, {wrong} wrong, \
             {unsent} unsent; memory {before:.0} MiB, then at most {peak:.0} MiB",
            done.rate(),
            refused.rate(),
        );
        let told = format!("{name}, {:.1} times the best offered, {lost} lost, {wrong} wrong", asked / best);
        let mut rows =
            vec![Row { rate: Some(done.rate()), times: Some(times(done)), ..Row::new(told) }.at_least(
                "of the best",
                done.rate() / best,
                0.9,
            )];
        if witness.refused.count() > 0 {
            let what = format!("{name}, refused");
            let row =
                Row { rate: Some(refused.rate()), times: Some(times(&witness.refused)), ..Row::new(what) };
            rows.push(row.at_most("p99", witness.refused.p99() / 1_000.0, 10.0, " ms"));
        }
        let most = MOST_FOR_ONE / 1_024.0 * MANY as f64;
        let memory = Row { memory: Some(peak), ..Row::new(format!("{name}, memory meanwhile")) };
        rows.push(memory.at_most("grown by", peak - before, most, " MiB"));
        let after = again.as_secs_f64();
        rows.push(Row::new(format!("{name}, until all is well again")).at_most("after", after, 5.0, " s"));
        Ok(rows)
    }

    /// How long after the end of an overload three quarters of the best are served as they come.
    async fn normal_again(&mut self, ended: Instant) -> Result<Duration> {
        let step = Duration::from_millis(500);
        loop {
            let (request, began) = (self.request(), ended.elapsed());
            let offered = open(&self.server.address, CONNECTIONS, 0.75 * self.best, step, request).await?;
            let is_well = offered.refused.count() + offered.lost + offered.wrong == 0;
            if began > Duration::from_secs(30) || is_well && offered.done.p99() < 100_000.0 {
                return Ok(began);
            }
        }
    }
}

pub(crate) fn times(samples: &Samples) -> [f64; 3] {
    [samples.p50(), samples.p99(), samples.p999()]
}
