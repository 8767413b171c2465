//! Who vouches for the end of the audit trail? An Ed25519 key of the database, which signs each head and
//! checkpoint.

use std::sync::Arc;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use domain::error::Error;
use store::Signer;

/// A new key for the trail: PKCS #8, from the random generator of the cryptographic library. Empty if that
/// refused to work, which the next use tells.
#[must_use]
pub fn new_key() -> Vec<u8> {
    let pair = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8());
    pair.map(|document| document.as_ref().to_vec()).unwrap_or_default()
}

/// The signer with a stored key.
///
/// # Errors
/// The key is not an Ed25519 key in PKCS #8.
pub fn signer(stored: &[u8]) -> Result<Signer, String> {
    let pair = pair(stored)?;
    Ok(Arc::new(move |bytes| pair.sign(bytes).as_ref().to_vec()))
}

/// Judges whether a signature over some bytes was made with a stored key.
///
/// # Errors
/// The key is not an Ed25519 key in PKCS #8.
pub fn verifier(stored: &[u8]) -> Result<impl Fn(&[u8], &[u8]) -> bool + Send + use<>, Error> {
    let pair = pair(stored).map_err(Error::Internal)?;
    let public = pair.public_key().as_ref().to_vec();
    Ok(move |bytes: &[u8], signature: &[u8]| {
        UnparsedPublicKey::new(&ED25519, &public).verify(bytes, signature).is_ok()
    })
}

fn pair(stored: &[u8]) -> Result<Ed25519KeyPair, String> {
    Ed25519KeyPair::from_pkcs8(stored).map_err(|_| "the key of the audit trail is damaged".to_owned())
}
