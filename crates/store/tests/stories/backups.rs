//! Does a backup hold one moment, and does a restore give it back, or else harm nothing?

use std::path::Path;
use std::sync::{Arc, Mutex};

use domain::error::Error;
use jiff::Timestamp;
use rusqlite::Connection;
use store::{StoredKey, restore};

use crate::world::*;

fn restored_from(world: &World, backup: &Path) -> Result<(), Error> {
    restore(backup, &world.path(), "a story", random, |_, _| {})
}

pub(crate) async fn a_backup_holds_one_moment_while_others_write(mut world: World) {
    world.add(&user(1, "Ada")).await.unwrap();
    // More pages than are copied in one step.
    let long = "x".repeat(1 << 20);
    for outcome in all((0..40).map(|_| world.store().commit_record(record(&long)))).await {
        outcome.unwrap();
    }
    let store = Arc::new(world.take_store());
    let steps = Arc::new(Mutex::new(Vec::new()));
    let (runtime, writing, noting) =
        (tokio::runtime::Handle::current(), Arc::clone(&store), Arc::clone(&steps));
    let progress = move |done, all| {
        let mut steps = noting.lock().unwrap();
        let added = user(100 + steps.len() as u64, "Late");
        runtime.block_on(writing.commit_change(addition(&added), record("written meanwhile"))).unwrap();
        steps.push((done, all));
        assert!(steps.len() < 1000, "the copy begins again and again");
    };

    store.backup(&world.beside("backup"), progress).await.unwrap();

    let steps = steps.lock().unwrap().clone();
    assert!(
        steps.len() > 1 && steps.is_sorted() && steps.last().is_some_and(|(done, all)| done == all),
        "{steps:?}"
    );
    assert_eq!(store.standing(whole()).await.unwrap().unwrap().count, 1 + steps.len() as u64);
    drop(Arc::into_inner(store).unwrap());
    assert!(!world.beside("backup-wal").exists());
    restored_from(&world, &world.beside("backup")).unwrap();
    world.reopen();
    assert_eq!(world.names(whole()).await, ["Ada"], "nothing of what was written meanwhile");
    assert_eq!(world.store().verify_trail(is_ours, |_| {}).await.unwrap().findings, []);
}

pub(crate) async fn a_backup_never_overwrites(world: World) {
    let target = world.beside("precious");
    std::fs::write(&target, "something else").unwrap();

    let refused = world.store().backup(&target, |_, _| {}).await;

    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    assert_eq!(std::fs::read(&target).unwrap(), b"something else");
}

pub(crate) async fn what_is_restored_is_what_was_backed_up_with_new_secrets(mut world: World) {
    world.add(&user(1, "Ada")).await.unwrap();
    let key = StoredKey {
        key_id: "key".to_owned(),
        private_key: b"private".to_vec(),
        created_at: Timestamp::UNIX_EPOCH,
        retired_at: None,
    };
    world.store().replace_signing_keys(Vec::new(), vec![key], record("keys")).await.unwrap();
    assert_eq!(world.store().signing_keys().await.unwrap().len(), 1);
    let backup = world.beside("backup");
    world.store().backup(&backup, |_, _| {}).await.unwrap();
    let before = (world.store().epoch(), world.store().secret("seal_key").await.unwrap());
    let trail_key = world.store().secret("trail_key").await.unwrap();
    world.add(&user(2, "Ben")).await.unwrap();
    world.close();

    restored_from(&world, &backup).unwrap();

    world.reopen();
    assert_eq!(world.names(whole()).await, ["Ada"]);
    assert_ne!(world.store().epoch(), before.0);
    let seal_key = world.store().secret("seal_key").await.unwrap();
    assert_eq!(seal_key.len(), 32);
    assert_ne!(seal_key, before.1);
    assert!(world.store().signing_keys().await.unwrap().is_empty());
    assert_eq!(world.store().secret("trail_key").await.unwrap(), trail_key, "the trail is still ours");
    world.add(&user(3, "Cid")).await.unwrap();
    assert_eq!(world.store().verify_trail(is_ours, |_| {}).await.unwrap().findings, []);
}

pub(crate) async fn a_damaged_backup_is_refused_and_harms_nothing(mut world: World) {
    world.add(&user(1, "Ada")).await.unwrap();
    let backup = world.beside("backup");
    world.store().backup(&backup, |_, _| {}).await.unwrap();
    let good = std::fs::read(&backup).unwrap();
    world.close();
    let epoch_before = epoch(&world);
    let page = 4096;
    let flipped = |place: usize| {
        let mut bytes = good.clone();
        bytes[place] ^= 0xFF;
        bytes
    };
    let others = world.beside("others");
    Connection::open(&others).unwrap().execute_batch("CREATE TABLE recipe (name TEXT)").unwrap();
    for (damage, bytes) in [
        ("cut to the half", good[..good.len() / 2].to_vec()),
        ("cut by a page", good[..good.len() - page].to_vec()),
        ("a header flipped", flipped(3)),
        ("a page flipped", flipped(page)),
        ("no database", b"a letter to a friend".repeat(500)),
        ("empty", Vec::new()),
        ("another program's", std::fs::read(&others).unwrap()),
    ] {
        std::fs::write(&backup, bytes).unwrap();
        let refused = restored_from(&world, &backup);
        let Err(Error::Invalid(faults)) = refused else { panic!("{damage}: {refused:?}") };
        assert!(
            faults[0].description.starts_with("This backup cannot be restored: "),
            "{damage}: {faults:?}"
        );
    }
    let missing = restored_from(&world, &world.beside("nowhere"));
    assert!(matches!(missing, Err(Error::Invalid(_))), "{missing:?}");

    assert_eq!(epoch(&world), epoch_before);
    world.reopen();
    assert_eq!(world.names(whole()).await, ["Ada"]);
}

pub(crate) async fn a_database_in_use_is_not_restored_over(world: World) {
    let backup = world.beside("backup");
    world.store().backup(&backup, |_, _| {}).await.unwrap();
    world.add(&user(1, "Ada")).await.unwrap();

    let refused = restored_from(&world, &backup).unwrap_err().to_string();

    assert!(refused.contains("the process of the story"), "{refused}");
    assert_eq!(world.names(whole()).await, ["Ada"]);
}

fn epoch(world: &World) -> Vec<u8> {
    let connection = Connection::open(world.path()).unwrap();
    connection.query_row("SELECT value FROM meta WHERE name = 'epoch'", [], |row| row.get(0)).unwrap()
}
