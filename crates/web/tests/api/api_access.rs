//! Programs: who lets them in, how their secrets come and go, and how soon they are refused.

use serde_json::{Value, json};

use crate::ask::Answer;
use crate::caller::Caller;
use crate::directory::*;
use crate::token_endpoint::basic;
use crate::world::World;

const ACCESSES: &str = "/v1/api-access";

fn at(client: impl ToString) -> String {
    format!("{ACCESSES}/{}", client.to_string())
}

/// A Viewer of the distributor.
fn viewer() -> Value {
    json!({"name": "Bäckerei's script", "role": "csp", "permission": "Viewer"})
}

fn with(mut body: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// The client id and the secret in an answer.
fn issued(answer: &Answer) -> (String, String) {
    let body = answer.json();
    let text = |name: &str| body[name].as_str().unwrap().to_owned();
    (text("clientId"), text("secret"))
}

/// The token that a program gets for its secret; none if it is refused.
async fn token(world: &World, client: &str, secret: &str) -> Option<String> {
    let answer = basic(world, client, secret).send().await;
    assert!([200, 401].contains(&answer.status), "{}", answer.text());
    answer.json()["access_token"].as_str().map(str::to_owned)
}

/// What is told of the listing to who has this token.
async fn listed(world: &World, token: &str) -> String {
    world.list(SHARED).await.token(token).send().await.told()
}

#[tokio::test]
async fn a_new_program_gets_its_secret_once_and_a_token_for_it() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let answer = csp.post(ACCESSES, &viewer()).await;
    let (client, secret) = issued(&answer);
    assert_eq!(answer.status, 201);
    assert_eq!(answer.text(), format!("{{\"clientId\":\"{client}\",\"secret\":\"{secret}\"}}"));
    assert_eq!(answer.header("location"), Some(at(&client).as_str()));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(secret.len() >= 32, "{secret}");
    let token = token(&world, &client, &secret).await.unwrap();
    assert_eq!(listed(&world, &token).await, "200");

    let items = csp.get(&format!("{ACCESSES}?pageSize=2000")).await;
    assert!(!items.text().contains(&secret));
    let shown = items.items().into_iter().find(|item| item["clientId"] == client).unwrap();
    assert_eq!(
        shown.to_string(),
        json!({
            "clientId": client, "name": "Bäckerei's script", "role": "csp", "reseller": null, "customer": null,
            "permission": "Viewer", "disabled": false, "issuer": null, "secrets": 1,
        })
        .to_string()
    );
    let trail = csp.get("/v1/AuditLogs?pageSize=2000").await;
    assert!(!trail.text().contains(&secret));
    assert!(!format!("{:?}", world.records().await).contains(&secret));
}

#[tokio::test]
async fn programs_are_listed_by_name_a_page_at_a_time() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for name in ["Åse's", "zeta", "äpfel"] {
        assert_eq!(csp.post(ACCESSES, &with(viewer(), json!({ "name": name }))).await.status, 201);
    }
    let all = csp.get("/V1/API-Access/?pageSize=2000").await;
    let names = all.each("name");
    assert_eq!(
        (names[0].as_str(), names[1].as_str(), names.last().unwrap().as_str()),
        ("äpfel", "Åse's", "zeta")
    );
    assert_eq!(all.json()["totalCount"], names.len());
    assert!(!names.contains(&"client a".to_owned()), "none of another tenant");
    let page = csp.get(&format!("{ACCESSES}?pageNumber=2&pageSize=1")).await;
    assert_eq!(page.each("name"), ["Åse's"]);
    let faulty = csp.get(&format!("{ACCESSES}?pageSize=x&name=x")).await;
    assert_eq!(faulty.refusal(), "400 InvalidRequest: name, pageSize");
}

#[tokio::test]
async fn a_program_has_one_role_in_one_context_and_one_permission() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let (acorn, shared) = (ACORN.to_string(), SHARED.to_string());
    for (body, query, sees) in [
        (json!({"role": "reseller", "reseller": format!("({acorn})")}), "", 2),
        (json!({"role": "customer", "customer": shared, "reseller": null}), "", 7),
        (json!({"role": "csp", "permission": "Administrator"}), "", 7),
        (json!({"clientId": "{0A000000-0000-4000-8000-00000000000C}", "disabled": false}), "", 7),
    ] {
        let (client, secret) = issued(&csp.post(ACCESSES, &with(viewer(), body.clone())).await);
        let token = token(&world, &client, &secret).await.unwrap();
        let answer = world.list(SHARED).await.token(&token).query(query).send().await;
        assert_eq!(answer.emails().len(), sees, "{body}");
        let elsewhere = format!("/v1/customer/{EMPTY}/users");
        let user = world.ask("POST", &elsewhere).tenant(NORTH_DOMAIN).token(&token);
        let written = user.json(&json!({"email": "w@x.example"})).send().await;
        let expected = if body["permission"] == "Administrator" { "201" } else { "403 PermissionDenied" };
        assert_eq!(written.told(), expected, "{body}");
    }
    for (body, faults) in [
        (json!({"name": null, "role": null, "permission": null}), "name, role, permission"),
        (json!({"name": " "}), "name"),
        (json!({"name": "å".repeat(256)}), "name"),
        (json!({"role": "Csp"}), "role"),
        (json!({"role": {"name": "csp"}}), "role"),
        (json!({"permission": "Alert Manager"}), "permission"),
        (json!({"permission": "viewer"}), "permission"),
        (json!({"disabled": "no"}), "disabled"),
        (json!({"role": "reseller"}), "reseller"),
        (json!({"role": "customer"}), "customer"),
        (json!({"reseller": acorn}), "reseller"),
        (json!({"role": "reseller", "reseller": acorn, "customer": shared}), "customer"),
        (json!({"role": "reseller", "reseller": SOUTHERN.to_string()}), "reseller"),
        (json!({"role": "reseller", "reseller": GONE_RESELLER.to_string()}), "reseller"),
        (json!({"role": "customer", "customer": GONE.to_string()}), "customer"),
        (json!({"role": "customer", "customer": FOREIGN.to_string()}), "customer"),
        (json!({"clientId": CSP.to_string()}), "clientId"),
        (json!({"clientId": SOUTH_CSP.to_string()}), "clientId"),
        (json!({"clientId": "00000000-0000-0000-0000-000000000000"}), "clientId"),
        (json!({"issuer": "https://nobody.example"}), "issuer"),
        (json!({"secret": "chosen"}), "secret"),
        (json!({"secretHashes": []}), "secretHashes"),
    ] {
        let answer = csp.post(ACCESSES, &with(viewer(), body.clone())).await;
        assert_eq!(answer.refusal(), format!("400 InvalidRequest: {faults}"), "{body}");
    }
}

#[tokio::test]
async fn a_program_of_another_issuer_has_no_secret() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = with(viewer(), json!({"issuer": world.issuer}));
    let answer = csp.post(ACCESSES, &body).await;
    let client = answer.json()["clientId"].as_str().unwrap().to_owned();
    assert_eq!(answer.text(), format!("{{\"clientId\":\"{client}\",\"secret\":null}}"));
    let token = crate::issuer::token(&world.issuer, &json!({"azp": client}));
    assert_eq!(listed(&world, &token).await, "200", "its issuer's tokens are good at once");
    assert_eq!(
        csp.patch(&at(&client), &json!({"newSecret": true})).await.refusal(),
        "400 InvalidRequest: newSecret"
    );
    let southern = world.southern(SOUTH_ADMINISTRATOR).await;
    assert_eq!(
        southern.post(ACCESSES, &body).await.refusal(),
        "400 InvalidRequest: issuer",
        "not trusted there"
    );
}

#[tokio::test]
async fn secrets_are_rotated_without_a_gap() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let (client, first) = issued(&csp.post(ACCESSES, &viewer()).await);
    let answer = csp.patch(&at(&client), &json!({"newSecret": true})).await;
    let (again, second) = issued(&answer);
    assert_eq!((answer.status, &again), (200, &client));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_ne!(first, second);
    assert!(
        token(&world, &client, &first).await.is_some() && token(&world, &client, &second).await.is_some()
    );
    let third = csp.patch(&at(&client), &json!({"newSecret": true})).await;
    assert_eq!(third.refusal(), "400 InvalidRequest: newSecret", "two are live at most");

    let dropped = csp.patch(&at(&client), &json!({"dropSecret": true})).await;
    assert_eq!((dropped.status, dropped.body.len()), (204, 0));
    assert!(token(&world, &client, &first).await.is_none(), "the older one");
    assert!(token(&world, &client, &second).await.is_some());

    let chosen = json!({"newSecret": "Zwölf Boxkämpfer", "dropSecret": second});
    assert_eq!(csp.patch(&at(&client), &chosen).await.status, 204, "what the caller chose is not shown");
    assert!(token(&world, &client, &second).await.is_none());
    assert!(token(&world, &client, "Zw%C3%B6lf+Boxk%C3%A4mpfer").await.is_some());
    for (body, faults) in [
        (json!({"dropSecret": second}), "dropSecret"),
        (json!({"dropSecret": ""}), "dropSecret"),
        (json!({"newSecret": ""}), "newSecret"),
        (json!({"newSecret": "å".repeat(256)}), "newSecret"),
        (json!({"newSecret": "a\nb", "dropSecret": 1}), "newSecret, dropSecret"),
        (json!({"name": null, "permission": null, "disabled": 1}), "name, permission, disabled"),
        (json!({"role": "csp"}), "role"),
        (json!({"reseller": ACORN.to_string()}), "reseller"),
        (json!({"issuer": null}), "issuer"),
        (json!({"clientId": client}), "clientId"),
    ] {
        assert_eq!(
            csp.patch(&at(&client), &body).await.refusal(),
            format!("400 InvalidRequest: {faults}"),
            "{body}"
        );
    }
    assert_eq!(csp.patch(&at(&client), &json!({"dropSecret": true, "newSecret": false})).await.status, 204);
    assert!(token(&world, &client, "Zw%C3%B6lf+Boxk%C3%A4mpfer").await.is_none(), "it may have none");
    assert_eq!(
        csp.patch(&at(&client), &json!({"dropSecret": true})).await.refusal(),
        "400 InvalidRequest: dropSecret"
    );
}

#[tokio::test]
async fn what_a_program_loses_it_loses_at_once_however_warm_the_caches_are() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let administrator = with(viewer(), json!({"permission": "Administrator"}));
    assert_eq!(csp.post(ACCESSES, &administrator).await.status, 201, "so that the next is not the last");
    let (client, secret) = issued(&csp.post(ACCESSES, &administrator).await);
    let bearer = token(&world, &client, &secret).await.unwrap();
    let writes = async || {
        let ask = world.ask("PATCH", "/v1/users/user1@shared.example").tenant(NORTH_DOMAIN).token(&bearer);
        ask.json(&json!({"lastName": "Lund"})).send().await.told()
    };
    for _ in 0..2 {
        assert_eq!((listed(&world, &bearer).await, writes().await), ("200".into(), "204".into()));
    }
    assert_eq!(csp.patch(&at(&client), &json!({"permission": "Viewer"})).await.status, 204);
    assert_eq!(
        (listed(&world, &bearer).await, writes().await),
        ("200".into(), "403 PermissionDenied".into())
    );
    assert_eq!(csp.patch(&at(&client), &json!({"disabled": true})).await.status, 204);
    assert_eq!(
        (listed(&world, &bearer).await, writes().await),
        ("401 InvalidToken".into(), "401 InvalidToken".into())
    );
    assert!(token(&world, &client, &secret).await.is_none());
    assert_eq!(csp.patch(&at(&client), &json!({"name": "still disabled"})).await.status, 204);
    assert_eq!(listed(&world, &bearer).await, "401 InvalidToken");
    assert_eq!(csp.patch(&at(&client), &json!({"disabled": false})).await.status, 204);
    assert_eq!(listed(&world, &bearer).await, "200");
    let deleted = csp.delete(&at(&client)).await;
    assert_eq!((deleted.status, deleted.body.len(), deleted.header("etag")), (204, 0, None));
    assert_eq!(listed(&world, &bearer).await, "401 InvalidToken");
    assert!(token(&world, &client, &secret).await.is_none());
    assert!(!csp.get(&format!("{ACCESSES}?pageSize=2000")).await.each("clientId").contains(&client));
}

#[tokio::test]
async fn programs_are_the_business_of_administrators_of_the_distributor_alone() {
    let world = World::new().await;
    let all = async |caller: &Caller, client: &dyn ToString| {
        [
            caller.get(ACCESSES).await,
            caller.post(ACCESSES, &viewer()).await,
            caller.patch(&at(client.to_string()), &json!({"disabled": true})).await,
            caller.delete(&at(client.to_string())).await,
        ]
    };
    for client in [CSP, OF_ACORN, ACORN_ADMINISTRATOR, OF_SHARED, SHARED_ADMINISTRATOR] {
        let caller = world.caller(client).await;
        for answer in all(&caller, &OF_ACORN).await {
            assert_eq!(answer.told(), "403 PermissionDenied", "{client}");
        }
    }
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let southern = world.southern(SOUTH_ADMINISTRATOR).await;
    let mut bodies = Vec::new();
    for (caller, client) in [(&csp, SOUTH_CSP), (&csp, NO_CLIENT), (&southern, OF_ACORN)] {
        for answer in &all(caller, &client).await[2..] {
            assert_eq!(answer.told(), "404 UserNotFound", "the contract has no type of its own for this");
            bodies.push(answer.text_without_correlation());
        }
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let faulty = csp.ask("PATCH", &format!("{}?x=1", at("nonsense"))).json(&json!({"disabled": "x"}));
    assert_eq!(faulty.send().await.refusal(), "400 InvalidRequest: clientId, x, disabled");
    assert_eq!(csp.delete(&at("nonsense")).await.refusal(), "400 InvalidRequest: clientId");
}

#[tokio::test]
async fn the_last_program_that_can_administer_the_tenant_stays() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let administrator = with(viewer(), json!({"permission": "Administrator"}));
    let (first, secret) = issued(&csp.post(ACCESSES, &administrator).await);
    for (answer, property) in [
        (csp.delete(&at(&first)).await, "clientId"),
        (csp.patch(&at(&first), &json!({"disabled": true})).await, "disabled"),
        (csp.patch(&at(&first), &json!({"permission": "Viewer"})).await, "permission"),
        (csp.patch(&at(&first), &json!({"dropSecret": true})).await, "dropSecret"),
        (csp.patch(&at(&first), &json!({"dropSecret": secret})).await, "dropSecret"),
    ] {
        let (fault, description) = answer.fault();
        assert_eq!((answer.told(), fault), ("400 InvalidRequest".into(), property.to_owned()));
        assert!(description.starts_with("This is the last Administrator"), "{description}");
    }
    let rotated = csp.patch(&at(&first), &json!({"dropSecret": true, "newSecret": true})).await;
    assert_eq!(rotated.status, 200, "it may have another secret");
    let (second, _) = issued(&csp.post(ACCESSES, &administrator).await);
    assert_eq!(csp.delete(&at(&first)).await.status, 204, "there is another now");
    assert_eq!(csp.delete(&at(&second)).await.told(), "400 InvalidRequest");
    assert_eq!(csp.delete(&at(ACORN_ADMINISTRATOR)).await.status, 204, "a reseller's may go");
}
