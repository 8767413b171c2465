//! How are customers added, changed and deleted?

use domain::access::{Reach, Scope};
use domain::change::{Difference, NewCustomer, Outcome};
use domain::company::{CompanyKind, CompanyPatch};
use domain::customer::{Customer, Relation};
use domain::error::Error;
use domain::id::{CustomerId, TenantId};
use domain::search::fold;
use uuid::Uuid;

use super::{Applied, Stale, Told, Tools, plain};
use crate::sql::companies::{self, CustomerView};
use crate::sql::derive::name_keys;
use crate::sql::failure;
use crate::sql::people::judge_context;
use crate::sql::rows::{reseller_column, to_json};
use crate::sql::{self, Connection, params};
use crate::sql::{terms, users};

/// How many users one step hides, so that the writer is never held up for long.
const STEP: usize = 1_000;

pub(super) fn add(connection: &Connection, reach: &Reach, new: &NewCustomer) -> Result<Applied, Error> {
    judge_context(connection, reach)?;
    let relation =
        Relation { reseller: reach.context(), internal_identifier: new.internal_identifier.clone() };
    let customer = Customer {
        tenant: reach.tenant(),
        id: new.id,
        company: new.company.clone(),
        relations: vec![relation],
        deleted_at: None,
    };
    if !companies::insert_customer(connection, &customer).map_err(failure)? {
        return Err(Error::invalid("id", "This id is used already; leave it out or choose another."));
    }
    let mut differences = Difference::of_companies(CompanyKind::Customer, None, &new.company);
    differences.extend(Difference::of("internalIdentifier", None, new.internal_identifier.clone()));
    let told = Told { reseller: reach.context(), changes: plain(differences), ..about(new.id) };
    let stale = Stale::Customer(reach.tenant(), new.id);
    Ok(Applied::done(told).with(Outcome::Added(new.id.0)).at_revision(1).stale([stale]))
}

fn about(id: CustomerId) -> Told {
    Told { target: Some(id.0), customer: Some(id), ..Told::default() }
}

pub(super) fn change(
    connection: &Connection,
    tools: &Tools<'_>,
    scope: &Scope,
    patch: &CompanyPatch,
) -> Result<Applied, Error> {
    let CustomerView { customer, revision } = companies::customer(connection, scope)?;
    tools.judge_revision(customer.id.0, revision)?;
    let company = patch.applied_to(&customer.company);
    let (order, name) = name_keys(&company, customer.id.0);
    let write = || {
        connection
            .prepare_cached(
                "UPDATE customer SET company = ?3, order_key = ?4, name_key = ?5, revision = revision + 1
                 WHERE tenant_id = ?1 AND customer_id = ?2",
            )?
            .execute(params![
                scope.tenant().0,
                scope.customer().0,
                to_json(&company)?,
                order.as_bytes(),
                name
            ])
    };
    write().map_err(failure)?;
    let differences = Difference::of_companies(CompanyKind::Customer, Some(&customer.company), &company);
    let told = Told { reseller: scope.context(), changes: plain(differences), ..about(customer.id) };
    Ok(Applied::done(told).at_revision(revision + 1))
}

pub(super) fn identify(
    connection: &Connection,
    tools: &Tools<'_>,
    scope: &Scope,
    identifier: Option<&str>,
) -> Result<Applied, Error> {
    let CustomerView { customer, revision } = companies::customer(connection, scope)?;
    tools.judge_revision(customer.id.0, revision)?;
    let relation = customer.relations.iter().find(|relation| relation.reseller == scope.context());
    let Some(relation) = relation else {
        return Err(Error::invalid(
            "resellerId",
            "The customer has no direct relation; name the reseller whose identifier is meant.",
        ));
    };
    let write = || -> sql::Result<()> {
        connection
            .prepare_cached(
                "UPDATE relation SET internal_identifier = ?4, identifier_key = ?5
                 WHERE tenant_id = ?1 AND customer_id = ?2 AND reseller_id = ?3",
            )?
            .execute(params![
                scope.tenant().0,
                scope.customer().0,
                reseller_column(scope.context()),
                identifier,
                identifier.map(fold)
            ])?;
        raise_revision(connection, scope)
    };
    write().map_err(failure)?;
    let difference = Difference::of(
        "internalIdentifier",
        relation.internal_identifier.clone(),
        identifier.map(str::to_owned),
    );
    let changes = plain(difference.into_iter().collect());
    let told = Told { reseller: scope.context(), changes, ..about(customer.id) };
    Ok(Applied::done(told).at_revision(revision + 1))
}

/// The relations of a customer are part of what is shown of it.
pub(super) fn raise_revision(connection: &Connection, scope: &Scope) -> sql::Result<()> {
    connection
        .prepare_cached(
            "UPDATE customer SET revision = revision + 1 WHERE tenant_id = ?1 AND customer_id = ?2",
        )?
        .execute(params![scope.tenant().0, scope.customer().0])
        .map(drop)
}

/// Deletes a customer and hides the first of its users; if some are left, further steps hide them.
pub(super) fn delete(connection: &Connection, tools: &Tools<'_>, scope: &Scope) -> Result<Applied, Error> {
    let CustomerView { customer, revision } = companies::customer(connection, scope)?;
    tools.judge_revision(customer.id.0, revision)?;
    connection
        .prepare_cached(
            "UPDATE customer SET deleted_at = ?3, revision = revision + 1
             WHERE tenant_id = ?1 AND customer_id = ?2",
        )
        .and_then(|mut statement| {
            statement.execute(params![scope.tenant().0, customer.id.0, tools.at.to_string()])
        })
        .map_err(failure)?;
    let outcome = hide_users(connection, scope.tenant(), customer.id)?.outcome;
    let difference = Difference::of("deletedAt", None, Some(tools.at.to_string()));
    let changes = plain(difference.into_iter().collect());
    let told = Told { reseller: scope.context(), changes, ..about(customer.id) };
    // Its people and programs are callers no more.
    Ok(Applied::done(told)
        .with(outcome)
        .stale([Stale::Customer(scope.tenant(), customer.id), Stale::Directory]))
}

/// Hides the next users of a deleted customer from lists and searches.
pub(crate) fn hide_users(
    connection: &Connection,
    tenant: TenantId,
    customer: CustomerId,
) -> Result<Applied, Error> {
    let step = || -> sql::Result<usize> {
        let ids: Vec<Uuid> = connection
            .prepare_cached(
                "SELECT user_id FROM portal_user
                 WHERE tenant_id = ?1 AND owner_id = ?2 AND owner_kind = 2 AND shown = 1
                   AND EXISTS (SELECT 1 FROM customer
                               WHERE customer.tenant_id = ?1 AND customer_id = ?2 AND deleted_at IS NOT NULL)
                 LIMIT ?3",
            )?
            .query_map(params![tenant.0, customer.0, i64::try_from(STEP).unwrap_or(i64::MAX)], |row| {
                row.get(0)
            })?
            .collect::<Result<_, _>>()?;
        let mut hide = connection
            .prepare_cached("UPDATE portal_user SET shown = 0 WHERE tenant_id = ?1 AND user_id = ?2")?;
        for id in &ids {
            if let Some(kept) = users::by_id(connection, tenant, domain::id::UserId(*id))? {
                terms::replace(connection, &kept.user, &kept.user.keys().terms, &[])?;
            }
            hide.execute(params![tenant.0, id])?;
        }
        Ok(ids.len())
    };
    let hidden = step().map_err(failure)?;
    let outcome = if hidden < STEP { Outcome::Done } else { Outcome::Unfinished };
    Ok(Applied::done(Told::default()).with(outcome))
}
