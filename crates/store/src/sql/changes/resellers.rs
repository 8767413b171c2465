//! How are resellers added and changed?

use domain::access::Reach;
use domain::change::{Difference, NewReseller, Outcome};
use domain::company::{CompanyKind, CompanyPatch};
use domain::error::Error;
use domain::id::ResellerId;
use domain::reseller::Reseller;
use domain::search::fold;
use domain::text::DomainName;

use super::{Applied, Stale, Told, Tools, plain};
use crate::sql::companies::{self, ResellerView};
use crate::sql::derive::name_keys;
use crate::sql::failure;
use crate::sql::rows::to_json;
use crate::sql::{Connection, params};

pub(super) fn add(connection: &Connection, reach: &Reach, new: &NewReseller) -> Result<Applied, Error> {
    let reseller = Reseller {
        tenant: reach.tenant(),
        id: new.id,
        company: new.company.clone(),
        internal_identifier: new.internal_identifier.clone(),
        domains: Vec::new(),
        deleted_at: None,
    };
    if !companies::insert_reseller(connection, &reseller).map_err(failure)? {
        return Err(Error::invalid("id", "This id is used already; leave it out or choose another."));
    }
    if let Some(domain) = &new.domain {
        lead(connection, reach, new.id, domain)?;
    }
    let mut differences = Difference::of_companies(CompanyKind::Reseller, None, &new.company);
    differences.extend(Difference::of("internalIdentifier", None, new.internal_identifier.clone()));
    differences.extend(domain_difference(None, new.domain.as_ref()));
    Ok(Applied::done(told(new.id, differences))
        .with(Outcome::Added(new.id.0))
        .at_revision(1)
        .stale([Stale::Directory]))
}

fn told(id: ResellerId, differences: Vec<Difference>) -> Told {
    Told { target: Some(id.0), reseller: Some(id), customer: None, changes: plain(differences) }
}

fn domain_difference(before: Option<&DomainName>, after: Option<&DomainName>) -> Option<Difference> {
    let shown = |domain: &DomainName| domain.as_str().to_owned();
    Difference::of("customDomain", before.map(shown), after.map(shown))
}

fn lead(connection: &Connection, reach: &Reach, id: ResellerId, domain: &DomainName) -> Result<(), Error> {
    if companies::insert_domain(connection, domain, reach.tenant(), Some(id), 0).map_err(failure)? {
        Ok(())
    } else {
        Err(Error::invalid("customDomain", "This domain is used already; give another one."))
    }
}

pub(super) fn change(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    patch: &CompanyPatch,
    domain: Option<&Option<DomainName>>,
) -> Result<Applied, Error> {
    let ResellerView { reseller, revision } = companies::reseller(connection, reach)?;
    tools.judge_revision(reseller.id.0, revision)?;
    let company = patch.applied_to(&reseller.company);
    let (order, name) = name_keys(&company, reseller.id.0);
    let write = || {
        connection
            .prepare_cached(
                "UPDATE reseller SET company = ?3, order_key = ?4, name_key = ?5, revision = revision + 1
                 WHERE tenant_id = ?1 AND reseller_id = ?2",
            )?
            .execute(params![reach.tenant().0, reseller.id.0, to_json(&company)?, order.as_bytes(), name])
    };
    write().map_err(failure)?;
    let mut differences = Difference::of_companies(CompanyKind::Reseller, Some(&reseller.company), &company);
    if let Some(domain) = domain
        && domain.as_ref() != reseller.domains.first()
    {
        connection
            .prepare_cached("DELETE FROM domain WHERE tenant_id = ?1 AND reseller_id = ?2")
            .and_then(|mut statement| statement.execute(params![reach.tenant().0, reseller.id.0]))
            .map_err(failure)?;
        if let Some(domain) = domain {
            lead(connection, reach, reseller.id, domain)?;
        }
        differences.extend(domain_difference(reseller.domains.first(), domain.as_ref()));
    }
    Ok(Applied::done(told(reseller.id, differences)).at_revision(revision + 1).stale([Stale::Directory]))
}

pub(super) fn identify(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    identifier: Option<&str>,
) -> Result<Applied, Error> {
    let ResellerView { reseller, revision } = companies::reseller(connection, reach)?;
    tools.judge_revision(reseller.id.0, revision)?;
    connection
        .prepare_cached(
            "UPDATE reseller SET internal_identifier = ?3, identifier_key = ?4, revision = revision + 1
             WHERE tenant_id = ?1 AND reseller_id = ?2",
        )
        .and_then(|mut statement| {
            statement.execute(params![reach.tenant().0, reseller.id.0, identifier, identifier.map(fold)])
        })
        .map_err(failure)?;
    let difference = Difference::of(
        "internalIdentifier",
        reseller.internal_identifier.clone(),
        identifier.map(str::to_owned),
    );
    Ok(Applied::done(told(reseller.id, difference.into_iter().collect())).at_revision(revision + 1))
}
