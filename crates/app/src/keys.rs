//! With which key does Rollcall's own issuer sign now, and which of its keys still verify?
//!
//! A retired key goes on verifying for as long as a token that it signed can be valid, so that rotation
//! needs no restart and breaks nothing.

use std::sync::{Arc, PoisonError, RwLock};

use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::error::Error;
use jiff::{SignedDuration, Timestamp};
use store::{Store, StoredKey};

use crate::issuer::{AccessClaims, SigningKey, jwks_document};
use crate::tokens::KeySet;

/// How long an access token is valid, in seconds (contract section 4).
pub const TOKEN_SECONDS: i64 = 3_599;
/// How long a retired key verifies: the life of its last token and the skew of clocks.
const GRACE: SignedDuration = SignedDuration::from_secs(TOKEN_SECONDS + 120);

/// The keys of one moment.
pub(crate) struct Ring {
    newest: SigningKey,
    jwks: Arc<[u8]>,
}

/// The keys of Rollcall's own issuer.
pub(crate) struct Keys {
    ring: RwLock<Arc<Ring>>,
}

/// What `rollcall keys list` shows of a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyEntry {
    /// The `kid`.
    pub key_id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it signs no more.
    pub retired_at: Option<Timestamp>,
}

impl From<&StoredKey> for KeyEntry {
    fn from(key: &StoredKey) -> Self {
        Self { key_id: key.key_id.clone(), created_at: key.created_at, retired_at: key.retired_at }
    }
}

impl KeyEntry {
    /// Whether no token that the key signed can be valid any more.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.retired_at.is_some_and(|retired| retired.checked_add(GRACE).is_ok_and(|end| end <= now))
    }
}

impl Keys {
    /// Loads the keys, and makes the first one if there is none.
    pub(crate) async fn open(store: &Store, now: Timestamp, first: Record) -> Result<Self, Error> {
        let mut stored = store.signing_keys().await?;
        if stored.is_empty() {
            let made = vec![new_key(now)?];
            // Another node may have been faster; then its key is that of both.
            store.replace_signing_keys(Vec::new(), made, first).await?;
            stored = store.signing_keys().await?;
        }
        Ok(Self { ring: RwLock::new(Arc::new(ring(&stored)?)) })
    }

    /// What another node may have put in the place of the keys, read but not yet used.
    pub(crate) async fn read(&self, store: &Store) -> Result<Arc<Ring>, Error> {
        Ok(Arc::new(ring(&store.signing_keys().await?)?))
    }

    /// Uses these keys from now on.
    pub(crate) fn take(&self, ring: Arc<Ring>) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
    }

    /// Makes a new key, retires the one before and forgets those whose tokens are all over.
    pub(crate) async fn rotate(
        &self,
        store: &Store,
        now: Timestamp,
        record: Record,
    ) -> Result<KeyEntry, Error> {
        let newest = new_key(now)?;
        let entry = KeyEntry::from(&newest);
        self.replace(store, record, |stored| {
            for key in stored.iter_mut() {
                key.retired_at.get_or_insert(now);
            }
            stored.retain(|key| !KeyEntry::from(key).is_over(now));
            stored.insert(0, newest.clone());
        })
        .await?;
        Ok(entry)
    }

    /// Forgets the retired keys whose tokens are all over.
    pub(crate) async fn forget(&self, store: &Store, now: Timestamp, record: Record) -> Result<(), Error> {
        self.replace(store, record, |stored| stored.retain(|key| !KeyEntry::from(key).is_over(now))).await
    }

    /// Changes the stored keys; once more on what is there when another node was faster.
    async fn replace(
        &self,
        store: &Store,
        record: Record,
        change: impl Fn(&mut Vec<StoredKey>),
    ) -> Result<(), Error> {
        loop {
            let before = store.signing_keys().await?;
            let mut stored = before.clone();
            change(&mut stored);
            let ring = Arc::new(ring(&stored)?);
            if store.replace_signing_keys(before, stored, record.clone()).await? {
                // Where others may be faster still, the keys are taken in the order in which they were written.
                if !store.is_shared() {
                    self.take(ring);
                }
                return Ok(());
            }
        }
    }

    pub(crate) fn sign(&self, claims: &AccessClaims) -> Result<String, Error> {
        let ring = self.ring();
        ring.newest.sign(claims).map_err(|fault| Error::Internal(fault.to_string()))
    }

    /// The JWK set that is published (RFC 7517 section 5).
    pub(crate) fn jwks(&self) -> Arc<[u8]> {
        Arc::clone(&self.ring().jwks)
    }

    /// The keys as the verifier of tokens takes them: what is published, and nothing more.
    pub(crate) fn verifying(&self) -> Result<KeySet, Error> {
        KeySet::read(&self.jwks(), None).map_err(|fault| Error::Internal(fault.to_string()))
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn new_key(now: Timestamp) -> Result<StoredKey, Error> {
    let made = SigningKey::generate().and_then(|key| Ok((key.key_id().to_owned(), key.to_pkcs8()?)));
    let (key_id, private_key) = made.map_err(|fault| Error::Internal(fault.to_string()))?;
    Ok(StoredKey { key_id, private_key, created_at: now, retired_at: None })
}

fn ring(stored: &[StoredKey]) -> Result<Ring, Error> {
    let keys = stored
        .iter()
        .map(|key| SigningKey::from_pkcs8(&key.key_id, &key.private_key))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|fault| Error::Internal(fault.to_string()))?;
    let public: Vec<_> = keys.iter().map(|key| key.public_jwk().clone()).collect();
    let jwks = jwks_document(&public).into();
    let newest =
        keys.into_iter().next().ok_or_else(|| Error::Internal("there is no signing key".to_owned()))?;
    Ok(Ring { newest, jwks })
}

/// The record of Rollcall itself making a key.
pub(crate) fn system_record(
    id: uuid::Uuid,
    now: Timestamp,
    actor: ActorEntry,
    description: &'static str,
) -> Record {
    Record::new(id, now, Operation::RotateKeys, Status::Succeded, actor, id.to_string(), description)
}
