//! Which customers, resellers and API Accesses does a caller find, in which order?

use domain::access::Reach;
use domain::company::Company;
use domain::customer::{Customer, Relation};
use domain::error::Error;
use domain::id::{ClientId, CustomerId, ResellerId};
use domain::principal::{ApiAccess, ApiPermission, Role};
use domain::reseller::Reseller;
use store::{CompanyField, CompanyQuery};
use uuid::Uuid;

use crate::world::*;

fn all() -> CompanyQuery {
    CompanyQuery { search: None, ascending: true, limit: 1_000, offset: 0 }
}

fn holding(field: CompanyField, text: &str) -> CompanyQuery {
    CompanyQuery { search: Some((field, text.to_owned())), ..all() }
}

fn company(name: &str) -> Company {
    Company { company_name: name.to_owned(), ..Company::default() }
}

/// Customers with names that people get wrong, some with identifiers in several books.
async fn customers(world: &World) {
    let customers = [
        ("Ærø 100% Øl", vec![(None, Some("A_1"))]),
        ("aero_dynamik", vec![(Some(RESELLER), Some("B_2"))]),
        ("Äpfel & Söhne", vec![(None, Some("b-2")), (Some(RESELLER), Some("100%"))]),
        ("Zażółć \\ Gęśla", vec![(None, None), (Some(SECOND_RESELLER), Some("A_1"))]),
        ("O'Neil", vec![(Some(RESELLER), None), (Some(SECOND_RESELLER), None)]),
    ];
    let load = move |loader: &mut store::Loader<'_>| {
        for (number, (name, related)) in customers.iter().enumerate() {
            let relation = |(reseller, identifier): &(Option<ResellerId>, Option<&str>)| Relation {
                reseller: *reseller,
                internal_identifier: identifier.map(str::to_owned),
            };
            loader.add_customer(&Customer {
                tenant: TENANT,
                id: CustomerId(Uuid::from_u128(0x3100 + number as u128)),
                company: company(name),
                relations: related.iter().map(relation).collect(),
                deleted_at: (*name == "gone").then(|| on(1)),
            })?;
        }
        Ok(Some(record("customers")))
    };
    world.store().bulk(load).await.unwrap();
}

async fn customer_names(world: &World, reach: Reach, query: CompanyQuery) -> Vec<String> {
    let cut = world.store().customers(reach, query.clone()).await.unwrap();
    if query.limit == 1_000 && query.offset == 0 {
        assert_eq!(cut.total, cut.items.len() as u64, "{query:?}");
    }
    cut.items.into_iter().map(|view| view.customer.company.company_name).collect()
}

pub(crate) async fn each_caller_finds_its_own_customers_by_name(world: World) {
    customers(&world).await;
    let by_name =
        ["Ærø 100% Øl", "aero_dynamik", "Äpfel & Söhne", "Company", "Company", "O'Neil", "Zażółć \\ Gęśla"];
    for (reach, names) in [
        (right(Role::Csp, None), &by_name[..]),
        (right(Role::Csp, Some(RESELLER)), &["aero_dynamik", "Äpfel & Söhne", "Company", "O'Neil"]),
        (right(Role::Reseller(RESELLER), None), &["aero_dynamik", "Äpfel & Söhne", "Company", "O'Neil"]),
        (right(Role::Reseller(LONELY_RESELLER), None), &[]),
        (right(Role::Customer(CUSTOMER), None), &["Company"]),
        (right_in(OTHER_TENANT, Role::Csp, None), &["Company"]),
    ] {
        assert_eq!(customer_names(&world, reach, all()).await, names, "{reach:?}");
        let backwards: Vec<_> = names.iter().rev().copied().collect();
        let descending = CompanyQuery { ascending: false, ..all() };
        assert_eq!(customer_names(&world, reach, descending).await, backwards, "{reach:?}");
        for offset in 0..=names.len() {
            let page = CompanyQuery { limit: 2, offset: offset as u64, ..all() };
            let expected: Vec<_> = names.iter().skip(offset).take(2).copied().collect();
            assert_eq!(customer_names(&world, reach, page).await, expected, "{reach:?} from {offset}");
        }
    }
    let unknown = right(Role::Csp, Some(ResellerId(Uuid::from_u128(0xDEAD))));
    assert_eq!(world.store().customers(unknown, all()).await, Err(Error::ResellerNotFound));
}

pub(crate) async fn a_text_is_looked_for_anywhere_in_a_name_and_taken_as_it_is(world: World) {
    customers(&world).await;
    let of_csp = right(Role::Csp, None);
    for (text, found) in [
        ("AERO", &["Ærø 100% Øl", "aero_dynamik"][..]),
        ("ærø", &["Ærø 100% Øl", "aero_dynamik"]),
        ("100%", &["Ærø 100% Øl"]),
        ("0%0", &[]),
        ("o_d", &["aero_dynamik"]),
        ("a_r", &[]),
        ("\\", &["Zażółć \\ Gęśla"]),
        ("gesla", &["Zażółć \\ Gęśla"]),
        ("SOHNE", &["Äpfel & Söhne"]),
        ("'n", &["O'Neil"]),
        ("l & s", &["Äpfel & Söhne"]),
    ] {
        assert_eq!(customer_names(&world, of_csp, holding(CompanyField::Name, text)).await, found, "{text}");
    }
}

pub(crate) async fn an_identifier_is_looked_for_in_the_books_of_who_asks(world: World) {
    customers(&world).await;
    let (of_csp, of_reseller) = (right(Role::Csp, None), right(Role::Reseller(RESELLER), None));
    for (reach, text, found) in [
        (of_csp, "A_1", &["Ærø 100% Øl"][..]),
        (of_csp, "A_", &["Ærø 100% Øl"]),
        (of_csp, "_", &["Ærø 100% Øl"]),
        (of_csp, "-2", &["Äpfel & Söhne"]),
        (of_csp, "100%", &[]),
        (of_reseller, "100%", &["Äpfel & Söhne"]),
        (of_reseller, "_2", &["aero_dynamik"]),
        (of_reseller, "A_1", &[]),
        (right(Role::Csp, Some(SECOND_RESELLER)), "A_1", &["Zażółć \\ Gęśla"]),
    ] {
        let query = holding(CompanyField::InternalIdentifier, text);
        assert_eq!(customer_names(&world, reach, query).await, found, "{reach:?} {text}");
    }
}

pub(crate) async fn resellers_are_listed_by_name_and_found_as_customers_are(world: World) {
    let resellers = [("Zürich Wolke", Some("R_1")), ("Ålesund Sky", Some("r-2")), ("zurich 50%", None)];
    let load = move |loader: &mut store::Loader<'_>| {
        for (number, (name, identifier)) in resellers.iter().enumerate() {
            loader.add_reseller(&Reseller {
                tenant: TENANT,
                id: ResellerId(Uuid::from_u128(0x2100 + number as u128)),
                company: company(name),
                internal_identifier: identifier.map(str::to_owned),
                domains: Vec::new(),
                deleted_at: None,
            })?;
        }
        Ok(Some(record("resellers")))
    };
    world.store().bulk(load).await.unwrap();
    let names = async |query: CompanyQuery| -> (u64, Vec<String>) {
        let cut = world.store().resellers(right(Role::Csp, None), query).await.unwrap();
        (cut.total, cut.items.into_iter().map(|view| view.reseller.company.company_name).collect())
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();

    let (total, listed) = names(all()).await;
    assert_eq!(
        (total, listed),
        (6, owned(&["Ålesund Sky", "Company", "Company", "Company", "zurich 50%", "Zürich Wolke"]))
    );
    let page = CompanyQuery { ascending: false, limit: 2, offset: 1, ..all() };
    assert_eq!(names(page).await, (6, owned(&["zurich 50%", "Company"])));
    for (field, text, found) in [
        (CompanyField::Name, "ZURICH", &["zurich 50%", "Zürich Wolke"][..]),
        (CompanyField::Name, "50%", &["zurich 50%"]),
        (CompanyField::InternalIdentifier, "R_", &["Zürich Wolke"]),
        (CompanyField::InternalIdentifier, "2", &["Ålesund Sky"]),
    ] {
        assert_eq!(names(holding(field, text)).await, (found.len() as u64, owned(found)), "{text}");
    }
}

pub(crate) async fn api_accesses_are_listed_by_name_a_page_at_a_time(world: World) {
    let names = ["Zoll", "ärger", "Ärger", "backup"];
    let access = |number: usize, name: &str| ApiAccess {
        tenant: TENANT,
        client_id: ClientId(Uuid::from_u128(0x6000 + number as u128)),
        name: name.to_owned(),
        role: Role::Customer(DELETED_CUSTOMER),
        permission: ApiPermission::Viewer,
        disabled: false,
        issuer: None,
        secret_hashes: Vec::new(),
        owner_deleted_at: Some(jiff::Timestamp::UNIX_EPOCH),
    };
    let accesses: Vec<ApiAccess> =
        names.iter().enumerate().map(|(number, name)| access(number, name)).collect();
    let loading = accesses.clone();
    let load = move |loader: &mut store::Loader<'_>| {
        for access in &loading {
            loader.add_api_access(access)?;
        }
        let abroad = ClientId(Uuid::from_u128(0x6999));
        loader.add_api_access(&ApiAccess {
            tenant: OTHER_TENANT,
            role: Role::Csp,
            client_id: abroad,
            ..loading[0].clone()
        })?;
        Ok(Some(record("programs")))
    };
    world.store().bulk(load).await.unwrap();
    let in_order = [1, 2, 3, 0].map(|place: usize| accesses[place].clone());
    for offset in 0..=4 {
        let cut = world.store().api_accesses(right(Role::Csp, None), 3, offset).await.unwrap();
        let expected: Vec<_> = in_order.iter().skip(offset as usize).take(3).cloned().collect();
        assert_eq!((cut.total, cut.items), (4, expected), "from {offset}");
    }
}
