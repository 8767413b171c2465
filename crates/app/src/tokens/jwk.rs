//! Is this JWK a public key that may verify tokens, and with which algorithm? (RFC 7517, RFC 7518)
//!
//! The algorithm is settled here, once, and stored beside the key; the token's header is never asked.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

const LONGEST_KEY_ID: usize = 256;
const BITS_OF_MODULUS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Members that only a private or a symmetric key has (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1).
const SECRET_MEMBERS: [&str; 8] = ["d", "k", "p", "q", "dp", "dq", "qi", "oth"];

/// The signature algorithms that are accepted (RFC 7518 section 3.1, RFC 8037 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The algorithm of this JOSE name; names are case-sensitive.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// A public key and the one algorithm that it is used with.
pub(crate) struct VerificationKey {
    pub(crate) key_id: Option<String>,
    pub(crate) algorithm: Algorithm,
    public_key: ParsedPublicKey,
}

impl VerificationKey {
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public_key.verify_sig(message, signature).is_ok()
    }
}

impl PartialEq for VerificationKey {
    fn eq(&self, other: &Self) -> bool {
        self.key_id == other.key_id
            && self.algorithm == other.algorithm
            && self.public_key.as_ref() == other.public_key.as_ref()
    }
}

/// Why a JWK is left out of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFault {
    NotAnObject,
    HoldsSecret,
    NotForSignatures,
    KeyIdMalformed,
    KindRefused,
    AlgorithmRefused,
    AlgorithmAmbiguous,
    MaterialMalformed,
    SizeRefused,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotAnObject => "it is not an object",
            Self::HoldsSecret => "it holds a private or symmetric key",
            Self::NotForSignatures => "`use` or `key_ops` does not allow verifying",
            Self::KeyIdMalformed => "`kid` is not a string of at most 256 bytes",
            Self::KindRefused => "it is none of RSA, EC P-256 and OKP Ed25519",
            Self::AlgorithmRefused => "`alg` does not fit the key or is not accepted",
            Self::AlgorithmAmbiguous => "`alg` is missing and the issuer's metadata does not settle it",
            Self::MaterialMalformed => "its numbers are not a public key",
            Self::SizeRefused => "its RSA modulus or exponent has a refused size",
        })
    }
}

/// Judges one JWK. `rsa_algorithm` is what an RSA key without `alg` is used with, if that is settled.
pub(crate) fn import(jwk: &Value, rsa_algorithm: Option<Algorithm>) -> Result<VerificationKey, KeyFault> {
    let jwk = jwk.as_object().ok_or(KeyFault::NotAnObject)?;
    if SECRET_MEMBERS.iter().any(|name| jwk.contains_key(*name)) {
        return Err(KeyFault::HoldsSecret);
    }
    judge_purpose(jwk)?;
    let key_id = match jwk.get("kid") {
        None => None,
        Some(Value::String(id)) if id.len() <= LONGEST_KEY_ID => Some(id.clone()),
        Some(_) => return Err(KeyFault::KeyIdMalformed),
    };
    let declared = match jwk.get("alg") {
        None => None,
        Some(name) => Some(name.as_str().and_then(Algorithm::named).ok_or(KeyFault::AlgorithmRefused)?),
    };
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    let (algorithm, public_key) = match (text("kty"), text("crv")) {
        (Some("RSA"), _) => rsa(jwk, declared.or(rsa_algorithm))?,
        (Some("EC"), Some("P-256")) => p256(jwk, declared)?,
        (Some("OKP"), Some("Ed25519")) => ed25519(jwk, declared)?,
        _ => return Err(KeyFault::KindRefused),
    };
    Ok(VerificationKey { key_id, algorithm, public_key })
}

fn judge_purpose(jwk: &Map<String, Value>) -> Result<(), KeyFault> {
    let is_for_signatures = jwk.get("use").is_none_or(|purpose| purpose == "sig");
    let may_verify = match jwk.get("key_ops") {
        None => true,
        Some(Value::Array(operations)) => operations.iter().any(|operation| operation == "verify"),
        Some(_) => false,
    };
    if is_for_signatures && may_verify { Ok(()) } else { Err(KeyFault::NotForSignatures) }
}

fn rsa(
    jwk: &Map<String, Value>,
    algorithm: Option<Algorithm>,
) -> Result<(Algorithm, ParsedPublicKey), KeyFault> {
    let algorithm = algorithm.ok_or(KeyFault::AlgorithmAmbiguous)?;
    let parameters = match algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Es256 | Algorithm::EdDsa => return Err(KeyFault::AlgorithmRefused),
    };
    let modulus = integer(jwk, "n")?;
    let exponent = integer(jwk, "e")?;
    let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
    if !BITS_OF_MODULUS.contains(&bits(&modulus)) || !(2..=32).contains(&bits(&exponent)) {
        return Err(KeyFault::SizeRefused);
    }
    if !is_odd(&modulus) || !is_odd(&exponent) {
        return Err(KeyFault::MaterialMalformed);
    }
    let components = RsaPublicKeyComponents { n: modulus, e: exponent };
    let public_key = components.to_parsed_public_key(parameters).map_err(|_| KeyFault::MaterialMalformed)?;
    Ok((algorithm, public_key))
}

fn p256(
    jwk: &Map<String, Value>,
    declared: Option<Algorithm>,
) -> Result<(Algorithm, ParsedPublicKey), KeyFault> {
    if declared.is_some_and(|algorithm| algorithm != Algorithm::Es256) {
        return Err(KeyFault::AlgorithmRefused);
    }
    // SEC 1 section 2.3.3: an uncompressed point is 4, x, y; both are full width by RFC 7518 6.2.1.
    let (x, y) = (octets(jwk, "x")?, octets(jwk, "y")?);
    if x.len() != 32 || y.len() != 32 {
        return Err(KeyFault::MaterialMalformed);
    }
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    let public_key =
        ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| KeyFault::MaterialMalformed)?;
    Ok((Algorithm::Es256, public_key))
}

fn ed25519(
    jwk: &Map<String, Value>,
    declared: Option<Algorithm>,
) -> Result<(Algorithm, ParsedPublicKey), KeyFault> {
    if declared.is_some_and(|algorithm| algorithm != Algorithm::EdDsa) {
        return Err(KeyFault::AlgorithmRefused);
    }
    let x = octets(jwk, "x")?;
    if x.len() != 32 {
        return Err(KeyFault::MaterialMalformed);
    }
    let public_key = ParsedPublicKey::new(&ED25519, x).map_err(|_| KeyFault::MaterialMalformed)?;
    Ok((Algorithm::EdDsa, public_key))
}

fn octets(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyFault> {
    let text = jwk.get(name).and_then(Value::as_str);
    text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(KeyFault::MaterialMalformed)
}

/// A Base64urlUInt without its leading zeros, which some issuers write against RFC 7518 section 2.
fn integer(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, KeyFault> {
    let octets = octets(jwk, name)?;
    Ok(octets.into_iter().skip_while(|byte| *byte == 0).collect())
}

fn bits(integer: &[u8]) -> usize {
    integer.first().map_or(0, |first| integer.len() * 8 - first.leading_zeros() as usize)
}
