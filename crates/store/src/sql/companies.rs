//! How are customers and resellers kept? Each with its company as JSON, beside the keys of its name.

use domain::access::{Reach, Scope};
use domain::customer::Customer;
use domain::error::Error;
use domain::id::{CustomerId, ResellerId, TenantId};
use domain::reseller::Reseller;
use domain::search::fold;
use domain::text::DomainName;

use super::derive::name_keys;
use super::people::{judge_context, judge_customer};
use super::rows::{of_json, reseller_column, to_json, unsigned};
use crate::sql::failure;
use crate::sql::{self, Connection, OptionalExtension, Row, params};

/// A customer as a caller sees it, and its relations.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerView {
    /// The customer, with the relations that the caller may see.
    pub customer: Customer,
    /// The revision.
    pub revision: u64,
}

/// A reseller as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResellerView {
    /// The reseller.
    pub reseller: Reseller,
    /// The revision.
    pub revision: u64,
}

/// Adds a customer with its relations; false when the id is used.
pub(crate) fn insert_customer(connection: &Connection, customer: &Customer) -> sql::Result<bool> {
    let (order, name) = name_keys(&customer.company, customer.id.0);
    let written = connection
        .prepare_cached(
            "INSERT INTO customer (tenant_id, customer_id, company, listing_version, user_count, deleted_at,
                                   order_key, name_key)
             VALUES (?1, ?2, ?3, 1, 0, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            customer.tenant.0,
            customer.id.0,
            to_json(&customer.company)?,
            customer.deleted_at.map(|time| time.to_string()),
            order.as_bytes(),
            name,
        ])?;
    if written == 0 {
        return Ok(false);
    }
    for relation in &customer.relations {
        insert_relation(
            connection,
            customer.tenant,
            customer.id,
            relation.reseller,
            relation.internal_identifier.as_deref(),
        )?;
    }
    Ok(true)
}

/// Relates a customer to a reseller, or directly to the distributor; false when it is so already.
///
/// The version of its listing begins where that of the customer is: every write that a context shows raises
/// both, so a relation that comes back has no version that it had before it ended.
pub(crate) fn insert_relation(
    connection: &Connection,
    tenant: TenantId,
    customer: CustomerId,
    reseller: Option<ResellerId>,
    identifier: Option<&str>,
) -> sql::Result<bool> {
    let written = connection
        .prepare_cached(
            "INSERT INTO relation (tenant_id, customer_id, reseller_id, internal_identifier, identifier_key,
                                   listing_version, user_count)
             SELECT tenant_id, customer_id, ?3, ?4, ?5, listing_version, 0 FROM customer
             WHERE tenant_id = ?1 AND customer_id = ?2
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            tenant.0,
            customer.0,
            reseller_column(reseller),
            identifier,
            identifier.map(fold)
        ])?;
    Ok(written == 1)
}

/// Whether the customer has this relation; none is the direct one.
pub(crate) fn is_related(
    connection: &Connection,
    tenant: TenantId,
    customer: CustomerId,
    reseller: Option<ResellerId>,
) -> sql::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM relation WHERE tenant_id = ?1 AND customer_id = ?2 AND reseller_id = ?3",
        )?
        .exists(params![tenant.0, customer.0, reseller_column(reseller)])
}

/// Adds a reseller, its domains not included; false when the id is used.
pub(crate) fn insert_reseller(connection: &Connection, reseller: &Reseller) -> sql::Result<bool> {
    let (order, name) = name_keys(&reseller.company, reseller.id.0);
    let written = connection
        .prepare_cached(
            "INSERT INTO reseller (tenant_id, reseller_id, company, internal_identifier, deleted_at, order_key,
                                   name_key, identifier_key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            reseller.tenant.0,
            reseller.id.0,
            to_json(&reseller.company)?,
            reseller.internal_identifier,
            reseller.deleted_at.map(|time| time.to_string()),
            order.as_bytes(),
            name,
            reseller.internal_identifier.as_deref().map(fold),
        ])?;
    Ok(written == 1)
}

/// Leads a domain to a tenant; false when it leads somewhere already. `position` keeps the order.
pub(crate) fn insert_domain(
    connection: &Connection,
    domain: &DomainName,
    tenant: TenantId,
    reseller: Option<ResellerId>,
    position: usize,
) -> sql::Result<bool> {
    let written = connection
        .prepare_cached(
            "INSERT INTO domain (domain, tenant_id, reseller_id, position) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            domain.as_str(),
            tenant.0,
            reseller.map(|id| id.0),
            i64::try_from(position).unwrap_or(i64::MAX)
        ])?;
    Ok(written == 1)
}

/// The columns of `customer` that [`customer_of`] reads, in its order.
pub(crate) const CUSTOMER_COLUMNS: &str = "customer_id, company, revision";

/// Reads a live customer, its relations left out.
pub(crate) fn customer_of(row: &Row<'_>, tenant: TenantId) -> sql::Result<CustomerView> {
    let customer = Customer {
        tenant,
        id: CustomerId(row.get(0)?),
        company: of_json(row, 1)?,
        relations: Vec::new(),
        deleted_at: None,
    };
    Ok(CustomerView { customer, revision: unsigned(row, 2)? })
}

/// The revision of a customer that is known to exist.
pub(crate) fn revision(connection: &Connection, tenant: TenantId, customer: CustomerId) -> sql::Result<u64> {
    connection
        .prepare_cached("SELECT revision FROM customer WHERE tenant_id = ?1 AND customer_id = ?2")?
        .query_row(params![tenant.0, customer.0], |row| unsigned(row, 0))
}

/// The columns of `reseller` that [`reseller_of`] reads, in its order.
pub(crate) const RESELLER_COLUMNS: &str = "reseller_id, company, internal_identifier, revision";

/// Reads a live reseller with its domains.
pub(crate) fn reseller_of(
    connection: &Connection,
    row: &Row<'_>,
    tenant: TenantId,
) -> sql::Result<ResellerView> {
    let id = ResellerId(row.get(0)?);
    let reseller = Reseller {
        tenant,
        id,
        company: of_json(row, 1)?,
        internal_identifier: row.get(2)?,
        domains: super::export::domains(connection, tenant, Some(id))?,
        deleted_at: None,
    };
    Ok(ResellerView { reseller, revision: unsigned(row, 3)? })
}

/// The customer of a scope.
///
/// # Errors
/// It does not exist for the scope, or the reseller of the context is not related to it.
pub(crate) fn customer(connection: &Connection, scope: &Scope) -> Result<CustomerView, Error> {
    judge_customer(connection, scope)?;
    let read = || -> sql::Result<Option<CustomerView>> {
        let found = connection
            .prepare_cached(&format!(
                "SELECT {CUSTOMER_COLUMNS} FROM customer
                 WHERE tenant_id = ?1 AND customer_id = ?2 AND deleted_at IS NULL"
            ))?
            .query_row(params![scope.tenant().0, scope.customer().0], |row| customer_of(row, scope.tenant()))
            .optional()?;
        found.map(|view| super::company_lists::with_relations(connection, &scope.reach(), view)).transpose()
    };
    read().map_err(failure)?.ok_or(Error::CustomerNotFound)
}

/// The reseller of a right's context.
///
/// # Errors
/// It does not exist in the tenant.
pub(crate) fn reseller(connection: &Connection, reach: &Reach) -> Result<ResellerView, Error> {
    judge_context(connection, reach)?;
    let id = reach.context().ok_or(Error::ResellerNotFound)?;
    let found = connection
        .prepare_cached(&format!(
            "SELECT {RESELLER_COLUMNS} FROM reseller
             WHERE tenant_id = ?1 AND reseller_id = ?2 AND deleted_at IS NULL"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(params![reach.tenant().0, id.0], |row| {
                    reseller_of(connection, row, reach.tenant())
                })
                .optional()
        })
        .map_err(failure)?;
    found.ok_or(Error::ResellerNotFound)
}
