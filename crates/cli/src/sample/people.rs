//! Who works somewhere? A crowd is the people of one owner; its n-th person follows from the crowd and the
//! number alone, so that nothing is remembered and no two people of one crowd share an address.

use std::borrow::Cow;
use std::fmt::Write;

use super::chance::Chance;
use super::words::{POOLS, Pool};

/// The longest name that the contract allows, in Unicode scalar values.
const LONGEST_NAME: usize = 255;
/// The longest local part of an address, in octets (RFC 5321 section 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;

/// A given and a family name, both native and in Latin letters.
struct Pair {
    pool: &'static Pool,
    given: usize,
    first: (&'static str, &'static str),
    last: (&'static str, &'static str),
}

/// The pair of a number below [`pairs`].
#[expect(clippy::indexing_slicing, reason = "both numbers are below the lengths that they are made from")]
fn pair(mut number: usize) -> Option<Pair> {
    for pool in POOLS {
        if number < pool.pairs() {
            let given = number / pool.family.len();
            return Some(Pair {
                pool,
                given,
                first: pool.given[given],
                last: pool.family[number % pool.family.len()],
            });
        }
        number -= pool.pairs();
    }
    None
}

/// How many pairs all pools hold together.
fn pairs() -> usize {
    POOLS.iter().map(Pool::pairs).sum()
}

/// Someone with an address, and with a name perhaps.
pub(super) struct Person {
    pub(super) first: Option<Cow<'static, str>>,
    pub(super) last: Option<Cow<'static, str>>,
    pub(super) email: String,
}

/// The people of one owner, in the style of address that the owner has.
pub(super) struct Crowd {
    seed: u64,
    start: usize,
    step: usize,
    pairs: usize,
    separator: char,
    family_first: bool,
    domain: String,
}

impl Crowd {
    /// A crowd with addresses at `domain`.
    pub(super) fn new(chance: &mut Chance, domain: String) -> Self {
        let pairs = pairs();
        // A step without a common divisor visits every pair once before any a second time.
        let mut step = 1 + chance.below(pairs);
        while greatest_common_divisor(step, pairs) != 1 {
            step += 1;
        }
        Self {
            seed: chance.bits(),
            start: chance.below(pairs),
            step,
            pairs,
            separator: if chance.once_in(4) { '_' } else { '.' },
            family_first: chance.once_in(5),
            domain,
        }
    }

    /// The person of a number; with a full name if it is somebody whom one must be able to call.
    pub(super) fn person(&self, number: usize, always_named: bool) -> Person {
        let round = number / self.pairs;
        let place = (self.start + number % self.pairs * self.step) % self.pairs;
        let mut chance = Chance::new(self.seed ^ (number as u64).wrapping_mul(0xd6e8_feb8_6659_fd93));
        let Some(pair) = pair(place) else {
            return Person { first: None, last: None, email: format!("{number}@{}", self.domain) };
        };
        let email = self.email(&pair, round, &mut chance);
        let (mut first, mut last) = (Some(given_names(&pair, round)), Some(Cow::Borrowed(pair.last.0)));
        if !always_named {
            match chance.below(360) {
                0..10 => first = None,
                10..20 => last = None,
                20..26 => (first, last) = (None, None),
                26 => first = Some(Cow::Owned(longest_of(pair.pool.given))),
                27 => last = Some(Cow::Owned(longest_of(pair.pool.family))),
                _ => {}
            }
        }
        Person { first, last, email }
    }

    fn email(&self, pair: &Pair, round: usize, chance: &mut Chance) -> String {
        let mut local = self.local(pair.first.1, pair.last.1);
        match chance.below(24) {
            0 => local = local.to_ascii_uppercase(),
            1 | 2 => local = self.local(&capitalised(pair.first.1), &capitalised(pair.last.1)),
            3 | 4 => {
                let native = self.local(&native_spelling(pair.first), &native_spelling(pair.last));
                // Room is left for the number of the round.
                if native.len() + 8 <= LONGEST_LOCAL {
                    local = native;
                }
            }
            _ => {}
        }
        if round > 0 {
            let _ = write!(local, "{}", round + 1);
        }
        local.push('@');
        local.push_str(&self.domain);
        local
    }

    fn local(&self, first: &str, last: &str) -> String {
        let (before, after) = if self.family_first { (last, first) } else { (first, last) };
        let mut local = String::with_capacity(64);
        local.push_str(before);
        local.push(self.separator);
        local.push_str(after);
        local
    }
}

/// From the second round on people have a second given name, where that is usual.
#[expect(clippy::indexing_slicing, reason = "a remainder by the length is below the length")]
fn given_names(pair: &Pair, round: usize) -> Cow<'static, str> {
    let given = pair.pool.given;
    if round == 0 || !pair.pool.second_names || round.is_multiple_of(given.len()) {
        return Cow::Borrowed(pair.first.0);
    }
    Cow::Owned(format!("{} {}", pair.first.0, given[(pair.given + round) % given.len()].0))
}

/// A name of the greatest length: all of a pool's, joined by hyphens, over and over.
fn longest_of(names: &[(&str, &str)]) -> String {
    names.iter().cycle().flat_map(|(native, _)| native.chars().chain(['-'])).take(LONGEST_NAME).collect()
}

/// A native name as it stands in an address: lower case, without spaces and apostrophes. One that comes to
/// ASCII could be another family's Latin spelling (`O’Neil`, `O'Neil`), so that its own is taken.
fn native_spelling((native, latin): (&str, &str)) -> String {
    let spelling = native.to_lowercase().replace([' ', '\'', '’'], "");
    if spelling.is_ascii() { latin.to_owned() } else { spelling }
}

fn capitalised(latin: &str) -> String {
    let mut letters = latin.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

const fn greatest_common_divisor(mut one: usize, mut other: usize) -> usize {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::HashSet;

    use domain::text::{Email, Name};

    use super::*;

    #[test]
    fn no_two_people_of_a_crowd_share_an_address_whatever_its_size() {
        for seed in 0..8 {
            let crowd = Crowd::new(&mut Chance::new(seed), "a.example".to_owned());
            let mut seen = HashSet::new();
            for number in 0..3 * pairs() {
                let person = crowd.person(number, false);
                let email = Email::parse(&person.email).unwrap();
                assert!(seen.insert(email.folded()), "{} is there twice", person.email);
            }
        }
    }

    #[test]
    fn names_fit_and_every_way_to_lack_one_occurs() {
        let crowd = Crowd::new(&mut Chance::new(1), "a.example".to_owned());
        let mut kinds = HashSet::new();
        let mut longest = 0;
        for number in 0..pairs() {
            let person = crowd.person(number, false);
            kinds.insert((person.first.is_some(), person.last.is_some()));
            for name in [&person.first, &person.last].into_iter().flatten() {
                assert_eq!(Name::parse(name).unwrap().unwrap().as_str(), name, "is in NFC and fits");
                longest = longest.max(name.chars().count());
            }
            let named = crowd.person(number, true);
            assert!(named.first.is_some() && named.last.is_some());
        }
        assert_eq!(kinds.len(), 4);
        assert_eq!(longest, LONGEST_NAME);
    }
}
