//! What does Rollcall's own issuer publish? Its keys, and where everything is.

use serde_json::json;

use super::PublicJwk;

/// The body of `/.well-known/jwks.json` (RFC 7517 section 5): every key whose tokens still count.
pub fn jwks_document(keys: &[PublicJwk]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

/// The body of `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 3).
/// `base_url` is where clients reach this service, with or without a final slash.
pub fn discovery_document(issuer: &str, base_url: &str) -> Vec<u8> {
    let base_url = base_url.trim_end_matches('/');
    json!({
        "issuer": issuer,
        "jwks_uri": format!("{base_url}/.well-known/jwks.json"),
        "token_endpoint": format!("{base_url}/oauth2/v2.0/token"),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    })
    .to_string()
    .into_bytes()
}
