//! Issuers on the network: keys are fetched once, follow a rotation, and outlive their issuer.

use std::sync::Arc;
use std::time::Duration;

use app::tokens::{IssuerSettings, IssuerSettingsFault, Issuers, Refusal};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::host::{Host, KEYS, METADATA, Page};
use crate::mint::*;

fn first_key() -> Value {
    P256.jwk_with(json!({"kid": "first"}))
}

fn second_key() -> Value {
    OTHER_P256.jwk_with(json!({"kid": "second"}))
}

fn token(signer: &Signer, key_id: &str, host: &Host) -> String {
    let header = json!({"alg": "ES256", "kid": key_id}).to_string();
    let claims = merged(app_claims(), json!({"iss": host.url})).to_string();
    signer.mint(Algorithm::ES256, &header, &claims)
}

fn trusting(host: &Host) -> Arc<Issuers> {
    let issuers = Issuers::default();
    issuers.configure(vec![IssuerSettings::discovered(&host.url, AUDIENCE).unwrap()]);
    Arc::new(issuers)
}

async fn outcome(issuers: &Issuers, token: &str) -> Option<Refusal> {
    issuers.verify(token, now()).await.err()
}

/// Lets time pass on the runtime's clock only.
async fn pass(duration: Duration) {
    tokio::time::pause();
    tokio::time::advance(duration).await;
    tokio::time::resume();
}

const HALF_A_MINUTE: Duration = Duration::from_secs(30);
const TWO_HOURS: Duration = Duration::from_secs(2 * 60 * 60);

async fn until(mut holds: impl FnMut() -> bool) {
    while !holds() {
        tokio::task::yield_now().await;
    }
}

async fn all_at_once(issuers: &Arc<Issuers>, tokens: Vec<String>) -> Vec<Option<Refusal>> {
    let mut tasks = JoinSet::new();
    for token in tokens {
        let issuers = Arc::clone(issuers);
        tasks.spawn(async move { outcome(&issuers, &token).await });
    }
    tasks.join_all().await
}

#[tokio::test]
async fn many_first_tokens_cost_one_fetch() {
    let host = Host::start(&[first_key()]).await;
    let issuers = trusting(&host);
    assert_eq!(issuers.generation(&host.url), 0);
    let tokens = vec![token(&P256, "first", &host); 50];
    assert_eq!(all_at_once(&issuers, tokens).await, [None; 50]);
    assert_eq!((host.asked(METADATA), host.asked(KEYS)), (1, 1));
    assert!(issuers.generation(&host.url) > 0);
}

#[tokio::test]
async fn localhost_is_asked_on_loopback() {
    let host = Host::start(&[first_key()]).await;
    let by_name = host.named("localhost");
    by_name.publish(&[first_key()]);
    let issuers = trusting(&by_name);
    assert_eq!(outcome(&issuers, &token(&P256, "first", &by_name)).await, None);
}

#[tokio::test]
async fn a_rotation_is_followed_and_the_withdrawn_key_is_gone() {
    let host = Host::start(&[first_key()]).await;
    let issuers = trusting(&host);
    let (old, new) = (token(&P256, "first", &host), token(&OTHER_P256, "second", &host));
    let verified = issuers.verify(&old, now()).await.unwrap();
    let before = issuers.generation(&host.url);

    host.publish(&[second_key()]);
    // The issuer was asked just now and is not asked again so soon.
    assert_eq!(outcome(&issuers, &new).await, Some(Refusal::KeyUnknown));
    assert_eq!(host.asked(METADATA), 1);

    pass(HALF_A_MINUTE).await;
    assert_eq!(outcome(&issuers, &new).await, None);
    assert_eq!(host.asked(METADATA), 2);
    assert!(issuers.generation(&host.url) > before);
    assert!(!verified.still_holds(now()));
    assert_eq!(outcome(&issuers, &old).await, Some(Refusal::KeyUnknown));
}

#[tokio::test]
async fn a_storm_of_unknown_keys_costs_one_fetch() {
    let host = Host::start(&[first_key()]).await;
    let issuers = trusting(&host);
    let good = token(&P256, "first", &host);
    assert_eq!(outcome(&issuers, &good).await, None);
    let before = issuers.generation(&host.url);
    pass(HALF_A_MINUTE).await;

    let storm: Vec<String> = (0..200).map(|number| token(&P256, &format!("storm-{number}"), &host)).collect();
    let refused = [Some(Refusal::KeyUnknown); 200];
    assert_eq!(all_at_once(&issuers, storm.clone()).await, refused);
    assert_eq!(all_at_once(&issuers, storm).await, refused);
    assert_eq!((host.asked(METADATA), host.asked(KEYS)), (2, 2));
    // The same keys came again: nothing that was concluded from them is lost.
    assert_eq!(issuers.generation(&host.url), before);
}

#[tokio::test]
async fn an_issuer_that_is_down_does_not_stop_tokens_whose_keys_are_known() {
    let host = Host::start(&[first_key()]).await;
    let issuers = trusting(&host);
    let good = token(&P256, "first", &host);
    assert_eq!(outcome(&issuers, &good).await, None);

    host.says(METADATA, Page::Raw("HTTP/1.1 503 Down\r\n\r\n".to_owned()));
    pass(TWO_HOURS).await;
    assert_eq!(outcome(&issuers, &good).await, None);
    until(|| host.asked(METADATA) == 2).await;
    let unknown = token(&P256, "unheard-of", &host);
    assert_eq!(outcome(&issuers, &unknown).await, Some(Refusal::KeyUnknown));
    assert_eq!(outcome(&issuers, &good).await, None);
    assert_eq!(host.asked(METADATA), 2);
}

#[tokio::test]
async fn a_refresh_that_is_due_does_not_hold_a_known_key_up() {
    let host = Host::start(&[first_key()]).await;
    let issuers = trusting(&host);
    let good = token(&P256, "first", &host);
    assert_eq!(outcome(&issuers, &good).await, None);
    host.says(METADATA, Page::Silence);
    pass(TWO_HOURS).await;
    // No time at all: the answer must be there when it is first asked for.
    let answer = timeout(Duration::ZERO, outcome(&issuers, &good)).await;
    assert_eq!(answer, Ok(None));
    until(|| host.asked(METADATA) == 2).await;
}

#[tokio::test]
async fn a_withdrawn_key_is_noticed_without_any_token() {
    let host = Host::start(&[first_key()]).await;
    let issuers = trusting(&host);
    issuers.refresh_due();
    until(|| issuers.generation(&host.url) > 0).await;
    let good = token(&P256, "first", &host);
    let verified = issuers.verify(&good, now()).await.unwrap();
    let before = issuers.generation(&host.url);

    host.publish(&[]);
    issuers.refresh_due();
    assert_eq!(host.asked(METADATA), 1);
    pass(TWO_HOURS).await;
    issuers.refresh_due();
    until(|| issuers.generation(&host.url) > before).await;
    assert!(!verified.still_holds(now()));
    assert_eq!(outcome(&issuers, &good).await, Some(Refusal::KeyUnknown));
}

#[tokio::test]
async fn an_issuer_that_was_down_at_first_is_asked_again_soon() {
    let host = Host::start(&[first_key()]).await;
    let issuers = trusting(&host);
    let good = token(&P256, "first", &host);
    host.says(KEYS, Page::Raw("not even HTTP\r\n\r\n".to_owned()));
    assert_eq!(outcome(&issuers, &good).await, Some(Refusal::KeysUnavailable));
    host.publish(&[first_key()]);
    assert_eq!(outcome(&issuers, &good).await, Some(Refusal::KeysUnavailable));
    assert_eq!(host.asked(METADATA), 1);
    pass(Duration::from_secs(3)).await;
    assert_eq!(outcome(&issuers, &good).await, None);
}

#[tokio::test]
async fn a_silent_issuer_is_given_up() {
    for path in [METADATA, KEYS] {
        let host = Host::start(&[first_key()]).await;
        let issuers = trusting(&host);
        host.says(path, Page::Silence);
        let good = token(&P256, "first", &host);
        let waiting = tokio::spawn(async move { outcome(&issuers, &good).await });
        until(|| host.asked(path) == 1).await;
        pass(Duration::from_secs(5)).await;
        assert_eq!(waiting.await.unwrap(), Some(Refusal::KeysUnavailable), "{path}");
    }
}

#[tokio::test]
async fn a_request_that_goes_away_does_not_stop_the_fetch() {
    let host = Host::start(&[first_key()]).await;
    let issuers = trusting(&host);
    let good = token(&P256, "first", &host);
    let (asking, first) = (Arc::clone(&issuers), good.clone());
    let gone = tokio::spawn(async move { outcome(&asking, &first).await });
    tokio::task::yield_now().await;
    gone.abort();
    until(|| issuers.generation(&host.url) > 0).await;
    assert_eq!(outcome(&issuers, &good).await, None);
    assert_eq!(host.asked(METADATA), 1);
}

#[tokio::test]
async fn answers_that_cannot_be_trusted_are_not() {
    let host = Host::start(&[first_key()]).await;
    let good = token(&P256, "first", &host);
    let body = |value: Value| Page::Body(value.to_string());
    let metadata = |changes: Value| body(merged(host.metadata(), changes));
    let redirect = |path: &str| {
        Page::Raw(format!("HTTP/1.1 302 Found\r\nlocation: {}{path}\r\ncontent-length: 0\r\n\r\n", host.url))
    };
    host.says("/moved", Page::Body(host.metadata().to_string()));
    host.says("/moved-keys", body(json!({"keys": [first_key()]})));
    let padded = |bytes: usize| {
        let keys = json!({"keys": [first_key()], "padding": ""}).to_string();
        keys.replace(r#""padding":"""#, &format!(r#""padding":"{}""#, "x".repeat(bytes - keys.len())))
    };
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", padded((1 << 20) + 1));
    let many: Vec<Value> = (0..101).map(|n| P256.jwk_with(json!({"kid": n.to_string()}))).collect();
    let unavailable = Some(Refusal::KeysUnavailable);
    for (name, path, page, expected) in [
        ("as it is", METADATA, metadata(json!({})), None),
        ("redirected metadata", METADATA, redirect("/moved"), unavailable),
        ("redirected keys", KEYS, redirect("/moved-keys"), unavailable),
        ("another issuer", METADATA, metadata(json!({"issuer": "https://evil.example.com"})), unavailable),
        (
            "the issuer with a slash",
            METADATA,
            metadata(json!({"issuer": format!("{}/", host.url)})),
            unavailable,
        ),
        ("no issuer", METADATA, metadata(json!({"issuer": null})), unavailable),
        (
            "keys over plain http",
            METADATA,
            metadata(json!({"jwks_uri": "http://keys.example.com/"})),
            unavailable,
        ),
        (
            "keys behind a user name",
            METADATA,
            metadata(json!({"jwks_uri": host.url.replace("//", "//me@") + KEYS})),
            unavailable,
        ),
        ("keys in a file", METADATA, metadata(json!({"jwks_uri": "file:///keys"})), unavailable),
        ("no keys", METADATA, metadata(json!({"jwks_uri": null})), unavailable),
        ("metadata is a list", METADATA, body(json!([])), unavailable),
        ("keys are a list", KEYS, body(json!([first_key()])), unavailable),
        ("101 keys", KEYS, body(json!({"keys": many})), unavailable),
        ("keys of 1 MiB", KEYS, Page::Body(padded(1 << 20)), None),
        ("keys of a byte more", KEYS, Page::Body(padded((1 << 20) + 1)), unavailable),
        ("a byte more, of no stated length", KEYS, Page::Raw(endless), unavailable),
    ] {
        host.publish(&[first_key()]);
        host.says(path, page);
        assert_eq!(outcome(&trusting(&host), &good).await, expected, "{name}");
    }
    assert_eq!((host.asked("/moved"), host.asked("/moved-keys")), (0, 0));
}

#[tokio::test]
async fn an_issuer_keeps_its_keys_while_its_settings_stay() {
    let host = Host::start(&[first_key()]).await;
    let issuers = trusting(&host);
    let good = token(&P256, "first", &host);
    let verified = issuers.verify(&good, now()).await.unwrap();
    let before = issuers.generation(&host.url);

    let settings = |audience| IssuerSettings::discovered(&host.url, audience).unwrap();
    issuers.configure(vec![settings("api://before"), settings(AUDIENCE)]);
    assert!(verified.still_holds(now()));
    assert_eq!(host.asked(METADATA), 1);

    issuers.configure(vec![settings("api://other")]);
    assert!(!verified.still_holds(now()));
    assert_eq!(outcome(&issuers, &good).await, Some(Refusal::AudienceRefused));

    issuers.configure(Vec::new());
    assert_eq!(outcome(&issuers, &good).await, Some(Refusal::IssuerUnknown));

    issuers.configure(vec![settings(AUDIENCE)]);
    assert_eq!(outcome(&issuers, &good).await, None);
    assert!(issuers.generation(&host.url) > before);
    assert!(!verified.still_holds(now()));
}

#[test]
fn an_issuer_is_an_https_url_and_has_an_audience() {
    let fault = |issuer, audience| IssuerSettings::discovered(issuer, audience).err();
    assert_eq!(fault("https://login.example.com/v2.0", AUDIENCE), None);
    assert_eq!(fault("http://127.0.0.1:8080", AUDIENCE), None);
    assert_eq!(fault("https://login.example.com", ""), Some(IssuerSettingsFault::Audience));
    for issuer in [
        "http://login.example.com",
        "https://login.example.com/?tenant=1",
        "https://login.example.com/#top",
        "https://me@login.example.com",
        "login.example.com",
        "",
    ] {
        assert_eq!(fault(issuer, AUDIENCE), Some(IssuerSettingsFault::Url), "{issuer}");
    }
}
