//! What does the contract promise on the wire, and is it kept? The real server on a real socket, asked as
//! strangers ask; nothing here looks behind the wire but the clock, the directory and the audit trail.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod ask;
mod audit;
mod binding;
mod conditional;
mod directory;
mod errors;
mod headers;
mod hostile;
mod http2;
mod input;
mod issuer;
mod listing;
mod order_of_faults;
mod paging;
mod routes;
mod sight;
mod token_endpoint;
mod tokens;
mod world;
