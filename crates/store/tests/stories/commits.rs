//! Is everything that was acknowledged there, with one record each, and nothing that was refused?

use std::sync::{Arc, Mutex};

use domain::error::Error;
use store::Link;

use crate::world::*;

pub(crate) async fn a_thousand_at_once_are_all_acknowledged_and_all_there(mut world: World) {
    let users: Vec<_> = (0..1000).map(|number| user_within(RESELLER, number, "Ada")).collect();

    let outcomes = all(users.iter().map(|user| world.add(user))).await;

    assert!(outcomes.iter().all(Result::is_ok));
    world.reopen();
    assert_eq!(world.names(within(RESELLER)).await.len(), 1000);
    let standing = world.store().standing(within(RESELLER)).await.unwrap().unwrap();
    assert_eq!((standing.count, standing.version), (1000, 1001));
    assert_eq!(told(&world).await.len() as u64, FIRST_RECORDS + 1000);
}

pub(crate) async fn what_is_refused_leaves_neither_row_nor_record(world: World) {
    let (first, second) = (user(1, "First"), user(1, "Second"));
    let (ada, ben) = (user(2, "Ada"), user(3, "Ben"));

    let outcomes = all([&first, &second, &ada, &ben].map(|user| world.add(user))).await;

    assert!(matches!(outcomes[..], [Ok(_), Err(Error::Invalid(_)), Ok(_), Ok(_)]), "{outcomes:?}");
    assert_eq!(world.names(whole()).await, ["Ada", "Ben", "First"]);
    assert_eq!(told(&world).await.len() as u64, FIRST_RECORDS + 3);
    let gone = user(99, "Nobody");
    assert_eq!(world.change(&gone).await, Err(Error::UserNotFound));
    assert_eq!(told(&world).await.len() as u64, FIRST_RECORDS + 3);
}

pub(crate) async fn records_of_reads_survive_a_clean_close(mut world: World) {
    let descriptions: Vec<String> = (0..200).map(|number| format!("read {number}")).collect();
    for description in &descriptions {
        world.store().record(record(description)).await.unwrap();
    }

    world.reopen();

    let told = told(&world).await;
    assert_eq!(told[FIRST_RECORDS as usize..], descriptions, "all of them, in their order");
    let verification = world.store().verify_trail(is_ours, |_| {}).await.unwrap();
    assert_eq!((verification.records, verification.findings), (FIRST_RECORDS + 200, Vec::new()));
}

pub(crate) async fn bulk_work_that_ends_in_nothing_leaves_nothing(world: World) {
    let ada = user(1, "Ada");
    let dry = ada.clone();
    world.store().bulk(move |loader| loader.add_user(&dry).map(|_| None)).await.unwrap();
    let failing = ada.clone();
    let failed = world
        .store()
        .bulk(move |loader| {
            loader.add_user(&failing)?;
            Err(Error::invalid("line 2", "It is wrong."))
        })
        .await;

    assert_eq!(failed, Err(Error::invalid("line 2", "It is wrong.")));
    assert!(world.names(whole()).await.is_empty());
    assert_eq!(world.store().standing(whole()).await.unwrap().unwrap().count, 0);
    world.add(&ada).await.unwrap();
    assert_eq!(told(&world).await.len() as u64, FIRST_RECORDS + 1);
}

pub(crate) async fn work_that_panics_costs_its_answer_and_not_the_writer(world: World) {
    let half = user(1, "Half");
    let outcome = world
        .store()
        .bulk(move |loader| {
            loader.add_user(&half)?;
            std::panic::resume_unwind(Box::new("a fault of the program"));
        })
        .await;

    assert!(matches!(outcome, Err(Error::Internal(_))), "{outcome:?}");
    world.add(&user(2, "Ada")).await.unwrap();
    assert!(world.store().is_well());
    assert_eq!(world.names(whole()).await, ["Ada"]);
    assert_eq!(world.store().verify_trail(is_ours, |_| {}).await.unwrap().findings, []);
}

pub(crate) async fn nothing_is_taken_after_the_close(world: World) {
    world.store().record(record("a read before")).await.unwrap();

    world.store().close();

    let change = addition(&user(1, "Ada"));
    for refused in [
        world.store().commit_change(change, record("a user was added")).await.map(drop),
        world.store().commit_record(record("a record")).await,
        world.store().record(record("a read")).await,
        world.store().bulk(|_| Ok(None)).await,
    ] {
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    }
    assert_eq!(told(&world).await.last().unwrap(), "a read before", "reading goes on");
}

/// The descriptions of all records, oldest first.
async fn told(world: &World) -> Vec<String> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&told);
    let each = move |link: Link<'_>| {
        let record: serde_json::Value = serde_json::from_str(link.text).unwrap();
        hearing.lock().unwrap().push(record["description"].as_str().unwrap().to_owned());
        true
    };
    world.store().audit_records(each).await.unwrap();
    let told = told.lock().unwrap();
    told.clone()
}
