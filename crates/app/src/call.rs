//! What does the application know of a request, whoever brought it?

use std::net::IpAddr;

use domain::audit::Operation;
use domain::correlation::CorrelationId;
use domain::error::Error;
use domain::id::{CustomerId, ResellerId};
use jiff::Timestamp;
use uuid::Uuid;

/// One request: when, under which name, from where, and what for.
#[derive(Clone, Debug)]
pub struct Call {
    /// When it arrived.
    pub at: Timestamp,
    /// Finds the answer, the log lines and the audit record.
    pub correlation_id: CorrelationId,
    /// Where it came from; none for the command line.
    pub client_address: Option<IpAddr>,
    /// What it asks for.
    pub operation: Operation,
}

/// What a request is about, for its audit record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Subject {
    /// The reseller in whose context it was asked.
    pub reseller: Option<ResellerId>,
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The user, client or other thing.
    pub target: Option<Uuid>,
}

/// How a request ended, for its audit record: one sentence either way, and nothing that a caller merely
/// claims.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome<'a> {
    /// What was done.
    Done(String),
    /// Why it was not.
    Refused(&'a Error),
}
