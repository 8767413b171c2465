//! Is what I have still the newest? An array of counters answers for the one process that owns an embedded
//! database: a write raises its counter after it is committed and before it is acknowledged.
//!
//! Customers share counters by hash. Sharing costs a needless reload now and then and never a stale answer.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use domain::id::{CustomerId, TenantId};

const COUNTERS: usize = 16_384;

/// What was the newest at a moment. Take it before reading; what was read is the newest as long as the
/// same question gives the same answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Generation(u64);

/// The counters of one process.
pub(crate) struct Generations {
    customers: Box<[AtomicU64]>,
    directory: AtomicU64,
    hasher: RandomState,
}

impl Generations {
    pub(crate) fn new() -> Self {
        Self {
            customers: (0..COUNTERS).map(|_| AtomicU64::new(0)).collect(),
            directory: AtomicU64::new(0),
            hasher: RandomState::new(),
        }
    }

    /// Of the users of one customer, and of the customer itself.
    pub(crate) fn of_customer(&self, tenant: TenantId, customer: CustomerId) -> Generation {
        Generation(self.counter(tenant, customer).map_or(0, |counter| counter.load(Ordering::SeqCst)))
    }

    /// Of everything that decides who a caller is: tenants, domains, issuers, clients, groups of people.
    pub(crate) fn of_directory(&self) -> Generation {
        Generation(self.directory.load(Ordering::SeqCst))
    }

    pub(crate) fn raise_customer(&self, tenant: TenantId, customer: CustomerId) {
        if let Some(counter) = self.counter(tenant, customer) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }

    pub(crate) fn raise_directory(&self) {
        self.directory.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn raise_everything(&self) {
        self.raise_directory();
        for counter in &self.customers {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn counter(&self, tenant: TenantId, customer: CustomerId) -> Option<&AtomicU64> {
        let place = self.hasher.hash_one((tenant, customer)) % COUNTERS as u64;
        self.customers.get(usize::try_from(place).ok()?)
    }
}
