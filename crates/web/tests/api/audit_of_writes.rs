//! What does the trail say of a write? One record, with every property that changed; of a refusal one that it
//! failed; and of people nothing that could not be forgotten.

use domain::group::VIEWER;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::company;
use crate::directory::*;
use crate::world::{START, World, later, shared_users, user_at};

/// The one record of a request, by its correlation id.
async fn record_of(csp: &Caller, correlation: &str) -> Value {
    let mut items = csp.get(&format!("/v1/AuditLogs?CorrelationId={correlation}")).await.items();
    assert_eq!(items.len(), 1, "{correlation}: {items:#?}");
    items.remove(0)
}

fn change(property: &str, before: impl Into<Value>, after: impl Into<Value>) -> Value {
    json!({"propertyName": property, "before": before.into(), "after": after.into()})
}

const NONE: Value = Value::Null;

/// Sends a write, and judges the one record that it leaves. `subject` is reseller, customer and target.
async fn judge(caller: &Caller, sent: (&str, &str, Value), told: (&str, [Value; 3], Value)) -> String {
    let (method, path, body) = sent;
    let (operation, [reseller, customer, target], changes) = told;
    let correlation = format!("{operation}-{}", path.len());
    let ask = caller.ask(method, path).json(&body).and("X-Correlation-Id", &correlation);
    let answer = ask.send().await;
    assert!(answer.status < 300, "{method} {path}: {}", answer.text());
    let id = if answer.body.is_empty() {
        String::new()
    } else {
        answer.json().as_str().unwrap_or_default().to_owned()
    };
    let record = record_of(caller, &correlation).await;
    let [reseller, customer, target] =
        [reseller, customer, target].map(|named| if named == "new" { json!(id) } else { named });
    assert_eq!(record["operation"], operation);
    assert_eq!(record["status"], json!({"name": "Succeded"}), "{operation}");
    assert_eq!(
        record["actor"],
        json!({"kind": "ApiAccess", "id": CSP_ADMINISTRATOR.to_string(), "name": "client 2"})
    );
    assert_eq!(record["targetId"], target, "{operation}");
    assert_eq!((&record["resellerId"], &record["customerId"]), (&reseller, &customer), "{operation}");
    assert_eq!(record["changes"], changes, "{operation}");
    assert!(!record["description"].as_str().unwrap().is_empty());
    id
}

#[tokio::test]
async fn each_write_of_a_user_leaves_one_record_that_tells_what_changed() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let (acorn, shared) = (json!(ACORN.to_string()), json!(SHARED.to_string()));
    let body = json!({"firstName": "Zoë", "email": "Zoe@x.example", "groups": [{"id": VIEWER.to_string()}]});
    let in_acorn = format!("{}?resellerId={ACORN}", shared_users());
    let id = judge(
        &csp,
        ("POST", &in_acorn, body.clone()),
        (
            "CreateUser",
            [acorn.clone(), shared.clone(), json!("new")],
            json!([
                change("firstName", NONE, "Zoë"),
                change("email", NONE, "Zoe@x.example"),
                change("groups", NONE, "Viewer"),
                change("resellerId", NONE, ACORN.to_string()),
            ]),
        ),
    )
    .await;
    let place = format!("/v1/users/{id}");
    let subject = || [acorn.clone(), shared.clone(), json!(id)];
    let groups = json!([{"id": VIEWER.to_string()}, {"id": CUSTOM_GROUP.to_string()}]);
    let patch = json!({"firstName": null, "lastName": "Lund", "email": "zoe@x.example", "groups": groups});
    let changes = json!([
        change("firstName", "Zoë", NONE),
        change("lastName", NONE, "Lund"),
        change("email", "Zoe@x.example", "zoe@x.example"),
        change("groups", "Viewer", "Viewer|Ärger & Söhne"),
    ]);
    judge(&csp, ("PATCH", "/v1/users/zoe@x.example", patch.clone()), ("UpdateUser", subject(), changes))
        .await;
    judge(&csp, ("PATCH", &place, patch), ("UpdateUser", subject(), json!([]))).await;
    let deleted = json!([change("deletedAt", NONE, START.to_string())]);
    judge(&csp, ("DELETE", &place, NONE), ("DeleteUser", subject(), deleted)).await;
    let restored = json!([change("deletedAt", START.to_string(), NONE)]);
    judge(&csp, ("POST", &format!("{place}/restore"), NONE), ("RestoreUser", subject(), restored)).await;
    assert_eq!(csp.delete(&place).await.status, 204);
    let revived = json!([
        change("firstName", NONE, "Zoë"),
        change("lastName", "Lund", NONE),
        change("email", "zoe@x.example", "Zoe@x.example"),
        change("groups", "Viewer|Ärger & Söhne", "Viewer"),
        change("deletedAt", START.to_string(), NONE),
    ]);
    judge(&csp, ("POST", &(in_acorn + "&"), body), ("CreateUser", subject(), revived)).await;

    let staff = format!("/v1/reseller/{ACORN}/users");
    let added = json!([change("email", NONE, "s@x.example")]);
    let body = json!({"email": "s@x.example"});
    let told = |reseller| ("CreateUser", [reseller, NONE, json!("new")], added.clone());
    judge(&csp, ("POST", &staff, body.clone()), told(acorn)).await;
    judge(&csp, ("POST", "/v1/users", body), told(NONE)).await;
    assert!(world.trail_is_whole().await);
}

#[tokio::test]
async fn each_write_of_a_group_or_a_program_leaves_one_record_that_tells_what_changed() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let told =
        |operation: &'static str, target: &str, changes| (operation, [NONE, NONE, json!(target)], changes);
    let named = |name: &str| json!({ "name": name });
    let added = json!([change("name", NONE, "Süd")]);
    let id = judge(&csp, ("POST", "/v1/users/groups", named("Süd")), told("CreateGroup", "new", added)).await;
    let place = format!("/v1/users/groups/{id}");
    let renamed = json!([change("name", "Süd", "Nord")]);
    judge(&csp, ("PATCH", &place, named("Nord")), told("UpdateGroup", &id, renamed)).await;
    judge(&csp, ("DELETE", &place, NONE), told("DeleteGroup", &id, json!([change("name", "Nord", NONE)])))
        .await;

    let client = "0a000000-0000-4000-8000-00000000000d";
    let place = format!("/v1/api-access/{client}");
    let acorn = json!(ACORN.to_string());
    let of_acorn =
        |operation: &'static str, changes| (operation, [acorn.clone(), NONE, json!(client)], changes);
    let body = json!({"clientId": client, "name": "P", "role": "reseller", "reseller": ACORN.to_string(), "permission": "Viewer"});
    let added = json!([
        change("name", NONE, "P"),
        change("permission", NONE, "Viewer"),
        change("newSecret", NONE, "a secret")
    ]);
    judge(&csp, ("POST", "/v1/api-access", body), of_acorn("CreateApiAccess", added)).await;
    let patch = json!({"name": "Q", "permission": "Administrator", "disabled": true, "newSecret": "one", "dropSecret": true});
    let changes = json!([
        change("name", "P", "Q"),
        change("permission", "Viewer", "Administrator"),
        change("disabled", NONE, "true"),
        change("newSecret", NONE, "a secret"),
        change("dropSecret", "a secret", NONE),
    ]);
    judge(&csp, ("PATCH", &place, patch), of_acorn("UpdateApiAccess", changes)).await;
    judge(&csp, ("DELETE", &place, NONE), of_acorn("DeleteApiAccess", json!([change("name", "Q", NONE)])))
        .await;
}

#[tokio::test]
async fn each_write_of_a_company_leaves_one_record_that_tells_what_changed() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let all = |body: &Value| {
        let told = body.as_object().unwrap().iter().map(|(name, value)| {
            let after = if name == "country" { json!("DE") } else { value.clone() };
            change(name, NONE, after)
        });
        json!(told.collect::<Vec<_>>())
    };
    let new = || json!("new");
    let body = company::customer("Néw");
    let told = ("CreateCustomer", [NONE, new(), new()], all(&body));
    let id = judge(&csp, ("POST", "/v1/Customers", body), told).await;
    let place = format!("/v1/Customers/{id}");
    let of_customer = |reseller: Value| [reseller, json!(id), json!(id)];
    let account = json!({"city": "Åre", "taxId": null, "phone": "+49 (211) 12-34/5"});
    let changes = json!([change("taxId", "DE 123/456", NONE), change("city", "Düsseldorf", "Åre")]);
    let told = ("UpdateCustomer", of_customer(NONE), changes);
    judge(&csp, ("PATCH", &format!("{place}/account-info"), account), told).await;
    let named = json!([change("internalIdentifier", "K-17", "K-18")]);
    let told = ("UpdateCustomerInternalIdentifier", of_customer(NONE), named);
    judge(&csp, ("PATCH", &format!("{place}/internal-identifier"), json!("K-18")), told).await;
    let acorn = json!(ACORN.to_string());
    let relation = format!("{place}/resellers/{ACORN}");
    let made = json!([change("resellerId", NONE, ACORN.to_string())]);
    judge(&csp, ("PUT", &relation, NONE), ("CreateRelation", of_customer(acorn.clone()), made)).await;
    let told = ("CreateRelation", of_customer(acorn.clone()), json!([]));
    judge(&csp, ("PUT", &format!("{relation}/"), NONE), told).await;
    let ended = json!([change("resellerId", ACORN.to_string(), NONE)]);
    judge(&csp, ("DELETE", &relation, NONE), ("DeleteRelation", of_customer(acorn), ended)).await;
    let deleted = json!([change("deletedAt", NONE, START.to_string())]);
    judge(&csp, ("DELETE", &place, NONE), ("DeleteCustomer", of_customer(NONE), deleted)).await;

    let mut body = company::reseller("Néw");
    body["customDomain"] = json!("new.example");
    let told = ("CreateReseller", [new(), NONE, new()], all(&body));
    let id = judge(&csp, ("POST", "/v1/Resellers", body), told).await;
    let place = format!("/v1/Resellers/{id}");
    let of_reseller = || [json!(id), NONE, json!(id)];
    let account = json!({"zipCode": "1", "customDomain": null});
    let changes = json!([change("zipCode", "40212", "1"), change("customDomain", "new.example", NONE)]);
    let told = ("UpdateReseller", of_reseller(), changes);
    judge(&csp, ("PATCH", &format!("{place}/account-info"), account), told).await;
    let named = json!([change("internalIdentifier", "K-17", NONE)]);
    let told = ("UpdateResellerInternalIdentifier", of_reseller(), named);
    judge(&csp, ("PATCH", &format!("{place}/internal-identifier"), NONE), told).await;
    assert!(world.trail_is_whole().await);
}

/// Status, operation and subject (reseller, customer, target) of a refusal, in words.
fn told_of(record: &Value) -> String {
    let mut words = vec![record["operation"].as_str().unwrap().to_owned()];
    for member in ["resellerId", "customerId", "targetId"] {
        words.push(record[member].as_str().unwrap_or("-").to_owned());
    }
    let nobody = user_at(0xff).rsplit('/').next().unwrap().to_owned();
    let names = [(ACORN.to_string(), "acorn"), (SHARED.to_string(), "shared"), (nobody, "nobody")];
    names.iter().fold(words.join(" "), |text, (id, name)| text.replace(id, name))
}

#[tokio::test]
async fn a_refusal_leaves_one_record_that_it_failed_and_nothing_that_the_caller_wrote() {
    let world = World::new().await;
    let claimed = json!({"email": "claimed@x.example", "firstName": "Claimed"});
    let of_birch = format!("{}?resellerId={BIRCH}", shared_users());
    let customer = format!("/v1/Customers/{SHARED}");
    let relation = format!("{customer}/resellers/{BIRCH}");
    let restore = format!("{}/restore", user_at(0xff));
    let (users, nobody, by_email) = (shared_users(), user_at(0xff), "/v1/users/claimed@x.example");
    for (client, method, path, body, status, told) in [
        (CSP, "POST", users.as_str(), claimed.clone(), 403, "CreateUser - shared -"),
        (OF_ACORN, "POST", &users, claimed.clone(), 403, "CreateUser acorn shared -"),
        (ACORN_ADMINISTRATOR, "POST", &of_birch, claimed.clone(), 403, "CreateUser acorn shared -"),
        (CSP_ADMINISTRATOR, "POST", &users, json!({"email": "claimed"}), 400, "CreateUser - shared -"),
        (
            CSP_ADMINISTRATOR,
            "POST",
            &users,
            json!({"email": "user2@shared.example"}),
            400,
            "CreateUser - shared -",
        ),
        (CSP_ADMINISTRATOR, "POST", "/v1/users?claimed=1", claimed, 400, "CreateUser - - -"),
        (CSP_ADMINISTRATOR, "PATCH", &nobody, json!({}), 404, "UpdateUser - - nobody"),
        (CSP_ADMINISTRATOR, "PATCH", by_email, json!({}), 404, "UpdateUser - - -"),
        (CSP_ADMINISTRATOR, "DELETE", by_email, NONE, 404, "DeleteUser - - -"),
        (CSP_ADMINISTRATOR, "GET", by_email, NONE, 404, "GetUser - - -"),
        (CSP_ADMINISTRATOR, "POST", &restore, NONE, 404, "RestoreUser - - nobody"),
        (ACORN_ADMINISTRATOR, "DELETE", &customer, NONE, 403, "DeleteCustomer acorn shared shared"),
        (ACORN_ADMINISTRATOR, "PUT", &relation, NONE, 403, "CreateRelation acorn shared shared"),
        (ACORN_ADMINISTRATOR, "GET", "/v1/Resellers", NONE, 403, "ListResellers acorn - -"),
        (CSP_ADMINISTRATOR, "POST", "/v1/users/groups", json!({"name": "viewer"}), 400, "CreateGroup - - -"),
        (
            CSP_ADMINISTRATOR,
            "POST",
            "/v1/api-access",
            json!({"name": "claimed"}),
            400,
            "CreateApiAccess - - -",
        ),
    ] {
        let before = world.records().await.len();
        let answer = world.caller(client).await.ask(method, path).json(&body).send().await;
        assert_eq!(answer.status, status, "{method} {path} {}", answer.text());
        let records = world.records().await;
        assert_eq!(records.len(), before + 1, "{method} {path}");
        let record = records.last().unwrap();
        assert_eq!(told_of(record), told, "{method} {path}");
        assert_eq!((&record["status"]["name"], &record["changes"]), (&json!("Failed"), &json!([])));
        assert_eq!(record["actor"]["id"], client.to_string());
        assert!(!record.to_string().to_lowercase().contains("claimed"), "{record}");
    }
    for (media_type, length) in [("text/plain", 2), ("application/json", (1 << 20) + 1)] {
        let before = world.records().await.len();
        let ask = world.caller(CSP_ADMINISTRATOR).await.ask("POST", "/v1/api-access");
        let answer = ask.with("Content-Type", media_type).body(vec![b'x'; length]).send().await;
        assert!([413, 415].contains(&answer.status));
        assert_eq!(world.records().await.len(), before + 1, "{media_type}");
    }
}

#[tokio::test]
async fn what_the_trail_says_of_people_is_sealed_where_it_is_kept_and_opened_where_it_is_shown() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({"firstName": "Persönlich", "lastName": "Geheim", "email": "persoenlich@x.example"});
    csp.post("/v1/users", &body).await.id();
    let path = "/v1/users/persoenlich@x.example";
    later(1);
    assert_eq!(csp.get(path).await.status, 200);
    later(1);
    assert_eq!(csp.get("/v1?searchValue=geheim").await.items().len(), 1);
    later(1);
    assert_eq!(csp.patch(path, &json!({"lastName": "Geheimer"})).await.status, 204);
    later(1);
    assert_eq!(csp.delete("/v1/users/PERSOENLICH@x.example").await.status, 204);
    let kept = format!("{:?}", world.records().await);
    for personal in ["Persönlich", "Geheim", "persoenlich", "PERSOENLICH"] {
        assert!(!kept.contains(personal), "{kept}");
    }
    let shown = csp.get("/v1/AuditLogs").await;
    let targets: Vec<Value> = shown.items().iter().map(|record| record["targetId"].clone()).collect();
    let one = targets[0].clone();
    assert_eq!(targets, [one.clone(), one.clone(), NONE, one.clone(), one], "told by its id");
    assert!(shown.text().contains("\"before\":\"Geheim\",\"after\":\"Geheimer\""));
    for sealed in ["\\u0001", "\u{1}"] {
        assert!(!shown.text().contains(sealed));
    }
}
