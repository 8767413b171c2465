//! What is left of the hot listing while others write to the same customers? Of a hundred requests, 95 list and 5
//! change somebody who is listed.

use std::path::Path;
use std::time::Duration;

use crate::load::{Caller, Connection, Samples, closed};
use crate::program::Database;
use crate::table::Row;
use crate::{Result, median, world};

const CUSTOMERS: usize = 100;
const USERS: usize = 25;
const CONNECTIONS: usize = 64;
const ROUNDS: usize = 5;
const SPAN: Duration = Duration::from_secs(4);

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let database = Database::with(program, &[USERS; CUSTOMERS]).await?;
    let server = database.serve().await?;
    let caller = database.caller(&server).await?;
    let users = somebody_of_each(&caller).await?;
    let (mut ratios, mut mixed) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let asking = caller.clone();
        let hot = closed(&server.address, CONNECTIONS, SPAN, move |connection, turn| {
            asking.listing(&world::customer((connection + turn) % CUSTOMERS))
        });
        let hot = hot.await?;
        let (asking, users) = (caller.clone(), users.clone());
        let both = closed(&server.address, CONNECTIONS, SPAN, move |connection, turn| {
            let number = (connection + turn) % CUSTOMERS;
            match users.get(number) {
                Some(user) if turn % 20 == 19 => {
                    let body = format!(r#"{{"lastName":"Ek {round} {connection} {turn}"}}"#);
                    asking.send("PATCH", &format!("/v1/users/{user}"), &body)
                }
                _ => asking.listing(&world::customer(number)),
            }
        });
        let both = both.await?;
        eprintln!("  mixed, round {round}: hot {:.0}/s, mixed {:.0}/s", hot.rate(), both.rate());
        ratios.push(both.rate() / hot.rate());
        mixed.push(both);
    }
    let mid = |at: fn(&Samples) -> f64| median(mixed.iter().map(at));
    let row = Row {
        rate: Some(mid(Samples::rate)),
        times: Some([mid(Samples::p50), mid(Samples::p99), mid(Samples::p999)]),
        memory: Some(server.memory()),
        ..Row::new("95 % listings, 5 % writes to the same customers")
    };
    Ok(vec![row.at_least("of the hot listing alone", median(ratios), 0.5)])
}

/// The id of one user of each customer.
async fn somebody_of_each(caller: &Caller) -> Result<Vec<String>> {
    let mut connection = Connection::open(&caller.address).await?;
    let mut users = Vec::new();
    for number in 0..CUSTOMERS {
        connection.timed(&caller.listing(&world::customer(number))).await?;
        let body = String::from_utf8_lossy(connection.body()).into_owned();
        users.push(body.split('"').nth(3).ok_or("a listing without users")?.to_owned());
    }
    Ok(users)
}
