//! Do several nodes on one server behave as one? What is acknowledged on one is seen on every other, the chain that all
//! of them write is whole, and what they do at once keeps what must hold.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::audit::Record;
use domain::change::Change;
use domain::error::Error;
use domain::principal::Role;
use domain::user::{Owner, User, UserKey};
use store::{Commit, Committed, Once, Store};

use crate::witness::*;
use crate::world::*;

/// Another node on the database of a world.
fn node(world: &World) -> Store {
    open(world.options()).unwrap()
}

async fn commit(store: &Store, change: Change) -> Result<Committed, Error> {
    store.commit_change(change, record("a change")).await
}

/// Whether a change was refused for a reason that a client may be told, and not for a failure.
fn is_told(outcome: &Result<Committed, Error>) -> bool {
    !matches!(outcome, Err(Error::Unavailable(_) | Error::Internal(_) | Error::Busy))
}

pub(crate) async fn what_one_node_acknowledges_every_other_sees(world: World) {
    let others = [node(&world), node(&world)];
    let nodes = [world.store(), &others[0], &others[1]];
    for turn in 0..30_usize {
        let (writer, reader) = (nodes[turn % 3], nodes[(turn + 1) % 3]);
        let before = generation(reader, &whole()).await;
        commit(writer, addition(&user(turn as u64, "Ada"))).await.unwrap();
        assert_ne!(generation(reader, &whole()).await, before);
        assert_eq!(standing(reader, whole()).await.count, turn as u64 + 1);
    }
    let elsewhere = scope(Role::Csp, DIRECT_CUSTOMER, None);
    let before = generation(nodes[1], &elsewhere).await;
    commit(nodes[0], addition(&user(100, "Ada"))).await.unwrap();
    assert_eq!(generation(nodes[1], &elsewhere).await, before, "what is somebody else's stays fresh");

    let directory = directory_generation(nodes[2]).await;
    let person = person_generation(nodes[2], TENANT, user(100, "Ada").id).await;
    commit(
        nodes[1],
        Change::DeleteUser { reach: right(Role::Csp, None), key: UserKey::Id(user(100, "Ada").id) },
    )
    .await
    .unwrap();
    assert_ne!(
        person_generation(nodes[2], TENANT, user(100, "Ada").id).await,
        person,
        "a caller that is gone"
    );
    nodes[0].bulk(|_| Ok(Some(record("an import")))).await.unwrap();
    assert_ne!(directory_generation(nodes[2]).await, directory);
}

/// As of one store: readers keep what they read, and ask only for the generation; here on another node than the one
/// that writes.
pub(crate) async fn nothing_that_another_node_acknowledged_is_missing_from_what_counts_as_fresh(
    world: World,
) {
    let (writing, reading) = (node(&world), node(&world));
    let (acknowledged, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| {
                let runtime = runtime();
                let mut kept = None;
                while !is_over.load(Ordering::SeqCst) {
                    let written = acknowledged.load(Ordering::SeqCst);
                    let newest = runtime.block_on(generation(&reading, &whole()));
                    let count = match kept {
                        Some((of, count)) if of == newest => count,
                        _ => runtime.block_on(standing(&reading, whole())).count,
                    };
                    assert!(count >= written, "{written} were acknowledged, {count} are shown");
                    kept = Some((newest, count));
                }
            });
        }
        let writer = threads.spawn(|| {
            let runtime = runtime();
            for number in 0..300 {
                runtime.block_on(commit(&writing, addition(&user(number, "Ada")))).unwrap();
                acknowledged.store(number + 1, Ordering::SeqCst);
            }
        });
        let outcome = writer.join();
        // Whatever became of the writer, the readers must end.
        is_over.store(true, Ordering::SeqCst);
        outcome.unwrap();
    });
}

pub(crate) async fn the_chain_that_nodes_write_together_is_whole(mut world: World) {
    const EACH: usize = 900;
    let other = node(&world);
    let nodes = [world.store(), &other];
    // More than a segment, so that each packs what the other wrote; and some one after the other.
    let at_once = all((0..2 * EACH).map(|number| nodes[number % 2].commit_record(record("a record")))).await;
    assert!(at_once.iter().all(Result::is_ok), "{at_once:?}");
    for number in 0..60 {
        nodes[number % 2].commit_record(record("a record")).await.unwrap();
        // A node that starts while others write believes what it finds.
        if number % 20 == 0 {
            let (third, _) =
                (node(&world), all((0..5).map(|_| nodes[0].commit_record(record("meanwhile")))).await);
            third.commit_record(record("of the third")).await.unwrap();
        }
    }
    let written = FIRST_RECORDS + 2 * EACH as u64 + 60 + 3 * 6;
    for store in nodes {
        let verification = store.verify_trail(is_ours, |_| {}).await.unwrap();
        assert_eq!((verification.records, verification.findings), (written, Vec::new()));
    }
    assert_eq!(record_texts(&other).await.len() as u64, written);
    drop(other);
    world.reopen();
    assert_eq!(findings(world.store()).await, []);
}

pub(crate) async fn a_node_that_starts_while_others_write_leaves_no_gap(world: World) {
    let (store, is_over) = (world.store(), AtomicBool::new(false));
    let runtime = tokio::runtime::Handle::current();
    std::thread::scope(|threads| {
        let writer = threads.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                runtime.block_on(store.commit_record(record("a record"))).unwrap();
            }
        });
        let starting = threads.spawn(|| {
            let _within = runtime.enter();
            for _ in 0..15 {
                let another = open(world.options()).unwrap();
                runtime.block_on(another.commit_record(record("of another"))).unwrap();
            }
        });
        let outcome = starting.join();
        is_over.store(true, Ordering::SeqCst);
        writer.join().unwrap();
        outcome.unwrap();
    });
    assert_eq!(findings(store).await, []);
}

pub(crate) async fn an_email_that_two_nodes_give_at_once_is_given_once(world: World) {
    let other = node(&world);
    for number in 0..60 {
        let (one, two) =
            (user(number, "One"), User { id: user(1_000 + number, "").id, ..user(number, "Two") });
        let outcomes =
            all([(world.store(), &one), (&other, &two)].map(|(store, user)| commit(store, addition(user))));
        let outcomes = outcomes.await;
        let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        assert_eq!(refused, [&Error::EmailAlreadyInUse], "{outcomes:?}");
        assert_eq!(standing(&other, whole()).await.count, number + 1);
    }
    assert_eq!(findings(&other).await, []);
}

pub(crate) async fn of_two_administrators_whom_two_nodes_remove_at_once_one_stays(world: World) {
    let other = node(&world);
    let people = [1, 2].map(|number| colleague(number, "Åse", &[administrators()]));
    for user in &people {
        world.add(user).await.unwrap();
    }
    for round in 0..20 {
        let deletion =
            |user: &User| Change::DeleteUser { reach: right(Role::Csp, None), key: UserKey::Id(user.id) };
        let outcomes =
            all([commit(world.store(), deletion(&people[0])), commit(&other, deletion(&people[1]))]).await;
        assert_eq!(
            outcomes.iter().filter(|outcome| outcome.is_ok()).count(),
            1,
            "round {round}: {outcomes:?}"
        );
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(Error::Invalid(_)))), "{outcomes:?}");
        for user in &people {
            world.restore(user).await.unwrap();
        }
    }
}

pub(crate) async fn a_key_that_two_nodes_get_at_once_does_the_work_once(world: World) {
    let other = node(&world);
    for key in 0..40 {
        let once = Once { tenant: TENANT, digest: [key; 32], request: [1; 32], sealed: vec![key] };
        let adding = || {
            let change = addition(&user(u64::from(key), "Ada"));
            Commit {
                once: Some(once.clone()),
                ..Commit::of_change(change, Record { timestamp: on(0), ..record("keyed") })
            }
        };
        let outcomes = all([world.store(), &other].map(|store| store.commit(adding()))).await;
        let told: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
        assert_eq!(told[0].outcome, told[1].outcome);
        let before: Vec<_> = told.iter().filter_map(|told| told.before.as_deref()).collect();
        assert_eq!(before, [[key]], "one did it, and the other tells of it");
        let request = Once { request: [2; 32], ..once };
        assert_eq!(other.recall(request, on(0)).await, Err(Error::IdempotencyKeyReused));
    }
    assert_eq!(standing(&other, whole()).await.count, 40);
}

pub(crate) async fn an_import_on_one_node_holds_up_no_other_tenant_on_another(world: World) {
    let other = node(&world);
    let (started, has_started) = tokio::sync::oneshot::channel();
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let importing = world.store().bulk(move |loader| {
        loader.add_user(&user(1, "Ada"))?;
        started.send(()).unwrap();
        gate.recv().unwrap();
        Ok(Some(record("an import")))
    });
    let meanwhile = async {
        has_started.await.unwrap();
        let foreign =
            User { tenant: OTHER_TENANT, owner: Owner::Customer(FOREIGN_CUSTOMER), ..user(2, "Foreign") };
        let outcomes = all([user(3, "Ben"), foreign].map(|user| commit(&other, addition(&user)))).await;
        open.send(()).unwrap();
        outcomes
    };
    let (imported, outcomes) = tokio::join!(importing, meanwhile);
    imported.unwrap();
    assert!(outcomes[1].is_ok(), "{outcomes:?}");
    assert_eq!(outcomes[0], Err(Error::Busy), "not while it is imported to");
    commit(&other, addition(&user(3, "Ben"))).await.unwrap();
}

/// Two nodes change the same few people of two tenants at once, hundreds of times.
pub(crate) async fn whatever_nodes_do_at_once_is_done_or_refused_in_words(world: World) {
    let other = node(&world);
    let nodes = [world.store(), &other];
    let (mut done, mut refused) = (0, 0);
    for round in 0..12_u64 {
        let foreign = |number| User {
            tenant: OTHER_TENANT,
            owner: Owner::Customer(FOREIGN_CUSTOMER),
            ..user(number, "Foreign")
        };
        let change = |number: u64| {
            let somebody =
                if number.is_multiple_of(3) { foreign(number % 7) } else { user(number % 7, "Ada") };
            let reach = right_in(somebody.tenant, Role::Csp, None);
            match (number + round) % 4 {
                0 | 1 => addition(&somebody),
                2 => Change::DeleteUser { reach, key: UserKey::Id(somebody.id) },
                _ => Change::RestoreUser { reach, id: somebody.id, restorable_since: jiff::Timestamp::MIN },
            }
        };
        let outcomes =
            all((0..120).map(|number: u64| commit(nodes[(number % 2) as usize], change(number)))).await;
        assert_eq!(outcomes.iter().find(|outcome| !is_told(outcome)), None, "round {round}");
        done += outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        refused += outcomes.iter().filter(|outcome| outcome.is_err()).count();
        let kept = kept_users(&other).await;
        let live =
            |tenant| kept.iter().filter(|user| user.tenant == tenant && user.deleted_at.is_none()).count();
        let foreign = scope_in(OTHER_TENANT, Role::Csp, FOREIGN_CUSTOMER, None);
        assert_eq!(documents(nodes[0], whole()).await.len(), live(TENANT));
        assert_eq!(documents(nodes[1], foreign).await.len(), live(OTHER_TENANT));
    }
    assert!(done > 100 && refused > 100, "{done} done, {refused} refused");
    let told = records(world.store()).await.len();
    assert_eq!(told as u64, FIRST_RECORDS + done as u64, "one record for each");
    assert_eq!(findings(&other).await, []);
}
