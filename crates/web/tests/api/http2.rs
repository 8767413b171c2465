//! Is HTTP/2 held to the same rules and limits?

use reqwest::{Client, Response, Version};

use crate::directory::*;
use crate::world::{World, shared_users};

fn client() -> Client {
    Client::builder().http2_prior_knowledge().no_proxy().build().unwrap()
}

/// Status and type.
async fn told(response: Response) -> String {
    assert_eq!(response.version(), Version::HTTP_2);
    let status = response.status().as_u16();
    let correlation = response.headers()["x-correlation-id"].to_str().unwrap().to_owned();
    if status < 400 {
        return status.to_string();
    }
    assert_eq!(response.headers()["content-type"], "application/json");
    let body: serde_json::Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(
        (body["statusCode"].as_u64(), body["correlationId"].as_str()),
        (Some(u64::from(status)), Some(&*correlation))
    );
    format!("{status} {}", body["type"].as_str().unwrap())
}

#[tokio::test]
async fn a_listing_is_the_same_over_http_2() {
    let world = World::new().await;
    let plain = world.list(SHARED).await.send().await;
    let url = format!("http://{}{}", world.address, shared_users());
    let get = client().get(&url).header("X-Tenant", NORTH_DOMAIN).bearer_auth(world.token(CSP).await);
    let response = get.try_clone().unwrap().send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.version()), (200, Version::HTTP_2));
    for name in ["etag", "content-type", "content-length", "vary", "cache-control", "x-total-count"] {
        assert_eq!(response.headers()[name], plain.header(name).unwrap(), "{name}");
    }
    assert_eq!(response.bytes().await.unwrap(), plain.body);
    let tag = plain.header("etag").unwrap();
    assert_eq!(told(get.header("If-None-Match", tag).send().await.unwrap()).await, "304");
    let head = client().head(&url).header("X-Tenant", NORTH_DOMAIN).bearer_auth(world.token(CSP).await);
    let head = head.send().await.unwrap();
    assert_eq!(head.headers()["content-length"], plain.header("content-length").unwrap());
}

#[tokio::test]
async fn the_limits_are_the_same_over_http_2() {
    let world = World::new().await;
    let client = client();
    let url = |target: &str| format!("http://{}{target}", world.address);
    let target = |length: usize| format!("/health/live?{}", "x".repeat(length - "/health/live?".len()));
    for (length, expected) in [(8_192, "200"), (8_193, "414 UriTooLong")] {
        assert_eq!(told(client.get(url(&target(length))).send().await.unwrap()).await, expected);
    }
    for (length, expected) in [
        (16_384, "200"),
        (16_385, "431 HeadersTooLarge"),
        (60_000, "431 HeadersTooLarge"),
        (120_000, "431 HeadersTooLarge"),
    ] {
        let large = client.get(url("/health/live")).header("x-large", "x".repeat(length - "x-large".len()));
        assert_eq!(told(large.send().await.unwrap()).await, expected, "{length}");
    }
    for (count, expected) in [(99, "200"), (101, "431 HeadersTooLarge")] {
        // `Accept` is one of them.
        let many = (1..count)
            .fold(client.get(url("/health/live")), |ask, number| ask.header(format!("x-{number}"), "x"));
        assert_eq!(told(many.send().await.unwrap()).await, expected, "{count}");
    }
    for (size, expected) in [(65_536, "200"), (65_537, "413 PayloadTooLarge")] {
        let large = client.get(url("/health/live")).body(vec![b'x'; size]);
        assert_eq!(told(large.send().await.unwrap()).await, expected, "{size}");
    }
}

#[tokio::test]
async fn refusals_are_the_same_over_http_2() {
    let world = World::new().await;
    let client = client();
    let url = |target: &str| format!("http://{}{target}", world.address);
    assert_eq!(told(client.get(url("/nowhere")).send().await.unwrap()).await, "404 RouteNotFound");
    let wrong_method = client.delete(url(&shared_users())).send().await.unwrap();
    assert_eq!(wrong_method.headers()["allow"], "GET,HEAD,POST");
    assert_eq!(told(wrong_method).await, "405 MethodNotAllowed");
    assert_eq!(told(client.get(url(&shared_users())).send().await.unwrap()).await, "400 InvalidRequest");
    let stranger = client.get(url(&shared_users())).header("X-Tenant", NORTH_DOMAIN).send().await.unwrap();
    assert_eq!(stranger.headers()["www-authenticate"], "Bearer realm=\"rollcall\"");
    assert_eq!(told(stranger).await, "401 MissingToken");
}

#[tokio::test]
async fn many_requests_at_once_on_one_connection_are_each_answered() {
    let world = World::new().await;
    let client = client();
    let token = world.token(CSP).await;
    let url = format!("http://{}{}", world.address, shared_users());
    let mut running = tokio::task::JoinSet::new();
    for number in 0..100 {
        let ask = client
            .get(&url)
            .header("X-Tenant", NORTH_DOMAIN)
            .header("X-Correlation-Id", format!("n{number}"));
        let ask = ask.bearer_auth(&token);
        running.spawn(async move {
            let response = ask.send().await.unwrap();
            assert_eq!(response.headers()["x-correlation-id"], format!("n{number}").as_str());
            response.bytes().await.unwrap()
        });
    }
    let plain = world.list(SHARED).await.send().await.body;
    assert!(running.join_all().await.iter().all(|body| *body == plain));
}
