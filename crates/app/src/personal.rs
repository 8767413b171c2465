//! How can a person be forgotten in a trail that nobody may change? What the trail says of it is sealed with a
//! key made of the person's own salt. When the salt is gone, nobody can read it, and every hash still holds.

use std::collections::HashMap;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::audit::{PropertyChange, Record};
use domain::error::Error;
use domain::id::{TenantId, UserId};
use sha2::{Digest, Sha256};
use store::Store;

/// Stands before every sealed text. No text that anybody writes may hold it.
const MARK: char = '\u{1}';
/// Makes the key good for this one use.
const PURPOSE: &[u8] = b"rollcall person in the audit trail 1";

fn key(salt: &[u8; 16]) -> Option<LessSafeKey> {
    let key = Sha256::new_with_prefix(PURPOSE).chain_update(salt).finalize();
    UnboundKey::new(&AES_256_GCM_SIV, &key).ok().map(LessSafeKey::new)
}

/// The key seals the texts of one person only, and GCM-SIV shows of two texts under one nonce no more than
/// whether they are the same.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

/// Seals what the trail says of the person with this salt.
#[must_use]
pub fn seal(salt: &[u8; 16], text: &str) -> String {
    let mut sealed = text.as_bytes().to_vec();
    let done =
        key(salt).and_then(|key| key.seal_in_place_append_tag(nonce(), Aad::from(PURPOSE), &mut sealed).ok());
    // Sealing has no way to fail; if it ever did, saying nothing is better than saying it openly.
    if done.is_none() {
        sealed.clear();
    }
    format!("{MARK}{}", STANDARD_NO_PAD.encode(sealed))
}

/// A text as it was before it was sealed; one that was not stays as it is. Nothing if it cannot be opened
/// any more.
fn open(salt: Option<&[u8; 16]>, text: &str) -> Option<String> {
    let Some(sealed) = text.strip_prefix(MARK) else { return Some(text.to_owned()) };
    let mut sealed = STANDARD_NO_PAD.decode(sealed).ok()?;
    let opened = key(salt?)?.open_in_place(nonce(), Aad::from(PURPOSE), &mut sealed).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}

fn is_sealed(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.starts_with(MARK))
}

/// Opens what some records of one tenant say of people. What was forgotten is none.
///
/// # Errors
/// The database failed.
pub(crate) async fn open_all(store: &Store, tenant: TenantId, records: &mut [Record]) -> Result<(), Error> {
    let mut people: Vec<UserId> = Vec::new();
    for record in records.iter() {
        if is_sealed(record.actor.name.as_deref()) {
            people.extend(record.actor.id.map(UserId));
        }
        if record
            .changes
            .iter()
            .any(|change| is_sealed(change.before.as_deref()) || is_sealed(change.after.as_deref()))
        {
            people.extend(record.target_id.map(UserId));
        }
    }
    if people.is_empty() {
        return Ok(());
    }
    people.sort_unstable();
    people.dedup();
    let salts = store.salts(tenant, people).await?;
    records.iter_mut().for_each(|record| open_record(&salts, record));
    Ok(())
}

fn open_record(salts: &HashMap<UserId, [u8; 16]>, record: &mut Record) {
    let salt_of = |id: Option<uuid::Uuid>| id.and_then(|id| salts.get(&UserId(id)));
    let actor = salt_of(record.actor.id);
    record.actor.name = record.actor.name.take().and_then(|name| open(actor, &name)).map(Into::into);
    let target = salt_of(record.target_id);
    for PropertyChange { before, after, .. } in &mut record.changes {
        *before = before.take().and_then(|text| open(target, &text));
        *after = after.take().and_then(|text| open(target, &text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_own_salt_alone() {
        let (salt, other) = ([1; 16], [2; 16]);
        let sealed = seal(&salt, "Åsa@north.example");
        assert!(sealed.starts_with(MARK) && !sealed.contains("north"));
        assert_eq!(sealed, seal(&salt, "Åsa@north.example"), "the same text is sealed the same");
        assert_eq!(open(Some(&salt), &sealed).as_deref(), Some("Åsa@north.example"));
        assert_eq!(open(Some(&other), &sealed), None);
        assert_eq!(open(None, &sealed), None);
        assert_eq!(open(None, "never sealed").as_deref(), Some("never sealed"));
    }
}
