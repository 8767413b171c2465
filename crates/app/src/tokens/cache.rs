//! Was this very token verified before?
//!
//! A hit costs one digest and one look-up. The whole token is compared as well, so that a cache entry
//! is never the word of a digest alone.

use std::sync::Arc;

use aws_lc_rs::digest;
use jiff::Timestamp;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::verify::VerifiedToken;

type Digest = [u8; digest::SHA256_OUTPUT_LEN];

/// What an entry weighs beside its token: digest, names, and the cache's own book-keeping.
const WEIGHT_OF_ENTRY: u64 = 512;
/// A token as it is commonly met, to size the cache's tables.
const COMMON_WEIGHT: u64 = WEIGHT_OF_ENTRY + 1024;

/// A verified token together with its text.
#[derive(Debug)]
pub struct CachedToken {
    text: Box<str>,
    /// What the token says.
    pub verified: VerifiedToken,
}

/// Verified tokens, bounded by weight.
pub struct TokenCache {
    entries: Cache<Digest, Arc<CachedToken>, ByBytes>,
}

impl TokenCache {
    /// A cache that keeps about this many bytes.
    pub fn new(bytes: u64) -> Self {
        let items = usize::try_from(bytes / COMMON_WEIGHT).unwrap_or(usize::MAX);
        Self {
            entries: Cache::with_weighter(items.max(1), bytes, ByBytes),
        }
    }

    /// The outcome of an earlier check, if a new one at `now` would find the same.
    pub fn get(&self, token: &str, now: Timestamp) -> Option<Arc<CachedToken>> {
        let digest = digest_of(token)?;
        let entry = self.entries.get(&digest)?;
        if *entry.text != *token {
            return None;
        }
        if !entry.verified.still_holds(now) {
            self.entries.remove(&digest);
            return None;
        }
        Some(entry)
    }

    /// Keeps the outcome of a check, and gives it back as it would be found.
    pub fn put(&self, token: &str, verified: VerifiedToken) -> Arc<CachedToken> {
        let entry = Arc::new(CachedToken {
            text: token.into(),
            verified,
        });
        if let Some(digest) = digest_of(token) {
            self.entries.insert(digest, Arc::clone(&entry));
        }
        entry
    }
}

fn digest_of(token: &str) -> Option<Digest> {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    digest.as_ref().try_into().ok()
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Digest, Arc<CachedToken>> for ByBytes {
    fn weight(&self, _: &Digest, entry: &Arc<CachedToken>) -> u64 {
        WEIGHT_OF_ENTRY + entry.text.len() as u64
    }
}
