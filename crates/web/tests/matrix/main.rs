//! Who may do what to whom? Every principal, every route, every target; what is expected comes from the
//! contract, stated anew in `oracle.rs`, and never from the code that is judged.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

#[path = "../api/ask.rs"]
#[allow(dead_code, reason = "shared with the target that asks for more")]
mod ask;
#[path = "../api/home.rs"]
#[allow(dead_code, reason = "shared with the target that asks for more")]
mod home;
#[path = "../api/issuer.rs"]
#[allow(dead_code, reason = "shared with the target that asks for more")]
mod issuer;
#[path = "../../../store/tests/stories/server.rs"]
#[allow(dead_code, reason = "shared with the stories of the store, which ask for more")]
mod server;

mod audit;
mod bodies;
mod carried;
mod cells;
mod deeds;
mod directory;
mod loading;
mod marks;
mod oracle;
mod principals;
mod reads;
mod routes;
mod searches;
mod sight;
mod warm;
mod world;
mod writes;
