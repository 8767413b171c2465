//! What others need to know to check Rollcall's own tokens: discovery and keys.

use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::Web;
use crate::arrival::Arrived;
use crate::openapi::CommonErrors;

/// Discover Rollcall's own issuer
///
/// The document of OpenID Connect Discovery 1.0.
#[utoipa::path(
    method(get, head),
    path = "/.well-known/openid-configuration",
    operation_id = "discoverIssuer",
    tag = "tokens",
    responses((status = 200, description = "The discovery document.", body = serde_json::Value), CommonErrors),
)]
pub(crate) async fn discovery(State(web): State<Web>, _arrived: Arrived) -> Response {
    document(web.app.discovery(&web.base_url))
}

/// Get the keys of Rollcall's own issuer
///
/// The JWK set (RFC 7517) that its tokens are verified with; a retired key stays until its tokens are over.
#[utoipa::path(
    method(get, head),
    path = "/.well-known/jwks.json",
    operation_id = "listIssuerKeys",
    tag = "tokens",
    responses((status = 200, description = "The JWK set.", body = serde_json::Value), CommonErrors),
)]
pub(crate) async fn jwks(State(web): State<Web>, _arrived: Arrived) -> Response {
    // Keys that another node made are published by this one, too. While the database cannot be asked, those that are
    // known still verify what they signed.
    let _ = web.app.catch_up().await;
    document(web.app.jwks().to_vec())
}

fn document(body: Vec<u8>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    response
}
