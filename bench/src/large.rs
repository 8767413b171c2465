//! How does one customer of 1,000,000 users get in and out? Import, start, and the whole listing at once.

use std::path::Path;

use crate::bare;
use crate::load::long;
use crate::program::Database;
use crate::table::Row;
use crate::{Result, median, world};

const USERS: usize = 1_000_000;
const ROUNDS: usize = 5;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let database = Database::with(program, &[USERS]).await?;
    let took = database.took.as_secs_f64();
    let mut rows = vec![
        Row { memory: Some(database.peak), ..Row::new(format!("import of {USERS} users")) }
            .at_most("took", took, 30.0, " s"),
        Row::new("its memory").at_most("at most", database.peak, 256.0, " MiB"),
    ];
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        starts.push(database.serve().await?.ready_after.as_secs_f64() * 1_000.0);
    }
    rows.push(Row::new(format!("start to ready with {USERS} users")).at_most(
        "took",
        median(starts),
        300.0,
        " ms",
    ));

    let server = database.serve().await?;
    let request = database.caller(&server).await?.listing(&world::customer(0));
    let reader = bare::reader(&database.path)?;
    let before = server.memory();
    let (mut first, mut rates, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let (bare, _) = bare::listing(&reader, world::tenant(), world::customer_id(0))?;
        let answer = long(&server.address, &request).await?;
        let (bare, ours) = (bare.as_secs_f64(), answer.all.as_secs_f64());
        eprintln!(
            "  long listing, round {round}: loop {bare:.2} s, {:.0} MiB in {ours:.2} s",
            answer.bytes as f64 / 1_048_576.0
        );
        first.push(answer.first_byte.as_secs_f64() * 1_000.0);
        rates.push(USERS as f64 / ours);
        ratios.push(bare / ours);
    }
    let what = format!("{USERS} users in one listing");
    rows.push(Row::new(format!("{what}: first byte")).at_most("after", median(first), 100.0, " ms"));
    rows.push(Row { memory: Some(server.peak()), ..Row::new(format!("{what}: memory")) }.at_most(
        "grows by",
        server.peak() - before,
        64.0,
        " MiB",
    ));
    rows.push(Row { rate: None, ..Row::new(format!("{what}: {:.0} users/s", median(rates))) }.at_least(
        "of a bare loop",
        median(ratios),
        0.5,
    ));
    Ok(rows)
}
