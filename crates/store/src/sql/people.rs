//! Which user is meant, as this caller may see it? Looked up with the right in the `WHERE`: a user that is
//! absent, deleted, of another tenant or out of reach takes the same statement and gives the same nothing.

use domain::access::{Reach, Scope};
use domain::error::Error;
use domain::id::UserId;
use domain::principal::Role;
use domain::user::{Owner, UserKey};
use jiff::Timestamp;
use uuid::Uuid;

use super::rows::{KeptUser, USER_COLUMNS, kept_user_of, reseller_column};
use super::{listing, users};
use crate::sql::failure;
use crate::sql::{self, Connection, OptionalExtension, named_params, params};

/// What cuts the users of a tenant to those of a right, as parameters of [`WITHIN`].
pub(crate) struct Cut {
    /// Only users in this reseller's hands.
    pub(crate) reach: Option<Uuid>,
    /// Only users of this customer.
    pub(crate) customer: Option<Uuid>,
}

impl Cut {
    pub(crate) fn of(reach: &Reach) -> Self {
        let customer = match reach.role() {
            Role::Customer(id) => Some(id.0),
            Role::Csp | Role::Reseller(_) => None,
        };
        Self { reach: reach.context().map(|id| id.0), customer }
    }
}

/// The condition on `user` that a right stands for.
pub(crate) const WITHIN: &str = "(reach = :reach OR :reach IS NULL)
    AND ((owner_kind = 2 AND owner_id = :customer) OR :customer IS NULL)";

/// Checks the reseller that a right is narrowed to.
///
/// # Errors
/// The reseller does not exist in the tenant, or is not related to the customer that asks.
pub(crate) fn judge_context(connection: &Connection, reach: &Reach) -> Result<(), Error> {
    let Some(reseller) = reach.context() else { return Ok(()) };
    match reach.role() {
        // It is alive, or its principal would not be.
        Role::Reseller(_) => Ok(()),
        Role::Csp => match users::owner_lives(connection, reach.tenant(), Owner::Reseller(reseller)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::ResellerNotFound),
            Err(error) => Err(failure(error)),
        },
        Role::Customer(customer) => {
            let related = connection
                .prepare_cached(
                    "SELECT 1 FROM relation WHERE tenant_id = ?1 AND customer_id = ?2 AND reseller_id = ?3
                     AND EXISTS (SELECT 1 FROM reseller WHERE reseller.tenant_id = ?1
                                 AND reseller.reseller_id = ?3 AND reseller.deleted_at IS NULL)",
                )
                .and_then(|mut statement| {
                    statement.exists(params![reach.tenant().0, customer.0, reseller_column(Some(reseller))])
                })
                .map_err(failure)?;
            if related { Ok(()) } else { Err(Error::ResellerNotRelated) }
        }
    }
}

/// Checks that the customer of a scope exists for it, and that the reseller of its context is related.
///
/// # Errors
/// [`Error::CustomerNotFound`], then [`Error::ResellerNotRelated`].
pub(crate) fn judge_customer(connection: &Connection, scope: &Scope) -> Result<(), Error> {
    let standing = listing::standing(connection, scope).map_err(failure)?.ok_or(Error::CustomerNotFound)?;
    if standing.related { Ok(()) } else { Err(Error::ResellerNotRelated) }
}

/// The live user with this key, as the right may see it.
///
/// # Errors
/// As of [`judge_context`]; there is no such user, or several have the e-mail.
pub(crate) fn live(connection: &Connection, reach: &Reach, key: &UserKey) -> Result<KeptUser, Error> {
    judge_context(connection, reach)?;
    let (by, value) = match key {
        UserKey::Id(_) => ("user_id = :id", None),
        UserKey::Email(email) => ("email_key = :email AND deleted_at IS NULL", Some(email.folded())),
    };
    let id = match key {
        UserKey::Id(id) => Some(id.0),
        UserKey::Email(_) => None,
    };
    let Cut { reach: of_reseller, customer } = Cut::of(reach);
    let tenant = reach.tenant();
    let found: sql::Result<Vec<KeptUser>> = (|| {
        connection
            .prepare_cached(&format!(
                "SELECT {USER_COLUMNS} FROM portal_user WHERE tenant_id = :tenant AND {by} AND shown = 1 AND {WITHIN}
                 LIMIT 2"
            ))?
            .query_map(
                named_params! {
                    ":tenant": tenant.0,
                    ":id": id,
                    ":email": value,
                    ":reach": of_reseller,
                    ":customer": customer,
                },
                |row| kept_user_of(connection, row, tenant),
            )?
            .collect()
    })();
    let mut found = found.map_err(failure)?;
    match (found.pop(), found.is_empty()) {
        (Some(user), true) => Ok(user),
        (Some(_), false) => Err(Error::AmbiguousUser),
        (None, _) => Err(Error::UserNotFound),
    }
}

/// The user with this id, as the right may see it, whether live or deleted not before `since`.
///
/// # Errors
/// As of [`judge_context`]; there is no such user.
pub(crate) fn restorable(
    connection: &Connection,
    reach: &Reach,
    id: UserId,
    since: Timestamp,
) -> Result<KeptUser, Error> {
    judge_context(connection, reach)?;
    let Cut { reach: of_reseller, customer } = Cut::of(reach);
    let tenant = reach.tenant();
    let found = connection
        .prepare_cached(&format!(
            "SELECT {USER_COLUMNS} FROM portal_user WHERE tenant_id = :tenant AND user_id = :id AND {WITHIN}"
        ))
        .and_then(|mut statement| {
            statement
                .query_row(
                    named_params! {
                        ":tenant": tenant.0, ":id": id.0, ":reach": of_reseller, ":customer": customer
                    },
                    |row| kept_user_of(connection, row, tenant),
                )
                .optional()
        })
        .map_err(failure)?;
    let found = found.filter(|found| found.user.deleted_at.is_none_or(|deleted| deleted >= since));
    let found = found.ok_or(Error::UserNotFound)?;
    if users::owner_lives(connection, tenant, found.user.owner).map_err(failure)? {
        Ok(found)
    } else {
        Err(Error::UserNotFound)
    }
}
