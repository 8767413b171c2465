//! What holds for every route, found by walking the generated description; and is the committed one the same?

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::ask::Answer;
use crate::company;
use crate::directory::*;
use crate::errors::in_shape;
use crate::world::World;

const METHODS: [&str; 7] = ["get", "head", "post", "put", "patch", "delete", "options"];

/// Operations that leave no record (contract section 3).
const NOT_RECORDED: [&str; 6] = [
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/openapi.json",
];

/// The description, as JSON.
fn description(world: &World) -> Value {
    serde_json::to_value(&world.openapi).unwrap()
}

/// A path with something in the place of each parameter.
fn filled(path: &str) -> String {
    let users = format!("/users/{}", domain::id::UserId(uuid::Uuid::from_u128(0xe001)));
    path.replace("/users/{key}", &users)
        .replace("/users/{id}", &users)
        .replace("/groups/{id}", &format!("/groups/{CUSTOM_GROUP}"))
        .replace("/Customers/{id}", &format!("/Customers/{SHARED}"))
        .replace("/Resellers/{id}", &format!("/Resellers/{ACORN}"))
        .replace("{customerId}", &SHARED.to_string())
        .replace("{resellerId}", &ACORN.to_string())
        .replace("{clientId}", &OF_ACORN.to_string())
        .replace("{directory}", "anything")
}

/// Path, method and operation of everything that is described.
fn operations(description: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                found.push((path.clone(), method.to_uppercase(), operation.clone()));
            }
        }
    }
    assert!(found.len() >= 10);
    found
}

#[tokio::test]
async fn every_route_that_asks_for_a_token_is_closed_to_strangers() {
    let world = World::new().await;
    let mut closed = 0;
    for (path, method, operation) in operations(&description(&world)) {
        let ask = world.ask(&method, &filled(&path)).tenant(NORTH_DOMAIN);
        let is_guarded = operation.get("security").is_some();
        assert_eq!(is_guarded, path.starts_with("/v1"), "{method} {path}");
        if !is_guarded {
            continue;
        }
        for ask in [ask.clone(), ask.clone().token("x"), ask.with("Authorization", "Basic YTpi")] {
            let answer = ask.send().await;
            assert_eq!(answer.status, 401, "{method} {path}");
            assert!(answer.header("www-authenticate").is_some());
        }
        closed += 1;
    }
    assert!(closed > 40, "{closed}");
}

#[tokio::test]
async fn every_route_carries_a_correlation_id_and_declares_it() {
    let world = World::new().await;
    for (path, method, operation) in operations(&description(&world)) {
        let answer = world.ask(&method, &filled(&path)).and("X-Correlation-Id", "walk").send().await;
        assert_eq!(answer.header("x-correlation-id"), Some("walk"), "{method} {path}");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["headers"]["X-Correlation-Id"].is_object(), "{method} {path} {status}");
        }
        let declared = &operation["responses"][answer.status.to_string()];
        assert!(declared.is_object(), "{method} {path} answers {} undeclared", answer.status);
    }
}

#[tokio::test]
async fn every_route_refuses_in_the_one_shape_and_declares_it() {
    let world = World::new().await;
    for (path, method, operation) in operations(&description(&world)) {
        let refused = world.ask(&method, &filled(&path)).and("X-Large", "x".repeat(20_000)).send().await;
        if method != "HEAD" {
            assert_eq!(in_shape(&refused), "431 HeadersTooLarge", "{method} {path}");
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            let is_error = status.parse::<u16>().unwrap() >= 400;
            let has_shape = response["content"]["application/json"]["schema"]["$ref"].as_str();
            if is_error && method != "HEAD" && !path.ends_with("/token") {
                assert_eq!(has_shape, Some("#/components/schemas/Error"), "{method} {path} {status}");
            }
        }
        for status in ["400", "408", "413", "414", "431", "500"] {
            let is_token = path.ends_with("/token");
            assert!(operation["responses"][status].is_object() || is_token, "{method} {path} {status}");
        }
    }
}

#[tokio::test]
async fn every_route_names_the_methods_that_it_knows() {
    let world = World::new().await;
    let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, method, _) in operations(&description(&world)) {
        known.entry(path).or_default().push(method);
    }
    for (path, mut methods) in known {
        methods.sort();
        for method in METHODS.map(str::to_uppercase) {
            if methods.contains(&method) {
                continue;
            }
            let answer = world.ask(&method, &filled(&path)).send().await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let mut allowed: Vec<_> = answer.header("allow").unwrap().split(',').map(str::to_owned).collect();
            allowed.sort();
            assert_eq!(allowed, methods, "{method} {path}");
            if method != "HEAD" {
                assert_eq!(in_shape(&answer), "405 MethodNotAllowed");
            }
        }
    }
}

#[tokio::test]
async fn every_route_is_recorded_but_for_a_short_list() {
    let world = World::new().await;
    let mut recorded = 0;
    for (path, method, operation) in operations(&description(&world)) {
        let mut ask = world.ask(&method, &filled(&path));
        if operation.get("security").is_some() {
            ask = ask.tenant(NORTH_DOMAIN).token(&world.token(CSP).await);
        }
        ask.send().await;
        recorded += usize::from(!NOT_RECORDED.contains(&path.as_str()));
        assert_eq!(world.records().await.len(), recorded, "{method} {path}");
    }
}

#[tokio::test]
async fn every_route_is_the_same_in_any_case_and_with_a_slash_at_the_end() {
    let world = World::new().await;
    let reader = world.caller(CSP).await;
    for (path, method, operation) in operations(&description(&world)) {
        if operation.get("security").is_none() {
            continue;
        }
        let path = filled(&path);
        let ask = reader.ask(&method, &path);
        let plain = ask.send().await.status;
        let (upper, lower) = (path.to_uppercase(), path.to_lowercase());
        for written in [format!("{path}/"), format!("{upper}/"), upper, lower, path.replacen('v', "%76", 1)] {
            assert_eq!(ask.clone().target(&written).status().await, plain, "{method} {written}");
        }
        assert_ne!((plain, method.as_str()), (404, "GET"), "{path}");
        let twice = ask.target(&format!("{path}//")).send().await;
        if method != "HEAD" {
            assert_eq!(twice.told(), "404 RouteNotFound", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_get_has_a_head_with_the_same_headers_and_no_body() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let mut seen = 0;
    for (path, method, _) in operations(&description(&world)) {
        if method != "GET" {
            continue;
        }
        let ask = csp.ask("GET", &filled(&path)).and("X-Correlation-Id", "same");
        let whole = ask.send().await;
        let head = ask.method("HEAD").send().await;
        assert_eq!((head.status, head.body.len()), (whole.status, 0), "{path}");
        // How long a body in pieces would be is not known before it is read; records grow with each look.
        let vague = ["content-length", "transfer-encoding", "date"];
        let known = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            headers.retain(|(name, _)| !vague.contains(&name.as_str()));
            headers
        };
        assert_eq!(known(&head), known(&whole), "{path}");
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}

#[tokio::test]
async fn whatever_a_route_answers_it_declares_with_its_headers() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let bodies = [
        ("/v1/users/groups", json!({"name": "New"})),
        ("/v1/Customers", company::customer("New")),
        ("/v1/Resellers", company::reseller("New")),
        ("/v1/api-access", json!({"name": "New", "role": "csp", "permission": "Viewer"})),
        ("/internal-identifier", json!("K-17")),
        ("/groups/{id}", json!({"name": "Other"})),
        ("/users", json!({"email": "new@x.example"})),
    ];
    let mut done = 0;
    for (path, method, operation) in operations(&description(&world)) {
        if operation.get("security").is_none() {
            continue;
        }
        let mut ask = csp.ask(&method, &filled(&path));
        if ["POST", "PATCH"].contains(&method.as_str()) {
            let body = bodies.iter().find(|(end, _)| path.ends_with(end));
            ask = ask.json(&body.map_or(json!({}), |(_, body)| body.clone()));
        }
        let answer = ask.send().await;
        let declared = &operation["responses"][answer.status.to_string()];
        assert!(declared.is_object(), "{method} {path} {}", answer.status);
        for name in ["ETag", "Location", "X-Total-Count"] {
            let is_sent = answer.header(&name.to_lowercase()).is_some();
            assert_eq!(is_sent, declared["headers"][name].is_object(), "{method} {path} {name}");
        }
        let is_read = !answer.body.is_empty();
        let media_type = answer.header("content-type").unwrap_or_default().split(';').next().unwrap();
        assert!(!is_read || declared["content"][media_type].is_object(), "{method} {path} {media_type}");
        done += usize::from(answer.status < 300);
    }
    assert!(done > 40, "{done}");
}

#[tokio::test]
async fn each_parameter_and_header_of_the_listing_is_described() {
    let world = World::new().await;
    let operation = description(&world)["paths"]["/v1/customer/{customerId}/users"]["get"].clone();
    let names: Vec<_> =
        operation["parameters"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(
        names,
        [
            "customerId",
            "resellerId",
            "pageSize",
            "continuationToken",
            "X-Tenant",
            "X-Correlation-Id",
            "If-None-Match"
        ]
    );
    let answer = world.list(SHARED).await.query("?pageSize=1").send().await;
    let declared = operation["responses"]["200"]["headers"].as_object().unwrap();
    for name in ["ETag", "Link", "X-Total-Count", "Cache-Control", "Vary", "X-Correlation-Id"] {
        assert!(declared.contains_key(name) && answer.header(&name.to_lowercase()).is_some(), "{name}");
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says so, not whoever runs the server")]
async fn the_committed_description_is_the_generated_one() {
    let world = World::new().await;
    let generated = format!("{}\n", world.openapi.to_pretty_json().unwrap());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        // What the server sends was built in before, and is judged the next time.
        return std::fs::write(&path, &generated).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap();
    assert!(
        committed == generated,
        "run `UPDATE_OPENAPI=1 cargo test -p web --test api` and read the difference"
    );
    let sent = world.ask("GET", "/openapi.json").send().await;
    assert_eq!((sent.header("content-type"), sent.text() == generated), (Some("application/json"), true));
}
