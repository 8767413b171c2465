//! Did the issuer that a token names really sign it?
//!
//! Issuer, audience and keys come as one `Trust`, so that a token cannot be checked with the keys of
//! one issuer and read as the word of another.

use std::sync::Arc;

use jiff::Timestamp;

use super::claims::{Bearer, is_over, judge};
use super::generation::Generation;
use super::jose::Unverified;
use super::keys::KeySet;
use super::refusal::Refusal;

/// What is held to be true of one issuer at one moment.
pub(crate) struct Trust {
    pub(crate) issuer: String,
    /// The one value of `aud` that means this service.
    pub(crate) audience: String,
    pub(crate) keys: Arc<KeySet>,
    pub(crate) generation: Generation,
}

/// A token whose signature, time and audience were checked: the word of its issuer.
#[derive(Debug, Clone)]
pub struct VerifiedToken {
    /// `iss`, equal to the configured issuer.
    pub issuer: String,
    /// Whom the token speaks of.
    pub bearer: Bearer,
    /// `exp`, in whole seconds.
    pub expires_at: Timestamp,
    /// The key set that verified the token.
    pub generation: Generation,
}

impl VerifiedToken {
    /// Whether a new check at `now` would find the same: not expired, skew allowed for, and signed
    /// with a key that the issuer still has.
    pub fn still_holds(&self, now: Timestamp) -> bool {
        !is_over(self.expires_at, now) && self.generation.is_current()
    }
}

/// Checks issuer, key, signature and claims, in this order.
pub(crate) fn verify(
    token: &Unverified<'_>,
    trust: &Trust,
    now: Timestamp,
) -> Result<VerifiedToken, Refusal> {
    if token.claimed_issuer()? != trust.issuer {
        return Err(Refusal::IssuerUnknown);
    }
    let key = trust.keys.select(token.key_id.as_deref(), token.algorithm)?;
    if !key.has_signed(token.message, &token.signature) {
        return Err(Refusal::SignatureInvalid);
    }
    let (bearer, expires_at) = judge(&token.claims, &trust.audience, now)?;
    Ok(VerifiedToken {
        issuer: trust.issuer.clone(),
        bearer,
        expires_at,
        generation: trust.generation.clone(),
    })
}
