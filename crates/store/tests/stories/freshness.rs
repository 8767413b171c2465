//! Can anybody rely on what was read before? As long as the generation is the same, and not one write longer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::change::Change;
use domain::principal::Role;

use crate::witness::*;
use crate::world::*;

pub(crate) async fn a_write_changes_the_generation_of_its_customer(world: World) {
    let ada = user(1, "Ada");
    let mut before = generation(world.store(), &whole()).await;
    world.add(&ada).await.unwrap();
    for turn in 0..3 {
        let now = generation(world.store(), &whole()).await;
        assert_ne!(before, now);
        before = now;
        match turn {
            0 => world.delete(&ada).await,
            1 => world.restore(&ada).await,
            _ => world.change(&user(1, "Bea")).await,
        }
        .unwrap();
    }
    assert_ne!(before, generation(world.store(), &whole()).await);
    world.store().bulk(|_| Ok(Some(record("an import")))).await.unwrap();
    let elsewhere = scope(Role::Csp, DIRECT_CUSTOMER, None);
    let generations =
        (generation(world.store(), &elsewhere).await, directory_generation(world.store()).await);
    world.store().bulk(|_| Ok(Some(record("an import")))).await.unwrap();
    assert_ne!(generations.0, generation(world.store(), &elsewhere).await);
    assert_ne!(generations.1, directory_generation(world.store()).await);
}

pub(crate) async fn what_is_refused_or_only_read_changes_no_generation(world: World) {
    let ada = user(1, "Ada");
    world.add(&ada).await.unwrap();
    let before = (generation(world.store(), &whole()).await, directory_generation(world.store()).await);
    let person = person_generation(world.store(), TENANT, ada.id).await;

    world.add(&ada).await.unwrap_err();
    world.store().commit_record(record("a read")).await.unwrap();
    world.names(whole()).await;

    assert_eq!(
        before,
        (generation(world.store(), &whole()).await, directory_generation(world.store()).await)
    );
    assert_eq!(person, person_generation(world.store(), TENANT, ada.id).await);
    let binding = Change::BindIdentity {
        tenant: TENANT,
        user: ada.id,
        issuer: "https://issuer.example".to_owned(),
        subject: "ada".to_owned(),
    };
    world.store().commit_change(binding, record("a first token")).await.unwrap();
    assert_eq!(before.0, generation(world.store(), &whole()).await, "no listing shows who is bound");
    assert_eq!(before.1, directory_generation(world.store()).await, "nobody else is looked up again");
    assert_ne!(person, person_generation(world.store(), TENANT, ada.id).await);
}

/// Readers keep what they read, as the application does, and ask only for the generation. Whatever was
/// acknowledged before they asked must be in what they kept.
pub(crate) async fn nothing_acknowledged_is_ever_missing_from_what_counts_as_fresh(mut world: World) {
    let store = world.take_store();
    let acknowledged = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    // One for all: a connection to a server lives as long as the runtime that it was made on.
    let runtime = tokio::runtime::Handle::current();
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                let mut kept = None;
                while !is_over.load(Ordering::SeqCst) {
                    let written = acknowledged.load(Ordering::SeqCst);
                    let generation = runtime.block_on(generation(&store, &whole()));
                    let count = match kept {
                        Some((of, count)) if of == generation => count,
                        _ => {
                            let listing = runtime.block_on(store.listing(whole(), u64::MAX, usize::MAX));
                            let listing = listing.unwrap().unwrap();
                            let users =
                                format!("[{}]", String::from_utf8(listing.documents.unwrap()).unwrap());
                            let users: Vec<serde_json::Value> = serde_json::from_str(&users).unwrap();
                            assert_eq!(users.len() as u64, listing.standing.count, "one snapshot");
                            listing.standing.count
                        }
                    };
                    assert!(count >= written, "{written} were acknowledged, {count} are shown");
                    kept = Some((generation, count));
                }
            });
        }
        let writer = threads.spawn(|| {
            for number in 0..150 {
                let change = addition(&user(number, "Ada"));
                runtime.block_on(store.commit_change(change, record("a user was added"))).unwrap();
                acknowledged.store(number + 1, Ordering::SeqCst);
            }
        });
        let outcome = writer.join();
        // Whatever became of the writer, the readers must end.
        is_over.store(true, Ordering::SeqCst);
        outcome.unwrap();
    });
}
