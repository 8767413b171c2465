//! Who buys? A customer of a tenant, in direct relation or through resellers.

use jiff::Timestamp;

use crate::company::Company;
use crate::id::{CustomerId, ResellerId, TenantId};

/// A way in which a customer is served: by a reseller, or directly by the distributor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relation {
    /// The reseller, or none for the direct relation.
    pub reseller: Option<ResellerId>,
    /// What this reseller (or the distributor) calls the customer in its own books.
    pub internal_identifier: Option<String>,
}

/// A customer of one tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Customer {
    /// The tenant that the customer belongs to.
    pub tenant: TenantId,
    /// Unique within the tenant.
    pub id: CustomerId,
    /// The company.
    pub company: Company,
    /// All relations, at most one with each reseller and one direct.
    pub relations: Vec<Relation>,
    /// When the customer was deleted.
    pub deleted_at: Option<Timestamp>,
}
