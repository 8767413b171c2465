//! Is what I have still the newest? An array of counters answers for the one process that owns an embedded
//! database: a write raises its counter after it is committed and before it is acknowledged.
//!
//! Customers share counters by hash, and so do people. Sharing costs a needless reload now and then and never
//! a stale answer.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::id::{CustomerId, TenantId, UserId};

const COUNTERS: usize = 16_384;

/// What was the newest at a moment. Take it before reading; what was read is the newest as long as the
/// same question gives the same answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Generation(u64);

/// The counters of one process.
pub(crate) struct Generations {
    customers: Box<[AtomicU64]>,
    people: Box<[AtomicU64]>,
    everybody: AtomicU64,
    directory: AtomicU64,
    hasher: RandomState,
}

impl Generations {
    pub(crate) fn new() -> Self {
        let counters = || (0..COUNTERS).map(|_| AtomicU64::new(0)).collect();
        Self {
            customers: counters(),
            people: counters(),
            everybody: AtomicU64::new(0),
            directory: AtomicU64::new(0),
            hasher: RandomState::new(),
        }
    }

    /// Of the users of one customer, and of the customer itself.
    pub(crate) fn of_customer(&self, tenant: TenantId, customer: CustomerId) -> Generation {
        read(self.counter(&self.customers, (tenant, customer)))
    }

    /// Of one user as a principal: its groups, and whether it is live.
    pub(crate) fn of_person(&self, tenant: TenantId, user: UserId) -> Generation {
        read(self.counter(&self.people, (tenant, user)))
    }

    /// Of all users as principals.
    pub(crate) fn of_everybody(&self) -> Generation {
        read(Some(&self.everybody))
    }

    /// Of everything else that decides who a caller is: tenants, domains, issuers, clients, owners.
    pub(crate) fn of_directory(&self) -> Generation {
        read(Some(&self.directory))
    }

    pub(crate) fn raise_customer(&self, tenant: TenantId, customer: CustomerId) {
        raise(self.counter(&self.customers, (tenant, customer)));
    }

    pub(crate) fn raise_person(&self, tenant: TenantId, user: UserId) {
        raise(self.counter(&self.people, (tenant, user)));
        raise(Some(&self.everybody));
    }

    pub(crate) fn raise_directory(&self) {
        raise(Some(&self.directory));
    }

    pub(crate) fn raise_everything(&self) {
        self.raise_directory();
        raise(Some(&self.everybody));
        self.customers.iter().chain(&self.people).for_each(|counter| raise(Some(counter)));
    }

    fn counter<'a>(&self, counters: &'a [AtomicU64], of: impl Hash) -> Option<&'a AtomicU64> {
        let place = self.hasher.hash_one(of) % COUNTERS as u64;
        counters.get(usize::try_from(place).ok()?)
    }
}

fn read(counter: Option<&AtomicU64>) -> Generation {
    Generation(counter.map_or(0, |counter| counter.load(Ordering::SeqCst)))
}

fn raise(counter: Option<&AtomicU64>) {
    if let Some(counter) = counter {
        counter.fetch_add(1, Ordering::SeqCst);
    }
}
