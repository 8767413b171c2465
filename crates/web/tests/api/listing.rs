//! Exactly which bytes are a listing, and which headers go with them?

use crate::directory::*;
use crate::world::World;

/// The listing of [`SHARED`], to the byte.
const SHARED_BYTES: &str = concat!(
    "[",
    r#"{"id":"00000000-0000-0000-0000-00000000e005","firstName":"\"Dot\" \\","lastName":"😀"#,
    "\u{2028}",
    r#"","email":"user5@shared.example","role":{"name":"customer"},"groups":[]},"#,
    r#"{"id":"00000000-0000-0000-0000-00000000e001","firstName":"Åsa","lastName":"Lund","#,
    r#""email":"user1@shared.example","role":{"name":"customer"},"groups":["#,
    r#"{"id":"5f000000-0000-4000-8000-000000000001","name":"Administrator"},"#,
    r#"{"id":"00000000-0000-0000-0000-0000000000f1","name":"Ärger & Söhne"}]},"#,
    r#"{"id":"00000000-0000-0000-0000-00000000e002","firstName":"Bo","lastName":null,"#,
    r#""email":"user2@shared.example","role":{"name":"customer"},"groups":[]},"#,
    r#"{"id":"00000000-0000-0000-0000-00000000e003","firstName":"de","lastName":"Vries","#,
    r#""email":"user3@shared.example","role":{"name":"customer"},"groups":[]},"#,
    r#"{"id":"00000000-0000-0000-0000-00000000e004","firstName":"De","lastName":"Vries","#,
    r#""email":"user4@shared.example","role":{"name":"customer"},"groups":[]},"#,
    r#"{"id":"00000000-0000-0000-0000-00000000e006","firstName":"O'Neil","lastName":null,"#,
    r#""email":"user6@shared.example","role":{"name":"customer"},"groups":[]},"#,
    r#"{"id":"00000000-0000-0000-0000-00000000e007","firstName":null,"lastName":null,"#,
    r#""email":"user7@shared.example","role":{"name":"customer"},"groups":[]}"#,
    "]",
);

#[tokio::test]
async fn a_listing_has_exactly_the_bytes_of_the_contract() {
    let world = World::new().await;
    let answer = world.list(SHARED).await.send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), SHARED_BYTES);
}

#[tokio::test]
async fn a_listing_has_the_headers_of_the_contract() {
    let world = World::new().await;
    let answer = world.list(SHARED).await.and("X-Correlation-Id", "ticket-7").send().await;
    let tag = answer.header("etag").unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 10, "{tag} is strong");
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "connection", "etag"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.sort();
    assert_eq!(
        headers,
        [
            "cache-control: private, no-cache".to_owned(),
            format!("content-length: {}", SHARED_BYTES.len()),
            "content-type: application/json".to_owned(),
            "vary: Authorization, X-Tenant, Accept-Encoding".to_owned(),
            "x-correlation-id: ticket-7".to_owned(),
            "x-total-count: 7".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_customer_without_users_is_an_empty_array() {
    let world = World::new().await;
    let answer = world.list(EMPTY).await.send().await;
    assert_eq!((answer.status, answer.text()), (200, "[]"));
    assert_eq!(answer.header("x-total-count"), Some("0"));
}

#[tokio::test]
async fn a_head_has_the_headers_of_the_get_and_no_body() {
    let world = World::new().await;
    for query in ["", "?pageSize=3", "?pageSize=0", "?resellerId=00000000-0000-0000-0000-0000000000b3"] {
        let get = world.list(SHARED).await.query(query).and("X-Correlation-Id", "one");
        let head = get.clone().method("HEAD").send().await;
        let get = get.send().await;
        assert!(head.body.is_empty());
        let unlike = |name: &str| ["date", "link"].contains(&name);
        let alike = |answer: &crate::ask::Answer| {
            let mut headers = answer.headers.clone();
            headers.retain(|(name, _)| !unlike(name));
            headers
        };
        assert_eq!((head.status, alike(&head)), (get.status, alike(&get)), "{query}");
        // Each sealing is another text.
        assert_eq!(head.header("link").is_some(), get.header("link").is_some());
    }
}

#[tokio::test]
async fn the_head_of_a_listing_too_long_to_keep_has_no_length_either() {
    let world = World::with_crowd(20_001).await;
    let get = world.list(CROWD).await.send().await;
    let head = world.list(CROWD).await.method("HEAD").send().await;
    assert!(get.is_whole);
    assert_eq!(get.emails().len(), 20_001);
    for name in ["etag", "content-length", "x-total-count", "content-type", "vary", "cache-control"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn a_body_with_a_get_is_dropped() {
    let world = World::new().await;
    for size in [0, 1, 65_536] {
        let answer = world.list(SHARED).await.body(vec![b'x'; size]).send().await;
        assert_eq!(answer.text(), SHARED_BYTES);
    }
}

#[tokio::test]
async fn a_write_is_seen_by_the_next_listing() {
    let world = World::new().await;
    let before = world.list(SHARED).await.send().await;
    world.add(user(20, SHARED, Some(ACORN), ["Zoë", "Ångström"])).await;
    let after = world.list(SHARED).await.send().await;
    assert_eq!(before.emails().len() + 1, after.emails().len());
    assert_eq!(after.emails()[6], "user20@shared.example");
    assert_ne!(before.header("etag"), after.header("etag"));
    let of_acorn = world.list_as(OF_ACORN, SHARED).await.send().await;
    assert_eq!(of_acorn.emails().last().unwrap(), "user20@shared.example");
}

#[tokio::test]
async fn every_acknowledged_write_is_in_every_later_listing() {
    let world = World::new().await;
    for round in 0..20_usize {
        world.add(user(0x100 + round as u128, EMPTY, Some(ACORN), ["A", &round.to_string()])).await;
        for list in [world.list(EMPTY).await, world.list_as(OF_ACORN, EMPTY).await] {
            for list in [list.clone(), list.clone().query("?pageSize=1"), list.and("Accept-Encoding", "gzip")]
            {
                let answer = list.send().await;
                assert_eq!(answer.header("x-total-count").unwrap(), (round + 1).to_string());
            }
            let listed = world.list(EMPTY).await.send().await;
            assert_eq!(listed.emails().len(), round + 1);
        }
    }
}

#[tokio::test]
async fn names_of_255_characters_are_shown_whole() {
    let world = World::new().await;
    let long = "é".repeat(255);
    world.add(user(21, EMPTY, Some(ACORN), [&long, &long])).await;
    let answer = world.list(EMPTY).await.send().await;
    assert_eq!(answer.json()[0]["firstName"], long.as_str());
    assert_eq!(answer.json()[0]["lastName"], long.as_str());
}
