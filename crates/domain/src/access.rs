//! What may a caller see? [`grant`] is the one place that says so, and the [`Scope`] it makes is the only
//! key to a customer's people: every store function that touches them asks for one.

use crate::error::Error;
use crate::id::{CustomerId, ResellerId, TenantId};
use crate::principal::{Principal, Role};

/// What somebody wants to do with the users of a customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// `GET /v1/customer/{customerId}/users`.
    ListCustomerUsers,
}

impl Action {
    /// Every action there is.
    pub const ALL: [Self; 1] = [Self::ListCustomerUsers];
}

/// A right: the users of one customer, as far as one caller may see them. It cannot be made but by
/// [`grant`], and it is the first part of every key of a cache, an `ETag` and a continuation token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Scope {
    tenant: TenantId,
    reach: Role,
    customer: CustomerId,
    context: Option<ResellerId>,
}

impl Scope {
    /// The tenant that everything is looked up in.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The role whose reach limits which customers exist for this caller.
    #[must_use]
    pub fn reach(&self) -> Role {
        self.reach
    }

    /// The customer that is asked about.
    #[must_use]
    pub fn customer(&self) -> CustomerId {
        self.customer
    }

    /// Only users in this reseller's context; none for all users of the customer.
    #[must_use]
    pub fn context(&self) -> Option<ResellerId> {
        self.context
    }

    /// The scope in one unambiguous byte string, to bind tokens and tags to it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes_of(self.tenant, self.reach, self.customer, self.context)
    }
}

/// The bytes of the scope that [`grant`] would give, for those who have to judge what is bound to a scope
/// before it may be granted.
#[must_use]
pub fn scope_bytes(principal: &Principal, customer: CustomerId, asked: Option<ResellerId>) -> Vec<u8> {
    bytes_of(principal.tenant, principal.role, customer, context_of(principal.role, asked))
}

/// In whose context a role asks: a reseller always in its own.
fn context_of(role: Role, asked: Option<ResellerId>) -> Option<ResellerId> {
    match role {
        Role::Csp | Role::Customer(_) => asked,
        Role::Reseller(own) => Some(own),
    }
}

fn bytes_of(tenant: TenantId, reach: Role, customer: CustomerId, context: Option<ResellerId>) -> Vec<u8> {
    let (kind, of) = match reach {
        Role::Csp => (0, [0; 16]),
        Role::Reseller(id) => (1, *id.as_bytes()),
        Role::Customer(id) => (2, *id.as_bytes()),
    };
    let (filtered, context) = context.map_or((0, [0; 16]), |id| (1, *id.as_bytes()));
    let parts: [&[u8]; 6] = [tenant.as_bytes(), &[kind], &of, customer.as_bytes(), &[filtered], &context];
    parts.concat()
}

/// Judges whether `principal` may do `action` with the users of `customer`, and cuts what it sees
/// (contract section 1, "Who sees what"). Whether the customer exists for the caller and whether the
/// reseller is related to it, the store finds out with the scope in its hand.
///
/// # Errors
/// [`Error::PermissionDenied`], then [`Error::ResellerScopeMismatch`]: the order of the contract.
pub fn grant(
    principal: &Principal,
    action: Action,
    customer: CustomerId,
    asked: Option<ResellerId>,
) -> Result<Scope, Error> {
    let permitted = match action {
        Action::ListCustomerUsers => principal.permissions.read,
    };
    match (principal.role, asked) {
        _ if !permitted => Err(Error::PermissionDenied),
        (Role::Reseller(own), Some(asked)) if asked != own => Err(Error::ResellerScopeMismatch),
        (role, asked) => {
            Ok(Scope { tenant: principal.tenant, reach: role, customer, context: context_of(role, asked) })
        }
    }
}
