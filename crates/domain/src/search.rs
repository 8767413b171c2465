//! By what is a user found? By the words of its name and of its e-mail, folded so that neither case nor
//! accents matter, and by its groups. Folded here, once, when a row is written, so that databases cannot
//! differ.

use std::collections::BTreeSet;

use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;

use crate::id::GroupId;

/// The version of the terms. It is stored beside them; when it differs, they are made anew before the server
/// is ready.
pub const VERSION: &str = "terms-1";

const NFKD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
const COMBINING: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();

/// Tells the kinds of terms apart; no text holds the first, and both stand before what they mark.
const GROUP: u8 = 0;
const WORD: u8 = 1;

/// Something that a user is found by: bytes that are compared as they are.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Term(Vec<u8>);

impl Term {
    /// The term of all members of a group.
    #[must_use]
    pub fn of_group(id: GroupId) -> Self {
        Self([&[GROUP], &id.as_bytes()[..]].concat())
    }

    /// The term of a folded word, or of its beginning.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        Self([&[WORD], word.as_bytes()].concat())
    }

    /// The term as it is stored and compared.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The first bytes after all terms that begin with this one.
    #[must_use]
    pub fn end_of_beginning(&self) -> Vec<u8> {
        let mut end = self.0.clone();
        // UTF-8 and the marks never hold 0xFF, so the last byte can always grow.
        if let Some(last) = end.last_mut() {
            *last = last.saturating_add(1);
        }
        end
    }
}

/// Folds case and accents: compatibility decomposition without the combining marks, letters that carry a
/// stroke as the plain ones, and full case folding.
#[must_use]
pub fn fold(text: &str) -> String {
    let plain: String = NFKD
        .normalize_iter(text.chars())
        .filter(|character| COMBINING.get_u8(*character) == 0)
        .flat_map(|character| Spelled::of(character).0)
        .flatten()
        .collect();
    CaseMapper::new().fold_string(&plain).into_owned()
}

/// A letter as people without it on their keyboard spell it.
struct Spelled([Option<char>; 2]);

impl Spelled {
    fn of(character: char) -> Self {
        let (first, second) = match character {
            'ø' | 'Ø' => ('o', None),
            'ł' | 'Ł' => ('l', None),
            'đ' | 'Đ' | 'ð' | 'Ð' => ('d', None),
            'ħ' | 'Ħ' => ('h', None),
            'ŧ' | 'Ŧ' => ('t', None),
            'ı' => ('i', None),
            'æ' | 'Æ' => ('a', Some('e')),
            'œ' | 'Œ' => ('o', Some('e')),
            'þ' | 'Þ' => ('t', Some('h')),
            other => (other, None),
        };
        Self([Some(first), second])
    }
}

/// The folded words of a text, each once: runs of letters and digits.
#[must_use]
pub fn words(text: &str) -> BTreeSet<String> {
    fold(text)
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// All terms of a user with these names, this e-mail and these groups, in their order.
pub(crate) fn terms<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    groups: impl IntoIterator<Item = GroupId>,
) -> Vec<Term> {
    let words: BTreeSet<String> = texts.into_iter().flat_map(words).collect();
    let groups: BTreeSet<Term> = groups.into_iter().map(Term::of_group).collect();
    groups.into_iter().chain(words.iter().map(|word| Term::of_word(word))).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn case_and_accents_do_not_matter() {
        for (written, folded) in [
            ("Åse", "ase"),
            ("A\u{30a}SE", "ase"),
            ("Łódź", "lodz"),
            ("Søren", "soren"),
            ("Straße", "strasse"),
            ("Æsop", "aesop"),
            ("ﬁne", "fine"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
            ("İstanbul", "istanbul"),
            ("Nguyễn", "nguyen"),
            ("Ёлкин", "елкин"),
            ("山田", "山田"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
        }
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_each_once() {
        let all = |text| words(text).into_iter().collect::<Vec<_>>();
        assert_eq!(all("Asa.Berg-O'Neil@Berg2.example"), ["asa", "berg", "berg2", "example", "neil", "o"]);
        assert_eq!(all(" – … "), Vec::<String>::new());
    }

    #[test]
    fn a_beginning_ends_behind_all_words_that_begin_so_and_before_all_others() {
        let of = |word| Term::of_word(word).as_bytes().to_vec();
        let end = Term::of_word("ås").end_of_beginning();
        assert!(of("ås") < end && of("åsa") < end && of("ås\u{10ffff}") < end);
        assert!(of("åt") >= end && of("z") < of("ås"));
        assert!(Term::of_group(GroupId(Uuid::max())).as_bytes() < of("").as_slice());
    }
}
