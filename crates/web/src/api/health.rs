//! Is the server alive, and can it serve? For load balancers; no token is needed and nothing is recorded.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::error::Error;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Web;
use crate::arrival::Arrived;
use crate::error::Failure;
use crate::openapi::CommonErrors;

/// The state of the server.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// `alive` or `ready`.
    status: &'static str,
}

/// Ask whether the server is alive
#[utoipa::path(
    method(get, head),
    path = "/health/live",
    operation_id = "isAlive",
    tag = "operations",
    responses((status = 200, description = "The process answers.", body = Health), CommonErrors),
)]
pub(crate) async fn live(_arrived: Arrived) -> Response {
    Json(Health { status: "alive" }).into_response()
}

/// Ask whether the server can serve
#[utoipa::path(
    method(get, head),
    path = "/health/ready",
    operation_id = "isReady",
    tag = "operations",
    responses(
        (status = 200, description = "The directory can be asked.", body = Health),
        CommonErrors,
        (status = 503, description = "The database refuses what is written; it is tried again and again.",
            body = crate::error::ErrorOut),
    ),
)]
pub(crate) async fn ready(State(web): State<Web>, arrived: Arrived) -> Response {
    match web.app.check().await {
        Ok(()) => Json(Health { status: "ready" }).into_response(),
        Err(error) => {
            Failure::from(Error::Unavailable(error.to_string())).respond(&arrived.arrival.correlation_id)
        }
    }
}
