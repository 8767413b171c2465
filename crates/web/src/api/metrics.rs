//! How does the server do? The text format of Prometheus; no token is needed, and no label names a tenant.

use axum::extract::State;
use axum::response::Response;
use http::HeaderValue;
use http::header::CONTENT_TYPE;

use crate::Web;
use crate::arrival::Arrived;
use crate::openapi::CommonErrors;

/// Get the metrics of the server
#[utoipa::path(
    method(get, head),
    path = "/metrics",
    operation_id = "getMetrics",
    tag = "operations",
    responses(
        (status = 200, description = "The metrics, as text.", body = String, content_type = "text/plain"),
        CommonErrors,
    ),
)]
pub(crate) async fn metrics(State(web): State<Web>, _arrived: Arrived) -> Response {
    let mut response = Response::new((web.metrics)().into());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
    response
}
