//! What do customers and resellers have in common? The body of a company, what is wrong with one, and how lists
//! of them are asked for: told of both.

use serde_json::{Value, json};

use crate::ask::Answer;
use crate::caller::Caller;
use crate::directory::*;
use crate::world::World;

/// A good customer of this name.
pub(crate) fn customer(name: &str) -> Value {
    json!({
        "companyName": name, "taxId": "DE 123/456", "country": "de", "addressLine1": "Königsallee 1½",
        "addressLine2": "c/o O'Neil", "city": "Düsseldorf", "state": "Nordrhein-Westfalen", "zip": "40212",
        "firstName": "Jürgen", "middleName": "van der", "lastName": "Groß", "email": "Jürgen@Müller.example",
        "phone": "+49 (211) 12-34/5", "internalIdentifier": "K-17",
    })
}

/// A good reseller of this name.
pub(crate) fn reseller(name: &str) -> Value {
    let renamed = |member: &str| if member == "zip" { "zipCode".to_owned() } else { member.to_owned() };
    let members = customer(name).as_object().unwrap().clone().into_iter();
    let members = members.filter(|(member, _)| member != "middleName");
    Value::Object(members.map(|(member, value)| (renamed(&member), value)).collect())
}

/// Both kinds: where they are, a good one, and what its postal code is called.
fn kinds() -> [(&'static str, Value, &'static str); 2] {
    [("/v1/Customers", customer("A"), "zip"), ("/v1/Resellers", reseller("A"), "zipCode")]
}

const REQUIRED: [&str; 9] =
    ["companyName", "country", "addressLine1", "city", "state", "firstName", "lastName", "email", "phone"];

async fn posted_with(caller: &Caller, path: &str, good: &Value, member: &str, value: Value) -> Answer {
    let mut body = good.clone();
    body[member] = value;
    caller.post(path, &body).await
}

#[tokio::test]
async fn what_a_company_must_have_it_must_have() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (path, good, zip) in kinds() {
        let mut all = csp.post(path, &json!({})).await.faults();
        let mut expected = [&REQUIRED[..], &[zip]].concat();
        all.sort();
        expected.sort_unstable();
        assert_eq!(all, expected, "{path}: all at once");
        for member in expected {
            for nothing in [json!(null), json!(""), json!(" \u{a0}")] {
                let answer = posted_with(&csp, path, &good, member, nothing.clone()).await;
                assert_eq!(answer.refusal(), format!("400 InvalidRequest: {member}"), "{path} {nothing}");
            }
        }
        for member in ["taxId", "addressLine2", "internalIdentifier"] {
            for nothing in [json!(null), json!(" ")] {
                let id = posted_with(&csp, path, &good, member, nothing).await.id();
                assert_eq!(csp.get(&format!("{path}/{id}")).await.json()[member], json!(null), "{member}");
            }
        }
    }
}

#[tokio::test]
async fn each_member_has_its_form() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (path, good, zip) in kinds() {
        for (member, most) in [
            ("companyName", 255),
            ("taxId", 255),
            ("addressLine1", 255),
            ("addressLine2", 255),
            ("city", 255),
            ("state", 255),
            ("firstName", 255),
            ("lastName", 255),
            ("internalIdentifier", 255),
            (zip, 30),
            ("phone", 30),
        ] {
            let id = posted_with(&csp, path, &good, member, json!("a\u{30a}".repeat(most))).await.id();
            assert_eq!(csp.get(&format!("{path}/{id}")).await.json()[member], "å".repeat(most));
            for wrong in [json!("å".repeat(most + 1)), json!("a\nb"), json!("a\u{0}"), json!(1), json!(["a"])]
            {
                let answer = posted_with(&csp, path, &good, member, wrong.clone()).await;
                assert_eq!(answer.refusal(), format!("400 InvalidRequest: {member}"), "{path} {wrong}");
            }
        }
        for (member, wrong) in [
            ("country", json!("Deutschland")),
            ("country", json!("UK")),
            ("country", json!("D")),
            ("country", json!("DEU")),
            ("email", json!("nobody")),
            ("email", json!("a@b@c")),
            ("id", json!("x")),
            ("id", json!("00000000-0000-0000-0000-000000000000")),
            ("deletedAt", json!(null)),
            ("users", json!([])),
        ] {
            let answer = posted_with(&csp, path, &good, member, wrong.clone()).await;
            assert_eq!(answer.refusal(), format!("400 InvalidRequest: {member}"), "{path} {wrong}");
        }
    }
    let middle = posted_with(&csp, "/v1/Resellers", &reseller("A"), "middleName", json!("x")).await;
    assert_eq!(middle.faults(), ["middleName"], "a reseller has none");
    let code = posted_with(&csp, "/v1/Customers", &customer("A"), "zipCode", json!("x")).await;
    assert_eq!(code.faults(), ["zipCode"], "a customer calls it `zip`");
}

#[tokio::test]
async fn an_id_may_be_given_once() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (path, good, _) in kinds() {
        let id = json!("{0A000000-0000-4000-8000-00000000000B}");
        let answer = posted_with(&csp, path, &good, "id", id.clone()).await;
        assert_eq!(answer.text(), "\"0a000000-0000-4000-8000-00000000000b\"");
        let again = posted_with(&csp, path, &good, "id", id.clone()).await;
        assert_eq!(again.refusal(), "400 InvalidRequest: id");
        let southern = world.southern(SOUTH_ADMINISTRATOR).await;
        assert_eq!(posted_with(&southern, path, &good, "id", id).await.status, 201, "another tenant's");
    }
    for (path, good, taken) in [
        ("/v1/Customers", customer("A"), GONE.to_string()),
        ("/v1/Resellers", reseller("A"), GONE_RESELLER.to_string()),
    ] {
        let answer = posted_with(&csp, path, &good, "id", json!(taken)).await;
        assert_eq!(answer.refusal(), "400 InvalidRequest: id", "of one that was deleted");
    }
}

#[tokio::test]
async fn companies_are_listed_by_name_and_found_by_a_part_of_it() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (path, mut body, _) in kinds() {
        for (name, identifier) in
            [("Ängström AB", "Å-1"), ("zeta %", "50%"), ("Æsop_Books", "x_y"), ("de Vries & Zn.", "K-17")]
        {
            body["companyName"] = json!(name);
            body["internalIdentifier"] = json!(identifier);
            assert_eq!(csp.post(path, &body).await.status, 201);
        }
        let found = async |query: &str| {
            let answer = csp.get(&format!("{path}/?pageSize=2000&{query}")).await;
            assert_eq!(answer.json()["totalCount"], answer.items().len());
            let mut names = answer.each("companyName");
            names.retain(|name| !["Customer", "Reseller"].contains(&name.as_str()));
            names.join(", ")
        };
        let all = "Æsop_Books, Ängström AB, de Vries & Zn., zeta %";
        for (query, expected) in [
            ("", all),
            ("sortPropertyName=Company.Name&ascendingOrder=true", all),
            (
                "SORTPROPERTYNAME=company.name&ASCENDINGORDER=False",
                "zeta %, de Vries & Zn., Ängström AB, Æsop_Books",
            ),
            ("searchValue=", all),
            ("searchValue=angs", "Ängström AB"),
            ("searchValue=STR%C3%96M+ab", "Ängström AB"),
            ("searchValue=vries+%26", "de Vries & Zn."),
            ("searchValue=aesop&searchField=Company.Name", "Æsop_Books"),
            ("searchValue=%25", "zeta %"),
            ("searchValue=_", "Æsop_Books"),
            ("searchValue=k-1&searchField=internalIdentifier", "de Vries & Zn."),
            ("searchValue=0%25&searchField=InternalIdentifier", "zeta %"),
            ("searchValue=%C3%A5-1&searchField=InternalIdentifier", "Ängström AB"),
            ("searchValue=K-17", ""),
            ("searchField=InternalIdentifier", all),
            ("searchValue=&searchField=&sortPropertyName=&ascendingOrder=", all),
        ] {
            assert_eq!(found(query).await, expected, "{path} {query}");
        }
        let page = csp.get(&format!("{path}?pageSize=1&pageNumber=2&ascendingOrder=true")).await;
        assert_eq!(page.each("companyName"), ["Ängström AB"]);
        assert_eq!(page.json()["paginationParameters"], json!({"pageNumber": 2, "pageSize": 1}));
        assert_eq!(
            (&page.json()["hasPreviousPage"], &page.json()["hasNextPage"]),
            (&json!(true), &json!(true))
        );
        for (query, faults) in [
            ("pageNumber=0&pageSize=0", "pageNumber, pageSize"),
            ("searchField=Zip&searchValue=x", "searchField"),
            ("sortPropertyName=Zip", "sortPropertyName"),
            ("ascendingOrder=yes", "ascendingOrder"),
            ("companyName=x", "companyName"),
            ("searchValue=a&searchvalue=b", "searchValue"),
        ] {
            let answer = csp.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.refusal(), format!("400 InvalidRequest: {faults}"), "{path} {query}");
        }
    }
}

#[tokio::test]
async fn an_account_is_changed_member_by_member() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for (path, good, zip) in kinds() {
        let place = format!("{path}/{}", csp.post(path, &good).await.id());
        let account = format!("{place}/account-info");
        let before = csp.get(&place).await;
        let change = json!({"companyName": " Žluťoučký kůň ", "taxId": null, "country": "se", zip: "1"});
        let answer = csp.patch(&account, &change).await;
        assert_eq!((answer.status, answer.body.len()), (202, 0), "{path}");
        let after = csp.get(&place).await;
        assert_eq!(after.tag(), answer.tag());
        assert_ne!(after.tag(), before.tag());
        let mut expected = before.json();
        expected["companyName"] = json!(" Žluťoučký kůň ");
        expected["taxId"] = json!(null);
        expected["country"] = json!("SE");
        expected[zip] = json!("1");
        assert_eq!(after.json(), expected);
        assert_eq!(csp.get(&format!("{path}?searchValue=zlutoucky")).await.items().len(), 1, "found at once");
        for member in [&REQUIRED[..], &[zip]].concat() {
            for nothing in [json!(null), json!("  ")] {
                let answer = csp.patch(&account, &json!({ member: nothing })).await;
                assert_eq!(answer.refusal(), format!("400 InvalidRequest: {member}"), "{path}");
            }
        }
        for (member, value) in [
            ("id", json!(NO_CUSTOMER.to_string())),
            ("internalIdentifier", json!("K-18")),
            ("phone", json!("1".repeat(31))),
            ("deletedAt", json!("2026-01-01T00:00:00Z")),
        ] {
            let answer = csp.patch(&account, &json!({ member: value })).await;
            assert_eq!(answer.refusal(), format!("400 InvalidRequest: {member}"), "{path}");
        }
        assert_eq!(csp.get(&place).await.json(), expected, "{path}");
    }
}
