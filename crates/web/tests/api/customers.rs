//! Customers: added, looked at, changed and deleted, by those who reach them.

use serde_json::{Value, json};

use crate::company::customer;
use crate::directory::*;
use crate::world::{World, shared_users, user_at};

const CUSTOMERS: &str = "/v1/Customers";

fn at(id: impl ToString) -> String {
    format!("{CUSTOMERS}/{}", id.to_string())
}

fn with(mut body: Value, member: &str, value: impl Into<Value>) -> Value {
    body[member] = value.into();
    body
}

#[tokio::test]
async fn a_new_customer_is_answered_by_its_id_and_shown_as_it_was_written() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let answer = csp.post(CUSTOMERS, &customer("Mu\u{308}ller & So\u{308}hne")).await;
    let id = answer.id();
    assert_eq!((answer.status, answer.text()), (201, format!("\"{id}\"").as_str()));
    assert_eq!(answer.header("location"), Some(at(&id).as_str()));
    let shown = csp.get(&at(&id)).await;
    assert_eq!(shown.tag(), answer.tag());
    assert_eq!(
        shown.text(),
        format!(
            "{{\"id\":\"{id}\",\"companyName\":\"Müller & Söhne\",\"taxId\":\"DE 123/456\",\"country\":\"DE\",\
             \"addressLine1\":\"Königsallee 1½\",\"addressLine2\":\"c/o O'Neil\",\"city\":\"Düsseldorf\",\
             \"state\":\"Nordrhein-Westfalen\",\"zip\":\"40212\",\"firstName\":\"Jürgen\",\
             \"middleName\":\"van der\",\"lastName\":\"Groß\",\"email\":\"Jürgen@Müller.example\",\
             \"phone\":\"+49 (211) 12-34/5\",\"internalIdentifier\":\"K-17\",\"resellerId\":null,\
             \"customerAssociations\":[{{\"resellerId\":null,\"internalIdentifier\":\"K-17\"}}]}}"
        )
    );
    assert_eq!(csp.get(&format!("/v1/customer/{id}/users")).await.text(), "[]", "and has no users yet");
}

#[tokio::test]
async fn a_customer_is_related_to_the_reseller_that_is_named_or_adds_it() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let of = |reseller: &str| with(customer("Néw"), "resellerId", reseller);
    for (caller, body, related) in [
        (&csp, with(customer("Néw"), "resellerId", Value::Null), json!(null)),
        (&csp, of(&format!("{{{BIRCH}}}")), json!(BIRCH.to_string())),
        (&csp, with(customer("Néw"), "customerAssociations", json!([])), json!(null)),
        (&acorn, customer("Néw"), json!(ACORN.to_string())),
        (&acorn, of(&ACORN.to_string()), json!(ACORN.to_string())),
    ] {
        let id = caller.post(CUSTOMERS, &body).await.id();
        let shown = csp.get(&at(id)).await.json();
        let expected = json!([{"resellerId": related, "internalIdentifier": "K-17"}]);
        assert_eq!(shown["customerAssociations"], expected, "{body}");
    }
    for (caller, body, expected) in [
        (&csp, of(&NO_CUSTOMER.to_string()), "404 ResellerNotFound: "),
        (&csp, of(&SOUTHERN.to_string()), "404 ResellerNotFound: "),
        (&csp, of(&GONE_RESELLER.to_string()), "404 ResellerNotFound: "),
        (&csp, of("acorn"), "400 InvalidRequest: resellerId"),
        (
            &csp,
            with(customer("x"), "customerAssociations", json!([{}])),
            "400 InvalidRequest: customerAssociations",
        ),
        (&acorn, of(&BIRCH.to_string()), "403 ResellerScopeMismatch: "),
        (&acorn, of(&NO_CUSTOMER.to_string()), "403 ResellerScopeMismatch: "),
    ] {
        assert_eq!(caller.post(CUSTOMERS, &body).await.refusal(), expected, "{body}");
    }
    for client in [CSP, OF_ACORN, OF_SHARED, SHARED_ADMINISTRATOR] {
        let answer = world.caller(client).await.post(CUSTOMERS, &customer("x")).await;
        assert_eq!(answer.told(), "403 PermissionDenied", "{client}");
    }
    assert_eq!(csp.get("/v1/Customers?searchValue=new").await.items().len(), 5);
}

#[tokio::test]
async fn each_caller_sees_of_a_customer_what_is_its_business() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let identify = |reseller: Value, name: &str| json!({"resellerId": reseller, "internalIdentifier": name});
    let books = format!("{}/internal-identifier", at(SHARED));
    for body in [
        identify(json!(ACORN.to_string()), "A-1"),
        identify(json!(BIRCH.to_string()), "B-1"),
        identify(json!(null), "C-1"),
    ] {
        assert_eq!(csp.patch(&books, &body).await.status, 204);
    }
    let relation = |reseller: Value, name: Value| json!({"resellerId": reseller, "internalIdentifier": name});
    let (acorn, birch) = (json!(ACORN.to_string()), json!(BIRCH.to_string()));
    let all = json!([
        relation(json!(null), json!("C-1")),
        relation(acorn.clone(), json!("A-1")),
        relation(birch.clone(), json!("B-1")),
    ]);
    let unnamed = json!([
        relation(json!(null), json!(null)),
        relation(acorn.clone(), json!(null)),
        relation(birch.clone(), json!(null))
    ]);
    let of = |reseller| format!("?resellerId={reseller}");
    let null = json!(null);
    for (client, query, identifier, shown, associations) in [
        (CSP, String::new(), json!("C-1"), &null, &all),
        (CSP, of(BIRCH), json!("B-1"), &birch, &all),
        (OF_ACORN, String::new(), json!("A-1"), &acorn, &json!([relation(acorn.clone(), json!("A-1"))])),
        (OF_ACORN, of(ACORN), json!("A-1"), &acorn, &json!([relation(acorn.clone(), json!("A-1"))])),
        (OF_SHARED, String::new(), json!(null), &null, &unnamed),
        (OF_SHARED, of(BIRCH), json!(null), &birch, &unnamed),
    ] {
        let customer = world.caller(client).await.get(&format!("{}{query}", at(SHARED))).await.json();
        assert_eq!(customer["internalIdentifier"], identifier, "{client} {query}");
        assert_eq!(&customer["resellerId"], shown, "{client} {query}");
        assert_eq!(&customer["customerAssociations"], associations, "{client} {query}");
    }
    let found = async |client, query: &str| {
        let path = format!("{CUSTOMERS}?searchField=InternalIdentifier&searchValue={query}");
        world.caller(client).await.get(&path).await.items().len()
    };
    assert_eq!(found(CSP, "c-1").await, 1);
    assert_eq!(found(CSP, "b-1").await, 0, "that is in the books of others");
    assert_eq!(found(CSP, &format!("b-1&resellerId={BIRCH}")).await, 1);
    assert_eq!((found(OF_ACORN, "a-1").await, found(OF_ACORN, "c-1").await), (1, 0));
}

#[tokio::test]
async fn customers_are_listed_to_those_who_reach_them() {
    let world = World::new().await;
    for (client, query, expected) in [
        (CSP, String::new(), 5),
        (CSP, format!("?resellerId={ACORN}"), 3),
        (CSP, format!("?resellerId={LONELY}"), 0),
        (OF_ACORN, String::new(), 3),
        (OF_BIRCH_CLIENT, String::new(), 2),
        (OF_LONELY, String::new(), 0),
    ] {
        let answer = world.caller(client).await.get(&format!("{CUSTOMERS}{query}")).await;
        assert_eq!(answer.items().len(), expected, "{client} {query}");
        assert_eq!(answer.json()["totalCount"], expected);
    }
    for (client, path, expected) in [
        (CSP, format!("{CUSTOMERS}?resellerId={SOUTHERN}"), "404 ResellerNotFound"),
        (OF_ACORN, format!("{CUSTOMERS}?resellerId={BIRCH}"), "403 ResellerScopeMismatch"),
        (OF_SHARED, CUSTOMERS.to_owned(), "403 PermissionDenied"),
        (OF_SHARED, at(DIRECT), "404 CustomerNotFound"),
        (OF_ACORN, at(OF_BIRCH), "404 CustomerNotFound"),
        (OF_ACORN, format!("{}?resellerId={BIRCH}", at(SHARED)), "403 ResellerScopeMismatch"),
        (CSP, at(FOREIGN), "404 CustomerNotFound"),
        (CSP, at(GONE), "404 CustomerNotFound"),
        (CSP, at("00000000-0000-0000-0000-000000000000"), "404 CustomerNotFound"),
        (CSP, at("nonsense"), "400 InvalidRequest"),
        (CSP, format!("{}?resellerId={LONELY}", at(SHARED)), "403 ResellerNotRelated"),
        (CSP, format!("{}?pageSize=1", at(SHARED)), "400 InvalidRequest"),
    ] {
        assert_eq!(world.caller(client).await.get(&path).await.told(), expected, "{client} {path}");
    }
}

#[tokio::test]
async fn the_account_is_sent_as_the_published_page_wraps_it_or_bare() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let account = format!("{}/account-info", at(DIRECT));
    let wrapped = json!({
        "customer": {"id": DIRECT.to_string(), "companyName": "Dírect", "customerAssociations": []},
        "retryFailedProviderCustomersFromCompanyInfo": false,
    });
    assert_eq!(csp.patch(&account, &wrapped).await.status, 202);
    assert_eq!(csp.get(&at(DIRECT)).await.json()["companyName"], "Dírect");
    for (body, faults) in [
        (json!({"customer": {"companyName": null, "x": 1}, "y": 1}), "y, customer.companyName, customer.x"),
        (json!({"customer": 1}), "customer"),
        (json!({"customer": {}, "companyName": "x"}), "companyName"),
        (json!({"customer": {"id": SHARED.to_string()}}), "id"),
        (
            json!({"customer": {}, "retryFailedProviderCustomersFromCompanyInfo": "yes"}),
            "retryFailedProviderCustomersFromCompanyInfo",
        ),
        (json!({"resellerId": ACORN.to_string()}), "resellerId"),
        (json!({"customerAssociations": [{}]}), "customerAssociations"),
    ] {
        let mut told = csp.patch(&account, &body).await.faults();
        told.sort();
        let mut expected: Vec<&str> = faults.split(", ").collect();
        expected.sort_unstable();
        assert_eq!(told, expected, "{body}");
    }
    for (client, path, expected) in [
        (CSP, at(SHARED), "403 PermissionDenied"),
        (OF_ACORN, at(SHARED), "403 PermissionDenied"),
        (SHARED_ADMINISTRATOR, at(SHARED), "403 PermissionDenied"),
        (ACORN_ADMINISTRATOR, at(OF_BIRCH), "404 CustomerNotFound"),
        (CSP_ADMINISTRATOR, at(FOREIGN), "404 CustomerNotFound"),
        (CSP_ADMINISTRATOR, at(GONE), "404 CustomerNotFound"),
        (ACORN_ADMINISTRATOR, at(SHARED), "202"),
    ] {
        let answer =
            world.caller(client).await.patch(&format!("{path}/Account-Info/"), &json!({"city": "Å"})).await;
        assert_eq!(answer.told(), expected, "{client} {path}");
    }
}

#[tokio::test]
async fn an_internal_identifier_is_changed_in_ones_own_books() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let books = format!("{}/internal-identifier", at(SHARED));
    let bare = acorn.patch(&books, &json!("Ä-\"1\"")).await;
    assert_eq!((bare.status, bare.body.len()), (204, 0));
    assert_eq!(acorn.get(&at(SHARED)).await.json()["internalIdentifier"], "Ä-\"1\"");
    assert_eq!(acorn.get(&at(SHARED)).await.tag(), bare.tag());
    assert_eq!(csp.get(&at(SHARED)).await.json()["internalIdentifier"], json!(null), "others keep their own");
    let object = json!({"internalIdentifier": "C", "resellerId": null});
    assert_eq!(csp.patch(&books, &object).await.status, 204);
    assert_eq!(csp.get(&at(SHARED)).await.json()["internalIdentifier"], "C");
    for nothing in [json!(null), json!(" "), json!({"internalIdentifier": null})] {
        assert_eq!(csp.patch(&books, &json!("C")).await.status, 204);
        assert_eq!(csp.patch(&books, &nothing).await.status, 204);
        assert_eq!(csp.get(&at(SHARED)).await.json()["internalIdentifier"], json!(null), "{nothing}");
    }
    let of = |reseller: &dyn ToString| json!({"internalIdentifier": "x", "resellerId": reseller.to_string()});
    for (caller, customer, body, expected) in [
        (&csp, SHARED, json!({}), "400 InvalidRequest: internalIdentifier"),
        (&csp, SHARED, json!("å".repeat(256)), "400 InvalidRequest: body"),
        (&csp, SHARED, json!("a\tb"), "400 InvalidRequest: body"),
        (&csp, SHARED, json!(1), "400 InvalidRequest: body"),
        (&csp, SHARED, of(&"x"), "400 InvalidRequest: resellerId"),
        (&csp, OF_BIRCH, json!("x"), "400 InvalidRequest: resellerId"),
        (&csp, SHARED, of(&LONELY), "403 ResellerNotRelated: "),
        (&csp, NO_CUSTOMER, of(&LONELY), "404 CustomerNotFound: "),
        (&acorn, SHARED, of(&BIRCH), "403 ResellerScopeMismatch: "),
        (&acorn, DIRECT, json!("x"), "404 CustomerNotFound: "),
    ] {
        let answer = caller.patch(&format!("{}/internal-identifier", at(customer)), &body).await;
        assert_eq!(answer.refusal(), expected, "{body}");
    }
    let answer = world.caller(SHARED_ADMINISTRATOR).await.patch(&books, &json!("x")).await;
    assert_eq!(answer.told(), "403 PermissionDenied");
}

#[tokio::test]
async fn a_deleted_customer_is_gone_at_once_with_all_that_belongs_to_it() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let acorn = world.caller(OF_ACORN).await;
    let shared = world.caller(SHARED_ADMINISTRATOR).await;
    let total = async |caller: &crate::caller::Caller, path: &str| {
        caller.get(path).await.json()["totalCount"].clone()
    };
    assert_eq!(shared.get(&shared_users()).await.status, 200);
    assert_eq!(acorn.get(&shared_users()).await.status, 200);
    assert_eq!((total(&csp, "/v1").await, total(&acorn, "/v1").await), (json!(16), json!(4)));

    for client in [CSP, ACORN_ADMINISTRATOR, SHARED_ADMINISTRATOR] {
        assert_eq!(world.caller(client).await.delete(&at(SHARED)).await.told(), "403 PermissionDenied");
    }
    let deleted = csp.delete(&at(SHARED)).await;
    assert_eq!((deleted.status, deleted.body.len(), deleted.header("etag")), (202, 0, None));
    for path in [at(SHARED), shared_users()] {
        assert_eq!(csp.get(&path).await.told(), "404 CustomerNotFound");
        assert_eq!(acorn.get(&path).await.told(), "404 CustomerNotFound");
    }
    assert_eq!((total(&csp, "/v1").await, total(&acorn, "/v1").await), (json!(9), json!(2)));
    assert_eq!((total(&csp, CUSTOMERS).await, total(&acorn, CUSTOMERS).await), (json!(4), json!(2)));
    assert_eq!(csp.get("/v1?searchValue=lund").await.items().len(), 0);
    assert_eq!(csp.get(&user_at(1)).await.told(), "404 UserNotFound");
    assert_eq!(csp.ask("POST", &format!("{}/restore", user_at(8))).send().await.told(), "404 UserNotFound");
    assert_eq!(shared.get("/v1").await.told(), "401 InvalidToken", "its programs are refused");
    for answer in [
        csp.delete(&at(SHARED)).await,
        csp.put(&format!("{}/resellers/{ACORN}", at(SHARED))).await,
        csp.post(&shared_users(), &json!({"email": "a@x.example"})).await,
    ] {
        assert_eq!(answer.told(), "404 CustomerNotFound");
    }
    let again = with(customer("Again"), "id", SHARED.to_string());
    assert_eq!(csp.post(CUSTOMERS, &again).await.refusal(), "400 InvalidRequest: id");
}

#[tokio::test]
async fn people_of_a_deleted_customer_are_let_in_no_more() {
    let world = World::new().await;
    let carl = world.person("carl@north.example");
    assert_eq!(carl.get("/v1").await.status, 200);
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    assert_eq!(csp.delete(&at(DIRECT)).await.status, 202);
    assert_eq!(carl.get("/v1").await.told(), "403 TenantForbidden");
}

#[tokio::test]
async fn however_many_users_a_deleted_customer_had_no_list_shows_one_of_them() {
    let world = World::with_crowd(1_100).await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    assert_eq!(csp.get("/v1?searchValue=shared").await.json()["totalCount"], 1_109);
    assert_eq!(csp.delete(&at(CROWD)).await.status, 202);
    for path in ["/v1", "/v1?sortPropertyName=Email", "/v1?searchValue=shared"] {
        let answer =
            csp.get(&format!("{path}{}pageSize=2000", if path.contains('?') { '&' } else { '?' })).await;
        assert_eq!(answer.json()["totalCount"], answer.items().len(), "{path}");
        assert!(!answer.text().contains("\"firstName\":\"É\""), "{path}");
    }
}
