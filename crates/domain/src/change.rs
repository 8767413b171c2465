//! What can change in a directory? Every write is one of these. Each brings the right that it is made with,
//! and the store applies it to what is there at that moment, so that nothing can come between a look and a
//! write.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::{Reach, Scope};
use crate::company::{Company, CompanyKind, CompanyMember, CompanyPatch};
use crate::id::{ClientId, CustomerId, GroupId, ResellerId, TenantId, UserId};
use crate::principal::{ApiAccess, ApiPermission};
use crate::tenant::Tenant;
use crate::text::DomainName;
use crate::user::{NewUser, User, UserKey, UserPatch};

/// One change of the directory.
#[derive(Clone, Debug)]
pub enum Change {
    /// A person's first token: from now on this `iss` and `sub` name this user, and no others do.
    BindIdentity {
        /// The tenant of the user.
        tenant: TenantId,
        /// The user that is bound.
        user: UserId,
        /// The `iss`.
        issuer: String,
        /// The `sub`.
        subject: String,
    },
    /// An Administrator sets a person's login free, so that its next token may bind it anew.
    UnbindIdentity {
        /// In which part of the tenant the user is.
        reach: Reach,
        /// The user.
        key: UserKey,
    },
    /// Adds a user, or revives the deleted one of the same owner and context who has the e-mail.
    AddUser {
        /// To whom the user belongs.
        place: Place,
        /// What was written of the user.
        user: Box<NewUser>,
        /// A user who was deleted before this moment is not revived.
        restorable_since: Timestamp,
    },
    /// Changes a live user.
    ChangeUser {
        /// In which part of the tenant the user is.
        reach: Reach,
        /// The user.
        key: UserKey,
        /// What to change.
        patch: Box<UserPatch>,
    },
    /// Hides a live user; it can be restored for a while.
    DeleteUser {
        /// In which part of the tenant the user is.
        reach: Reach,
        /// The user.
        key: UserKey,
    },
    /// Brings a deleted user back, with the groups that it had.
    RestoreUser {
        /// In which part of the tenant the user is.
        reach: Reach,
        /// The user.
        id: UserId,
        /// A user who was deleted before this moment is gone.
        restorable_since: Timestamp,
    },
    /// Removes a deleted user for good.
    PurgeUser {
        /// The tenant of the user.
        tenant: TenantId,
        /// The user.
        id: UserId,
        /// What remains of the person.
        purge: Purge,
    },
    /// Adds a group.
    AddGroup {
        /// Where.
        reach: Reach,
        /// Its id.
        id: GroupId,
        /// Its name.
        name: String,
    },
    /// Gives a group another name, which its members show at once.
    RenameGroup {
        /// Where.
        reach: Reach,
        /// The group.
        id: GroupId,
        /// Its name from now on.
        name: String,
    },
    /// Removes a group from the directory and from its members.
    DeleteGroup {
        /// Where.
        reach: Reach,
        /// The group.
        id: GroupId,
    },
    /// Adds a customer with one relation: with the reseller of the right's context, or a direct one.
    AddCustomer {
        /// Where, and in whose context.
        reach: Reach,
        /// What was written of the customer.
        customer: Box<NewCustomer>,
    },
    /// Changes the company of a customer.
    ChangeCustomer {
        /// The customer.
        scope: Scope,
        /// What to change.
        patch: CompanyPatch,
    },
    /// Changes what a reseller, or the distributor, calls a customer.
    IdentifyCustomer {
        /// The customer, and in whose context.
        scope: Scope,
        /// The identifier, or none any more.
        identifier: Option<String>,
    },
    /// Deletes a customer; all that belongs to it is dead with it.
    DeleteCustomer {
        /// The customer.
        scope: Scope,
    },
    /// Hides the next users of a customer that is deleted, some at a time.
    HideUsersOfDeletedCustomer {
        /// The tenant of the customer.
        tenant: TenantId,
        /// The customer.
        customer: CustomerId,
    },
    /// Relates a customer to the reseller of the scope's context.
    AddRelation {
        /// The customer, and the reseller as its context.
        scope: Scope,
    },
    /// Ends the relation of a customer with the reseller of the scope's context; its users stay, in no
    /// context.
    EndRelation {
        /// The customer, and the reseller as its context.
        scope: Scope,
    },
    /// Adds a reseller.
    AddReseller {
        /// Where.
        reach: Reach,
        /// What was written of the reseller.
        reseller: Box<NewReseller>,
    },
    /// Changes the company of the reseller of the right's context, or its domain.
    ChangeReseller {
        /// Where, and the reseller as the context.
        reach: Reach,
        /// What to change of the company.
        patch: CompanyPatch,
        /// Another custom domain, or none any more.
        domain: Option<Option<DomainName>>,
    },
    /// Changes what the distributor calls the reseller of the right's context.
    IdentifyReseller {
        /// Where, and the reseller as the context.
        reach: Reach,
        /// The identifier, or none any more.
        identifier: Option<String>,
    },
    /// Adds an API Access.
    AddApiAccess {
        /// Where.
        reach: Reach,
        /// The API Access.
        access: Box<ApiAccess>,
    },
    /// Changes an API Access.
    ChangeApiAccess {
        /// Where.
        reach: Reach,
        /// The client.
        client: ClientId,
        /// What to change.
        patch: Box<ApiAccessPatch>,
    },
    /// Deletes an API Access.
    DeleteApiAccess {
        /// Where.
        reach: Reach,
        /// The client.
        client: ClientId,
    },
    /// Adds a tenant: for the operator of the machine.
    AddTenant(Tenant),
    /// Gives a tenant another name or more domains: for the operator of the machine.
    ChangeTenant {
        /// The tenant.
        tenant: TenantId,
        /// Its name from now on, unless it stays.
        name: Option<String>,
        /// Domains that lead to it from now on.
        more_domains: Vec<DomainName>,
    },
}

impl Change {
    /// In whose directory it is made.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::BindIdentity { tenant, .. }
            | Self::PurgeUser { tenant, .. }
            | Self::HideUsersOfDeletedCustomer { tenant, .. }
            | Self::ChangeTenant { tenant, .. } => *tenant,
            Self::AddUser { place, .. } => place.tenant(),
            Self::UnbindIdentity { reach, .. }
            | Self::ChangeUser { reach, .. }
            | Self::DeleteUser { reach, .. }
            | Self::RestoreUser { reach, .. }
            | Self::AddGroup { reach, .. }
            | Self::RenameGroup { reach, .. }
            | Self::DeleteGroup { reach, .. }
            | Self::AddCustomer { reach, .. }
            | Self::AddReseller { reach, .. }
            | Self::ChangeReseller { reach, .. }
            | Self::IdentifyReseller { reach, .. }
            | Self::AddApiAccess { reach, .. }
            | Self::ChangeApiAccess { reach, .. }
            | Self::DeleteApiAccess { reach, .. } => reach.tenant(),
            Self::ChangeCustomer { scope, .. }
            | Self::IdentifyCustomer { scope, .. }
            | Self::DeleteCustomer { scope }
            | Self::AddRelation { scope }
            | Self::EndRelation { scope } => scope.tenant(),
            Self::AddTenant(tenant) => tenant.id,
        }
    }
}

/// To whom a new user belongs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// To a customer, in a reseller's context or in none.
    Customer {
        /// The customer.
        scope: Scope,
        /// The context of the new user.
        context: Option<ResellerId>,
    },
    /// To the reseller of the right's context.
    Reseller(Reach),
    /// To the distributor.
    Csp(Reach),
}

impl Place {
    /// The tenant that it is in.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::Customer { scope, .. } => scope.tenant(),
            Self::Reseller(reach) | Self::Csp(reach) => reach.tenant(),
        }
    }
}

/// What remains of a person who is removed for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purge {
    /// The user was deleted before this moment and is due: the audit trail still names the person.
    Due(Timestamp),
    /// The person is to be forgotten, in the audit trail too, and whether deleted before or not.
    Forget,
}

/// What a caller wrote of a customer who is to be added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCustomer {
    /// Its id.
    pub id: CustomerId,
    /// The company.
    pub company: Company,
    /// What the reseller, or the distributor, calls it.
    pub internal_identifier: Option<String>,
}

/// What a caller wrote of a reseller who is to be added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewReseller {
    /// Its id.
    pub id: ResellerId,
    /// The company.
    pub company: Company,
    /// What the distributor calls it.
    pub internal_identifier: Option<String>,
    /// A domain of its own.
    pub domain: Option<DomainName>,
}

/// What a caller wants changed of an API Access; what is none stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ApiAccessPatch {
    /// Another name.
    pub name: Option<String>,
    /// Another permission.
    pub permission: Option<ApiPermission>,
    /// Whether it is refused from now on.
    pub disabled: Option<bool>,
    /// A secret that is good no more.
    pub drop_secret: Option<DropSecret>,
    /// The hash of one more secret.
    pub new_secret_hash: Option<String>,
}

/// Which secret of a client is good no more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DropSecret {
    /// The one that is older.
    Oldest,
    /// The one with this hash.
    WithHash(String),
}

/// What came of a change. It is what a request that is repeated with its `Idempotency-Key` gets again.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was done.
    Done,
    /// Something with this id was added.
    Added(Uuid),
    /// The deleted user with this id was revived.
    Revived(Uuid),
    /// So many users were added and revived.
    Imported {
        /// New users.
        created: u64,
        /// Deleted users who came back.
        revived: u64,
    },
    /// Something of the step is left to be done by the next.
    Unfinished,
}

/// One property that a change gave another value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// The wire name of the property.
    pub property: &'static str,
    /// Its value before, if it had one.
    pub before: Option<String>,
    /// Its value after, if it has one.
    pub after: Option<String>,
    /// Whether the values tell of a person, who may ask to be forgotten.
    pub is_personal: bool,
}

impl Difference {
    /// What differs in a property that tells of nobody; nothing if it is the same.
    #[must_use]
    pub fn of(property: &'static str, before: Option<String>, after: Option<String>) -> Option<Self> {
        (before != after).then_some(Self { property, before, after, is_personal: false })
    }

    /// What differs between a user before and after, by the wire names; none before was no user.
    #[must_use]
    pub fn of_users(before: Option<&User>, after: &User) -> Vec<Self> {
        type Shown = fn(&User) -> Option<String>;
        let properties: [(&str, bool, Shown); 6] = [
            ("firstName", true, |user| user.first_name.as_ref().map(|name| name.as_str().to_owned())),
            ("lastName", true, |user| user.last_name.as_ref().map(|name| name.as_str().to_owned())),
            ("email", true, |user| Some(user.email.as_str().to_owned())),
            ("groups", false, |user| {
                let names: Vec<&str> = user.groups.iter().map(|group| group.name.as_str()).collect();
                (!names.is_empty()).then(|| names.join("|"))
            }),
            ("resellerId", false, |user| user.context.map(|id| id.to_string())),
            ("deletedAt", false, |user| user.deleted_at.map(|time| time.to_string())),
        ];
        let difference = |(property, is_personal, shown): (&'static str, bool, Shown)| {
            let (before, after) = (before.and_then(shown), shown(after));
            (before != after).then_some(Self { property, before, after, is_personal })
        };
        properties.into_iter().filter_map(difference).collect()
    }

    /// What differs between a company before and after, by the wire names of its kind.
    #[must_use]
    pub fn of_companies(kind: CompanyKind, before: Option<&Company>, after: &Company) -> Vec<Self> {
        let difference = |(_, name, member): (usize, &'static str, &CompanyMember)| {
            let value = |company| member.get(company).map(str::to_owned);
            Self::of(name, before.and_then(value), value(after))
        };
        CompanyMember::all(kind).filter_map(difference).collect()
    }
}
