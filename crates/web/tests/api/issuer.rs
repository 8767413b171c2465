//! Who else signs tokens? An issuer of OpenID Connect on loopback, whose keys the server fetches by itself.
//! Tokens are signed with another library than the one that verifies them.

use std::sync::LazyLock;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::world::now;

pub(crate) const AUDIENCE: &str = "api://rollcall-external";
const METADATA: &str = "/.well-known/openid-configuration";

static KEY: LazyLock<Key> = LazyLock::new(|| Key::new("one"));
static STRANGER: LazyLock<Key> = LazyLock::new(|| Key::new("one"));

struct Key {
    signing: EncodingKey,
    public: Value,
}

impl Key {
    fn new(kid: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let public = json!({
            "kty": "EC", "crv": "P-256", "kid": kid, "alg": "ES256", "use": "sig",
            "x": encoded(&point[1..33]), "y": encoded(&point[33..]),
        });
        Self { signing: EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref()), public }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        let signature = crypto::sign(message.as_bytes(), &self.signing, Algorithm::ES256).unwrap();
        format!("{message}.{signature}")
    }
}

pub(crate) fn encoded(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// The header of a good token.
pub(crate) fn header() -> Value {
    json!({"alg": "ES256", "kid": "one"})
}

/// A token of the issuer, valid for ten minutes unless `claims` say otherwise; null takes a claim away.
pub(crate) fn token(issuer: &str, claims: &Value) -> String {
    KEY.sign(&header(), &whole(issuer, claims))
}

/// The same under another header.
pub(crate) fn token_under(header: &Value, issuer: &str, claims: &Value) -> String {
    KEY.sign(header, &whole(issuer, claims))
}

/// The same, signed by a stranger who uses the key's name.
pub(crate) fn forged(issuer: &str, claims: &Value) -> String {
    STRANGER.sign(&header(), &whole(issuer, claims))
}

/// The public key, as a forger may embed it.
pub(crate) fn strangers_key() -> Value {
    STRANGER.public.clone()
}

/// A token that carries its own key.
pub(crate) fn self_made(header: &Value, issuer: &str, claims: &Value) -> String {
    STRANGER.sign(header, &whole(issuer, claims))
}

fn whole(issuer: &str, claims: &Value) -> Value {
    let now = now().as_second();
    let mut whole = json!({"iss": issuer, "aud": AUDIENCE, "iat": now, "exp": now + 600});
    for (name, value) in claims.as_object().unwrap() {
        let members = whole.as_object_mut().unwrap();
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    whole
}

/// A web server that publishes the key; gives the issuer.
pub(crate) async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let metadata = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")}).to_string();
    let keys = json!({"keys": [KEY.public]}).to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => request.push(byte),
                    Err(_) => break,
                }
            }
            let is_metadata = request.starts_with(format!("GET {METADATA} ").as_bytes());
            let body = if is_metadata { &metadata } else { &keys };
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            // The client may have gone away; that is its right.
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    issuer
}

/// A token with a claim that is there and null.
pub(crate) fn token_with_null(header: &Value, issuer: &str, claims: &Value, name: &str) -> String {
    let mut whole = whole(issuer, claims);
    whole[name] = Value::Null;
    KEY.sign(header, &whole)
}
