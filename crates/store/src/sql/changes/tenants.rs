//! How are tenants added and changed? By the operator of the machine alone.

use domain::change::{Difference, Outcome};
use domain::error::Error;
use domain::group::{BUILT_IN, Group};
use domain::id::TenantId;
use domain::tenant::Tenant;
use domain::text::DomainName;

use super::{Applied, Stale, Told, Tools, groups, plain};
use crate::sql::companies;
use crate::sql::failure;
use crate::sql::trail::{self, Signer};
use crate::sql::{self, Connection, OptionalExtension, params};

/// Adds the row of a tenant with its three built-in groups, and begins its trail; false when the id is used.
pub(crate) fn insert(connection: &Connection, tenant: &Tenant, signer: &Signer) -> sql::Result<bool> {
    let written = connection
        .prepare_cached("INSERT INTO tenant (tenant_id, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![tenant.id.0, tenant.name])?;
    if written == 1 {
        for (id, name) in BUILT_IN {
            groups::insert(connection, tenant.id, &Group { id, name: name.to_owned() })?;
        }
        trail::begin(connection, tenant.id.0, signer)?;
    }
    Ok(written == 1)
}

pub(super) fn add(connection: &Connection, tools: &Tools<'_>, tenant: &Tenant) -> Result<Applied, Error> {
    if !insert(connection, tenant, tools.signer).map_err(failure)? {
        return Err(Error::invalid("id", "This id is used already; choose another."));
    }
    lead(connection, tenant.id, &tenant.domains, 0)?;
    let differences = Difference::of("name", None, Some(tenant.name.clone()));
    let told = told(tenant.id, differences.into_iter().chain(of_domains(&tenant.domains)).collect());
    Ok(Applied::done(told).with(Outcome::Added(tenant.id.0)).stale([Stale::Directory]))
}

pub(super) fn change(
    connection: &Connection,
    tenant: TenantId,
    name: Option<&str>,
    more_domains: &[DomainName],
) -> Result<Applied, Error> {
    let read = || -> sql::Result<Option<(String, i64)>> {
        connection
            .prepare_cached(
                "SELECT name, (SELECT count(*) FROM domain WHERE domain.tenant_id = ?1) FROM tenant
                 WHERE tenant_id = ?1",
            )?
            .query_row(params![tenant.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    };
    let known = read().map_err(failure)?;
    let (before, domains) = known.ok_or_else(|| Error::Internal("the tenant is gone".to_owned()))?;
    if let Some(name) = name {
        connection
            .prepare_cached("UPDATE tenant SET name = ?2 WHERE tenant_id = ?1")
            .and_then(|mut statement| statement.execute(params![tenant.0, name]))
            .map_err(failure)?;
    }
    lead(connection, tenant, more_domains, usize::try_from(domains).unwrap_or_default())?;
    let after = name.map_or_else(|| before.clone(), str::to_owned);
    let difference = Difference::of("name", Some(before), Some(after));
    let told = told(tenant, difference.into_iter().chain(of_domains(more_domains)).collect());
    Ok(Applied::done(told).stale([Stale::Directory]))
}

fn lead(
    connection: &Connection,
    tenant: TenantId,
    domains: &[DomainName],
    position: usize,
) -> Result<(), Error> {
    for (place, domain) in domains.iter().enumerate() {
        if !companies::insert_domain(connection, domain, tenant, None, position + place).map_err(failure)? {
            return Err(Error::invalid("domain", format!("`{}` is used already.", domain.as_str())));
        }
    }
    Ok(())
}

fn of_domains(domains: &[DomainName]) -> Vec<Difference> {
    domains
        .iter()
        .filter_map(|domain| Difference::of("domain", None, Some(domain.as_str().to_owned())))
        .collect()
}

fn told(tenant: TenantId, differences: Vec<Difference>) -> Told {
    Told { target: Some(tenant.0), changes: plain(differences), ..Told::default() }
}
