//! How are groups added, renamed and deleted? Their members show it at once: the documents of all of them are
//! written anew in the same transaction.

use std::collections::HashSet;

use domain::access::Reach;
use domain::change::{Difference, Outcome};
use domain::error::Error;
use domain::group::{BUILT_IN, Group};
use domain::id::{CustomerId, GroupId, ResellerId, TenantId, UserId};
use domain::order::OrderKey;
use domain::search::Term;
use domain::text::fold_case;
use domain::user::{Owner, User};

use super::{Applied, Stale, Told, Tools, plain};
use crate::sql::failure;
use crate::sql::rows::unsigned;
use crate::sql::{self, Connection, OptionalExtension, params};
use crate::sql::{terms, users};

pub(super) fn add(connection: &Connection, reach: &Reach, id: GroupId, name: &str) -> Result<Applied, Error> {
    let tenant = reach.tenant();
    judge_name(connection, tenant, id, name)?;
    if !insert(connection, tenant, &Group { id, name: name.to_owned() }).map_err(failure)? {
        return Err(Error::invalid("id", "This id is used already; leave it out or choose another."));
    }
    let told = told(id, Difference::of("name", None, Some(name.to_owned())));
    Ok(Applied::done(told).with(Outcome::Added(id.0)).at_revision(1))
}

/// Adds the row of a group; false when the id is used.
pub(crate) fn insert(connection: &Connection, tenant: TenantId, group: &Group) -> sql::Result<bool> {
    let written = connection
        .prepare_cached(
            "INSERT INTO user_group (tenant_id, group_id, name, order_key) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            tenant.0,
            group.id.0,
            group.name,
            OrderKey::of_group(&group.name, group.id.0).as_bytes()
        ])?;
    Ok(written == 1)
}

pub(super) fn rename(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    id: GroupId,
    name: &str,
) -> Result<Applied, Error> {
    let tenant = reach.tenant();
    let (before, revision) = custom(connection, tools, tenant, id)?;
    judge_name(connection, tenant, id, name)?;
    let write = || -> sql::Result<Vec<Stale>> {
        connection
            .prepare_cached(
                "UPDATE user_group SET name = ?3, order_key = ?4, revision = revision + 1
                 WHERE tenant_id = ?1 AND group_id = ?2",
            )?
            .execute(params![tenant.0, id.0, name, OrderKey::of_group(name, id.0).as_bytes()])?;
        rewrite_members(connection, tenant, id)
    };
    let stale = write().map_err(failure)?;
    let told = told(id, Difference::of("name", Some(before), Some(name.to_owned())));
    Ok(Applied::done(told).at_revision(revision + 1).stale(stale))
}

pub(super) fn delete(
    connection: &Connection,
    tools: &Tools<'_>,
    reach: &Reach,
    id: GroupId,
) -> Result<Applied, Error> {
    let tenant = reach.tenant();
    let (before, _) = custom(connection, tools, tenant, id)?;
    let write = || -> sql::Result<Vec<Stale>> {
        connection
            .prepare_cached("DELETE FROM user_group WHERE tenant_id = ?1 AND group_id = ?2")?
            .execute(params![tenant.0, id.0])?;
        let stale = rewrite_members(connection, tenant, id)?;
        connection
            .prepare_cached("DELETE FROM user_term WHERE tenant_id = ?1 AND term = ?2")?
            .execute(params![tenant.0, Term::of_group(id).as_bytes()])?;
        Ok(stale)
    };
    let stale = write().map_err(failure)?;
    let told = told(id, Difference::of("name", Some(before), None));
    Ok(Applied::done(told).stale(stale))
}

fn told(id: GroupId, difference: Option<Difference>) -> Told {
    let changes = plain(difference.into_iter().collect());
    Told { target: Some(id.0), changes, ..Told::default() }
}

/// The name and the revision of a group that may be changed.
fn custom(
    connection: &Connection,
    tools: &Tools<'_>,
    tenant: TenantId,
    id: GroupId,
) -> Result<(String, u64), Error> {
    let found = connection
        .prepare_cached("SELECT name, revision FROM user_group WHERE tenant_id = ?1 AND group_id = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![tenant.0, id.0], |row| Ok((row.get(0)?, unsigned(row, 1)?)))
                .optional()
        })
        .map_err(failure)?;
    let (name, revision) = found.ok_or(Error::GroupNotFound)?;
    if BUILT_IN.iter().any(|(built_in, _)| *built_in == id) {
        return Err(Error::invalid("id", "This group is built in; it can be neither changed nor deleted."));
    }
    tools.judge_revision(id.0, revision)?;
    Ok((name, revision))
}

/// Refuses a name that another group has, whatever its case: nobody could tell the two apart, and one that
/// looks like Administrator would be a trap.
fn judge_name(connection: &Connection, tenant: TenantId, id: GroupId, name: &str) -> Result<(), Error> {
    let folded = fold_case(name);
    let names: Vec<String> = connection
        .prepare_cached("SELECT name FROM user_group WHERE tenant_id = ?1 AND group_id <> ?2")
        .and_then(|mut statement| statement.query_map(params![tenant.0, id.0], |row| row.get(0))?.collect())
        .map_err(failure)?;
    if names.iter().any(|known| fold_case(known) == folded) {
        return Err(Error::invalid("name", "Another group has this name; choose one that is not used."));
    }
    Ok(())
}

/// Writes what the members of a group show of it anew, and tells what became stale.
fn rewrite_members(connection: &Connection, tenant: TenantId, id: GroupId) -> sql::Result<Vec<Stale>> {
    let mut listings: HashSet<(CustomerId, Option<ResellerId>)> = HashSet::new();
    let mut write = connection.prepare_cached(
        "UPDATE portal_user SET groups = ?3, document = ?4, revision = revision + 1
         WHERE tenant_id = ?1 AND user_id = ?2",
    )?;
    for user_id in terms::users_with(connection, tenant, &Term::of_group(id))? {
        let Some(kept) = users::by_id(connection, tenant, UserId(user_id))? else { continue };
        let user: &User = &kept.user;
        write.execute(params![tenant.0, user_id, users::group_column(user), user.document()])?;
        if let Owner::Customer(customer) = user.owner {
            listings.insert((customer, user.context));
        }
    }
    let mut stale = HashSet::new();
    for (customer, context) in listings {
        let effect = users::Effect { owner: Owner::Customer(customer), context, count: 0 };
        users::apply_effect(connection, tenant, &effect)?;
        stale.insert(customer);
    }
    Ok(stale.into_iter().map(|customer| Stale::Customer(tenant, customer)).collect())
}
