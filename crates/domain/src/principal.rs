//! Who is asking? A principal is a person or a program with a role in one tenant.

use std::sync::Arc;

use jiff::Timestamp;

use crate::group::{ADMINISTRATOR, VIEWER};
use crate::id::{ClientId, CustomerId, GroupId, ResellerId, TenantId, UserId};
use crate::user::Owner;

/// The role of a principal, with what it is a role of (contract section 1, "Who sees what").
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Role {
    /// Of the distributor: sees the whole tenant.
    Csp,
    /// Of one reseller.
    Reseller(ResellerId),
    /// Of one customer.
    Customer(CustomerId),
}

impl From<Owner> for Role {
    fn from(owner: Owner) -> Self {
        match owner {
            Owner::Csp => Self::Csp,
            Owner::Reseller(id) => Self::Reseller(id),
            Owner::Customer(id) => Self::Customer(id),
        }
    }
}

/// What a principal may do within its scope (contract section 5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Permissions {
    /// May read.
    pub read: bool,
    /// May write.
    pub write: bool,
}

impl Permissions {
    /// Those of `Administrator`.
    pub const ADMINISTRATOR: Self = Self { read: true, write: true };
    /// Those of `Viewer`.
    pub const VIEWER: Self = Self { read: true, write: false };

    /// What membership in these groups allows.
    #[must_use]
    pub fn of_groups(groups: impl IntoIterator<Item = GroupId>) -> Self {
        groups.into_iter().fold(Self::default(), |so_far, group| match group {
            ADMINISTRATOR => Self::ADMINISTRATOR,
            VIEWER => Self { read: true, ..so_far },
            _ => so_far,
        })
    }
}

/// The permission that an API Access holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApiPermission {
    /// Read and write.
    Administrator,
    /// Read.
    Viewer,
}

impl ApiPermission {
    /// The name in a directory file and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::Viewer => "Viewer",
        }
    }

    /// The permission of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "Administrator" => Some(Self::Administrator),
            "Viewer" => Some(Self::Viewer),
            _ => None,
        }
    }
}

impl From<ApiPermission> for Permissions {
    fn from(permission: ApiPermission) -> Self {
        match permission {
            ApiPermission::Administrator => Self::ADMINISTRATOR,
            ApiPermission::Viewer => Self::VIEWER,
        }
    }
}

/// The most live secrets of a client, so that they can be rotated (contract section 4).
pub const MOST_SECRETS: usize = 2;

/// A program's way in: one role, one context and one permission in one tenant (contract section 4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ApiAccess {
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// Unique over all tenants.
    pub client_id: ClientId,
    /// What people call it.
    pub name: String,
    /// The role, with what it is a role of.
    pub role: Role,
    /// What it may do.
    pub permission: ApiPermission,
    /// Whether it is refused.
    pub disabled: bool,
    /// The issuer that it is bound to; none for Rollcall's own.
    pub issuer: Option<String>,
    /// Argon2id hashes (PHC strings) of its live secrets, two at most.
    pub secret_hashes: Vec<String>,
    /// When its owner (a reseller or a customer) was deleted, if it was: then it is dead with it.
    pub owner_deleted_at: Option<Timestamp>,
}

/// Who acts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Actor {
    /// A portal user.
    User(UserId),
    /// A program.
    ApiAccess(ClientId),
    /// Whoever runs `rollcall` on the machine that holds the database.
    Operator,
}

/// Somebody whose token was verified and who is alive in this tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Principal {
    /// The tenant in which it acts.
    pub tenant: TenantId,
    /// Who it is.
    pub actor: Actor,
    /// What people call it, as the audit trail keeps it: of a person, sealed so that it can be forgotten.
    pub name: Arc<str>,
    /// Its role.
    pub role: Role,
    /// In whose context it is, if it is a customer's: the users that it adds are in the same.
    pub context: Option<ResellerId>,
    /// What it may do.
    pub permissions: Permissions,
}

impl Principal {
    /// The reseller or the customer that it belongs to; none for the distributor's own.
    #[must_use]
    pub fn owner_id(&self) -> Option<uuid::Uuid> {
        match self.role {
            Role::Csp => None,
            Role::Reseller(id) => Some(id.0),
            Role::Customer(id) => Some(id.0),
        }
    }

    /// The operator of the machine, acting as the distributor of `tenant`.
    #[must_use]
    pub fn operator(tenant: TenantId) -> Self {
        Self {
            tenant,
            actor: Actor::Operator,
            name: "rollcall command line".into(),
            role: Role::Csp,
            context: None,
            permissions: Permissions::ADMINISTRATOR,
        }
    }
}
