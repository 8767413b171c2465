//! Who is a user, and how does one look on the wire? The document of a user is made when the user is
//! written, so that a listing only joins ready bytes.

use jiff::Timestamp;
use serde::Serialize;

use crate::error::Fault;
use crate::group::{ADMINISTRATOR, Group};
use crate::id::{CustomerId, GroupId, ResellerId, TenantId, UserId};
use crate::order::OrderKey;
use crate::search::{self, Term};
use crate::text::{Email, Name};

/// To whom a user belongs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Owner {
    /// Staff of the distributor itself.
    Csp,
    /// Staff of a reseller.
    Reseller(ResellerId),
    /// A user of a customer.
    Customer(CustomerId),
}

impl Owner {
    /// The `role.name` of such a user on the wire.
    #[must_use]
    pub fn role_name(self) -> &'static str {
        match self {
            Self::Csp => "csp",
            Self::Reseller(_) => "reseller",
            Self::Customer(_) => "customer",
        }
    }
}

/// A portal user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The tenant that the user belongs to.
    pub tenant: TenantId,
    /// Unique within the tenant.
    pub id: UserId,
    /// To whom the user belongs.
    pub owner: Owner,
    /// For a customer's user: the reseller in whose context it was created, or none for a direct relation.
    pub context: Option<ResellerId>,
    /// The first name, if it has one.
    pub first_name: Option<Name>,
    /// The last name, if it has one.
    pub last_name: Option<Name>,
    /// The e-mail, kept as written.
    pub email: Email,
    /// The groups, in any order.
    pub groups: Vec<Group>,
    /// When the user was deleted; it can be restored for a while.
    pub deleted_at: Option<Timestamp>,
}

/// What a caller wrote of a user who is to be added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewUser {
    /// The id, if the user is a new one.
    pub id: UserId,
    /// Whether the caller chose the id.
    pub id_is_given: bool,
    /// The first name, if it has one.
    pub first_name: Option<Name>,
    /// The last name, if it has one.
    pub last_name: Option<Name>,
    /// The e-mail.
    pub email: Email,
    /// The groups, as they stand in the body.
    pub groups: Vec<GroupId>,
}

/// What a caller wants changed of a user; what is none stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UserPatch {
    /// The id that the user must have: it cannot be changed, and may be said.
    pub id: Option<UserId>,
    /// The name of the role that the user must have: it follows from the owner, and may be said.
    pub role: Option<String>,
    /// Another first name, or none any more.
    pub first_name: Option<Option<Name>>,
    /// Another last name, or none any more.
    pub last_name: Option<Option<Name>>,
    /// Another e-mail.
    pub email: Option<Email>,
    /// All groups from now on, as they stand in the body.
    pub groups: Option<Vec<GroupId>>,
}

impl UserPatch {
    /// What the patch says wrongly of what a user is: its id, and the role that follows from its owner.
    #[must_use]
    pub fn faults_of(&self, id: UserId, owner: Owner) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.id.is_some_and(|said| said != id) {
            faults.push(Fault::new("id", "The id of a user never changes; leave it out."));
        }
        let role = owner.role_name();
        if self.role.as_ref().is_some_and(|said| said != role) {
            faults.push(Fault::new("role", format!("The role of this user is `{role}`; leave it out.")));
        }
        faults
    }
}

/// By what a user is named in a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UserKey {
    /// By its id.
    Id(UserId),
    /// By its e-mail, which may be that of several.
    Email(Email),
}

/// What makes a user comparable and found. It is dear to compute and needs no database, so that an import
/// does it on another thread than the one that writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keys {
    /// The place in the order of names.
    pub order: OrderKey,
    /// The folded e-mail.
    pub email: String,
    /// What the user is found by, each once.
    pub terms: Vec<Term>,
}

impl User {
    /// What makes this user comparable and found, at this moment.
    #[must_use]
    pub fn keys(&self) -> Keys {
        let names = [&self.first_name, &self.last_name].into_iter().flatten().map(Name::as_str);
        let texts = names.chain([self.email.as_str()]);
        let terms = search::terms(texts, self.groups.iter().map(|group| group.id));
        Keys { order: self.order_key(), email: self.email.folded(), terms }
    }

    /// The user with what a patch says; `groups` are those that it names, if it does.
    #[must_use]
    pub fn patched(&self, patch: &UserPatch, groups: Option<Vec<Group>>) -> Self {
        let mut user = self.clone();
        if let Some(name) = &patch.first_name {
            user.first_name.clone_from(name);
        }
        if let Some(name) = &patch.last_name {
            user.last_name.clone_from(name);
        }
        if let Some(email) = &patch.email {
            user.email = email.clone();
        }
        user.groups = groups.unwrap_or(user.groups);
        user
    }

    /// Whether the user may administer what its owner may see.
    #[must_use]
    pub fn is_administrator(&self) -> bool {
        self.groups.iter().any(|group| group.id == ADMINISTRATOR)
    }

    /// In which reseller's hands the user is: of a reseller's staff that reseller's, else the context.
    #[must_use]
    pub fn reach(&self) -> Option<ResellerId> {
        match self.owner {
            Owner::Csp => None,
            Owner::Reseller(reseller) => Some(reseller),
            Owner::Customer(_) => self.context,
        }
    }

    /// The user's place in the order of names.
    #[must_use]
    pub fn order_key(&self) -> OrderKey {
        OrderKey::of(
            self.first_name.as_ref().map(Name::as_str),
            self.last_name.as_ref().map(Name::as_str),
            self.email.as_str(),
            self.id.0,
        )
    }

    /// The exact bytes of this user in a listing (contract section 1, "200").
    #[must_use]
    pub fn document(&self) -> String {
        let mut groups: Vec<&Group> = self.groups.iter().collect();
        groups.sort_by_cached_key(|group| OrderKey::of_group(&group.name, group.id.0));
        let document = Document {
            id: self.id,
            first_name: self.first_name.as_ref(),
            last_name: self.last_name.as_ref(),
            email: &self.email,
            role: RoleDocument { name: self.owner.role_name() },
            groups: groups
                .into_iter()
                .map(|group| GroupDocument { id: group.id.0, name: &group.name })
                .collect(),
        };
        // Serialising these plain members has no way to fail.
        serde_json::to_string(&document).unwrap_or_default()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    id: UserId,
    first_name: Option<&'a Name>,
    last_name: Option<&'a Name>,
    email: &'a Email,
    role: RoleDocument,
    groups: Vec<GroupDocument<'a>>,
}

#[derive(Serialize)]
struct RoleDocument {
    name: &'static str,
}

#[derive(Serialize)]
struct GroupDocument<'a> {
    id: uuid::Uuid,
    name: &'a str,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::group::ADMINISTRATOR;
    use crate::id::GroupId;

    #[test]
    fn the_document_has_exactly_the_members_of_the_contract_in_their_order() {
        let user = User {
            tenant: TenantId(Uuid::from_u128(1)),
            id: UserId(Uuid::from_u128(0xAB)),
            owner: Owner::Customer(CustomerId(Uuid::from_u128(2))),
            context: None,
            first_name: Name::parse("A\u{30a}sa \"Å\" \\ / \u{2028}").unwrap(),
            last_name: None,
            email: Email::parse("Åsa@x.example").unwrap(),
            groups: vec![
                Group { id: GroupId(Uuid::from_u128(7)), name: "Ärger".into() },
                Group { id: ADMINISTRATOR, name: "Administrator".into() },
                Group { id: GroupId(Uuid::from_u128(6)), name: "Ärger".into() },
            ],
            deleted_at: None,
        };
        assert_eq!(
            user.document(),
            "{\"id\":\"00000000-0000-0000-0000-0000000000ab\",\"firstName\":\"Åsa \\\"Å\\\" \\\\ / \u{2028}\",\
             \"lastName\":null,\"email\":\"Åsa@x.example\",\"role\":{\"name\":\"customer\"},\"groups\":[\
             {\"id\":\"5f000000-0000-4000-8000-000000000001\",\"name\":\"Administrator\"},\
             {\"id\":\"00000000-0000-0000-0000-000000000006\",\"name\":\"Ärger\"},\
             {\"id\":\"00000000-0000-0000-0000-000000000007\",\"name\":\"Ärger\"}]}"
        );
    }
}
