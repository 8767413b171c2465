//! What does another tenant feel of a noisy one? One asks now and then, the other without pause on 2,048 connections.
//!
//! Two quiets are compared with it: that of a server that does nothing else, and that of a server that is as busy as it
//! may be, with the noisy tenant on 64 connections that leave it a quarter of its time. The first is the harder one:
//! nobody waits for a processor there, though one that sleeps has to be woken.

use std::path::Path;

use bytes::Bytes;

use crate::load::{Caller, Offered, Samples, apart, closed, open, same};
use crate::overload::{
    CONNECTIONS, CUSTOMERS, Kind, MANY, ONE_CONNECTIONS, ONE_RATE, SPAN, TIMES, USERS, times,
};
use crate::program::{Database, Server, keep_to};
use crate::table::Row;
use crate::{Result, world};

/// What part of the best is asked for in an ordinary hour.
const ORDINARY: f64 = 0.75;
/// How often each is measured; what was in the middle counts.
const ROUNDS: usize = 3;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rows = measure_on(program, cores).await;
    keep_to(0..cores).await;
    rows
}

async fn measure_on(program: &Path, cores: usize) -> Result<Vec<Row>> {
    let half = (cores / 2).max(1);
    let mut rows = Vec::new();
    for kind in [Kind::Hot, Kind::Pages, Kind::Creates] {
        keep_to(0..half).await;
        let database = Database::with_neighbour(program, &[USERS; CUSTOMERS], USERS).await?;
        let server = database.serve().await?;
        let noisy = database.caller(&server).await?;
        let neighbour = database.neighbour(&server).await?;
        keep_to(half.min(cores - 1)..cores).await;
        let mut street = Street { kind, server, noisy, neighbour, runs: 0 };
        rows.extend(street.compare().await?);
    }
    Ok(rows)
}

/// A server, and two tenants.
struct Street {
    kind: Kind,
    server: Server,
    noisy: Caller,
    neighbour: Caller,
    runs: usize,
}

impl Street {
    async fn compare(&mut self) -> Result<Vec<Row>> {
        let name = self.kind.name();
        let address = self.server.address.clone();
        let best = closed(&address, CONNECTIONS, SPAN, self.noise()).await?.rate();
        let (mut alone, mut busy, mut beside) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            alone.push(self.witness().await?);
            let business = open(&address, CONNECTIONS, ORDINARY * best, SPAN, self.noise());
            let (business, witness) = tokio::join!(business, self.witness());
            busy.push(witness?);
            let noise = open(&address, MANY, TIMES * best, SPAN, self.noise());
            let (noise, witness) = tokio::join!(noise, self.witness());
            beside.push(witness?);
            let p99 = |all: &[Offered]| all.last().map_or(f64::NAN, |offered| offered.done.p99());
            eprintln!(
                "  beside {name}: p99 {:.0} µs alone, {:.0} µs beside {:.0}/s, {:.0} µs beside {:.0}/s of {:.0}/s",
                p99(&alone),
                p99(&busy),
                business?.done.rate(),
                p99(&beside),
                noise?.done.rate(),
                TIMES * best,
            );
        }
        let failed: usize = beside.iter().map(|each| each.refused.count() + each.lost + each.wrong).sum();
        let [alone, busy, beside] = [alone, busy, beside].map(middle);
        let row = |what: String, done: &Samples| Row {
            rate: Some(done.rate()),
            times: Some(times(done)),
            ..Row::new(what)
        };
        let what = "hot listings of another tenant";
        Ok(vec![
            row(format!("{what}, alone"), &alone),
            row(format!("{what} beside {name}, three quarters of the best"), &busy),
            row(format!("{what} beside {name}, three times the best, {failed} failed"), &beside).at_most(
                "p99 to that alone",
                beside.p99() / alone.p99(),
                1.2,
                " ×",
            ),
            Row::new(format!("the same beside {name}")).at_most(
                "p99 to that at three quarters",
                beside.p99() / busy.p99(),
                1.2,
                " ×",
            ),
        ])
    }

    /// The requests of a new run of the noisy one.
    fn noise(&mut self) -> impl Fn(usize, usize) -> Bytes + Clone + Send + 'static {
        self.runs += 1;
        self.kind.request(&self.noisy, self.runs)
    }

    fn witness(&self) -> impl Future<Output = Result<Offered>> + use<> {
        let address = self.server.address.clone();
        let listing = self.neighbour.listing(&world::neighbours_customer());
        async move { apart(&address, ONE_CONNECTIONS, ONE_RATE, SPAN, same(&listing)).await }
    }
}

/// The one whose p99 is in the middle.
fn middle(mut all: Vec<Offered>) -> Samples {
    all.sort_by(|one, other| one.done.p99().total_cmp(&other.done.p99()));
    let middle = all.len() / 2;
    all.into_iter().nth(middle).map(|offered| offered.done).unwrap_or_default()
}
