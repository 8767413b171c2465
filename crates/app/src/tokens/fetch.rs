//! How are the keys of an issuer fetched? (OpenID Connect Discovery 1.0, section 4)
//!
//! The other side is a stranger until its keys are known: no redirects, no proxy of the environment,
//! no plain http but on loopback, a bound on the bytes. The deadline is the caller's.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

use reqwest::header::ACCEPT;
use reqwest::{Client, StatusCode, Url, redirect};
use serde_json::Value;

use super::json::read_object;
use super::jwk::Algorithm;
use super::keys::{KeySet, KeySetFault};

const LONGEST_BODY: usize = 1024 * 1024;

/// Why no keys came.
#[derive(Debug)]
pub(crate) enum FetchFault {
    Unreachable(reqwest::Error),
    Status(StatusCode),
    TooLong,
    MetadataMalformed,
    OtherIssuer,
    KeysUrlRefused,
    Keys(KeySetFault),
}

impl fmt::Display for FetchFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The library's own text stops short of the reason, such as a refused connection.
            Self::Unreachable(error) => {
                write!(formatter, "{error}")?;
                let mut reason = error.source();
                while let Some(cause) = reason {
                    write!(formatter, ": {cause}")?;
                    reason = cause.source();
                }
                Ok(())
            }
            Self::Status(status) => write!(formatter, "the answer was {status}"),
            Self::TooLong => formatter.write_str("the answer is longer than 1 MiB"),
            Self::MetadataMalformed => formatter.write_str("the metadata is not a JSON object"),
            Self::OtherIssuer => formatter.write_str("the metadata names another issuer"),
            Self::KeysUrlRefused => formatter.write_str("`jwks_uri` is missing or not https"),
            Self::Keys(fault) => write!(formatter, "{fault}"),
        }
    }
}

impl From<reqwest::Error> for FetchFault {
    fn from(error: reqwest::Error) -> Self {
        Self::Unreachable(error)
    }
}

/// Asks issuers for their keys.
///
/// The client is made at the first fetch: it wants the system's root certificates, and where there
/// are none, Rollcall's own tokens are verified all the same.
#[derive(Clone, Default)]
pub(crate) struct Fetcher {
    client: Arc<OnceLock<Client>>,
}

impl Fetcher {
    /// Asks the issuer for its metadata and then for its keys.
    pub(crate) async fn key_set(&self, issuer: &str, issuer_url: &Url) -> Result<KeySet, FetchFault> {
        let client = self.client()?;
        let mut url = issuer_url.clone();
        let path = format!("{}/.well-known/openid-configuration", issuer_url.path().trim_end_matches('/'));
        url.set_path(&path);
        let metadata = read_object(&body(&client, url).await?).map_err(|_| FetchFault::MetadataMalformed)?;
        // Section 4.3: the issuer must be exactly the one that was asked for.
        if metadata.get("issuer").and_then(Value::as_str) != Some(issuer) {
            return Err(FetchFault::OtherIssuer);
        }
        let keys_url = metadata
            .get("jwks_uri")
            .and_then(Value::as_str)
            .and_then(|text| permitted(text, issuer_url.scheme() == "http"))
            .ok_or(FetchFault::KeysUrlRefused)?;
        let advertised = metadata.get("id_token_signing_alg_values_supported");
        let document = body(&client, keys_url).await?;
        KeySet::read(&document, settled_rsa_algorithm(advertised)).map_err(FetchFault::Keys)
    }

    fn client(&self) -> reqwest::Result<Client> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let client = new_client()?;
        Ok(self.client.get_or_init(|| client).clone())
    }
}

fn new_client() -> reqwest::Result<Client> {
    // Port 0 stands for the port of the URL. Pinning the name keeps the exception for loopback from
    // depending on what a resolver says.
    let loopback = [(IpAddr::V4(Ipv4Addr::LOCALHOST), 0).into(), (IpAddr::V6(Ipv6Addr::LOCALHOST), 0).into()];
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .resolve_to_addrs("localhost", &loopback)
        // Two requests an hour do not earn a connection that is kept open.
        .pool_max_idle_per_host(0)
        .build()
}

/// A URL that may be asked: https, or http on loopback where that is allowed; no user, no fragment.
pub(crate) fn permitted(text: &str, loopback_http: bool) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_permitted = match url.scheme() {
        "https" => true,
        "http" => loopback_http && is_loopback(&url),
        _ => false,
    };
    let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (is_permitted && is_bare).then_some(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// What the issuer's RSA keys without `alg` are used with: the one RSA algorithm that it advertises.
/// An issuer that advertises nothing means RS256, the default of OpenID Connect; one that advertises
/// both, or neither, has not settled it.
fn settled_rsa_algorithm(advertised: Option<&Value>) -> Option<Algorithm> {
    let Some(advertised) = advertised else {
        return Some(Algorithm::Rs256);
    };
    let has = |name: &str| {
        let names = advertised.as_array();
        names.is_some_and(|names| names.iter().any(|advertised| advertised == name))
    };
    match (has("RS256"), has("PS256")) {
        (true, false) => Some(Algorithm::Rs256),
        (false, true) => Some(Algorithm::Ps256),
        _ => None,
    }
}

async fn body(client: &Client, url: Url) -> Result<Vec<u8>, FetchFault> {
    let request = client.get(url).header(ACCEPT, "application/json");
    let mut response = request.send().await?;
    if response.status() != StatusCode::OK {
        return Err(FetchFault::Status(response.status()));
    }
    let mut body = Vec::new();
    // Counted while it comes: a Content-Length need not be there, nor be true.
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LONGEST_BODY {
            return Err(FetchFault::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_http_on_loopback_are_asked() {
        for url in [
            "https://login.example.com/v2.0",
            "https://10.0.0.1",
            "http://localhost:8080/realms/one",
            "http://127.0.0.1",
            "http://127.9.9.9:1",
            "http://[::1]:8080",
        ] {
            assert!(permitted(url, true).is_some(), "{url}");
        }
        for url in [
            "http://login.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://10.0.0.1",
            "http://[::2]",
            "https://user@login.example.com",
            "https://:secret@login.example.com",
            "https://login.example.com/#fragment",
            "file:///etc/hostname",
            "ftp://127.0.0.1",
            "login.example.com",
            "",
        ] {
            assert!(permitted(url, true).is_none(), "{url}");
        }
        assert!(permitted("http://127.0.0.1", false).is_none());
    }

    #[test]
    fn an_rsa_key_without_alg_is_settled_by_exactly_one_advertised_algorithm() {
        let settled = |names: Value| settled_rsa_algorithm(Some(&names));
        assert_eq!(settled_rsa_algorithm(None), Some(Algorithm::Rs256));
        assert_eq!(settled(serde_json::json!(["RS256", "ES256"])), Some(Algorithm::Rs256));
        assert_eq!(settled(serde_json::json!(["PS256"])), Some(Algorithm::Ps256));
        assert_eq!(settled(serde_json::json!(["PS256", "RS256"])), None);
        assert_eq!(settled(serde_json::json!(["ES256"])), None);
        assert_eq!(settled(serde_json::json!("RS256")), None);
    }
}
