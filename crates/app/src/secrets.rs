//! t
pub const DUMMY: &str = "x";
pub fn verify(_s: &str, _h: &str) -> bool {
    false
}
