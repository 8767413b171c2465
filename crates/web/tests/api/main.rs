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

#[path = "../../../store/tests/stories/server.rs"]
#[allow(dead_code, reason = "shared with the stories of the store, which ask for more")]
mod server;

mod api_access;
mod ask;
mod audit;
mod audit_logs;
mod audit_of_writes;
mod binding;
mod bodies;
mod caller;
mod company;
mod conditional;
mod crossing;
mod customers;
mod directory;
mod errors;
mod express;
mod freshness_race;
mod groups;
mod headers;
mod history;
mod home;
mod hostile;
mod http2;
mod if_match;
mod input;
mod issuer;
mod listing;
mod nodes;
mod order_of_faults;
mod overload;
mod paging;
mod principals_race;
mod processor;
mod relations;
mod repeatable;
mod resellers;
mod routes;
mod sight;
mod token_endpoint;
mod tokens;
mod user_files;
mod users_change;
mod users_create;
mod users_lifecycle;
mod users_list;
mod world;
