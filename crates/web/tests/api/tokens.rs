//! Which tokens are refused at the door, and what may the good ones do? Refusals tell nothing apart.

use domain::audit::ActorEntry;
use domain::id::ClientId;
use serde_json::{Value, json};

use crate::directory::*;
use crate::issuer;
use crate::world::{OWN_AUDIENCE, OWN_ISSUER, World, later};

/// The claims of an app token.
fn app(client: ClientId) -> Value {
    json!({"azp": client.to_string()})
}

/// A good token whose part was replaced.
fn with_part(token: &str, part: usize, text: &str) -> String {
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[part] = text;
    parts.join(".")
}

#[tokio::test]
async fn forged_tokens_are_refused_in_the_same_bytes() {
    let world = World::new().await;
    let (own, iss) = (world.token(CSP).await, world.issuer.as_str());
    let good = app(EXTERNAL);
    let external = issuer::token(iss, &good);
    let hidden = json!({"alg": "ES256", "kid": "one", "jwk": issuer::strangers_key()});
    let under = |header: Value| issuer::token_under(&header, iss, &good);
    let changed = |changes: Value| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        issuer::token(iss, &claims)
    };
    let now = crate::world::now().as_second();
    let none = issuer::encoded(r#"{"alg":"none"}"#);
    let forgeries = [
        ("no token at all", "x".to_owned()),
        ("another signature", with_part(&own, 2, external.split('.').nth(2).unwrap())),
        ("other claims", with_part(&own, 1, external.split('.').nth(1).unwrap())),
        ("no signature", with_part(&own, 2, "")),
        ("alg none", format!("{none}.{}.", own.split('.').nth(1).unwrap())),
        ("four parts", format!("{own}.x")),
        ("too long", format!("{own}{}", "A".repeat(8_192))),
        ("signed by a stranger", issuer::forged(iss, &good)),
        ("a key in the header", issuer::self_made(&hidden, iss, &good)),
        ("an unknown key", under(json!({"alg": "ES256", "kid": "two"}))),
        ("an unknown issuer", issuer::token("https://unknown.example", &good)),
        (
            "the name of our own issuer",
            issuer::token(OWN_ISSUER, &json!({"azp": CSP.to_string(), "aud": OWN_AUDIENCE})),
        ),
        ("crit", under(json!({"alg": "ES256", "kid": "one", "crit": ["x"], "x": 1}))),
        ("HS256", under(json!({"alg": "HS256", "kid": "one"}))),
        ("another type", under(json!({"alg": "ES256", "kid": "one", "typ": "dpop+jwt"}))),
        ("another audience", changed(json!({"aud": OWN_AUDIENCE}))),
        ("no audience", changed(json!({"aud": null}))),
        ("no end", changed(json!({"exp": null}))),
        ("an end as text", changed(json!({"exp": (now + 600).to_string()}))),
        ("over", changed(json!({"exp": now - 60}))),
        ("not yet", changed(json!({"nbf": now + 61}))),
        ("of the future", changed(json!({"iat": now + 61}))),
        ("nobody", changed(json!({"azp": null}))),
        ("two clients", changed(json!({"appid": CSP.to_string()}))),
        ("an unknown client", changed(json!({"azp": NO_CLIENT.to_string()}))),
        ("a client of our own issuer", changed(json!({"azp": CSP.to_string()}))),
        ("our own token for a client of another issuer", world.token(EXTERNAL).await),
        ("an unknown client of our own", world.token(NO_CLIENT).await),
        ("a disabled client", world.token(DISABLED).await),
        ("a client of a deleted reseller", world.token(OF_GONE_RESELLER).await),
        ("a client of a deleted customer", world.token(OF_GONE).await),
        ("a person without a name", changed(json!({"scp": "users.read"}))),
    ];
    assert_eq!(world.list(SHARED).await.token(&external).status().await, 200);
    assert_eq!(world.list(SHARED).await.token(&own).status().await, 200);
    let expected = world.list(SHARED).await.token("x").send().await;
    for (what, token) in forgeries {
        let answer = world.list(SHARED).await.token(&token).send().await;
        assert_eq!(answer.told(), "401 InvalidToken", "{what}");
        assert_eq!(answer.text_without_correlation(), expected.text_without_correlation(), "{what}");
        assert_eq!(answer.header("www-authenticate"), expected.header("www-authenticate"), "{what}");
    }
}

#[tokio::test]
async fn a_refused_client_is_refused_in_every_tenant_alike() {
    let world = World::new().await;
    for tenant in [NORTH_DOMAIN, SOUTH_DOMAIN, "unknown.example"] {
        for client in [DISABLED, OF_GONE_RESELLER, NO_CLIENT] {
            let answer = world.list_as(client, SHARED).await.tenant(tenant).send().await;
            assert_eq!(answer.told(), "401 InvalidToken", "{tenant} {client}");
        }
        let live = world.list_as(SOUTH_CSP, FOREIGN).await.tenant(tenant).send().await;
        let expected = if tenant == SOUTH_DOMAIN { "200" } else { "403 TenantForbidden" };
        assert_eq!(live.told(), expected, "{tenant}");
    }
}

#[tokio::test]
async fn tokens_are_accepted_within_the_skew_of_clocks() {
    let world = World::new().await;
    let now = crate::world::now().as_second();
    for changes in [
        json!({"exp": now - 59}),
        json!({"nbf": now + 60}),
        json!({"iat": now + 60}),
        json!({"aud": ["else", issuer::AUDIENCE]}),
        json!({"azp": null, "appid": EXTERNAL.to_string()}),
        json!({"appid": EXTERNAL.0.simple().to_string()}),
    ] {
        let mut claims = app(EXTERNAL);
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let token = issuer::token(&world.issuer, &claims);
        assert_eq!(world.list(SHARED).await.token(&token).status().await, 200, "{changes}");
    }
    for header in [
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "kid": "one", "typ": "JWT"}),
        json!({"alg": "ES256", "kid": "one", "typ": "at+jwt"}),
    ] {
        let token = issuer::token_under(&header, &world.issuer, &app(EXTERNAL));
        assert_eq!(world.list(SHARED).await.token(&token).status().await, 200, "{header}");
    }
}

#[tokio::test]
async fn a_token_that_was_good_is_refused_when_it_is_over() {
    let world = World::new().await;
    let list = world.list(SHARED).await;
    assert_eq!(list.status().await, 200);
    later(3_599 + 59);
    assert_eq!(list.status().await, 200);
    later(1);
    assert_eq!(list.send().await.told(), "401 InvalidToken");
}

#[tokio::test]
async fn a_claim_of_a_person_makes_a_user_token_whatever_its_client() {
    let world = World::new().await;
    for claim in ["email", "preferred_username", "upn", "scp"] {
        for value in [json!("x"), Value::Null] {
            let mut claims = json!({"azp": EXTERNAL.to_string(), "sub": "somebody", "iss": world.issuer});
            let token = if value.is_null() {
                // A claim that is null, not one that is absent.
                let header = issuer::header();
                claims["aud"] = json!(issuer::AUDIENCE);
                issuer::token_with_null(&header, &world.issuer, &claims, claim)
            } else {
                claims[claim] = value;
                issuer::token(&world.issuer, &claims)
            };
            let answer = world.list(SHARED).await.token(&token).send().await;
            assert_eq!(
                answer.told(),
                "403 TenantForbidden",
                "{claim}: an application's rights are not had so"
            );
        }
    }
}

#[tokio::test]
async fn keys_rotate_and_old_tokens_stay_good_until_their_end() {
    let world = World::new().await;
    let old = world.list(SHARED).await;
    assert_eq!(old.status().await, 200);
    world.app.rotate_keys(crate::world::now(), ActorEntry::SYSTEM).await.unwrap();
    let new = world.list(SHARED).await;
    assert_eq!((old.status().await, new.status().await), (200, 200));
    let published = world.ask("GET", "/.well-known/jwks.json").send().await.json();
    assert_eq!(published["keys"].as_array().unwrap().len(), 2);
    later(3_599);
    assert_eq!(old.status().await, 200);
    later(300);
    world.app.rotate_keys(crate::world::now(), ActorEntry::SYSTEM).await.unwrap();
    assert_eq!(old.send().await.told(), "401 InvalidToken");
    let published = world.ask("GET", "/.well-known/jwks.json").send().await;
    assert_eq!(published.json()["keys"].as_array().unwrap().len(), 2, "the oldest key is forgotten");
    assert!(!published.text().contains("\"d\""), "no private part is published");
}

#[tokio::test]
async fn what_others_need_to_check_our_tokens_is_published() {
    let world = World::new().await;
    let discovery = world.ask("GET", "/.well-known/openid-configuration").send().await;
    assert_eq!((discovery.status, discovery.header("content-type")), (200, Some("application/json")));
    assert_eq!(discovery.json()["issuer"], OWN_ISSUER);
    assert_eq!(discovery.json()["jwks_uri"], format!("{OWN_ISSUER}/.well-known/jwks.json"));
    assert_eq!(discovery.json()["token_endpoint"], format!("{OWN_ISSUER}/oauth2/v2.0/token"));
}
