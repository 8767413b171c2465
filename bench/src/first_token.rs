//! What does the first request of a token cost, whose signature nobody has checked yet? As much as the check by
//! itself and a hot listing.

use std::path::Path;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

use crate::load::{Caller, Connection, Samples};
use crate::program::Database;
use crate::table::Row;
use crate::{Result, median, world};

const ROUNDS: usize = 5;
const TOKENS: usize = 1_000;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let issuer = Issuer::start().await?;
    let database = Database::with_issuer(program, &[25], &issuer.url).await?;
    let server = database.serve().await?;
    let mut connection = Connection::open(&server.address).await?;
    let caller = |token: String| Caller { address: server.address.clone(), tenant: world::DOMAIN, token };
    // The keys of the issuer are fetched with the first of its tokens.
    let known = caller(issuer.token(0)?).listing(&world::customer(0));
    connection.timed(&known).await?;
    let mut number = 0;
    let (mut ratios, mut firsts) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let (mut checks, mut hots, mut first) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..TOKENS {
            number += 1;
            let token = issuer.token(number)?;
            checks.push(issuer.check(&token)?);
            hots.push(connection.timed(&known).await?);
            first.push(connection.timed(&caller(token).listing(&world::customer(0))).await?);
        }
        let [check, hot, first] = [checks, hots, first].map(|took| Samples::one_by_one(&took));
        eprintln!(
            "  first request of a token, round {round}: check {:.0} µs, hot {:.0} µs, first {:.0} µs",
            check.p50(),
            hot.p50(),
            first.p50()
        );
        ratios.push(first.p50() / (check.p50() + hot.p50()));
        firsts.push(first);
    }
    let mid = |at: fn(&Samples) -> f64| median(firsts.iter().map(at));
    let row = Row {
        times: Some([mid(Samples::p50), mid(Samples::p99), mid(Samples::p999)]),
        ..Row::new("first request of a token, ES256")
    };
    Ok(vec![row.at_most("of the bare check and a hot listing", median(ratios), 1.5, " ×")])
}

/// An OIDC issuer that vouches for one client.
struct Issuer {
    url: String,
    key: EcdsaKeyPair,
}

impl Issuer {
    async fn start() -> Result<Self> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        // Uncompressed: a byte that says so, x and y.
        let point = key.public_key().as_ref().get(1..).unwrap_or_default();
        let (x, y) = point.split_at(32);
        let keys = format!(
            r#"{{"keys":[{{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"1","x":"{}","y":"{}"}}]}}"#,
            BASE64.encode(x),
            BASE64.encode(y)
        );
        let discovery = format!(r#"{{"issuer":"{url}","jwks_uri":"{url}/keys"}}"#);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let read = stream.read(&mut request).await.unwrap_or(0);
                let is_keys = request.get(..read).unwrap_or_default().starts_with(b"GET /keys");
                let body = if is_keys { &keys } else { &discovery };
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        Ok(Self { url, key })
    }

    /// A token like no other.
    fn token(&self, number: usize) -> Result<String> {
        #[expect(clippy::disallowed_methods, reason = "a token is made for the hour in which it is shown")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
        let claims = format!(
            r#"{{"iss":"{}","aud":"{}","azp":"{}","sub":"bench","iat":{now},"exp":{},"jti":"{number}"}}"#,
            self.url,
            world::AUDIENCE,
            world::EXTERNAL_CLIENT,
            now + 3_600
        );
        let signed = format!(
            "{}.{}",
            BASE64.encode(r#"{"alg":"ES256","kid":"1","typ":"JWT"}"#),
            BASE64.encode(claims)
        );
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes())?;
        Ok(format!("{signed}.{}", BASE64.encode(signature)))
    }

    /// How long the signature by itself takes to check.
    fn check(&self, token: &str) -> Result<Duration> {
        let (signed, signature) = token.rsplit_once('.').ok_or("no token")?;
        let signature = BASE64.decode(signature)?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.key.public_key().as_ref());
        let began = Instant::now();
        key.verify(signed.as_bytes(), &signature).map_err(|_| "the signature is wrong")?;
        Ok(began.elapsed())
    }
}
