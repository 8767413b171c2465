//! The routes, one file for each noun.

pub(crate) mod customer_users;
pub(crate) mod health;
pub(crate) mod issuer;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod token;
