//! How does much data get in at once? Inside one transaction that the writer holds; the indexes of
//! users are built once at the end when there was no user before.

use std::collections::HashMap;

use domain::customer::{Company, Customer};
use domain::error::Error;
use domain::group::{BUILT_IN, Group};
use domain::id::{ClientId, CustomerId, GroupId, ResellerId, TenantId};
use domain::principal::ApiAccess;
use domain::reseller::Reseller;
use domain::tenant::{Issuer, Tenant};
use domain::text::DomainName;
use domain::user::{Keys, Owner, User};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::deferred::{self, Deferred};
use super::rows::{failure, reseller_column, role_columns};
use super::users::{self, Inserted};

/// Adds things to the directory within one transaction.
pub struct Loader<'t> {
    connection: &'t Connection,
    /// The indexes of users that wait until the end; settled by the first user.
    deferred: Option<Option<Deferred>>,
    counts: HashMap<(TenantId, CustomerId, Option<ResellerId>), i64>,
}

impl<'t> Loader<'t> {
    pub(crate) fn begin(connection: &'t Connection) -> Self {
        Self { connection, deferred: None, counts: HashMap::new() }
    }

    /// Writes the figures of the customers and makes the indexes again.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let write = move || -> rusqlite::Result<()> {
            for ((tenant, customer, context), count) in &self.counts {
                users::apply_effect(
                    self.connection,
                    *tenant,
                    &users::Effect { customer: *customer, context: *context, count: *count },
                )?;
            }
            match self.deferred {
                Some(Some(deferred)) => deferred.finish(self.connection),
                Some(None) | None => Ok(()),
            }
        };
        write().map_err(failure)
    }

    fn insert(&self, sql: &str, values: impl rusqlite::Params) -> Result<bool, Error> {
        let written = self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values));
        written.map(|count| count == 1).map_err(failure)
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
        let added = self.insert(
            "INSERT INTO tenant (tenant_id, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![tenant.id.0, tenant.name],
        )?;
        if added {
            for (id, name) in BUILT_IN {
                self.add_group(tenant.id, &Group { id, name: name.to_owned() })?;
            }
        }
        Ok(added)
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
        self.insert(
            "INSERT INTO domain (domain, tenant_id, reseller_id, position) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![domain.as_str(), tenant.0, reseller.map(|id| id.0), i64::try_from(position).unwrap_or(i64::MAX)],
        )
    }

    /// Trusts an issuer; false when it is known already.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_issuer(&mut self, issuer: &Issuer) -> Result<bool, Error> {
        self.insert(
            "INSERT INTO issuer (issuer, audience, tenants, email_domains, verifies_email)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            params![
                issuer.issuer,
                issuer.audience,
                json(&issuer.tenants)?,
                json(&issuer.email_domains)?,
                issuer.verifies_email
            ],
        )
    }

    /// Adds a reseller, its domains not included; false when the id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_reseller(&mut self, reseller: &Reseller) -> Result<bool, Error> {
        self.insert(
            "INSERT INTO reseller (tenant_id, reseller_id, company, internal_identifier, deleted_at)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            params![
                reseller.tenant.0,
                reseller.id.0,
                json::<Company>(&reseller.company)?,
                reseller.internal_identifier,
                reseller.deleted_at.map(|time| time.to_string()),
            ],
        )
    }

    /// Adds a customer with its relations; false when the id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_customer(&mut self, customer: &Customer) -> Result<bool, Error> {
        let added = self.insert(
            "INSERT INTO customer (tenant_id, customer_id, company, listing_version, user_count, deleted_at)
             VALUES (?1, ?2, ?3, 1, 0, ?4) ON CONFLICT DO NOTHING",
            params![
                customer.tenant.0,
                customer.id.0,
                json::<Company>(&customer.company)?,
                customer.deleted_at.map(|time| time.to_string()),
            ],
        )?;
        if added {
            for relation in &customer.relations {
                self.insert(
                    "INSERT INTO relation (tenant_id, customer_id, reseller_id, internal_identifier,
                                           listing_version, user_count) VALUES (?1, ?2, ?3, ?4, 1, 0)",
                    params![
                        customer.tenant.0,
                        customer.id.0,
                        reseller_column(relation.reseller),
                        relation.internal_identifier
                    ],
                )?;
            }
        }
        Ok(added)
    }

    /// Adds a group; false when the id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_group(&mut self, tenant: TenantId, group: &Group) -> Result<bool, Error> {
        self.insert(
            "INSERT INTO user_group (tenant_id, group_id, name) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![tenant.0, group.id.0, group.name],
        )
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
        if let (Inserted::Done, Some(effect)) = (inserted, users::effect(None, user)) {
            *self.counts.entry((user.tenant, effect.customer, effect.context)).or_default() += effect.count;
        }
        Ok(inserted)
    }

    fn insert_user(&mut self, user: &User, keys: &Keys) -> rusqlite::Result<Inserted> {
        if self.deferred.is_none() {
            self.deferred = Some(Deferred::begin(self.connection, deferred::MOST_REMEMBERED)?);
        }
        if let Some(Some(deferred)) = &mut self.deferred {
            let admitted = deferred.admit(self.connection, user, keys)?;
            if admitted != Inserted::Done {
                return Ok(admitted);
            }
        }
        users::insert(self.connection, user, keys)
    }

    /// Adds an API Access; false when the client id is used.
    ///
    /// # Errors
    /// The database failed.
    pub fn add_api_access(&mut self, access: &ApiAccess) -> Result<bool, Error> {
        let (kind, id) = role_columns(access.role);
        self.insert(
            "INSERT INTO api_access (client_id, tenant_id, name, role_kind, role_id, permission, disabled, issuer,
                                     secret_hashes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            params![
                access.client_id.0,
                access.tenant.0,
                access.name,
                kind,
                id,
                access.permission.name(),
                access.disabled,
                access.issuer,
                json(&access.secret_hashes)?,
            ],
        )
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
        self.exists(
            "SELECT 1 FROM relation WHERE tenant_id = ?1 AND customer_id = ?2 AND reseller_id = ?3",
            params![tenant.0, customer.0, reseller_column(reseller)],
        )
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

fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))
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
