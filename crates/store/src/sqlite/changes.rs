//! How does a change become rows? One function for each change, inside the transaction that also holds
//! its audit record.

use domain::change::Change;
use domain::error::Error;
use domain::id::{CustomerId, TenantId};
use domain::user::User;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use super::rows::failure;
use super::users::{self, Effect, Inserted};

/// What becomes stale when a change is committed.
pub(crate) enum Stale {
    /// The listing of a customer, and who its users are.
    Customer(TenantId, CustomerId),
    /// Who callers are.
    Directory,
}

/// Applies one change, and tells what it made stale.
pub(crate) fn apply(connection: &Connection, change: &Change) -> Result<Vec<Stale>, Error> {
    match change {
        Change::IdentityBound { tenant, user, issuer, subject } => {
            let bound = connection
                .prepare_cached(
                    "INSERT INTO identity (tenant_id, issuer, subject, user_id) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO NOTHING",
                )
                .and_then(|mut statement| statement.execute(params![tenant.0, issuer, subject, user.0]))
                .map_err(failure)?;
            if bound == 0 {
                return Err(Error::TenantForbidden("the user or the subject is bound already"));
            }
            Ok(vec![Stale::Directory])
        }
        Change::UserAdded(user) => match users::insert(connection, user, &user.keys()).map_err(failure)? {
            Inserted::Done => settle(connection, user.tenant, users::effect(None, user)),
            Inserted::IdUsed => {
                Err(Error::invalid("id", "This id is used already; leave it out or choose another."))
            }
            Inserted::EmailUsed => Err(email_used()),
        },
        Change::UserChanged { before, after } => {
            // Whether the user is live now is read here: `before` was read before others wrote, and the
            // counts must not drift.
            let was_live = is_live(connection, after).map_err(failure)?;
            let Some(was_live) = was_live else {
                return Err(Error::Internal("the user to change is gone".to_owned()));
            };
            if let Err(error) = users::update(connection, after) {
                return Err(match error.sqlite_error_code() {
                    Some(ErrorCode::ConstraintViolation) => email_used(),
                    _ => failure(error),
                });
            }
            let effect = users::effect(Some(before), after).map(|effect| Effect {
                count: i64::from(after.deleted_at.is_none()) - i64::from(was_live),
                ..effect
            });
            settle(connection, after.tenant, effect)
        }
    }
}

fn is_live(connection: &Connection, user: &User) -> rusqlite::Result<Option<bool>> {
    connection
        .prepare_cached("SELECT deleted_at IS NULL FROM user WHERE tenant_id = ?1 AND user_id = ?2")?
        .query_row(params![user.tenant.0, user.id.0], |row| row.get(0))
        .optional()
}

fn email_used() -> Error {
    Error::invalid("email", "A user of this owner and context has this e-mail already.")
}

/// Carries the effect on the customer out; a change of staff has none but on who callers are.
fn settle(connection: &Connection, tenant: TenantId, effect: Option<Effect>) -> Result<Vec<Stale>, Error> {
    let mut stale = vec![Stale::Directory];
    if let Some(effect) = effect {
        users::apply_effect(connection, tenant, &effect).map_err(failure)?;
        stale.push(Stale::Customer(tenant, effect.customer));
    }
    Ok(stale)
}
