//! What happens to every request, whatever it asks for? It gets a correlation id and a canonical path, a
//! panic costs it its answer and not the process, and what came of it is counted.

use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use domain::correlation::CorrelationId;
use domain::error::Error;
use futures_util::FutureExt;
use http::header::HOST;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use jiff::Timestamp;
use tokio::time::Instant;
use tower::Service;
use uuid::Uuid;

use crate::arrival::{Arrival, CORRELATION_ID, sent_correlation_id};
use crate::caller::recalled;
use crate::error::Failure;
use crate::express::Express;
use crate::measures::Measures;
use crate::path;
use crate::server::guard::{self, Fault, is_well_formed_host};
use crate::server::processor::{Effort, Processor};
use crate::{Web, router};

/// The limits of a head, for HTTP/2; the guard keeps them for HTTP/1.
const MOST_HEADERS: usize = 100;
const LARGEST_HEADER: usize = 16 << 10;
const LARGEST_HEADERS: usize = 64 << 10;

/// Stands before the router.
#[derive(Clone)]
pub struct Front {
    router: Router,
    web: Web,
    new_id: fn(Timestamp) -> Uuid,
    measures: Measures,
}

impl Front {
    /// Puts a front before the routes.
    #[must_use]
    pub fn new(web: Web, new_id: fn(Timestamp) -> Uuid) -> Self {
        Self { router: router(web.clone()).0, web, new_id, measures: Measures::begin() }
    }

    /// What answers plain requests before they come here.
    #[must_use]
    pub fn express(&self) -> Express {
        Express { web: self.web.clone(), new_id: self.new_id, measures: self.measures.clone() }
    }

    /// Answers one request. `peer` is at the other end of the connection; `fault` is what the guard of the
    /// connection found wrong with the head.
    pub async fn answer(
        &self,
        request: Request<Body>,
        peer: IpAddr,
        fault: Option<Fault>,
    ) -> Result<Response, Infallible> {
        self.answer_begun(Instant::now(), request, peer, fault).await
    }

    /// The same, when it is the turn of whoever asks to have something done.
    pub(crate) async fn answer_in_turn(
        &self,
        processor: &Processor,
        request: Request<Body>,
        peer: IpAddr,
        fault: Option<Fault>,
    ) -> Result<Response, Infallible> {
        let began = Instant::now();
        let account = recalled(&self.web, (self.web.now)(), request.headers());
        processor.turn(account, Effort::ORDINARY).await;
        self.answer_begun(began, request, peer, fault).await
    }

    async fn answer_begun(
        &self,
        began: Instant,
        mut request: Request<Body>,
        peer: IpAddr,
        fault: Option<Fault>,
    ) -> Result<Response, Infallible> {
        let at = (self.web.now)();
        let sent = sent_correlation_id(request.headers());
        let bad_correlation_id = matches!(sent, Some(Err(())));
        let correlation_id = match sent {
            Some(Ok(id)) => id,
            _ => CorrelationId::from((self.new_id)(at)),
        };
        if let Some(canonical) = path::canonical(request.uri()) {
            *request.uri_mut() = canonical;
        }
        let refused = refused_head(&request, fault);
        let response = match refused {
            Some(failure) => failure.respond(&correlation_id),
            None => {
                let headers_too_large = fault == Some(Fault::HeadersTooLarge)
                    || (request.version() >= Version::HTTP_2 && are_too_large(request.headers()));
                let forwarded = request.headers().get_all("x-forwarded-for").iter().rev();
                let client_address =
                    self.web.trusted_proxies.client_of(peer, forwarded.map(HeaderValue::as_bytes));
                request.extensions_mut().insert(Arrival {
                    at,
                    correlation_id: correlation_id.clone(),
                    bad_correlation_id,
                    headers_too_large,
                    client_address,
                });
                let mut router = self.router.clone();
                match AssertUnwindSafe(router.call(request)).catch_unwind().await {
                    Ok(Ok(response)) => response,
                    Ok(Err(never)) => match never {},
                    Err(_) => Failure::from(Error::Internal("a handler panicked".to_owned()))
                        .respond(&correlation_id),
                }
            }
        };
        Ok(self.finish(response, &correlation_id, began))
    }

    /// Answers a request whose connection is one too many: whatever it asks, nothing is looked at but the id
    /// by which the client finds the answer again.
    pub(crate) fn turn_away(&self, headers: &HeaderMap) -> Response {
        let began = Instant::now();
        let fresh = || CorrelationId::from((self.new_id)((self.web.now)()));
        let correlation_id = sent_correlation_id(headers).and_then(Result::ok).unwrap_or_else(fresh);
        self.finish(Failure::from(Error::Busy).respond(&correlation_id), &correlation_id, began)
    }

    fn finish(&self, mut response: Response, correlation_id: &CorrelationId, began: Instant) -> Response {
        if let Ok(value) = HeaderValue::from_str(correlation_id.as_str()) {
            response.headers_mut().insert(HeaderName::from_static(CORRELATION_ID), value);
        }
        self.measures.answered(response.status().as_u16(), correlation_id, began);
        response
    }
}

/// Heads that are refused whatever they ask for, because nothing in them can be relied on.
fn refused_head(request: &Request<Body>, fault: Option<Fault>) -> Option<Failure> {
    match fault {
        Some(Fault::TargetTooLong) => return Some(Failure::UriTooLong),
        Some(Fault::HeadTimeout) => return Some(Failure::RequestTimeout),
        Some(Fault::BadHost) => return Some(Failure::BadHost),
        Some(Fault::BadRequest) => return Some(Failure::Malformed),
        Some(Fault::BadBody | Fault::HeadersTooLarge) | None => {}
    }
    if request.version() < Version::HTTP_2 {
        return None;
    }
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > guard::TARGET_BYTES {
        return Some(Failure::UriTooLong);
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (request.uri().authority(), hosts.next(), hosts.next()) {
        (Some(authority), host, None) => {
            let agrees =
                host.is_none_or(|host| host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()));
            agrees.then(|| authority.as_str().as_bytes())
        }
        (None, Some(host), None) => Some(host.as_bytes()),
        _ => None,
    };
    let connect = request.method() == Method::CONNECT;
    (!connect && !host.is_some_and(is_well_formed_host)).then_some(Failure::BadHost)
}

fn are_too_large(headers: &HeaderMap) -> bool {
    let sizes = || headers.iter().map(|(name, value)| name.as_str().len() + value.len());
    headers.len() > MOST_HEADERS
        || sizes().any(|size| size > LARGEST_HEADER)
        || sizes().sum::<usize>() > LARGEST_HEADERS
}
