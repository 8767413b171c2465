//! What can change in a directory? Every write is one of these, and each knows what the audit trail says
//! of it, so that a write and its story cannot part.

use crate::audit::PropertyChange;
use crate::id::{TenantId, UserId};
use crate::user::User;

/// One change of the directory.
#[derive(Clone, Debug)]
pub enum Change {
    /// A person's first token: from now on this `iss` and `sub` name this user, and no others do.
    IdentityBound {
        /// The tenant of the user.
        tenant: TenantId,
        /// The user that is bound.
        user: UserId,
        /// The `iss`.
        issuer: String,
        /// The `sub`.
        subject: String,
    },
    /// A user was added.
    UserAdded(Box<User>),
    /// A user was changed, deleted softly or restored, as `deleted_at` says. Its tenant, id, owner and
    /// context are the same before and after.
    UserChanged {
        /// The user as it was.
        before: Box<User>,
        /// The user as it is from now on.
        after: Box<User>,
    },
}

impl Change {
    /// The properties that changed, for the audit record. An identity is named by its issuer alone: the
    /// subject is the person's, and no reader of the trail needs it.
    #[must_use]
    pub fn properties(&self) -> Vec<PropertyChange> {
        match self {
            Self::IdentityBound { issuer, .. } => vec![PropertyChange::set("identity.issuer", issuer)],
            Self::UserAdded(user) => differences(None, user),
            Self::UserChanged { before, after } => differences(Some(before), after),
        }
    }
}

/// What the audit trail shows of a user: the wire names of what differs, before and after.
fn differences(before: Option<&User>, after: &User) -> Vec<PropertyChange> {
    type Shown = fn(&User) -> Option<String>;
    let properties: [(&str, Shown); 5] = [
        ("firstName", |user| user.first_name.as_ref().map(|name| name.as_str().to_owned())),
        ("lastName", |user| user.last_name.as_ref().map(|name| name.as_str().to_owned())),
        ("email", |user| Some(user.email.as_str().to_owned())),
        ("groups", |user| {
            let names: Vec<&str> = user.groups.iter().map(|group| group.name.as_str()).collect();
            (!names.is_empty()).then(|| names.join("|"))
        }),
        ("deletedAt", |user| user.deleted_at.map(|time| time.to_string())),
    ];
    properties
        .into_iter()
        .map(|(name, shown)| PropertyChange {
            property_name: name.into(),
            before: before.and_then(shown),
            after: shown(after),
        })
        .filter(|change| change.before != change.after)
        .collect()
}
