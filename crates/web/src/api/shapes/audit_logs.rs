//! What do records of the audit trail look like?

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A record of the audit trail.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditLog)]
pub(crate) struct AuditLogOut {
    id: Uuid,
    /// When the request was judged.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
    /// What was asked for, such as `CreateUser`.
    operation: String,
    status: AuditStatusOut,
    actor: AuditActorOut,
    reseller_id: Option<Uuid>,
    customer_id: Option<Uuid>,
    /// The user, client or other thing that it was about.
    target_id: Option<Uuid>,
    correlation_id: String,
    client_address: Option<String>,
    description: String,
    changes: Vec<AuditChangeOut>,
}

/// How a request ended.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditStatus)]
pub(crate) struct AuditStatusOut {
    name: AuditStatusName,
}

/// The name of a status, spelled as on the published page.
#[derive(Serialize, ToSchema)]
pub(crate) enum AuditStatusName {
    Processing,
    Succeded,
    Failed,
}

/// Who asked.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditActor)]
pub(crate) struct AuditActorOut {
    /// `User`, `ApiAccess`, `Operator`, `System` or `Anonymous`.
    kind: String,
    id: Option<Uuid>,
    /// Null also for a person who asked to be forgotten.
    name: Option<String>,
}

/// One property that a write changed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AuditChange)]
pub(crate) struct AuditChangeOut {
    property_name: String,
    before: Option<String>,
    after: Option<String>,
}
