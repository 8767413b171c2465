//! How does a change become rows? One file for each noun. Each change loads what it is about with its right
//! in the `WHERE`, in the transaction that also holds its audit record.

mod accesses;
mod customers;
mod groups;
mod identities;
mod last_administrator;
mod purge;
mod relations;
mod resellers;
mod tenants;
mod users;

use domain::audit::{Operation, PropertyChange};
use domain::change::{Change, Difference, Outcome};
use domain::error::Error;
use domain::id::{CustomerId, ResellerId, TenantId, UserId};
use domain::user::{Owner, User};
use jiff::Timestamp;
use uuid::Uuid;

pub(crate) use accesses::insert as insert_access;
pub(crate) use groups::insert as insert_group;
pub(crate) use tenants::insert as insert_tenant;
pub use users::Destination;
pub(crate) use users::{Addition, destination, foresee, id_used, judge, refuse_used, unknown_group};

use super::commit::Seen;
use super::rows::{KeptUser, Salt};
use super::trail::Signer;
use crate::sql::Connection;
use crate::sql::failure;

/// Seals a text with the key that comes from a person's salt.
pub type Seal = fn(&[u8; 16], &str) -> String;

/// What a change needs beside itself.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    /// When the request was judged.
    pub(crate) at: Timestamp,
    /// Seals what the audit trail says of a person.
    pub(crate) seal: Seal,
    /// Makes a salt for a new person.
    pub(crate) random: fn() -> [u8; 32],
    /// Signs the beginning of a new tenant's trail.
    pub(crate) signer: &'a Signer,
    /// Tells whether the caller saw what is there; none where that does not matter.
    pub(crate) seen: Option<&'a Seen>,
}

/// What became of a change.
pub(crate) struct Applied {
    pub(crate) outcome: Outcome,
    /// The revision that the thing has now, if it has one.
    pub(crate) revision: Option<u64>,
    pub(crate) stale: Vec<Stale>,
    /// What the audit record of the request says of it.
    pub(crate) told: Told,
    /// Things that changed along, for records of their own.
    pub(crate) along: Vec<(Operation, Told)>,
}

/// What an audit record says of a change.
#[derive(Clone, Default)]
pub(crate) struct Told {
    pub(crate) target: Option<Uuid>,
    pub(crate) reseller: Option<ResellerId>,
    pub(crate) customer: Option<CustomerId>,
    pub(crate) changes: Vec<PropertyChange>,
}

/// What becomes stale when a change is committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stale {
    /// The listing of a customer.
    Customer(TenantId, CustomerId),
    /// Who a user is as a principal.
    Person(TenantId, UserId),
    /// Who callers are.
    Directory,
}

impl Applied {
    fn done(told: Told) -> Self {
        Self { outcome: Outcome::Done, revision: None, stale: Vec::new(), told, along: Vec::new() }
    }

    fn with(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    fn at_revision(mut self, revision: u64) -> Self {
        self.revision = Some(revision);
        self
    }

    fn stale(mut self, stale: impl IntoIterator<Item = Stale>) -> Self {
        self.stale.extend(stale);
        self
    }
}

impl Tools<'_> {
    /// Refuses when the caller saw another revision of a thing than the one that is there.
    fn judge_revision(&self, id: Uuid, revision: u64) -> Result<(), Error> {
        match self.seen {
            Some(seen) if !seen(id, revision) => Err(Error::PreconditionFailed),
            _ => Ok(()),
        }
    }

    /// What the trail says of differences that tell of the person with this salt.
    fn sealed(&self, salt: &Salt, differences: Vec<Difference>) -> Vec<PropertyChange> {
        let seal = |is_personal: bool, text: Option<String>| {
            text.map(|text| if is_personal { (self.seal)(salt, &text) } else { text })
        };
        let sealed = |difference: Difference| PropertyChange {
            property_name: difference.property.into(),
            before: seal(difference.is_personal, difference.before),
            after: seal(difference.is_personal, difference.after),
        };
        differences.into_iter().map(sealed).collect()
    }

    /// What the trail says of a user who changed.
    fn told_of_user(&self, before: Option<&User>, after: &User, salt: &Salt) -> Told {
        Told { changes: self.sealed(salt, Difference::of_users(before, after)), ..about(after) }
    }
}

/// Whom a record about a user is about.
fn about(user: &User) -> Told {
    let customer = match user.owner {
        Owner::Customer(customer) => Some(customer),
        Owner::Csp | Owner::Reseller(_) => None,
    };
    Told { target: Some(user.id.0), reseller: user.reach(), customer, changes: Vec::new() }
}

/// What the trail says of differences that tell of nobody.
fn plain(differences: Vec<Difference>) -> Vec<PropertyChange> {
    let plain = |difference: Difference| PropertyChange {
        property_name: difference.property.into(),
        before: difference.before,
        after: difference.after,
    };
    differences.into_iter().map(plain).collect()
}

/// What becomes stale when a user changes: its listing, if it is in one, and who it is.
fn stale_of(user: &User) -> Vec<Stale> {
    let mut stale = vec![Stale::Person(user.tenant, user.id)];
    if let Owner::Customer(customer) = user.owner {
        stale.push(Stale::Customer(user.tenant, customer));
    }
    stale
}

/// Writes a user in the place of what it was, with all that follows from it.
pub(crate) fn replace_user(
    connection: &Connection,
    tools: &Tools<'_>,
    before: &KeptUser,
    after: &User,
) -> Result<Applied, Error> {
    super::users::replace(connection, &before.user, after)
        .map_err(|error| if error.is_conflict() { Error::EmailAlreadyInUse } else { failure(error) })?;
    let effect = super::users::effect(Some(&before.user), after);
    super::users::apply_effect(connection, after.tenant, &effect).map_err(failure)?;
    let told = tools.told_of_user(Some(&before.user), after, &before.salt);
    Ok(Applied::done(told).at_revision(before.revision + 1).stale(stale_of(after)))
}

/// Applies one change.
pub(crate) fn apply(connection: &Connection, tools: &Tools<'_>, change: &Change) -> Result<Applied, Error> {
    match change {
        Change::BindIdentity { tenant, user, issuer, subject } => {
            identities::bind(connection, *tenant, *user, issuer, subject)
        }
        Change::UnbindIdentity { reach, key } => identities::unbind(connection, reach, key),
        Change::AddUser { place, user, restorable_since } => {
            users::add(connection, tools, &destination(connection, place)?, user, *restorable_since)
        }
        Change::ChangeUser { reach, key, patch } => users::change(connection, tools, reach, key, patch),
        Change::DeleteUser { reach, key } => users::delete(connection, tools, reach, key),
        Change::RestoreUser { reach, id, restorable_since } => {
            users::restore(connection, tools, reach, *id, *restorable_since)
        }
        Change::PurgeUser { tenant, id, purge } => purge::user(connection, *tenant, *id, *purge),
        Change::AddGroup { reach, id, name } => groups::add(connection, reach, *id, name),
        Change::RenameGroup { reach, id, name } => groups::rename(connection, tools, reach, *id, name),
        Change::DeleteGroup { reach, id } => groups::delete(connection, tools, reach, *id),
        Change::AddCustomer { reach, customer } => customers::add(connection, reach, customer),
        Change::ChangeCustomer { scope, patch } => customers::change(connection, tools, scope, patch),
        Change::IdentifyCustomer { scope, identifier } => {
            customers::identify(connection, tools, scope, identifier.as_deref())
        }
        Change::DeleteCustomer { scope } => customers::delete(connection, tools, scope),
        Change::HideUsersOfDeletedCustomer { tenant, customer } => {
            customers::hide_users(connection, *tenant, *customer)
        }
        Change::AddRelation { scope } => relations::add(connection, tools, scope),
        Change::EndRelation { scope } => relations::end(connection, tools, scope),
        Change::AddReseller { reach, reseller } => resellers::add(connection, reach, reseller),
        Change::ChangeReseller { reach, patch, domain } => {
            resellers::change(connection, tools, reach, patch, domain.as_ref())
        }
        Change::IdentifyReseller { reach, identifier } => {
            resellers::identify(connection, tools, reach, identifier.as_deref())
        }
        Change::AddApiAccess { reach, access } => accesses::add(connection, reach, access),
        Change::ChangeApiAccess { reach, client, patch } => {
            accesses::change(connection, tools, reach, *client, patch)
        }
        Change::DeleteApiAccess { reach, client } => accesses::delete(connection, tools, reach, *client),
        Change::AddTenant(tenant) => tenants::add(connection, tools, tenant),
        Change::ChangeTenant { tenant, name, more_domains } => {
            tenants::change(connection, *tenant, name.as_deref(), more_domains)
        }
    }
}
