//! What do customers and resellers look like?

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::texts::{Country, DomainText, EmailText, FilledLine, Line, Null, ShortLine};

/// A customer.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Customer)]
pub(crate) struct CustomerOut {
    id: Uuid,
    company_name: String,
    tax_id: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    address_line1: Option<String>,
    address_line2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip: Option<String>,
    first_name: Option<String>,
    middle_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    /// What the reseller in `resellerId` calls the customer, or the distributor if that is null.
    internal_identifier: Option<String>,
    /// The relation that is shown: that of the reseller who asks or is asked for, else the direct one (null).
    reseller_id: Option<Uuid>,
    /// The relations that this caller may see.
    customer_associations: Vec<AssociationOut>,
}

/// A relation of a customer: with a reseller, or directly with the distributor (null).
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CustomerAssociation)]
pub(crate) struct AssociationOut {
    reseller_id: Option<Uuid>,
    internal_identifier: Option<String>,
}

/// A customer to be added. A member that is null counts as absent; unknown members are refused.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewCustomer)]
pub(crate) struct CustomerIn {
    /// The id of the new customer; left out, one is made.
    id: Option<Uuid>,
    company_name: FilledLine,
    tax_id: Option<Line>,
    country: Country,
    address_line1: FilledLine,
    address_line2: Option<Line>,
    city: FilledLine,
    state: FilledLine,
    zip: ShortLine,
    first_name: FilledLine,
    middle_name: Option<Line>,
    last_name: FilledLine,
    email: EmailText,
    phone: ShortLine,
    internal_identifier: Option<Line>,
    /// The reseller that the customer is related to; null for a direct relation. A reseller's own is filled in.
    reseller_id: Option<Uuid>,
    /// Empty or left out: relations are made one by one.
    #[schema(max_items = 0)]
    customer_associations: Option<Vec<serde_json::Value>>,
}

/// What is to be changed of a customer's account: as the published page wraps it, or the members alone.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CustomerAccountInfo {
    Wrapped(WrappedAccountInfo),
    Bare(AccountInfo),
}

/// What is to be changed of a customer's account, as the published page wraps it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WrappedAccountInfo {
    customer: AccountInfo,
    /// Accepted and not used: there are no other providers here.
    retry_failed_provider_customers_from_company_info: Option<bool>,
}

/// What is to be changed of an account: absent members stay. The `id` that the customer has may be sent, and
/// changes nothing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccountInfo {
    #[schema(nullable = false)]
    company_name: Option<FilledLine>,
    tax_id: Option<Line>,
    #[schema(nullable = false)]
    country: Option<Country>,
    #[schema(nullable = false)]
    address_line1: Option<FilledLine>,
    address_line2: Option<Line>,
    #[schema(nullable = false)]
    city: Option<FilledLine>,
    #[schema(nullable = false)]
    state: Option<FilledLine>,
    #[schema(nullable = false)]
    zip: Option<ShortLine>,
    #[schema(nullable = false)]
    first_name: Option<FilledLine>,
    middle_name: Option<Line>,
    #[schema(nullable = false)]
    last_name: Option<FilledLine>,
    #[schema(nullable = false)]
    email: Option<EmailText>,
    #[schema(nullable = false)]
    phone: Option<ShortLine>,
}

/// What a customer is called in somebody's books: a bare JSON string, or null, for the caller's own.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum CustomerIdentifier {
    Of(IdentifierOf),
    Own(Line),
    None(#[schema(inline)] Null),
}

/// What a reseller is called in the distributor's books.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ResellerIdentifier {
    Is(Line),
    None(#[schema(inline)] Null),
}

/// What a customer is called in the books of a reseller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct IdentifierOf {
    /// The identifier from now on; null for none.
    #[schema(required)]
    internal_identifier: Option<Line>,
    /// Whose books: a reseller's, or the caller's own if it is null.
    reseller_id: Option<Uuid>,
}

/// A reseller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Reseller)]
pub(crate) struct ResellerOut {
    id: Uuid,
    company_name: String,
    tax_id: Option<String>,
    /// ISO 3166-1 alpha-2.
    country: Option<String>,
    address_line1: Option<String>,
    address_line2: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip_code: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    internal_identifier: Option<String>,
    /// A domain of its own, which is legal as `X-Tenant` of its distributor.
    custom_domain: Option<String>,
}

/// A reseller to be added. A member that is null counts as absent; unknown members are refused.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewReseller)]
pub(crate) struct ResellerIn {
    /// The id of the new reseller; left out, one is made.
    id: Option<Uuid>,
    company_name: FilledLine,
    tax_id: Option<Line>,
    country: Country,
    address_line1: FilledLine,
    address_line2: Option<Line>,
    city: FilledLine,
    state: FilledLine,
    zip_code: ShortLine,
    first_name: FilledLine,
    last_name: FilledLine,
    email: EmailText,
    phone: ShortLine,
    internal_identifier: Option<Line>,
    /// A domain of its own, used by nobody yet.
    custom_domain: Option<DomainText>,
}

/// What is to be changed of a reseller's account: absent members stay. The `id` that the reseller has may be sent,
/// and changes nothing.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ResellerAccountInfo {
    #[schema(nullable = false)]
    company_name: Option<FilledLine>,
    tax_id: Option<Line>,
    #[schema(nullable = false)]
    country: Option<Country>,
    #[schema(nullable = false)]
    address_line1: Option<FilledLine>,
    address_line2: Option<Line>,
    #[schema(nullable = false)]
    city: Option<FilledLine>,
    #[schema(nullable = false)]
    state: Option<FilledLine>,
    #[schema(nullable = false)]
    zip_code: Option<ShortLine>,
    #[schema(nullable = false)]
    first_name: Option<FilledLine>,
    #[schema(nullable = false)]
    last_name: Option<FilledLine>,
    #[schema(nullable = false)]
    email: Option<EmailText>,
    #[schema(nullable = false)]
    phone: Option<ShortLine>,
    /// Another domain of its own, or null for none any more.
    custom_domain: Option<DomainText>,
}
