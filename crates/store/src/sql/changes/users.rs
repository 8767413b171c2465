//! How are users added, changed, deleted and restored?

use domain::access::{Reach, Scope};
use domain::change::{Outcome, Place};
use domain::error::{Error, Fault};
use domain::group::Group;
use domain::id::{GroupId, ResellerId, TenantId, UserId};
use domain::user::{NewUser, Owner, User, UserKey, UserPatch};
use jiff::Timestamp;

use super::{Applied, Tools, last_administrator, replace_user, stale_of};
use crate::sql::companies;
use crate::sql::derive::fresh_salt;
use crate::sql::failure;
use crate::sql::people;
use crate::sql::rows::{KeptUser, USER_COLUMNS, group_named, kept_user_of, reseller_column, role_columns};
use crate::sql::terms;
use crate::sql::users::{self as rows, Beside, Inserted};
use crate::sql::{self, Connection, params};

/// To whom new users belong, once that was found to exist for the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Destination {
    tenant: TenantId,
    owner: Owner,
    context: Option<ResellerId>,
}

/// What adding a user comes to.
pub(crate) enum Addition {
    /// There was none with this e-mail.
    New(User),
    /// There was one, who comes back with these values.
    Revival(Box<KeptUser>, User),
}

/// Adds a user, or revives the one that was deleted.
pub(super) fn add(
    connection: &Connection,
    tools: &Tools<'_>,
    destination: &Destination,
    new: &NewUser,
    restorable_since: Timestamp,
) -> Result<Applied, Error> {
    match judge(connection, destination, new, restorable_since)? {
        Addition::New(user) => insert(connection, tools, &user),
        Addition::Revival(deleted, revived) => {
            let outcome = Outcome::Revived(revived.id.0);
            Ok(replace_user(connection, tools, &deleted, &revived)?.with(outcome))
        }
    }
}

/// What adding a user would come to, if it was added now.
pub(crate) fn foresee(
    connection: &Connection,
    destination: &Destination,
    new: &NewUser,
    restorable_since: Timestamp,
) -> Result<Outcome, Error> {
    match judge(connection, destination, new, restorable_since)? {
        Addition::New(user) if email_in_use(connection, &user).map_err(failure)? => {
            Err(Error::EmailAlreadyInUse)
        }
        Addition::New(user) => Ok(Outcome::Added(user.id.0)),
        Addition::Revival(_, user) => Ok(Outcome::Revived(user.id.0)),
    }
}

/// What is to be done to add a user, once nothing is against it but perhaps the e-mail.
pub(crate) fn judge(
    connection: &Connection,
    destination: &Destination,
    new: &NewUser,
    restorable_since: Timestamp,
) -> Result<Addition, Error> {
    let Destination { tenant, owner, context } = *destination;
    let (groups, mut faults) = references(connection, tenant, &new.groups).map_err(failure)?;
    let user = User {
        tenant,
        id: new.id,
        owner,
        context,
        first_name: new.first_name.clone(),
        last_name: new.last_name.clone(),
        email: new.email.clone(),
        groups,
        deleted_at: None,
    };
    let deleted = deleted_twin(connection, &user, restorable_since).map_err(failure)?;
    let is_same = |deleted: &KeptUser| !new.id_is_given || deleted.user.id == new.id;
    match deleted {
        Some(deleted) if is_same(&deleted) => {
            refuse(faults)?;
            let revived = User { id: deleted.user.id, ..user };
            Ok(Addition::Revival(Box::new(deleted), revived))
        }
        deleted => {
            if deleted.is_some() {
                faults.push(Fault::new(
                    "id",
                    "The e-mail is that of a deleted user with another id; leave the id out to revive it.",
                ));
            } else if new.id_is_given && !rows::is_unused(connection, tenant, new.id).map_err(failure)? {
                faults.push(id_used());
            }
            refuse(faults)?;
            Ok(Addition::New(user))
        }
    }
}

/// What is said of an id that a user has, or had.
pub(crate) fn id_used() -> Fault {
    Fault::new("id", "This id is used already, or was; leave it out or choose another.")
}

fn insert(connection: &Connection, tools: &Tools<'_>, user: &User) -> Result<Applied, Error> {
    let keys = user.keys();
    let salt = fresh_salt(tools.random);
    let beside = Beside { salt, owner_lives: true };
    refuse_used(rows::insert(connection, user, &keys, beside).map_err(failure)?)?;
    terms::replace(connection, user, &[], &keys.terms).map_err(failure)?;
    rows::apply_effect(connection, user.tenant, &rows::effect(None, user)).map_err(failure)?;
    let told = tools.told_of_user(None, user, &salt);
    Ok(Applied::done(told).with(Outcome::Added(user.id.0)).at_revision(1).stale(stale_of(user)))
}

/// What is said of an insertion that met another user.
pub(crate) fn refuse_used(inserted: Inserted) -> Result<(), Error> {
    match inserted {
        Inserted::Done => Ok(()),
        Inserted::IdUsed => Err(Error::Invalid(vec![id_used()])),
        Inserted::EmailUsed => Err(Error::EmailAlreadyInUse),
    }
}

fn refuse(faults: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// To whom a new user belongs, once that exists for the caller.
pub(crate) fn destination(connection: &Connection, place: &Place) -> Result<Destination, Error> {
    let (reach, owner, context) = match place {
        Place::Customer { scope, context } => {
            people::judge_customer(connection, scope)?;
            judge_relation(connection, scope, *context)?;
            (scope.reach(), Owner::Customer(scope.customer()), *context)
        }
        Place::Reseller(reach) => {
            people::judge_context(connection, reach)?;
            let reseller = reach.context().ok_or(Error::ResellerNotFound)?;
            (*reach, Owner::Reseller(reseller), None)
        }
        Place::Csp(reach) => (*reach, Owner::Csp, None),
    };
    Ok(Destination { tenant: reach.tenant(), owner, context })
}

/// Checks that the customer still has the context in which its own Administrator adds a user: the relation may
/// have ended since the caller was let in. The context of the scope itself was judged with the customer.
fn judge_relation(connection: &Connection, scope: &Scope, context: Option<ResellerId>) -> Result<(), Error> {
    let (tenant, customer) = (scope.tenant(), scope.customer());
    let is_judged = context.is_none() || context == scope.context();
    if is_judged || companies::is_related(connection, tenant, customer, context).map_err(failure)? {
        Ok(())
    } else {
        Err(Error::ResellerNotRelated)
    }
}

/// The groups with these ids, each once, and a fault for each that does not exist, by its place in the body.
fn references(
    connection: &Connection,
    tenant: TenantId,
    ids: &[GroupId],
) -> sql::Result<(Vec<Group>, Vec<Fault>)> {
    let (mut groups, mut faults) = (Vec::with_capacity(ids.len()), Vec::new());
    for (place, id) in ids.iter().enumerate() {
        match group_named(connection, tenant, *id)? {
            // Whoever names a group twice is in it once.
            Some(group) if groups.contains(&group) => {}
            Some(group) => groups.push(group),
            None => faults.push(unknown_group(place)),
        }
    }
    Ok((groups, faults))
}

/// What is said of a group that does not exist, by its place in the body.
pub(crate) fn unknown_group(place: usize) -> Fault {
    Fault::new(format!("groups[{place}].id"), "There is no such group; `GET /v1/users/groups` lists them.")
}

/// The deleted user of the same owner and context with the same e-mail, deleted last and not before `since`.
fn deleted_twin(connection: &Connection, user: &User, since: Timestamp) -> sql::Result<Option<KeptUser>> {
    let (kind, owner) = role_columns(user.owner.into());
    let mut found: Vec<KeptUser> = connection
        .prepare_cached(&format!(
            "SELECT {USER_COLUMNS} FROM portal_user
             WHERE tenant_id = ?1 AND email_key = ?2 AND owner_kind = ?3 AND owner_id = ?4 AND context = ?5
               AND deleted_at IS NOT NULL"
        ))?
        .query_map(
            params![user.tenant.0, user.email.folded(), kind, owner, reseller_column(user.context)],
            |row| kept_user_of(connection, row, user.tenant),
        )?
        .collect::<Result<_, _>>()?;
    found.retain(|twin| twin.user.deleted_at >= Some(since));
    found.sort_by_key(|twin| (twin.user.deleted_at, twin.user.id));
    let Some(twin) = found.pop() else { return Ok(None) };
    // A live user with the e-mail comes first: then it is in use, and nobody is revived.
    Ok((!email_in_use(connection, user)?).then_some(twin))
}

fn email_in_use(connection: &Connection, user: &User) -> sql::Result<bool> {
    let (kind, owner) = role_columns(user.owner.into());
    connection
        .prepare_cached(
            "SELECT 1 FROM portal_user WHERE tenant_id = ?1 AND email_key = ?2 AND owner_kind = ?3 AND owner_id = ?4
               AND context = ?5 AND deleted_at IS NULL",
        )?
        .exists(params![user.tenant.0, user.email.folded(), kind, owner, reseller_column(user.context)])
}

/// Changes a live user.
pub(super) fn change(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    key: &UserKey,
    patch: &UserPatch,
) -> Result<Applied, Error> {
    let kept = people::live(connection, reach, key)?;
    tools.judge_revision(kept.user.id.0, kept.revision)?;
    let mut faults = patch.faults_of(kept.user.id, kept.user.owner);
    let groups = match &patch.groups {
        None => None,
        Some(ids) => {
            let (groups, unknown) = references(connection, reach.tenant(), ids).map_err(failure)?;
            faults.extend(unknown);
            Some(groups)
        }
    };
    refuse(faults)?;
    let after = kept.user.patched(patch, groups);
    if kept.user.is_administrator() && !after.is_administrator() {
        last_administrator::judge_user(connection, &kept.user, "groups")?;
    }
    replace_user(connection, tools, &kept, &after)
}

/// Hides a live user.
pub(super) fn delete(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    key: &UserKey,
) -> Result<Applied, Error> {
    let kept = people::live(connection, reach, key)?;
    tools.judge_revision(kept.user.id.0, kept.revision)?;
    last_administrator::judge_user(connection, &kept.user, "key")?;
    let after = User { deleted_at: Some(tools.at), ..kept.user.clone() };
    replace_user(connection, tools, &kept, &after)
}

/// Brings a deleted user back. One that is live already stays as it is, so that this is safe to repeat.
pub(super) fn restore(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    id: UserId,
    since: Timestamp,
) -> Result<Applied, Error> {
    let kept = people::restorable(connection, reach, id, since)?;
    if kept.user.deleted_at.is_none() {
        return Ok(Applied::done(super::about(&kept.user)).at_revision(kept.revision));
    }
    let after = User { deleted_at: None, ..kept.user.clone() };
    replace_user(connection, tools, &kept, &after)
}
