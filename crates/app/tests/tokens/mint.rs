//! Makes keys and signs tokens with another library than the one that verifies them, so that both
//! cannot be wrong in the same way.

use std::sync::LazyLock;

use app::tokens::{IssuerSettings, Issuers, KeySet};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://login.example.com/v2.0";
/// Has one key only.
pub(crate) const SMALL_ISSUER: &str = "https://small.example.com";
pub(crate) const AUDIENCE: &str = "api://rollcall";
pub(crate) const CLIENT: &str = "5e0c1c2e-8a55-4b3f-9d3e-0a1b2c3d4e5f";
pub(crate) const NOW: i64 = 1_790_000_000;

pub(crate) struct Signer {
    key: EncodingKey,
    /// The public key, without `kid`, `alg` and `use`.
    pub(crate) jwk: Value,
}

pub(crate) static RSA: LazyLock<Signer> = LazyLock::new(rsa);
pub(crate) static OTHER_RSA: LazyLock<Signer> = LazyLock::new(rsa);
pub(crate) static P256: LazyLock<Signer> = LazyLock::new(p256);
pub(crate) static OTHER_P256: LazyLock<Signer> = LazyLock::new(p256);
pub(crate) static ED25519: LazyLock<Signer> = LazyLock::new(ed25519);

impl Signer {
    /// The public key with these members added.
    pub(crate) fn jwk_with(&self, members: Value) -> Value {
        merged(self.jwk.clone(), members)
    }

    pub(crate) fn sign(&self, algorithm: Algorithm, message: &str) -> String {
        crypto::sign(message.as_bytes(), &self.key, algorithm).unwrap()
    }

    /// A token of exactly this header and these claims, whatever they are.
    pub(crate) fn mint(&self, algorithm: Algorithm, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encoded(header), encoded(claims));
        let signature = self.sign(algorithm, &message);
        format!("{message}.{signature}")
    }
}

pub(crate) fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

/// The claims of a good app token.
pub(crate) fn app_claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 600, "azp": CLIENT})
}

/// Members of the second replace those of the first; `null` takes a member away.
pub(crate) fn merged(mut base: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        let members = base.as_object_mut().unwrap();
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    base
}

/// A token signed with P-256 and the `kid` `es`.
pub(crate) fn es256(claims: &str) -> String {
    P256.mint(Algorithm::ES256, r#"{"alg":"ES256","kid":"es"}"#, claims)
}

pub(crate) fn key_set(keys: &[Value]) -> KeySet {
    let document = json!({ "keys": keys }).to_string();
    KeySet::read(document.as_bytes(), None).unwrap()
}

/// Trusts one issuer with a key of each algorithm and one with a single key.
pub(crate) fn issuers() -> Issuers {
    let four = key_set(&[
        RSA.jwk_with(json!({"kid": "rs", "alg": "RS256"})),
        OTHER_RSA.jwk_with(json!({"kid": "ps", "alg": "PS256"})),
        P256.jwk_with(json!({"kid": "es"})),
        ED25519.jwk_with(json!({"kid": "ed"})),
    ]);
    let one = key_set(&[OTHER_P256.jwk_with(json!({"kid": "only"}))]);
    let issuers = Issuers::default();
    issuers.configure(vec![
        IssuerSettings::own(ISSUER, AUDIENCE, four).unwrap(),
        IssuerSettings::own(SMALL_ISSUER, AUDIENCE, one).unwrap(),
    ]);
    issuers
}

fn rsa() -> Signer {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8 = AsDer::as_der(&pair).unwrap();
    Signer {
        // A PKCS#8 wrapping of a key of this size is 26 bytes before the PKCS#1 structure.
        key: EncodingKey::from_rsa_der(&pkcs8.as_ref()[26..]),
        jwk: json!({
            "kty": "RSA",
            "n": encoded(pair.public_key().modulus().big_endian_without_leading_zero()),
            "e": encoded(pair.public_key().exponent().big_endian_without_leading_zero()),
        }),
    }
}

fn p256() -> Signer {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    Signer {
        key: EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()),
        jwk: json!({
            "kty": "EC",
            "crv": "P-256",
            "x": encoded(&point[1..33]),
            "y": encoded(&point[33..]),
        }),
    }
}

fn ed25519() -> Signer {
    let pair = Ed25519KeyPair::generate().unwrap();
    Signer {
        key: EncodingKey::from_ed_der(pair.to_pkcs8().unwrap().as_ref()),
        jwk: json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(pair.public_key())}),
    }
}
