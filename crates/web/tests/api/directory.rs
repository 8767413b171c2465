//! Who is there? Two tenants; in the first, customers in each kind of relation, and a program of each role.

use std::sync::LazyLock;

use domain::company::Company;
use domain::customer::{Customer, Relation};
use domain::error::Error;
use domain::group::{ADMINISTRATOR, ALERT_MANAGER, Group, VIEWER};
use domain::id::{ClientId, CustomerId, GroupId, ResellerId, TenantId, UserId};
use domain::principal::{ApiAccess, ApiPermission, Role};
use domain::reseller::Reseller;
use domain::tenant::{Issuer, Tenant};
use domain::text::{DomainName, Email, Name};
use domain::user::{Owner, User};
use store::{Inserted, Loader};
use uuid::Uuid;

use crate::world::START;

pub(crate) const NORTH: TenantId = TenantId(Uuid::from_u128(0xa1));
pub(crate) const SOUTH: TenantId = TenantId(Uuid::from_u128(0xa2));
pub(crate) const NORTH_DOMAIN: &str = "portal.north.example";
pub(crate) const SOUTH_DOMAIN: &str = "portal.south.example";
/// The custom domain of [`ACORN`].
pub(crate) const ACORN_DOMAIN: &str = "acorn.example";

pub(crate) const ACORN: ResellerId = ResellerId(Uuid::from_u128(0xb1));
pub(crate) const BIRCH: ResellerId = ResellerId(Uuid::from_u128(0xb2));
/// Related to nobody.
pub(crate) const LONELY: ResellerId = ResellerId(Uuid::from_u128(0xb3));
/// Related to [`SHARED`], and deleted.
pub(crate) const GONE_RESELLER: ResellerId = ResellerId(Uuid::from_u128(0xb4));
/// Of the other tenant.
pub(crate) const SOUTHERN: ResellerId = ResellerId(Uuid::from_u128(0xb5));

/// Served by [`ACORN`], by [`BIRCH`] and directly.
pub(crate) const SHARED: CustomerId = CustomerId(Uuid::from_u128(0xc1));
/// Served directly alone.
pub(crate) const DIRECT: CustomerId = CustomerId(Uuid::from_u128(0xc2));
/// Served by [`BIRCH`] alone.
pub(crate) const OF_BIRCH: CustomerId = CustomerId(Uuid::from_u128(0xc3));
/// Served by [`ACORN`]; has no users.
pub(crate) const EMPTY: CustomerId = CustomerId(Uuid::from_u128(0xc4));
/// Was served by [`ACORN`]; deleted.
pub(crate) const GONE: CustomerId = CustomerId(Uuid::from_u128(0xc5));
/// Of the other tenant.
pub(crate) const FOREIGN: CustomerId = CustomerId(Uuid::from_u128(0xc6));
/// Served by [`ACORN`]; has as many users as a test wants.
pub(crate) const CROWD: CustomerId = CustomerId(Uuid::from_u128(0xc7));
/// Nobody's.
pub(crate) const NO_CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0xcf));

pub(crate) const CSP: ClientId = client(1);
pub(crate) const CSP_ADMINISTRATOR: ClientId = client(2);
pub(crate) const OF_ACORN: ClientId = client(3);
pub(crate) const OF_BIRCH_CLIENT: ClientId = client(4);
pub(crate) const OF_SHARED: ClientId = client(5);
pub(crate) const OF_DIRECT: ClientId = client(6);
pub(crate) const DISABLED: ClientId = client(7);
pub(crate) const OF_GONE_RESELLER: ClientId = client(8);
pub(crate) const OF_GONE: ClientId = client(9);
pub(crate) const SOUTH_CSP: ClientId = client(10);
/// Takes its tokens from the other issuer.
pub(crate) const EXTERNAL: ClientId = client(11);
pub(crate) const OF_LONELY: ClientId = client(12);
pub(crate) const ACORN_ADMINISTRATOR: ClientId = client(13);
pub(crate) const BIRCH_ADMINISTRATOR: ClientId = client(14);
pub(crate) const SHARED_ADMINISTRATOR: ClientId = client(15);
pub(crate) const SOUTH_ADMINISTRATOR: ClientId = client(16);
pub(crate) const NO_CLIENT: ClientId = client(99);

/// The secret of [`CSP`].
pub(crate) const SECRET: &str = "correct horse: battery & staple";
/// Made once, for it is dear by intent.
static SECRET_HASH: LazyLock<String> = LazyLock::new(|| app::secrets::hash(SECRET, &[7; 16]).unwrap());

const fn client(number: u128) -> ClientId {
    ClientId(Uuid::from_u128(0xd000_0000_0000_4000_8000_0000_0000_0000 + number))
}

/// A user of a customer of the first tenant.
pub(crate) fn user(
    number: u128,
    customer: CustomerId,
    context: Option<ResellerId>,
    names: [&str; 2],
) -> User {
    let [first, last] = names;
    User {
        tenant: NORTH,
        id: UserId(Uuid::from_u128(0xe000 + number)),
        owner: Owner::Customer(customer),
        context,
        first_name: Name::parse(first).unwrap(),
        last_name: Name::parse(last).unwrap(),
        email: Email::parse(&format!("user{number}@shared.example")).unwrap(),
        groups: Vec::new(),
        deleted_at: None,
    }
}

/// One of the groups that there are.
pub(crate) fn group(id: GroupId) -> Group {
    let name = match id {
        ADMINISTRATOR => "Administrator",
        VIEWER => "Viewer",
        ALERT_MANAGER => "Alert Manager",
        _ => "Ärger & Söhne",
    };
    Group { id, name: name.to_owned() }
}

pub(crate) const CUSTOM_GROUP: GroupId = GroupId(Uuid::from_u128(0xf1));

/// Somebody with a login: `name@north.example`, in these groups.
pub(crate) fn person(number: u128, name: &str, owner: Owner, groups: &[GroupId]) -> User {
    User {
        owner,
        email: Email::parse(&format!("{name}@north.example")).unwrap(),
        groups: groups.iter().copied().map(group).collect(),
        ..user(number, SHARED, None, [name, ""])
    }
}

/// The users of [`SHARED`], in the order of names.
pub(crate) fn users_of_shared() -> Vec<User> {
    let mut asa = user(1, SHARED, Some(ACORN), ["Åsa", "Lund"]);
    asa.groups = vec![group(CUSTOM_GROUP), group(ADMINISTRATOR)];
    let mut deleted = user(8, SHARED, Some(ACORN), ["Aaron", "Gone"]);
    deleted.deleted_at = Some(START);
    vec![
        deleted,
        asa,
        user(2, SHARED, None, ["Bo", ""]),
        user(3, SHARED, Some(BIRCH), ["de", "Vries"]),
        user(4, SHARED, Some(ACORN), ["De", "Vries"]),
        user(5, SHARED, None, ["\"Dot\" \\", "\u{1f600}\u{2028}"]),
        user(6, SHARED, Some(BIRCH), ["O'Neil", ""]),
        user(7, SHARED, None, ["", ""]),
    ]
}

/// People with a login, for tokens of the other issuer.
fn people() -> Vec<User> {
    let mut gone = person(105, "gone", Owner::Csp, &[VIEWER]);
    gone.deleted_at = Some(START);
    let mut elsewhere = person(108, "elsewhere", Owner::Csp, &[VIEWER]);
    elsewhere.email = Email::parse("elsewhere@unvouched.example").unwrap();
    vec![
        person(101, "vera", Owner::Csp, &[VIEWER]),
        person(102, "alma", Owner::Reseller(ACORN), &[ADMINISTRATOR, ALERT_MANAGER]),
        person(103, "alert", Owner::Csp, &[ALERT_MANAGER, CUSTOM_GROUP]),
        person(104, "carl", Owner::Customer(DIRECT), &[VIEWER]),
        gone,
        person(106, "twin", Owner::Csp, &[VIEWER]),
        person(107, "Twin", Owner::Reseller(ACORN), &[VIEWER]),
        elsewhere,
        person(109, "ghost", Owner::Reseller(GONE_RESELLER), &[VIEWER]),
    ]
}

fn company(name: &str) -> Company {
    Company { company_name: name.to_owned(), ..Company::default() }
}

fn access(client_id: ClientId, tenant: TenantId, role: Role) -> ApiAccess {
    ApiAccess {
        tenant,
        client_id,
        name: format!("client {:x}", client_id.0.as_u128() & 0xff),
        role,
        permission: ApiPermission::Viewer,
        disabled: false,
        issuer: None,
        secret_hashes: Vec::new(),
        owner_deleted_at: None,
    }
}

fn accesses(issuer: &str) -> Vec<ApiAccess> {
    let administrator = |client, tenant, role| ApiAccess {
        permission: ApiPermission::Administrator,
        ..access(client, tenant, role)
    };
    vec![
        ApiAccess { secret_hashes: vec![SECRET_HASH.clone()], ..access(CSP, NORTH, Role::Csp) },
        administrator(CSP_ADMINISTRATOR, NORTH, Role::Csp),
        administrator(ACORN_ADMINISTRATOR, NORTH, Role::Reseller(ACORN)),
        administrator(BIRCH_ADMINISTRATOR, NORTH, Role::Reseller(BIRCH)),
        administrator(SHARED_ADMINISTRATOR, NORTH, Role::Customer(SHARED)),
        administrator(SOUTH_ADMINISTRATOR, SOUTH, Role::Csp),
        access(OF_ACORN, NORTH, Role::Reseller(ACORN)),
        access(OF_BIRCH_CLIENT, NORTH, Role::Reseller(BIRCH)),
        access(OF_LONELY, NORTH, Role::Reseller(LONELY)),
        access(OF_SHARED, NORTH, Role::Customer(SHARED)),
        access(OF_DIRECT, NORTH, Role::Customer(DIRECT)),
        ApiAccess { disabled: true, ..access(DISABLED, NORTH, Role::Csp) },
        access(OF_GONE_RESELLER, NORTH, Role::Reseller(GONE_RESELLER)),
        access(OF_GONE, NORTH, Role::Customer(GONE)),
        access(SOUTH_CSP, SOUTH, Role::Csp),
        ApiAccess { issuer: Some(issuer.to_owned()), ..access(EXTERNAL, NORTH, Role::Csp) },
    ]
}

fn customer(tenant: TenantId, id: CustomerId, relations: &[Option<ResellerId>]) -> Customer {
    let relation =
        |reseller: &Option<ResellerId>| Relation { reseller: *reseller, internal_identifier: None };
    let deleted_at = (id == GONE).then_some(START);
    Customer {
        tenant,
        id,
        company: company("Customer"),
        relations: relations.iter().map(relation).collect(),
        deleted_at,
    }
}

/// Puts it all into an empty database; [`CROWD`] gets so many users.
pub(crate) fn fill(loader: &mut Loader<'_>, issuer: &str, crowd: u128) -> Result<(), Error> {
    for (id, name, domain) in [(NORTH, "North", NORTH_DOMAIN), (SOUTH, "South", SOUTH_DOMAIN)] {
        assert!(loader.add_tenant(&Tenant { id, name: name.to_owned(), domains: Vec::new() })?);
        assert!(loader.add_domain(&DomainName::parse(domain).unwrap(), id, None, 0)?);
    }
    assert!(loader.add_domain(&DomainName::parse("bücher-cloud.example").unwrap(), NORTH, None, 1)?);
    assert!(loader.add_group(NORTH, &group(CUSTOM_GROUP))?);
    for (tenant, id) in
        [(NORTH, ACORN), (NORTH, BIRCH), (NORTH, LONELY), (NORTH, GONE_RESELLER), (SOUTH, SOUTHERN)]
    {
        let deleted_at = (id == GONE_RESELLER).then_some(START);
        let (company, domains) = (company("Reseller"), Vec::new());
        let reseller = Reseller { tenant, id, company, internal_identifier: None, domains, deleted_at };
        assert!(loader.add_reseller(&reseller)?);
    }
    assert!(loader.add_domain(&DomainName::parse(ACORN_DOMAIN).unwrap(), NORTH, Some(ACORN), 0)?);
    for (tenant, id, relations) in [
        (NORTH, SHARED, &[Some(ACORN), Some(BIRCH), Some(GONE_RESELLER), None][..]),
        (NORTH, DIRECT, &[None]),
        (NORTH, OF_BIRCH, &[Some(BIRCH)]),
        (NORTH, EMPTY, &[Some(ACORN)]),
        (NORTH, GONE, &[Some(ACORN)]),
        (SOUTH, FOREIGN, &[None]),
        (NORTH, CROWD, &[Some(ACORN)]),
    ] {
        assert!(loader.add_customer(&customer(tenant, id, relations))?);
    }
    let mut users = users_of_shared();
    users.extend(people());
    users.push(user(50, DIRECT, None, ["Dora", "Direct"]));
    users.push(user(51, OF_BIRCH, Some(BIRCH), ["Berta", "Birch"]));
    users.push(user(52, GONE, Some(ACORN), ["Gus", "Gone"]));
    users.push(User { tenant: SOUTH, ..user(53, FOREIGN, None, ["Frida", "Foreign"]) });
    let letters = ["a", "B", "ç", "D", "É", "f"];
    users.extend((0..crowd).map(|number| {
        let first = letters[usize::try_from(number % 6).unwrap()];
        user(0x1_0000 + number, CROWD, Some(ACORN), [first, &number.to_string()])
    }));
    for user in &users {
        assert_eq!(loader.add_user(user)?, Inserted::Done);
    }
    assert!(loader.add_issuer(&Issuer {
        issuer: issuer.to_owned(),
        audience: crate::issuer::AUDIENCE.to_owned(),
        tenants: vec![NORTH],
        email_domains: vec![DomainName::parse("north.example").unwrap()],
        verifies_email: false,
    })?);
    for access in accesses(issuer) {
        assert!(loader.add_api_access(&access)?);
    }
    Ok(())
}
