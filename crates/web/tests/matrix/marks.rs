//! By what is a thing recognised, wherever it is shown? Each has a name in tildes and an id with a beginning
//! that no other ids have; all of them in an answer are found in one pass.

use std::collections::BTreeSet;

use uuid::Uuid;

/// What the ids of all that was declared begin with.
const BEGINNING: &str = "7e57c0de";
const DIGITS: usize = 32;

/// The name that is put where a thing shows one.
pub(crate) fn name(kind: &str, label: &str) -> String {
    format!("~{kind}.{label}~")
}

/// The id of a thing, whether it was declared or not.
pub(crate) fn id(kind: &str, label: &str) -> Uuid {
    if let ("group", "built-in") = (kind, label) {
        return Uuid::from_u128(0x5f00_0000_0000_4000_8000_0000_0000_0002);
    }
    let text = format!("{kind}.{label}");
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in text.bytes() {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    Uuid::from_u128((0x7e57_c0de_u128 << 96) | (hash >> 32))
}

/// The things in a text, by name and by id.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct Shown {
    pub(crate) names: BTreeSet<String>,
    pub(crate) ids: BTreeSet<Uuid>,
}

impl Shown {
    pub(crate) fn and_name(&mut self, kind: &str, label: &str) {
        self.names.insert(name(kind, label));
    }

    pub(crate) fn and_id(&mut self, kind: &str, label: &str) {
        self.ids.insert(id(kind, label));
    }

    pub(crate) fn and(&mut self, kind: &str, label: &str) {
        self.and_name(kind, label);
        self.and_id(kind, label);
    }

    /// All that this text shows.
    pub(crate) fn in_text(text: &str) -> Self {
        let mut shown = Self::default();
        for (start, _) in text.match_indices(BEGINNING) {
            let digits: String = text[start..].chars().filter(|digit| *digit != '-').take(DIGITS).collect();
            shown.ids.extend(Uuid::parse_str(&digits));
        }
        let mut pieces = text.split('~').skip(1).peekable();
        while let Some(piece) = pieces.next() {
            let is_name = piece.contains('.')
                && piece.bytes().all(|byte| byte.is_ascii_lowercase() || b".-".contains(&byte));
            if is_name && pieces.peek().is_some() {
                shown.names.insert(format!("~{piece}~"));
            }
        }
        shown
    }
}

#[test]
fn names_and_ids_are_found_however_they_are_written() {
    let (one, other) = (id("user", "one"), id("user", "other"));
    let text = format!("{{\"a\":\"~user.one~@x\",\"b\":\"{one}\"}},~user.other~;{}", other.simple());
    let shown = Shown::in_text(&text);
    assert_eq!(shown.names.into_iter().collect::<Vec<_>>(), ["~user.one~", "~user.other~"]);
    assert_eq!(shown.ids, BTreeSet::from([one, other]));
}
