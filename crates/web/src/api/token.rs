//! Tokens for programs: `client_credentials` of RFC 6749, whose faults it answers in the shape of that RFC
//! (contract section 4).

use app::{IssueFault, TOKEN_SECONDS};
use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::audit::Operation;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Web;
use crate::arrival::Arrived;
use crate::error::Failure;
use crate::path::unescape;

/// The largest form that is read.
const LARGEST_FORM: usize = 64 << 10;

/// The parameters that mean something; others are not looked at.
const PARAMETERS: [&str; 4] = ["grant_type", "client_id", "client_secret", "scope"];

/// What a program sends.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "describes the form for the OpenAPI; the form is read by hand, each parameter once"
)]
pub(crate) struct TokenRequest {
    /// `client_credentials`.
    #[schema(pattern = "^client_credentials$")]
    grant_type: String,
    /// The client's id, unless it is sent by HTTP Basic.
    client_id: Option<String>,
    /// The client's secret, unless it is sent by HTTP Basic.
    client_secret: Option<String>,
    /// Accepted and not used: rights come from the directory.
    scope: Option<String>,
}

/// A token.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenResponse {
    /// `Bearer`.
    token_type: &'static str,
    /// How long the token is valid, in seconds.
    expires_in: i64,
    /// The same: clients of the published API expect it.
    ext_expires_in: i64,
    /// The token, to be sent as `Authorization: Bearer {token}`.
    access_token: String,
}

/// A fault by RFC 6749 section 5.2.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenError {
    /// The code of the RFC.
    error: &'static str,
    /// What to do about it.
    error_description: &'static str,
}

/// Get a token for a program
///
/// The client credentials grant (RFC 6749 section 4.4), with the secret in the form or by HTTP Basic.
#[utoipa::path(
    post,
    path = "/oauth2/v2.0/token",
    operation_id = "issueToken",
    tag = "tokens",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(TokenAnswers),
)]
pub(crate) async fn issue(State(web): State<Web>, request: Request) -> Response {
    answer(&web, request).await
}

/// Get a token for a program, at the path with a directory id
///
/// The same for clients of the published API, who put a directory id before the path; it is not used.
#[utoipa::path(
    post,
    path = "/{directory}/oauth2/v2.0/token",
    operation_id = "issueTokenForDirectory",
    tag = "tokens",
    params(("directory" = String, Path, description = "Anything.")),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses(TokenAnswers),
)]
pub(crate) async fn issue_for_directory(State(web): State<Web>, request: Request) -> Response {
    answer(&web, request).await
}

/// The answers of the token endpoint.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the answers for the OpenAPI")]
pub(crate) enum TokenAnswers {
    /// The token.
    #[response(status = 200)]
    Ok(TokenResponse),
    /// `invalid_request`, `unsupported_grant_type`, or a fault of HTTP.
    #[response(status = 400)]
    BadRequest(TokenError),
    /// `invalid_client`: unknown, disabled, or the secret is wrong.
    #[response(status = 401)]
    Unauthorized(TokenError),
    /// The form is over 64 KiB.
    #[response(status = 413)]
    PayloadTooLarge(crate::error::ErrorOut<'static>),
    /// Too many failures of this client from this address; `Retry-After` tells how long to wait.
    #[response(status = 429)]
    TooManyRequests(TokenError),
    /// The headers are over the limits.
    #[response(status = 431)]
    HeadersTooLarge(crate::error::ErrorOut<'static>),
    /// A fault of the server.
    #[response(status = 500)]
    InternalError(TokenError),
    /// The directory cannot be asked right now.
    #[response(status = 503)]
    Unavailable(TokenError),
}

async fn answer(web: &Web, request: Request) -> Response {
    let (arrived, body) = match Arrived::take(request, LARGEST_FORM).await {
        Ok(taken) => taken,
        Err(refused) => return refused.recorded(web, Operation::IssueToken).await,
    };
    let Arrived { arrival, parts } = arrived;
    let call = arrival.call(Operation::IssueToken);
    let credentials = match read(&parts, &body) {
        Ok(credentials) => credentials,
        Err((code, description)) => {
            // A record that cannot be taken makes no refusal into anything else.
            let _ = web.app.tell_refusal(&call, description).await;
            return fault(StatusCode::BAD_REQUEST, code, description);
        }
    };
    match web.app.issue_token(&call, &credentials.client_id, &credentials.secret).await {
        Ok(access_token) => json(
            StatusCode::OK,
            &TokenResponse {
                token_type: "Bearer",
                expires_in: TOKEN_SECONDS,
                ext_expires_in: TOKEN_SECONDS,
                access_token,
            },
        ),
        Err(IssueFault::InvalidClient) => {
            let description = "The client is unknown, disabled, or its secret is wrong.";
            let mut response = fault(StatusCode::UNAUTHORIZED, "invalid_client", description);
            response.headers_mut().insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"rollcall\", charset=\"UTF-8\""),
            );
            response
        }
        Err(IssueFault::TooManyFailures(seconds)) => {
            let description = "Too many failures of this client. Wait as long as Retry-After says.";
            let mut response = fault(StatusCode::TOO_MANY_REQUESTS, "invalid_client", description);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
        Err(IssueFault::Failed(error)) => {
            let status = Failure::from(error).respond(&arrival.correlation_id).status();
            let mut response = fault(status, "temporarily_unavailable", "Try again in a moment.");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
    }
}

struct Credentials {
    client_id: String,
    secret: String,
}

type TokenFault = (&'static str, &'static str);

/// Reads the form, and HTTP Basic in the place of the form's credentials (RFC 6749 section 2.3.1).
fn read(parts: &Parts, body: &[u8]) -> Result<Credentials, TokenFault> {
    let content_type =
        parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(("invalid_request", "Send a form: application/x-www-form-urlencoded."));
    }
    let broken = ("invalid_request", "The form is not properly escaped UTF-8, or names a parameter twice.");
    let form = form(body).ok_or(broken)?;
    let value = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    match value("grant_type").as_deref() {
        Some("client_credentials") => {}
        Some(_) => return Err(("unsupported_grant_type", "Only `client_credentials` is supported.")),
        None => return Err(("invalid_request", "Send `grant_type=client_credentials`.")),
    }
    let in_form = (value("client_id"), value("client_secret"));
    match (basic(parts)?, in_form) {
        (Some(basic), (id, None)) if id.as_ref().is_none_or(|id| *id == basic.client_id) => Ok(basic),
        (Some(_), _) => Err(("invalid_request", "Send the credentials in one place only.")),
        // Credentials that are not there are wrong ones: RFC 6749 section 5.2 names that invalid_client too.
        (None, (id, secret)) => {
            Ok(Credentials { client_id: id.unwrap_or_default(), secret: secret.unwrap_or_default() })
        }
    }
}

/// The parameters of a form that mean something here, each once (RFC 6749 section 3.2).
fn form(body: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut parameters: Vec<(String, String)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = unescape(&name.replace('+', " "))?;
        if !PARAMETERS.contains(&name.as_str()) {
            continue;
        }
        let value = unescape(&value.replace('+', " "))?;
        // Sent without a value is not sent.
        if value.is_empty() {
            continue;
        }
        if parameters.iter().any(|(known, _)| *known == name) {
            return None;
        }
        parameters.push((name, value));
    }
    Some(parameters)
}

/// The credentials of HTTP Basic, form-encoded inside (RFC 6749 section 2.3.1). Another scheme is not for
/// this endpoint, and not looked at.
fn basic(parts: &Parts) -> Result<Option<Credentials>, TokenFault> {
    let malformed = ("invalid_request", "The Authorization header is not one proper HTTP Basic header.");
    let mut found = None;
    for value in parts.headers.get_all(AUTHORIZATION) {
        let text = value.to_str().map_err(|_| malformed)?;
        let (scheme, encoded) = text.split_once(' ').unwrap_or((text, ""));
        if !scheme.eq_ignore_ascii_case("basic") {
            continue;
        }
        let decoded = STANDARD.decode(encoded.trim()).map_err(|_| malformed)?;
        let decoded = String::from_utf8(decoded).map_err(|_| malformed)?;
        let (id, secret) = decoded.split_once(':').ok_or(malformed)?;
        let unescaped = |text: &str| unescape(&text.replace('+', " "));
        let (client_id, secret) = unescaped(id).zip(unescaped(secret)).ok_or(malformed)?;
        if found.replace(Credentials { client_id, secret }).is_some() {
            return Err(malformed);
        }
    }
    Ok(found)
}

fn fault(status: StatusCode, error: &'static str, error_description: &'static str) -> Response {
    json(status, &TokenError { error, error_description })
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = Response::new(serde_json::to_string(body).unwrap_or_default().into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    // RFC 6749 section 5.1.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
