//! How connections are accepted and served.
pub mod guard;
