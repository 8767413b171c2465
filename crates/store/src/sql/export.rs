//! What is in the directory? Everything, one thing at a time, in an order that names a thing before it is
//! used and that is the same whenever the content is the same.

use std::collections::HashMap;

use domain::customer::{Customer, Relation};
use domain::group::Group;
use domain::id::{CustomerId, GroupId, ResellerId, TenantId};
use domain::principal::ApiAccess;
use domain::reseller::Reseller;
use domain::tenant::{Issuer, Tenant};
use domain::text::DomainName;
use domain::user::User;

use super::principals;
use super::rows::{USER_COLUMNS, damaged, of_json, reseller_of, time_of, user_of};
use crate::sql::{self, Connection, Row, params};

/// One thing of the directory.
#[derive(Debug)]
pub enum Item {
    /// A tenant with its domains.
    Tenant(Tenant),
    /// An issuer.
    Issuer(Issuer),
    /// A group of a tenant, the built-in ones left out.
    Group(TenantId, Group),
    /// A reseller with its domains.
    Reseller(Reseller),
    /// A customer with its relations.
    Customer(Customer),
    /// A user, deleted ones included.
    User(User),
    /// An API Access.
    ApiAccess(ApiAccess),
}

/// Hands every thing to `each`, in one snapshot; of one tenant only if `only` says so.
pub(crate) fn walk<E: From<sql::Failure>>(
    connection: &Connection,
    only: Option<TenantId>,
    mut each: impl FnMut(Item) -> Result<(), E>,
) -> Result<(), E> {
    let mut ids = Vec::new();
    for tenant in tenants(connection)? {
        if only.is_none_or(|id| id == tenant.id) {
            ids.push(tenant.id);
            each(Item::Tenant(tenant))?;
        }
    }
    for mut issuer in principals::issuers(connection)? {
        issuer.tenants.retain(|tenant| ids.contains(tenant));
        if !issuer.tenants.is_empty() || only.is_none() {
            each(Item::Issuer(issuer))?;
        }
    }
    for tenant in ids {
        connection.enter(tenant)?;
        groups(connection, tenant, &mut each)?;
        resellers(connection, tenant, &mut each)?;
        customers(connection, tenant, &mut each)?;
        users(connection, tenant, &mut each)?;
        for access in principals::api_accesses(connection, tenant)? {
            each(Item::ApiAccess(access))?;
        }
    }
    Ok(())
}

/// All tenants with their domains, by id. Leaves the tenant that was entered.
pub(crate) fn tenants(connection: &Connection) -> sql::Result<Vec<Tenant>> {
    connection.leave();
    let mut tenants: Vec<Tenant> = connection
        .prepare_cached("SELECT tenant_id, name FROM tenant ORDER BY tenant_id")?
        .query_map(params![], |row| {
            Ok(Tenant { id: TenantId(row.get(0)?), name: row.get(1)?, domains: Vec::new() })
        })?
        .collect::<Result<_, _>>()?;
    for tenant in &mut tenants {
        tenant.domains = domains(connection, tenant.id, None)?;
    }
    Ok(tenants)
}

pub(crate) fn domains(
    connection: &Connection,
    tenant: TenantId,
    reseller: Option<ResellerId>,
) -> sql::Result<Vec<DomainName>> {
    connection
        .prepare_cached(
            "SELECT domain FROM domain WHERE tenant_id = ?1 AND reseller_id IS NOT DISTINCT FROM ?2 ORDER BY position, domain",
        )?
        .query_map(params![tenant.0, reseller.map(|id| id.0)], |row| {
            DomainName::parse(row.text(0)?).map_err(|_| damaged("domain"))
        })?
        .collect()
}

fn groups<E: From<sql::Failure>>(
    connection: &Connection,
    tenant: TenantId,
    each: &mut impl FnMut(Item) -> Result<(), E>,
) -> Result<(), E> {
    let built_in = |id: GroupId| domain::group::BUILT_IN.iter().any(|(known, _)| *known == id);
    let mut statement = connection
        .prepare_cached("SELECT group_id, name FROM user_group WHERE tenant_id = ?1 ORDER BY group_id")?;
    let mut rows = statement.query(params![tenant.0])?;
    while let Some(row) = rows.next()? {
        let group = Group { id: GroupId(row.get(0)?), name: row.get(1)? };
        if !built_in(group.id) {
            each(Item::Group(tenant, group))?;
        }
    }
    Ok(())
}

fn resellers<E: From<sql::Failure>>(
    connection: &Connection,
    tenant: TenantId,
    each: &mut impl FnMut(Item) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = connection.prepare_cached(
        "SELECT reseller_id, company, internal_identifier, deleted_at FROM reseller WHERE tenant_id = ?1
         ORDER BY reseller_id",
    )?;
    let mut rows = statement.query(params![tenant.0])?;
    while let Some(row) = rows.next()? {
        let id = ResellerId(row.get(0)?);
        each(Item::Reseller(Reseller {
            tenant,
            id,
            company: company(&row, 1)?,
            internal_identifier: row.get(2)?,
            domains: domains(connection, tenant, Some(id))?,
            deleted_at: time_of(row.get(3)?)?,
        }))?;
    }
    Ok(())
}

fn customers<E: From<sql::Failure>>(
    connection: &Connection,
    tenant: TenantId,
    each: &mut impl FnMut(Item) -> Result<(), E>,
) -> Result<(), E> {
    let mut statement = connection.prepare_cached(
        "SELECT customer_id, company, deleted_at FROM customer WHERE tenant_id = ?1 ORDER BY customer_id",
    )?;
    let mut relations = connection.prepare_cached(
        "SELECT reseller_id, internal_identifier FROM relation WHERE tenant_id = ?1 AND customer_id = ?2
         ORDER BY reseller_id",
    )?;
    let mut rows = statement.query(params![tenant.0])?;
    while let Some(row) = rows.next()? {
        let id = CustomerId(row.get(0)?);
        let relations = relations
            .query_map(params![tenant.0, id.0], |row| {
                Ok(Relation { reseller: reseller_of(row.blob(0)?)?, internal_identifier: row.get(1)? })
            })?
            .collect::<Result<_, _>>()?;
        each(Item::Customer(Customer {
            tenant,
            id,
            company: company(&row, 1)?,
            relations,
            deleted_at: time_of(row.get(2)?)?,
        }))?;
    }
    Ok(())
}

fn users<E: From<sql::Failure>>(
    connection: &Connection,
    tenant: TenantId,
    each: &mut impl FnMut(Item) -> Result<(), E>,
) -> Result<(), E> {
    let names = group_names(connection, tenant)?;
    let named = |id| Ok(names.get(&id).map(|name| Group { id, name: name.clone() }));
    let mut end = Ok(());
    connection
        .prepare_cached(&format!(
            "SELECT {USER_COLUMNS} FROM portal_user WHERE tenant_id = ?1 ORDER BY user_id"
        ))?
        .stream(params![tenant.0], |row| {
            end = each(Item::User(user_of(row, tenant, named)?));
            Ok(end.is_ok())
        })?;
    end
}

/// The names of the groups of a tenant: while users are read, nothing else can be asked for.
fn group_names(connection: &Connection, tenant: TenantId) -> sql::Result<HashMap<GroupId, String>> {
    connection
        .prepare_cached("SELECT group_id, name FROM user_group WHERE tenant_id = ?1")?
        .query_map(params![tenant.0], |row| Ok((GroupId(row.get(0)?), row.get(1)?)))?
        .collect()
}

fn company(row: &Row<'_>, column: usize) -> sql::Result<domain::company::Company> {
    of_json(row, column)
}
