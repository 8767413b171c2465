//! Which issuer is trusted, for which audience, and where are its keys?

use std::fmt;
use std::sync::Arc;

use reqwest::Url;

use super::fetch::permitted;
use super::keys::KeySet;

/// One trusted issuer.
#[derive(Debug, Clone, PartialEq)]
pub struct IssuerSettings {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) keys: KeySource,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum KeySource {
    /// An OIDC issuer; the value is its URL.
    Discovery(Url),
    /// Keys that are at hand: Rollcall's own issuer.
    Given(Arc<KeySet>),
}

/// Why an issuer cannot be trusted as configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerSettingsFault {
    /// Not an https URL (http on loopback) without user, query and fragment.
    Url,
    /// The audience is empty.
    Audience,
}

impl fmt::Display for IssuerSettingsFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Url => "an issuer is an https URL (http only on loopback) without user, query and fragment",
            Self::Audience => "the audience of an issuer must not be empty",
        })
    }
}

impl std::error::Error for IssuerSettingsFault {}

impl IssuerSettings {
    /// An OIDC issuer, whose keys are found by discovery. `issuer` is compared with `iss` byte for
    /// byte, so that a final slash counts; `audience` is the one accepted value of `aud`.
    pub fn discovered(issuer: &str, audience: &str) -> Result<Self, IssuerSettingsFault> {
        let url =
            permitted(issuer, true).filter(|url| url.query().is_none()).ok_or(IssuerSettingsFault::Url)?;
        Self::new(issuer, audience, KeySource::Discovery(url))
    }

    /// An issuer whose keys are at hand: Rollcall's own. To rotate, configure it again with new keys.
    pub fn own(issuer: &str, audience: &str, keys: KeySet) -> Result<Self, IssuerSettingsFault> {
        Self::new(issuer, audience, KeySource::Given(Arc::new(keys)))
    }

    /// The value of `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    fn new(issuer: &str, audience: &str, keys: KeySource) -> Result<Self, IssuerSettingsFault> {
        if audience.is_empty() {
            return Err(IssuerSettingsFault::Audience);
        }
        Ok(Self { issuer: issuer.to_owned(), audience: audience.to_owned(), keys })
    }
}
