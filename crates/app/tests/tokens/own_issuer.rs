//! Rollcall's own issuer: what it signs is verified by what it publishes.

use app::issuer::{AccessClaims, SigningKey, SigningKeyFault, discovery_document, jwks_document};
use app::tokens::{Bearer, IssuerSettings, Issuers, KeySet, Refusal};
use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
use serde_json::{Value, json};

use crate::mint::{AUDIENCE, CLIENT, NOW, now};

const OWN: &str = "https://rollcall.example.com";

fn claims() -> AccessClaims {
    AccessClaims {
        iss: OWN.to_owned(),
        sub: CLIENT.to_owned(),
        aud: AUDIENCE.to_owned(),
        azp: CLIENT.to_owned(),
        iat: NOW,
        nbf: NOW,
        exp: NOW + 3599,
        jti: "one".to_owned(),
    }
}

fn publish(issuers: &Issuers, keys: &[&SigningKey]) {
    let keys: Vec<_> = keys.iter().map(|key| key.public_jwk().clone()).collect();
    let keys = KeySet::read(&jwks_document(&keys), None).unwrap();
    issuers.configure(vec![IssuerSettings::own(OWN, AUDIENCE, keys).unwrap()]);
}

#[tokio::test]
async fn a_token_of_our_own_is_an_app_token() {
    let key = SigningKey::generate().unwrap();
    let issuers = Issuers::default();
    publish(&issuers, &[&key]);
    let token = key.sign(&claims()).unwrap();
    let verified = issuers.verify(&token, now()).await.unwrap();
    assert_eq!(verified.issuer, OWN);
    assert_eq!(verified.expires_at.as_second(), NOW + 3599);
    let client_id = CLIENT.parse().unwrap();
    assert_eq!(verified.bearer, Bearer::App { client_id });
}

#[tokio::test]
async fn keys_rotate_without_a_restart() {
    let (first, second) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let issuers = Issuers::default();
    let token = first.sign(&claims()).unwrap();

    publish(&issuers, &[&first]);
    let before = issuers.generation(OWN);
    let verified = issuers.verify(&token, now()).await.unwrap();
    publish(&issuers, &[&first]);
    assert_eq!(issuers.generation(OWN), before);
    assert!(verified.still_holds(now()));

    publish(&issuers, &[&first, &second]);
    assert!(issuers.generation(OWN) > before);
    assert!(!verified.still_holds(now()));
    assert!(issuers.verify(&token, now()).await.is_ok());

    publish(&issuers, &[&second]);
    let refused = issuers.verify(&token, now()).await;
    assert_eq!(refused.err(), Some(Refusal::KeyUnknown));
}

#[test]
fn a_key_is_named_by_its_thumbprint() {
    let key = SigningKey::generate().unwrap();
    let jwk: Jwk = serde_json::from_value(json!(key.public_jwk())).unwrap();
    assert_eq!(key.key_id(), jwk.thumbprint(ThumbprintHash::SHA256).unwrap());
}

#[test]
fn a_stored_key_comes_back_under_its_own_name_only() {
    let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let pkcs8 = key.to_pkcs8().unwrap();
    let restored = SigningKey::from_pkcs8(key.key_id(), &pkcs8).unwrap();
    assert_eq!(restored.public_jwk(), key.public_jwk());
    let of_other_name = SigningKey::from_pkcs8(other.key_id(), &pkcs8);
    assert_eq!(of_other_name.unwrap_err(), SigningKeyFault::OtherName);
    let malformed = SigningKey::from_pkcs8(key.key_id(), &pkcs8[1..]);
    assert_eq!(malformed.unwrap_err(), SigningKeyFault::Malformed);
}

#[test]
fn what_is_published_holds_nothing_private() {
    let key = SigningKey::generate().unwrap();
    assert_eq!(format!("{key:?}"), format!("SigningKey {{ kid: {:?}, .. }}", key.key_id()));
    let document: Value = serde_json::from_slice(&jwks_document(&[key.public_jwk().clone()])).unwrap();
    let jwk = &document["keys"][0];
    let mut members: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!((&jwk["alg"], &jwk["use"]), (&json!("ES256"), &json!("sig")));
}

#[test]
fn discovery_says_where_keys_and_tokens_are() {
    let document: Value =
        serde_json::from_slice(&discovery_document(OWN, "https://api.example.com/")).unwrap();
    assert_eq!(
        document,
        json!({
            "issuer": OWN,
            "jwks_uri": "https://api.example.com/.well-known/jwks.json",
            "token_endpoint": "https://api.example.com/oauth2/v2.0/token",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        })
    );
}
