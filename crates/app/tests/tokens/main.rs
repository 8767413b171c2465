//! Tokens, from the text of a stranger to the word of an issuer: forgeries, key sets, issuers that
//! are down, Rollcall's own issuer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod claimed;
mod forged;
mod host;
mod key_sets;
mod mint;
mod own_issuer;
mod remote;
