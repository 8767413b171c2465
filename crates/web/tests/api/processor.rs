//! Is a tenant that asks little served beside one that asks without pause? Client and server share one thread here,
//! so that all of the noise is there before any of it is served.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::ask::{Answer, Ask};
use crate::directory::*;
use crate::world::World;

/// More than are served between two looks at the sockets, many times over.
const NOISE: usize = 300;

/// A connection on which this was asked and answered, so that it is served and its caller is known.
async fn known(world: &World, ask: &Ask) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(&ask.bytes()).await.unwrap();
    assert_eq!(status(&mut stream).await, 200);
    stream
}

async fn status(stream: &mut TcpStream) -> u16 {
    let mut bytes = vec![0; 16_384];
    let count = stream.read(&mut bytes).await.unwrap();
    Answer::all(&bytes[..count], "GET").remove(0).status
}

/// How many of the noisy one were served before the neighbour, who asks after all of them.
async fn before_the_neighbour(noise: impl FnOnce(Ask) -> Ask) -> usize {
    let world = World::new().await;
    let noise = noise(world.list(SHARED).await);
    let quiet = world.southern(SOUTH_CSP).await.ask("GET", &format!("/v1/customer/{FOREIGN}/users"));
    let mut many = Vec::new();
    for _ in 0..NOISE {
        many.push(known(&world, &noise).await);
    }
    let mut neighbour = known(&world, &quiet).await;
    // Nothing waits in here, so the server has not seen any of it when all of it is sent.
    for stream in &many {
        assert_eq!(stream.try_write(&noise.bytes()).unwrap(), noise.bytes().len());
    }
    assert_eq!(neighbour.try_write(&quiet.bytes()).unwrap(), quiet.bytes().len());
    assert_eq!(status(&mut neighbour).await, 200);
    for stream in &mut many {
        assert_eq!(status(stream).await, 200, "nobody is forgotten");
    }
    let records = world.records().await;
    let listings = records.iter().filter(|record| record["operation"] == "ListCustomerUsers");
    let whose: Vec<bool> = listings.map(|record| record["customerId"] == FOREIGN.to_string()).collect();
    assert_eq!(whose.len(), 2 * NOISE + 2);
    whose.iter().skip(NOISE + 1).position(|is_neighbour| *is_neighbour).unwrap()
}

#[tokio::test]
async fn ready_listings_of_one_tenant_do_not_stand_before_those_of_another() {
    let before = before_the_neighbour(|noise| noise).await;
    assert!(before < NOISE / 2, "{before} of {NOISE}");
}

#[tokio::test]
async fn requests_that_go_the_ordinary_way_do_not_either() {
    let before = before_the_neighbour(|noise| noise.and("Content-Length", "0")).await;
    assert!(before < NOISE / 2, "{before} of {NOISE}");
}
