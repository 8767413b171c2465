//! Is what I have still the newest? An array of counters answers: a write raises its counter after it is committed
//! and before it is acknowledged. On the embedded database the process that owns it raises them itself; where several
//! nodes share a server, each learns from the database what was written, before it trusts its memory.
//!
//! Customers share counters by a mark that is the same on every node, and so do people. Sharing costs a needless
//! reload now and then and never a stale answer.

use std::sync::atomic::{AtomicU64, Ordering};

use domain::id::{CustomerId, TenantId, UserId};
use uuid::Uuid;

use crate::sql::changes::Stale;

const COUNTERS: usize = 16_384;

/// What was the newest at a moment. Take it before reading; what was read is the newest as long as the
/// same question gives the same answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Generation(u64);

/// What became stale, as nodes tell each other. It names nobody.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Mark(u64);

/// What a mark is of stands in its lowest bits.
const KINDS: u64 = 0b11;
const CUSTOMER: u64 = 0;
const PERSON: u64 = 1;
const DIRECTORY: u64 = 2;
const EVERYTHING: u64 = 3;

impl Mark {
    /// All that there is.
    pub(crate) const EVERYTHING: Self = Self(EVERYTHING);

    pub(crate) fn of(stale: Stale) -> Self {
        match stale {
            Stale::Customer(tenant, customer) => Self::customer(tenant, customer),
            Stale::Person(tenant, user) => Self::person(tenant, user),
            Stale::Directory => Self(DIRECTORY),
        }
    }

    fn customer(tenant: TenantId, customer: CustomerId) -> Self {
        Self((mixed(tenant.0, customer.0) & !KINDS) | CUSTOMER)
    }

    fn person(tenant: TenantId, user: UserId) -> Self {
        Self((mixed(tenant.0, user.0) & !KINDS) | PERSON)
    }

    /// As it is stored.
    pub(crate) fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// Of what was stored.
    pub(crate) fn of_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    fn place(self) -> usize {
        usize::try_from((self.0 >> 2) % COUNTERS as u64).unwrap_or_default()
    }
}

/// Spreads two ids over 64 bits, in the same way in every version of this program: nodes of two versions may serve
/// beside each other.
fn mixed(tenant: Uuid, id: Uuid) -> u64 {
    const ODD: [u64; 4] =
        [0x9E37_79B9_7F4A_7C15, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0xD6E8_FEB8_6659_FD93];
    let ((a, b), (c, d)) = (tenant.as_u64_pair(), id.as_u64_pair());
    let multiplied = |x: u64, y: u64| {
        let product = u128::from(x) * u128::from(y);
        (product >> 64) as u64 ^ product as u64
    };
    let [first, second, third, fourth] = ODD;
    multiplied(multiplied(a ^ first, c ^ second) ^ multiplied(b ^ third, d ^ fourth), first)
}

/// The counters of one process.
pub(crate) struct Generations {
    customers: Box<[AtomicU64]>,
    people: Box<[AtomicU64]>,
    everybody: AtomicU64,
    directory: AtomicU64,
}

impl Generations {
    pub(crate) fn new() -> Self {
        let counters = || (0..COUNTERS).map(|_| AtomicU64::new(0)).collect();
        Self {
            customers: counters(),
            people: counters(),
            everybody: AtomicU64::new(0),
            directory: AtomicU64::new(0),
        }
    }

    /// Of the users of one customer, and of the customer itself.
    pub(crate) fn of_customer(&self, tenant: TenantId, customer: CustomerId) -> Generation {
        read(self.customers.get(Mark::customer(tenant, customer).place()))
    }

    /// Of one user as a principal: its groups, and whether it is live.
    pub(crate) fn of_person(&self, tenant: TenantId, user: UserId) -> Generation {
        read(self.people.get(Mark::person(tenant, user).place()))
    }

    /// Of all users as principals.
    pub(crate) fn of_everybody(&self) -> Generation {
        read(Some(&self.everybody))
    }

    /// Of everything else that decides who a caller is: tenants, domains, issuers, clients, owners.
    pub(crate) fn of_directory(&self) -> Generation {
        read(Some(&self.directory))
    }

    /// Makes what a mark is of older than what was read before.
    pub(crate) fn raise(&self, mark: Mark) {
        match mark.0 & KINDS {
            CUSTOMER => raise(self.customers.get(mark.place())),
            PERSON => {
                // First this one: whoever reads a person looks at it last, and must not take what was read before for what
                // was read after.
                raise(Some(&self.everybody));
                raise(self.people.get(mark.place()));
            }
            DIRECTORY => raise(Some(&self.directory)),
            _ => {
                raise(Some(&self.directory));
                raise(Some(&self.everybody));
                self.customers.iter().chain(&self.people).for_each(|counter| raise(Some(counter)));
            }
        }
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
