//! How is a user written? With its order key and its document, so that reading has nothing left to do.

use domain::id::{CustomerId, ResellerId, TenantId};
use domain::user::{Keys, Owner, User};
use rusqlite::{Connection, params};

use super::rows::{reseller_column, role_columns};

/// What a write of a user does to the figures of its customer.
pub(crate) struct Effect {
    /// The customer whose listing shows the write.
    pub(crate) customer: CustomerId,
    /// The context whose listing shows it too.
    pub(crate) context: Option<ResellerId>,
    /// How many live users more, or fewer.
    pub(crate) count: i64,
}

/// What [`insert`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inserted {
    /// The row was written.
    Done,
    /// The id is used in this tenant.
    IdUsed,
    /// A live user of this owner and context has the e-mail.
    EmailUsed,
}

/// Adds a row for `user`, whose `keys` these are.
pub(crate) fn insert(connection: &Connection, user: &User, keys: &Keys) -> rusqlite::Result<Inserted> {
    let (kind, owner) = role_columns(user.owner.into());
    let written = connection
        .prepare_cached(
            "INSERT INTO user (tenant_id, user_id, owner_kind, owner_id, context, first_name, last_name, email,
                               email_key, groups, order_key, document, deleted_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            user.tenant.0,
            user.id.0,
            kind,
            owner,
            reseller_column(user.context),
            user.first_name.as_ref().map(domain::text::Name::as_str),
            user.last_name.as_ref().map(domain::text::Name::as_str),
            user.email.as_str(),
            keys.email,
            group_column(user),
            keys.order.as_bytes(),
            user.document(),
            user.deleted_at.map(|time| time.to_string()),
        ])?;
    if written == 1 {
        return Ok(Inserted::Done);
    }
    let id_used = connection
        .prepare_cached("SELECT 1 FROM user WHERE tenant_id = ?1 AND user_id = ?2")?
        .exists(params![user.tenant.0, user.id.0])?;
    Ok(if id_used { Inserted::IdUsed } else { Inserted::EmailUsed })
}

/// Writes `user` over the row with its id.
pub(crate) fn update(connection: &Connection, user: &User) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE user SET first_name = ?3, last_name = ?4, email = ?5, email_key = ?6, groups = ?7,
                             order_key = ?8, document = ?9, deleted_at = ?10
             WHERE tenant_id = ?1 AND user_id = ?2",
        )?
        .execute(params![
            user.tenant.0,
            user.id.0,
            user.first_name.as_ref().map(domain::text::Name::as_str),
            user.last_name.as_ref().map(domain::text::Name::as_str),
            user.email.as_str(),
            user.email.folded(),
            group_column(user),
            user.order_key().as_bytes(),
            user.document(),
            user.deleted_at.map(|time| time.to_string()),
        ])
}

/// What adding `user`, or putting it in the place of `before`, does to its customer.
pub(crate) fn effect(before: Option<&User>, user: &User) -> Option<Effect> {
    let live = |user: &User| i64::from(user.deleted_at.is_none());
    let Owner::Customer(customer) = user.owner else { return None };
    Some(Effect { customer, context: user.context, count: live(user) - before.map_or(0, live) })
}

/// Raises the listing versions that a write is seen in, and corrects the counts.
pub(crate) fn apply_effect(
    connection: &Connection,
    tenant: TenantId,
    effect: &Effect,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE customer SET listing_version = listing_version + 1, user_count = user_count + ?3
             WHERE tenant_id = ?1 AND customer_id = ?2",
        )?
        .execute(params![tenant.0, effect.customer.0, effect.count])?;
    connection
        .prepare_cached(
            "UPDATE relation SET listing_version = listing_version + 1, user_count = user_count + ?4
             WHERE tenant_id = ?1 AND customer_id = ?2 AND reseller_id = ?3",
        )?
        .execute(params![tenant.0, effect.customer.0, reseller_column(effect.context), effect.count])?;
    Ok(())
}

fn group_column(user: &User) -> Vec<u8> {
    user.groups.iter().flat_map(|group| *group.id.as_bytes()).collect()
}
