//! Where does the sample take its variety from? From a seed alone, so that the same plan always gives the
//! same bytes. Never use it for anything that must not be guessed.

use uuid::Uuid;

/// A stream of numbers by SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
/// 2014, section 4).
pub(super) struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(super) const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which must not be zero. The slight bias of a remainder does not matter here.
    pub(super) const fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }

    /// True once in `many` times.
    pub(super) const fn once_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    /// One of `items`, which must not be empty.
    #[expect(clippy::indexing_slicing, reason = "the number drawn is below the length")]
    pub(super) const fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A UUID with the layout of version 4 (RFC 9562 section 5.4).
    pub(super) fn uuid(&mut self) -> Uuid {
        let bits = (u128::from(self.bits()) << 64) | u128::from(self.bits());
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_that_of_splitmix64() {
        // The first outputs for seed 1234567, as other implementations of the algorithm give them.
        let mut chance = Chance::new(1_234_567);
        assert_eq!(chance.bits(), 6_457_827_717_110_365_317);
        assert_eq!(chance.bits(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn ids_are_of_version_four() {
        let mut chance = Chance::new(1);
        for _ in 0..100 {
            let id = chance.uuid();
            assert_eq!((id.get_version_num(), id.get_variant()), (4, uuid::Variant::RFC4122));
        }
    }
}
