//! Does a connection ever take the tenant of one reader along to the next? One connection serves two tenants by turns,
//! while some fail, some are refused and some go away before they are answered.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use domain::error::Error;
use domain::id::{CustomerId, TenantId};
use domain::principal::Role;
use domain::user::{Owner, User};
use store::{Options, Places, Room, Rooms, Store};

use crate::witness::*;
use crate::world::*;

const READINGS: usize = 10_000;
const AT_ONCE: usize = 100;
/// So many people each of the two has.
const PEOPLE: u64 = 3;

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Names(Vec<String>),
    Refused,
    Failed,
    Cancelled,
}

/// Only one connection for short reads, and one for long ones.
fn narrow(options: Options) -> Options {
    let one = Places { at_once: Room { all: 1, each: 1 }, waiting: Room { all: 10_000, each: 10_000 } };
    let rooms = Rooms { readers: one, streams: one, ..options.rooms };
    Options { rooms, ..options }
}

fn whose(number: usize) -> (TenantId, CustomerId, &'static str) {
    if number.is_multiple_of(2) {
        (TENANT, CUSTOMER, "Ours")
    } else {
        (OTHER_TENANT, FOREIGN_CUSTOMER, "Theirs")
    }
}

async fn ask(store: &Store, number: usize) -> Answer {
    let (tenant, customer, _) = whose(number);
    let reach = right_in(tenant, Role::Csp, None);
    let names = |documents: Vec<String>| {
        Answer::Names(documents.iter().map(|document| first_name(document)).collect())
    };
    match number / 2 % 7 {
        0 => names(documents(store, scope_in(tenant, Role::Csp, customer, None)).await),
        1 | 2 => names(store.users(reach, everybody()).await.unwrap().items),
        3 => {
            // No text in PostgreSQL holds this, so that the statement fails in the middle of a transaction.
            let failed = store.people_by_email(tenant, "nobody\0@example.com".to_owned()).await;
            assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
            Answer::Failed
        }
        4 => {
            let narrowed = right_in(tenant, Role::Csp, Some(domain::id::ResellerId(customer.0)));
            let refused = store.users(narrowed, everybody()).await;
            assert_eq!(refused, Err(Error::ResellerNotFound));
            Answer::Refused
        }
        5 => {
            // Somebody else's customer, asked for with a right of one's own.
            let (_, foreign, _) = whose(number + 1);
            let nothing = store.standing(scope_in(tenant, Role::Csp, foreign, None)).await.unwrap();
            assert_eq!(nothing, None);
            Answer::Refused
        }
        _ => {
            let mut going = pin!(store.users(reach, everybody()));
            // Some have not been given the connection yet, some have: both go away.
            let mut context = Context::from_waker(Waker::noop());
            match going.as_mut().poll(&mut context) {
                Poll::Ready(cut) => names(cut.unwrap().items),
                Poll::Pending => Answer::Cancelled,
            }
        }
    }
}

pub(crate) async fn no_reader_sees_the_rows_of_the_one_before(mut world: World) {
    for number in 0..PEOPLE {
        world.add(&user(number, "Ours")).await.unwrap();
        let theirs = User {
            tenant: OTHER_TENANT,
            owner: Owner::Customer(FOREIGN_CUSTOMER),
            ..user(100 + number, "Theirs")
        };
        world.add(&theirs).await.unwrap();
    }
    world.close();
    let store = open(narrow(world.options())).unwrap();
    let (mut told, mut cancelled) = (0, 0);
    for batch in 0..READINGS / AT_ONCE {
        let numbers = batch * AT_ONCE..(batch + 1) * AT_ONCE;
        let answers = all(numbers.clone().map(|number| ask(&store, number))).await;
        for (number, answer) in numbers.zip(answers) {
            let (_, _, own) = whose(number);
            match answer {
                Answer::Names(names) => {
                    assert_eq!(names, vec![own; PEOPLE as usize], "reading {number}");
                    told += 1;
                }
                Answer::Cancelled => cancelled += 1,
                Answer::Refused | Answer::Failed => {}
            }
        }
    }
    assert!(told > READINGS / 3 && cancelled > 1_000, "{told} told, {cancelled} cancelled");
}
