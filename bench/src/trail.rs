//! How fast does an audit trail of 5,000,000 records answer? Made by as many requests, and asked by every
//! filter.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;

use crate::load::{Connection, Samples, closed};
use crate::program::Database;
use crate::table::Row;
use crate::{Result, world};

const RECORDS: usize = 5_000_000;
const CUSTOMERS: usize = 1_000;
const CONNECTIONS: usize = 64;
const TRIES: usize = 20;
const MARK: &str = "rare-correlation-id";

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let database = Database::with(program, &[5; CUSTOMERS]).await?;
    let server = database.serve().await?;
    let caller = database.caller(&server).await?;
    let requests: Vec<Bytes> =
        (0..CUSTOMERS).map(|number| caller.listing(&world::customer(number))).collect();
    let mut done = 0;
    while done < RECORDS {
        let requests = requests.clone();
        // Most ask for few customers, few for the rest: one of a thousand is rare in the trail.
        let next = move |connection: usize, turn: usize| {
            let number = (connection * 31 + turn * 7) % if turn.is_multiple_of(10) { CUSTOMERS } else { 20 };
            requests.get(number).cloned().unwrap_or_default()
        };
        done += closed(&server.address, CONNECTIONS, Duration::from_secs(10), next).await?.count();
        eprintln!("  trail: {done} of {RECORDS} records");
    }
    let mut connection = Connection::open(&server.address).await?;
    let marked = format!("/v1/customer/{}/users", world::customer(7));
    connection.timed(&caller.get_with(&marked, &format!("X-Correlation-Id: {MARK}"))).await?;
    let mut rows = Vec::new();
    for (told, query) in [
        ("the newest", String::new()),
        ("page 4,000", "&PageNumber=4000".to_owned()),
        ("one correlation id", format!("&CorrelationId={MARK}")),
        ("a rare customer, by name", "&Customer=Customer%20917".to_owned()),
        ("frequent customers, by name", "&Customer=Customer%207".to_owned()),
        ("a rare operation", "&Operations=IssueToken|ImportDirectory".to_owned()),
        ("the frequent operation", "&Operations=ListCustomerUsers".to_owned()),
        ("what failed", "&Status=Failed".to_owned()),
        ("an actor", format!("&Actor={}", world::CLIENT)),
        ("an actor who never was", "&Actor=nobody%40bench.example".to_owned()),
        ("an hour of long ago", "&StartDate=2020-01-01T00:00:00Z&EndDate=2020-01-01T01:00:00Z".to_owned()),
    ] {
        let request = caller.get(&format!("/v1/AuditLogs?PageSize=25{query}"));
        let mut took = Vec::new();
        for _ in 0..TRIES {
            took.push(connection.timed(&request).await?);
        }
        let total = world::total(connection.body());
        let took = Samples::one_by_one(&took);
        rows.push(Row {
            times: Some([took.p50(), took.p99(), took.p999()]),
            memory: Some(server.memory()),
            figure: format!("{total} found"),
            ..Row::new(format!("trail of {done}: {told}"))
        });
    }
    let bytes = database.size()? / done as f64;
    rows.push(Row {
        figure: format!("{bytes:.0} bytes a record"),
        memory: Some(server.peak()),
        ..Row::new("its room on the disk")
    });
    Ok(rows)
}
