//! Which customers and resellers are there, as this caller may see them? By name, a page at a time; words are
//! looked for in the folded names, which the index holds beside their order.

use domain::access::Reach;
use domain::customer::Relation;
use domain::error::Error;
use domain::principal::Role;
use domain::search::fold;

use super::companies::{
    CUSTOMER_COLUMNS, CustomerView, RESELLER_COLUMNS, ResellerView, customer_of, reseller_of,
};
use super::people::judge_context;
use super::rows::{self, unsigned};
use crate::sql::failure;
use crate::sql::{self, Connection, named_params, params};

/// What is asked of a list of companies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CompanyQuery {
    /// A text that the name, or the internal identifier, holds.
    pub search: Option<(CompanyField, String)>,
    /// From A to Z, or back.
    pub ascending: bool,
    /// How many at most.
    pub limit: u32,
    /// How many to pass over.
    pub offset: u64,
}

/// Where a text is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompanyField {
    /// In the name of the company.
    Name,
    /// In what the reseller, or the distributor, calls it.
    InternalIdentifier,
}

/// What the folded name, or the folded identifier, must hold; one at most is there.
fn wanted(query: &CompanyQuery) -> (Option<String>, Option<String>) {
    match &query.search {
        None => (None, None),
        Some((CompanyField::Name, text)) => (Some(fold(text)), None),
        Some((CompanyField::InternalIdentifier, text)) => (None, Some(fold(text))),
    }
}

fn offset(query: &CompanyQuery) -> i64 {
    i64::try_from(query.offset).unwrap_or(i64::MAX)
}

/// The relation whose identifier a caller sees: that of the context, else the direct one. On a server the index of names
/// is of those that are live in these very words.
const CUSTOMERS: &str = "
    FROM customer
    WHERE customer.tenant_id = :tenant AND customer.deleted_at IS NULL AND (customer.deleted_at IS NULL) IS TRUE
      AND (customer.customer_id = :customer OR :customer IS NULL)
      AND (EXISTS (
              SELECT 1 FROM relation WHERE relation.tenant_id = customer.tenant_id
                AND relation.customer_id = customer.customer_id AND relation.reseller_id = :reseller)
           OR :reseller IS NULL)
      AND (instr(name_key, :name) > 0 OR :name IS NULL)
      AND (EXISTS (
              SELECT 1 FROM relation WHERE relation.tenant_id = customer.tenant_id
                AND relation.customer_id = customer.customer_id
                AND relation.reseller_id = coalesce(:reseller, x'')
                AND instr(relation.identifier_key, :identifier) > 0)
           OR :identifier IS NULL)";

/// A page of the customers that a right reaches, and how many there are in all.
///
/// # Errors
/// The reseller that the right is narrowed to does not exist, or the database failed.
pub(crate) fn customers(
    connection: &Connection,
    reach: &Reach,
    query: &CompanyQuery,
) -> Result<(u64, Vec<CustomerView>), Error> {
    judge_context(connection, reach)?;
    let tenant = reach.tenant();
    let (name, identifier) = wanted(query);
    let own = match reach.role() {
        Role::Customer(id) => Some(id.0),
        Role::Csp | Role::Reseller(_) => None,
    };
    let reseller = reach.context().map(|id| id.0);
    let read = || -> sql::Result<(u64, Vec<CustomerView>)> {
        let total = connection.prepare_cached(&format!("SELECT count(*) {CUSTOMERS}"))?.query_row(
            named_params! {
                ":tenant": tenant.0, ":customer": own, ":reseller": reseller, ":name": name,
                ":identifier": identifier,
            },
            |row| unsigned(row, 0),
        )?;
        let direction = if query.ascending { "ASC" } else { "DESC" };
        let views: Vec<CustomerView> = connection
            .prepare_cached(&format!(
                "SELECT {CUSTOMER_COLUMNS} {CUSTOMERS} ORDER BY order_key {direction} LIMIT :limit OFFSET :offset"
            ))?
            .query_map(
                named_params! {
                    ":tenant": tenant.0, ":customer": own, ":reseller": reseller, ":name": name,
                    ":identifier": identifier, ":limit": query.limit, ":offset": offset(query),
                },
                |row| customer_of(row, tenant),
            )?
            .collect::<Result<_, _>>()?;
        let views = views.into_iter().map(|view| with_relations(connection, reach, view));
        Ok((total, views.collect::<Result<_, _>>()?))
    };
    read().map_err(failure)
}

/// The customer with the relations that a caller may see: a reseller its own, a customer's people no
/// identifiers, for those are others' books, and nobody those with resellers that are deleted.
pub(crate) fn with_relations(
    connection: &Connection,
    reach: &Reach,
    mut view: CustomerView,
) -> sql::Result<CustomerView> {
    let only = match reach.role() {
        Role::Csp | Role::Customer(_) => None,
        Role::Reseller(own) => Some(own.0),
    };
    let is_customers = matches!(reach.role(), Role::Customer(_));
    view.customer.relations = connection
        .prepare_cached(
            "SELECT reseller_id, internal_identifier FROM relation
             WHERE tenant_id = ?1 AND customer_id = ?2 AND (reseller_id = ?3 OR ?3 IS NULL)
               AND (reseller_id = x'' OR EXISTS (
                       SELECT 1 FROM reseller WHERE reseller.tenant_id = ?1
                         AND reseller.reseller_id = relation.reseller_id AND reseller.deleted_at IS NULL))
             ORDER BY reseller_id",
        )?
        .query_map(params![reach.tenant().0, view.customer.id.0, only], |row| {
            Ok(Relation {
                reseller: rows::reseller_of(row.blob(0)?)?,
                internal_identifier: row.get::<Option<String>>(1)?.filter(|_| !is_customers),
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(view)
}

const RESELLERS: &str = "
    FROM reseller
    WHERE tenant_id = :tenant AND deleted_at IS NULL AND (deleted_at IS NULL) IS TRUE
      AND (instr(name_key, :name) > 0 OR :name IS NULL)
      AND (instr(identifier_key, :identifier) > 0 OR :identifier IS NULL)";

/// A page of the resellers of a tenant, and how many there are in all.
pub(crate) fn resellers(
    connection: &Connection,
    reach: &Reach,
    query: &CompanyQuery,
) -> sql::Result<(u64, Vec<ResellerView>)> {
    let tenant = reach.tenant();
    let (name, identifier) = wanted(query);
    let total = connection.prepare_cached(&format!("SELECT count(*) {RESELLERS}"))?.query_row(
        named_params! { ":tenant": tenant.0, ":name": name, ":identifier": identifier },
        |row| unsigned(row, 0),
    )?;
    let direction = if query.ascending { "ASC" } else { "DESC" };
    let views = connection
        .prepare_cached(&format!(
            "SELECT {RESELLER_COLUMNS} {RESELLERS} ORDER BY order_key {direction} LIMIT :limit OFFSET :offset"
        ))?
        .query_map(
            named_params! {
                ":tenant": tenant.0, ":name": name, ":identifier": identifier, ":limit": query.limit,
                ":offset": offset(query),
            },
            |row| reseller_of(connection, row, tenant),
        )?
        .collect::<Result<_, _>>()?;
    Ok((total, views))
}
