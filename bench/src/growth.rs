//! Does it matter how large the directory is? Hot and cold listings of 100 users, in a small one and in one that
//! is five hundred times as large.

use std::path::Path;

use crate::load::{Connection, Samples};
use crate::program::Database;
use crate::table::Row;
use crate::{Result, median, world};

const USERS: usize = 100;
const SMALL: usize = 100;
const LARGE: usize = 50_000;
const ROUNDS: usize = 5;
const HOT: usize = 5_000;

/// The middle times of a round: hot and cold.
type Times = [f64; 2];

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let small = Database::with(program, &[USERS; SMALL]).await?;
    let large = Database::with(program, &vec![USERS; LARGE]).await?;
    let (mut ratios, mut all) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 1..=ROUNDS {
        let times = [times(&small, SMALL).await?, times(&large, LARGE).await?];
        let [[small_hot, small_cold], [large_hot, large_cold]] = times;
        eprintln!(
            "  growth, round {round}: hot {small_hot:.0} and {large_hot:.0} µs, cold {small_cold:.0} and {large_cold:.0} µs"
        );
        for (place, (small, large)) in
            [(small_hot, large_hot), (small_cold, large_cold)].into_iter().enumerate()
        {
            if let (Some(ratios), Some(all)) = (ratios.get_mut(place), all.get_mut(place)) {
                ratios.push(large / small);
                all.push(large);
            }
        }
    }
    let rows = ["hot", "cold"].into_iter().zip(ratios).zip(all).map(|((kind, ratios), all)| {
        let what = format!("{kind} listing of {USERS} users among {}", LARGE * USERS);
        let middle = median(all);
        Row { times: Some([middle, f64::NAN, f64::NAN]), ..Row::new(what) }.at_most(
            &format!("p50 to that among {}", SMALL * USERS),
            median(ratios),
            1.2,
            " ×",
        )
    });
    Ok(rows.collect())
}

/// A server is started anew each time, so that nothing is warm that should be cold.
async fn times(database: &Database, customers: usize) -> Result<Times> {
    let server = database.serve().await?;
    let caller = database.caller(&server).await?;
    let mut connection = Connection::open(&server.address).await?;
    let first = caller.listing(&world::customer(0));
    connection.timed(&first).await?;
    let mut cold = Vec::new();
    for number in 1..SMALL {
        // Spread over all that are there.
        let number = number * (customers / SMALL);
        cold.push(connection.timed(&caller.listing(&world::customer(number))).await?);
    }
    let mut hot = Vec::new();
    for _ in 0..HOT {
        hot.push(connection.timed(&first).await?);
    }
    Ok([hot, cold].map(|took| Samples::one_by_one(&took).p50()))
}
