//! What can be asked of this server? Its own description, in OpenAPI 3.1.

use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_TYPE;

use crate::arrival::Arrived;
use crate::openapi::CommonErrors;

/// Get this description
#[utoipa::path(
    method(get, head),
    path = "/openapi.json",
    operation_id = "getOpenApi",
    tag = "operations",
    responses((status = 200, description = "The OpenAPI 3.1 document of this server.", body = serde_json::Value), CommonErrors),
)]
pub(crate) async fn document(_arrived: Arrived) -> Response {
    let mut response = Response::new(crate::openapi::document().into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
