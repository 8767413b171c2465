//! How does it look on the wire? Routes, headers, bodies, limits and errors; what they mean is decided in
//! `app`.

mod answers;
mod api;
mod arrival;
mod caller;
mod client_address;
mod conditions;
mod desk;
mod envelope;
mod error;
mod express;
mod front;
mod input;
mod measures;
mod negotiation;
pub mod openapi;
mod operation;
mod path;
pub mod server;
mod spool;

use std::sync::Arc;

use app::App;
use axum::Router;
use jiff::Timestamp;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use client_address::{Network, TrustedProxies};
pub use desk::{Desk, Progress};
pub use express::Express;
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
        .routes(routes!(api::customer_users::list, api::new_users::add_to_customer))
        .routes(routes!(api::user_files::import))
        .routes(routes!(api::user_files::export))
        .routes(routes!(api::new_users::add_to_reseller))
        .routes(routes!(api::users::list_all))
        .routes(routes!(api::users::list, api::new_users::add))
        .routes(routes!(api::users::get, api::users::change, api::users::delete))
        .routes(routes!(api::users::restore))
        .routes(routes!(api::groups::list, api::groups::add))
        .routes(routes!(api::groups::change, api::groups::delete))
        .routes(routes!(api::customers::list, api::customers::add))
        .routes(routes!(api::customers::get, api::customers::delete))
        .routes(routes!(api::customers::change))
        .routes(routes!(api::customers::identify))
        .routes(routes!(api::customers::relate, api::customers::end_relation))
        .routes(routes!(api::resellers::list, api::resellers::add))
        .routes(routes!(api::resellers::get))
        .routes(routes!(api::resellers::change))
        .routes(routes!(api::resellers::identify))
        .routes(routes!(api::api_access::list, api::api_access::add))
        .routes(routes!(api::api_access::change, api::api_access::delete))
        .routes(routes!(api::audit_logs::list))
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
