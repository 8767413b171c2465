//! Is a group tried again that collided with somebody else's transaction? Each holds what the other wants, until
//! PostgreSQL makes one of them give way: here the node, which looks for such a thing long before the other does.

use std::sync::mpsc;
use std::time::Duration;

use domain::error::Error;
use domain::principal::Role;
use domain::user::{Owner, User};
use store::{Committed, Options, Store, Timeouts};

use crate::behind::{Behind, literal};
use crate::server::{SUPERUSER, apart};
use crate::witness::*;
use crate::world::*;

/// How often it is tried to have the node give way: on a machine that is busy enough it looks too early.
const ROUNDS: u64 = 5;
/// How often it is looked whether the node waits, and how long between: far longer than it takes.
const LOOKS: u32 = 12_000;
const BETWEEN: &str = "SELECT pg_sleep(0.005)";
/// The node waits for so long that it is the deadlock that ends it, and not its patience.
const PATIENCE: Duration = Duration::from_secs(60);
const SOON: &str = "500ms";
const LATE: &str = "10s";

const WAITING: &str =
    "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))";
const PEOPLE: &str = "SELECT count(*) FROM portal_user";

fn of_tenant(id: domain::id::TenantId) -> String {
    format!("SELECT 1 FROM tenant WHERE tenant_id = {} FOR UPDATE", literal(id.0.as_bytes()))
}

/// Takes a row, and when the node waits for it another one, that the node has; whether it was the node that gave way.
fn stand_in_the_way(behind: &Behind, held: &str, wanted: &str, is_held: &mpsc::Sender<()>) -> bool {
    behind.batch(&format!("SET deadlock_timeout = '{LATE}'; BEGIN; {held}"));
    let before = behind.number(PEOPLE);
    is_held.send(()).unwrap();
    let is_waiting = (0..LOOKS).any(|_| {
        behind.batch(BETWEEN);
        behind.number(WAITING) > 0
    });
    assert!(is_waiting, "the node never waits for what is held");
    let got = behind.attempt(wanted);
    if got.is_ok() {
        assert_eq!(behind.number(PEOPLE), before, "the node came to no end, so it gave up what it had");
    }
    behind.batch("ROLLBACK");
    got.is_ok()
}

/// Has the writing thread wait until all of them do, so that they go into one transaction.
async fn as_one_group(store: &Store, people: &[User]) -> Vec<Result<Committed, Error>> {
    let (started, has_started) = tokio::sync::oneshot::channel();
    let (open, gate) = mpsc::channel::<()>();
    let busy = store.bulk(move |_| {
        started.send(()).unwrap();
        gate.recv().unwrap();
        Ok(None)
    });
    let meanwhile = async {
        has_started.await.unwrap();
        let adding = people.iter().map(|user| store.commit_change(addition(user), record("a change")));
        let (outcomes, ()) = tokio::join!(all(adding), async { open.send(()).unwrap() });
        outcomes
    };
    let (idle, outcomes) = tokio::join!(busy, meanwhile);
    idle.unwrap();
    outcomes
}

/// Adds somebody to each of two tenants in one transaction, which collides with one that has `held` and wants `wanted`.
async fn collide(mut world: World, held: &str, wanted: &str) {
    world.close();
    let database = world.home().database();
    let sql = format!("ALTER DATABASE {} SET deadlock_timeout = '{SOON}'", database.name());
    apart(|| Behind::server(&database.config(SUPERUSER)).batch(&sql));
    let timeouts = Timeouts { statement: PATIENCE, lock: PATIENCE, ..Timeouts::default() };
    let options = world.options();
    let node = open(Options { location: options.location.clone().with(timeouts), ..options }).unwrap();

    let runtime = tokio::runtime::Handle::current();
    let (mut rounds, mut gave_way) = (0, false);
    while !gave_way && rounds < ROUNDS {
        let foreign = User {
            tenant: OTHER_TENANT,
            owner: Owner::Customer(FOREIGN_CUSTOMER),
            ..user(100 + rounds, "Foreign")
        };
        let people = [user(rounds, "Ada"), foreign];
        let (told, is_held) = mpsc::channel();
        gave_way = std::thread::scope(|threads| {
            let other = threads.spawn(move || {
                let behind = Behind::server(&database.config(SUPERUSER));
                stand_in_the_way(&behind, held, wanted, &told)
            });
            is_held.recv().unwrap();
            let group = threads.spawn(|| runtime.block_on(as_one_group(&node, &people)));
            let (outcomes, gave_way) = (group.join().unwrap(), other.join().unwrap());
            assert!(outcomes.iter().all(Result::is_ok), "whoever gave way: {outcomes:?}");
            gave_way
        });
        rounds += 1;
    }
    assert!(gave_way, "the node never gave way");

    let foreign = scope_in(OTHER_TENANT, Role::Csp, FOREIGN_CUSTOMER, None);
    for scope in [whole(), foreign] {
        assert_eq!(documents(&node, scope).await.len() as u64, rounds);
    }
    assert_eq!(records(&node).await.len() as u64, FIRST_RECORDS + 2 * rounds, "one record for each");
    assert_eq!(findings(&node).await, []);
}

pub(crate) async fn a_group_that_collides_before_it_begins_is_tried_again(world: World) {
    // A node takes tenants by their numbers.
    collide(world, &of_tenant(OTHER_TENANT), &of_tenant(TENANT)).await;
}

pub(crate) async fn a_group_that_collides_in_its_midst_is_tried_again(world: World) {
    let customer = literal(CUSTOMER.0.as_bytes());
    let held = format!("SELECT 1 FROM customer WHERE customer_id = {customer} FOR UPDATE");
    collide(world, &held, &of_tenant(TENANT)).await;
}
