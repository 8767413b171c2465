//! Which paths and queries are understood, and what is said of the others?

use uuid::Uuid;

use crate::directory::*;
use crate::world::{World, shared_users};

#[tokio::test]
async fn a_customer_id_is_read_in_the_forms_of_dotnet() {
    let world = World::new().await;
    let id = SHARED.0;
    for form in [
        id.hyphenated().to_string().to_uppercase(),
        id.simple().to_string(),
        id.simple().to_string().to_uppercase(),
        format!("%7B{id}%7D"),
        format!("%7b{id}%7d"),
        format!("({id})"),
        format!("%28{id}%29"),
        id.to_string().replace('c', "%63"),
        id.to_string().replace('-', "%2D"),
    ] {
        let answer = world.list(SHARED).await.target(&format!("/v1/customer/{form}/users")).send().await;
        assert_eq!((answer.status, answer.emails().len()), (200, 7), "{form}");
    }
}

#[tokio::test]
async fn what_is_no_guid_is_a_fault_of_customer_id() {
    let world = World::new().await;
    let id = SHARED.0;
    for form in [
        "x".to_owned(),
        "%20".to_owned(),
        "%ff".to_owned(),
        "%00".to_owned(),
        "%".to_owned(),
        "%zz".to_owned(),
        format!("{id}%20"),
        format!("+{id}"),
        format!("%7B{id}%29"),
        format!("%7B{}%7D", id.simple()),
        format!("urn:uuid:{id}"),
        format!("{id}%2F"),
        format!("{id};v=1"),
        format!("{id}0"),
        "0".repeat(4_000),
    ] {
        let answer = world.list(SHARED).await.target(&format!("/v1/customer/{form}/users")).send().await;
        assert_eq!(answer.told(), "400 InvalidRequest", "{form}");
        assert_eq!(answer.faults(), ["customerId"], "{form}");
    }
}

#[tokio::test]
async fn paths_match_without_regard_to_case_and_with_one_slash_at_the_end() {
    let world = World::new().await;
    for path in [
        format!("/v1/Customer/{SHARED}/users"),
        format!("/V1/CUSTOMER/{SHARED}/USERS"),
        format!("/v1/customer/{SHARED}/users/"),
        format!("/%761/custome%72/{SHARED}/users"),
        format!("http://elsewhere.example/v1/customer/{SHARED}/users"),
    ] {
        assert_eq!(world.list(SHARED).await.target(&path).status().await, 200, "{path}");
    }
    for path in [
        format!("/v1/customer/{SHARED}/users//"),
        format!("/v1//customer/{SHARED}/users"),
        format!("/v1/customer/{SHARED}%2Fusers"),
        format!("/v1/customer/{SHARED}"),
        format!("/v1/customer/{SHARED}/users/x"),
        format!("/v1/./customer/{SHARED}/users"),
        format!("/v2/customer/{SHARED}/users"),
        "/".to_owned(),
        "/v1/users/groups/x/y".to_owned(),
        "/%".to_owned(),
    ] {
        assert_eq!(world.list(SHARED).await.target(&path).send().await.told(), "404 RouteNotFound", "{path}");
    }
}

#[tokio::test]
async fn the_plural_of_the_path_is_pointed_here() {
    let world = World::new().await;
    for path in [format!("/v1/Customers/{SHARED}/users"), format!("/V1/CUSTOMERS/{SHARED}/USERS/")] {
        let answer = world.list(SHARED).await.target(&path).send().await;
        assert_eq!(answer.told(), "404 RouteNotFound");
        let description = answer.json()["description"].as_str().unwrap().to_owned();
        assert!(description.contains("/v1/customer/{customerId}/users"), "{description}");
    }
    let elsewhere = world.ask("GET", "/v1/nothing").send().await;
    assert!(!elsewhere.text().contains("/v1/customer/"));
}

#[tokio::test]
async fn the_nil_guid_is_well_formed_and_not_found() {
    let world = World::new().await;
    let path = format!("/v1/customer/{}/users", Uuid::nil());
    assert_eq!(world.list(SHARED).await.target(&path).send().await.told(), "404 CustomerNotFound");
}

#[tokio::test]
async fn names_of_parameters_match_without_regard_to_case() {
    let world = World::new().await;
    for (query, users) in [
        (format!("?RESELLERID={ACORN}"), 2),
        (format!("?resellerid=%7B{}%7d", ACORN.to_string().to_uppercase()), 2),
        (format!("?reseller%49d=({ACORN})"), 2),
        ("?resellerId=".to_owned(), 7),
        ("?resellerId".to_owned(), 7),
        ("?".to_owned(), 7),
        ("?&&".to_owned(), 7),
        ("?PageSize=3".to_owned(), 3),
        ("?pagesize=2000".to_owned(), 7),
        ("?pageSize=0003".to_owned(), 3),
    ] {
        let answer = world.list(SHARED).await.query(&query).send().await;
        assert_eq!(answer.emails().len(), users, "{query}");
    }
}

#[tokio::test]
async fn a_mistyped_query_is_a_fault_of_its_parameter() {
    let world = World::new().await;
    for (query, faults) in [
        ("?reseller=1", &["reseller"][..]),
        ("?resellerId=x", &["resellerId"]),
        ("?resellerId=&resellerId=", &["resellerId"]),
        ("?resellerId=&RESELLERID=", &["resellerId"]),
        ("?resellerId=%ff", &["resellerId"]),
        ("?pageSize=", &["pageSize"]),
        ("?pageSize", &["pageSize"]),
        ("?pageSize=0", &["pageSize"]),
        ("?pageSize=2001", &["pageSize"]),
        ("?pageSize=-1", &["pageSize"]),
        ("?pageSize=%2B1", &["pageSize"]),
        ("?pageSize=1e1", &["pageSize"]),
        ("?pageSize=%D9%A1", &["pageSize"]),
        ("?pageSize=1&pageSize=1", &["pageSize"]),
        ("?pageSize=99999999999999999999", &["pageSize"]),
        ("?pageSize=1&continuationToken=", &["continuationToken"]),
        ("?=", &[""]),
        ("?=1", &[""]),
        ("?page%00Size=1", &["page\0Size"]),
        ("?%F0%9F%98%80=1", &["😀"]),
        ("?a=1&b=2&a=3&c=%zz", &["a", "b", "c"]),
        ("?%zz=1", &["%zz"]),
        ("?$filter=1&pageNumber=1", &["$filter", "pageNumber"]),
    ] {
        let answer = world.list(SHARED).await.query(query).send().await;
        assert_eq!(
            (answer.told().as_str(), answer.faults().as_slice()),
            ("400 InvalidRequest", &faults.iter().map(|fault| (*fault).to_owned()).collect::<Vec<_>>()[..]),
            "{query}"
        );
    }
}

#[tokio::test]
async fn at_most_20_errors_are_told_and_names_are_cut_at_64_characters() {
    let world = World::new().await;
    let many: Vec<String> = (0..50).map(|number| format!("p{number}=1")).collect();
    let answer = world.list(SHARED).await.query(&format!("?{}", many.join("&"))).send().await;
    assert_eq!(answer.faults().len(), 20);
    let long = "%C3%A9".repeat(100);
    let answer = world.list(SHARED).await.query(&format!("?{long}=1")).send().await;
    assert_eq!(answer.faults(), ["é".repeat(64)]);
}

#[tokio::test]
async fn each_fault_says_what_would_be_right_in_a_list() {
    let world = World::new().await;
    let answer = world.list(SHARED).await.target(&format!("{}?pageSize=0", shared_users())).send().await;
    assert_eq!(
        answer.json()["errors"],
        serde_json::json!([{
            "propertyName": "pageSize",
            "description": ["Give a whole number from 1 to 2000."],
        }])
    );
}
