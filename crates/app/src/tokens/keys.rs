//! Which of an issuer's keys is to verify a token?
//!
//! A set is read as a whole: a bad key is left out and logged, and two keys of one `kid` are both left
//! out, because nothing tells which of them is meant.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

use super::json::read_object;
use super::jwk::{Algorithm, VerificationKey, import};
use super::refusal::Refusal;

const MOST_KEYS: usize = 100;

/// The usable keys of one issuer.
#[derive(Default, PartialEq)]
pub struct KeySet {
    keys: Vec<VerificationKey>,
}

/// Why a document is no key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySetFault {
    /// Not a JSON object with an array `keys`, or a member stands twice.
    Malformed,
    /// More than 100 keys.
    TooManyKeys,
}

impl fmt::Display for KeySetFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed => "the key set is not a JSON object with an array `keys`",
            Self::TooManyKeys => "the key set has more than 100 keys",
        })
    }
}

impl std::error::Error for KeySetFault {}

impl KeySet {
    /// Reads a JWK set (RFC 7517 section 5). `rsa_algorithm` is what an RSA key without `alg` is used
    /// with; where it is `None`, such a key is left out.
    pub fn read(document: &[u8], rsa_algorithm: Option<Algorithm>) -> Result<Self, KeySetFault> {
        let document = read_object(document).map_err(|_| KeySetFault::Malformed)?;
        let listed = document.get("keys").and_then(Value::as_array);
        let listed = listed.ok_or(KeySetFault::Malformed)?;
        if listed.len() > MOST_KEYS {
            return Err(KeySetFault::TooManyKeys);
        }
        let mut keys = Vec::new();
        for jwk in listed {
            match import(jwk, rsa_algorithm) {
                Ok(key) => keys.push(key),
                Err(fault) => {
                    let key_id = jwk.get("kid").and_then(Value::as_str).unwrap_or_default();
                    tracing::warn!(?key_id, %fault, "a key of an issuer is left out");
                }
            }
        }
        leave_out_twins(&mut keys);
        Ok(Self { keys })
    }

    /// The number of usable keys.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether no key is usable.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(crate) fn knows(&self, key_id: &str) -> bool {
        self.find(key_id).is_some()
    }

    /// The key that the header names, if it is a key of the header's algorithm.
    pub(crate) fn select(
        &self,
        key_id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<&VerificationKey, Refusal> {
        let key = match (key_id, self.keys.as_slice()) {
            (Some(key_id), _) => self.find(key_id).ok_or(Refusal::KeyUnknown)?,
            (None, [only]) => only,
            (None, _) => return Err(Refusal::KeyNotNamed),
        };
        if key.algorithm == algorithm { Ok(key) } else { Err(Refusal::AlgorithmNotOfKey) }
    }

    fn find(&self, key_id: &str) -> Option<&VerificationKey> {
        self.keys.iter().find(|key| key.key_id.as_deref() == Some(key_id))
    }
}

fn leave_out_twins(keys: &mut Vec<VerificationKey>) {
    let mut times: HashMap<String, u32> = HashMap::new();
    for key_id in keys.iter().filter_map(|key| key.key_id.clone()) {
        *times.entry(key_id).or_default() += 1;
    }
    times.retain(|_, times| *times > 1);
    for key_id in times.keys() {
        tracing::warn!(?key_id, "several keys of an issuer share one id and are left out");
    }
    keys.retain(|key| {
        let key_id = key.key_id.as_ref();
        !key_id.is_some_and(|key_id| times.contains_key(key_id))
    });
}

impl fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.keys.iter().map(|key| (&key.key_id, key.algorithm));
        formatter.debug_list().entries(names).finish()
    }
}
