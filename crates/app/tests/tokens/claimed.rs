//! Claims under a good signature: time, audience, issuer, and whom the token speaks of.

use std::sync::LazyLock;

use app::tokens::{Bearer, Issuers, Refusal};
use serde_json::{Value, json};

use crate::mint::*;

static TRUSTED: LazyLock<Issuers> = LazyLock::new(issuers);

async fn bearer_of(claims: Value) -> Result<Bearer, Refusal> {
    let verified = TRUSTED.verify(&es256(&claims.to_string()), now()).await?;
    Ok(verified.bearer)
}

/// What comes of the good claims with one of them spelled so.
async fn with_claim(name: &str, json: &str) -> Option<Refusal> {
    let mut claims = app_claims();
    claims.as_object_mut().unwrap().remove(name);
    let claims = claims.to_string();
    let claims = format!(r#"{{"{name}":{json},{}"#, claims.trim_start_matches('{'));
    TRUSTED.verify(&es256(&claims), now()).await.err()
}

async fn without_claim(name: &str) -> Option<Refusal> {
    bearer_of(merged(app_claims(), json!({name: null}))).await.err()
}

#[tokio::test]
async fn a_token_holds_until_a_minute_after_exp() {
    let malformed = Some(Refusal::TimeMalformed);
    let expired = Some(Refusal::Expired);
    for (json, expected) in [
        (format!("{}", NOW + 1), None),
        (format!("{}", NOW - 59), None),
        (format!("{}.75", NOW - 59), None),
        (format!("{}e0", NOW + 1), None),
        ("253402207200".to_owned(), None),
        (format!("{}", NOW - 60), expired),
        (format!("{}.75", NOW - 60), expired),
        ("0".to_owned(), expired),
        ("-0.0".to_owned(), expired),
        ("-1".to_owned(), malformed),
        (format!("\"{}\"", NOW + 1), malformed),
        ("null".to_owned(), malformed),
        ("true".to_owned(), malformed),
        (format!("[{}]", NOW + 1), malformed),
        ("253402207201".to_owned(), malformed),
        ("9223372036854775807".to_owned(), malformed),
        ("18446744073709551615".to_owned(), malformed),
        ("99999999999999999999999".to_owned(), malformed),
        ("1e300".to_owned(), malformed),
        ("-1e300".to_owned(), malformed),
        ("\"NaN\"".to_owned(), malformed),
    ] {
        assert_eq!(with_claim("exp", &json).await, expected, "exp {json}");
    }
    assert_eq!(without_claim("exp").await, Some(Refusal::ExpiryMissing));
}

#[tokio::test]
async fn nbf_and_iat_may_be_a_minute_ahead() {
    for (name, refusal) in [("nbf", Refusal::NotYetValid), ("iat", Refusal::IssuedInFuture)] {
        for (json, expected) in [
            (format!("{}", NOW), None),
            (format!("{}", NOW + 60), None),
            (format!("{}", NOW + 61), Some(refusal)),
            (format!("{}.5", NOW + 61), Some(refusal)),
            ("253402207200".to_owned(), Some(refusal)),
            (format!("\"{NOW}\""), Some(Refusal::TimeMalformed)),
            ("null".to_owned(), Some(Refusal::TimeMalformed)),
            ("-1".to_owned(), Some(Refusal::TimeMalformed)),
            ("1e30".to_owned(), Some(Refusal::TimeMalformed)),
        ] {
            assert_eq!(with_claim(name, &json).await, expected, "{name} {json}");
        }
    }
}

#[tokio::test]
async fn the_audience_is_named_exactly() {
    let refused = Some(Refusal::AudienceRefused);
    let malformed = Some(Refusal::AudienceMalformed);
    for (json, expected) in [
        (r#""api://rollcall""#, None),
        (r#"["api://other","api://rollcall"]"#, None),
        (r#""api://rollcall/""#, refused),
        (r#""API://ROLLCALL""#, refused),
        (r#""api://other""#, refused),
        (r#""""#, refused),
        ("[]", refused),
        (r#"["api://other"]"#, refused),
        (r#"["api://rollcall",1]"#, malformed),
        (r#"[["api://rollcall"]]"#, malformed),
        (r#"{"api://rollcall":true}"#, malformed),
        ("1", malformed),
        ("null", malformed),
    ] {
        assert_eq!(with_claim("aud", json).await, expected, "aud {json}");
    }
    assert_eq!(without_claim("aud").await, malformed);
}

#[tokio::test]
async fn the_issuer_is_named_exactly() {
    let unknown = Some(Refusal::IssuerUnknown);
    for (json, expected) in [
        (r#""https://login.example.com/v2.0""#, None),
        (r#""https://login.example.com/v2.0/""#, unknown),
        (r#""https://LOGIN.example.com/v2.0""#, unknown),
        (r#""http://login.example.com/v2.0""#, unknown),
        (r#""https://evil.example.com""#, unknown),
        (r#""""#, unknown),
        (r#"["https://login.example.com/v2.0"]"#, Some(Refusal::IssuerMissing)),
        ("null", Some(Refusal::IssuerMissing)),
    ] {
        assert_eq!(with_claim("iss", json).await, expected, "iss {json}");
    }
    assert_eq!(without_claim("iss").await, Some(Refusal::IssuerMissing));
}

#[tokio::test]
async fn an_app_token_names_one_client() {
    let client_id = CLIENT.parse().unwrap();
    let bare = CLIENT.replace('-', "");
    let upper = CLIENT.to_uppercase();
    for claims in [
        json!({"azp": CLIENT}),
        json!({"azp": null, "appid": CLIENT}),
        json!({"azp": CLIENT, "appid": CLIENT}),
        json!({"azp": upper, "appid": bare}),
        json!({"azp": CLIENT, "sub": "anything", "email_verified": true, "name": "x"}),
    ] {
        let bearer = bearer_of(merged(app_claims(), claims.clone())).await;
        assert_eq!(bearer, Ok(Bearer::App { client_id }), "{claims}");
    }

    let other = "00000000-8a55-4b3f-9d3e-0a1b2c3d4e5f";
    for claims in [
        json!({"azp": CLIENT, "appid": other}),
        json!({"azp": CLIENT, "appid": 1}),
        json!({"azp": "client"}),
        json!({"azp": ""}),
        json!({"azp": format!("{{{CLIENT}}}")}),
        json!({"azp": format!("urn:uuid:{CLIENT}")}),
        json!({"azp": format!(" {CLIENT}")}),
        json!({"azp": &CLIENT[1..]}),
        json!({"azp": 7}),
        json!({"azp": [CLIENT]}),
    ] {
        let bearer = bearer_of(merged(app_claims(), claims.clone())).await;
        assert_eq!(bearer, Err(Refusal::ClientMalformed), "{claims}");
    }
    assert_eq!(with_claim("azp", "null").await, Some(Refusal::ClientMalformed));
    assert_eq!(without_claim("azp").await, Some(Refusal::BearerMissing));
}

#[tokio::test]
async fn a_persons_claim_makes_a_user_token_whatever_its_value_and_whatever_azp() {
    for name in ["email", "preferred_username", "upn", "scp"] {
        for value in ["\"x\"", "null", "7", "[]", "\"\""] {
            let refusal = with_claim(name, value).await;
            assert_eq!(refusal, Some(Refusal::SubjectMalformed), "{name} {value}");
        }
        let claims = merged(app_claims(), json!({"sub": "s-1", "azp": 7, name: "x"}));
        let bearer = bearer_of(claims).await.unwrap();
        let email = (name == "email").then(|| "x".to_owned());
        let expected = Bearer::User { subject: "s-1".to_owned(), email, email_verified: false };
        assert_eq!(bearer, expected, "{name}");
    }
}

#[tokio::test]
async fn an_email_is_verified_by_the_value_true_only() {
    for (value, expected) in [
        (json!(true), true),
        (json!(false), false),
        (json!("true"), false),
        (json!(1), false),
        (json!(["true"]), false),
    ] {
        let claims = json!({"sub": "s-1", "email": "ann@example.com", "email_verified": value});
        let bearer = bearer_of(merged(app_claims(), claims)).await.unwrap();
        let user = Bearer::User {
            subject: "s-1".to_owned(),
            email: Some("ann@example.com".to_owned()),
            email_verified: expected,
        };
        assert_eq!(bearer, user, "{value}");
    }
}

#[tokio::test]
async fn a_subject_has_1_to_255_characters() {
    let malformed = Err(Refusal::SubjectMalformed);
    for (subject, is_good) in [
        (json!("s"), true),
        (json!("ü".repeat(255)), true),
        (json!("s".repeat(256)), false),
        (json!(""), false),
        (json!("a\u{0}b"), false),
        (json!("a\nb"), false),
        (json!(7), false),
        (json!(["s"]), false),
    ] {
        let claims = merged(app_claims(), json!({"scp": "x", "sub": subject}));
        let bearer = bearer_of(claims).await;
        assert_eq!(bearer.is_ok(), is_good, "{subject}");
        assert!(is_good || bearer == malformed, "{subject}");
    }
}
