//! In which order are people and groups listed? By the sort key made here, once, when a row is written;
//! nobody sorts when reading.

use std::borrow::Cow;

use icu_collator::CollatorBorrowed;
use icu_collator::options::{AlternateHandling, CollatorOptions, Strength};
use uuid::Uuid;

use crate::text::nfc;

/// The version of the order. It is stored beside the keys; when it differs, the keys are made anew before
/// the server is ready. A test fails when a new ICU4X sorts otherwise, and asks for a new version here.
pub const VERSION: &str = "icu4x-2.4-cldr-root-tertiary-1";

const NAMED: u8 = 1;
const NAMELESS: u8 = 2;
/// Ends each variable part. No collation key and no e-mail holds this byte, so that a shorter part
/// sorts before one that it begins.
const END: u8 = 0;

/// The collation of names: CLDR root, tertiary strength, punctuation not ignored (contract section 1).
fn collator() -> CollatorBorrowed<'static> {
    let mut options = CollatorOptions::default();
    options.strength = Some(Strength::Tertiary);
    options.alternate_handling = Some(AlternateHandling::NonIgnorable);
    CollatorBorrowed::new_root(options)
}

/// The name that is shown and sorted by: first name, one space, last name; trimmed, runs of white space
/// folded to one space, in NFC. Nothing if both parts are missing.
#[must_use]
pub fn display_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let mut name = String::new();
    for word in [first, last].into_iter().flatten().flat_map(str::split_whitespace) {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    match nfc(&name) {
        Cow::Borrowed(_) => {}
        Cow::Owned(composed) => name = composed,
    }
    (!name.is_empty()).then_some(name)
}

/// A place in the order of names: bytes that compare as the people do (contract section 1, "Sorted by
/// Name"). Total, because the id is its last part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct OrderKey(Vec<u8>);

impl OrderKey {
    /// The place of a user: display name by the CLDR root collation, then the lower-cased e-mail by code
    /// point, then the id; those without a name after all others.
    #[must_use]
    pub fn of(first: Option<&str>, last: Option<&str>, email: &str, id: Uuid) -> Self {
        let mut key = Vec::with_capacity(128);
        match display_name(first, last) {
            Some(name) => {
                key.push(NAMED);
                let Ok(()) = collator().write_sort_key_to(&name, &mut key);
                key.push(END);
            }
            None => key.push(NAMELESS),
        }
        // UTF-8 compares by byte as it does by code point.
        key.extend(email.to_lowercase().bytes());
        key.push(END);
        key.extend(id.as_bytes());
        Self(key)
    }

    /// The place of a group, by the same rule as users.
    #[must_use]
    pub fn of_group(name: &str, id: Uuid) -> Self {
        Self::of(Some(name), None, "", id)
    }

    /// The key as it is stored and compared.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
