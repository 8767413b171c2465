//! How does a customer come to a reseller, and leave it? Its users in that context stay with the distributor
//! when it does, each with a record of its own.

use domain::access::Scope;
use domain::audit::Operation;
use domain::change::Difference;
use domain::error::Error;
use domain::id::{ResellerId, UserId};
use domain::user::{Owner, User};
use uuid::Uuid;

use super::{Applied, Stale, Told, Tools, plain};
use crate::sql::failure;
use crate::sql::rows::{KeptUser, reseller_column};
use crate::sql::users::Effect;
use crate::sql::{self, Connection, params};
use crate::sql::{companies, listing, users};

/// The reseller that a relation is with.
fn reseller_of(scope: &Scope) -> Result<ResellerId, Error> {
    scope.context().ok_or(Error::ResellerNotFound)
}

fn told(scope: &Scope, reseller: ResellerId, difference: Option<Difference>) -> Told {
    Told {
        target: Some(scope.customer().0),
        reseller: Some(reseller),
        customer: Some(scope.customer()),
        changes: plain(difference.into_iter().collect()),
    }
}

/// A relation is part of the customer, and has no revision of its own.
fn judge_revision(connection: &Connection, tools: &Tools<'_>, scope: &Scope) -> Result<(), Error> {
    let customer = scope.customer();
    let revision = companies::revision(connection, scope.tenant(), customer).map_err(failure)?;
    tools.judge_revision(customer.0, revision)
}

/// Relates a customer to a reseller; it may be so already.
pub(super) fn add(connection: &Connection, tools: &Tools<'_>, scope: &Scope) -> Result<Applied, Error> {
    let reseller = reseller_of(scope)?;
    let standing = listing::standing(connection, scope).map_err(failure)?.ok_or(Error::CustomerNotFound)?;
    judge_revision(connection, tools, scope)?;
    if standing.related {
        return Ok(Applied::done(told(scope, reseller, None)));
    }
    let lives = users::owner_lives(connection, scope.tenant(), Owner::Reseller(reseller)).map_err(failure)?;
    if !lives {
        return Err(Error::ResellerNotFound);
    }
    let write = || -> sql::Result<()> {
        companies::insert_relation(connection, scope.tenant(), scope.customer(), Some(reseller), None)?;
        super::customers::raise_revision(connection, scope)
    };
    write().map_err(failure)?;
    let difference = Difference::of("resellerId", None, Some(reseller.to_string()));
    Ok(Applied::done(told(scope, reseller, difference))
        .stale([Stale::Customer(scope.tenant(), scope.customer())]))
}

/// Ends a relation. Users in its context go to no context; where their e-mail is in use there, nothing is
/// done.
pub(super) fn end(connection: &Connection, tools: &Tools<'_>, scope: &Scope) -> Result<Applied, Error> {
    let reseller = reseller_of(scope)?;
    crate::sql::people::judge_customer(connection, scope)?;
    judge_revision(connection, tools, scope)?;
    let movers = movers(connection, scope, reseller).map_err(failure)?;
    let mut applied =
        Applied::done(told(scope, reseller, Difference::of("resellerId", Some(reseller.to_string()), None)));
    let mut live = 0;
    for kept in movers {
        let after = User { context: None, ..kept.user.clone() };
        users::replace(connection, &kept.user, &after)
            .map_err(|error| if error.is_conflict() { Error::EmailAlreadyInUse } else { failure(error) })?;
        live += i64::from(after.deleted_at.is_none());
        let moved = tools.told_of_user(Some(&kept.user), &after, &kept.salt);
        // The reseller that the user leaves sees that it does.
        applied.along.push((Operation::UpdateUser, Told { reseller: Some(reseller), ..moved }));
    }
    let write = || -> sql::Result<()> {
        connection
            .prepare_cached(
                "DELETE FROM relation WHERE tenant_id = ?1 AND customer_id = ?2 AND reseller_id = ?3",
            )?
            .execute(params![scope.tenant().0, scope.customer().0, reseller_column(Some(reseller))])?;
        super::customers::raise_revision(connection, scope)?;
        // The users stay with the customer, and come to those that it has directly.
        let owner = Owner::Customer(scope.customer());
        users::apply_effect(connection, scope.tenant(), &Effect { owner, context: None, count: live })?;
        connection
            .prepare_cached(
                "UPDATE customer SET user_count = user_count - ?3 WHERE tenant_id = ?1 AND customer_id = ?2",
            )?
            .execute(params![scope.tenant().0, scope.customer().0, live])
            .map(drop)
    };
    write().map_err(failure)?;
    // Who was in that context is so no more, also as a caller.
    Ok(applied.stale([Stale::Customer(scope.tenant(), scope.customer()), Stale::Directory]))
}

/// All users of the customer in the reseller's context, deleted ones included.
fn movers(connection: &Connection, scope: &Scope, reseller: ResellerId) -> sql::Result<Vec<KeptUser>> {
    let ids: Vec<Uuid> = connection
        .prepare_cached(
            "SELECT user_id FROM portal_user
             WHERE tenant_id = ?1 AND owner_id = ?2 AND owner_kind = 2 AND context = ?3 AND shown = 1
             UNION ALL
             SELECT user_id FROM portal_user
             WHERE tenant_id = ?1 AND owner_id = ?2 AND owner_kind = 2 AND context = ?3
               AND deleted_at IS NOT NULL",
        )?
        .query_map(params![scope.tenant().0, scope.customer().0, reseller.0], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    ids.into_iter()
        .filter_map(|id| users::by_id(connection, scope.tenant(), UserId(id)).transpose())
        .collect()
}
