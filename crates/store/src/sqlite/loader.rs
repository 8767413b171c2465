//! How does much data get in at once? Inside one transaction that the writer holds; the indexes of
//! users are built once at the end when there was no user before.

use std::collections::HashMap;

use domain::audit::PropertyChange;
use domain::change::{Change, Outcome, Place};
use domain::customer::Customer;
use domain::error::Error;
use domain::group::Group;
use domain::id::{ClientId, CustomerId, GroupId, ResellerId, TenantId};
use domain::principal::ApiAccess;
use domain::reseller::Reseller;
use domain::tenant::{Issuer, Tenant};
use domain::text::DomainName;
use domain::user::{Keys, NewUser, Owner, User};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::changes::{self, Addition, Destination, Tools};
use super::companies;
use super::deferred::{self, Deferred};
use super::idempotency::{self, Once};
use super::rows::{Salt, failure, to_json};
use super::terms::LoadedTerms;
use super::users::{self, Beside, Inserted};
use super::writer::Means;

/// Adds things to the directory within one transaction.
pub struct Loader<'t> {
    connection: &'t Connection,
    means: Means,
    /// Salts of new people are made of these random bytes and of how many there were before.
    salts: ([u8; 32], u64),
    /// The indexes of users that wait until the end; settled by the first user.
    deferred: Option<Option<Deferred>>,
    terms: Option<LoadedTerms>,
    counts: HashMap<(TenantId, Owner, Option<ResellerId>), i64>,
    owners: HashMap<(TenantId, Owner), bool>,
}

/// How many answers about owners are remembered.
const REMEMBERED: usize = 65_536;

impl<'t> Loader<'t> {
    pub(crate) fn begin(connection: &'t Connection, means: &Means) -> Self {
        Self {
            connection,
            means: *means,
            salts: ((means.random)(), 0),
            deferred: None,
            terms: None,
            counts: HashMap::new(),
            owners: HashMap::new(),
        }
    }

    /// Writes the figures of the owners and makes the indexes again.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let write = move || -> rusqlite::Result<()> {
            for ((tenant, owner, context), count) in &self.counts {
                let effect = users::Effect { owner: *owner, context: *context, count: *count };
                users::apply_effect(self.connection, *tenant, &effect)?;
            }
            if let Some(Some(deferred)) = self.deferred {
                deferred.finish(self.connection)?;
            }
            self.terms.map_or(Ok(()), |terms| terms.finish(self.connection))
        };
        write().map_err(failure)
    }

    fn exists(&self, sql: &str, values: impl rusqlite::Params) -> Result<bool, Error> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.exists(values))
            .map_err(failure)
    }

    /// Adds a tenant with its three built-in groups; false when the id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_tenant(&mut self, tenant: &Tenant) -> Result<bool, Error> {
        changes::insert_tenant(self.connection, tenant).map_err(failure)
    }

    /// Leads a domain to a tenant; false when it leads somewhere already. `position` keeps the order.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_domain(
        &mut self,
        domain: &DomainName,
        tenant: TenantId,
        reseller: Option<ResellerId>,
        position: usize,
    ) -> Result<bool, Error> {
        companies::insert_domain(self.connection, domain, tenant, reseller, position).map_err(failure)
    }

    /// Trusts an issuer; false when it is known already.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_issuer(&mut self, issuer: &Issuer) -> Result<bool, Error> {
        let write = || {
            self.connection
                .prepare_cached(
                    "INSERT INTO issuer (issuer, audience, tenants, email_domains, verifies_email)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                )?
                .execute(params![
                    issuer.issuer,
                    issuer.audience,
                    to_json(&issuer.tenants)?,
                    to_json(&issuer.email_domains)?,
                    issuer.verifies_email
                ])
        };
        write().map(|count| count == 1).map_err(failure)
    }

    /// Adds a reseller, its domains not included; false when the id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_reseller(&mut self, reseller: &Reseller) -> Result<bool, Error> {
        companies::insert_reseller(self.connection, reseller).map_err(failure)
    }

    /// Adds a customer with its relations; false when the id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_customer(&mut self, customer: &Customer) -> Result<bool, Error> {
        companies::insert_customer(self.connection, customer).map_err(failure)
    }

    /// Adds a group; false when the id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_group(&mut self, tenant: TenantId, group: &Group) -> Result<bool, Error> {
        changes::insert_group(self.connection, tenant, group).map_err(failure)
    }

    /// Adds a user.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_user(&mut self, user: &User) -> Result<Inserted, Error> {
        self.add_user_with(user, &user.keys())
    }

    /// Adds a user whose keys were made elsewhere by [`User::keys`].
    ///
    /// # Errors
    /// The database failed.
    pub fn add_user_with(&mut self, user: &User, keys: &Keys) -> Result<Inserted, Error> {
        let inserted = self.insert_user(user, keys).map_err(failure)?;
        if inserted == Inserted::Done {
            let effect = users::effect(None, user);
            *self.counts.entry((user.tenant, effect.owner, effect.context)).or_default() += effect.count;
        }
        Ok(inserted)
    }

    fn insert_user(&mut self, user: &User, keys: &Keys) -> rusqlite::Result<Inserted> {
        if users::is_former(self.connection, user.tenant, user.id)? {
            return Ok(Inserted::IdUsed);
        }
        if self.deferred.is_none() {
            self.deferred = Some(Deferred::begin(self.connection, deferred::MOST_REMEMBERED)?);
        }
        let beside = Beside { salt: self.next_salt(), owner_lives: self.owner_lives(user)? };
        let is_shown = users::is_shown(user, beside.owner_lives);
        if let Some(Some(deferred)) = &mut self.deferred {
            let admitted = deferred.admit(self.connection, user, keys)?;
            if admitted != Inserted::Done {
                return Ok(admitted);
            }
        }
        let inserted = users::insert(self.connection, user, keys, beside)?;
        if is_shown && inserted == Inserted::Done {
            let terms = match self.terms.take() {
                Some(terms) => terms,
                None => LoadedTerms::begin(self.connection)?,
            };
            self.terms.insert(terms).keep(self.connection, user, &keys.terms)?;
        }
        Ok(inserted)
    }

    fn next_salt(&mut self) -> Salt {
        let (random, drawn) = &mut self.salts;
        *drawn += 1;
        let digest = Sha256::new_with_prefix(*random).chain_update(drawn.to_be_bytes()).finalize();
        digest.first_chunk().copied().unwrap_or_default()
    }

    fn owner_lives(&mut self, user: &User) -> rusqlite::Result<bool> {
        let key = (user.tenant, user.owner);
        if let Some(lives) = self.owners.get(&key) {
            return Ok(*lives);
        }
        let lives = users::owner_lives(self.connection, user.tenant, user.owner)?;
        if self.owners.len() >= REMEMBERED {
            self.owners.clear();
        }
        self.owners.insert(key, lives);
        Ok(lives)
    }

    /// Does a change that comes before the work, and tells what the audit trail says of it.
    ///
    /// # Errors
    /// What the change is refused for, or the database failed.
    pub fn apply(&mut self, change: &Change, at: Timestamp) -> Result<Vec<PropertyChange>, Error> {
        changes::apply(self.connection, &self.tools(at), change).map(|applied| applied.told.changes)
    }

    /// To whom new users belong, once that exists for the caller.
    ///
    /// # Errors
    /// [`Error::CustomerNotFound`], then [`Error::ResellerNotRelated`], or the database failed.
    pub fn destination(&self, place: &Place) -> Result<Destination, Error> {
        changes::destination(self.connection, place)
    }

    fn tools(&self, at: Timestamp) -> Tools<'static> {
        Tools { at, seal: self.means.seal, random: self.means.random, seen: None }
    }

    /// Adds a user, or revives the one that was deleted, as the API does.
    ///
    /// # Errors
    /// What the user is refused for, or the database failed. Nothing of this user is written then.
    pub fn add_or_revive(
        &mut self,
        destination: &Destination,
        user: &NewUser,
        at: Timestamp,
        restorable_since: Timestamp,
    ) -> Result<Outcome, Error> {
        // What is looked up for each user needs the indexes.
        self.deferred.get_or_insert(None);
        match changes::judge(self.connection, destination, user, restorable_since)? {
            Addition::New(user) => {
                changes::refuse_used(self.add_user(&user)?)?;
                Ok(Outcome::Added(user.id.0))
            }
            Addition::Revival(deleted, revived) => {
                changes::replace_user(self.connection, &self.tools(at), &deleted, &revived)?;
                Ok(Outcome::Revived(revived.id.0))
            }
        }
    }

    /// What came of the same request before, if it was done within the day.
    ///
    /// # Errors
    /// The key was used for another request, or the database failed.
    pub fn recall(&self, once: &Once, now: Timestamp) -> Result<Option<Outcome>, Error> {
        Ok(idempotency::recall(self.connection, once, now)?.map(|before| before.outcome))
    }

    /// Keeps what came of a request.
    ///
    /// # Errors
    /// The database failed.
    pub fn remember(&self, once: &Once, outcome: &Outcome, now: Timestamp) -> Result<(), Error> {
        idempotency::remember(self.connection, once, outcome, None, now).map_err(failure)
    }

    /// Adds an API Access; false when the client id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_api_access(&mut self, access: &ApiAccess) -> Result<bool, Error> {
        changes::insert_access(self.connection, access).map_err(failure)
    }

    /// Whether the tenant exists.
    ///
    /// # Errors
    /// The database failed.
    pub fn has_tenant(&self, tenant: TenantId) -> Result<bool, Error> {
        self.exists("SELECT 1 FROM tenant WHERE tenant_id = ?1", [tenant.0])
    }

    /// Whether the owner exists in the tenant.
    ///
    /// # Errors
    /// The database failed.
    pub fn has_owner(&self, tenant: TenantId, owner: Owner) -> Result<bool, Error> {
        match owner {
            Owner::Csp => self.has_tenant(tenant),
            Owner::Reseller(id) => self.exists(
                "SELECT 1 FROM reseller WHERE tenant_id = ?1 AND reseller_id = ?2",
                params![tenant.0, id.0],
            ),
            Owner::Customer(id) => self.exists(
                "SELECT 1 FROM customer WHERE tenant_id = ?1 AND customer_id = ?2",
                params![tenant.0, id.0],
            ),
        }
    }

    /// Whether the customer has this relation.
    ///
    /// # Errors
    /// The database failed.
    pub fn has_relation(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        reseller: Option<ResellerId>,
    ) -> Result<bool, Error> {
        companies::is_related(self.connection, tenant, customer, reseller).map_err(failure)
    }

    /// The group's name, if it exists in the tenant.
    ///
    /// # Errors
    /// The database failed.
    pub fn group_name(&self, tenant: TenantId, group: GroupId) -> Result<Option<String>, Error> {
        self.connection
            .prepare_cached("SELECT name FROM user_group WHERE tenant_id = ?1 AND group_id = ?2")
            .and_then(|mut statement| {
                statement.query_row(params![tenant.0, group.0], |row| row.get(0)).optional()
            })
            .map_err(failure)
    }

    /// The tenants that an issuer is trusted for, if it is known.
    ///
    /// # Errors
    /// The database failed.
    pub fn issuer_tenants(&self, issuer: &str) -> Result<Option<Vec<TenantId>>, Error> {
        let issuers = super::principals::issuers(self.connection).map_err(failure)?;
        Ok(issuers.into_iter().find(|known| known.issuer == issuer).map(|known| known.tenants))
    }

    /// Whether the client id is used by any tenant.
    ///
    /// # Errors
    /// The database failed.
    pub fn has_client(&self, client: ClientId) -> Result<bool, Error> {
        self.exists("SELECT 1 FROM api_access WHERE client_id = ?1", [client.0])
    }
}

impl Loader<'_> {
    /// Puts these keys of Rollcall's own issuer in the place of those that are stored.
    ///
    /// # Errors
    /// The database failed.
    pub fn replace_signing_keys(&mut self, keys: &[crate::StoredKey]) -> Result<(), Error> {
        let write = || -> rusqlite::Result<()> {
            self.connection.execute("DELETE FROM signing_key", [])?;
            for key in keys {
                self.connection.execute(
                    "INSERT INTO signing_key (key_id, private_key, created_at, retired_at) VALUES (?1, ?2, ?3, ?4)",
                    params![
                        key.key_id,
                        key.private_key,
                        key.created_at.to_string(),
                        key.retired_at.map(|time| time.to_string())
                    ],
                )?;
            }
            Ok(())
        };
        write().map_err(failure)
    }
}
