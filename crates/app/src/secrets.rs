//! How is the secret of a client kept? As an Argon2id hash in a PHC string; what a hash costs stands in the
//! string itself, so that older ones stay good when the costs below are raised.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// What one hash costs: 19 MiB, twice, in one lane (the OWASP cheat sheet's second choice).
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The dearest hash that is accepted from a directory file: one from elsewhere must not be able to take
/// the machine's memory or minutes of its time.
const MOST_MEMORY_KIB: u32 = 262_144;
const MOST_PASSES: u32 = 10;
const MOST_LANES: u32 = 16;

/// Hashes nobody's secret at the usual cost: verified against when the client is unknown, so that an
/// unknown client takes as long as a known one.
pub const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The PHC string of `secret`. The salt, best 16 random bytes, must be another one each time.
///
/// # Errors
/// The salt is shorter than 8 bytes or longer than 48.
pub fn hash(secret: &str, salt: &[u8]) -> Result<String, String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| error.to_string())?;
    let hash: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(secret.as_bytes(), salt)
        .map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// Whether `secret` is the one that was hashed into `phc`. Takes some 20 ms of one core by intent.
#[must_use]
pub fn verify(secret: &str, phc: &str) -> bool {
    PasswordHash::new(phc)
        .is_ok_and(|hash| Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok())
}

/// Judges a hash that was made elsewhere.
///
/// # Errors
/// One sentence that says what would be right.
pub fn check_hash(phc: &str) -> Result<(), String> {
    let form = || "Give an Argon2id hash as a PHC string, `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.".to_owned();
    let hash = PasswordHash::new(phc).map_err(|_| form())?;
    let params = Params::try_from(&hash).map_err(|_| form())?;
    // The parser takes a cost that is not said for its own default, which may become another one.
    let says_costs = ["m", "t", "p"].iter().all(|name| hash.params.get_decimal(*name).is_some());
    if !says_costs
        || hash.algorithm.as_str() != "argon2id"
        || hash.salt.is_none()
        || hash.hash.is_none()
        || hash.to_string() != phc
    {
        return Err(form());
    }
    if params.m_cost() > MOST_MEMORY_KIB || params.t_cost() > MOST_PASSES || params.p_cost() > MOST_LANES {
        return Err(format!(
            "This hash is too dear to verify; at most m={MOST_MEMORY_KIB}, t={MOST_PASSES}, p={MOST_LANES} is accepted."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_verified_by_its_hash_alone() {
        let phc = hash("correct horse", &[7; 16]).unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$"), "{phc}");
        assert!(verify("correct horse", &phc));
        assert!(!verify("correct horses", &phc));
        assert!(!verify("", &phc));
        assert_ne!(phc, hash("correct horse", &[8; 16]).unwrap());
        assert_eq!(check_hash(&phc), Ok(()));
    }

    #[test]
    fn the_hash_of_nobody_costs_what_others_cost_and_fits_nobody() {
        let cost = |phc: &str| phc.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(cost(DUMMY), cost(&hash("x", &[0; 16]).unwrap()));
        assert_eq!(DUMMY.len(), hash("x", &[0; 16]).unwrap().len());
        assert_eq!(check_hash(DUMMY), Ok(()), "else verifying it would end at once");
        assert!(!verify("", DUMMY));
    }

    #[test]
    fn hashes_of_other_kinds_and_dear_ones_are_refused() {
        let good = hash("x", &[7; 16]).unwrap();
        for wrong in [
            String::new(),
            "secret".to_owned(),
            good.replace("argon2id", "argon2i"),
            good.replace("m=19456", "m=4194304"),
            good.replace("t=2", "t=4000000"),
            good.replace("m=19456,", ""),
            good.rsplit_once('$').unwrap().0.to_owned(),
            format!("{good} "),
        ] {
            assert!(check_hash(&wrong).is_err(), "{wrong}");
        }
        assert!(!verify("x", "no hash"));
    }
}
