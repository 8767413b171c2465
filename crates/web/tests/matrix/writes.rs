//! Every write, by everybody, to everything: what is refused changes nothing and is recorded as failed, and
//! what is permitted is done.

use std::collections::BTreeSet;

use crate::ask::Ask;
use crate::bodies::with_body;
use crate::cells::{Cell, of_row};
use crate::deeds::Deed;
use crate::directory::{CUSTOMERS, Tenant};
use crate::marks::id;
use crate::oracle::{admitted, verdict};
use crate::principals::{Caller, Principal, all, program};
use crate::reads::{Refusals, cells_for, first_of};
use crate::routes::{Needs, ROWS};
use crate::world::World;

fn writing_cells() -> Vec<Cell> {
    let is_write = |needs| matches!(needs, Needs::Write(_));
    ROWS.iter().filter(|row| row.method != "GET" && is_write(row.needs)).flat_map(of_row).collect()
}

/// All that there is in both tenants, as their Administrators see it, with the tags of its states.
async fn everything(world: &World, stewards: &[Caller; 2]) -> Vec<(String, Option<String>)> {
    let mut asks: Vec<Ask> = Vec::new();
    for steward in stewards {
        for list in ["/v1/users", "/v1/users/groups", "/v1/Customers", "/v1/Resellers", "/v1/api-access"] {
            asks.push(steward.ask(world, "GET", &format!("{list}?pageSize=2000")));
        }
        let tenant = steward.principal.tenant;
        for customer in CUSTOMERS.iter().filter(|customer| customer.tenant == tenant && !customer.deleted) {
            let customer = id("customer", customer.label);
            asks.push(steward.ask(world, "GET", &format!("/v1/customer/{customer}/users")));
            asks.push(steward.ask(world, "GET", &format!("/v1/Customers/{customer}")));
        }
    }
    let answers = world.answers("GET", &asks).await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    answers
        .iter()
        .map(|answer| (answer.text().to_owned(), answer.header("etag").map(str::to_owned)))
        .collect()
}

async fn stewards(world: &World) -> [Caller; 2] {
    [
        Caller::new(world, program("csp-administrator")).await,
        Caller::new(world, program("south-administrator")).await,
    ]
}

/// The refusal of a write, if it is one.
fn refusal(principal: &Principal, cell: &Cell) -> Option<&'static str> {
    match admitted(principal) {
        Err(refusal) => Some(refusal),
        Ok(who) => verdict(&who, cell.row, &cell.about).err(),
    }
}

#[tokio::test]
async fn what_is_refused_changes_nothing() {
    let world = World::new().await;
    let stewards = stewards(&world).await;
    let cells = writing_cells();
    let before = everything(&world, &stewards).await;
    let (mut refusals, mut surprises, mut told) = (Refusals::default(), Vec::new(), BTreeSet::new());
    for (number, principal) in all().into_iter().enumerate() {
        let caller = Caller::new(&world, principal).await;
        let cells = cells_for(&principal, &cells);
        let refused: Vec<(&Cell, &str)> = cells
            .iter()
            .filter_map(|cell| refusal(&principal, cell).map(|refusal| (cell, refusal)))
            .collect();
        // Files of users come one by one: only two are taken at a time, and where one is refused unread the
        // connection may end.
        let is_file = |(cell, _): &&(&Cell, &str)| cell.row.path.ends_with("/import");
        let (files, refused): (Vec<_>, Vec<_>) = refused.iter().partition(is_file);
        let refused = [refused, files.clone()].concat();
        let correlation = |place: usize| format!("refused-{number:03}-{place:05}");
        let asks: Vec<_> = refused
            .iter()
            .enumerate()
            .map(|(place, (cell, _))| {
                let ask = caller.ask(&world, cell.row.method, &cell.target());
                with_body(ask, cell, &format!("refused{number}x{place}"))
                    .and("X-Correlation-Id", correlation(place))
            })
            .collect();
        let (asks, asks_with_files) = asks.split_at(refused.len() - files.len());
        let mut answers = world.answers("POST", asks).await;
        for ask in asks_with_files {
            answers.push(ask.send().await);
        }
        for (place, ((cell, expected), answer)) in refused.iter().zip(answers).enumerate() {
            let Cell { row, about } = cell;
            let what = format!("{}: {} {} {about:?}", principal.name(), row.method, row.path);
            if answer.told() != *expected {
                surprises.push(format!("{what} answers {}, not {expected}", answer.told()));
            } else if answer.status != 400 {
                refusals.judge(&answer, row.names, &what);
            }
            if admitted(&principal).is_ok() {
                told.insert(correlation(place));
            }
        }
        assert!(surprises.is_empty(), "{} surprises:\n{}", surprises.len(), first_of(&surprises));
    }
    assert!(everything(&world, &stewards).await == before, "a refused write left something behind");
    let mut failed: Vec<_> = world.records().await;
    failed.retain(|record| record["status"]["name"] == "Failed");
    let mut failed: Vec<_> =
        failed.iter().map(|record| record["correlationId"].as_str().unwrap().to_owned()).collect();
    failed.retain(|correlation| told.contains(correlation));
    assert_eq!((failed.len(), failed.into_iter().collect::<BTreeSet<_>>()), (told.len(), told));
}

#[tokio::test]
async fn what_is_permitted_is_done() {
    let world = World::new().await;
    let [north, south] = stewards(&world).await;
    let cells = writing_cells();
    let mut done = 0;
    for principal in all() {
        let caller = Caller::new(&world, principal).await;
        let Ok(who) = admitted(&principal) else { continue };
        for cell in cells.iter().filter(|cell| refusal(&principal, cell).is_none()) {
            done += 1;
            let steward = if who.tenant == Tenant::North { &north } else { &south };
            let word = format!("word{done}x");
            Deed { world: &world, caller: &caller, steward, who, cell: *cell, word }.is_done().await;
        }
    }
    assert!(done > 500, "{done}");
}
