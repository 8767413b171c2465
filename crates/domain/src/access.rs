//! What may a caller see and change? [`reach`] and [`grant`] are the one place that says so. The [`Reach`]
//! and the [`Scope`] that they make are the only keys to people, customers and records: every store
//! function that touches them asks for one.

pub use crate::action::Action;
use crate::error::Error;
use crate::id::{CustomerId, ResellerId, TenantId};
use crate::principal::{Principal, Role};

/// A right: one part of one tenant. It cannot be made but by [`reach`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Reach {
    tenant: TenantId,
    role: Role,
    context: Option<ResellerId>,
}

impl Reach {
    /// The tenant that everything is looked up in.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The role that limits what exists for this caller.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Only what is in this reseller's context; none for all that the role reaches.
    #[must_use]
    pub fn context(&self) -> Option<ResellerId> {
        self.context
    }
}

/// A right: the users of one customer, as far as one caller may see them. It cannot be made but by
/// [`grant`], and it is the first part of every key of a cache, an `ETag` and a continuation token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Scope {
    reach: Reach,
    customer: CustomerId,
}

impl Scope {
    /// The part of the tenant that the customer must be in to exist for this caller.
    #[must_use]
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// The tenant that everything is looked up in.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.reach.tenant
    }

    /// The role whose reach limits which customers exist for this caller.
    #[must_use]
    pub fn role(&self) -> Role {
        self.reach.role
    }

    /// The customer that is asked about.
    #[must_use]
    pub fn customer(&self) -> CustomerId {
        self.customer
    }

    /// Only users in this reseller's context; none for all users of the customer.
    #[must_use]
    pub fn context(&self) -> Option<ResellerId> {
        self.reach.context
    }

    /// The scope in one unambiguous byte string, to bind tokens and tags to it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes_of(self.tenant(), self.role(), self.customer, self.context())
    }
}

/// The bytes of the scope that [`grant`] would give, for those who have to judge what is bound to a scope
/// before it may be granted.
#[must_use]
pub fn scope_bytes(principal: &Principal, customer: CustomerId, asked: Option<ResellerId>) -> Vec<u8> {
    bytes_of(principal.tenant, principal.role, customer, context_of(principal.role, asked))
}

/// What the role of a principal reaches, in one unambiguous byte string: to bind entity tags to it.
#[must_use]
pub fn role_bytes(principal: &Principal) -> Vec<u8> {
    let (kind, of) = role_parts(principal.role);
    [&principal.tenant.as_bytes()[..], &[kind], &of].concat()
}

/// In whose context a role asks: a reseller always in its own.
fn context_of(role: Role, asked: Option<ResellerId>) -> Option<ResellerId> {
    match role {
        Role::Csp | Role::Customer(_) => asked,
        Role::Reseller(own) => Some(own),
    }
}

fn role_parts(role: Role) -> (u8, [u8; 16]) {
    match role {
        Role::Csp => (0, [0; 16]),
        Role::Reseller(id) => (1, *id.as_bytes()),
        Role::Customer(id) => (2, *id.as_bytes()),
    }
}

fn bytes_of(tenant: TenantId, role: Role, customer: CustomerId, context: Option<ResellerId>) -> Vec<u8> {
    let (kind, of) = role_parts(role);
    let (filtered, context) = context.map_or((0, [0; 16]), |id| (1, *id.as_bytes()));
    let parts: [&[u8]; 6] = [tenant.as_bytes(), &[kind], &of, customer.as_bytes(), &[filtered], &context];
    parts.concat()
}

/// Judges whether `principal` may do `action` at all, and cuts what it reaches. `asked` is the reseller that
/// the request names, as a parameter or in its path. Whether that reseller exists, the store finds out with
/// the right in its hand.
///
/// # Errors
/// [`Error::PermissionDenied`], then [`Error::ResellerScopeMismatch`]: the order of contract section 1.
pub fn reach(principal: &Principal, action: Action, asked: Option<ResellerId>) -> Result<Reach, Error> {
    let is_open = action.is_open_to(principal.role, principal.permissions);
    match (principal.role, asked) {
        _ if !is_open => Err(Error::PermissionDenied),
        (Role::Reseller(own), Some(asked)) if asked != own => Err(Error::ResellerScopeMismatch),
        (role, asked) => Ok(Reach { tenant: principal.tenant, role, context: context_of(role, asked) }),
    }
}

/// Judges whether `principal` may do `action` with `customer`, and cuts what it sees of its users (contract
/// section 1, "Who sees what"). Whether the customer exists for the caller and whether the reseller is
/// related to it, the store finds out with the right in its hand.
///
/// # Errors
/// As of [`reach`].
pub fn grant(
    principal: &Principal,
    action: Action,
    customer: CustomerId,
    asked: Option<ResellerId>,
) -> Result<Scope, Error> {
    reach(principal, action, asked).map(|reach| Scope { reach, customer })
}
