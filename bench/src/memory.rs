//! What does a roster that is kept cost in memory, and does the cache keep to its bound? Asked for one customer
//! after another, first as many as fit, then far more.

use std::path::Path;

use crate::load::Connection;
use crate::program::Database;
use crate::table::Row;
use crate::{Result, world};

const CUSTOMERS: usize = 80_000;
const USERS: usize = 25;
/// As many as fit into the bound.
const FIT: usize = 30_000;
/// The bound of the cache, in MiB.
const BOUND: f64 = 256.0;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let database = Database::with(program, &vec![USERS; CUSTOMERS]).await?;
    let server = database.serve().await?;
    let caller = database.caller(&server).await?;
    let mut connection = Connection::open(&server.address).await?;
    for number in 0..500 {
        connection.timed(&caller.listing(&world::customer(CUSTOMERS - 1 - number))).await?;
    }
    let before = server.memory();
    let mut bytes = 0;
    for number in 0..FIT {
        connection.timed(&caller.listing(&world::customer(number))).await?;
        bytes += connection.body().len();
    }
    let kept = server.memory() - before;
    for number in FIT..CUSTOMERS - 500 {
        connection.timed(&caller.listing(&world::customer(number))).await?;
    }
    let held = server.memory() - before;
    let sent = bytes as f64 / 1_048_576.0;
    Ok(vec![
        Row {
            memory: Some(before + kept),
            ..Row::new(format!("{FIT} rosters of {USERS} users, {sent:.0} MiB"))
        }
        .at_most("memory for each of its bytes", kept / sent, 1.2, " ×"),
        Row { memory: Some(server.memory()), ..Row::new(format!("a walk over {CUSTOMERS} customers")) }
            .at_most("memory to the bound of the cache", held / BOUND, 1.2, " ×"),
    ])
}
