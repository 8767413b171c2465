//! How does Rollcall sign the tokens that it issues itself? With ES256.
//!
//! A key is named by its RFC 7638 thumbprint, so that one key has one name on every node.

mod documents;

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use documents::{discovery_document, jwks_document};

/// A private key of Rollcall's own issuer.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicJwk,
}

/// The public half of a signing key, as it is published (RFC 7517, RFC 7518 section 6.2.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicJwk {
    /// `EC`.
    pub kty: String,
    /// `P-256`.
    pub crv: String,
    /// The point's first coordinate, base64url.
    pub x: String,
    /// The point's second coordinate, base64url.
    pub y: String,
    /// The RFC 7638 thumbprint, base64url.
    pub kid: String,
    /// `ES256`.
    pub alg: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub purpose: String,
}

/// The claims of a token that Rollcall issues to a client. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessClaims {
    /// Rollcall's own issuer.
    pub iss: String,
    /// The client.
    pub sub: String,
    /// The audience that Rollcall expects.
    pub aud: String,
    /// The client once more: what makes this an app token.
    pub azp: String,
    /// When it was issued.
    pub iat: i64,
    /// From when it is valid.
    pub nbf: i64,
    /// Until when it is valid.
    pub exp: i64,
    /// The token's own name, for the audit record.
    pub jti: String,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningKeyFault {
    /// Not a P-256 private key in PKCS#8.
    Malformed,
    /// The stored name is not the thumbprint of the stored key.
    OtherName,
    /// The cryptographic library refused to work.
    Library,
}

impl fmt::Display for SigningKeyFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed => "the signing key is not a P-256 private key in PKCS#8",
            Self::OtherName => "the signing key is stored under the name of another key",
            Self::Library => "the cryptographic library could not make or use a signing key",
        })
    }
}

impl std::error::Error for SigningKeyFault {}

impl SigningKey {
    /// A new key, from the random generator of the cryptographic library.
    pub fn generate() -> Result<Self, SigningKeyFault> {
        let pair =
            EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| SigningKeyFault::Library)?;
        Self::new(pair)
    }

    /// A stored key. `key_id` must be its thumbprint: a mix-up of rows is noticed here.
    pub fn from_pkcs8(key_id: &str, pkcs8: &[u8]) -> Result<Self, SigningKeyFault> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(|_| SigningKeyFault::Malformed)?;
        let key = Self::new(pair)?;
        if key.key_id() == key_id { Ok(key) } else { Err(SigningKeyFault::OtherName) }
    }

    /// The private key, to be stored: PKCS#8 (RFC 5208).
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, SigningKeyFault> {
        let document = self.pair.to_pkcs8v1();
        let document = document.map_err(|_| SigningKeyFault::Library)?;
        Ok(document.as_ref().to_vec())
    }

    /// The key's name, `kid`.
    pub fn key_id(&self) -> &str {
        &self.public.kid
    }

    /// What is published of the key.
    pub fn public_jwk(&self) -> &PublicJwk {
        &self.public
    }

    /// A signed token in the compact serialisation (RFC 7515), of the type `at+jwt` (RFC 9068).
    pub fn sign(&self, claims: &AccessClaims) -> Result<String, SigningKeyFault> {
        let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": self.key_id()});
        let claims = serde_json::to_vec(claims).map_err(|_| SigningKeyFault::Library)?;
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature =
            self.pair.sign(&SystemRandom::new(), token.as_bytes()).map_err(|_| SigningKeyFault::Library)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
        Ok(token)
    }

    fn new(pair: EcdsaKeyPair) -> Result<Self, SigningKeyFault> {
        // SEC 1 section 2.3.3: 4, then x and y in full width.
        let Some((4, point)) = pair.public_key().as_ref().split_first().map(|(form, point)| (*form, point))
        else {
            return Err(SigningKeyFault::Library);
        };
        let (x, y) = point.split_at_checked(32).ok_or(SigningKeyFault::Library)?;
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        // RFC 7638 section 3.2: these members, in this order, without white space.
        let named = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, named.as_bytes()));
        let public = PublicJwk {
            kty: "EC".to_owned(),
            crv: "P-256".to_owned(),
            x,
            y,
            kid,
            alg: "ES256".to_owned(),
            purpose: "sig".to_owned(),
        };
        Ok(Self { pair, public })
    }
}

/// Shows the name and nothing of the private key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.public.kid).finish_non_exhaustive()
    }
}
