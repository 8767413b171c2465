//! What happens when API Accesses are listed, added, changed and deleted? Secrets are shown once and kept as
//! hashes.

use domain::access::{Action, reach};
use domain::change::{ApiAccessPatch, Change, DropSecret};
use domain::error::{Error, Fault};
use domain::id::ClientId;
use domain::principal::{ApiAccess, Principal};
use store::{Committed, Cut};

use crate::App;
use crate::body::accesses::{NewSecret, OldSecret};
use crate::body::{AccessBody, AccessPatchBody};
use crate::call::Subject;
use crate::secrets;
use crate::write::{Asked, Conditions};

/// An API Access that was added, or given a new secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Issued {
    /// What came of it.
    pub committed: Committed,
    /// The secret, shown this once; none if it takes its tokens from another issuer, or the caller chose it.
    pub secret: Option<String>,
}

impl App {
    /// Lists the API Accesses of a tenant, by name.
    ///
    /// # Errors
    /// Permission; or the database failed.
    pub async fn list_api_accesses(
        &self,
        principal: &Principal,
        limit: u32,
        offset: u64,
    ) -> Result<Cut<ApiAccess>, Error> {
        self.store.api_accesses(reach(principal, Action::ListApiAccesses, None)?, limit, offset).await
    }

    /// Adds an API Access with a secret that nobody chose.
    ///
    /// # Errors
    /// All faults at once; permission; or the database failed.
    pub async fn add_api_access(
        &self,
        asked: Asked<'_>,
        body: &AccessBody,
        faults: Vec<Fault>,
        conditions: &Conditions,
    ) -> Result<Issued, Error> {
        let secret = body.issuer.is_none().then(|| self.new_secret());
        let planned = self.plan_access(asked, body, faults, secret.as_deref()).await;
        let shown = secret.as_deref().unwrap_or_default().as_bytes();
        let done = "Added an API Access.";
        let committed = self.write_with(asked, Subject::default(), planned, conditions, done, shown).await?;
        let secret = self.first_secret(&asked, &committed, conditions, secret);
        Ok(Issued { committed, secret })
    }

    async fn plan_access(
        &self,
        asked: Asked<'_>,
        body: &AccessBody,
        mut faults: Vec<Fault>,
        secret: Option<&str>,
    ) -> Result<Change, Error> {
        faults.extend_from_slice(&body.faults);
        let (Some(name), Some(role), Some(permission), true) =
            (body.name.clone(), body.role, body.permission, faults.is_empty())
        else {
            return Err(Error::Invalid(faults));
        };
        let reach = reach(asked.principal, Action::CreateApiAccess, None)?;
        let access = ApiAccess {
            tenant: reach.tenant(),
            client_id: body.client_id.unwrap_or_else(|| ClientId((self.new_id)(asked.call.at))),
            name,
            role,
            permission,
            disabled: body.disabled,
            issuer: body.issuer.clone(),
            secret_hashes: self.hashed(asked, secret).await?.into_iter().collect(),
            owner_deleted_at: None,
        };
        Ok(Change::AddApiAccess { reach, access: Box::new(access) })
    }

    /// Changes an API Access.
    ///
    /// # Errors
    /// All faults at once; permission; no such API Access; a secret that it does not have, or one too many;
    /// the last Administrator; or the database failed.
    pub async fn change_api_access(
        &self,
        asked: Asked<'_>,
        client: Option<ClientId>,
        body: &AccessPatchBody,
        mut faults: Vec<Fault>,
        conditions: &Conditions,
    ) -> Result<Issued, Error> {
        faults.extend_from_slice(&body.faults);
        let subject = Subject { target: client.map(|id| id.0), ..Subject::default() };
        let made = matches!(body.new_secret, Some(NewSecret::Made)).then(|| self.new_secret());
        let planned = match client.filter(|_| faults.is_empty()) {
            None => Err(Error::Invalid(faults)),
            Some(client) => self.plan_access_patch(asked, client, body, made.as_deref()).await,
        };
        let done = "Changed an API Access.";
        let committed = self.write_with(asked, subject, planned, conditions, done, &[]).await?;
        Ok(Issued { committed, secret: made })
    }

    async fn plan_access_patch(
        &self,
        asked: Asked<'_>,
        client: ClientId,
        body: &AccessPatchBody,
        made: Option<&str>,
    ) -> Result<Change, Error> {
        let reach = reach(asked.principal, Action::UpdateApiAccess, None)?;
        let known = self.store.api_access(client).await?;
        let known = known.filter(|access| access.tenant == reach.tenant()).ok_or(Error::ApiAccessNotFound)?;
        let drop_secret = match &body.drop_secret {
            None => None,
            Some(OldSecret::Oldest) => Some(DropSecret::Oldest),
            Some(OldSecret::Given(secret)) => {
                let hash = self.hash_that_fits(asked, known.secret_hashes, secret).await?;
                // One that fits none is refused by the write, like one that was dropped meanwhile.
                Some(DropSecret::WithHash(hash.unwrap_or_default()))
            }
        };
        let new_secret = match &body.new_secret {
            Some(NewSecret::Given(secret)) => Some(secret.as_str()),
            Some(NewSecret::Made) => made,
            None => None,
        };
        let patch = ApiAccessPatch {
            name: body.name.clone(),
            permission: body.permission,
            disabled: body.disabled,
            drop_secret,
            new_secret_hash: self.hashed(asked, new_secret).await?,
        };
        Ok(Change::ChangeApiAccess { reach, client, patch: Box::new(patch) })
    }

    /// What deleting an API Access takes.
    ///
    /// # Errors
    /// Permission.
    pub fn plan_access_deletion(&self, principal: &Principal, client: ClientId) -> Result<Change, Error> {
        Ok(Change::DeleteApiAccess { reach: reach(principal, Action::DeleteApiAccess, None)?, client })
    }

    /// The secret that is shown: on a repetition the one that was shown first.
    fn first_secret(
        &self,
        asked: &Asked<'_>,
        committed: &Committed,
        conditions: &Conditions,
        secret: Option<String>,
    ) -> Option<String> {
        let (Some(before), Some(repeat)) = (&committed.before, &conditions.repeat) else { return secret };
        repeat
            .open(asked, before)
            .and_then(|text| String::from_utf8(text).ok())
            .filter(|text| !text.is_empty())
    }

    /// A secret with 160 random bits, in hexadecimal digits.
    fn new_secret(&self) -> String {
        (self.settings.random)().iter().take(20).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The hash of a secret, made where it holds nobody up, and only some at a time.
    async fn hashed(&self, asked: Asked<'_>, secret: Option<&str>) -> Result<Option<String>, Error> {
        let Some(secret) = secret.map(str::to_owned) else { return Ok(None) };
        let turn = self.issuing.turn(asked.call.client_address).await?;
        let salt = (self.settings.random)();
        let hash = tokio::task::spawn_blocking(move || {
            let hash = secrets::hash(&secret, salt.get(..16).unwrap_or_default());
            drop(turn);
            hash
        });
        hash.await.map_err(|error| Error::Internal(error.to_string()))?.map(Some).map_err(Error::Internal)
    }

    /// The hash, among these, that a secret was hashed into.
    async fn hash_that_fits(
        &self,
        asked: Asked<'_>,
        hashes: Vec<String>,
        secret: &str,
    ) -> Result<Option<String>, Error> {
        let secret = secret.to_owned();
        let turn = self.issuing.turn(asked.call.client_address).await?;
        let found = tokio::task::spawn_blocking(move || {
            let found = hashes.into_iter().find(|hash| secrets::verify(&secret, hash));
            drop(turn);
            found
        });
        found.await.map_err(|error| Error::Internal(error.to_string()))
    }
}
