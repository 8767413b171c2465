//! The first token of a person binds it for good, and a crash right after the answer does not undo that.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::process::{Place, get, users_url};
use crate::world;

/// 2100-01-01: no clock of a test machine is later.
const EXPIRES: i64 = 4_102_444_800;

/// An issuer of tokens for people, with one key.
struct Issuer {
    url: String,
    key: EncodingKey,
}

impl Issuer {
    /// Publishes its discovery document and its key on loopback.
    async fn start() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let public = URL_SAFE_NO_PAD.encode(pair.public_key());
        let keys = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "one", "x": public}]});
        let discovery = json!({"issuer": url, "jwks_uri": format!("{url}/keys")});
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap_or(0);
                let document = if request[..length].starts_with(b"GET /keys ") { &keys } else { &discovery };
                let body = document.to_string();
                let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:";
                let _ = stream.write_all(format!("{head} {}\r\n\r\n{body}", body.len()).as_bytes()).await;
            }
        });
        Self { url, key: EncodingKey::from_ed_der(pair.to_pkcs8().unwrap().as_ref()) }
    }

    /// A token of the person with this subject, whose e-mail is that of the first user.
    fn token(&self, subject: &str) -> String {
        let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::EdDSA) };
        let claims = json!({"iss": self.url, "aud": "rollcall", "sub": subject, "exp": EXPIRES, "email": "ada0@acme.example"});
        jsonwebtoken::encode(&header, &claims, &self.key).unwrap()
    }
}

#[tokio::test]
async fn a_binding_that_was_answered_survives_a_crash() {
    let issuer = Issuer::start().await;
    let place = Place::empty();
    let file = world::frame() + &world::issuer(&issuer.url) + &world::user(0);
    let imported = place.run_with(&["import", "-"], &file);
    assert_eq!(imported.code, Some(0), "{imported:?}");

    let server = place.serve();
    let answer = get(&users_url(&server), &issuer.token("first"), "binding").await;
    assert_eq!((answer.status, answer.body), (200, world::listing(1)));
    server.crash();

    assert_eq!(place.count("binding"), 1, "the record came to the disk with the binding");
    let server = place.serve();
    let url = users_url(&server);
    let stranger = get(&url, &issuer.token("second"), "taken-over").await;
    assert_eq!(stranger.status, 403, "a person once bound is bound to nobody else: {stranger:?}");
    assert_eq!(get(&url, &issuer.token("first"), "again").await.status, 200);
    server.stop();
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
}
