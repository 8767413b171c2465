//! Two tenants on a scheduler with one thread, where the order in which they are served is always the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use tokio::task::JoinSet;
use uuid::Uuid;

use super::lines::IN_COMPANY;
use super::*;

const NOISY: Account = Some(TenantId(Uuid::from_u128(1)));
const NEIGHBOUR: Account = Some(TenantId(Uuid::from_u128(2)));
const THIRD: Account = Some(TenantId(Uuid::from_u128(3)));

/// A processor of one thread that gives turns, and who was served on it.
struct Street {
    processor: Arc<Processor>,
    served: Arc<Mutex<Vec<Account>>>,
    all: JoinSet<()>,
    giving: JoinSet<()>,
}

impl Street {
    fn new() -> Self {
        let processor = Processor::new(1);
        let mut giving = JoinSet::new();
        let given = Arc::clone(&processor);
        giving.spawn(async move { given.give_turns().await });
        Self { processor, served: Arc::default(), all: JoinSet::new(), giving }
    }

    /// Lets this one ask so often, each time in a task of its own.
    fn ask(&mut self, account: Account, effort: Effort, times: usize) {
        for _ in 0..times {
            let (processor, served) = (Arc::clone(&self.processor), Arc::clone(&self.served));
            self.all.spawn(async move {
                processor.turn(account, effort).await;
                served.lock().unwrap().push(account);
            });
        }
    }

    /// How often this one was served.
    fn count(&self, account: Account) -> usize {
        self.served.lock().unwrap().iter().filter(|served| **served == account).count()
    }

    /// Lets the scheduler go on until this one was served so often.
    async fn until(&self, account: Account, times: usize) {
        while self.count(account) < times {
            yield_now().await;
        }
    }

    /// Waits until all were served; how many there were.
    async fn end(mut self) -> usize {
        self.all.join_all().await;
        assert!(self.processor.lock().is_empty());
        self.giving.shutdown().await;
        self.served.lock().unwrap().len()
    }
}

#[tokio::test]
async fn beside_a_thousand_that_wait_a_neighbour_is_served_at_once_and_nobody_is_forgotten() {
    let mut street = Street::new();
    street.ask(NEIGHBOUR, Effort::READY, 1);
    street.until(NEIGHBOUR, 1).await;
    street.ask(NOISY, Effort::READY, 1_000);
    street.until(NOISY, 1).await;
    for times in 2..20 {
        let before = street.count(NOISY);
        street.ask(NEIGHBOUR, Effort::READY, 1);
        street.until(NEIGHBOUR, times).await;
        let meanwhile = street.count(NOISY) - before;
        assert!(meanwhile <= 2 * IN_COMPANY, "{meanwhile} were served before the neighbour");
    }
    assert!(street.count(NOISY) < 500, "most of them waited");
    assert_eq!(street.end().await, 1_019);
}

#[tokio::test]
async fn those_who_wait_are_served_in_turn_by_what_they_take() {
    let mut street = Street::new();
    street.ask(NOISY, Effort::READY, 200);
    street.ask(NEIGHBOUR, Effort::READY, 40);
    street.ask(THIRD, Effort::READY, 40);
    street.until(THIRD, 40).await;
    let [noisy, neighbour] = [NOISY, NEIGHBOUR].map(|account| street.count(account));
    assert_eq!(neighbour, 40, "the neighbours are done together");
    // What it had before it was in company, and as much as each of the others since.
    assert!((40..=110).contains(&noisy), "{noisy}");
    assert_eq!(street.end().await, 280);
}

#[tokio::test]
async fn whoever_was_never_let_in_takes_nothing_of_a_tenant() {
    let mut street = Street::new();
    street.ask(None, Effort::ORDINARY, 500);
    street.ask(NEIGHBOUR, Effort::READY, 1);
    street.until(NEIGHBOUR, 1).await;
    assert!(street.count(None) <= 64, "{}", street.count(None));
    assert_eq!(street.end().await, 501);
}

#[tokio::test]
async fn whoever_goes_away_while_it_waits_takes_no_turn() {
    let processor = Processor::new(1);
    assert!(processor.ask(NEIGHBOUR, Effort::READY).is_none());
    let mut waiting: Vec<_> = (0..1_000).filter_map(|_| processor.ask(NOISY, Effort::READY)).collect();
    let count = waiting.len();
    assert_eq!(count, 1_000 - IN_COMPANY);
    let stay = waiting.split_off(count - 10);
    drop(waiting);
    let given = Arc::clone(&processor);
    let giving = tokio::spawn(async move { given.give_turns().await });
    for waiting in stay {
        waiting.await;
    }
    assert!(processor.lock().is_empty());
    assert!(processor.ask(THIRD, Effort::READY).is_none());
    giving.abort();
}

#[tokio::test]
async fn at_the_end_nobody_is_kept() {
    let processor = Processor::new(1);
    let waiting: Vec<_> = (0..1_000).filter_map(|_| processor.ask(NOISY, Effort::READY)).collect();
    assert!(!waiting.is_empty());
    drop(processor);
    for waiting in waiting {
        waiting.await;
    }
}
