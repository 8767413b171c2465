//! The users of a customer: the main job (contract section 1).

use std::pin::Pin;
use std::task::{Context, Poll};

use app::{Body, ListCustomerUsers, Outcome, PageRequest, Pieces, Start, Subject, Users};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use domain::audit::Operation;
use domain::error::Error;
use domain::id::{CustomerId, ResellerId};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, LINK, VARY};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use http_body::Frame;
use uuid::Uuid;

use super::shapes::UserOut;
use crate::Web;
use crate::answers::unread;
use crate::arrival::{Arrived, LARGEST_DROPPED_BODY};
use crate::caller::Caller;
use crate::error::Failure;
use crate::input::{Faults, Query, path_guid};
use crate::negotiation;
use crate::openapi::{CommonErrors, TokenErrors};

pub(super) const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
/// `Cache-Control`: it is whoever's who asks, and asked for each time.
pub(crate) const CACHING: &str = "private, no-cache";
/// `Vary`: what decides the bytes beside the target.
pub(crate) const VARIES: &str = "Authorization, X-Tenant, Accept-Encoding";
const PARAMETERS: [&str; 3] = ["resellerId", "pageSize", "continuationToken"];

/// List the users of a customer
///
/// The portal users of one customer, sorted by Name: first name, a space and last name, by the CLDR root
/// collation; then by e-mail and id; users without a name last. Shows what the caller may see: the
/// distributor all, a reseller the users in its own context, a customer its own.
#[utoipa::path(
    method(get, head),
    path = "/v1/customer/{customerId}/users",
    operation_id = "listCustomerUsers",
    tag = "users",
    security(("bearer" = [])),
    params(
        ("customerId" = Uuid, Path, description = "The customer, as a GUID in any form and case."),
        ("resellerId" = Option<Uuid>, Query, description = "Only users in the context of this reseller. \
            A reseller sees its own context only, whether it sends this or not."),
        ("pageSize" = Option<u32>, Query, minimum = 1, maximum = 2000, description = "Cuts the array into pages \
            of so many users. Without it the whole array is sent, whatever its size."),
        ("continuationToken" = Option<String>, Query, description = "Where to go on: from the `Link` of the page \
            before; without `pageSize` in pages of the same size. Opaque, of this caller's scope, valid for 15 minutes."),
        ("X-Tenant" = String, Header, description = "The domain by which the portal is opened."),
        ("X-Correlation-Id" = Option<String>, Header, min_length = 1, max_length = 128, pattern = "^[!-~]{1,128}$",
            description = "Finds this request in the audit trail. A UUID, or any 1 to 128 visible ASCII characters."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer that the caller has."),
    ),
    responses(
        (status = 200, description = "The users, sorted by Name.", body = [UserOut], headers(
            ("ETag" = String, description = "Names this state of this scope in this coding; strong."),
            ("Link" = String, description = "Where the next page is (`rel=\"next\"`), as long as there is one."),
            ("X-Total-Count" = u64, description = "How many users this caller may see, with and without paging."),
            ("Cache-Control" = String, description = "`private, no-cache`: ask each time, with `If-None-Match`."),
            ("Vary" = String, description = "`Authorization, X-Tenant, Accept-Encoding`."),
        )),
        (status = 304, description = "The caller has the newest answer already.", headers(
            ("ETag" = String, description = "The tag that was named."),
            ("X-Total-Count" = u64, description = "How many users this caller may see."),
        )),
        CommonErrors,
        TokenErrors,
        (status = 403, description = "`TenantForbidden`, `PermissionDenied`, `ResellerScopeMismatch` or \
            `ResellerNotRelated`.", body = crate::error::ErrorOut),
        (status = 404, description = "`CustomerNotFound`: it does not exist for this caller.",
            body = crate::error::ErrorOut),
    ),
)]
pub(crate) async fn list(State(web): State<Web>, request: Request) -> Response {
    let arrived = match Arrived::take(request, LARGEST_DROPPED_BODY).await {
        Ok((arrived, _)) => arrived,
        Err(refused) => return refused.recorded(&web, Operation::ListCustomerUsers).await,
    };
    let failed = match answer(&web, &arrived).await {
        Ok(response) => return response,
        Err(failure) => failure,
    };
    failed.respond(&arrived.arrival.correlation_id)
}

async fn answer(web: &Web, arrived: &Arrived) -> Result<Response, Failure> {
    let Arrived { arrival, parts } = arrived;
    let caller = Caller::admit(web, arrival, parts, Operation::ListCustomerUsers).await?;
    let (asked, subject) = read(web, &caller, parts);
    let listed = match &asked {
        Ok(asked) => {
            let is_known = |tag: &[u8]| negotiation::is_known(&parts.headers, tag);
            web.app.list_customer_users(&caller.principal, asked, arrival.at, is_known).await
        }
        Err(error) => Err(error.clone()),
    };
    let outcome = match &listed {
        Ok(users) => Outcome::Done(sentence(users.total)),
        Err(error) => Outcome::Refused(error),
    };
    let Caller { call, principal, binding } = caller;
    web.app.tell(&call, &principal, binding, subject, outcome).await?;
    Ok(respond(listed?, &asked?))
}

/// What the audit trail says of a listing.
pub(crate) fn sentence(total: u64) -> String {
    format!("Listed {total} users.")
}

/// What is asked for, and what the audit trail says it is about: as much of it as could be read.
fn read(web: &Web, caller: &Caller, parts: &Parts) -> (Result<ListCustomerUsers, Error>, Subject) {
    let mut faults = Faults::default();
    // The router has matched `/v1/customer/{customerId}/users`.
    let segment = parts.uri.path().split('/').nth(3).unwrap_or_default();
    let customer = path_guid("customerId", segment, &mut faults).map(CustomerId);
    let query = Query::read(parts.uri.query(), &PARAMETERS, &mut faults);
    let reseller = query.guid("resellerId", &mut faults).map(ResellerId);
    let size = query.number("pageSize", 1, app::LARGEST_PAGE, &mut faults);
    let subject = Subject { reseller, customer, target: None };
    // Where it cannot be read, the request is refused below; no customer has this id.
    let customer = customer.unwrap_or(CustomerId(Uuid::nil()));
    let mut start = Start::Beginning;
    if let Some(token) = query.get("continuationToken") {
        start = web.app.open_continuation(&caller.principal, customer, reseller, token, caller.call.at);
    }
    // Whether a token is still good is no matter of syntax: alone, it is judged last. Beside faults of
    // syntax it is told with them, so that one reply tells all.
    if start == Start::BadToken && !faults.is_empty() {
        faults.add("continuationToken", app::BAD_CONTINUATION);
    }
    let asked = faults.judge(ListCustomerUsers {
        customer,
        reseller,
        page: (size.is_some() || start != Start::Beginning).then_some(PageRequest { size, start }),
        coding: negotiation::coding(&parts.headers),
        body_wanted: parts.method != Method::HEAD,
    });
    (asked, subject)
}

fn respond(users: Users, asked: &ListCustomerUsers) -> Response {
    let Users { tag, total, continuation_token, body } = users;
    let link = continuation_token.map(|token| next_link(asked, &token));
    let status = if matches!(body, Body::NotModified) { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
    let body = match body {
        Body::NotModified | Body::Unread => unread(),
        Body::Whole(bytes) => bytes.into(),
        Body::Pieces(pieces) => in_pieces(pieces),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(8);
    if status == StatusCode::OK {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(token) = asked.coding.token() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(token));
        }
    }
    if let Ok(tag) = HeaderValue::from_maybe_shared(tag) {
        headers.insert(ETAG, tag);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHING));
    headers.insert(VARY, HeaderValue::from_static(VARIES));
    headers.insert(TOTAL_COUNT, HeaderValue::from(total));
    if let Some(link) = link.and_then(|link| HeaderValue::try_from(link).ok()) {
        headers.insert(LINK, link);
    }
    response
}

/// Where the next page is (RFC 8288), relative to this host.
fn next_link(asked: &ListCustomerUsers, token: &str) -> String {
    let mut link = format!("</v1/customer/{}/users?", asked.customer);
    if let Some(reseller) = asked.reseller {
        link.push_str(&format!("resellerId={reseller}&"));
    }
    if let Some(size) = asked.page.as_ref().and_then(|page| page.size) {
        link.push_str(&format!("pageSize={size}&"));
    }
    link.push_str(&format!("continuationToken={token}>; rel=\"next\""));
    link
}

/// A body that comes in pieces.
pub(super) fn in_pieces(pieces: Pieces) -> axum::body::Body {
    axum::body::Body::new(InPieces(pieces))
}

/// A body that comes in pieces. A piece that is an error cuts the connection.
struct InPieces(Pieces);

impl http_body::Body for InPieces {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        self.0.poll_next(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}
