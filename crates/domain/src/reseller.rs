//! Who sells? A reseller of a tenant, with domains of its own perhaps.

use jiff::Timestamp;

use crate::company::Company;
use crate::id::{ResellerId, TenantId};
use crate::text::DomainName;

/// A reseller of one tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reseller {
    /// The tenant that the reseller belongs to.
    pub tenant: TenantId,
    /// Unique within the tenant.
    pub id: ResellerId,
    /// The company.
    pub company: Company,
    /// What the distributor calls the reseller in its own books.
    pub internal_identifier: Option<String>,
    /// Custom domains: legal as `X-Tenant` of the tenant, narrowing nothing by themselves.
    pub domains: Vec<DomainName>,
    /// When the reseller was deleted; its people and programs are dead with it.
    pub deleted_at: Option<Timestamp>,
}
