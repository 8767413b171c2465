//! How do customers, resellers and tenants come and change, and how far does each caller see them?

use std::sync::Arc;

use domain::change::{Change, NewCustomer, NewReseller, Outcome};
use domain::company::{Company, CompanyKind, CompanyMember, CompanyPatch};
use domain::customer::Relation;
use domain::error::Error;
use domain::id::{CustomerId, ResellerId, TenantId};
use domain::principal::Role;
use domain::tenant::{DomainOwner, Tenant};
use domain::text::DomainName;
use store::{Commit, Committed};
use uuid::Uuid;

use crate::witness::*;
use crate::world::*;

const NEW: CustomerId = CustomerId(Uuid::from_u128(0x3001));
const NEWCOMER: ResellerId = ResellerId(Uuid::from_u128(0x2001));

fn company(name: &str) -> Company {
    Company {
        company_name: name.to_owned(),
        country: Some("NO".to_owned()),
        city: Some("Ålesund".to_owned()),
        email: Some("post@fisk.example".to_owned()),
        ..Company::default()
    }
}

/// A patch that gives members these values.
fn patch(values: &[(&str, Option<&str>)]) -> CompanyPatch {
    let place = |wanted: &str| {
        let member = CompanyMember::all(CompanyKind::Customer).find(|(_, name, _)| *name == wanted);
        member.unwrap().0
    };
    CompanyPatch(values.iter().map(|(name, value)| (place(name), value.map(str::to_owned))).collect())
}

async fn add_customer(
    world: &World,
    id: CustomerId,
    reseller: Option<ResellerId>,
) -> Result<Committed, Error> {
    let new = NewCustomer {
        id,
        company: company("Søren & Sønner A/S"),
        internal_identifier: Some("KD-0815".to_owned()),
    };
    world.commit(Change::AddCustomer { reach: right(Role::Csp, reseller), customer: Box::new(new) }).await
}

pub(crate) async fn a_customer_comes_with_the_relation_of_who_adds_it(world: World) {
    let added = add_customer(&world, NEW, Some(RESELLER)).await.unwrap();

    assert_eq!((added.outcome, added.revision), (Outcome::Added(NEW.0), Some(1)));
    let relation = Relation { reseller: Some(RESELLER), internal_identifier: Some("KD-0815".to_owned()) };
    for seeing in [scope(Role::Csp, NEW, None), scope(Role::Reseller(RESELLER), NEW, None)] {
        let view = world.store().customer(seeing).await.unwrap();
        assert_eq!(view.customer.company, company("Søren & Sønner A/S"));
        assert_eq!((view.revision, view.customer.relations), (1, vec![relation.clone()]), "{seeing:?}");
    }
    let other = scope(Role::Reseller(SECOND_RESELLER), NEW, None);
    assert_eq!(world.store().customer(other).await, Err(Error::CustomerNotFound));
    world
        .add(&domain::user::User {
            owner: domain::user::Owner::Customer(NEW),
            ..user_within(RESELLER, 1, "Ada")
        })
        .await
        .unwrap();
    assert_eq!(world.names(scope(Role::Reseller(RESELLER), NEW, None)).await, ["Ada"]);

    for used in [NEW, DELETED_CUSTOMER] {
        assert_eq!(properties_at_fault(add_customer(&world, used, None).await), ["id"]);
    }
    let another = CustomerId(Uuid::from_u128(0x3002));
    for unknown in [ResellerId(Uuid::from_u128(0xDEAD)), DELETED_RESELLER] {
        assert_eq!(add_customer(&world, another, Some(unknown)).await, Err(Error::ResellerNotFound));
    }
    add_customer(&world, another, None).await.unwrap();
    let view = world.store().customer(scope(Role::Csp, another, None)).await.unwrap();
    assert_eq!(view.customer.relations[0].reseller, None, "a direct relation");
}

pub(crate) async fn a_customer_changes_for_all_who_see_it(world: World) {
    let values =
        patch(&[("companyName", Some("Łódź O'Fish")), ("taxId", Some("PL-1")), ("city", Some("Łódź"))]);
    world.commit(Change::ChangeCustomer { scope: whole(), patch: values }).await.unwrap();
    let one_more = patch(&[("taxId", None), ("phone", Some("+48 42 000"))]);
    let by_reseller = scope(Role::Reseller(RESELLER), CUSTOMER, None);
    let changed = world.commit(Change::ChangeCustomer { scope: by_reseller, patch: one_more }).await.unwrap();

    assert_eq!(changed.revision, Some(3));
    let told = last_record(world.store()).await.changes;
    let told: Vec<_> = told
        .iter()
        .map(|change| (&*change.property_name, change.before.as_deref(), change.after.as_deref()))
        .collect();
    assert_eq!(told, [("taxId", Some("PL-1"), None), ("phone", None, Some("+48 42 000"))]);
    for seeing in [whole(), by_reseller, scope(Role::Customer(CUSTOMER), CUSTOMER, None)] {
        let view = world.store().customer(seeing).await.unwrap();
        let company = view.customer.company;
        assert_eq!((company.company_name.as_str(), company.tax_id, view.revision), ("Łódź O'Fish", None, 3));
        assert_eq!((company.city.as_deref(), company.phone.as_deref()), (Some("Łódź"), Some("+48 42 000")));
    }
    let nobodys = scope(Role::Reseller(LONELY_RESELLER), CUSTOMER, None);
    let refused = world.commit(Change::ChangeCustomer { scope: nobodys, patch: patch(&[]) }).await;
    assert_eq!(refused, Err(Error::CustomerNotFound));
}

pub(crate) async fn an_identifier_belongs_to_its_relation(world: World) {
    let identify = async |scope, identifier: Option<&str>| {
        world.commit(Change::IdentifyCustomer { scope, identifier: identifier.map(str::to_owned) }).await
    };
    identify(whole(), Some("direct")).await.unwrap();
    identify(within(RESELLER), Some("by the distributor for the reseller")).await.unwrap();
    identify(scope(Role::Reseller(SECOND_RESELLER), CUSTOMER, None), Some("its own")).await.unwrap();

    let seen = async |scope| -> Vec<(Option<ResellerId>, Option<String>)> {
        let relations = world.store().customer(scope).await.unwrap().customer.relations;
        relations.into_iter().map(|relation| (relation.reseller, relation.internal_identifier)).collect()
    };
    let identified = |reseller, text: &str| (reseller, Some(text.to_owned()));
    let all = [
        identified(None, "direct"),
        identified(Some(RESELLER), "by the distributor for the reseller"),
        identified(Some(SECOND_RESELLER), "its own"),
    ];
    assert_eq!(seen(whole()).await, all, "and no reseller that is deleted");
    assert_eq!(seen(scope(Role::Reseller(SECOND_RESELLER), CUSTOMER, None)).await, all[2..]);
    let to_itself = seen(scope(Role::Customer(CUSTOMER), CUSTOMER, None)).await;
    assert!(to_itself.iter().all(|(_, identifier)| identifier.is_none()), "others' books: {to_itself:?}");
    identify(whole(), None).await.unwrap();
    assert_eq!(seen(whole()).await[0], (None, None));

    add_customer(&world, NEW, Some(RESELLER)).await.unwrap();
    assert_eq!(properties_at_fault(identify(scope(Role::Csp, NEW, None), Some("x")).await), ["resellerId"]);
    let unrelated = scope(Role::Csp, NEW, Some(SECOND_RESELLER));
    assert_eq!(identify(unrelated, Some("x")).await, Err(Error::ResellerNotRelated));
}

pub(crate) async fn what_was_changed_of_a_company_since_it_was_seen_is_left_alone(world: World) {
    let seen =
        |of: Uuid, revision: u64| -> store::Seen { Arc::new(move |id, is| (id, is) == (of, revision)) };
    world
        .commit(Change::ChangeCustomer { scope: whole(), patch: patch(&[("city", Some("Bergen"))]) })
        .await
        .unwrap();
    let of_reseller = right(Role::Csp, Some(RESELLER));
    let identify = Change::IdentifyReseller { reach: of_reseller, identifier: Some("R-2".to_owned()) };
    world.commit(identify).await.unwrap();
    for (id, change) in [
        (CUSTOMER.0, Change::ChangeCustomer { scope: whole(), patch: patch(&[]) }),
        (CUSTOMER.0, Change::IdentifyCustomer { scope: whole(), identifier: None }),
        (CUSTOMER.0, Change::EndRelation { scope: within(RESELLER) }),
        (CUSTOMER.0, Change::DeleteCustomer { scope: whole() }),
        (RESELLER.0, Change::ChangeReseller { reach: of_reseller, patch: patch(&[]), domain: None }),
        (RESELLER.0, Change::IdentifyReseller { reach: of_reseller, identifier: None }),
    ] {
        let commit = Commit {
            seen: Some(seen(id, 1)),
            ..Commit::of_change(change.clone(), record("if it is the same"))
        };
        assert_eq!(world.store().commit(commit).await, Err(Error::PreconditionFailed), "{change:?}");
    }
    let end = Change::EndRelation { scope: within(RESELLER) };
    let commit =
        Commit { seen: Some(seen(CUSTOMER.0, 2)), ..Commit::of_change(end, record("if it is the same")) };
    world.store().commit(commit).await.unwrap();
}

pub(crate) async fn a_reseller_comes_and_changes_with_its_domain(world: World) {
    let domain = |text: &str| DomainName::parse(text).unwrap();
    let (first, second) = (domain("portal.ålesund.example"), domain("portal.fisk.example"));
    let reach = right(Role::Csp, Some(NEWCOMER));
    let adding = |id, domain: &DomainName| {
        let new = NewReseller {
            id,
            company: company("Ålesund Sky"),
            internal_identifier: Some("R-1".to_owned()),
            domain: Some(domain.clone()),
        };
        world.commit(Change::AddReseller { reach: right(Role::Csp, None), reseller: Box::new(new) })
    };
    adding(NEWCOMER, &first).await.unwrap();
    let led = DomainOwner { tenant: TENANT, reseller: Some(NEWCOMER) };
    assert_eq!(world.store().domain_owner(&first).await.unwrap(), Some(led));
    let generation = directory_generation(world.store()).await;

    let other = ResellerId(Uuid::from_u128(0x2002));
    assert_eq!(properties_at_fault(adding(other, &first).await), ["customDomain"]);
    assert_eq!(properties_at_fault(adding(NEWCOMER, &second).await), ["id"]);
    let view = world.store().reseller(right(Role::Csp, Some(other))).await;
    assert_eq!(view, Err(Error::ResellerNotFound), "nothing of it was written");
    assert_eq!(directory_generation(world.store()).await, generation);
    let change = |patch, domain| world.commit(Change::ChangeReseller { reach, patch, domain });
    change(patch(&[("companyName", Some("Ålesund Himmel"))]), None).await.unwrap();
    assert_eq!(world.store().domain_owner(&first).await.unwrap(), Some(led), "what is not named stays");
    change(patch(&[]), Some(Some(second.clone()))).await.unwrap();
    assert_ne!(directory_generation(world.store()).await, generation, "callers are looked up again");
    let identify = Change::IdentifyReseller { reach, identifier: None };
    assert_eq!(world.commit(identify).await.unwrap().revision, Some(4));

    assert_eq!(world.store().domain_owner(&first).await.unwrap(), None);
    assert_eq!(world.store().domain_owner(&second).await.unwrap(), Some(led));
    let view = world.store().reseller(right(Role::Reseller(NEWCOMER), None)).await.unwrap();
    assert_eq!((view.reseller.company.company_name.as_str(), view.revision), ("Ålesund Himmel", 4));
    assert_eq!((view.reseller.domains, view.reseller.internal_identifier), (vec![second.clone()], None));
    change(patch(&[]), Some(None)).await.unwrap();
    assert_eq!(world.store().domain_owner(&second).await.unwrap(), None);
    adding(other, &first).await.unwrap();
    let unknown = right(Role::Csp, Some(ResellerId(Uuid::from_u128(0xDEAD))));
    let refused =
        world.commit(Change::ChangeReseller { reach: unknown, patch: patch(&[]), domain: None }).await;
    assert_eq!(refused, Err(Error::ResellerNotFound));
}

pub(crate) async fn a_tenant_comes_with_its_groups_and_its_domains(world: World) {
    let domain = |text: &str| DomainName::parse(text).unwrap();
    let id = TenantId(Uuid::from_u128(0x12));
    let tenant = |id, name: &str, domains: &[&str]| Tenant {
        id,
        name: name.to_owned(),
        domains: domains.iter().map(|text| domain(text)).collect(),
    };
    world
        .commit(Change::AddTenant(tenant(id, "Nordsky", &["portal.nord.example", "b.nord.example"])))
        .await
        .unwrap();
    let change = |name: Option<&str>, domains: &[&str]| Change::ChangeTenant {
        tenant: id,
        name: name.map(str::to_owned),
        more_domains: domains.iter().map(|text| domain(text)).collect(),
    };
    world.commit(change(None, &["a.nord.example"])).await.unwrap();
    world.commit(change(Some("Nordský"), &[])).await.unwrap();

    let again = Change::AddTenant(tenant(id, "Another", &[]));
    assert_eq!(properties_at_fault(world.commit(again).await), ["id"]);
    let third = TenantId(Uuid::from_u128(0x13));
    let same_domain = Change::AddTenant(tenant(third, "Third", &["c.example", "a.nord.example"]));
    assert_eq!(properties_at_fault(world.commit(same_domain).await), ["domain"]);
    assert_eq!(properties_at_fault(world.commit(change(None, &["b.nord.example"])).await), ["domain"]);

    let tenants = world.store().tenants().await.unwrap();
    let expected = tenant(id, "Nordský", &["portal.nord.example", "b.nord.example", "a.nord.example"]);
    assert_eq!(tenants.len(), 3, "nothing of the refused one was written");
    assert_eq!(tenants[2], expected, "domains in the order in which they came");
    let groups = world.store().groups(right_in(id, Role::Csp, None), 10, 0).await.unwrap();
    assert_eq!(groups.total, 3, "the built-in ones");
    let led = DomainOwner { tenant: id, reseller: None };
    assert_eq!(world.store().domain_owner(&domain("A.Nord.Example")).await.unwrap(), Some(led));
}
