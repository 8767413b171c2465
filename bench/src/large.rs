//! How does one customer of 1,000,000 users get in and out? Import, start, and the whole listing at once.

use crate::load::{listing, long};
use crate::program::{Database, build};
use crate::{Outcome, median, world};

const USERS: usize = 1_000_000;
const ROUNDS: usize = 3;

pub(crate) async fn measure() -> Outcome {
    let program = build().await?;
    println!("one customer of {USERS} users");
    let database = Database::with(&program, &[USERS]).await?;
    println!("  import: {:.1} s, at most {:.0} MiB", database.took.as_secs_f64(), database.peak);
    let token = database.token().await?;
    let mut starts = Vec::new();
    for _ in 0..ROUNDS {
        starts.push(database.serve().await?.ready_after.as_secs_f64() * 1_000.0);
    }
    println!("  start to ready: {:.0} ms (median of {ROUNDS})", median(starts));
    let server = database.serve().await?;
    let request = listing(&server.address, world::DOMAIN, &world::customer(0), &token);
    let before = server.memory();
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let answer = long(&server.address, &request).await.map_err(|error| error.to_string())?;
        println!(
            "  listing: first byte after {:.0} ms, {:.0} MiB in {:.1} s",
            answer.first_byte.as_secs_f64() * 1_000.0,
            answer.bytes as f64 / 1_048_576.0,
            answer.all.as_secs_f64()
        );
        first.push(answer.first_byte.as_secs_f64() * 1_000.0);
        whole.push(answer.all.as_secs_f64());
    }
    println!(
        "  median: first byte {:.0} ms, all {:.1} s; memory {:.0} MiB before, {:.0} MiB at most: {:.0} MiB more",
        median(first),
        median(whole),
        before,
        server.peak(),
        server.peak() - before
    );
    Ok(())
}
