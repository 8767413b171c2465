//! What may the operator of this machine do with tenants?

use domain::audit::Operation;
use domain::tenant::Tenant;
use serde_json::json;

use super::{Events, House, out};
use crate::directory;
use crate::failure::Failure;

/// Tells every tenant, or the one with a domain, as JSON, one a line.
pub(super) async fn list(house: &House, domain: Option<String>, events: &Events) -> Result<(), Failure> {
    let only = match domain {
        Some(domain) => Some(directory::tenant(house.app.store(), &domain).await?),
        None => None,
    };
    let tenants = house.app.list_tenants().await?;
    for tenant in tenants.iter().filter(|tenant| only.is_none_or(|only| tenant.id == only)) {
        out(events, format!("{}\n", document(tenant))).await?;
    }
    Ok(())
}

fn document(tenant: &Tenant) -> serde_json::Value {
    let domains: Vec<&str> = tenant.domains.iter().map(|domain| domain.as_str()).collect();
    json!({ "id": tenant.id.to_string(), "name": tenant.name, "domains": domains })
}

/// Adds a tenant, and tells its id.
pub(super) async fn add(
    house: &House,
    name: &str,
    domains: &[String],
    events: &Events,
) -> Result<(), Failure> {
    let call = directory::call(Operation::CreateTenant);
    let id = house.app.add_tenant(&call, name, domains).await?;
    out(events, format!("{id}\n")).await
}

/// Changes the tenant with a domain.
pub(super) async fn change(
    house: &House,
    domain: &str,
    name: Option<&str>,
    more_domains: &[String],
) -> Result<(), Failure> {
    let tenant = directory::tenant(house.app.store(), domain).await?;
    let call = directory::call(Operation::UpdateTenant);
    Ok(house.app.change_tenant(&call, tenant, name, more_domains).await?)
}
