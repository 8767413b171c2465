//! Does what a line names exist, and is what it takes still free? Asks the database within the transaction
//! of the import, and adds the thing.

use std::collections::{HashMap, HashSet};

use domain::customer::{Customer, Relation};
use domain::error::{Error, Fault};
use domain::group::Group;
use domain::id::{GroupId, ResellerId, TenantId};
use domain::principal::Role;
use domain::reseller::Reseller;
use domain::tenant::{Issuer, Tenant};
use domain::text::DomainName;
use domain::user::{Keys, Owner, User};
use store::{Inserted, Loader};

use super::Summary;
use super::fields::{AccessLine, Thing, UserLine};
use crate::body::members::Placed;

/// How many answers of each kind are remembered. Nothing is removed during an import, so that what once
/// was there stays there.
const REMEMBERED: usize = 65_536;

/// The directory as far as the file was read.
pub(super) struct Directory<'l, 't> {
    loader: &'l mut Loader<'t>,
    added: Summary,
    tenants: HashSet<TenantId>,
    places: HashSet<(TenantId, Owner, Option<ResellerId>)>,
    groups: HashMap<(TenantId, GroupId), String>,
}

impl<'l, 't> Directory<'l, 't> {
    pub(super) fn new(loader: &'l mut Loader<'t>) -> Self {
        Self {
            loader,
            added: Summary::default(),
            tenants: HashSet::new(),
            places: HashSet::new(),
            groups: HashMap::new(),
        }
    }

    /// What was added so far.
    pub(super) fn added(&self) -> Summary {
        self.added
    }

    /// Adds one thing, or tells why it cannot be.
    pub(super) fn add(&mut self, thing: Thing, faults: &mut Vec<Fault>) -> Result<(), Error> {
        match thing {
            Thing::Tenant(tenant, domains) => self.tenant(&tenant, &domains, faults),
            Thing::Issuer(issuer, tenants) => self.issuer(&issuer, &tenants, faults),
            Thing::Group(tenant, group) => self.group(tenant, &group, faults),
            Thing::Reseller(reseller, domains) => self.reseller(&reseller, &domains, faults),
            Thing::Customer(customer, relations) => self.customer(&customer, &relations, faults),
            Thing::User(line) => self.user(*line, faults),
            Thing::ApiAccess(line) => self.api_access(&line, faults),
        }
    }

    fn tenant(
        &mut self,
        tenant: &Tenant,
        domains: &Placed<DomainName>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Error> {
        if !self.loader.add_tenant(tenant)? {
            faults.push(used("id"));
        }
        self.added.tenants += 1;
        self.domains(tenant.id, None, domains, faults)
    }

    fn domains(
        &mut self,
        tenant: TenantId,
        reseller: Option<ResellerId>,
        domains: &Placed<DomainName>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Error> {
        for (place, domain) in domains {
            if !self.loader.add_domain(domain, tenant, reseller, *place)? {
                faults.push(Fault::new(format!("domains[{place}]"), "This domain is used already."));
            }
        }
        Ok(())
    }

    fn issuer(
        &mut self,
        issuer: &Issuer,
        tenants: &Placed<TenantId>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Error> {
        for (place, tenant) in tenants {
            if !self.knows_tenant(*tenant)? {
                faults.push(unknown(format!("tenants[{place}]"), "tenant"));
            }
        }
        if !self.loader.add_issuer(issuer)? {
            faults.push(Fault::new("issuer", "This issuer is known already."));
        }
        self.added.issuers += 1;
        Ok(())
    }

    fn group(&mut self, tenant: TenantId, group: &Group, faults: &mut Vec<Fault>) -> Result<(), Error> {
        if !self.names_tenant(tenant, faults)? {
            return Ok(());
        }
        if !self.loader.add_group(tenant, group)? {
            faults.push(used("id"));
        }
        self.added.groups += 1;
        Ok(())
    }

    fn reseller(
        &mut self,
        reseller: &Reseller,
        domains: &Placed<DomainName>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Error> {
        if !self.names_tenant(reseller.tenant, faults)? {
            return Ok(());
        }
        if !self.loader.add_reseller(reseller)? {
            faults.push(used("id"));
        }
        self.added.resellers += 1;
        self.domains(reseller.tenant, Some(reseller.id), domains, faults)
    }

    fn customer(
        &mut self,
        customer: &Customer,
        relations: &Placed<Relation>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Error> {
        if !self.names_tenant(customer.tenant, faults)? {
            return Ok(());
        }
        for (place, relation) in relations {
            if let Some(reseller) = relation.reseller
                && !self.loader.has_owner(customer.tenant, Owner::Reseller(reseller))?
            {
                faults.push(unknown(format!("relations[{place}].reseller"), "reseller"));
            }
        }
        if !self.loader.add_customer(customer)? {
            faults.push(used("id"));
        }
        self.added.customers += 1;
        Ok(())
    }

    fn user(&mut self, line: UserLine, faults: &mut Vec<Fault>) -> Result<(), Error> {
        let UserLine { tenant, owner, context, groups, user } = line;
        if !self.names_tenant(tenant, faults)? {
            return Ok(());
        }
        if let Some(owner) = owner {
            self.place(tenant, owner, context, faults)?;
        }
        let mut known = Vec::with_capacity(groups.len());
        for (place, id) in groups {
            match self.group_name(tenant, id)? {
                Some(name) => known.push(Group { id, name }),
                None => faults.push(unknown(format!("groups[{place}]"), "group")),
            }
        }
        if let Some((user, keys)) = user {
            self.insert(&User { groups: known, ..user }, &keys, faults)?;
        }
        Ok(())
    }

    fn insert(&mut self, user: &User, keys: &Keys, faults: &mut Vec<Fault>) -> Result<(), Error> {
        match self.loader.add_user_with(user, keys)? {
            Inserted::Done => self.added.users += 1,
            Inserted::IdUsed => faults.push(used("id")),
            Inserted::EmailUsed => {
                faults.push(Fault::new("email", "A user of this owner and context has this e-mail already."));
            }
        }
        Ok(())
    }

    /// Checks to whom a user belongs and in whose context.
    fn place(
        &mut self,
        tenant: TenantId,
        owner: Owner,
        context: Option<ResellerId>,
        faults: &mut Vec<Fault>,
    ) -> Result<(), Error> {
        let place = (tenant, owner, context);
        if self.places.contains(&place) {
            return Ok(());
        }
        if !self.loader.has_owner(tenant, owner)? {
            let kind = owner.role_name();
            faults.push(unknown(format!("owner.{kind}"), kind));
            return Ok(());
        }
        if let (Owner::Customer(customer), Some(_)) = (owner, context)
            && !self.loader.has_relation(tenant, customer, context)?
        {
            faults.push(Fault::new("reseller", "The customer has no relation to this reseller."));
            return Ok(());
        }
        if self.places.len() >= REMEMBERED {
            self.places.clear();
        }
        self.places.insert(place);
        Ok(())
    }

    fn api_access(&mut self, line: &AccessLine, faults: &mut Vec<Fault>) -> Result<(), Error> {
        if !self.names_tenant(line.tenant, faults)? {
            return Ok(());
        }
        let owner = match line.role {
            Some(Role::Reseller(id)) => Some((Owner::Reseller(id), "reseller")),
            Some(Role::Customer(id)) => Some((Owner::Customer(id), "customer")),
            Some(Role::Csp) | None => None,
        };
        if let Some((owner, kind)) = owner
            && !self.loader.has_owner(line.tenant, owner)?
        {
            faults.push(unknown(kind, kind));
        }
        let mut storable = true;
        if let Some(issuer) = &line.issuer {
            match self.loader.issuer_tenants(issuer)? {
                Some(tenants) if tenants.contains(&line.tenant) => {}
                Some(_) => faults.push(Fault::new("issuer", "This issuer is not trusted for the tenant.")),
                None => {
                    faults.push(unknown("issuer", "issuer"));
                    storable = false;
                }
            }
        }
        let client_used = match (&line.access, line.client_id) {
            (Some(access), _) if storable => !self.loader.add_api_access(access)?,
            (_, Some(client_id)) => self.loader.has_client(client_id)?,
            _ => false,
        };
        if client_used {
            faults.push(used("clientId"));
        }
        self.added.api_accesses += 1;
        Ok(())
    }

    fn names_tenant(&mut self, tenant: TenantId, faults: &mut Vec<Fault>) -> Result<bool, Error> {
        let known = self.knows_tenant(tenant)?;
        if !known {
            faults.push(unknown("tenant", "tenant"));
        }
        Ok(known)
    }

    fn knows_tenant(&mut self, tenant: TenantId) -> Result<bool, Error> {
        if self.tenants.contains(&tenant) {
            return Ok(true);
        }
        let known = self.loader.has_tenant(tenant)?;
        if known {
            if self.tenants.len() >= REMEMBERED {
                self.tenants.clear();
            }
            self.tenants.insert(tenant);
        }
        Ok(known)
    }

    fn group_name(&mut self, tenant: TenantId, id: GroupId) -> Result<Option<String>, Error> {
        if let Some(name) = self.groups.get(&(tenant, id)) {
            return Ok(Some(name.clone()));
        }
        let name = self.loader.group_name(tenant, id)?;
        if let Some(name) = &name {
            if self.groups.len() >= REMEMBERED {
                self.groups.clear();
            }
            self.groups.insert((tenant, id), name.clone());
        }
        Ok(name)
    }
}

fn used(property: &str) -> Fault {
    Fault::new(property, "This id is used already; give another one.")
}

fn unknown(property: impl Into<String>, kind: &str) -> Fault {
    Fault::new(property, format!("There is no such {kind}; name it in a line before this one."))
}
