//! What is told of a request? One record for each that reached a principal, and a bounded number for
//! those that did not.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::change::Change;
use domain::error::Error;
use domain::principal::{Principal, Role};
use jiff::Timestamp;
use store::Commit;
use tracing::info;

use crate::App;
use crate::call::{Call, Outcome, Subject};

/// How many refusals of one client address and cause are recorded one by one within a minute.
const ONE_BY_ONE: u64 = 5;
/// How many pairs of address and cause are counted apart; what comes on top is counted together.
const MOST_COUNTED: usize = 10_000;

impl App {
    /// Writes the record of a request that reached a principal, together with what its admission has to
    /// commit. When this returns, the request may be answered.
    ///
    /// # Errors
    /// The database failed, or a binding was refused; then that is the answer.
    pub async fn tell(
        &self,
        call: &Call,
        principal: &Principal,
        binding: Option<Change>,
        subject: Subject,
        outcome: Outcome<'_>,
    ) -> Result<(), Error> {
        let record = self.record_of_request(call, principal, subject, outcome);
        match binding {
            None => self.store.record(record).await,
            Some(binding) => {
                let commit = Commit { binding: Some(binding), ..Commit::of_record(record.clone()) };
                let told = self.store.commit(commit).await.map(drop);
                if let Err(error @ (Error::Busy | Error::TooManyRequests)) = &told {
                    // It is no less a request that reached a principal.
                    let description = refusal_text(error).into();
                    self.store.record(Record { status: Status::Failed, description, ..record }).await?;
                }
                told
            }
        }
    }

    /// The same without waiting: whether there was room for the record.
    #[must_use]
    pub fn tell_at_once(
        &self,
        call: &Call,
        principal: &Principal,
        subject: Subject,
        outcome: Outcome<'_>,
    ) -> bool {
        self.store.record_at_once(&self.record_of_request(call, principal, subject, outcome))
    }

    fn record_of_request(
        &self,
        call: &Call,
        principal: &Principal,
        subject: Subject,
        outcome: Outcome<'_>,
    ) -> Record {
        let (status, description) = match outcome {
            Outcome::Done(text) => (Status::Succeded, text),
            Outcome::Refused(error) => (Status::Failed, refusal_text(error)),
        };
        let record = self.record(call, ActorEntry::from(principal), status, description.into());
        about(record, principal, subject)
    }

    /// Records a request that was refused before it reached a principal, within the bounds of contract
    /// section 3.
    ///
    /// # Errors
    /// The database is being closed.
    pub async fn tell_refusal(&self, call: &Call, cause: &'static str) -> Result<(), Error> {
        let address = call.client_address.map(network_of);
        let counted = self.refusals.count(call.at, call.operation, address, cause);
        for summary in counted.summaries {
            self.store.record(self.summary(call.at, summary)).await?;
        }
        if counted.tell {
            info!(correlation_id = %call.correlation_id, cause, "a request is refused");
            let record = self.record(call, ActorEntry::ANONYMOUS, Status::Failed, cause.into());
            self.store.record(record).await?;
        }
        Ok(())
    }

    /// Records what was counted and not told of the minutes that are over; of all minutes if `closing`.
    ///
    /// # Errors
    /// The database is being closed.
    pub async fn tell_counted_refusals(&self, now: Timestamp, closing: bool) -> Result<(), Error> {
        for summary in self.refusals.settle(now, closing) {
            self.store.record(self.summary(now, summary)).await?;
        }
        Ok(())
    }

    pub(crate) fn record(
        &self,
        call: &Call,
        actor: ActorEntry,
        status: Status,
        description: Cow<'static, str>,
    ) -> Record {
        let id = (self.new_id)(call.at);
        let correlation_id = call.correlation_id.as_str().to_owned();
        Record {
            client_address: call.client_address.map(|address| address.to_string().into()),
            ..Record::new(id, call.at, call.operation, status, actor, correlation_id, description)
        }
    }

    fn summary(&self, now: Timestamp, summary: Summary) -> Record {
        let description = format!(
            "{} more refusals within the minute from {}: {}",
            summary.count, summary.since, summary.cause
        );
        let actor = ActorEntry::ANONYMOUS;
        let id = (self.new_id)(now);
        Record {
            client_address: summary.address.map(|address| address.to_string().into()),
            ..Record::new(id, now, summary.operation, Status::Failed, actor, id.to_string(), description)
        }
    }
}

/// A record that says what its request was about. A reseller's requests are always in its own context, also
/// those in which it names another.
pub(crate) fn about(mut record: Record, principal: &Principal, subject: Subject) -> Record {
    record.reseller_id = match principal.role {
        Role::Reseller(own) => Some(own),
        Role::Csp | Role::Customer(_) => subject.reseller,
    };
    record.customer_id = subject.customer;
    record.target_id = subject.target;
    record.tenant_id = Some(principal.tenant);
    record.actor_owner_id = principal.owner_id();
    record
}

/// What the trail says of a refusal: the cause, and nothing that the caller wrote.
fn refusal_text(error: &Error) -> String {
    match error {
        Error::Invalid(faults) => format!("The request was not valid: {} faults.", faults.len()),
        Error::Busy | Error::TooManyRequests => "Refused: too much waited already.".to_owned(),
        Error::Unavailable(_) => "The directory was not available.".to_owned(),
        Error::Internal(_) => "A fault of the program.".to_owned(),
        other => format!("Refused: {other}."),
    }
}

/// The address that is counted: a client owns all of an IPv6 /64, so that is one client.
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        canonical => canonical,
    }
}

/// Refusals that were counted and not told one by one.
struct Summary {
    operation: Operation,
    address: Option<IpAddr>,
    cause: &'static str,
    count: u64,
    since: Timestamp,
}

type Key = (Operation, Option<IpAddr>, &'static str);

struct Minute {
    since: Timestamp,
    count: u64,
}

/// Counts refusals by address and cause, a minute at a time.
#[derive(Default)]
pub(crate) struct Refusals {
    minutes: Mutex<HashMap<Key, Minute>>,
}

struct Counted {
    tell: bool,
    summaries: Vec<Summary>,
}

impl Refusals {
    fn count(
        &self,
        now: Timestamp,
        operation: Operation,
        address: Option<IpAddr>,
        cause: &'static str,
    ) -> Counted {
        let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (operation, address, cause);
        if minutes.len() >= MOST_COUNTED && !minutes.contains_key(&key) {
            // So many clients at once are one event to whoever reads the trail.
            key = (operation, None, cause);
        }
        let mut summaries = Vec::new();
        let minute = minutes.entry(key).or_insert(Minute { since: now, count: 0 });
        if is_over(minute.since, now) {
            summaries.extend(summary_of(key, minute));
            *minute = Minute { since: now, count: 0 };
        }
        minute.count += 1;
        Counted { tell: minute.count <= ONE_BY_ONE, summaries }
    }

    fn settle(&self, now: Timestamp, closing: bool) -> Vec<Summary> {
        let mut minutes = self.minutes.lock().unwrap_or_else(PoisonError::into_inner);
        let mut summaries = Vec::new();
        minutes.retain(|key, minute| {
            let over = closing || is_over(minute.since, now);
            if over {
                summaries.extend(summary_of(*key, minute));
            }
            !over
        });
        summaries
    }
}

fn is_over(since: Timestamp, now: Timestamp) -> bool {
    now.as_second() >= since.as_second().saturating_add(60) || now < since
}

fn summary_of((operation, address, cause): Key, minute: &Minute) -> Option<Summary> {
    let count = minute.count.checked_sub(ONE_BY_ONE).filter(|count| *count > 0)?;
    Some(Summary { operation, address, cause, count, since: minute.since })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn five_of_a_minute_are_told_and_the_rest_is_one_count() {
        let refusals = Refusals::default();
        let address = Some("192.0.2.1".parse().unwrap());
        let count = |second, cause| refusals.count(at(second), Operation::ListCustomerUsers, address, cause);
        let told: Vec<bool> = (0..9).map(|second| count(second, "bad").tell).collect();
        assert_eq!(told, [true, true, true, true, true, false, false, false, false]);
        assert!(count(9, "other").tell, "another cause is counted apart");
        assert!(refusals.settle(at(59), false).is_empty());
        let next = count(60, "bad");
        assert!(next.tell, "a new minute begins");
        assert_eq!((next.summaries[0].count, next.summaries[0].cause), (4, "bad"));
        assert!(refusals.settle(at(200), false).is_empty(), "nothing was left untold");
    }

    #[test]
    fn counts_that_are_not_told_yet_are_told_when_closing() {
        let refusals = Refusals::default();
        for _ in 0..7 {
            refusals.count(at(0), Operation::IssueToken, None, "bad");
        }
        let summaries = refusals.settle(at(1), true);
        assert_eq!(summaries[0].count, 2);
        assert!(refusals.settle(at(1), true).is_empty());
    }

    #[test]
    fn too_many_addresses_are_counted_together() {
        let refusals = Refusals::default();
        let mut told = 0;
        for number in 0..20_000_u32 {
            let address = Some(IpAddr::V4(number.into()));
            told += u64::from(refusals.count(at(0), Operation::ListCustomerUsers, address, "bad").tell);
        }
        assert_eq!(told, 10_000 + ONE_BY_ONE);
    }

    #[test]
    fn one_client_is_a_64_of_ipv6() {
        let network = |text: &str| network_of(text.parse().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:2"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }
}
