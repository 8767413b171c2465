//! How does the operator of this machine ask? By the routes of the API, within this process: with the same
//! rules, answers and records as everybody, and without a token.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use app::{App, ImportStage};
use axum::extract::Request;
use axum::response::Response;
use domain::id::TenantId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::caller::Operator;
use crate::client_address::TrustedProxies;
use crate::{Front, Web};

/// Hears how far an import is.
pub type Progress = Arc<dyn Fn(ImportStage, u64) + Send + Sync>;

/// Put beside a request whose work may take long.
#[derive(Clone)]
pub(crate) struct Hearing(pub(crate) Progress);

/// Where the operator asks.
#[derive(Clone)]
pub struct Desk {
    front: Front,
}

impl Desk {
    /// Opens a desk.
    #[must_use]
    pub fn new(app: Arc<App>, now: fn() -> Timestamp, new_id: fn(Timestamp) -> Uuid) -> Self {
        let web = Web {
            app,
            now,
            base_url: Arc::from(""),
            metrics: Arc::new(String::new),
            trusted_proxies: TrustedProxies::default(),
        };
        Self { front: Front::new(web, new_id) }
    }

    /// Answers a request that is made as the operator of a tenant.
    pub async fn ask(&self, tenant: TenantId, mut request: Request, progress: Option<Progress>) -> Response {
        request.extensions_mut().insert(Operator(tenant));
        if let Some(progress) = progress {
            request.extensions_mut().insert(Hearing(progress));
        }
        match self.front.answer(request, IpAddr::V4(Ipv4Addr::LOCALHOST), None).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
