//! What is in the directory that `rollcall demo` shows and that measurements load? A trade as it might be,
//! written as a directory file (contract section 6).
//!
//! A plan and its seed settle every byte but the secrets, and memory does not grow with the users.

mod chance;
mod companies;
mod line;
mod outline;
mod people;
mod scribe;
mod summary;
#[cfg(test)]
mod tests;
mod words;

use std::io::{self, Write};

pub(crate) use summary::{Access, Case, Counts, Notable, ResellerSample, Summary, TenantSample};

/// How large a directory to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Plan {
    /// Two plans that differ in it alone have the same shape and other people.
    pub(crate) seed: u64,
    /// How many distributors (tenants), at least one.
    pub(crate) csps: usize,
    /// How many resellers, over all distributors; of six and more the last is deleted.
    pub(crate) resellers: usize,
    /// How many customers, over all distributors.
    pub(crate) customers: usize,
    /// How many users the largest customer has, if `users` does not ask for a total.
    pub(crate) largest_customer: usize,
    /// How many users there should be, staff included and deleted ones not: every customer grows or shrinks
    /// by the same factor. Each customer that has users keeps one, so that a small number may be exceeded.
    pub(crate) users: Option<usize>,
    /// For measurements: each customer is direct and has just so many users; no staff, nothing deleted.
    pub(crate) users_each: Option<usize>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            seed: 1,
            csps: 2,
            resellers: 12,
            customers: 320,
            largest_customer: 5000,
            users: None,
            users_each: None,
        }
    }
}

impl Plan {
    /// One customer with so many users, and two API accesses to read it by.
    #[must_use]
    pub(crate) fn one_customer(users: usize) -> Self {
        Self::many_customers(1, users)
    }

    /// So many customers of one distributor with so many users each, and two API accesses to read them by.
    #[must_use]
    pub(crate) fn many_customers(customers: usize, users_each: usize) -> Self {
        Self { csps: 1, resellers: 0, customers, users_each: Some(users_each), ..Self::default() }
    }
}

/// Writes the directory file of a plan to `out`; each API access gets what `secret` gives.
///
/// # Errors
/// What writing to `out` gives, and a plan without a distributor.
pub(crate) fn write(
    plan: &Plan,
    secret: impl FnMut() -> String,
    out: &mut impl Write,
) -> io::Result<Summary> {
    if plan.csps == 0 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "Plan at least one distributor."));
    }
    scribe::Scribe::new(plan, secret, out).write()
}
