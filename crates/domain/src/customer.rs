//! Who buys? A customer of a tenant, in direct relation or through resellers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, ResellerId, TenantId};

/// What customers and resellers have in common: the company, where it is and whom to call. Everything but
/// the name may be unknown. Members are in the order of the published object.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Company {
    /// The name of the company, at most 255 characters.
    pub company_name: String,
    /// The tax id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// ISO 3166-1 alpha-2, in upper case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line1: Option<String>,
    /// More of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line2: Option<String>,
    /// The town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The state or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The postal code, at most 30 characters; a reseller calls it `zipCode` on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// First name of the person to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Middle name of the person to call; customers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Last name of the person to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail of the company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone, at most 30 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

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
