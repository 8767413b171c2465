//! What does the contract say that comes of it? Sections 1, 2, 4 and 5, and docs/access.md and
//! docs/managing.md where it is silent, said once more in few words. Nothing here asks the program.

use crate::cells::About;
use crate::directory::{
    Client, GROUPS, Label, Owner, Rights, Tenant, USERS, User, email_of, find_client, find_customer,
    find_reseller, find_user,
};
use crate::principals::{Credential, Principal};
use crate::routes::{Names, Needs, Roles, Row};

/// Status and type of a refusal.
pub(crate) type Refusal = &'static str;

/// Somebody who was let in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who {
    pub(crate) tenant: Tenant,
    pub(crate) owner: Owner,
    pub(crate) context: Option<Label>,
    pub(crate) rights: Rights,
}

impl Who {
    fn reads(&self) -> bool {
        matches!(self.rights, Rights::Administrator | Rights::Viewer)
    }

    fn writes(&self) -> bool {
        self.rights == Rights::Administrator
    }

    fn is_among(&self, roles: Roles) -> bool {
        match self.owner {
            Owner::Csp => true,
            Owner::Reseller(_) => roles != Roles::Csp,
            Owner::Customer(_) => roles == Roles::Everyone,
        }
    }
}

/// Whether an owner is there, and not deleted.
fn lives(owner: Owner) -> bool {
    match owner {
        Owner::Csp => true,
        Owner::Reseller(label) => find_reseller(label).is_some_and(|one| !one.deleted),
        Owner::Customer(label) => find_customer(label).is_some_and(|one| !one.deleted),
    }
}

/// Who asks, or why he is turned away (section 4, "Token to principal"; section 5).
pub(crate) fn admitted(principal: &Principal) -> Result<Who, Refusal> {
    match principal.credential {
        Credential::Nothing => Err("401 MissingToken"),
        Credential::Forged => Err("401 InvalidToken"),
        Credential::Stranger => Err("403 TenantForbidden"),
        Credential::Program(Client { disabled: true, .. }) => Err("401 InvalidToken"),
        Credential::Program(client) if !lives(client.owner) => Err("401 InvalidToken"),
        Credential::Program(client) if client.tenant != principal.tenant => Err("403 TenantForbidden"),
        Credential::Program(&Client { tenant, owner, rights, .. }) => {
            Ok(Who { tenant, owner, context: None, rights })
        }
        Credential::Person(user) if user.tenant != principal.tenant || !is_shown(user) => {
            Err("403 TenantForbidden")
        }
        Credential::Person(&User { tenant, owner, context, rights, .. }) => {
            Ok(Who { tenant, owner, context, rights })
        }
    }
}

/// A user is there as long as neither it nor its owner was deleted.
pub(crate) fn is_shown(user: &User) -> bool {
    !user.deleted && lives(user.owner)
}

/// Whether a reseller can be named to the distributor.
fn is_reseller_of(tenant: Tenant, label: Label) -> bool {
    find_reseller(label).is_some_and(|one| one.tenant == tenant && !one.deleted)
}

/// Whether a customer serves as such for this caller (section 1, "Who sees what").
pub(crate) fn reaches_customer(who: &Who, label: Label) -> bool {
    let Some(customer) = find_customer(label) else { return false };
    let is_in_scope = match who.owner {
        Owner::Csp => true,
        Owner::Reseller(own) => customer.relations.contains(&Some(own)),
        Owner::Customer(own) => own == label,
    };
    customer.tenant == who.tenant && !customer.deleted && is_in_scope
}

/// Whether a customer has a relation with a reseller that is alive.
pub(crate) fn is_related(customer: Label, reseller: Label) -> bool {
    find_customer(customer).is_some_and(|one| one.relations.contains(&Some(reseller)))
        && lives(Owner::Reseller(reseller))
}

/// Whether a user is in this caller's scope, as far as `asked` narrows it; whether it was deleted does not
/// count here.
pub(crate) fn reaches_user(who: &Who, user: &User, asked: Option<Label>) -> bool {
    let in_hands_of = |label| user.owner == Owner::Reseller(label) || user.context == Some(label);
    let is_in_scope = match who.owner {
        Owner::Csp => true,
        Owner::Reseller(own) => in_hands_of(own),
        Owner::Customer(_) => user.owner == who.owner,
    };
    user.tenant == who.tenant && lives(user.owner) && is_in_scope && asked.is_none_or(in_hands_of)
}

/// A reseller that narrows a list or a choice of users (docs/access.md).
fn narrow(who: &Who, asked: Option<Label>) -> Result<(), Refusal> {
    match (who.owner, asked) {
        (Owner::Csp, Some(asked)) if !is_reseller_of(who.tenant, asked) => Err("404 ResellerNotFound"),
        (Owner::Customer(own), Some(asked)) if !is_related(own, asked) => Err("403 ResellerNotRelated"),
        _ => Ok(()),
    }
}

/// The customer first, then the relation (section 1, the order of faults).
fn reach(who: &Who, customer: Label, asked: Option<Label>) -> Result<(), Refusal> {
    match asked {
        _ if !reaches_customer(who, customer) => Err("404 CustomerNotFound"),
        Some(asked) if !is_related(customer, asked) => Err("403 ResellerNotRelated"),
        _ => Ok(()),
    }
}

/// What comes of a request.
pub(crate) fn verdict(who: &Who, row: &Row, about: &About) -> Result<(), Refusal> {
    let is_permitted = match row.needs {
        Needs::NoToken(_) => return Ok(()),
        Needs::Read(roles) => who.reads() && who.is_among(roles),
        Needs::Write(roles) => who.writes() && who.is_among(roles),
    };
    if !is_permitted {
        return Err("403 PermissionDenied");
    }
    if let (Owner::Reseller(own), Some(asked)) = (who.owner, about.reseller)
        && asked != own
    {
        return Err("403 ResellerScopeMismatch");
    }
    let customer = about.customer.unwrap_or("absent");
    let asked = about.reseller;
    match row.names {
        Names::Nothing => Ok(()),
        Names::Narrowed => narrow(who, asked),
        Names::CustomerInContext
            if matches!(who.owner, Owner::Customer(_)) && asked.is_some() && asked != who.context =>
        {
            Err("403 ResellerScopeMismatch")
        }
        Names::CustomerNarrowed | Names::CustomerInContext => reach(who, customer, asked),
        Names::Customer => reach(who, customer, None),
        Names::CustomerInBooks => {
            reach(who, customer, asked)?;
            let has_books = match who.owner {
                Owner::Csp => asked.is_some() || find_customer(customer).unwrap().relations.contains(&None),
                Owner::Reseller(_) | Owner::Customer(_) => true,
            };
            // The distributor has no books of a customer that it serves through resellers alone.
            if has_books { Ok(()) } else { Err("400 InvalidRequest") }
        }
        Names::NewCustomer | Names::Reseller => match asked {
            Some(asked) if !is_reseller_of(who.tenant, asked) => Err("404 ResellerNotFound"),
            _ => Ok(()),
        },
        Names::User => narrow(who, asked).and_then(|()| match users_meant(who, about).len() {
            0 => Err("404 UserNotFound"),
            1 => Ok(()),
            _ => Err("400 AmbiguousUser"),
        }),
        Names::DeletedUser => {
            narrow(who, asked)?;
            let user = about.user.and_then(find_user);
            match user.is_some_and(|user| reaches_user(who, user, asked)) {
                true => Ok(()),
                false => Err("404 UserNotFound"),
            }
        }
        Names::NewRelation => {
            reach(who, customer, None)?;
            match asked {
                Some(asked) if is_reseller_of(who.tenant, asked) => Ok(()),
                _ => Err("404 ResellerNotFound"),
            }
        }
        Names::Relation => reach(who, customer, asked),
        Names::Group => match about.group {
            Some("built-in") => Err("400 InvalidRequest"),
            Some(label) if GROUPS.contains(&(label, who.tenant)) => Ok(()),
            _ => Err("404 GroupNotFound"),
        },
        Names::Client => match about.client.and_then(find_client) {
            Some(client) if client.tenant == who.tenant => Ok(()),
            _ => Err("404 UserNotFound"),
        },
    }
}

/// The live users within reach that the key in the path stands for.
pub(crate) fn users_meant(who: &Who, about: &About) -> Vec<&'static User> {
    let Some(asked) = about.user else { return Vec::new() };
    let is_meant =
        |user: &&User| user.label == asked || (about.by_email && email_of(user.label) == email_of(asked));
    let is_live = |user: &&User| is_shown(user) && reaches_user(who, user, about.reseller);
    USERS.iter().filter(is_meant).filter(is_live).collect()
}
