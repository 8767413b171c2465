//! How does the declared world get into an empty database? As an import does it.

use domain::company::Company;
use domain::customer::{Customer, Relation};
use domain::error::Error;
use domain::group::{ADMINISTRATOR, ALERT_MANAGER, Group, VIEWER};
use domain::id::{ClientId, CustomerId, GroupId, ResellerId, TenantId, UserId};
use domain::principal::{ApiAccess, ApiPermission, Role};
use domain::reseller::Reseller;
use domain::tenant::{Issuer, Tenant as StoredTenant};
use domain::text::{DomainName, Email, Name};
use domain::user::{Owner as StoredOwner, User};
use store::{Inserted, Loader};

use crate::directory::{
    CLIENTS, CUSTOMERS, Client, GROUPS, Label, Owner, RESELLERS, Rights, Tenant, USERS, email_of,
};
use crate::directory::{Customer as DeclaredCustomer, User as DeclaredUser};
use crate::marks::{id, name};
use crate::world::START;

pub(crate) fn client_id(label: Label) -> ClientId {
    ClientId(id("client", label))
}

fn tenant_id(tenant: Tenant) -> TenantId {
    TenantId(id("tenant", tenant.label()))
}

fn reseller_id(label: Label) -> ResellerId {
    ResellerId(id("reseller", label))
}

fn company(kind: &str, label: Label) -> Company {
    Company { company_name: name(kind, label), ..Company::default() }
}

/// What somebody calls a customer in its books.
pub(crate) fn books(customer: Label, reseller: Option<Label>) -> String {
    name("books", &format!("{customer}.{}", reseller.unwrap_or("direct")))
}

fn customer(declared: &DeclaredCustomer) -> Customer {
    let relation = |reseller: &Option<Label>| Relation {
        reseller: reseller.map(reseller_id),
        internal_identifier: Some(books(declared.label, *reseller)),
    };
    Customer {
        tenant: tenant_id(declared.tenant),
        id: CustomerId(id("customer", declared.label)),
        company: company("customer", declared.label),
        relations: declared.relations.iter().map(relation).collect(),
        deleted_at: declared.deleted.then_some(START),
    }
}

fn user(declared: &DeclaredUser) -> User {
    let group = |id, name: &str| vec![Group { id, name: name.to_owned() }];
    let custom = declared.tenant.label().to_owned() + "ern";
    User {
        tenant: tenant_id(declared.tenant),
        id: UserId(id("user", declared.label)),
        owner: match declared.owner {
            Owner::Csp => StoredOwner::Csp,
            Owner::Reseller(label) => StoredOwner::Reseller(reseller_id(label)),
            Owner::Customer(label) => StoredOwner::Customer(CustomerId(id("customer", label))),
        },
        context: declared.context.map(reseller_id),
        first_name: Name::parse(&name("user", declared.label)).unwrap(),
        last_name: None,
        email: Email::parse(&email_of(declared.label)).unwrap(),
        groups: match declared.rights {
            Rights::Administrator => group(ADMINISTRATOR, "Administrator"),
            Rights::Viewer => group(VIEWER, "Viewer"),
            Rights::AlertManager => group(ALERT_MANAGER, "Alert Manager"),
            Rights::Custom => group(GroupId(id("group", &custom)), &name("group", &custom)),
            Rights::Nothing => Vec::new(),
        },
        deleted_at: declared.deleted.then_some(START),
    }
}

fn client(declared: &Client, issuer: &str) -> ApiAccess {
    ApiAccess {
        tenant: tenant_id(declared.tenant),
        client_id: client_id(declared.label),
        name: name("client", declared.label),
        role: match declared.owner {
            Owner::Csp => Role::Csp,
            Owner::Reseller(label) => Role::Reseller(reseller_id(label)),
            Owner::Customer(label) => Role::Customer(CustomerId(id("customer", label))),
        },
        permission: match declared.rights {
            Rights::Administrator => ApiPermission::Administrator,
            _ => ApiPermission::Viewer,
        },
        disabled: declared.disabled,
        issuer: declared.is_external.then(|| issuer.to_owned()),
        secret_hashes: Vec::new(),
        owner_deleted_at: None,
    }
}

/// Puts it all there.
pub(crate) fn fill(loader: &mut Loader<'_>, issuer: &str) -> Result<(), Error> {
    for tenant in [Tenant::North, Tenant::South] {
        let (id, name) = (tenant_id(tenant), name("tenant", tenant.label()));
        assert!(loader.add_tenant(&StoredTenant { id, name, domains: Vec::new() })?);
        assert!(loader.add_domain(&DomainName::parse(&tenant.domain()).unwrap(), id, None, 0)?);
    }
    for (label, tenant) in GROUPS {
        let group = Group { id: GroupId(id("group", label)), name: name("group", label) };
        assert!(loader.add_group(tenant_id(tenant), &group)?);
    }
    for declared in &RESELLERS {
        let reseller = Reseller {
            tenant: tenant_id(declared.tenant),
            id: reseller_id(declared.label),
            company: company("reseller", declared.label),
            internal_identifier: Some(name("books", declared.label)),
            domains: Vec::new(),
            deleted_at: declared.deleted.then_some(START),
        };
        assert!(loader.add_reseller(&reseller)?);
    }
    for declared in &CUSTOMERS {
        assert!(loader.add_customer(&customer(declared))?);
    }
    for declared in &USERS {
        assert_eq!(loader.add_user(&user(declared))?, Inserted::Done);
    }
    assert!(loader.add_issuer(&Issuer {
        issuer: issuer.to_owned(),
        audience: crate::issuer::AUDIENCE.to_owned(),
        tenants: [Tenant::North, Tenant::South].map(tenant_id).to_vec(),
        email_domains: vec![DomainName::parse("people.example").unwrap()],
        verifies_email: false,
    })?);
    for declared in &CLIENTS {
        assert!(loader.add_api_access(&client(declared, issuer))?);
    }
    Ok(())
}
