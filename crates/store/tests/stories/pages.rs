//! Does a walk in pages show what a listing shows, whatever happens between two pages?

use std::collections::{BTreeMap, BTreeSet};

use domain::order::OrderKey;
use domain::text::Name;
use domain::user::User;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::home::Kind;
use crate::world::*;

pub(crate) async fn pages_cut_the_same_listing(world: World) {
    for number in 0..7 {
        world.add(&user_within(RESELLER, number, &format!("Name {}", number % 3))).await.unwrap();
        world.add(&user(100 + number, "Direct")).await.unwrap();
    }
    for scope in [whole(), within(RESELLER)] {
        let all = world.store().page(scope, None, 1000).await.unwrap().unwrap();
        assert!(!all.more);
        for size in 1..=8 {
            let mut walked = Vec::new();
            let mut after = None;
            loop {
                let page = world.store().page(scope, after, size).await.unwrap().unwrap();
                assert!(page.documents.len() == size as usize || !page.more, "{page:?}");
                after = page.documents.last().map(|document| place_of(document).1);
                walked.extend(page.documents);
                if !page.more {
                    break;
                }
            }
            assert_eq!(walked, all.documents, "pages of {size}");
        }
    }
}

#[derive(Clone, Debug)]
enum Write {
    Add(u8),
    Rename(usize, u8),
    Delete(usize),
}

fn write() -> impl Strategy<Value = Write> {
    prop_oneof![
        any::<u8>().prop_map(Write::Add),
        (any::<usize>(), any::<u8>()).prop_map(|(who, name)| Write::Rename(who, name)),
        any::<usize>().prop_map(Write::Delete),
    ]
}

/// The property holds for any interleaving; the cases are drawn from a fixed seed, so that every run sees
/// the same ones.
pub(crate) async fn a_walk_shows_everybody_who_stayed_exactly_once(world: World) {
    let kind = world.kind();
    drop(world);
    let config = Config { cases: 40, failure_persistence: None, ..Config::default() };
    let walks = (
        prop::collection::vec(any::<u8>(), 0..25),
        1_u32..6,
        prop::collection::vec(prop::collection::vec(write(), 0..4), 0..12),
    );
    // Each walk has a world and a runtime of its own, beside the one of this story.
    let told = std::thread::spawn(move || {
        let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
        runner.run(&walks, |(names, size, writes)| runtime().block_on(walk(kind, &names, size, writes)))
    });
    told.join().unwrap().unwrap();
}

async fn walk(kind: Kind, names: &[u8], size: u32, writes: Vec<Vec<Write>>) -> Result<(), TestCaseError> {
    let world = World::new(kind).await;
    let mut live = BTreeMap::new();
    for (number, name) in names.iter().enumerate() {
        let user = user(number as u64, &name_of(*name));
        world.add(&user).await.unwrap();
        live.insert(user.id, user);
    }
    let mut stayed: BTreeSet<_> = live.keys().copied().collect();
    let mut next_number = 1000;
    let mut seen: BTreeMap<_, u32> = BTreeMap::new();
    let mut writes = writes.into_iter();
    let mut after = None;
    loop {
        let page = world.store().page(whole(), after, size).await.unwrap().unwrap();
        prop_assert_eq!(page.standing.count, live.len() as u64);
        for document in &page.documents {
            *seen.entry(place_of(document).0).or_default() += 1;
        }
        after = page.documents.last().map(|document| place_of(document).1);
        if !page.more {
            break;
        }
        for write in writes.next().unwrap_or_default() {
            let chosen = |who: usize| live.values().nth(who % live.len().max(1)).cloned();
            match write {
                Write::Add(name) => {
                    next_number += 1;
                    let added = user(next_number, &name_of(name));
                    world.add(&added).await.unwrap();
                    live.insert(added.id, added);
                }
                Write::Rename(who, name) => {
                    let Some(before) = chosen(who) else { continue };
                    let renamed = User { first_name: Name::parse(&name_of(name)).unwrap(), ..before.clone() };
                    world.change(&renamed).await.unwrap();
                    stayed.remove(&before.id);
                    live.insert(before.id, renamed);
                }
                Write::Delete(who) => {
                    let Some(before) = chosen(who) else { continue };
                    world.delete(&before).await.unwrap();
                    stayed.remove(&before.id);
                    live.remove(&before.id);
                }
            }
        }
    }
    for id in stayed {
        prop_assert_eq!(seen.get(&id), Some(&1), "{}", id);
    }
    Ok(())
}

/// Few names, so that many people share one.
fn name_of(number: u8) -> String {
    ["", "Ada", "Åda", "Ben", "ben", "Zoe"][usize::from(number) % 6].to_owned()
}

/// The user in a document and its place in the order.
fn place_of(document: &str) -> (domain::id::UserId, OrderKey) {
    let user: serde_json::Value = serde_json::from_str(document).unwrap();
    let id = user["id"].as_str().unwrap().parse().unwrap();
    let key = OrderKey::of(
        user["firstName"].as_str(),
        user["lastName"].as_str(),
        user["email"].as_str().unwrap(),
        id,
    );
    (domain::id::UserId(id), key)
}
