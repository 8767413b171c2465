//! Who is asking? A verified token and a tenant become a principal, or a refusal.
//!
//! The signature of a token is checked once and who it names is looked up once; both are kept for as long
//! as nothing that decided them has changed.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

use domain::change::Change;
use domain::error::Error;
use domain::id::{ClientId, TenantId};
use domain::principal::{Actor, Permissions, Principal};
use domain::tenant::Issuer;
use domain::text::{DomainName, Email};
use jiff::Timestamp;
use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};
use store::{Generation, Person, Store};

use crate::personal;
use crate::tokens::{Bearer, Issuers, VerifiedToken};

/// How many bytes of admissions are kept.
const KEPT_BYTES: u64 = 32 << 20;
/// What an admission weighs beside its key.
const WEIGHT: usize = 512;

/// A principal, let in. The first token of a person also brings the change that binds it; it is committed
/// with the audit record of the request.
#[derive(Clone, Debug)]
pub struct Admission {
    /// Who is asking.
    pub principal: Arc<Principal>,
    /// What has to be committed before the request may be answered.
    pub binding: Option<Change>,
}

/// The header values by which an admission is found again.
#[derive(Clone, PartialEq, Eq)]
struct Credentials {
    tenant: Box<str>,
    token: Box<str>,
}

/// The same, borrowed from a request.
struct Presented<'a> {
    tenant: &'a str,
    token: &'a str,
}

impl Hash for Credentials {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Presented { tenant: &self.tenant, token: &self.token }.hash(state);
    }
}

impl Hash for Presented<'_> {
    /// The signature, at the end, tells tokens apart; equality is judged by the whole text.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.tenant.hash(state);
        let bytes = self.token.as_bytes();
        bytes.get(bytes.len().saturating_sub(64)..).unwrap_or(bytes).hash(state);
    }
}

impl Equivalent<Credentials> for Presented<'_> {
    fn equivalent(&self, key: &Credentials) -> bool {
        *self.token == *key.token && *self.tenant == *key.tenant
    }
}

struct Kept {
    verified: VerifiedToken,
    directory: Generation,
    /// Of the user, where it is one.
    person: Option<Generation>,
    principal: Arc<Principal>,
}

impl Kept {
    /// Whether nothing that decided it has changed.
    fn still_holds(&self, store: &Store, now: Timestamp) -> bool {
        self.directory == store.directory_generation()
            && self.person == person_generation(store, &self.principal)
            && self.verified.still_holds(now)
    }
}

fn person_generation(store: &Store, principal: &Principal) -> Option<Generation> {
    match principal.actor {
        Actor::User(id) => Some(store.person_generation(principal.tenant, id)),
        Actor::ApiAccess(_) | Actor::Operator => None,
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Credentials, Arc<Kept>> for ByBytes {
    fn weight(&self, key: &Credentials, _: &Arc<Kept>) -> u64 {
        (WEIGHT + key.tenant.len() + key.token.len()) as u64
    }
}

/// Lets principals in.
pub(crate) struct Admissions {
    kept: Cache<Credentials, Arc<Kept>, ByBytes>,
    issuers: Arc<Issuers>,
    own_issuer: String,
    trusted: RwLock<Arc<[Issuer]>>,
}

impl Admissions {
    pub(crate) fn new(issuers: Arc<Issuers>, own_issuer: String, trusted: Vec<Issuer>) -> Self {
        let trusted = RwLock::new(trusted.into());
        Self { kept: Cache::with_weighter(16_384, KEPT_BYTES, ByBytes), issuers, own_issuer, trusted }
    }

    /// The issuers that the directory trusts.
    pub(crate) fn trusted(&self) -> Arc<[Issuer]> {
        Arc::clone(&self.trusted.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Trusts these issuers from now on.
    pub(crate) fn trust(&self, issuers: Vec<Issuer>) {
        *self.trusted.write().unwrap_or_else(PoisonError::into_inner) = issuers.into();
    }

    /// The principal that this very token was found to name in this very tenant, if nothing that decided it
    /// has changed since.
    pub(crate) fn recall(
        &self,
        store: &Store,
        now: Timestamp,
        token: &str,
        tenant: &str,
    ) -> Option<Arc<Principal>> {
        let kept = self.kept.get(&Presented { tenant, token })?;
        kept.still_holds(store, now).then(|| Arc::clone(&kept.principal))
    }

    /// Judges a token (401), then the tenant (403). `tenant` is the header as it was sent, `domain` what it
    /// was read as.
    pub(crate) async fn admit(
        &self,
        store: &Store,
        now: Timestamp,
        token: &str,
        tenant: &str,
        domain: &DomainName,
    ) -> Result<Admission, Error> {
        let (directory, people) = (store.directory_generation(), store.people_generation());
        let known = self.kept.get(&Presented { tenant, token }).filter(|kept| kept.verified.still_holds(now));
        let verified = match known {
            // The signature was checked before; only the directory has changed.
            Some(kept) => kept.verified.clone(),
            None => self
                .issuers
                .verify(token, now)
                .await
                .map_err(|refusal| Error::InvalidToken(refusal.cause()))?,
        };
        let admission = self.resolve(store, &verified, domain).await?;
        let principal = Arc::clone(&admission.principal);
        let person = person_generation(store, &principal);
        // Whom a token names is known only after reading; what changed meanwhile may have been this person.
        let is_newest = person.is_none() || people == store.people_generation();
        if admission.binding.is_none() && is_newest {
            let credentials = Credentials { tenant: tenant.into(), token: token.into() };
            self.kept.insert(credentials, Arc::new(Kept { verified, directory, person, principal }));
        }
        Ok(admission)
    }

    async fn resolve(
        &self,
        store: &Store,
        verified: &VerifiedToken,
        domain: &DomainName,
    ) -> Result<Admission, Error> {
        match &verified.bearer {
            Bearer::App { client_id } => {
                self.resolve_app(store, &verified.issuer, ClientId(*client_id), domain).await
            }
            Bearer::User { subject, email, email_verified } => {
                let tenant = tenant_of(store, domain).await?;
                let trusted = self.trusted();
                let issuer = issuer_for(&trusted, &verified.issuer, tenant)?;
                let vouched = email.as_deref().filter(|_| *email_verified || issuer.verifies_email);
                resolve_user(store, tenant, issuer, subject, vouched).await
            }
        }
    }

    async fn resolve_app(
        &self,
        store: &Store,
        issuer: &str,
        client: ClientId,
        domain: &DomainName,
    ) -> Result<Admission, Error> {
        let access = store.api_access(client).await?.ok_or(Error::InvalidToken("the client is unknown"))?;
        let bound_to = access.issuer.as_deref().unwrap_or(&self.own_issuer);
        if bound_to != issuer {
            return Err(Error::InvalidToken("the client is bound to another issuer"));
        }
        if access.issuer.is_some() && issuer_for(&self.trusted(), issuer, access.tenant).is_err() {
            return Err(Error::InvalidToken("the issuer is not trusted for the client's tenant"));
        }
        if access.disabled {
            return Err(Error::InvalidToken("the client is disabled"));
        }
        if access.owner_deleted_at.is_some() {
            return Err(Error::InvalidToken("the client's owner is deleted"));
        }
        if tenant_of(store, domain).await? != access.tenant {
            return Err(Error::TenantForbidden("the client belongs to another tenant"));
        }
        let principal = Principal {
            tenant: access.tenant,
            actor: Actor::ApiAccess(client),
            name: access.name.into(),
            role: access.role,
            context: None,
            permissions: access.permission.into(),
        };
        Ok(Admission { principal: Arc::new(principal), binding: None })
    }
}

fn issuer_for<'i>(trusted: &'i [Issuer], issuer: &str, tenant: TenantId) -> Result<&'i Issuer, Error> {
    trusted
        .iter()
        .find(|trusted| trusted.issuer == issuer && trusted.tenants.contains(&tenant))
        .ok_or(Error::TenantForbidden("the issuer is not trusted for this tenant"))
}

async fn tenant_of(store: &Store, domain: &DomainName) -> Result<TenantId, Error> {
    let owner = store.domain_owner(domain).await?;
    owner.map(|owner| owner.tenant).ok_or(Error::TenantForbidden("the domain is unknown"))
}

/// Finds the user that an issuer's subject names: the one it is bound to, or else the one live user with
/// the e-mail that the issuer vouches for, who is then to be bound.
async fn resolve_user(
    store: &Store,
    tenant: TenantId,
    issuer: &Issuer,
    subject: &str,
    vouched: Option<&str>,
) -> Result<Admission, Error> {
    if let Some(person) = store.bound_person(tenant, &issuer.issuer, subject).await? {
        if !person.alive {
            return Err(Error::TenantForbidden("the user is deleted"));
        }
        return Ok(Admission { principal: principal_of(tenant, &person), binding: None });
    }
    let email = vouched
        .and_then(|email| Email::parse(email).ok())
        .ok_or(Error::TenantForbidden("the subject is unknown and its e-mail is not vouched for"))?;
    if !email.domain().is_some_and(|domain| issuer.email_domains.contains(&domain)) {
        return Err(Error::TenantForbidden("the issuer may not vouch for this e-mail domain"));
    }
    let people = store.people_by_email(tenant, email.folded()).await?;
    let [person] = people.as_slice() else {
        return Err(Error::TenantForbidden("no user, or several, have the e-mail"));
    };
    if !person.alive {
        return Err(Error::TenantForbidden("the user's owner is deleted"));
    }
    if person.bound {
        // Another request of the same person may have bound it since the first look.
        return match store.bound_person(tenant, &issuer.issuer, subject).await? {
            Some(bound) if bound.alive => {
                Ok(Admission { principal: principal_of(tenant, &bound), binding: None })
            }
            _ => Err(Error::TenantForbidden("the user is bound to another subject")),
        };
    }
    let binding = Change::BindIdentity {
        tenant,
        user: person.id,
        issuer: issuer.issuer.clone(),
        subject: subject.to_owned(),
    };
    Ok(Admission { principal: principal_of(tenant, person), binding: Some(binding) })
}

fn principal_of(tenant: TenantId, person: &Person) -> Arc<Principal> {
    Arc::new(Principal {
        tenant,
        actor: Actor::User(person.id),
        name: personal::seal(&person.salt, &person.email).into(),
        role: person.owner.into(),
        context: person.context,
        permissions: Permissions::of_groups(person.groups.iter().copied()),
    })
}
