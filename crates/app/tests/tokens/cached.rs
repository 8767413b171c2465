//! The cache of verified tokens: what it may give back, and what it must not.

use app::tokens::{Issuers, TokenCache, VerifiedToken};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::mint::*;

async fn verified(issuers: &Issuers, token: &str) -> VerifiedToken {
    issuers.verify(token, now()).await.unwrap()
}

fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn a_token_is_found_until_a_minute_after_it_expires() {
    let (issuers, cache) = (issuers(), TokenCache::new(1 << 20));
    let token = es256(&app_claims().to_string());
    assert!(cache.get(&token, now()).is_none());
    let kept = cache.put(&token, verified(&issuers, &token).await);
    let found = cache.get(&token, after(659)).unwrap();
    assert_eq!(found.verified.bearer, kept.verified.bearer);
    assert!(cache.get(&token, after(660)).is_none());
    // It is gone, and not only hidden.
    assert!(cache.get(&token, now()).is_none());
}

#[tokio::test]
async fn another_token_of_the_same_bearer_is_not_found() {
    let (issuers, cache) = (issuers(), TokenCache::new(1 << 20));
    let token = es256(&app_claims().to_string());
    cache.put(&token, verified(&issuers, &token).await);
    let (_, signature) = token.rsplit_once('.').unwrap();
    let claims = merged(app_claims(), json!({"exp": NOW + 9999})).to_string();
    let forged = format!(
        "{}.{}.{signature}",
        encoded(r#"{"alg":"ES256","kid":"es"}"#),
        encoded(claims)
    );
    assert!(cache.get(&forged, now()).is_none());
    assert!(cache.get(&format!("{token} "), now()).is_none());
    assert!(cache.get("", now()).is_none());
    assert!(cache.get(&token, now()).is_some());
}

#[tokio::test]
async fn nothing_is_found_of_an_issuer_that_is_no_longer_trusted() {
    let (issuers, cache) = (issuers(), TokenCache::new(1 << 20));
    let token = es256(&app_claims().to_string());
    cache.put(&token, verified(&issuers, &token).await);
    issuers.configure(Vec::new());
    assert_eq!(issuers.generation(ISSUER), 0);
    assert!(cache.get(&token, now()).is_none());
}

#[tokio::test]
async fn the_cache_stays_within_its_bytes() {
    let (issuers, cache) = (issuers(), TokenCache::new(64 * 1024));
    let tokens: Vec<String> = (0..200)
        .map(|number| es256(&merged(app_claims(), json!({"jti": number})).to_string()))
        .collect();
    for token in &tokens {
        cache.put(token, verified(&issuers, token).await);
    }
    let found = tokens
        .iter()
        .filter(|token| cache.get(token, now()).is_some());
    let found = found.count();
    assert!(found > 0 && found * 512 <= 64 * 1024, "{found} are kept");
}
