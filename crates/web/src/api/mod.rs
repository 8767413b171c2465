//! The routes, one file for each noun.

pub(crate) mod api_access;
pub(crate) mod audit_logs;
mod companies;
pub(crate) mod customer_users;
pub(crate) mod customers;
pub(crate) mod groups;
pub(crate) mod health;
pub(crate) mod issuer;
pub(crate) mod metrics;
pub(crate) mod new_users;
pub(crate) mod openapi;
pub(crate) mod resellers;
mod shapes;
pub(crate) mod token;
pub(crate) mod user_files;
pub(crate) mod users;
