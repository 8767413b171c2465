//! Do two tenants who share one connection to the database ever meet? Their requests are mixed, many are refused, and
//! many are given up before they are answered; each that is answered gets the bytes that it gets when it is alone.

use std::sync::Arc;

use serde_json::json;
use store::{Places, Room, Rooms};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::ask::{Answer, Ask, exchange};
use crate::directory::*;
use crate::home::ON_A_SERVER;
use crate::world::{World, limits, shared_users, user_at};

/// So many requests share a connection to the server, one behind the other, and so many connections are open at once.
const TOGETHER: usize = 20;
const AT_ONCE: usize = 8;
/// So many are asked; the embedded database has no connection that could bring anything along, and is asked less.
const REQUESTS: usize = 10_000;
const REQUESTS_TO_A_FILE: usize = 800;

/// What both tenants ask, about themselves and about each other.
async fn asks(world: &World) -> Vec<Ask> {
    let foreign = format!("/v1/customer/{FOREIGN}/users");
    let frida = format!("/v1/users/{}", user(53, FOREIGN, None, ["", ""]).id);
    let north = world.caller(CSP_ADMINISTRATOR).await;
    let south = world.southern(SOUTH_ADMINISTRATOR).await;
    let mut asks = Vec::new();
    for (caller, own, other, someone, stranger) in [
        (&north, shared_users(), foreign.clone(), user_at(1), frida.clone()),
        (&south, foreign, shared_users(), frida, user_at(1)),
    ] {
        let unknown = json!({"email": "new@x.example", "groups": [{"id": NO_CUSTOMER.to_string()}]});
        asks.extend([
            caller.ask("GET", &format!("{own}?pageSize=2000")),
            caller.ask("GET", &format!("{other}?pageSize=2000")),
            caller.ask("GET", &someone),
            caller.ask("GET", &stranger),
            caller.ask("GET", "/v1/users?searchValue=f&pageSize=100"),
            caller.ask("GET", "/v1/Customers?pageSize=100"),
            caller.ask("GET", "/v1/api-access?pageSize=100"),
            caller.ask("GET", &format!("{own}?pageSize=x")),
            caller.ask("PATCH", &someone).json(&json!({"groups": []})),
            caller.ask("PATCH", &stranger).json(&json!({"lastName": "Crossed"})),
            caller.ask("POST", &own).json(&unknown),
            caller.ask("POST", &other).json(&json!({"email": "crossed@x.example"})),
        ]);
    }
    asks
}

#[tokio::test]
async fn tenants_who_share_a_connection_of_the_pool_never_meet() {
    let one = Places { at_once: Room { all: 1, each: 1 }, waiting: Room { all: 1_000, each: 1_000 } };
    let rooms = Rooms { readers: one, streams: one, ..Rooms::default() };
    let world = World::with_rooms(0, limits(), rooms).await;
    let asks = asks(&world).await;
    let mut alone = Vec::new();
    // Twice, so that whatever the first time changes is so.
    for ask in asks.iter().chain(&asks) {
        alone.push(seen(&ask.send().await));
    }
    let alone = Arc::new(alone.split_off(asks.len()));
    let (of_north, of_south) = alone.split_at(asks.len() / 2);
    for (own, mark) in [(of_north, "Frida"), (of_south, "Lund")] {
        assert!(own.iter().all(|(_, body)| !body.contains(mark)), "{own:?}");
    }
    let statuses: Vec<u16> = of_north.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 404, 200, 404, 200, 200, 200, 400, 204, 404, 400, 404]);
    assert_eq!(statuses, of_south.iter().map(|(status, _)| *status).collect::<Vec<_>>());

    let asks = Arc::new(asks);
    let count = if *ON_A_SERVER { REQUESTS } else { REQUESTS_TO_A_FILE } / TOGETHER / AT_ONCE;
    let mut asking = tokio::task::JoinSet::new();
    for line in 0..AT_ONCE {
        let (asks, alone, address) = (Arc::clone(&asks), Arc::clone(&alone), world.address);
        asking.spawn(async move {
            for round in 0..count {
                // Neighbours are of different tenants, and no two lines are in step.
                let place = |number: usize| (number * 13 + line * 5 + round * 7) % asks.len();
                let chosen: Vec<usize> = (0..TOGETHER).map(place).collect();
                let bytes = |last: &str| -> Vec<u8> {
                    let kept = chosen.iter().take(TOGETHER - 1).flat_map(|place| asks[*place].bytes());
                    kept.chain(asks[chosen[TOGETHER - 1]].clone().and("Connection", last).bytes()).collect()
                };
                if round % 4 == 3 {
                    // Whoever asked goes away, and what was begun for it is of no use to anybody.
                    let mut stream = TcpStream::connect(address).await.unwrap();
                    stream.write_all(&bytes("keep-alive")).await.unwrap();
                    tokio::task::yield_now().await;
                }
                let answers = Answer::all(&exchange(address, &bytes("close")).await, "GET");
                assert_eq!(answers.len(), TOGETHER);
                for (answer, place) in answers.iter().zip(&chosen) {
                    assert_eq!(seen(answer), alone[*place], "{:?}", asks[*place]);
                }
            }
        });
    }
    while let Some(done) = asking.join_next().await {
        done.unwrap();
    }
}

/// An answer without what is of its moment.
fn seen(answer: &Answer) -> (u16, String) {
    (answer.status, answer.text_without_correlation())
}
