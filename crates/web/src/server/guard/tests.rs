//! The guard as the parser sees it: what passes, what is put in its place, and when it ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod parked;
mod served;
mod streams;
