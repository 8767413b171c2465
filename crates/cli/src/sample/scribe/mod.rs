//! In which order is the sample written? Tenants with their groups, resellers, staff, each customer with its
//! users, API accesses: a thing is named before it is used, and forgotten once its users are written.

mod accesses;
mod users;

use std::io::{self, Write};

use uuid::Uuid;

use self::users::Users;
use super::Plan;
use super::chance::Chance;
use super::companies::Company;
use super::line::{Line, Lines, Owner, Relation};
use super::outline::{Outline, Served, outlines};
use super::people::Crowd;
use super::summary::{Case, Notable, ResellerSample, Summary, TenantSample};

const TENANTS: [(&str, [&str; 2]); 2] = [
    ("Nordwind Cloud Distribution", ["portal.nordwind-cloud.example", "nordwind.example"]),
    ("Bücher & Söhne Cloud", ["portal.buecher-cloud.example", "bücher-cloud.example"]),
];

const GROUPS: [&str; 8] = [
    "Einkauf Süd",
    "Équipe Réseau",
    "Økonomi",
    "Zespół Łódź",
    "Ügyfélszolgálat",
    "Περιφέρεια",
    "Отдел продаж",
    "営業部",
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
            None => (
                format!("Distributor {}", number + 1),
                vec![format!("portal.distributor-{}.example", number + 1)],
            ),
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
            let users = Users {
                tenant: id,
                owner: Owner::Csp(true),
                context: None,
                custom_groups: &groups,
                staff: true,
            };
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
        let domains = if number.is_multiple_of(3) {
            vec![format!("portal.{}.example", company.slug)]
        } else {
            Vec::new()
        };
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
        let users = Users {
            tenant: tenant.id,
            owner: Owner::Reseller(id),
            context: None,
            custom_groups: &[],
            staff: true,
        };
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
        let mut live: Vec<Uuid> = tenant
            .resellers
            .iter()
            .filter(|reseller| !reseller.deleted)
            .map(|reseller| reseller.id)
            .collect();
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
}
