//! In which order is the sample written? Tenants with their groups, resellers, staff, each customer with its
//! users, API accesses: a thing is named before it is used, and forgotten once its users are written.

use std::io::{self, Write};

use domain::group::{ADMINISTRATOR, ALERT_MANAGER, VIEWER};
use uuid::Uuid;

use super::Plan;
use super::chance::Chance;
use super::companies::Company;
use super::line::{Line, Lines, Owner, Relation};
use super::outline::{Outline, Served, outlines};
use super::people::Crowd;
use super::summary::{Access, Case, Notable, ResellerSample, Summary, TenantSample};

const TENANTS: [(&str, [&str; 2]); 2] = [
    ("Nordwind Cloud Distribution", ["portal.nordwind-cloud.example", "nordwind.example"]),
    ("Bücher & Söhne Cloud", ["portal.buecher-cloud.example", "bücher-cloud.example"]),
];

const GROUPS: [&str; 8] = [
    "Einkauf Süd", "Équipe Réseau", "Økonomi", "Zespół Łódź", "Ügyfélszolgálat", "Περιφέρεια", "Отдел продаж", "営業部",
];

/// Fixed, so that the same plan gives the same bytes in any year.
const DELETIONS: [&str; 4] =
    ["2026-10-30T08:15:00Z", "2026-11-05T14:02:31Z", "2026-11-12T23:59:59Z", "2026-11-19T06:40:10Z"];
const COMPANY_DELETION: &str = "2026-11-09T10:00:00Z";

const CSP_STAFF: usize = 6;
const RESELLER_STAFF: usize = 4;

/// Writes one directory file.
pub(super) struct Scribe<'a, S, W: Write> {
    plan: &'a Plan,
    secret: S,
    lines: Lines<W>,
    chance: Chance,
    companies: usize,
    /// The custom groups of each tenant.
    groups: Vec<Vec<Uuid>>,
    summary: Summary,
}

/// The users of one owner in one context, one after the other.
struct Users<'a> {
    tenant: Uuid,
    owner: Owner,
    context: Option<Uuid>,
    custom_groups: &'a [Uuid],
    /// Staff has a full name, and its first one is an Administrator.
    staff: bool,
}

impl<'a, S: FnMut() -> String, W: Write> Scribe<'a, S, W> {
    pub(super) fn new(plan: &'a Plan, secret: S, out: W) -> Self {
        Self {
            plan,
            secret,
            lines: Lines::new(out),
            chance: Chance::new(plan.seed),
            companies: 0,
            groups: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// Writes all lines and tells what they hold.
    pub(super) fn write(mut self) -> io::Result<Summary> {
        let mut tenants = Vec::new();
        for number in 0..self.plan.csps {
            tenants.push(self.tenant(number)?);
        }
        for number in 0..self.plan.resellers {
            let deleted = self.plan.resellers >= 6 && number + 1 == self.plan.resellers;
            if let Some(tenant) = tenants.get_mut(number % self.plan.csps) {
                self.reseller(tenant, number, deleted)?;
            }
        }
        let staff = self.summary.counts.users;
        for (number, outline) in outlines(self.plan, &mut self.chance, staff).iter().enumerate() {
            let place = number % self.plan.csps;
            if let (Some(tenant), Some(groups)) = (tenants.get_mut(place), self.groups.get(place).cloned()) {
                self.customer(tenant, &groups, outline)?;
            }
        }
        for tenant in &mut tenants {
            self.accesses(tenant)?;
        }
        self.lines.flush()?;
        self.summary.tenants = tenants;
        self.summary.counts.lines = self.lines.written;
        Ok(self.summary)
    }

    fn company(&mut self) -> Company {
        let company = Company::new(&mut self.chance, self.companies);
        self.companies += 1;
        company
    }

    fn tenant(&mut self, number: usize) -> io::Result<TenantSample> {
        let id = self.chance.uuid();
        let (name, domains) = match TENANTS.get(number) {
            Some((name, domains)) => ((*name).to_owned(), domains.map(str::to_owned).to_vec()),
            None => (format!("Distributor {}", number + 1), vec![format!("portal.distributor-{}.example", number + 1)]),
        };
        self.lines.write(&Line::Tenant { id, name: &name, domains: &domains })?;
        self.summary.counts.tenants += 1;
        let mut groups = Vec::new();
        for name in GROUPS {
            let group = self.chance.uuid();
            self.lines.write(&Line::Group { tenant: id, id: group, name })?;
            self.summary.counts.groups += 1;
            groups.push(group);
        }
        if self.plan.users_each.is_none() {
            let at = domains.last().cloned().unwrap_or_default();
            let crowd = Crowd::new(&mut self.chance, at);
            let users =
                Users { tenant: id, owner: Owner::Csp(true), context: None, custom_groups: &groups, staff: true };
            self.users(&users, &crowd, 0..CSP_STAFF, None)?;
        }
        self.groups.push(groups);
        Ok(TenantSample {
            id,
            name,
            domains,
            resellers: Vec::new(),
            customers: Vec::new(),
            notable: Vec::new(),
            accesses: Vec::new(),
        })
    }

    fn reseller(&mut self, tenant: &mut TenantSample, number: usize, deleted: bool) -> io::Result<()> {
        let id = self.chance.uuid();
        let company = self.company();
        let domains = if number % 3 == 0 { vec![format!("portal.{}.example", company.slug)] } else { Vec::new() };
        let deleted_at = deleted.then_some(COMPANY_DELETION);
        self.lines.write(&Line::Reseller {
            tenant: tenant.id,
            id,
            company: company.members(),
            zip_code: company.zip,
            internal_identifier: &format!("R-{:04}", 1000 + number),
            domains: &domains,
            deleted_at,
        })?;
        self.summary.counts.resellers += 1;
        let users =
            Users { tenant: tenant.id, owner: Owner::Reseller(id), context: None, custom_groups: &[], staff: true };
        self.users(&users, &company.crowd, 0..RESELLER_STAFF, deleted_at)?;
        tenant.resellers.push(ResellerSample { id, name: company.name, domains, deleted });
        Ok(())
    }

    fn customer(&mut self, tenant: &mut TenantSample, groups: &[Uuid], outline: &Outline) -> io::Result<()> {
        let id = self.chance.uuid();
        let company = self.company();
        let resellers = self.resellers_of(tenant, outline.served);
        let mut contexts: Vec<Option<Uuid>> = resellers.iter().copied().map(Some).collect();
        if outline.served == Served::ByTwo || contexts.is_empty() {
            contexts.push(None);
        }
        let relations: Vec<Relation> = contexts
            .iter()
            .map(|reseller| Relation {
                reseller: *reseller,
                internal_identifier: (!self.chance.once_in(4))
                    .then(|| format!("K-{:06}", self.chance.below(1_000_000))),
            })
            .collect();
        let deleted_at = (outline.case == Some(Case::Deleted)).then_some(COMPANY_DELETION);
        self.lines.write(&Line::Customer {
            tenant: tenant.id,
            id,
            company: company.members(),
            zip: company.zip,
            relations: &relations,
            deleted_at,
        })?;
        self.summary.counts.customers += 1;
        let (mut unwritten, mut next) = (outline.live, 0_usize);
        for (place, context) in contexts.iter().enumerate() {
            let users = Users {
                tenant: tenant.id,
                owner: Owner::Customer(id),
                context: *context,
                custom_groups: groups,
                staff: false,
            };
            let share = unwritten / (contexts.len() - place);
            unwritten -= share;
            // The last person of one context is the first of the next, with the same address in both.
            let start = if share > 1 { next.saturating_sub(1) } else { next };
            next = start + share;
            self.users(&users, &company.crowd, start..next, None)?;
            if place + 1 == contexts.len() {
                let when = deleted_at.unwrap_or(*self.chance.pick(&DELETIONS));
                self.users(&users, &company.crowd, next..next + outline.gone, Some(when))?;
            }
        }
        if deleted_at.is_none() {
            tenant.customers.push(id);
        }
        if let Some(case) = outline.case {
            tenant.notable.push(Notable { case, id, name: company.name, resellers, users: outline.live });
        }
        Ok(())
    }

    /// As many live resellers of the tenant as serve such a customer, or as there are.
    fn resellers_of(&mut self, tenant: &TenantSample, served: Served) -> Vec<Uuid> {
        let mut live: Vec<Uuid> =
            tenant.resellers.iter().filter(|reseller| !reseller.deleted).map(|reseller| reseller.id).collect();
        let wanted = match served {
            Served::Directly => 0,
            Served::ByOne => 1,
            Served::ByTwo => 2,
        };
        let mut chosen = Vec::with_capacity(wanted);
        while chosen.len() < wanted && !live.is_empty() {
            chosen.push(live.swap_remove(self.chance.below(live.len())));
        }
        chosen
    }

    fn users(
        &mut self,
        users: &Users<'_>,
        crowd: &Crowd,
        numbers: std::ops::Range<usize>,
        deleted_at: Option<&str>,
    ) -> io::Result<()> {
        let mut groups = Vec::with_capacity(4);
        let count = numbers.len();
        for (place, number) in numbers.enumerate() {
            let person = crowd.person(number, users.staff);
            groups.clear();
            self.choose_groups(users, place, &mut groups);
            self.lines.write(&Line::User {
                tenant: users.tenant,
                owner: users.owner,
                reseller: users.context,
                id: self.chance.uuid(),
                first_name: person.first.as_deref(),
                last_name: person.last.as_deref(),
                email: &person.email,
                groups: &groups,
                deleted_at,
            })?;
        }
        if deleted_at.is_some() {
            self.summary.counts.deleted_users += count;
        } else {
            self.summary.counts.users += count;
        }
        Ok(())
    }

    /// Most may read, some may write, some only get alerts, some may do nothing; a few carry labels.
    fn choose_groups(&mut self, users: &Users<'_>, place: usize, groups: &mut Vec<Uuid>) {
        match self.chance.below(20) {
            _ if users.staff && place == 0 => groups.push(ADMINISTRATOR.0),
            0..10 => groups.push(VIEWER.0),
            10..13 => groups.push(ADMINISTRATOR.0),
            13 => groups.extend([VIEWER.0, ALERT_MANAGER.0]),
            14 => groups.push(ALERT_MANAGER.0),
            _ => {}
        }
        for group in users.custom_groups {
            if self.chance.once_in(16) {
                groups.push(*group);
            }
        }
    }

    fn accesses(&mut self, tenant: &mut TenantSample) -> io::Result<()> {
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
        tenant.accesses.push(Access { client_id, secret, name, role, reseller, customer, permission, disabled });
        Ok(())
    }
}
