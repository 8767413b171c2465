//! Which names are there to combine? Given and family names by region and script, each with Latin letters
//! for an e-mail address. Nobody is meant by any combination: chance makes them.
//!
//! Addresses are unique without a list of those already given, because the Latin spellings are: of family
//! names over all pools, of given names within a pool. The test below holds that up.

mod asian;
mod eastern;
mod european;
mod latin;

/// The names of one region or script, which are combined only with each other.
pub(super) struct Pool {
    /// Given names, each with its spelling in Latin letters.
    pub(super) given: &'static [(&'static str, &'static str)],
    /// Family names, each with its spelling in Latin letters.
    pub(super) family: &'static [(&'static str, &'static str)],
    /// Whether a second given name after a space is usual.
    pub(super) second_names: bool,
}

impl Pool {
    /// How many pairs of a given and a family name there are.
    pub(super) const fn pairs(&self) -> usize {
        self.given.len() * self.family.len()
    }
}

/// All pools.
pub(super) const POOLS: &[Pool] = &[
    latin::NORDIC,
    latin::GERMAN,
    latin::DUTCH,
    latin::ISLES,
    latin::FRENCH,
    latin::IBERIAN,
    latin::ITALIAN,
    latin::POLISH,
    latin::CZECH,
    latin::DANUBE,
    latin::ADRIATIC,
    latin::BALTIC,
    latin::TURKISH,
    latin::VIETNAMESE,
    european::GREEK,
    european::CYRILLIC,
    european::GEORGIAN,
    european::ARMENIAN,
    eastern::ARABIC,
    eastern::HEBREW,
    eastern::ETHIOPIC,
    asian::DEVANAGARI,
    asian::THAI,
    asian::HAN,
    asian::JAPANESE,
    asian::HANGUL,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::text::{fold_case, nfc};

    use super::*;

    #[test]
    fn spellings_are_lower_case_latin_letters_and_tell_pairs_apart() {
        let mut families = BTreeSet::new();
        let mut native_families = BTreeSet::new();
        for pool in POOLS {
            let mut given = BTreeSet::new();
            let mut native_given = BTreeSet::new();
            for (native, latin) in pool.given {
                assert!(given.insert(latin), "{native}: `{latin}` is taken in its pool");
                assert!(native_given.insert(fold_case(native)), "{native} is there twice");
            }
            for (native, latin) in pool.family {
                assert!(families.insert(latin), "{native}: `{latin}` is taken");
                assert!(native_families.insert(native), "{native} is there twice");
            }
            for (native, latin) in pool.given.iter().chain(pool.family) {
                assert!(latin.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'-'), "{latin}");
                assert_eq!(nfc(native), *native);
                assert_eq!(native.trim(), *native);
            }
        }
    }
}
