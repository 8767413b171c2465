//! What do API Accesses look like?

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::texts::{FilledLine, SecretText};
use super::users::{CspRole, CustomerRole, ResellerRole, RoleName};

/// An API Access.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApiAccess)]
pub(crate) struct ApiAccessOut {
    client_id: Uuid,
    name: String,
    role: RoleName,
    /// The reseller that the role is of.
    reseller: Option<Uuid>,
    /// The customer that the role is of.
    customer: Option<Uuid>,
    permission: Permission,
    disabled: bool,
    /// The issuer that it takes its tokens from; null for Rollcall's own.
    issuer: Option<String>,
    /// How many secrets are live.
    secrets: u8,
}

/// What an API Access may do.
#[derive(Serialize, ToSchema)]
pub(crate) enum Permission {
    Administrator,
    Viewer,
}

/// An API Access to be added: of the distributor, of a reseller or of a customer.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = NewApiAccess)]
pub(crate) enum ApiAccessIn {
    Csp(CspAccessIn),
    Reseller(ResellerAccessIn),
    Customer(CustomerAccessIn),
}

/// An API Access of the distributor.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewCspAccess)]
pub(crate) struct CspAccessIn {
    /// Left out, one is made.
    client_id: Option<Uuid>,
    name: FilledLine,
    role: CspRole,
    permission: Permission,
    disabled: Option<bool>,
    /// A trusted issuer that it takes its tokens from; left out for Rollcall's own.
    issuer: Option<String>,
}

/// An API Access of a reseller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewResellerAccess)]
pub(crate) struct ResellerAccessIn {
    /// Left out, one is made.
    client_id: Option<Uuid>,
    name: FilledLine,
    role: ResellerRole,
    /// Which reseller.
    reseller: Uuid,
    permission: Permission,
    disabled: Option<bool>,
    /// A trusted issuer that it takes its tokens from; left out for Rollcall's own.
    issuer: Option<String>,
}

/// An API Access of a customer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewCustomerAccess)]
pub(crate) struct CustomerAccessIn {
    /// Left out, one is made.
    client_id: Option<Uuid>,
    name: FilledLine,
    role: CustomerRole,
    /// Which customer.
    customer: Uuid,
    permission: Permission,
    disabled: Option<bool>,
    /// A trusted issuer that it takes its tokens from; left out for Rollcall's own.
    issuer: Option<String>,
}

/// An API Access that was added.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ApiAccessIssued {
    pub(crate) client_id: Uuid,
    /// Shown this once; null if it takes its tokens from another issuer.
    pub(crate) secret: Option<String>,
}

/// What is to be changed of an API Access: absent members stay.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ApiAccessPatch {
    #[schema(nullable = false)]
    name: Option<FilledLine>,
    #[schema(nullable = false)]
    permission: Option<Permission>,
    disabled: Option<bool>,
    /// One more secret: a text that is it, or true for one that is made and shown. Two are live at most.
    new_secret: Option<SecretOrTrue>,
    /// A secret that is good no more: a text that is it, or true for the older one.
    drop_secret: Option<SecretOrTrue>,
}

/// A secret, or true.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum SecretOrTrue {
    Secret(SecretText),
    True(bool),
}
