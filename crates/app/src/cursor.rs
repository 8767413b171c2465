//! Where does the next page begin? A continuation token is a place in the order of names, sealed so that
//! nobody can make one, read one, or use one of another scope.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::order::OrderKey;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How long a token is valid (contract section 1, "Paged").
const LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Binds the key and every token to this one use, so that no other sealed thing can pass for one.
const PURPOSE: &[u8] = b"rollcall continuation of ListCustomerUsers 1";
const NONCE_LENGTH: usize = 12;

/// The last user of a page: enough to find its place again, and bounded, as a sort key is not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    first_name: Option<String>,
    last_name: Option<String>,
    email: String,
    id: Uuid,
}

/// What a continuation token says: where to go on, and in pages of which size.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Continuation {
    pub(crate) place: Place,
    pub(crate) page_size: u32,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    until: i64,
    #[serde(flatten)]
    continuation: Continuation,
}

impl Place {
    /// The place of the user with this document.
    pub(crate) fn of_document(document: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(document)
    }

    pub(crate) fn order_key(&self) -> OrderKey {
        OrderKey::of(self.first_name.as_deref(), self.last_name.as_deref(), &self.email, self.id)
    }
}

/// Seals places and opens them again.
pub(crate) struct Sealer {
    key: LessSafeKey,
    random: fn() -> [u8; 32],
}

impl Sealer {
    /// A sealer with a key of its own, derived from the secret of the database.
    pub(crate) fn new(secret: &[u8], random: fn() -> [u8; 32]) -> Option<Self> {
        let key = Sha256::new_with_prefix(PURPOSE).chain_update(secret).finalize();
        let key = UnboundKey::new(&AES_256_GCM_SIV, &key).ok()?;
        Some(Self { key: LessSafeKey::new(key), random })
    }

    /// Seals a continuation for a scope, given as its bytes.
    pub(crate) fn seal(&self, scope: &[u8], continuation: Continuation, now: Timestamp) -> Option<String> {
        let until = now.checked_add(LIFETIME).ok()?.as_second();
        let mut sealed = serde_json::to_vec(&Sealed { until, continuation }).ok()?;
        let nonce: [u8; NONCE_LENGTH] = *(self.random)().first_chunk()?;
        self.key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), associated(scope), &mut sealed)
            .ok()?;
        let token = [&nonce[..], &sealed].concat();
        Some(URL_SAFE_NO_PAD.encode(token))
    }

    /// What a token says; nothing if it was altered, is of another scope or has expired.
    pub(crate) fn open(&self, scope: &[u8], token: &str, now: Timestamp) -> Option<Continuation> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>()?;
        let mut sealed = sealed.to_vec();
        let opened = self
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), associated(scope), &mut sealed)
            .ok()?;
        let Sealed { until, continuation } = serde_json::from_slice(opened).ok()?;
        (now.as_second() < until).then_some(continuation)
    }
}

fn associated(scope: &[u8]) -> Aad<Vec<u8>> {
    Aad::from([PURPOSE, scope].concat())
}
