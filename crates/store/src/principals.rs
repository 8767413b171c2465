//! Who may ask: domains, issuers, clients, and the people that subjects are bound to.

use std::collections::HashMap;

use domain::error::Error;
use domain::id::{ClientId, TenantId, UserId};
use domain::principal::ApiAccess;
use domain::tenant::{DomainOwner, Issuer, Tenant};
use domain::text::DomainName;

use crate::fair::Asker;
use crate::sql::{export, principals, salts};
use crate::{Generation, Person, Store};

impl Store {
    /// What is the newest now of who callers are, people aside. Take it before reading.
    #[must_use]
    pub fn directory_generation(&self) -> Generation {
        self.generations.of_directory()
    }

    /// What is the newest now of all people as callers. Take it before reading.
    #[must_use]
    pub fn people_generation(&self) -> Generation {
        self.generations.of_everybody()
    }

    /// What is the newest now of one user as a caller. Take it before reading.
    #[must_use]
    pub fn person_generation(&self, tenant: TenantId, user: UserId) -> Generation {
        self.generations.of_person(tenant, user)
    }

    /// Where a portal's domain leads.
    ///
    /// # Errors
    /// The database failed; so for every function here.
    pub async fn domain_owner(&self, domain: &DomainName) -> Result<Option<DomainOwner>, Error> {
        let domain = domain.clone();
        self.readers
            .read_briefly(Asker::Stranger, move |connection| principals::domain_owner(connection, &domain))
            .await
    }

    /// All issuers that this directory trusts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn issuers(&self) -> Result<Vec<Issuer>, Error> {
        self.readers.read(Asker::House, principals::issuers).await
    }

    /// The API Access with this client id, of whatever tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn api_access(&self, client: ClientId) -> Result<Option<ApiAccess>, Error> {
        self.readers
            .read_briefly(Asker::Stranger, move |connection| principals::api_access(connection, client))
            .await
    }

    /// The user that an issuer's subject is bound to in this tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn bound_person(
        &self,
        tenant: TenantId,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Person>, Error> {
        let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
        self.readers
            .read_briefly(tenant, move |connection| {
                principals::bound_person(connection, tenant, &issuer, &subject)
            })
            .await
    }

    /// The live users of a tenant with this folded e-mail: two at most.
    ///
    /// # Errors
    /// The database failed.
    pub async fn people_by_email(&self, tenant: TenantId, folded: String) -> Result<Vec<Person>, Error> {
        self.readers
            .read_briefly(tenant, move |connection| principals::people_by_email(connection, tenant, &folded))
            .await
    }

    /// All tenants with their domains, by id.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, Error> {
        self.readers.read(Asker::House, export::tenants).await
    }

    /// The salts by which the trail's sealed texts about these users can be opened. Whoever was forgotten has
    /// none any more.
    ///
    /// # Errors
    /// The database failed.
    pub async fn salts(
        &self,
        tenant: TenantId,
        users: Vec<UserId>,
    ) -> Result<HashMap<UserId, [u8; 16]>, Error> {
        self.readers.read(tenant, move |connection| salts::of(connection, tenant, &users)).await
    }

    /// The ids of all users, live and deleted, who have a folded e-mail, and of all clients of a folded name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn actors_named(
        &self,
        tenant: TenantId,
        folded: String,
    ) -> Result<std::collections::HashSet<uuid::Uuid>, Error> {
        self.readers
            .read(tenant, move |connection| principals::actors_named(connection, tenant, &folded))
            .await
    }
}
