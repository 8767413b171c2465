//! Who signed this bearer token, and what does it say? (contract, section 4)
//!
//! The order of the checks is fixed: shape, issuer, key, signature, claims. Nothing here knows the
//! directory: which principal a verified token names is decided elsewhere.

mod claims;
mod fetch;
mod generation;
mod issuers;
mod jose;
mod json;
mod jwk;
mod keys;
mod record;
mod refusal;
mod settings;
mod verify;

pub use claims::Bearer;
pub use generation::Generation;
pub use issuers::Issuers;
pub use jwk::Algorithm;
pub use keys::{KeySet, KeySetFault};
pub use refusal::Refusal;
pub use settings::{IssuerSettings, IssuerSettingsFault};
pub use verify::VerifiedToken;
