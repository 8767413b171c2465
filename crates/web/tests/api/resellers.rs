//! Resellers: the distributor adds, lists and changes them, and a reseller looks at itself.

use serde_json::json;

use crate::company::reseller;
use crate::directory::*;
use crate::world::World;

const RESELLERS: &str = "/v1/Resellers";

fn at(id: impl ToString) -> String {
    format!("{RESELLERS}/{}", id.to_string())
}

#[tokio::test]
async fn a_new_reseller_is_answered_by_its_id_and_shown_as_it_was_written() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let mut body = reseller("Eichho\u{308}rnchen & Co.");
    body["customDomain"] = json!("Bücher.Eichhorn.EXAMPLE.");
    let answer = csp.post(RESELLERS, &body).await;
    let id = answer.id();
    assert_eq!((answer.status, answer.text()), (201, format!("\"{id}\"").as_str()));
    assert_eq!(answer.header("location"), Some(at(&id).as_str()));
    let shown = csp.get(&at(&id)).await;
    assert_eq!(shown.tag(), answer.tag());
    assert_eq!(
        shown.text(),
        format!(
            "{{\"id\":\"{id}\",\"companyName\":\"Eichhörnchen & Co.\",\"taxId\":\"DE 123/456\",\"country\":\"DE\",\
             \"addressLine1\":\"Königsallee 1½\",\"addressLine2\":\"c/o O'Neil\",\"city\":\"Düsseldorf\",\
             \"state\":\"Nordrhein-Westfalen\",\"zipCode\":\"40212\",\"firstName\":\"Jürgen\",\
             \"lastName\":\"Groß\",\"email\":\"Jürgen@Müller.example\",\"phone\":\"+49 (211) 12-34/5\",\
             \"internalIdentifier\":\"K-17\",\"customDomain\":\"xn--bcher-kva.eichhorn.example\"}}"
        )
    );
    let staff = csp.post(&format!("/v1/reseller/{id}/users"), &json!({"email": "a@x.example"})).await;
    assert_eq!(staff.status, 201, "and can have staff at once");
}

#[tokio::test]
async fn a_custom_domain_opens_the_portal_from_the_moment_it_is_given_until_it_is_taken() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let list = world.list(SHARED).await;
    let opens = async |domain: &str| list.clone().tenant(domain).send().await.told();
    assert_eq!(opens("eichhorn.example").await, "403 TenantForbidden");
    let mut body = reseller("Eichhorn");
    body["customDomain"] = json!("Eichhorn.example");
    let place = at(csp.post(RESELLERS, &body).await.id());
    let account = format!("{place}/account-info");
    assert_eq!(opens("eichhorn.example").await, "200");
    assert_eq!(csp.patch(&account, &json!({"customDomain": "hoernchen.example"})).await.status, 202);
    assert_eq!(
        (opens("eichhorn.example").await, opens("hoernchen.example").await),
        ("403 TenantForbidden".into(), "200".into())
    );
    assert_eq!(csp.patch(&account, &json!({"city": "Köln"})).await.status, 202);
    assert_eq!(opens("hoernchen.example").await, "200", "what is left out stays");
    assert_eq!(csp.patch(&account, &json!({"customDomain": null})).await.status, 202);
    assert_eq!(opens("hoernchen.example").await, "403 TenantForbidden");
    assert_eq!(csp.get(&place).await.json()["customDomain"], json!(null));
}

#[tokio::test]
async fn a_custom_domain_is_a_domain_that_nobody_has() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let place = at(csp.post(RESELLERS, &reseller("Eichhorn")).await.id());
    for domain in [
        "acorn.example",
        "ACORN.example.",
        NORTH_DOMAIN,
        SOUTH_DOMAIN,
        "bücher-cloud.example",
        "127.0.0.1",
        "https://x.example",
        "x.example:443",
        "x y",
        "-x.example",
    ] {
        let mut body = reseller("Another");
        body["customDomain"] = json!(domain);
        assert_eq!(
            csp.post(RESELLERS, &body).await.refusal(),
            "400 InvalidRequest: customDomain",
            "{domain}"
        );
        let change = json!({"customDomain": domain, "city": "Nowhere"});
        let answer = csp.patch(&format!("{place}/account-info"), &change).await;
        assert_eq!(answer.refusal(), "400 InvalidRequest: customDomain", "{domain}");
    }
    assert_eq!(csp.get(&place).await.json()["city"], "Düsseldorf", "all of it or nothing");
    assert_eq!(csp.get(&format!("{RESELLERS}?searchValue=another")).await.items().len(), 0);
}

#[tokio::test]
async fn resellers_are_listed_to_the_distributor_alone() {
    let world = World::new().await;
    for client in [OF_ACORN, ACORN_ADMINISTRATOR, OF_SHARED, SHARED_ADMINISTRATOR] {
        assert_eq!(
            world.caller(client).await.get(RESELLERS).await.told(),
            "403 PermissionDenied",
            "{client}"
        );
    }
    let listed = world.caller(CSP).await.get(RESELLERS).await;
    let mut ids = listed.each("id");
    ids.sort();
    assert_eq!(ids, [ACORN.to_string(), BIRCH.to_string(), LONELY.to_string()], "and none that is deleted");
    assert_eq!(listed.items()[0]["customDomain"], "acorn.example");
    let faulty = world.caller(CSP).await.get(&format!("{RESELLERS}?resellerId={ACORN}")).await;
    assert_eq!(faulty.refusal(), "400 InvalidRequest: resellerId");
}

#[tokio::test]
async fn a_reseller_looks_at_itself_and_changes_nothing() {
    let world = World::new().await;
    for (client, id, expected) in [
        (CSP, ACORN, "200"),
        (CSP, SOUTHERN, "404 ResellerNotFound"),
        (CSP, GONE_RESELLER, "404 ResellerNotFound"),
        (OF_ACORN, ACORN, "200"),
        (OF_ACORN, BIRCH, "403 ResellerScopeMismatch"),
        (OF_ACORN, SOUTHERN, "403 ResellerScopeMismatch"),
        (OF_SHARED, ACORN, "403 PermissionDenied"),
    ] {
        assert_eq!(world.caller(client).await.get(&at(id)).await.told(), expected, "{client} {id}");
    }
    for (client, id, expected) in [
        (CSP, ACORN, "403 PermissionDenied"),
        (ACORN_ADMINISTRATOR, ACORN, "403 PermissionDenied"),
        (ACORN_ADMINISTRATOR, BIRCH, "403 PermissionDenied"),
        (SHARED_ADMINISTRATOR, ACORN, "403 PermissionDenied"),
        (CSP_ADMINISTRATOR, SOUTHERN, "404 ResellerNotFound"),
        (CSP_ADMINISTRATOR, GONE_RESELLER, "404 ResellerNotFound"),
    ] {
        let caller = world.caller(client).await;
        let account = caller.patch(&format!("{}/account-info", at(id)), &json!({"city": "x"})).await;
        let books = caller.patch(&format!("{}/internal-identifier", at(id)), &json!("x")).await;
        assert_eq!((account.told(), books.told()), (expected.into(), expected.into()), "{client} {id}");
    }
    for client in [CSP, ACORN_ADMINISTRATOR, SHARED_ADMINISTRATOR] {
        let answer = world.caller(client).await.post(RESELLERS, &reseller("x")).await;
        assert_eq!(answer.told(), "403 PermissionDenied", "{client}");
    }
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for path in ["", "/account-info", "/internal-identifier"] {
        let method = if path.is_empty() { "GET" } else { "PATCH" };
        let ask = csp.ask(method, &format!("{RESELLERS}/nonsense{path}?x=1")).json(&json!({"city": 1}));
        let faults = ask.send().await.faults();
        assert_eq!(faults[..2], ["id", "x"], "{path}");
    }
}

#[tokio::test]
async fn the_identifier_of_a_reseller_is_a_bare_string_or_null() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let books = format!("{}/internal-identifier", at(ACORN));
    for (body, kept) in [
        (json!("Ä-\"1\" "), json!("Ä-\"1\" ")),
        (json!("å".repeat(255)), json!("å".repeat(255))),
        (json!(" "), json!(null)),
        (json!("x"), json!("x")),
        (json!(null), json!(null)),
    ] {
        let answer = csp.patch(&books, &body).await;
        assert_eq!((answer.status, answer.body.len()), (204, 0));
        let shown = csp.get(&at(ACORN)).await;
        assert_eq!((&shown.json()["internalIdentifier"], shown.tag()), (&kept, answer.tag()));
    }
    for body in
        [json!({"internalIdentifier": "x"}), json!(["x"]), json!(1), json!("å".repeat(256)), json!("\u{0}")]
    {
        assert_eq!(csp.patch(&books, &body).await.refusal(), "400 InvalidRequest: body", "{body}");
    }
}
