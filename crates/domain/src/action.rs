//! What can be asked for, and which role may ever do it? One row for each operation; [`crate::access`]
//! judges by them.

use crate::audit::Operation;
use crate::principal::{Permissions, Role};

/// What somebody wants to do with the directory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// `GET /v1/customer/{customerId}/users`.
    ListCustomerUsers,
    /// `GET /v1/customer/{customerId}/users/export`.
    ExportCustomerUsers,
    /// `POST /v1/customer/{customerId}/users`.
    CreateCustomerUser,
    /// `POST /v1/customer/{customerId}/users/import`.
    ImportCustomerUsers,
    /// `POST /v1/reseller/{resellerId}/users`.
    CreateResellerUser,
    /// `POST /v1/users`.
    CreateCspUser,
    /// `GET /v1` and `GET /v1/users`.
    ListUsers,
    /// `GET /v1/users/{key}`.
    GetUser,
    /// `PATCH /v1/users/{key}`.
    UpdateUser,
    /// `DELETE /v1/users/{key}`.
    DeleteUser,
    /// `POST /v1/users/{id}/restore`.
    RestoreUser,
    /// `GET /v1/users/groups`.
    ListGroups,
    /// `POST /v1/users/groups`.
    CreateGroup,
    /// `PATCH /v1/users/groups/{id}`.
    UpdateGroup,
    /// `DELETE /v1/users/groups/{id}`.
    DeleteGroup,
    /// `GET /v1/Customers`.
    ListCustomers,
    /// `GET /v1/Customers/{id}`.
    GetCustomer,
    /// `POST /v1/Customers`.
    CreateCustomer,
    /// `PATCH /v1/Customers/{id}/account-info`.
    UpdateCustomer,
    /// `PATCH /v1/Customers/{id}/internal-identifier`.
    IdentifyCustomer,
    /// `DELETE /v1/Customers/{id}`.
    DeleteCustomer,
    /// `PUT /v1/Customers/{id}/resellers/{resellerId}`.
    CreateRelation,
    /// `DELETE /v1/Customers/{id}/resellers/{resellerId}`.
    DeleteRelation,
    /// `GET /v1/Resellers`.
    ListResellers,
    /// `GET /v1/Resellers/{id}`.
    GetReseller,
    /// `POST /v1/Resellers`.
    CreateReseller,
    /// `PATCH /v1/Resellers/{id}/account-info`.
    UpdateReseller,
    /// `PATCH /v1/Resellers/{id}/internal-identifier`.
    IdentifyReseller,
    /// `GET /v1/api-access`.
    ListApiAccesses,
    /// `POST /v1/api-access`.
    CreateApiAccess,
    /// `PATCH /v1/api-access/{clientId}`.
    UpdateApiAccess,
    /// `DELETE /v1/api-access/{clientId}`.
    DeleteApiAccess,
    /// `GET /v1/AuditLogs`.
    ListAuditLogs,
}

/// The permission that an action needs, and whose it may ever be.
struct Rule {
    writes: bool,
    reseller: bool,
    customer: bool,
}

const fn reads(reseller: bool, customer: bool) -> Rule {
    Rule { writes: false, reseller, customer }
}

const fn writes(reseller: bool, customer: bool) -> Rule {
    Rule { writes: true, reseller, customer }
}

impl Action {
    /// Every action there is.
    pub const ALL: [Self; 33] = [
        Self::ListCustomerUsers,
        Self::ExportCustomerUsers,
        Self::CreateCustomerUser,
        Self::ImportCustomerUsers,
        Self::CreateResellerUser,
        Self::CreateCspUser,
        Self::ListUsers,
        Self::GetUser,
        Self::UpdateUser,
        Self::DeleteUser,
        Self::RestoreUser,
        Self::ListGroups,
        Self::CreateGroup,
        Self::UpdateGroup,
        Self::DeleteGroup,
        Self::ListCustomers,
        Self::GetCustomer,
        Self::CreateCustomer,
        Self::UpdateCustomer,
        Self::IdentifyCustomer,
        Self::DeleteCustomer,
        Self::CreateRelation,
        Self::DeleteRelation,
        Self::ListResellers,
        Self::GetReseller,
        Self::CreateReseller,
        Self::UpdateReseller,
        Self::IdentifyReseller,
        Self::ListApiAccesses,
        Self::CreateApiAccess,
        Self::UpdateApiAccess,
        Self::DeleteApiAccess,
        Self::ListAuditLogs,
    ];

    /// Whether a principal of this role with these permissions may ever do this; how far it reaches is
    /// another question. The roles are those that the published pages name for each operation.
    pub(crate) fn is_open_to(self, role: Role, permissions: Permissions) -> bool {
        let Rule { writes, reseller, customer } = self.rule();
        let permitted = if writes { permissions.write } else { permissions.read };
        permitted
            && match role {
                Role::Csp => true,
                Role::Reseller(_) => reseller,
                Role::Customer(_) => customer,
            }
    }

    /// The distributor may do everything, with the right permission.
    fn rule(self) -> Rule {
        match self {
            Self::ListCustomerUsers
            | Self::ExportCustomerUsers
            | Self::ListUsers
            | Self::GetUser
            | Self::ListGroups
            | Self::GetCustomer
            | Self::ListAuditLogs => reads(true, true),
            Self::ListCustomers | Self::GetReseller => reads(true, false),
            Self::ListResellers => reads(false, false),
            Self::CreateCustomerUser
            | Self::ImportCustomerUsers
            | Self::UpdateUser
            | Self::DeleteUser
            | Self::RestoreUser => writes(true, true),
            Self::CreateResellerUser
            | Self::CreateCustomer
            | Self::UpdateCustomer
            | Self::IdentifyCustomer => writes(true, false),
            // A relation changes only with rights at both ends, and only the distributor has those. Who has
            // an API Access is a matter of Administrators, to look at as well.
            Self::CreateCspUser
            | Self::CreateGroup
            | Self::UpdateGroup
            | Self::DeleteGroup
            | Self::DeleteCustomer
            | Self::CreateRelation
            | Self::DeleteRelation
            | Self::CreateReseller
            | Self::UpdateReseller
            | Self::IdentifyReseller
            | Self::ListApiAccesses
            | Self::CreateApiAccess
            | Self::UpdateApiAccess
            | Self::DeleteApiAccess => writes(false, false),
        }
    }

    /// The name under which the audit trail tells of it.
    #[must_use]
    pub fn operation(self) -> Operation {
        match self {
            Self::ListCustomerUsers => Operation::ListCustomerUsers,
            Self::ExportCustomerUsers => Operation::ExportUsers,
            Self::CreateCustomerUser | Self::CreateResellerUser | Self::CreateCspUser => {
                Operation::CreateUser
            }
            Self::ImportCustomerUsers => Operation::ImportUsers,
            Self::ListUsers => Operation::ListUsers,
            Self::GetUser => Operation::GetUser,
            Self::UpdateUser => Operation::UpdateUser,
            Self::DeleteUser => Operation::DeleteUser,
            Self::RestoreUser => Operation::RestoreUser,
            Self::ListGroups => Operation::ListGroups,
            Self::CreateGroup => Operation::CreateGroup,
            Self::UpdateGroup => Operation::UpdateGroup,
            Self::DeleteGroup => Operation::DeleteGroup,
            Self::ListCustomers => Operation::ListCustomers,
            Self::GetCustomer => Operation::GetCustomer,
            Self::CreateCustomer => Operation::CreateCustomer,
            Self::UpdateCustomer => Operation::UpdateCustomer,
            Self::IdentifyCustomer => Operation::UpdateCustomerInternalIdentifier,
            Self::DeleteCustomer => Operation::DeleteCustomer,
            Self::CreateRelation => Operation::CreateRelation,
            Self::DeleteRelation => Operation::DeleteRelation,
            Self::ListResellers => Operation::ListResellers,
            Self::GetReseller => Operation::GetReseller,
            Self::CreateReseller => Operation::CreateReseller,
            Self::UpdateReseller => Operation::UpdateReseller,
            Self::IdentifyReseller => Operation::UpdateResellerInternalIdentifier,
            Self::ListApiAccesses => Operation::ListApiAccesses,
            Self::CreateApiAccess => Operation::CreateApiAccess,
            Self::UpdateApiAccess => Operation::UpdateApiAccess,
            Self::DeleteApiAccess => Operation::DeleteApiAccess,
            Self::ListAuditLogs => Operation::ListAuditLogs,
        }
    }
}
