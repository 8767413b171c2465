//! How do tenants come to be? By the operator of the machine alone: nobody within a tenant reaches so far.

use domain::audit::{ActorEntry, Record, Status};
use domain::change::Change;
use domain::error::{Error, Fault};
use domain::id::TenantId;
use domain::principal::Principal;
use domain::tenant::Tenant;
use domain::text::{DomainName, LONGEST_TEXT, line};

use crate::App;
use crate::call::Call;

impl App {
    /// Every tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_tenants(&self) -> Result<Vec<Tenant>, Error> {
        self.store.tenants().await
    }

    /// Adds a tenant with its built-in groups.
    ///
    /// # Errors
    /// All that is wrong with what was given; a domain leads elsewhere; or the database failed.
    pub async fn add_tenant(&self, call: &Call, name: &str, domains: &[String]) -> Result<TenantId, Error> {
        let mut faults = Vec::new();
        let name = read_name(name, &mut faults);
        let domains = read_domains(domains, &mut faults);
        let Some(name) = name.filter(|_| faults.is_empty()) else { return Err(Error::Invalid(faults)) };
        let id = TenantId((self.new_id)(call.at));
        let record = self.record_of_operator(call, id, "Added a tenant.");
        self.store.commit_change(Change::AddTenant(Tenant { id, name, domains }), record).await?;
        Ok(id)
    }

    /// Gives a tenant another name, or more domains.
    ///
    /// # Errors
    /// As of [`App::add_tenant`].
    pub async fn change_tenant(
        &self,
        call: &Call,
        tenant: TenantId,
        name: Option<&str>,
        more_domains: &[String],
    ) -> Result<(), Error> {
        let mut faults = Vec::new();
        let name = name.and_then(|name| read_name(name, &mut faults));
        let more_domains = read_domains(more_domains, &mut faults);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let record = self.record_of_operator(call, tenant, "Changed a tenant.");
        self.store.commit_change(Change::ChangeTenant { tenant, name, more_domains }, record).await.map(drop)
    }

    fn record_of_operator(&self, call: &Call, tenant: TenantId, told: &'static str) -> Record {
        let actor = ActorEntry::from(&Principal::operator(tenant));
        Record { tenant_id: Some(tenant), ..self.record(call, actor, Status::Succeded, told.into()) }
    }
}

fn read_name(text: &str, faults: &mut Vec<Fault>) -> Option<String> {
    let read = line(text, LONGEST_TEXT)
        .and_then(|name| name.ok_or_else(|| "Give a name that is not blank.".to_owned()));
    read.map_err(|description| faults.push(Fault::new("name", description))).ok()
}

fn read_domains(texts: &[String], faults: &mut Vec<Fault>) -> Vec<DomainName> {
    let mut read = |text: &String| {
        DomainName::parse(text).map_err(|description| faults.push(Fault::new("domain", description))).ok()
    };
    texts.iter().filter_map(&mut read).collect()
}
