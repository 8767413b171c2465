//! Does the real program do what it says, on real files, sockets and signals?
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod backups;
mod crashes;
mod database;
mod identities;
mod managing;
mod manual;
mod nodes;
mod process;
mod refusals;
mod serving;
mod stopping;
mod world;
