//! Are people listed in the order that the contract promises? Once against a list that another
//! implementation of the collation put in order (`order/README.md`), once by properties of any names.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::cmp::Ordering;

use domain::order::OrderKey;
use domain::text::nfc;
use icu_collator::options::{AlternateHandling, CollatorOptions, Strength};
use icu_collator::{Collator, CollatorBorrowed};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use uuid::Uuid;

#[derive(Clone, Debug)]
struct Person {
    first: Option<String>,
    last: Option<String>,
    email: String,
    id: Uuid,
}

impl Person {
    fn key(&self) -> OrderKey {
        OrderKey::of(self.first.as_deref(), self.last.as_deref(), &self.email, self.id)
    }

    /// The display name by the words of the contract, on another way than the crate takes.
    fn display_name(&self) -> String {
        let joined = match (&self.first, &self.last) {
            (Some(first), Some(last)) => format!("{first} {last}"),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => String::new(),
        };
        let mut folded = String::new();
        for character in joined.trim().chars() {
            if !character.is_whitespace() {
                folded.push(character);
            } else if !folded.ends_with(' ') {
                folded.push(' ');
            }
        }
        nfc(&folded).into_owned()
    }
}

fn collator() -> CollatorBorrowed<'static> {
    let mut options = CollatorOptions::default();
    options.strength = Some(Strength::Tertiary);
    options.alternate_handling = Some(AlternateHandling::NonIgnorable);
    Collator::try_new(Default::default(), options).unwrap()
}

/// Compares two people directly, without keys.
fn compare(one: &Person, other: &Person) -> Ordering {
    let (left, right) = (one.display_name(), other.display_name());
    (left.is_empty().cmp(&right.is_empty()))
        .then_with(|| collator().compare(&left, &right))
        .then_with(|| one.email.to_lowercase().chars().cmp(other.email.to_lowercase().chars()))
        .then_with(|| one.id.cmp(&other.id))
}

/// The people of the golden file, with ids that ascend as the lines do.
fn golden() -> Vec<Person> {
    include_str!("order/golden.tsv")
        .lines()
        .zip(1..)
        .map(|(line, number)| {
            let mut fields = line.split('\t').map(|field| (field != r"\N").then(|| field.to_owned()));
            let person = Person {
                first: fields.next().unwrap(),
                last: fields.next().unwrap(),
                email: fields.next().unwrap().unwrap(),
                id: Uuid::from_u128(number),
            };
            assert!(fields.next().is_none(), "line {number} has too many fields");
            person
        })
        .collect()
}

#[test]
fn the_golden_file_is_in_order() {
    let people = golden();
    assert!(people.len() > 300, "the file is whole");
    let wrong: Vec<String> = people
        .windows(2)
        .zip(1..)
        .filter(|(pair, _)| pair[0].key() >= pair[1].key())
        .map(|(pair, line)| format!("line {line}: {:?} does not come before {:?}", pair[0], pair[1]))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sorting_the_golden_file_from_its_end_gives_it_back() {
    let people = golden();
    let mut sorted: Vec<&Person> = people.iter().rev().collect();
    sorted.sort_by_key(|person| person.key());
    let ids: Vec<u128> = sorted.iter().map(|person| person.id.as_u128()).collect();
    assert_eq!(ids, (1..=people.len() as u128).collect::<Vec<_>>());
}

/// Pieces that make names which are nearly alike, in which an order is most easily wrong.
const PIECES: [&str; 30] = [
    "a",
    "A",
    "b",
    "e",
    "o",
    "O",
    "\u{301}",
    "\u{323}",
    "\u{30a}",
    "å",
    "Å",
    "ß",
    "ss",
    "æ",
    "ł",
    "'",
    "’",
    "-",
    " ",
    "\u{a0}",
    "\u{3000}",
    "1",
    "é",
    "ё",
    "ή",
    "ש\u{5c1}",
    "เ",
    "ก",
    "한",
    "漢",
];

fn name() -> impl Strategy<Value = Option<String>> {
    let pieces =
        prop::collection::vec(prop::sample::select(&PIECES[..]), 0..6).prop_map(|pieces| pieces.concat());
    // Control characters never reach a name (contract section 2).
    let any = "\\PC{0,12}";
    prop::option::weighted(0.9, prop_oneof![3 => pieces, 1 => any])
}

fn person() -> impl Strategy<Value = Person> {
    let email = prop_oneof![Just("a@b".to_owned()), Just("A@b".to_owned()), "[a-zA-Zéß]{1,3}@[a-b]{1,2}"];
    (name(), name(), email, 0..4_u128).prop_map(|(first, last, email, id)| Person {
        first,
        last,
        email,
        id: Uuid::from_u128(id),
    })
}

/// Two people, mostly so alike that only the last criteria tell them apart.
fn pair() -> impl Strategy<Value = (Person, Person)> {
    (person(), person(), 0..6_u8).prop_map(|(one, other, likeness)| {
        let named = Person { first: one.first.clone(), last: one.last.clone(), ..other.clone() };
        let upper = |part: &Option<String>| part.as_ref().map(|text| text.to_uppercase());
        let alike = match likeness {
            0 => other,
            1 => Person { first: upper(&one.first), last: upper(&one.last), ..other },
            2 => Person { email: one.email.to_uppercase(), ..named },
            3 => Person { email: one.email.clone(), ..named },
            _ => named,
        };
        (one, alike)
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn keys_compare_as_the_people_do((one, other) in pair()) {
        prop_assert_eq!(one.key().cmp(&other.key()), compare(&one, &other));
        prop_assert_eq!(one.key().as_bytes().cmp(other.key().as_bytes()), compare(&one, &other));
    }

    #[test]
    fn the_order_is_total_and_the_same_each_time((one, other) in pair()) {
        prop_assert_eq!(one.key(), one.key());
        prop_assert_eq!(one.key() == other.key(), compare(&one, &other) == Ordering::Equal);
        let apart = Person { id: Uuid::from_u128(one.id.as_u128() + 1), ..one.clone() };
        prop_assert!(one.key() < apart.key(), "the id tells those apart who are otherwise the same");
    }

    #[test]
    fn nobody_without_a_name_comes_before_somebody_with_one(one in person(), id in any::<u128>()) {
        prop_assume!(!one.display_name().is_empty());
        let nameless = Person { first: None, last: Some(" \u{a0}".to_owned()), email: String::new(), id: Uuid::from_u128(id) };
        prop_assert!(one.key() < nameless.key());
    }

    #[test]
    fn white_space_and_normal_form_make_no_difference(one in person(), space in "[ \u{a0}\u{2003}\u{3000}]{1,3}") {
        let decompose = icu_normalizer::DecomposingNormalizerBorrowed::new_nfd();
        let spread = |part: &Option<String>| {
            part.as_ref().map(|text| {
                let inner = text.split(char::is_whitespace).collect::<Vec<_>>().join(&space);
                format!("{space}{}{space}", decompose.normalize(&inner))
            })
        };
        let other = Person { first: spread(&one.first), last: spread(&one.last), ..one.clone() };
        prop_assert_eq!(one.key(), other.key());
    }
}
