//! Do both ways answer with the same bytes? Plain requests are answered before they are parsed; a body of no
//! length, which means nothing, sends the same request the ordinary way.

use std::net::{IpAddr, Ipv4Addr};

use domain::id::CustomerId;
use serde_json::{Value, json};

use crate::ask::{Answer, Ask, exchange};
use crate::directory::*;
use crate::home::ON_A_SERVER;
use crate::world::{World, later};

/// The world with a crowd, where there is a short way: what is kept of a server's directory may be shown only after the
/// server was asked for what is the newest, and nobody waits on the short way.
async fn world(crowd: u128) -> Option<World> {
    if *ON_A_SERVER { None } else { Some(World::with_crowd(crowd).await) }
}

/// The answer of the short way; nothing if it does not take the request.
fn short(world: &World, ask: &Ask) -> Option<Answer> {
    let answer = world.express.answer(&ask.bytes(), IpAddr::V4(Ipv4Addr::LOCALHOST))?;
    let taken = Answer::all(&[&answer.head, &answer.body[..]].concat(), "GET").remove(0);
    assert_eq!(taken.status, answer.status);
    Some(taken)
}

async fn ordinary(ask: &Ask) -> Answer {
    ask.clone().and("Content-Length", "0").send().await
}

/// An answer without what is of its moment.
fn lasting(mut answer: Answer) -> Answer {
    answer.headers.retain(|(name, _)| name != "date");
    answer
}

/// A request that was made before, so that its caller is known and its listing is kept in every coding.
async fn warm(world: &World, ask: Ask) -> Ask {
    for coding in ["identity", "gzip", "br", "zstd"] {
        ordinary(&ask.clone().with("Accept-Encoding", coding)).await;
    }
    assert!(short(world, &ask).is_some());
    ask
}

#[tokio::test]
async fn nothing_is_taken_that_others_may_have_changed() {
    let world = World::new().await;
    let ask = world.list(SHARED).await;
    ordinary(&ask).await;
    assert_eq!(short(&world, &ask).is_none(), *ON_A_SERVER);
}

#[tokio::test]
async fn plain_requests_are_answered_with_the_same_bytes_either_way() {
    let Some(world) = world(0).await else { return };
    let ask = warm(&world, world.list(SHARED).await.and("X-Correlation-Id", "one")).await;
    let tag = ordinary(&ask).await.tag();
    let tag_of_gzip = ordinary(&ask.clone().and("Accept-Encoding", "gzip")).await.tag();
    let path = |id: &str| ask.clone().target(&format!("/v1/customer/{id}/users"));
    let (hyphens, upper) = (SHARED.to_string(), SHARED.to_string().to_uppercase());
    let asks = [
        ask.clone(),
        path(&hyphens.replace('-', "")),
        path(&format!("{{{upper}}}")),
        path(&format!("({hyphens})")),
        ask.clone().and("Accept", "text/html").and("User-Agent", "x").and("Cookie", "a=b"),
        ask.clone().and("Connection", "Keep-Alive"),
        ask.clone().and("Accept-Encoding", "gzip"),
        ask.clone().and("Accept-Encoding", "gzip;q=0.5, br;q=0.9, zstd;q=0"),
        ask.clone().and("Accept-Encoding", "deflate, *"),
        ask.clone().and("Accept-Encoding", ""),
        ask.clone().and("If-None-Match", &tag),
        ask.clone().and("If-None-Match", format!("\"x\", W/{tag}")),
        ask.clone().and("If-None-Match", "*"),
        ask.clone().and("If-None-Match", "\"x\""),
        ask.clone().and("If-None-Match", "nonsense"),
        ask.clone().and("If-None-Match", &tag_of_gzip),
        ask.clone().and("If-None-Match", &tag_of_gzip).and("Accept-Encoding", "gzip"),
        ask.clone().and("X-Forwarded-For", "203.0.113.9"),
        ask.clone().without("X-Tenant").and("x-TENANT", format!("  {NORTH_DOMAIN}\t")),
        ask.clone().with("X-Correlation-Id", "!".repeat(128)),
    ];
    for ask in asks {
        let taken = short(&world, &ask).unwrap_or_else(|| panic!("{ask:?} is plain"));
        assert_eq!(lasting(taken), lasting(ordinary(&ask).await), "{ask:?}");
    }
    let made = short(&world, &ask.without("X-Correlation-Id")).unwrap();
    assert_eq!(made.header("x-correlation-id").unwrap().len(), 36);
    assert!(made.header("date").unwrap().ends_with(" GMT"), "{made:?}");
}

#[tokio::test]
async fn each_caller_is_shown_the_same_either_way() {
    let Some(world) = world(0).await else { return };
    let mut seen = Vec::new();
    for (client, query) in [
        (CSP, String::new()),
        (CSP, format!("?resellerId={ACORN}")),
        (OF_ACORN, String::new()),
        (OF_ACORN, format!("?resellerId={ACORN}")),
        (OF_BIRCH_CLIENT, String::new()),
        (OF_SHARED, String::new()),
    ] {
        let ask = world.list_as(client, SHARED).await.query(&query).and("X-Correlation-Id", "one");
        let ask = warm(&world, ask).await;
        let taken = lasting(short(&world, &ask).unwrap());
        assert_eq!(taken, lasting(ordinary(&ask).await), "{ask:?}");
        seen.push(taken.emails().len());
    }
    assert_eq!(seen[0], 7);
    assert!(seen[1] < 7 && seen[1] == seen[2] && seen[2] == seen[3], "{seen:?}");
}

#[tokio::test]
async fn what_is_unusual_or_refused_goes_the_ordinary_way() {
    let Some(world) = world(0).await else { return };
    let ask = warm(&world, world.list(SHARED).await).await;
    let token = world.token(CSP).await;
    let target = |target: &str| ask.clone().target(target);
    let path = format!("/v1/customer/{SHARED}/users");
    let other_customer = |id: CustomerId| target(&format!("/v1/customer/{id}/users"));
    for refused in [
        ask.clone().method("HEAD"),
        ask.clone().method("get"),
        target(&format!("{path}/")),
        target(&path.to_uppercase()),
        target(&path.replace("users", "user%73")),
        target("/v1/customer/x/users"),
        ask.clone().query("?"),
        ask.clone().query("?pageSize=2"),
        ask.clone().query("?resellerId="),
        ask.clone().query("?resellerId=x"),
        ask.clone().query(&format!("?resellerId={ACORN}&resellerId={ACORN}")),
        ask.clone().query(&format!("?resellerId={LONELY}")),
        other_customer(GONE),
        other_customer(FOREIGN),
        other_customer(NO_CUSTOMER),
        ask.clone().without("X-Tenant"),
        ask.clone().and("X-Tenant", NORTH_DOMAIN),
        ask.clone().tenant(SOUTH_DOMAIN),
        ask.clone().without("Authorization"),
        ask.clone().and("Authorization", format!("Bearer {token}")),
        ask.clone().with("Authorization", format!("Basic {token}")),
        ask.clone().token(&format!("{token}x")),
        ask.clone().and("X-Correlation-Id", "a b"),
        ask.clone().and("X-Correlation-Id", "a").and("X-Correlation-Id", "b"),
        ask.clone().and("If-None-Match", "\"a\"").and("If-None-Match", "\"b\""),
        ask.clone().and("Connection", "close"),
        ask.clone().and("Expect", "100-continue"),
        ask.clone().and("Upgrade", "h2c"),
        ask.clone().and("Transfer-Encoding", "chunked"),
        world.list_as(OF_DIRECT, SHARED).await,
        world.list_as(DISABLED, SHARED).await,
    ] {
        assert!(short(&world, &refused).is_none(), "{refused:?} is for the ordinary way");
    }
    assert!(short(&world, &ask).is_some());
}

#[tokio::test]
async fn nothing_is_taken_that_has_changed() {
    let Some(world) = world(0).await else { return };
    let ask = warm(&world, world.list(SHARED).await).await;
    world.add(user(20, SHARED, Some(ACORN), ["Zoë", "Ångström"])).await;
    assert!(short(&world, &ask).is_none(), "the listing is older than a write");
    assert_eq!(ordinary(&ask).await.emails().len(), 8);
    assert_eq!(short(&world, &ask).unwrap().emails().len(), 8);
    let administrator = world.token(CSP_ADMINISTRATOR).await;
    let disable = world
        .ask("PATCH", &format!("/v1/api-access/{CSP}"))
        .tenant(NORTH_DOMAIN)
        .token(&administrator)
        .json(&json!({"disabled": true}));
    assert_eq!(disable.status().await, 204);
    assert!(short(&world, &ask).is_none(), "the caller is disabled");
    assert_eq!(ordinary(&ask).await.told(), "401 InvalidToken");
}

#[tokio::test]
async fn nothing_is_taken_of_a_token_that_has_ended() {
    let Some(world) = world(0).await else { return };
    let ask = warm(&world, world.list(SHARED).await).await;
    later(3_600 + 61);
    assert!(short(&world, &ask).is_none());
}

#[tokio::test]
async fn both_ways_leave_the_same_record() {
    let Some(world) = world(0).await else { return };
    let ask = world.list_as(OF_ACORN, SHARED).await.and("X-Correlation-Id", "one");
    ordinary(&ask).await;
    short(&world, &ask).unwrap();
    let lasting = |mut record: Value| {
        record["id"] = json!(null);
        record
    };
    let records: Vec<Value> = world.records().await.into_iter().map(lasting).collect();
    assert_eq!(records.len(), 2);
    let of_socket = json!("127.0.0.1");
    assert_eq!(records[0], records[1]);
    assert_eq!(records[0]["clientAddress"], of_socket);
    assert!(world.trail_is_whole().await);
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_requests_whichever_way_they_go() {
    let Some(world) = world(20_001).await else { return };
    let plain = warm(&world, world.list(SHARED).await).await;
    let streamed = world.list(CROWD).await;
    let page = plain.clone().query("?pageSize=2");
    let live = world.ask("GET", "/health/live");
    let posted = world.ask("POST", "/v1/users/groups").body(vec![b'x'; 3_000]);
    let ways = [&plain, &streamed, &plain, &plain, &page, &plain, &posted, &plain, &live, &plain];
    let mut bytes = Vec::new();
    for (number, ask) in ways.iter().enumerate() {
        bytes.extend((*ask).clone().and("X-Correlation-Id", number.to_string()).bytes());
    }
    bytes.extend(live.clone().and("Connection", "close").and("X-Correlation-Id", "last").bytes());
    let answers = Answer::all(&exchange(world.address, &bytes).await, "GET");
    let told: Vec<&str> = answers.iter().map(|answer| answer.header("x-correlation-id").unwrap()).collect();
    assert_eq!(told, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "last"]);
    let sizes: Vec<usize> = [0, 1, 2, 4].map(|number| answers[number].emails().len()).to_vec();
    assert_eq!(sizes, [7, 20_001, 7, 2]);
}
