//! Which bytes are these? An entity tag names a state of a scope, so that two different bodies never share
//! one and one of another scope never matches.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use domain::access::Scope;
use domain::id::ResellerId;
use domain::order;
use sha2::{Digest, Sha256};
use store::Store;
use uuid::Uuid;

use crate::coding::Coding;

/// Raised when the bytes of a document change though no user did.
const FORMAT: &[u8] = b"rollcall listing 1";
/// The same, of single things.
const THING: &[u8] = b"rollcall thing 1";
/// Half of SHA-256: no two states share it by chance.
const LENGTH: usize = 16;
/// As much as the text of a tag takes, its coding and quotes included.
const TEXT: usize = 32;

/// The state of one thing: its revision, for callers of one role.
pub(crate) struct State(String);

impl State {
    pub(crate) fn of_thing(epoch: &[u8], role: &[u8], id: Uuid, revision: u64) -> Self {
        let hash = Sha256::new_with_prefix(THING)
            .chain_update(epoch)
            .chain_update(role)
            .chain_update(id.as_bytes())
            .chain_update(revision.to_be_bytes())
            .finalize();
        Self(URL_SAFE_NO_PAD.encode(hash.get(..LENGTH).unwrap_or_default()))
    }

    /// The strong tag, quotes included. `context` tells apart what is shown of the thing.
    pub(crate) fn tag(&self, context: Option<ResellerId>) -> String {
        match context {
            None => format!("\"{}\"", self.0),
            Some(reseller) => format!("\"{}.{}\"", self.0, reseller.0.simple()),
        }
    }

    /// Whether who has this tag saw this state, whatever was shown of it.
    pub(crate) fn was_seen_by(&self, tag: &str) -> bool {
        tag.trim_matches('"').split('.').next() == Some(&self.0)
    }
}

/// The strong tags of one state of a listing, one for each coding. Kept with each roster, so it is kept small.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tags([u8; LENGTH]);

impl Tags {
    /// The tags of a listing at a version. `part` tells the cut apart: empty for the whole listing.
    pub(crate) fn of_listing(store: &Store, scope: &Scope, version: u64, part: &[u8]) -> Self {
        let hash = Sha256::new_with_prefix(FORMAT)
            .chain_update(order::VERSION)
            .chain_update(store.epoch())
            .chain_update(scope.to_bytes())
            .chain_update(version.to_be_bytes())
            .chain_update(part)
            .finalize();
        Self(hash.first_chunk().copied().unwrap_or_default())
    }

    /// The tag in a coding, quotes included.
    pub(crate) fn get(&self, coding: Coding) -> Bytes {
        let mut tag = String::with_capacity(TEXT);
        tag.push('"');
        URL_SAFE_NO_PAD.encode_string(self.0, &mut tag);
        if let Some(token) = coding.token() {
            tag.push('-');
            tag.push_str(token);
        }
        tag.push('"');
        tag.into()
    }
}
