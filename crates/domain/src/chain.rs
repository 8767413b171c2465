//! How is a trail made so that nobody can change it unseen? Each record's hash covers the one before it,
//! and signatures over the newest hash tell when the end was cut off.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The newest link of a chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// Whose chain it is: a tenant's, or that of the directory itself.
    pub writer: Uuid,
    /// How many records the chain holds; the first record is number 1.
    pub sequence: u64,
    /// The hash of the newest record, or the beginning of this very chain while there is none.
    pub hash: [u8; 32],
}

/// What a signature over a head stands for. None can ever be exchanged for another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seal {
    /// The chain ends here: replaced with every group of records.
    Head,
    /// The chain passed here: kept for ever.
    Checkpoint,
    /// The chain begins here, because what was before it was dropped.
    Start,
}

impl Head {
    /// A chain without records.
    #[must_use]
    pub fn beginning(writer: Uuid) -> Self {
        let mut hasher = Sha256::new_with_prefix(b"rollcall audit chain 1");
        hasher.update(writer.as_bytes());
        Self { writer, sequence: 0, hash: hasher.finalize().into() }
    }

    /// The head after one more record, given as the exact bytes that are stored.
    #[must_use]
    pub fn after(&self, record: &[u8]) -> Self {
        let sequence = self.sequence.saturating_add(1);
        let mut hasher = Sha256::new_with_prefix(self.hash);
        hasher.update(sequence.to_be_bytes());
        hasher.update(record);
        Self { writer: self.writer, sequence, hash: hasher.finalize().into() }
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn to_sign(&self, seal: Seal) -> Vec<u8> {
        let purpose: &[u8] = match seal {
            Seal::Head => b"rollcall audit head 1\0",
            Seal::Checkpoint => b"rollcall audit checkpoint 1\0",
            Seal::Start => b"rollcall audit start 1\0",
        };
        [purpose, self.writer.as_bytes(), &self.sequence.to_be_bytes(), &self.hash].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_its_place_and_all_before_it_decide_the_hash() {
        let start = Head::beginning(Uuid::from_u128(1));
        let two = start.after(b"one").after(b"two");
        assert_eq!(two.sequence, 2);
        assert_ne!(two.hash, start.after(b"two").after(b"one").hash);
        assert_ne!(two.hash, start.after(b"onetwo").hash);
        assert_ne!(two.hash, Head::beginning(Uuid::from_u128(2)).after(b"one").after(b"two").hash);
        assert_ne!(two.to_sign(Seal::Head), two.to_sign(Seal::Checkpoint));
    }
}
