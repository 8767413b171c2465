//! How many users can be added in a second, each acknowledged after it is on the disk? By one client, and by
//! many, whom one fsync acknowledges together; beside bare grouped commits of the same rows.

use std::path::Path;
use std::time::Duration;

use crate::load::{Samples, closed};
use crate::program::Database;
use crate::table::Row;
use crate::{Result, bare_writes, median, world};

const CLIENTS: usize = 64;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_secs(4);
const CUSTOMERS: usize = 100;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let database = Database::with(program, &[25; CUSTOMERS]).await?;
    let server = database.serve().await?;
    let caller = database.caller(&server).await?;
    let bare = Database::with(program, &[25; CUSTOMERS]).await?;
    let mut bare = bare_writes::Loop::open(&bare)?;
    let mut rounds = Vec::new();
    for round in 1..=ROUNDS {
        let mut samples = [Samples::default(), Samples::default()];
        for (samples, clients) in samples.iter_mut().zip([1, CLIENTS]) {
            let asking = caller.clone();
            let create = move |client: usize, turn: usize| {
                let body = world::new_user(&format!("u{round}.{clients}.{client}.{turn}"), turn);
                let customer = world::customer((client + turn) % CUSTOMERS);
                asking.send("POST", &format!("/v1/customer/{customer}/users"), &body)
            };
            *samples = closed(&server.address, clients, SPAN, create).await?;
        }
        let [one, many] = samples;
        let bare = bare.run(CLIENTS, SPAN, round)?;
        eprintln!(
            "  creates, round {round}: 1 client {:.0}/s, {CLIENTS} clients {:.0}/s, bare {bare:.0}/s",
            one.rate(),
            many.rate()
        );
        rounds.push((one, many, bare));
    }
    let row = |what: String, of: fn(&(Samples, Samples, f64)) -> &Samples| Row {
        rate: Some(median(rounds.iter().map(|round| of(round).rate()))),
        times: Some(
            [Samples::p50, Samples::p99, Samples::p999]
                .map(|at| median(rounds.iter().map(|round| at(of(round))))),
        ),
        memory: Some(server.memory()),
        ..Row::new(what)
    };
    let gain = median(rounds.iter().map(|(one, many, _)| many.rate() / one.rate()));
    let share = median(rounds.iter().map(|(_, many, bare)| many.rate() / bare));
    Ok(vec![
        row("creates, 1 client".to_owned(), |(one, _, _)| one),
        row(format!("creates, {CLIENTS} clients"), |(_, many, _)| many).at_least("of one client", gain, 10.0),
        Row {
            rate: Some(median(rounds.iter().map(|(_, _, bare)| *bare))),
            ..Row::new(format!("bare commits of {CLIENTS} such users each"))
        }
        .at_least("creates to it", share, 0.5),
    ])
}
