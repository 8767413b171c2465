//! What is in the directory, a page or a thing at a time, as a caller may see it.

use domain::access::{Reach, Scope};
use domain::change::{Outcome, Place};
use domain::error::{Error, Fault};
use domain::group::Group;
use domain::id::{CustomerId, GroupId, TenantId, UserId};
use domain::principal::ApiAccess;
use domain::user::{NewUser, Owner, UserKey};
use jiff::Timestamp;

use crate::fair::Asker;
use crate::sql::Connection;
use crate::sql::failure;
use crate::sql::{
    changes, companies, company_lists, groups, idempotency, people, principals, rows, user_lists, users,
};
use crate::{CompanyQuery, CustomerView, Destination, Once, ResellerView, Store, UserQuery};

/// Some of what there is, and how many there are in all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cut<T> {
    /// Those of the page, in their order.
    pub items: Vec<T>,
    /// All that this caller may see.
    pub total: u64,
}

impl<T> From<(u64, Vec<T>)> for Cut<T> {
    fn from((total, items): (u64, Vec<T>)) -> Self {
        Self { items, total }
    }
}

/// A user as a caller sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserView {
    /// The user.
    pub id: UserId,
    /// To whom the user belongs.
    pub owner: Owner,
    /// The exact JSON.
    pub document: String,
    /// Grows with each change.
    pub revision: u64,
}

/// What would become of users if they were added, against one snapshot of the directory.
pub struct Foresight<'c> {
    connection: &'c Connection,
    destination: Destination,
}

impl Foresight<'_> {
    /// What adding this user would come to, in the outcome or the refusal.
    ///
    /// # Errors
    /// What the user would be refused for, or the database failed.
    pub fn of(&self, user: &NewUser, restorable_since: Timestamp) -> Result<Outcome, Error> {
        changes::foresee(self.connection, &self.destination, user, restorable_since)
    }
}

impl Store {
    /// Reads what may also be refused.
    async fn ask<T: Send + 'static>(
        &self,
        tenant: TenantId,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.readers.read(tenant, move |connection| Ok(work(connection))).await?
    }

    /// Users that a right reaches, as documents.
    ///
    /// # Errors
    /// The reseller that the right is narrowed to is none, or the database failed.
    pub async fn users(&self, reach: Reach, query: UserQuery) -> Result<Cut<String>, Error> {
        self.ask(reach.tenant(), move |connection| {
            user_lists::page(connection, &reach, &query).map(Cut::from)
        })
        .await
    }

    /// A live user.
    ///
    /// # Errors
    /// As of [`Store::users`]; there is no such user, or several have the e-mail.
    pub async fn user(&self, reach: Reach, key: UserKey) -> Result<UserView, Error> {
        self.ask(reach.tenant(), move |connection| {
            let kept = people::live(connection, &reach, &key)?;
            Ok(UserView {
                id: kept.user.id,
                owner: kept.user.owner,
                document: kept.user.document(),
                revision: kept.revision,
            })
        })
        .await
    }

    /// What is wrong with what a new user, or a changed one, names: groups that do not exist, each with its
    /// place in the body, and an id that was used.
    ///
    /// # Errors
    /// The database failed.
    pub async fn reference_faults(
        &self,
        reach: Reach,
        groups: Vec<(usize, GroupId)>,
        id: Option<UserId>,
    ) -> Result<Vec<Fault>, Error> {
        let tenant = reach.tenant();
        self.readers
            .read(tenant, move |connection| {
                let mut faults = Vec::new();
                for (place, id) in groups {
                    if rows::group_named(connection, tenant, id)?.is_none() {
                        faults.push(changes::unknown_group(place));
                    }
                }
                if let Some(id) = id
                    && !users::is_unused(connection, tenant, id)?
                {
                    faults.push(changes::id_used());
                }
                Ok(faults)
            })
            .await
    }

    /// What came of the same request before, if it was done within the day.
    ///
    /// # Errors
    /// The key was used for another request, or the database failed.
    pub async fn recall(&self, once: Once, now: Timestamp) -> Result<Option<Outcome>, Error> {
        self.ask(once.tenant, move |connection| {
            Ok(idempotency::recall(connection, &once, now)?.map(|before| before.outcome))
        })
        .await
    }

    /// Foresees what would become of many users if they were added, without writing. Holds one snapshot, and
    /// runs where blocking is allowed.
    ///
    /// # Errors
    /// The place does not exist for the caller, what `work` fails with, or the database failed.
    pub async fn foresee<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce(&Foresight<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let foreseen = self.streams.read(place.tenant(), move |connection| {
            let foresee = || {
                let destination = changes::destination(connection, &place)?;
                work(&Foresight { connection, destination })
            };
            Ok(foresee())
        });
        foreseen.await?
    }

    /// The groups of a tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn groups(&self, reach: Reach, limit: u32, offset: u64) -> Result<Cut<Group>, Error> {
        self.readers
            .read(reach.tenant(), move |connection| {
                groups::page(connection, reach.tenant(), limit, offset).map(Cut::from)
            })
            .await
    }

    /// Customers that a right reaches.
    ///
    /// # Errors
    /// As of [`Store::users`].
    pub async fn customers(&self, reach: Reach, query: CompanyQuery) -> Result<Cut<CustomerView>, Error> {
        self.ask(reach.tenant(), move |connection| {
            company_lists::customers(connection, &reach, &query).map(Cut::from)
        })
        .await
    }

    /// The customer of a scope.
    ///
    /// # Errors
    /// It does not exist for the scope, the reseller is not related to it, or the database failed.
    pub async fn customer(&self, scope: Scope) -> Result<CustomerView, Error> {
        self.ask(scope.tenant(), move |connection| companies::customer(connection, &scope)).await
    }

    /// The resellers of a tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn resellers(&self, reach: Reach, query: CompanyQuery) -> Result<Cut<ResellerView>, Error> {
        self.ask(reach.tenant(), move |connection| {
            company_lists::resellers(connection, &reach, &query).map(Cut::from).map_err(failure)
        })
        .await
    }

    /// The reseller of a right's context.
    ///
    /// # Errors
    /// It does not exist, or the database failed.
    pub async fn reseller(&self, reach: Reach) -> Result<ResellerView, Error> {
        self.ask(reach.tenant(), move |connection| companies::reseller(connection, &reach)).await
    }

    /// The API Accesses of a tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn api_accesses(&self, reach: Reach, limit: u32, offset: u64) -> Result<Cut<ApiAccess>, Error> {
        self.readers
            .read(reach.tenant(), move |connection| {
                principals::page_of_api_accesses(connection, reach.tenant(), limit, offset).map(Cut::from)
            })
            .await
    }

    /// The users who were deleted before a moment, and the deleted customers that lists still show users of:
    /// some of each, for the housekeeping.
    ///
    /// # Errors
    /// The database failed.
    pub async fn due(
        &self,
        before: Timestamp,
        limit: u32,
    ) -> Result<(Vec<(TenantId, UserId)>, Vec<(TenantId, CustomerId)>), Error> {
        self.readers.read(Asker::House, move |connection| users::due(connection, before, limit)).await
    }
}
