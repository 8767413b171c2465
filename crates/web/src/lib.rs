//! How Rollcall looks on the wire: routes, headers, bodies, limits and errors.
pub mod server;
