//! What do users and groups look like, and what came of a file of users?

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::texts::{EmailText, FilledLine, Line};

/// A user.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(crate) struct UserOut {
    /// The id of the user.
    id: Uuid,
    /// The first name.
    #[schema(max_length = 255)]
    first_name: Option<String>,
    /// The last name.
    #[schema(max_length = 255)]
    last_name: Option<String>,
    /// The e-mail, as written.
    #[schema(max_length = 255)]
    email: Option<String>,
    /// The role, which follows from the owner: `customer` for a user of a customer.
    role: RoleOut,
    /// The groups, sorted by the same rule as users.
    groups: Vec<GroupOut>,
}

/// A role.
#[derive(Serialize, ToSchema)]
#[schema(as = Role)]
pub(crate) struct RoleOut {
    /// `csp`, `reseller` or `customer`.
    name: RoleName,
}

/// The name of a role.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleName {
    Csp,
    Reseller,
    Customer,
}

/// A group of users.
#[derive(Serialize, ToSchema)]
#[schema(as = Group)]
pub(crate) struct GroupOut {
    /// The id of the group.
    id: Uuid,
    /// The name of the group.
    name: String,
}

/// A user to be added. A member that is null counts as absent; unknown members are refused.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewUser)]
pub(crate) struct UserIn<R> {
    /// The id of the new user: never used in this tenant. Left out, one is made.
    id: Option<Uuid>,
    /// The first name; a blank one is none.
    first_name: Option<Line>,
    /// The last name; a blank one is none.
    last_name: Option<Line>,
    /// The e-mail: kept as written, compared without case.
    email: EmailText,
    /// Follows from the path, and may be left out.
    role: Option<RoleIn<R>>,
    /// The groups, known by their ids alone.
    #[schema(max_items = 100)]
    groups: Option<Vec<GroupRef>>,
}

/// The role that the path implies, or nothing.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleIn<R> {
    /// The name of the role.
    name: Option<R>,
}

/// The role of the distributor.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CspRole {
    Csp,
}

/// The role of a reseller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ResellerRole {
    Reseller,
}

/// The role of a customer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CustomerRole {
    Customer,
}

/// A group that a user is in.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupRef {
    /// The id of the group.
    id: Uuid,
    /// Not looked at.
    name: Option<String>,
}

/// What is to be changed of a user: absent members stay, a name that is null goes, `groups` replaces. The `id`
/// and the `role` that the user has may be sent, and change nothing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UserPatch {
    /// Another first name, or null for none any more.
    first_name: Option<Line>,
    /// Another last name, or null for none any more.
    last_name: Option<Line>,
    /// Another e-mail.
    #[schema(nullable = false)]
    email: Option<EmailText>,
    /// All groups from now on.
    #[schema(nullable = false, max_items = 100)]
    groups: Option<Vec<GroupRef>>,
}

/// The name of a group from now on. The `id` that the group has may be sent, and changes nothing.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupPatch {
    /// The name, which no other group of the tenant has.
    name: FilledLine,
}

/// A group to be added.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewGroup)]
pub(crate) struct GroupIn {
    /// The id of the group: left out, one is made.
    id: Option<Uuid>,
    /// The name, which no other group of the tenant has.
    name: FilledLine,
}

/// What came of an import.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ImportReport)]
pub(crate) struct ImportReportOut {
    /// Whether nothing was to be added.
    pub(crate) dry_run: bool,
    /// How many rows the file has.
    pub(crate) rows: u64,
    /// How many users were added, or would be.
    pub(crate) created: u64,
    /// How many deleted users came back with these values, or would.
    pub(crate) revived: u64,
    /// How many rows are at fault.
    pub(crate) faulty_rows: u64,
    /// The first 1,000 faults.
    #[schema(max_items = 1000)]
    pub(crate) faults: Vec<RowFaultOut>,
}

/// What is wrong with a row.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RowFault)]
pub(crate) struct RowFaultOut {
    /// The number of its line, from 1.
    pub(crate) row: u64,
    /// The member at fault; empty where it is the row itself.
    pub(crate) property_name: String,
    /// What is wrong with it and what would be right.
    pub(crate) description: Vec<String>,
}
