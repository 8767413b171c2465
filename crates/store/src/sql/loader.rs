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
use sha2::{Digest, Sha256};

use super::changes::{self, Addition, Destination, Tools};
use super::companies;
use super::deferred::{self, Deferred};
use super::idempotency::{self, Once};
use super::rows::{Salt, to_json};
use super::terms::{self, LoadedTerms};
use super::users::{self, Beside, Effect, Inserted};
use super::writer::Means;
use crate::postgres::gathered::Gathered;
use crate::sql::failure;
use crate::sql::{self, Connection, OptionalExtension, Params, params};

/// Adds things to the directory within one transaction.
pub struct Loader<'t> {
    connection: &'t Connection,
    means: &'t Means,
    /// Salts of new people are made of these random bytes and of how many there were before.
    salts: ([u8; 32], u64),
    arriving: Arriving,
    terms: Option<LoadedTerms>,
    counts: HashMap<(TenantId, Owner, Option<ResellerId>), i64>,
    owners: HashMap<(TenantId, Owner), bool>,
}

/// How users get in.
enum Arriving {
    /// Settled by the first user.
    Unsettled,
    /// Each by itself.
    OneByOne,
    /// With the indexes made at the end.
    Deferred(Deferred),
    /// By the thousand, where that is possible.
    Gathered(Box<Gathered>),
}

/// How many answers about owners are remembered.
const REMEMBERED: usize = 65_536;

impl<'t> Loader<'t> {
    pub(crate) fn begin(connection: &'t Connection, means: &'t Means) -> Self {
        Self {
            connection,
            means,
            salts: ((means.random)(), 0),
            arriving: Arriving::Unsettled,
            terms: None,
            counts: HashMap::new(),
            owners: HashMap::new(),
        }
    }

    /// Writes the figures of the owners and makes the indexes again.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let write = move || -> sql::Result<()> {
            let mut arriving = self.arriving;
            if let (Arriving::Gathered(gathered), Some(session)) = (&mut arriving, self.connection.postgres())
            {
                gathered.send(session)?;
            }
            let mut effects: HashMap<TenantId, Vec<Effect>> = HashMap::new();
            for ((tenant, owner, context), count) in self.counts {
                effects.entry(tenant).or_default().push(Effect { owner, context, count });
            }
            for (tenant, effects) in effects {
                self.connection.enter(tenant)?;
                users::apply_effects(self.connection, tenant, &effects)?;
            }
            if let (Arriving::Deferred(deferred), Some(embedded)) = (arriving, self.connection.sqlite()) {
                deferred.finish(embedded)?;
            }
            self.terms.map_or(Ok(()), |terms| terms.finish(self.connection))
        };
        write().map_err(failure)
    }

    /// Says whose rows come next.
    fn enter(&self, tenant: TenantId) -> Result<(), Error> {
        self.connection.enter_to_write(tenant).map_err(failure)
    }

    fn exists(&self, sql: &str, values: Params<'_>) -> Result<bool, Error> {
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
        self.enter(tenant.id)?;
        changes::insert_tenant(self.connection, tenant, &self.means.signer).map_err(failure)
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
        self.enter(tenant)?;
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
        self.enter(reseller.tenant)?;
        let is_new = companies::insert_reseller(self.connection, reseller).map_err(failure)?;
        if is_new {
            self.learn(reseller.tenant, Owner::Reseller(reseller.id), reseller.deleted_at.is_none());
        }
        Ok(is_new)
    }

    /// Adds a customer with its relations; false when the id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_customer(&mut self, customer: &Customer) -> Result<bool, Error> {
        self.enter(customer.tenant)?;
        let is_new = companies::insert_customer(self.connection, customer).map_err(failure)?;
        if is_new {
            self.learn(customer.tenant, Owner::Customer(customer.id), customer.deleted_at.is_none());
        }
        Ok(is_new)
    }

    /// Adds a group; false when the id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_group(&mut self, tenant: TenantId, group: &Group) -> Result<bool, Error> {
        self.enter(tenant)?;
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
        self.enter(user.tenant)?;
        let inserted = self.insert_user(user, keys).map_err(failure)?;
        if inserted == Inserted::Done {
            let effect = users::effect(None, user);
            *self.counts.entry((user.tenant, effect.owner, effect.context)).or_default() += effect.count;
        }
        Ok(inserted)
    }

    fn insert_user(&mut self, user: &User, keys: &Keys) -> sql::Result<Inserted> {
        let connection = self.connection;
        if matches!(self.arriving, Arriving::Unsettled) {
            self.arriving = match connection {
                Connection::Sqlite(embedded) => Deferred::begin(embedded, deferred::MOST_REMEMBERED)?
                    .map_or(Arriving::OneByOne, Arriving::Deferred),
                Connection::Postgres(_) => Arriving::Gathered(Box::default()),
            };
        }
        let beside = Beside { salt: self.next_salt(), owner_lives: self.owner_lives(user)? };
        if let (Arriving::Gathered(gathered), Some(session)) = (&mut self.arriving, connection.postgres())
            && gathered.takes(session, user.tenant)?
        {
            return gathered.add(session, user, keys, beside);
        }
        if users::is_former(connection, user.tenant, user.id)? {
            return Ok(Inserted::IdUsed);
        }
        if let (Arriving::Deferred(deferred), Some(embedded)) = (&mut self.arriving, connection.sqlite()) {
            let admitted = deferred.admit(embedded, user, keys)?;
            if admitted != Inserted::Done {
                return Ok(admitted);
            }
        }
        let inserted = users::insert(connection, user, keys, beside)?;
        if users::is_shown(user, beside.owner_lives) && inserted == Inserted::Done {
            self.keep_terms(user, keys)?;
        }
        Ok(inserted)
    }

    fn keep_terms(&mut self, user: &User, keys: &Keys) -> sql::Result<()> {
        if self.connection.postgres().is_some() {
            return terms::replace(self.connection, user, &[], &keys.terms);
        }
        let terms = match self.terms.take() {
            Some(terms) => terms,
            None => LoadedTerms::begin(self.connection)?,
        };
        self.terms.insert(terms).keep(self.connection, user, &keys.terms)
    }

    fn next_salt(&mut self) -> Salt {
        let (random, drawn) = &mut self.salts;
        *drawn += 1;
        let digest = Sha256::new_with_prefix(*random).chain_update(drawn.to_be_bytes()).finalize();
        digest.first_chunk().copied().unwrap_or_default()
    }

    fn owner_lives(&mut self, user: &User) -> sql::Result<bool> {
        if let Some(lives) = self.owners.get(&(user.tenant, user.owner)) {
            return Ok(*lives);
        }
        let lives = users::owner_lives(self.connection, user.tenant, user.owner)?;
        self.learn(user.tenant, user.owner, lives);
        Ok(lives)
    }

    /// Remembers whether an owner lives, so that its users need not ask.
    fn learn(&mut self, tenant: TenantId, owner: Owner, lives: bool) {
        if self.owners.len() >= REMEMBERED {
            self.owners.clear();
        }
        self.owners.insert((tenant, owner), lives);
    }

    /// Does a change that comes before the work, and tells what the audit trail says of it.
    ///
    /// # Errors
    /// What the change is refused for, or the database failed.
    pub fn apply(&mut self, change: &Change, at: Timestamp) -> Result<Vec<PropertyChange>, Error> {
        self.enter(change.tenant())?;
        changes::apply(self.connection, &self.tools(at), change).map(|applied| applied.told.changes)
    }

    /// To whom new users belong, once that exists for the caller.
    ///
    /// # Errors
    /// [`Error::CustomerNotFound`], then [`Error::ResellerNotRelated`], or the database failed.
    pub fn destination(&self, place: &Place) -> Result<Destination, Error> {
        self.enter(place.tenant())?;
        changes::destination(self.connection, place)
    }

    fn tools(&self, at: Timestamp) -> Tools<'t> {
        Tools { at, seal: self.means.seal, random: self.means.random, signer: &self.means.signer, seen: None }
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
        if matches!(self.arriving, Arriving::Unsettled) {
            self.arriving = Arriving::OneByOne;
        }
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
        self.enter(once.tenant)?;
        Ok(idempotency::recall(self.connection, once, now)?.map(|before| before.outcome))
    }

    /// Keeps what came of a request.
    ///
    /// # Errors
    /// The database failed.
    pub fn remember(&self, once: &Once, outcome: &Outcome, now: Timestamp) -> Result<(), Error> {
        self.enter(once.tenant)?;
        idempotency::remember(self.connection, once, outcome, None, now).map_err(failure)
    }

    /// Adds an API Access; false when the client id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_api_access(&mut self, access: &ApiAccess) -> Result<bool, Error> {
        self.enter(access.tenant)?;
        changes::insert_access(self.connection, access).map_err(failure)
    }

    /// Whether the tenant exists.
    ///
    /// # Errors
    /// The database failed.
    pub fn has_tenant(&self, tenant: TenantId) -> Result<bool, Error> {
        self.enter(tenant)?;
        self.exists("SELECT 1 FROM tenant WHERE tenant_id = ?1", params![tenant.0])
    }

    /// Whether the owner exists in the tenant.
    ///
    /// # Errors
    /// The database failed.
    pub fn has_owner(&self, tenant: TenantId, owner: Owner) -> Result<bool, Error> {
        // Whoever lives is there.
        if self.owners.get(&(tenant, owner)) == Some(&true) {
            return Ok(true);
        }
        self.enter(tenant)?;
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
        self.enter(tenant)?;
        companies::is_related(self.connection, tenant, customer, reseller).map_err(failure)
    }

    /// The group's name, if it exists in the tenant.
    ///
    /// # Errors
    /// The database failed.
    pub fn group_name(&self, tenant: TenantId, group: GroupId) -> Result<Option<String>, Error> {
        self.enter(tenant)?;
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
        self.connection.leave();
        self.exists("SELECT 1 FROM api_access WHERE client_id = ?1", params![client.0])
    }
}

impl Loader<'_> {
    /// Puts these keys of Rollcall's own issuer in the place of those that are stored; false if there are others than
    /// those `before`, because another node was faster.
    ///
    /// # Errors
    /// The database failed.
    pub fn replace_signing_keys(
        &mut self,
        before: &[crate::StoredKey],
        keys: &[crate::StoredKey],
    ) -> Result<bool, Error> {
        let write = || -> sql::Result<bool> {
            if self.connection.postgres().is_some() {
                // Another node that makes a first key, or rotates, waits here.
                self.connection.query_row(
                    "SELECT name FROM meta WHERE name = 'epoch' FOR NO KEY UPDATE",
                    params![],
                    |_| Ok(()),
                )?;
            }
            let mut known: Vec<String> = before.iter().map(|key| key.key_id.clone()).collect();
            known.sort_unstable();
            let stored: Vec<String> = self
                .connection
                .prepare_cached("SELECT key_id FROM signing_key ORDER BY key_id")?
                .query_map(params![], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            if stored != known {
                return Ok(false);
            }
            self.connection.execute("DELETE FROM signing_key", params![])?;
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
            Ok(true)
        };
        write().map_err(failure)
    }
}
