//! What happens when somebody asks? May he, do it, tell the log: in this order, for every operation.

mod admission;
mod api_access;
mod audit;
mod audit_logs;
pub mod body;
mod call;
mod coding;
mod cursor;
mod customer_users;
mod customers;
mod groups;
mod housekeeping;
pub mod issuer;
mod issuing;
mod keys;
mod lines;
pub mod personal;
mod resellers;
mod roster;
pub mod secrets;
mod stream;
mod tag;
mod tenants;
pub mod tokens;
pub mod trail;
pub mod transfer;
mod user_files;
mod users;
mod write;

use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, PoisonError};

use domain::audit::ActorEntry;
use domain::error::Error;
use domain::id::TenantId;
use domain::principal::Principal;
use domain::text::DomainName;
use jiff::{SignedDuration, Timestamp};
use store::{Generation, Places, Room, Store, Turns};
use uuid::Uuid;

pub use admission::Admission;
pub use api_access::Issued;
pub use audit_logs::ListAuditLogs;
pub use call::{Call, Outcome, Subject};
pub use coding::Coding;
pub use cursor::Continuation;
pub use customer_users::{
    BAD_CONTINUATION, Body, LARGEST_PAGE, ListCustomerUsers, PageRequest, Start, Users,
};
pub use housekeeping::Ages;
pub use issuing::IssueFault;
pub use keys::{KeyEntry, TOKEN_SECONDS};
pub use store::{
    Committed, CompanyField, CompanyQuery, CustomerView, Cut, ResellerView, UserQuery, UserSort, UserView,
};
pub use stream::Pieces;
pub use user_files::{Export, Import, ImportReport, ImportStage, RowFault, UserFile, UserFileFormat};
pub use users::Under;
pub use write::{Asked, Conditions, Repeat};

use admission::Admissions;
use audit::Refusals;
use cursor::Sealer;
use issuing::Issuing;
use keys::Keys;
use roster::Rosters;
use tokens::{IssuerSettings, Issuers};

/// What the application needs from outside. Time and chance come with each call or as functions, so that
/// tests can choose them.
#[derive(Clone)]
pub struct Settings {
    /// The `iss` of Rollcall's own tokens.
    pub own_issuer: String,
    /// The `aud` of Rollcall's own tokens.
    pub own_audience: String,
    /// Makes a new id for a moment: a UUIDv7.
    pub new_id: fn(Timestamp) -> Uuid,
    /// Makes random bytes.
    pub random: fn() -> [u8; 32],
    /// How long a deleted user can be restored.
    pub restorable: SignedDuration,
}

/// How many imports of users may be under way, half of them of one tenant: each has a file of its own on the
/// disk. None waits: its client would have to hold the file.
const IMPORTS: Places = Places { at_once: Room::halved(4), waiting: Room { all: 0, each: 1 } };

/// The application: everything that is behind a route or a command.
pub struct App {
    store: Arc<Store>,
    settings: Settings,
    new_id: fn(Timestamp) -> Uuid,
    issuers: Arc<Issuers>,
    admissions: Admissions,
    rosters: Rosters,
    sealer: Sealer,
    refusals: Refusals,
    issuing: Issuing,
    keys: Keys,
    /// Of when the trusted issuers and the keys are.
    trusted_at: Mutex<Generation>,
    /// When every tenant is looked after next, in seconds since 1970.
    tenants_due_at: AtomicI64,
    /// Held by the one who reads them anew.
    learning: tokio::sync::Mutex<()>,
    /// How many imports of users may be under way.
    imports: Arc<Turns<TenantId>>,
}

impl App {
    /// Opens the application on a database.
    ///
    /// # Errors
    /// The database failed, holds an issuer that cannot be trusted, or the system's root certificates
    /// cannot be read.
    pub async fn open(store: Store, settings: Settings, now: Timestamp) -> Result<Self, Error> {
        let internal = |error: String| Error::Internal(error);
        let first = keys::system_record(
            (settings.new_id)(now),
            now,
            ActorEntry::SYSTEM,
            "Made the first signing key.",
        );
        let trusted_at = Mutex::new(store.directory_generation());
        let keys = Keys::open(&store, now, first).await?;
        let seal_key = store.secret("seal_key").await?;
        let sealer = Sealer::new(&seal_key, settings.random)
            .ok_or_else(|| internal("the sealing key cannot be used".to_owned()))?;
        let trusted = store.issuers().await?;
        let issuers = Arc::new(Issuers::default());
        let app = Self {
            admissions: Admissions::new(Arc::clone(&issuers), settings.own_issuer.clone(), trusted),
            store: Arc::new(store),
            new_id: settings.new_id,
            settings,
            issuers,
            rosters: Rosters::new(),
            sealer,
            refusals: Refusals::default(),
            issuing: Issuing::new(),
            keys,
            trusted_at,
            tenants_due_at: AtomicI64::new(i64::MIN),
            learning: tokio::sync::Mutex::new(()),
            imports: Turns::new(IMPORTS),
        };
        app.trust_issuers()?;
        Ok(app)
    }

    /// The database, for the commands that carry it in and out whole.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Whether requests may be served: what cannot be recorded is not. Asks nobody, so it costs nothing.
    ///
    /// # Errors
    /// The last write could not be committed.
    pub fn ensure_well(&self) -> Result<(), Error> {
        if self.store.is_well() {
            Ok(())
        } else {
            Err(Error::Unavailable("the last write could not be committed".to_owned()))
        }
    }

    /// Returns when what this node keeps in memory can be judged by all that was acknowledged before, on whichever
    /// node; every request that is answered from memory comes here first.
    ///
    /// # Errors
    /// The last write could not be committed, or the database cannot be asked.
    pub async fn catch_up(&self) -> Result<(), Error> {
        self.ensure_well()?;
        if !self.store.is_shared() {
            return Ok(());
        }
        self.store.catch_up().await?;
        let newest = self.store.directory_generation();
        if *self.trusted_at.lock().unwrap_or_else(PoisonError::into_inner) >= newest {
            return Ok(());
        }
        // One reads for all who wait here; nothing else waits for it.
        let _turn = self.learning.lock().await;
        if *self.trusted_at.lock().unwrap_or_else(PoisonError::into_inner) >= newest {
            return Ok(());
        }
        let newest = self.store.directory_generation();
        let (issuers, ring) = (self.store.issuers().await?, self.keys.read(&self.store).await?);
        self.admissions.trust(issuers);
        self.keys.take(ring);
        self.trust_issuers()?;
        *self.trusted_at.lock().unwrap_or_else(PoisonError::into_inner) = newest;
        Ok(())
    }

    /// Whether what is kept in memory can be judged without asking anybody.
    #[must_use]
    pub fn knows_all(&self) -> bool {
        !self.store.is_shared()
    }

    /// Asks the database whether requests can be served.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> Result<(), Error> {
        self.ensure_well()?;
        self.store.check().await
    }

    /// The principal that this very token was found to name in this very tenant, if that still holds. Both
    /// are the header values as they were sent.
    #[must_use]
    pub fn recall(&self, now: Timestamp, token: &str, tenant: &str) -> Option<Arc<Principal>> {
        self.admissions.recall(&self.store, now, token, tenant)
    }

    /// Judges a token (401), then the tenant (403). `tenant` is the header as it was sent, `domain` what it
    /// was read as.
    ///
    /// # Errors
    /// [`Error::InvalidToken`], [`Error::TenantForbidden`], or the database failed.
    pub async fn admit(
        &self,
        now: Timestamp,
        token: &str,
        tenant: &str,
        domain: &DomainName,
    ) -> Result<Admission, Error> {
        self.admissions.admit(&self.store, now, token, tenant, domain).await
    }

    /// Makes a new signing key; the one before goes on verifying what it signed.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rotate_keys(&self, now: Timestamp, actor: ActorEntry) -> Result<KeyEntry, Error> {
        let record = keys::system_record((self.new_id)(now), now, actor, "Rotated the signing key.");
        let entry = self.keys.rotate(&self.store, now, record).await?;
        self.catch_up().await?;
        self.trust_issuers()?;
        Ok(entry)
    }

    /// The keys of Rollcall's own issuer, newest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_keys(&self) -> Result<Vec<KeyEntry>, Error> {
        Ok(self.store.signing_keys().await?.iter().map(KeyEntry::from).collect())
    }

    /// The JWK set of Rollcall's own issuer.
    #[must_use]
    pub fn jwks(&self) -> Arc<[u8]> {
        self.keys.jwks()
    }

    /// The discovery document of Rollcall's own issuer; `base_url` is where its routes are reached.
    #[must_use]
    pub fn discovery(&self, base_url: &str) -> Vec<u8> {
        issuer::discovery_document(&self.settings.own_issuer, base_url)
    }

    /// Writes all that waits and ends the writer. Must be called where blocking is allowed.
    pub fn close(&self) {
        self.store.close();
    }

    pub(crate) fn trust_issuers(&self) -> Result<(), Error> {
        let refused = |issuer: &str, fault: tokens::IssuerSettingsFault| {
            Error::Internal(format!("the issuer `{issuer}` cannot be trusted: {fault}"))
        };
        let mut settings = Vec::new();
        for issuer in self.admissions.trusted().iter() {
            let discovered = IssuerSettings::discovered(&issuer.issuer, &issuer.audience);
            settings.push(discovered.map_err(|fault| refused(&issuer.issuer, fault))?);
        }
        let own = &self.settings.own_issuer;
        let own_settings = IssuerSettings::own(own, &self.settings.own_audience, self.keys.verifying()?);
        settings.push(own_settings.map_err(|fault| refused(own, fault))?);
        self.issuers.configure(settings);
        Ok(())
    }
}
