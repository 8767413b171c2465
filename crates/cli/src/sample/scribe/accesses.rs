//! Which programs may come in? Each role has one that can be tried, and one of the distributor is disabled.

use std::io::{self, Write};

use uuid::Uuid;

use super::super::line::Line;
use super::super::summary::{Access, Case, TenantSample};
use super::Scribe;

impl<S: FnMut() -> String, W: Write> Scribe<'_, S, W> {
    /// Writes the API accesses of a tenant, of its resellers and of one customer.
    pub(super) fn accesses(&mut self, tenant: &mut TenantSample) -> io::Result<()> {
        self.access(tenant, "Provisioning", "csp", (None, None), "Administrator", false)?;
        self.access(tenant, "Reporting", "csp", (None, None), "Viewer", false)?;
        if self.plan.users_each.is_some() {
            return Ok(());
        }
        self.access(tenant, "Old billing export", "csp", (None, None), "Administrator", true)?;
        for reseller in tenant.resellers.clone() {
            let name = format!("Marketplace of {}", reseller.name);
            self.access(tenant, &name, "reseller", (Some(reseller.id), None), "Administrator", false)?;
        }
        if let Some(customer) = tenant.notable(Case::Shared).or(tenant.notable.first()).cloned() {
            let name = format!("Intranet of {}", customer.name);
            self.access(tenant, &name, "customer", (None, Some(customer.id)), "Viewer", false)?;
        }
        Ok(())
    }

    fn access(
        &mut self,
        tenant: &mut TenantSample,
        name: &str,
        role: &'static str,
        (reseller, customer): (Option<Uuid>, Option<Uuid>),
        permission: &'static str,
        disabled: bool,
    ) -> io::Result<()> {
        let client_id = self.chance.uuid();
        let secret = (self.secret)();
        self.lines.write(&Line::ApiAccess {
            tenant: tenant.id,
            client_id,
            name,
            role,
            reseller,
            customer,
            permission,
            disabled: disabled.then_some(true),
            secret: &secret,
        })?;
        self.summary.counts.accesses += 1;
        let name = name.to_owned();
        tenant.accesses.push(Access {
            client_id,
            secret,
            name,
            role,
            reseller,
            customer,
            permission,
            disabled,
        });
        Ok(())
    }
}
