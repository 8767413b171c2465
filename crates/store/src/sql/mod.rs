//! What is read and written, and how? Statements that both databases understand, each written once, on a
//! connection to either.

pub(crate) mod changes;
pub(crate) mod commit;
pub(crate) mod companies;
pub(crate) mod company_lists;
pub(crate) mod connection;
pub(crate) mod deferred;
pub(crate) mod derive;
pub(crate) mod export;
pub(crate) mod failure;
pub(crate) mod group;
pub(crate) mod groups;
pub(crate) mod idempotency;
pub(crate) mod listing;
pub(crate) mod loader;
pub(crate) mod people;
pub(crate) mod principals;
pub(crate) mod readers;
mod record_room;
mod row;
pub(crate) mod rows;
pub(crate) mod salts;
mod statement;
mod terms;
pub(crate) mod trail;
pub(crate) mod user_lists;
pub(crate) mod users;
mod value;
pub(crate) mod writer;

pub(crate) use connection::{Connection, Transaction};
pub(crate) use failure::{Failure, OptionalExtension, Result, failure};
pub(crate) use row::{Cell, Row};
pub(crate) use statement::Statement;
pub(crate) use value::{Params, Value, named_params, params};
