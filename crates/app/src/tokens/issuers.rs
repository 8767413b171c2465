//! Whose tokens are believed here?
//!
//! The registry of trusted issuers, Rollcall's own among them. It is replaced as a whole while tokens
//! are being verified.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use super::fetch::Fetcher;
use super::jose::Unverified;
use super::record::Record;
use super::refusal::Refusal;
use super::settings::IssuerSettings;
use super::verify::{VerifiedToken, verify};

type Records = HashMap<String, Arc<Record>>;

/// The trusted issuers and their keys; a new registry trusts nobody.
#[derive(Default)]
pub struct Issuers {
    fetcher: Fetcher,
    records: RwLock<Records>,
    last_generation: Arc<AtomicU64>,
}

impl Issuers {
    /// Trusts exactly these issuers from now on. One that was trusted before with the same settings
    /// keeps its keys; where one issuer is named twice, the last counts.
    pub fn configure(&self, settings: Vec<IssuerSettings>) {
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        let mut former = std::mem::take(&mut *records);
        let wanted: HashMap<_, _> =
            settings.into_iter().map(|settings| (settings.issuer.clone(), settings)).collect();
        for (issuer, settings) in wanted {
            let same = |record: &Record| record.settings == settings;
            let record = match former.remove_entry(&issuer) {
                Some((_, record)) if same(&record) => record,
                changed => {
                    former.extend(changed);
                    Arc::new(Record::new(settings, Arc::clone(&self.last_generation)))
                }
            };
            records.insert(issuer, record);
        }
        former.values().for_each(|record| record.retire());
    }

    /// Checks a bearer token: shape, issuer, key, signature, claims. May wait up to 5 s for an issuer
    /// that has to be asked for its keys.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<VerifiedToken, Refusal> {
        let token = Unverified::read(token)?;
        let record = self.find(token.claimed_issuer()?).ok_or(Refusal::IssuerUnknown)?;
        let trust =
            record.trust(&self.fetcher, token.key_id.as_deref()).await.ok_or(Refusal::KeysUnavailable)?;
        verify(&token, &trust, now)
    }

    /// Starts a fetch for each issuer whose keys are missing or older than an hour, and does not wait.
    /// To be called once a minute within a tokio runtime: verified tokens come from a cache, so that
    /// traffic alone would not notice that a key was withdrawn.
    pub fn refresh_due(&self) {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        for record in records.values() {
            record.refresh_if_due(&self.fetcher);
        }
    }

    /// A number that is raised each time the issuer's keys or audience change; 0 where the issuer is
    /// not trusted or its keys are not known yet.
    pub fn generation(&self, issuer: &str) -> u64 {
        self.find(issuer).map_or(0, |record| record.generation())
    }

    fn find(&self, issuer: &str) -> Option<Arc<Record>> {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        records.get(issuer).cloned()
    }
}
