//! What does a listing cost that nobody asked for before, and one right after a write to its customer? Beside a
//! bare loop that reads as many rows by the same index.
//!
//! Over one connection most of the time is the round trip, which a hot listing takes, too. With many connections
//! what is left is what the work takes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::bare;
use crate::load::{Caller, Connection, Samples, closed};
use crate::program::Database;
use crate::table::Row;
use crate::{Result, median, world};

const CUSTOMERS: usize = 40_000;
const USERS: usize = 25;
const ROUNDS: usize = 5;
/// How many customers each way of asking takes in a round; nobody is asked for twice.
const ASKED: usize = 1_000;
const CONNECTIONS: usize = 64;
/// So short that the customers suffice.
const SPAN: Duration = Duration::from_millis(250);

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let database = Database::with(program, &vec![USERS; CUSTOMERS]).await?;
    let server = database.serve().await?;
    let caller = database.caller(&server).await?;
    let reader = bare::reader(&database.path)?;
    let mut connection = Connection::open(&server.address).await?;
    // The token is known, and the caches of statements are warm, before the first that counts.
    for number in 0..50 {
        connection.timed(&caller.listing(&world::customer(CUSTOMERS - 1 - number))).await?;
        bare::listing(&reader, world::tenant(), world::customer_id(CUSTOMERS - 1 - number))?;
    }
    let mut next = 0..CUSTOMERS;
    let (mut loops, mut colds, mut written) = (Vec::new(), Vec::new(), Vec::new());
    let (mut hots, mut many) = (Vec::new(), Vec::new());
    let unasked = Arc::new(AtomicUsize::new(ROUNDS * (2 * ASKED + ASKED / 4)));
    for round in 1..=ROUNDS {
        let mut bare = Vec::new();
        for number in next.by_ref().take(ASKED) {
            bare.push(bare::listing(&reader, world::tenant(), world::customer_id(number))?.0);
        }
        let mut cold = Vec::new();
        for number in next.by_ref().take(ASKED) {
            cold.push(connection.timed(&caller.listing(&world::customer(number))).await?);
        }
        let mut after = Vec::new();
        for number in next.by_ref().take(ASKED / 4) {
            after.push(after_a_write(&mut connection, &caller, number).await?);
        }
        let mut hot = Vec::new();
        for _ in 0..ASKED {
            hot.push(connection.timed(&caller.listing(&world::customer(CUSTOMERS - 1))).await?);
        }
        let (asking, unasked) = (caller.clone(), Arc::clone(&unasked));
        let together = closed(&server.address, CONNECTIONS, SPAN, move |_, _| {
            asking.listing(&world::customer(unasked.fetch_add(1, Ordering::Relaxed).min(CUSTOMERS - 1)))
        });
        many.push(together.await?);
        let [bare, cold, after, hot] = [bare, cold, after, hot].map(|took| Samples::one_by_one(&took));
        eprintln!(
            "  cold, round {round}: loop {:.0} µs, hot {:.0} µs, cold {:.0} µs, after a write {:.0} µs; {:.0}/s",
            bare.p50(),
            hot.p50(),
            cold.p50(),
            after.p50(),
            many.last().map_or(f64::NAN, Samples::rate)
        );
        hots.push(hot);
        loops.push(bare);
        colds.push(cold);
        written.push(after);
    }
    let mid = |all: &[Samples], at: fn(&Samples) -> f64| median(all.iter().map(at));
    let times = |all: &[Samples]| Some([Samples::p50, Samples::p99, Samples::p999].map(|at| mid(all, at)));
    let ratio = |above: &[Samples], below: &[Samples]| {
        median(above.iter().zip(below).map(|(above, below)| above.p50() / below.p50()))
    };
    if unasked.load(Ordering::Relaxed) >= CUSTOMERS - 50 {
        return Err("too few customers: some were asked for twice".into());
    }
    let each = median(many.iter().zip(&loops).map(|(many, bare)| 1_000_000.0 / many.rate() / bare.p50()));
    let all = CUSTOMERS * USERS;
    Ok(vec![
        Row { times: times(&loops), ..Row::new(format!("bare loop over {USERS} rows among {all}")) },
        Row {
            times: times(&colds),
            memory: Some(server.memory()),
            ..Row::new(format!("cold listing, {USERS} users among {all}, one connection"))
        }
        .at_most("of the bare loop", ratio(&colds, &loops), 3.0, " ×"),
        Row { times: times(&hots), ..Row::new("a hot one over the same connection: the round trip") },
        Row {
            rate: Some(mid(&many, Samples::rate)),
            ..Row::new(format!("cold listing, {USERS} users among {all}, {CONNECTIONS} connections"))
        }
        .at_most("time for each to the bare loop's", each, 3.0, " ×"),
        Row { times: times(&written), ..Row::new("listing right after a write to its customer") }.at_most(
            "of a cold one",
            ratio(&written, &colds),
            1.5,
            " ×",
        ),
    ])
}

/// Makes a listing hot, writes to its customer, and asks again: how long does that take?
async fn after_a_write(connection: &mut Connection, caller: &Caller, number: usize) -> Result<Duration> {
    let customer = world::customer(number);
    connection.timed(&caller.listing(&customer)).await?;
    let body = format!(r#"{{"firstName":"Neu","email":"new.{number}@customer.example"}}"#);
    connection.timed(&caller.send("POST", &format!("/v1/customer/{customer}/users"), &body)).await?;
    connection.timed(&caller.listing(&customer)).await
}
