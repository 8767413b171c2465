//! Is this text shaped like a token at all? (RFC 7515, RFC 8725)
//!
//! Everything that can be refused without a key is refused here, before any cryptography and before
//! anything is looked up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::json::{JsonFault, read_object};
use super::jwk::Algorithm;
use super::refusal::Refusal;

const LONGEST_TOKEN: usize = 8 * 1024;
const LONGEST_HEADER: usize = 2 * 1024;
const LONGEST_KEY_ID: usize = 256;

/// A well-shaped token of which nothing is believed yet.
pub(crate) struct Unverified<'a> {
    /// The algorithm that the header asks for; only ever compared with the key's own.
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: Option<String>,
    /// To be used only after the signature is checked, `iss` excepted.
    pub(crate) claims: Map<String, Value>,
    /// The signed bytes: header, dot, claims.
    pub(crate) message: &'a [u8],
    pub(crate) signature: Vec<u8>,
}

impl<'a> Unverified<'a> {
    /// Reads the compact serialisation (RFC 7515 section 3.1).
    pub(crate) fn read(token: &'a str) -> Result<Self, Refusal> {
        if token.len() > LONGEST_TOKEN {
            return Err(Refusal::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::NotThreeParts)?;
        let (header, claims) = message.split_once('.').ok_or(Refusal::NotThreeParts)?;
        if claims.contains('.') || [header, claims, signature].contains(&"") {
            return Err(Refusal::NotThreeParts);
        }

        let header = decode(header)?;
        if header.len() > LONGEST_HEADER {
            return Err(Refusal::HeaderTooLong);
        }
        let header = read_object(&header).map_err(|fault| match fault {
            JsonFault::Malformed => Refusal::HeaderMalformed,
            JsonFault::DuplicateMember => Refusal::HeaderDuplicateMember,
            JsonFault::TooDeep => Refusal::HeaderTooDeep,
        })?;
        let (algorithm, key_id) = judge_header(&header)?;

        let claims = read_object(&decode(claims)?).map_err(|fault| match fault {
            JsonFault::Malformed => Refusal::ClaimsMalformed,
            JsonFault::DuplicateMember => Refusal::ClaimsDuplicateMember,
            JsonFault::TooDeep => Refusal::ClaimsTooDeep,
        })?;
        Ok(Self { algorithm, key_id, claims, message: message.as_bytes(), signature: decode(signature)? })
    }

    /// Who the token says has issued it: where to look for the key, and no more than that.
    pub(crate) fn claimed_issuer(&self) -> Result<&str, Refusal> {
        let issuer = self.claims.get("iss").and_then(Value::as_str);
        issuer.ok_or(Refusal::IssuerMissing)
    }
}

// The engine refuses padding, foreign characters and trailing bits that are not zero, so that one
// signature has one spelling.
fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::NotBase64)
}

fn judge_header(header: &Map<String, Value>) -> Result<(Algorithm, Option<String>), Refusal> {
    let has_any = |names: &[&str]| names.iter().any(|name| header.contains_key(*name));
    if has_any(&["crit"]) {
        return Err(Refusal::CriticalExtension);
    }
    if has_any(&["jwk", "jku", "x5u", "x5c"]) {
        return Err(Refusal::EmbeddedKey);
    }
    // A plain token has no use for `cty`, so its mere presence is taken for nesting.
    if has_any(&["cty", "enc", "zip", "b64"]) {
        return Err(Refusal::NotPlain);
    }
    let algorithm = header.get("alg").and_then(Value::as_str);
    let algorithm = algorithm.and_then(Algorithm::named).ok_or(Refusal::AlgorithmRefused)?;
    // Media types know no case (RFC 7515 section 4.1.9). The long form `application/at+jwt` is
    // refused: the contract names two spellings, and no issuer in use writes a third.
    let kind = header.get("typ").map(Value::as_str);
    let is_accepted =
        |kind: &str| ["JWT", "at+jwt"].iter().any(|accepted| kind.eq_ignore_ascii_case(accepted));
    if !kind.is_none_or(|kind| kind.is_some_and(is_accepted)) {
        return Err(Refusal::TypeRefused);
    }
    let key_id = match header.get("kid") {
        None => None,
        Some(Value::String(id)) if id.len() <= LONGEST_KEY_ID => Some(id.clone()),
        Some(_) => return Err(Refusal::KeyIdMalformed),
    };
    Ok((algorithm, key_id))
}
