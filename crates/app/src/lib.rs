//! What happens when somebody asks: may he, do it, tell the log.

pub mod secrets;
pub mod transfer;
