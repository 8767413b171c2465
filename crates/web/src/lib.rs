//! How does it look on the wire? Routes, headers, bodies, limits and errors; what they mean is decided in
//! `app`.

mod api;
mod arrival;
mod caller;
mod client_address;
mod error;
mod front;
mod input;
mod negotiation;
pub mod openapi;
mod path;
pub mod server;

use std::sync::Arc;

use app::App;
use axum::Router;
use jiff::Timestamp;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use client_address::{Network, TrustedProxies};
pub use front::Front;

/// What the routes need.
#[derive(Clone)]
pub struct Web {
    /// What is behind the routes.
    pub app: Arc<App>,
    /// The one clock.
    pub now: fn() -> Timestamp,
    /// Where the routes are reached from outside, without a slash at the end.
    pub base_url: Arc<str>,
    /// The metrics in the text format of Prometheus.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: TrustedProxies,
}

/// The table of contents: every route there is, one line each, and the OpenAPI that falls out of them.
pub fn router(web: Web) -> (Router, OpenApi) {
    let (router, paths) = OpenApiRouter::with_openapi(openapi::skeleton())
        .routes(routes!(api::customer_users::list))
        .routes(routes!(api::token::issue))
        .routes(routes!(api::token::issue_for_directory))
        .routes(routes!(api::issuer::discovery))
        .routes(routes!(api::issuer::jwks))
        .routes(routes!(api::health::live))
        .routes(routes!(api::health::ready))
        .routes(routes!(api::metrics::metrics))
        .routes(routes!(api::openapi::document))
        .split_for_parts();
    let router = router
        .fallback(error::route_not_found)
        .method_not_allowed_fallback(error::method_not_allowed)
        .with_state(web);
    (router, openapi::complete(paths))
}
