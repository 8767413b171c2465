//! Key sets as issuers publish them: which keys are taken, and with which algorithm.

use app::tokens::{Algorithm, KeySet, KeySetFault};
use serde_json::{Value, json};

use crate::mint::{ED25519, OTHER_P256, P256, RSA, encoded, key_set, merged};

fn taken(jwk: Value) -> usize {
    key_set(&[jwk]).len()
}

fn rsa(members: Value) -> Value {
    merged(RSA.jwk_with(json!({"kid": "k", "alg": "RS256"})), members)
}

#[test]
fn good_keys_are_taken() {
    for jwk in [
        rsa(json!({})),
        rsa(json!({"alg": "PS256", "use": "sig", "key_ops": ["verify"], "x5c": ["AA"]})),
        rsa(json!({"e": "Aw"})),
        rsa(json!({"e": "AAEAAQ"})),
        P256.jwk_with(json!({})),
        P256.jwk_with(json!({"alg": "ES256", "kid": ""})),
        ED25519.jwk_with(json!({"alg": "EdDSA", "key_ops": ["sign", "verify"]})),
    ] {
        assert_eq!(taken(jwk.clone()), 1, "{jwk}");
    }
}

#[test]
fn bad_keys_are_left_out() {
    let small_modulus = encoded([0xff; 128]);
    let nearly_2048 = encoded([[0x7f].as_slice(), &[0xff; 255]].concat());
    let above_8192 = encoded([[1].as_slice(), &[0xff; 1024]].concat());
    let even_modulus = encoded([[0xff; 255].as_slice(), &[0xfe]].concat());
    let padded = format!("{}=", RSA.jwk["n"].as_str().unwrap());
    for jwk in [
        json!("a key"),
        json!({}),
        json!({"kty": "oct", "k": "AAAA", "alg": "HS256"}),
        json!({"kty": "oct", "alg": "HS256"}),
        rsa(json!({"d": "AAAA"})),
        rsa(json!({"k": "AAAA"})),
        rsa(json!({"p": "AAAA"})),
        rsa(json!({"use": "enc"})),
        rsa(json!({"use": 1})),
        rsa(json!({"key_ops": ["sign"]})),
        rsa(json!({"key_ops": []})),
        rsa(json!({"key_ops": "verify"})),
        rsa(json!({"kid": 7})),
        rsa(json!({"kid": "k".repeat(257)})),
        rsa(json!({"alg": null})),
        rsa(json!({"alg": "RS512"})),
        rsa(json!({"alg": "ES256"})),
        rsa(json!({"alg": ["RS256"]})),
        rsa(json!({"n": small_modulus})),
        rsa(json!({"n": nearly_2048})),
        rsa(json!({"n": above_8192})),
        rsa(json!({"n": even_modulus})),
        rsa(json!({"n": padded})),
        rsa(json!({"n": 7})),
        rsa(json!({"n": ""})),
        rsa(json!({"n": null})),
        rsa(json!({"e": "AQ"})),
        rsa(json!({"e": "BA"})),
        rsa(json!({"e": "AQAAAAE"})),
        rsa(json!({"e": ""})),
        P256.jwk_with(json!({"alg": "RS256"})),
        P256.jwk_with(json!({"crv": "P-384"})),
        P256.jwk_with(json!({"crv": "secp256k1"})),
        P256.jwk_with(json!({"y": OTHER_P256.jwk["y"]})),
        P256.jwk_with(json!({"x": encoded([0; 32]), "y": encoded([0; 32])})),
        P256.jwk_with(json!({"x": encoded([1; 31])})),
        P256.jwk_with(json!({"kty": "OKP"})),
        ED25519.jwk_with(json!({"alg": "ES256"})),
        ED25519.jwk_with(json!({"crv": "X25519"})),
        ED25519.jwk_with(json!({"crv": "Ed448"})),
        ED25519.jwk_with(json!({"x": encoded([1; 31])})),
    ] {
        assert_eq!(taken(jwk.clone()), 0, "{jwk}");
    }
}

#[test]
fn an_rsa_key_without_alg_needs_an_issuer_that_settles_it() {
    let document = json!({"keys": [rsa(json!({"alg": null}))]}).to_string();
    let taken = |settled| KeySet::read(document.as_bytes(), settled).unwrap().len();
    assert_eq!(taken(None), 0);
    assert_eq!(taken(Some(Algorithm::Rs256)), 1);
    assert_eq!(taken(Some(Algorithm::Es256)), 0);
}

#[test]
fn two_keys_of_one_id_are_both_left_out_and_the_others_stay() {
    let keys = key_set(&[
        P256.jwk_with(json!({"kid": "a"})),
        ED25519.jwk_with(json!({"kid": "b"})),
        OTHER_P256.jwk_with(json!({"kid": "a"})),
        json!({"kty": "unheard of"}),
    ]);
    assert_eq!(format!("{keys:?}"), r#"[(Some("b"), EdDsa)]"#);
}

#[test]
fn a_set_has_at_most_100_keys() {
    let set = |count: usize| {
        let keys: Vec<Value> =
            (0..count).map(|number| P256.jwk_with(json!({"kid": number.to_string()}))).collect();
        KeySet::read(json!({ "keys": keys }).to_string().as_bytes(), None)
    };
    assert_eq!(set(100).map(|keys| keys.len()), Ok(100));
    assert_eq!(set(101), Err(KeySetFault::TooManyKeys));
}

#[test]
fn what_is_not_a_set_is_refused() {
    assert!(KeySet::read(br#"{"keys":[]}"#, None).unwrap().is_empty());
    for document in
        ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, r#"{"keys":[{"kid":"a","kid":"b"}]}"#]
    {
        let read = KeySet::read(document.as_bytes(), None);
        assert_eq!(read, Err(KeySetFault::Malformed), "{document}");
    }
}
