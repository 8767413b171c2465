//! Which status has a failure, and what is said of it? The one file that knows status codes
//! (contract section 1, "Errors").

use axum::extract::Request;
use axum::response::Response;
use domain::correlation::CorrelationId;
use domain::error::{Error, Fault};
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use tracing::error;
use utoipa::ToSchema;

use crate::arrival::Arrival;

/// The most entries in `errors`.
const MOST_ERRORS: usize = 20;
/// An echoed name is cut at this many characters.
const LONGEST_NAME: usize = 64;

/// Every way in which a request can fail: what the application says, and what only the wire knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// The application refused, or failed.
    App(Error),
    /// There is no such route; whether the plural of the listing's path was meant.
    RouteNotFound { plural: bool },
    /// The route does not know the method.
    MethodNotAllowed,
    /// The request did not come in time.
    RequestTimeout,
    /// The body is too large.
    PayloadTooLarge,
    /// The target is too long.
    UriTooLong,
    /// The headers are too large, or too many.
    HeadersTooLarge,
    /// The head or the body is not proper HTTP.
    Malformed,
    /// `Host` is missing, repeated or malformed.
    BadHost,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

/// The error of every operation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Error)]
pub(crate) struct ErrorOut<'a> {
    /// The HTTP status, once more.
    #[schema(minimum = 400, maximum = 599)]
    status_code: u16,
    /// What kind of error this is; programs decide by it.
    r#type: ErrorType,
    /// What is wrong and what to do about it, for people.
    description: &'a str,
    /// Finds this request in the log and in the audit trail.
    correlation_id: &'a str,
    /// The properties at fault, 20 at most; empty when no property is.
    #[schema(max_items = 20)]
    errors: Vec<PropertyError>,
}

/// One property at fault.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PropertyError {
    /// The header, parameter or member, cut at 64 characters.
    property_name: String,
    /// What is wrong with it and what would be right.
    description: Vec<String>,
}

/// The `type` of every error that an operation of this version has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(crate) enum ErrorType {
    InvalidRequest,
    EmailAlreadyInUse,
    AmbiguousUser,
    IdempotencyKeyReused,
    MissingToken,
    InvalidToken,
    TenantForbidden,
    PermissionDenied,
    ResellerScopeMismatch,
    ResellerNotRelated,
    RouteNotFound,
    CustomerNotFound,
    ResellerNotFound,
    UserNotFound,
    GroupNotFound,
    MethodNotAllowed,
    RequestTimeout,
    PreconditionFailed,
    PayloadTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    TooManyRequests,
    HeadersTooLarge,
    InternalError,
    Unavailable,
}

impl Failure {
    /// The one table from failure to status, type and description.
    fn told(&self) -> (StatusCode, ErrorType, &'static str) {
        use ErrorType as Type;
        use StatusCode as Status;
        match self {
            Self::App(error) => match error {
                Error::Invalid(_) => (
                    Status::BAD_REQUEST,
                    Type::InvalidRequest,
                    "The request is not valid. Correct the properties in `errors` and send it again.",
                ),
                Error::MissingToken => (
                    Status::UNAUTHORIZED,
                    Type::MissingToken,
                    "No bearer token was sent. Get one and send it as `Authorization: Bearer {token}`.",
                ),
                Error::InvalidToken(_) => (
                    Status::UNAUTHORIZED,
                    Type::InvalidToken,
                    "The bearer token is not accepted. Get a new one and send it once.",
                ),
                Error::TenantForbidden(_) => (
                    Status::FORBIDDEN,
                    Type::TenantForbidden,
                    "The token gives no access to the tenant in `X-Tenant`. Check the domain and the token.",
                ),
                Error::PermissionDenied => (
                    Status::FORBIDDEN,
                    Type::PermissionDenied,
                    "The caller lacks the permission for this. Ask an Administrator for it.",
                ),
                Error::ResellerScopeMismatch => (
                    Status::FORBIDDEN,
                    Type::ResellerScopeMismatch,
                    "A reseller sees users in its own context only. Leave `resellerId` out or send your own.",
                ),
                Error::ResellerNotRelated => (
                    Status::FORBIDDEN,
                    Type::ResellerNotRelated,
                    "The reseller in `resellerId` has no relation to this customer. Check the id, or leave it out.",
                ),
                Error::CustomerNotFound => (
                    Status::NOT_FOUND,
                    Type::CustomerNotFound,
                    "There is no such customer for this caller. Check the id and the tenant.",
                ),
                Error::ResellerNotFound => (
                    Status::NOT_FOUND,
                    Type::ResellerNotFound,
                    "There is no such reseller for this caller. Check the id and the tenant.",
                ),
                Error::UserNotFound => (
                    Status::NOT_FOUND,
                    Type::UserNotFound,
                    "There is no such user for this caller. Check the id or the e-mail, and the tenant.",
                ),
                Error::GroupNotFound => (
                    Status::NOT_FOUND,
                    Type::GroupNotFound,
                    "There is no such group in this tenant. `GET /v1/users/groups` lists them.",
                ),
                // A program is a user of the API, and the contract has no type of its own for it.
                Error::ApiAccessNotFound => (
                    Status::NOT_FOUND,
                    Type::UserNotFound,
                    "There is no such API Access in this tenant. `GET /v1/api-access` lists them.",
                ),
                Error::EmailAlreadyInUse => (
                    Status::BAD_REQUEST,
                    Type::EmailAlreadyInUse,
                    "A user of the same owner and reseller context has this e-mail already. Choose another, or \
                     change that user.",
                ),
                Error::AmbiguousUser => (
                    Status::BAD_REQUEST,
                    Type::AmbiguousUser,
                    "Several users have this e-mail. Name the user by its id, or add `resellerId`.",
                ),
                Error::IdempotencyKeyReused => (
                    Status::BAD_REQUEST,
                    Type::IdempotencyKeyReused,
                    "This Idempotency-Key was used for another request within the last day. Use a new key for each \
                     request, and the same one only to repeat it.",
                ),
                Error::PreconditionFailed => (
                    Status::PRECONDITION_FAILED,
                    Type::PreconditionFailed,
                    "It was changed since you read it. Read it again, and send its new ETag as If-Match.",
                ),
                Error::UnsupportedMediaType => (
                    Status::UNSUPPORTED_MEDIA_TYPE,
                    Type::UnsupportedMediaType,
                    "The body is of a type that is not read here. Send `Content-Type: application/json` in UTF-8, or \
                     what the description of the operation names.",
                ),
                Error::TooManyRequests => (
                    Status::TOO_MANY_REQUESTS,
                    Type::TooManyRequests,
                    "As many requests of this tenant, or from this address, wait as may wait. Nothing was done; try \
                     again after `Retry-After`.",
                ),
                Error::Busy => (
                    Status::SERVICE_UNAVAILABLE,
                    Type::Unavailable,
                    "As many requests wait as may wait. Nothing was done; try again after `Retry-After`.",
                ),
                Error::Unavailable(_) => (
                    Status::SERVICE_UNAVAILABLE,
                    Type::Unavailable,
                    "The directory cannot be asked right now. Try again in a moment.",
                ),
                Error::Internal(_) => (
                    Status::INTERNAL_SERVER_ERROR,
                    Type::InternalError,
                    "A fault of the server. Tell the operator the correlation id; the log has the cause.",
                ),
            },
            Self::RouteNotFound { plural: false } => (
                Status::NOT_FOUND,
                Type::RouteNotFound,
                "There is no such route. `GET /openapi.json` lists all of them.",
            ),
            Self::RouteNotFound { plural: true } => (
                Status::NOT_FOUND,
                Type::RouteNotFound,
                "There is no such route. The users of a customer are at `/v1/customer/{customerId}/users`, with \
                 `customer` in the singular.",
            ),
            Self::MethodNotAllowed => (
                Status::METHOD_NOT_ALLOWED,
                Type::MethodNotAllowed,
                "This route does not know the method. `Allow` names those it knows.",
            ),
            Self::RequestTimeout => (
                Status::REQUEST_TIMEOUT,
                Type::RequestTimeout,
                "The request did not arrive in time. Send it again, faster.",
            ),
            Self::PayloadTooLarge => (
                Status::PAYLOAD_TOO_LARGE,
                Type::PayloadTooLarge,
                "The body is too large. A GET needs none; others may have 64 KiB of form or 1 MiB of JSON.",
            ),
            Self::UriTooLong => {
                (Status::URI_TOO_LONG, Type::UriTooLong, "The target is too long. At most 8 KiB are taken.")
            }
            Self::HeadersTooLarge => (
                Status::REQUEST_HEADER_FIELDS_TOO_LARGE,
                Type::HeadersTooLarge,
                "The headers are too large. At most 100 are taken, 16 KiB each and 64 KiB in all.",
            ),
            Self::Malformed => (
                Status::BAD_REQUEST,
                Type::InvalidRequest,
                "The request is not proper HTTP (RFC 9110, RFC 9112). Mend the client.",
            ),
            Self::BadHost => (
                Status::BAD_REQUEST,
                Type::InvalidRequest,
                "Send exactly one `Host` header, with a host and perhaps a port (RFC 9110 section 7.2).",
            ),
        }
    }

    fn faults(&self) -> Vec<PropertyError> {
        match self {
            Self::App(Error::Invalid(faults)) => grouped(faults),
            Self::App(Error::EmailAlreadyInUse) => {
                grouped(&[Fault::new("email", "A user of the same owner and context has it already.")])
            }
            Self::App(Error::AmbiguousUser) => {
                grouped(&[Fault::new("key", "Several users have this e-mail.")])
            }
            Self::App(Error::IdempotencyKeyReused) => {
                grouped(&[Fault::new("Idempotency-Key", "It was used for another request.")])
            }
            Self::BadHost => grouped(&[Fault::new("Host", "Send it exactly once and well-formed.")]),
            _ => Vec::new(),
        }
    }

    /// Whether nothing more may be read from the connection.
    fn ends_connection(&self) -> bool {
        matches!(
            self,
            Self::RequestTimeout
                | Self::PayloadTooLarge
                | Self::UriTooLong
                | Self::HeadersTooLarge
                | Self::Malformed
                | Self::BadHost
        )
    }

    /// What the audit trail says of a request that was refused before it reached a principal.
    pub(crate) fn cause(&self) -> &'static str {
        match self {
            Self::App(Error::InvalidToken(cause) | Error::TenantForbidden(cause)) => cause,
            other => other.told().2,
        }
    }

    /// The answer. The cause of a fault of ours goes to the log, and only there.
    pub(crate) fn respond(&self, correlation_id: &CorrelationId) -> Response {
        if let Self::App(Error::Internal(cause) | Error::Unavailable(cause)) = self {
            error!(%correlation_id, cause, "a request failed");
        }
        let (status, r#type, description) = self.told();
        let body = ErrorOut {
            status_code: status.as_u16(),
            r#type,
            description,
            correlation_id: correlation_id.as_str(),
            errors: self.faults(),
        };
        let mut response = Response::new(serde_json::to_string(&body).unwrap_or_default().into());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let challenge = match self {
            Self::App(Error::MissingToken) => Some("Bearer realm=\"rollcall\""),
            Self::App(Error::InvalidToken(_)) => Some(
                "Bearer realm=\"rollcall\", error=\"invalid_token\", error_description=\"The token is not accepted\"",
            ),
            _ => None,
        };
        if let Some(challenge) = challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.ends_connection() {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// Faults of one property become one entry; names are cut, and so is the list.
fn grouped(faults: &[Fault]) -> Vec<PropertyError> {
    let mut entries: Vec<PropertyError> = Vec::new();
    for fault in faults {
        let property_name: String = fault.property.chars().take(LONGEST_NAME).collect();
        if let Some(entry) = entries.iter_mut().find(|entry| entry.property_name == property_name) {
            if !entry.description.contains(&fault.description) {
                entry.description.push(fault.description.clone());
            }
        } else if entries.len() < MOST_ERRORS {
            entries.push(PropertyError { property_name, description: vec![fault.description.clone()] });
        }
    }
    entries
}

/// Answers what no route takes.
pub(crate) async fn route_not_found(request: Request) -> Response {
    let path = request.uri().path();
    let plural = path.starts_with("/v1/customers/") && path.ends_with("/users");
    Failure::RouteNotFound { plural }.respond(Arrival::correlation_of(&request))
}

/// Answers a method that the route does not know; the router adds `Allow`.
pub(crate) async fn method_not_allowed(request: Request) -> Response {
    Failure::MethodNotAllowed.respond(Arrival::correlation_of(&request))
}
