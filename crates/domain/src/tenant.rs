//! Who runs a portal? A tenant is one cloud distributor; an issuer is who may vouch for its people.

use crate::id::{ResellerId, TenantId};
use crate::text::DomainName;

/// One cloud distributor (CSP).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tenant {
    /// Unique over all tenants.
    pub id: TenantId,
    /// The name of the distributor.
    pub name: String,
    /// The domains by which its portal is opened; each belongs to one tenant only.
    pub domains: Vec<DomainName>,
}

/// An issuer of tokens that this directory trusts, and how far (contract section 4).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer {
    /// The exact `iss`.
    pub issuer: String,
    /// The `aud` that its tokens for this directory carry.
    pub audience: String,
    /// It may name principals of these tenants only.
    pub tenants: Vec<TenantId>,
    /// It may vouch for e-mail addresses of these domains only.
    pub email_domains: Vec<DomainName>,
    /// Whether an `email` of its tokens counts as verified without `email_verified`.
    pub verifies_email: bool,
}

/// Where a portal's domain leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DomainOwner {
    /// The tenant that the domain stands for.
    pub tenant: TenantId,
    /// Set for a reseller's custom domain. It narrows nothing by itself.
    pub reseller: Option<ResellerId>,
}
