//! How is something written? May he was answered with the change; now it is committed together with its
//! record, or refused with a record of its own. Each write that somebody asks for comes through here.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use domain::access::{Action, role_bytes};
use domain::audit::{ActorEntry, Status};
use domain::change::Change;
use domain::error::Error;
use domain::id::ResellerId;
use domain::principal::{Actor, Principal};
use sha2::{Digest, Sha256};
use store::{Commit, Committed, Once, Seen};
use uuid::Uuid;

use crate::App;
use crate::call::{Call, Outcome, Subject};
use crate::tag::State;

/// A request that reached a principal, on its way through a write.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// When, from where, and under which name.
    pub call: &'a Call,
    /// Who asks.
    pub principal: &'a Principal,
    /// What has to be committed with the record of this request.
    pub binding: Option<&'a Change>,
    /// What it is for.
    pub action: Action,
}

/// Under which conditions a write is done.
#[derive(Clone, Default)]
pub struct Conditions {
    /// Tells whether the caller saw what is there; none where that does not matter.
    pub seen: Option<Seen>,
    /// Makes it safe to repeat.
    pub repeat: Option<Repeat>,
}

/// The `Idempotency-Key` of a request, and what tells the request from others.
#[derive(Clone)]
pub struct Repeat {
    key: String,
    request: [u8; 32],
}

const PURPOSE: &[u8] = b"rollcall idempotency 1";

impl Repeat {
    /// A request to `target` under the key that was sent. `body` is the SHA-256 of its body.
    #[must_use]
    pub fn new(key: &str, target: &str, body: &[u8; 32]) -> Self {
        let request = Sha256::new_with_prefix(target).chain_update([0]).chain_update(body).finalize().into();
        Self { key: key.to_owned(), request }
    }

    /// The key as it is stored: a digest that begins with tenant and principal, so that nobody meets the
    /// outcome of somebody else's request.
    pub(crate) fn once(&self, asked: &Asked<'_>, secret: &[u8]) -> Once {
        let digest = self.digest(asked);
        Once {
            tenant: asked.principal.tenant,
            digest,
            request: self.request,
            sealed: self.seal(&digest, secret).unwrap_or_default(),
        }
    }

    fn digest(&self, asked: &Asked<'_>) -> [u8; 32] {
        let (kind, id) = match asked.principal.actor {
            Actor::User(id) => (1_u8, *id.as_bytes()),
            Actor::ApiAccess(id) => (2, *id.as_bytes()),
            Actor::Operator => (3, [0; 16]),
        };
        Sha256::new_with_prefix(PURPOSE)
            .chain_update(asked.principal.tenant.as_bytes())
            .chain_update([kind])
            .chain_update(id)
            .chain_update(format!("{:?}", asked.action))
            .chain_update([0])
            .chain_update(&self.key)
            .finalize()
            .into()
    }

    /// What only the client may read again is sealed with its own key, which is not stored.
    fn cipher(&self) -> Option<LessSafeKey> {
        let key = Sha256::new_with_prefix(b"rollcall answer 1").chain_update(&self.key).finalize();
        UnboundKey::new(&AES_256_GCM_SIV, &key).ok().map(LessSafeKey::new)
    }

    fn seal(&self, digest: &[u8; 32], secret: &[u8]) -> Option<Vec<u8>> {
        if secret.is_empty() {
            return Some(Vec::new());
        }
        let mut sealed = secret.to_vec();
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        self.cipher()?.seal_in_place_append_tag(nonce, Aad::from(digest), &mut sealed).ok()?;
        Some(sealed)
    }

    /// What was sealed when the request came first.
    pub(crate) fn open(&self, asked: &Asked<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        let mut opened = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let digest = self.digest(asked);
        let text = self.cipher()?.open_in_place(nonce, Aad::from(&digest), &mut opened).ok()?;
        Some(text.to_vec())
    }
}

impl App {
    /// The strong entity tag of a thing at a revision, for callers like this one, quotes included. `context`
    /// tells apart what is shown of it.
    #[must_use]
    pub fn tag_of(
        &self,
        principal: &Principal,
        id: Uuid,
        revision: u64,
        context: Option<ResellerId>,
    ) -> String {
        State::of_thing(&self.store.epoch(), &role_bytes(principal), id, revision).tag(context)
    }

    /// Judges things by the entity tags that a caller says it saw.
    #[must_use]
    pub fn seen(&self, principal: &Principal, tags: Vec<String>) -> Seen {
        let (epoch, role) = (self.store.epoch(), role_bytes(principal));
        Arc::new(move |id, revision| {
            let state = State::of_thing(&epoch, &role, id, revision);
            tags.iter().any(|tag| state.was_seen_by(tag))
        })
    }

    /// Does a write and records it. `planned` is what came of all that could be judged before.
    ///
    /// # Errors
    /// Why it was not done; that is recorded, too. Or the database failed.
    pub async fn write(
        &self,
        asked: Asked<'_>,
        subject: Subject,
        planned: Result<Change, Error>,
        conditions: &Conditions,
        done: &'static str,
    ) -> Result<Committed, Error> {
        self.write_with(asked, subject, planned, conditions, done, &[]).await
    }

    /// The same; `secret` is what the answer shows beside the outcome, to be shown again to whoever repeats.
    pub(crate) async fn write_with(
        &self,
        asked: Asked<'_>,
        subject: Subject,
        planned: Result<Change, Error>,
        conditions: &Conditions,
        done: &'static str,
        secret: &[u8],
    ) -> Result<Committed, Error> {
        let refused = match planned {
            Err(error) => error,
            Ok(change) => {
                let commit = Commit {
                    binding: asked.binding.cloned(),
                    change: Some(change),
                    record: self.record_of(asked, subject, done),
                    seen: conditions.seen.clone(),
                    once: conditions.repeat.as_ref().map(|repeat| repeat.once(&asked, secret)),
                };
                match self.store.commit(commit).await {
                    Ok(committed) => return Ok(committed),
                    Err(error) => error,
                }
            }
        };
        let Asked { call, principal, binding, .. } = asked;
        self.tell(call, principal, binding.cloned(), subject, Outcome::Refused(&refused)).await?;
        Err(refused)
    }

    /// The record of a write that will have been done.
    pub(crate) fn record_of(
        &self,
        asked: Asked<'_>,
        subject: Subject,
        done: &'static str,
    ) -> domain::audit::Record {
        let actor = ActorEntry::from(asked.principal);
        let record = self.record(asked.call, actor, Status::Succeded, done.into());
        crate::audit::about(record, asked.principal, subject)
    }
}
