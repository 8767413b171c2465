//! When is a body not sent again, and in which coding is it sent?

use std::collections::HashSet;
use std::io::Read;

use crate::ask::{Answer, Ask};
use crate::directory::*;
use crate::world::World;

const CODINGS: [&str; 3] = ["zstd", "br", "gzip"];

/// The body as it was before it was encoded.
pub(crate) fn decoded(answer: &Answer) -> Vec<u8> {
    let body = &answer.body[..];
    let mut plain = Vec::new();
    let mut reader: Box<dyn Read> = match answer.header("content-encoding") {
        None => Box::new(body),
        Some("gzip") => Box::new(flate2::read::GzDecoder::new(body)),
        Some("br") => Box::new(brotli::Decompressor::new(body, 4096)),
        Some("zstd") => Box::new(zstd::Decoder::new(body).unwrap()),
        Some(other) => panic!("{other}"),
    };
    reader.read_to_end(&mut plain).unwrap();
    plain
}

async fn tag(ask: &Ask) -> String {
    ask.send().await.header("etag").unwrap().to_owned()
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again() {
    let world = World::new().await;
    for query in ["", "?pageSize=2"] {
        let list = world.list(SHARED).await.query(query);
        let first = list.send().await;
        let tag = first.header("etag").unwrap();
        for known in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let answer = list.clone().and("If-None-Match", &known).send().await;
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{known}");
            for name in ["etag", "cache-control", "vary", "x-total-count"] {
                assert_eq!(answer.header(name), first.header(name), "{name}");
            }
            let head = list.clone().method("HEAD").and("If-None-Match", &known).send().await;
            assert_eq!(head.status, 304);
            // The length would be that of a body which neither has.
            for name in ["content-type", "content-length", "transfer-encoding"] {
                assert_eq!((answer.header(name), head.header(name)), (None, None), "{name}");
            }
        }
        for unknown in ["\"x\"", "", tag.trim_matches('"')] {
            assert_eq!(list.clone().and("If-None-Match", unknown).status().await, 200, "{unknown}");
        }
    }
}

#[tokio::test]
async fn a_tag_is_of_one_scope_one_cut_and_one_coding() {
    let world = World::new().await;
    let page = world.list(SHARED).await.query("?pageSize=2");
    let link = page.send().await.header("link").unwrap().to_owned();
    let next = link[1..].split('>').next().unwrap().to_owned();
    let mut asks = vec![
        world.list(SHARED).await,
        world.list(DIRECT).await,
        world.list(EMPTY).await,
        world.list(SHARED).await.query(&format!("?resellerId={ACORN}")),
        world.list(SHARED).await.query(&format!("?resellerId={BIRCH}")),
        world.list_as(OF_ACORN, SHARED).await,
        world.list_as(OF_SHARED, SHARED).await,
        world.list_as(SOUTH_CSP, FOREIGN).await.tenant(SOUTH_DOMAIN),
        world.list(SHARED).await.query("?pageSize=3"),
        page.clone().target(&next),
        page,
    ];
    for coding in CODINGS {
        asks.push(world.list(SHARED).await.and("Accept-Encoding", coding));
    }
    let mut tags = Vec::new();
    for ask in &asks {
        tags.push(tag(ask).await);
    }
    assert_eq!(tags.iter().collect::<HashSet<_>>().len(), asks.len(), "{tags:#?}");
    for (number, ask) in asks.iter().enumerate() {
        let others: Vec<_> = tags
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != number)
            .map(|(_, tag)| tag.clone())
            .collect();
        assert_eq!(ask.clone().and("If-None-Match", others.join(", ")).status().await, 200);
        assert_eq!(ask.clone().and("If-None-Match", &tags[number]).status().await, 304);
    }
}

#[tokio::test]
async fn a_tag_is_over_when_the_listing_changes_and_stands_when_another_does() {
    let world = World::new().await;
    let of_acorn = world.list_as(OF_ACORN, SHARED).await;
    let (all, context, direct) = (world.list(SHARED).await, of_acorn, world.list(DIRECT).await);
    let (first, second, third) = (tag(&all).await, tag(&context).await, tag(&direct).await);
    let mut after = users_of_shared().remove(2);
    after.first_name = domain::text::Name::parse("Boris").unwrap();
    world.change(after).await;
    assert_eq!(all.and("If-None-Match", first).status().await, 200);
    assert_eq!(context.and("If-None-Match", second).status().await, 304, "Bo is not in the context");
    assert_eq!(direct.and("If-None-Match", third).status().await, 304);
}

#[tokio::test]
async fn each_coding_decodes_to_the_same_bytes() {
    let world = World::new().await;
    for query in ["", "?pageSize=3"] {
        let plain = world.list(SHARED).await.query(query).send().await;
        for coding in CODINGS {
            for _ in 0..2 {
                let answer =
                    world.list(SHARED).await.query(query).and("Accept-Encoding", coding).send().await;
                assert_eq!(answer.header("content-encoding"), Some(coding));
                assert_eq!(decoded(&answer), plain.body);
                assert_eq!(answer.header("content-length"), Some(&*answer.body.len().to_string()));
            }
        }
    }
}

#[tokio::test]
async fn a_listing_too_long_to_keep_comes_whole_in_each_coding() {
    let world = World::with_crowd(20_001).await;
    let plain = world.list(CROWD).await.send().await;
    assert!(plain.is_whole);
    assert_eq!(plain.header("content-length"), None, "it is streamed");
    assert_eq!(plain.json().as_array().unwrap().len(), 20_001);
    assert_eq!(plain.header("x-total-count"), Some("20001"));
    let mut tags = HashSet::from([plain.header("etag").unwrap().to_owned()]);
    for coding in CODINGS {
        let list = world.list(CROWD).await.and("Accept-Encoding", coding);
        let answer = list.send().await;
        assert!(answer.is_whole);
        assert_eq!(answer.header("content-encoding"), Some(coding));
        assert!(decoded(&answer) == plain.body, "{coding}");
        let tag = answer.header("etag").unwrap();
        assert_eq!(list.and("If-None-Match", tag).status().await, 304);
        assert!(tags.insert(tag.to_owned()));
    }
}

#[tokio::test]
async fn the_coding_that_the_caller_wants_is_used() {
    let world = World::new().await;
    for (accepted, coding) in [
        ("gzip, br, zstd", Some("zstd")),
        ("gzip, br", Some("br")),
        ("GZIP", Some("gzip")),
        ("gzip;q=1, br;q=0.5", Some("gzip")),
        ("*", Some("zstd")),
        ("zstd;q=0, *", Some("br")),
        ("deflate", None),
        ("identity", None),
        ("gzip;q=0", None),
        ("*;q=0", None),
        ("", None),
    ] {
        let answer = world.list(SHARED).await.and("Accept-Encoding", accepted).send().await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, coding), "{accepted}");
    }
}
