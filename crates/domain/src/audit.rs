//! What does the trail say of a request? One record, in the members and the order of contract section 3.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{CustomerId, ResellerId, TenantId};
use crate::principal::{Actor, Principal};

/// One per operation of the API and the command line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Operation {
    /// `GET` and `HEAD /v1/customer/{customerId}/users`.
    ListCustomerUsers,
    /// `POST /oauth2/v2.0/token`, and `rollcall token`.
    IssueToken,
    /// A user was added, or a deleted one revived by adding it again.
    CreateUser,
    /// A user was changed, moved to another context or unbound from its login.
    UpdateUser,
    /// A user was deleted; it can be restored for a while.
    DeleteUser,
    /// A deleted user came back.
    RestoreUser,
    /// A deleted user went for good, because it was due or because the person asked to be forgotten.
    PurgeUser,
    /// `GET /v1` and `GET /v1/users`.
    ListUsers,
    /// `GET /v1/users/{key}`.
    GetUser,
    /// `POST /v1/customer/{customerId}/users/import`.
    ImportUsers,
    /// `GET /v1/customer/{customerId}/users/export`.
    ExportUsers,
    /// `GET /v1/users/groups`.
    ListGroups,
    /// A group was added.
    CreateGroup,
    /// A group was renamed.
    UpdateGroup,
    /// A group was deleted.
    DeleteGroup,
    /// `GET /v1/Customers`.
    ListCustomers,
    /// `GET /v1/Customers/{id}`.
    GetCustomer,
    /// A customer was added.
    CreateCustomer,
    /// The account of a customer was changed.
    UpdateCustomer,
    /// What a reseller, or the distributor, calls a customer was changed.
    UpdateCustomerInternalIdentifier,
    /// A customer was deleted.
    DeleteCustomer,
    /// A customer was related to a reseller.
    CreateRelation,
    /// A relation of a customer with a reseller ended.
    DeleteRelation,
    /// `GET /v1/Resellers`.
    ListResellers,
    /// `GET /v1/Resellers/{id}`.
    GetReseller,
    /// A reseller was added.
    CreateReseller,
    /// The account of a reseller was changed.
    UpdateReseller,
    /// What the distributor calls a reseller was changed.
    UpdateResellerInternalIdentifier,
    /// `GET /v1/api-access`.
    ListApiAccesses,
    /// An API Access was added.
    CreateApiAccess,
    /// An API Access was changed.
    UpdateApiAccess,
    /// An API Access was deleted.
    DeleteApiAccess,
    /// `GET /v1/AuditLogs`.
    ListAuditLogs,
    /// A tenant was added on the command line.
    CreateTenant,
    /// A tenant was changed on the command line.
    UpdateTenant,
    /// Old records of the trail were dropped, a whole segment at a time.
    DropAuditRecords,
    /// `rollcall import`.
    ImportDirectory,
    /// `rollcall export`.
    ExportDirectory,
    /// `rollcall keys rotate`, or a key that came of age.
    RotateKeys,
    /// `rollcall restore`.
    RestoreBackup,
}

impl Operation {
    /// The name, as records have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        macro_rules! names {
            ($($name:ident),+ $(,)?) => {
                match self { $(Self::$name => stringify!($name)),+ }
            };
        }
        names!(
            ListCustomerUsers,
            IssueToken,
            CreateUser,
            UpdateUser,
            DeleteUser,
            RestoreUser,
            PurgeUser,
            ListUsers,
            GetUser,
            ImportUsers,
            ExportUsers,
            ListGroups,
            CreateGroup,
            UpdateGroup,
            DeleteGroup,
            ListCustomers,
            GetCustomer,
            CreateCustomer,
            UpdateCustomer,
            UpdateCustomerInternalIdentifier,
            DeleteCustomer,
            CreateRelation,
            DeleteRelation,
            ListResellers,
            GetReseller,
            CreateReseller,
            UpdateReseller,
            UpdateResellerInternalIdentifier,
            ListApiAccesses,
            CreateApiAccess,
            UpdateApiAccess,
            DeleteApiAccess,
            ListAuditLogs,
            CreateTenant,
            UpdateTenant,
            DropAuditRecords,
            ImportDirectory,
            ExportDirectory,
            RotateKeys,
            RestoreBackup,
        )
    }
}

/// How a request ended. Spelled as on the published page.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "name")]
pub enum Status {
    /// It was begun, and goes on elsewhere.
    Processing,
    /// It was done.
    Succeded,
    /// It was refused or went wrong.
    Failed,
}

/// Who acted, as the trail shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ActorEntry {
    /// `User`, `ApiAccess`, `Operator`, `System` (Rollcall itself), or `Anonymous`: nobody was verified.
    pub kind: Cow<'static, str>,
    /// The id of the user or the client.
    pub id: Option<Uuid>,
    /// What people call it.
    pub name: Option<Arc<str>>,
}

impl ActorEntry {
    /// Nobody was verified; never holds what a caller merely claims.
    pub const ANONYMOUS: Self = Self { kind: Cow::Borrowed("Anonymous"), id: None, name: None };
    /// Rollcall itself.
    pub const SYSTEM: Self = Self { kind: Cow::Borrowed("System"), id: None, name: None };
}

impl From<&Principal> for ActorEntry {
    fn from(principal: &Principal) -> Self {
        let (kind, id) = match principal.actor {
            Actor::User(id) => ("User", Some(id.0)),
            Actor::ApiAccess(id) => ("ApiAccess", Some(id.0)),
            Actor::Operator => ("Operator", None),
        };
        Self { kind: Cow::Borrowed(kind), id, name: Some(Arc::clone(&principal.name)) }
    }
}

/// One property that a write changed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PropertyChange {
    /// The wire name of the property.
    pub property_name: Cow<'static, str>,
    /// Its value before, if it had one.
    pub before: Option<String>,
    /// Its value after, if it has one.
    pub after: Option<String>,
}

impl PropertyChange {
    /// A property that had no value before.
    #[must_use]
    pub fn set(property_name: &'static str, after: &str) -> Self {
        Self { property_name: property_name.into(), before: None, after: Some(after.to_owned()) }
    }
}

/// One record of the audit trail (contract section 3).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Unique, a UUIDv7.
    pub id: Uuid,
    /// When the request was judged.
    pub timestamp: Timestamp,
    /// What was asked for.
    pub operation: Operation,
    /// How it ended.
    pub status: Status,
    /// Who asked.
    pub actor: ActorEntry,
    /// The reseller in whose context it was asked.
    pub reseller_id: Option<ResellerId>,
    /// The customer that was asked about.
    pub customer_id: Option<CustomerId>,
    /// The user, client or other thing that it was about.
    pub target_id: Option<Uuid>,
    /// Finds the answer and the log lines of the same request.
    pub correlation_id: Cow<'static, str>,
    /// Where the request came from; none for the command line.
    pub client_address: Option<Cow<'static, str>>,
    /// One sentence for people. It holds no secret and nothing that a caller merely claims.
    pub description: Cow<'static, str>,
    /// What a write changed.
    pub changes: Vec<PropertyChange>,
    /// The tenant in which it happened; none where no tenant was reached. Not part of what tenants see.
    pub tenant_id: Option<TenantId>,
    /// The reseller or the customer that the actor belongs to; none for the distributor's own and for
    /// nobody. Not part of what tenants see: it decides who sees the record.
    pub actor_owner_id: Option<Uuid>,
}

impl Record {
    /// A record of something that was asked for at `timestamp`, with all that is not said yet left open.
    #[must_use]
    pub fn new(
        id: Uuid,
        timestamp: Timestamp,
        operation: Operation,
        status: Status,
        actor: ActorEntry,
        correlation_id: impl Into<Cow<'static, str>>,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            id,
            timestamp,
            operation,
            status,
            actor,
            reseller_id: None,
            customer_id: None,
            target_id: None,
            correlation_id: correlation_id.into(),
            client_address: None,
            description: description.into(),
            changes: Vec::new(),
            tenant_id: None,
            actor_owner_id: None,
        }
    }
}
