//! What is true in a directory of the cloud channel: who exists, in which order they are listed and
//! what a caller may see.
//!
//! Nothing in here reads a clock, a file, a socket or a source of chance: every function is a pure one,
//! so that each rule can be tested by itself.

pub mod access;
mod action;
pub mod audit;
pub mod chain;
pub mod change;
pub mod company;
pub mod correlation;
pub mod country;
pub mod customer;
pub mod error;
pub mod group;
pub mod id;
pub mod order;
pub mod principal;
pub mod reseller;
pub mod search;
pub mod tenant;
pub mod text;
pub mod user;
