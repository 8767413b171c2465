//! Which requests are answered without a parser and a router? The listing of a customer that is ready in memory,
//! asked for plainly by a caller who was let in before: nearly all that a busy server is asked.
//!
//! Nothing is decided here: who may see what, what is ready and what is recorded is asked of `app`, as the ordinary
//! way does it. Whatever is unusual in any way goes the ordinary way, and both answer with the same bytes
//! (decision 0020; `tests/api/express.rs` compares them).

use std::cell::RefCell;
use std::net::IpAddr;
use std::sync::Arc;

use app::{Body, Call, Coding, ListCustomerUsers, Outcome, Subject, Users};
use domain::audit::Operation;
use domain::correlation::CorrelationId;
use domain::id::{CustomerId, ResellerId, TenantId, parse_guid};
use domain::principal::Principal;
use futures_util::future::join;
use http::HeaderValue;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use tokio::time::Instant;
use uuid::Uuid;

use crate::Web;
use crate::api::customer_users::{CACHING, VARIES, sentence};
use crate::caller::behind_bearer;
use crate::measures::Measures;
use crate::negotiation::{Offers, names};
use crate::server::guard::{Answer, Taken, Wait, trim};
use crate::server::processor::{Effort, Processor, Waiting};

/// Answers what is ready.
pub struct Express {
    pub(crate) web: Web,
    pub(crate) new_id: fn(Timestamp) -> Uuid,
    pub(crate) measures: Measures,
}

/// A plain request for a listing.
struct Asked<'a> {
    customer: CustomerId,
    reseller: Option<ResellerId>,
    tenant: &'a str,
    token: &'a str,
    correlation_id: Option<CorrelationId>,
    coding: Coding,
    /// What stands in `If-None-Match`.
    known: Option<&'a [u8]>,
    /// What stands in `X-Forwarded-For`.
    forwarded: Option<&'a [u8]>,
}

impl Asked<'_> {
    fn listing(&self) -> ListCustomerUsers {
        let Self { customer, reseller, coding, .. } = *self;
        ListCustomerUsers { customer, reseller, page: None, coding, body_wanted: true }
    }

    /// Whether the client has the body with a tag already.
    fn knows(&self, tag: &[u8]) -> bool {
        self.known.is_some_and(|list| names(list, tag))
    }
}

impl Express {
    /// The answer to a request from `peer`, given as a head that the guard found good and that no body follows;
    /// nothing if the ordinary way has to see it. What is answered is recorded.
    #[must_use]
    pub fn answer(&self, head: &[u8], peer: IpAddr) -> Option<Answer> {
        if !self.web.app.knows_all() {
            return None;
        }
        self.answer_in_turn(head, peer, Instant::now(), |_| None).ok()?
    }

    /// The same, when it is the turn of the tenant to have something done for it. `waited_since` tells since when
    /// this very request waited for its turn, if that has come.
    pub(crate) fn take(
        &self,
        processor: &Processor,
        head: &[u8],
        peer: IpAddr,
        waited_since: Option<Instant>,
    ) -> Taken {
        let began = waited_since.unwrap_or_else(Instant::now);
        if waited_since.is_none() && !self.web.app.knows_all() {
            return self.take_after_news(processor, head);
        }
        let ask = |tenant| match waited_since {
            Some(_) => None,
            None => processor.ask(Some(tenant), Effort::READY),
        };
        match self.answer_in_turn(head, peer, began, ask) {
            Ok(Some(answer)) => Taken::Answered(answer),
            Ok(None) => Taken::Not,
            Err(waiting) => Taken::Later(Wait::Turn(waiting)),
        }
    }

    /// Where others write to the directory, too: a plain request waits for its turn, and until it is known what they
    /// wrote. Whose turn it is, and which way it takes, may be told by what was known before. So may be what has to be
    /// read: that is done meanwhile, and shown only if it is still the newest, to whom it may then be shown.
    fn take_after_news(&self, processor: &Processor, head: &[u8]) -> Taken {
        let Some(asked) = read(head) else { return Taken::Not };
        let app = Arc::clone(&self.web.app);
        let Some(principal) = app.recall((self.web.now)(), asked.token, asked.tenant) else {
            return Taken::Not;
        };
        let listing = asked.listing();
        let must_read = app.ready_listing(&principal, &listing, |tag| asked.knows(tag)).is_none();
        if must_read && !app.must_read_listing(&principal, &listing) {
            return Taken::Not;
        }
        let effort = if must_read { Effort::ORDINARY } else { Effort::READY };
        let turn = processor.ask(Some(principal.tenant), effort);
        Taken::Later(Wait::News(Box::pin(async move {
            if let Some(turn) = turn {
                turn.await;
            }
            let news = app.catch_up();
            // If it cannot be known, the ordinary way says so.
            if must_read {
                join(news, app.foresee_listing(&principal, &listing)).await.0.is_ok()
            } else {
                news.await.is_ok()
            }
        })))
    }

    fn answer_in_turn(
        &self,
        head: &[u8],
        peer: IpAddr,
        began: Instant,
        ask: impl FnOnce(TenantId) -> Option<Waiting>,
    ) -> Result<Option<Answer>, Waiting> {
        let Some(asked) = read(head) else { return Ok(None) };
        let app = &self.web.app;
        let at = (self.web.now)();
        if app.ensure_well().is_err() {
            return Ok(None);
        }
        let Some(principal) = app.recall(at, asked.token, asked.tenant) else { return Ok(None) };
        // Not before it is known on whose account, and before anything else is done.
        match ask(principal.tenant) {
            Some(waiting) => Err(waiting),
            None => Ok(self.answer_to(&principal, asked, peer, at, began)),
        }
    }

    fn answer_to(
        &self,
        principal: &Principal,
        asked: Asked<'_>,
        peer: IpAddr,
        at: Timestamp,
        began: Instant,
    ) -> Option<Answer> {
        let app = &self.web.app;
        let users = app.ready_listing(principal, &asked.listing(), |tag| asked.knows(tag))?;
        let Asked { customer, reseller, correlation_id, coding, forwarded, .. } = asked;
        let call = Call {
            at,
            correlation_id: correlation_id.unwrap_or_else(|| (self.new_id)(at).into()),
            client_address: Some(self.web.trusted_proxies.client_of(peer, forwarded.into_iter())),
            operation: Operation::ListCustomerUsers,
        };
        let subject = Subject { reseller, customer: Some(customer), target: None };
        if !app.tell_at_once(&call, principal, subject, Outcome::Done(sentence(users.total))) {
            return None;
        }
        let answer = write(users, coding, &call.correlation_id, at)?;
        self.measures.answered(answer.status, &call.correlation_id, began);
        Some(answer)
    }
}

/// Reads a head; nothing if anything about it asks for more than these few lines know.
fn read(head: &[u8]) -> Option<Asked<'_>> {
    let (line, mut rest) = split_line(head)?;
    let target = line.strip_prefix(b"GET ")?.strip_suffix(b" HTTP/1.1")?;
    let (customer, reseller) = read_target(std::str::from_utf8(target).ok()?)?;
    let (mut tenant, mut authorization, mut correlation_id) = (None, None, None);
    let (mut accepted, mut known, mut forwarded) = (None, None, None);
    while let Some((line, after)) = split_line(rest) {
        rest = after;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_at_checked(memchr::memchr(b':', line)?)?;
        let value = trim(value.get(1..)?);
        let slot = match name.len() {
            8 if name.eq_ignore_ascii_case(b"x-tenant") => &mut tenant,
            13 if name.eq_ignore_ascii_case(b"authorization") => &mut authorization,
            13 if name.eq_ignore_ascii_case(b"if-none-match") => &mut known,
            15 if name.eq_ignore_ascii_case(b"accept-encoding") => &mut accepted,
            15 if name.eq_ignore_ascii_case(b"x-forwarded-for") => &mut forwarded,
            16 if name.eq_ignore_ascii_case(b"x-correlation-id") => &mut correlation_id,
            10 if name.eq_ignore_ascii_case(b"connection") && !value.eq_ignore_ascii_case(b"keep-alive") => {
                return None;
            }
            6 if name.eq_ignore_ascii_case(b"expect") => return None,
            7 if name.eq_ignore_ascii_case(b"upgrade") => return None,
            14 if name.eq_ignore_ascii_case(b"content-length") => return None,
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => return None,
            _ => continue,
        };
        // What is sent twice is judged where all of it is seen.
        if slot.replace(value).is_some() {
            return None;
        }
    }
    let correlation_id = match correlation_id {
        Some(sent) => Some(CorrelationId::parse(sent)?),
        None => None,
    };
    let mut offers = Offers::default();
    if let Some(accepted) = accepted {
        offers.read(std::str::from_utf8(accepted).ok()?);
    }
    Some(Asked {
        customer,
        reseller,
        tenant: std::str::from_utf8(tenant?).ok()?,
        // Only a token that was judged before is found again, so it needs no look by itself.
        token: std::str::from_utf8(behind_bearer(authorization?).ok()?).ok()?,
        correlation_id,
        coding: offers.best(),
        known,
        forwarded,
    })
}

/// The customer of a plain target, and the reseller if its query names one and nothing else.
fn read_target(target: &str) -> Option<(CustomerId, Option<ResellerId>)> {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let customer = parse_guid(path.strip_prefix("/v1/customer/")?.strip_suffix("/users")?)?;
    let reseller = match query {
        Some(query) => Some(ResellerId(parse_guid(query.strip_prefix("resellerId=")?)?)),
        None => None,
    };
    Some((CustomerId(customer), reseller))
}

fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', bytes)?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..)?))
}

/// The bytes of an answer, with the headers of the ordinary way in its order.
fn write(users: Users, coding: Coding, correlation_id: &CorrelationId, at: Timestamp) -> Option<Answer> {
    let (status, body) = match users.body {
        Body::NotModified => (304, None),
        Body::Whole(bytes) => (200, Some(bytes)),
        Body::Pieces(_) | Body::Unread => return None,
    };
    let mut head = Vec::with_capacity(512);
    head.extend_from_slice(if body.is_some() {
        b"HTTP/1.1 200 OK\r\n"
    } else {
        b"HTTP/1.1 304 Not Modified\r\n"
    });
    let mut header = |name: &str, value: &[u8]| {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            head.extend_from_slice(part);
        }
    };
    if body.is_some() {
        header("content-type", b"application/json");
        if let Some(token) = coding.token() {
            header("content-encoding", token.as_bytes());
        }
    }
    header("etag", &users.tag);
    header("cache-control", CACHING.as_bytes());
    header("vary", VARIES.as_bytes());
    header("x-total-count", HeaderValue::from(users.total).as_bytes());
    if let Some(body) = &body {
        header("content-length", HeaderValue::from(body.len()).as_bytes());
    }
    header("x-correlation-id", correlation_id.as_str().as_bytes());
    with_date(at, |date| header("date", date));
    head.extend_from_slice(b"\r\n");
    Some(Answer { status, head, body: body.unwrap_or_default() })
}

thread_local! {
    /// The second that was last written as a date, and the date.
    static DATE: RefCell<(i64, String)> = const { RefCell::new((i64::MIN, String::new())) };
}

/// The value of `Date` (RFC 9110 section 6.6.1), made once a second.
fn with_date(at: Timestamp, use_it: impl FnOnce(&[u8])) {
    DATE.with_borrow_mut(|(second, date)| {
        if *second != at.as_second() {
            *second = at.as_second();
            *date = DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default();
        }
        use_it(date.as_bytes());
    });
}
