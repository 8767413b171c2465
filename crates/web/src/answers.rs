//! How is a thing answered, and a write to one? With the entity tag of what is there now, by which the next
//! write can be made safe.

use std::convert::Infallible;

use app::Committed;
use axum::body::Bytes;
use axum::response::Response;
use domain::change::Outcome;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::envelope;
use crate::negotiation;
use crate::operation::Asking;

/// One thing with its entity tag; 304 if the caller has it already.
pub(crate) fn one(asking: &Asking, document: String, tag: &str) -> Response {
    let mut response = if negotiation::is_known(&asking.parts.headers, tag.as_bytes()) {
        let mut response = envelope::json(unread());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().remove(CONTENT_TYPE);
        response
    } else {
        envelope::json(document)
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// A body that is not wanted: empty, but of no known length, since neither a HEAD nor a 304 may tell the length of
/// another body than that of a GET's 200 (RFC 9110 section 8.6).
pub(crate) fn unread() -> axum::body::Body {
    axum::body::Body::from_stream(stream::empty::<Result<Bytes, Infallible>>())
}

/// 201 with the id of something new, or 200 with that of something revived.
pub(crate) fn added(asking: &Asking, committed: &Committed, place: &str) -> Response {
    let (status, id) = match committed.outcome {
        Outcome::Revived(id) => (StatusCode::OK, id),
        Outcome::Added(id) => (StatusCode::CREATED, id),
        Outcome::Done | Outcome::Imported { .. } | Outcome::Unfinished => {
            (StatusCode::CREATED, committed.target.unwrap_or_default())
        }
    };
    located(showing(bare(asking, committed, status), &id), place, id)
}

/// An answer that says where something is: `place` is what its path begins with.
pub(crate) fn located(mut response: Response, place: &str, id: Uuid) -> Response {
    if let Ok(place) = HeaderValue::try_from(format!("{place}/{id}")) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

/// An answer with something to show beside what was done.
pub(crate) fn showing(mut response: Response, shown: &impl Serialize) -> Response {
    *response.body_mut() = serde_json::to_string(shown).unwrap_or_default().into();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 204 with the entity tag of what is there now.
pub(crate) fn no_content(asking: &Asking, committed: Committed) -> Response {
    bare(asking, &committed, StatusCode::NO_CONTENT)
}

/// 204 when nothing is there any more.
pub(crate) fn gone(asking: &Asking, committed: Committed) -> Response {
    no_content(asking, Committed { revision: None, ..committed })
}

/// A status without a body.
pub(crate) fn bare(asking: &Asking, committed: &Committed, status: StatusCode) -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let (Some(id), Some(revision)) = (committed.target, committed.revision)
        && let Ok(tag) = HeaderValue::try_from(asking.web.app.tag_of(asking.principal(), id, revision, None))
    {
        headers.insert(ETAG, tag);
    }
    response
}
