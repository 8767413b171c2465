//! How is a user written? With its order key, its document and its terms, so that reading has nothing left
//! to do.

use domain::id::{CustomerId, ResellerId, TenantId, UserId};
use domain::user::{Keys, Owner, User};
use jiff::Timestamp;

use super::derive::tenant_ids;
use super::rows::{KeptUser, Salt, USER_COLUMNS, kept_user_of, reseller_column, role_columns, time_of};
use super::terms;
use crate::sql::{self, Connection, OptionalExtension, Params, Value, params};

/// What a write of a user does to the figures of its owner.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Effect {
    /// To whom the user belongs.
    pub(crate) owner: Owner,
    /// The context whose listing shows the write too.
    pub(crate) context: Option<ResellerId>,
    /// How many live users more, or fewer.
    pub(crate) count: i64,
}

/// What [`insert`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inserted {
    /// The row was written.
    Done,
    /// The id is used in this tenant, or was.
    IdUsed,
    /// A live user of this owner and context has the e-mail.
    EmailUsed,
}

/// What a new row says beside what the user itself does.
#[derive(Clone, Copy)]
pub(crate) struct Beside {
    pub(crate) salt: Salt,
    /// Whether the owner is live.
    pub(crate) owner_lives: bool,
}

/// The columns that are written for a new user, in the order of [`Written::values`].
macro_rules! written_columns {
    () => {
        "tenant_id, user_id, owner_kind, owner_id, context, first_name, last_name, email, email_key, groups,
         order_key, document, deleted_at, shown, reach, salt"
    };
}

pub(crate) use written_columns;

/// What is written for a new user.
pub(crate) struct Written<'u> {
    user: &'u User,
    keys: &'u Keys,
    beside: &'u Beside,
    kind: i64,
    owner: Vec<u8>,
    context: Vec<u8>,
    groups: Vec<u8>,
    document: String,
    deleted_at: Option<String>,
    reach: Vec<u8>,
}

impl<'u> Written<'u> {
    pub(crate) fn of(user: &'u User, keys: &'u Keys, beside: &'u Beside) -> Self {
        let (kind, owner) = role_columns(user.owner.into());
        Self {
            user,
            keys,
            beside,
            kind,
            owner,
            context: reseller_column(user.context),
            groups: group_column(user),
            document: user.document(),
            deleted_at: user.deleted_at.map(|time| time.to_string()),
            reach: reseller_column(user.reach()),
        }
    }

    pub(crate) fn values(&self) -> [Value<'_>; 16] {
        let Self { user, keys, beside, .. } = self;
        [
            Value::Id(user.tenant.0),
            Value::Id(user.id.0),
            Value::Integer(self.kind),
            Value::Blob(&self.owner),
            Value::Blob(&self.context),
            user.first_name.as_ref().map_or(Value::Null, |name| Value::Text(name.as_str())),
            user.last_name.as_ref().map_or(Value::Null, |name| Value::Text(name.as_str())),
            Value::Text(user.email.as_str()),
            Value::Text(&keys.email),
            Value::Blob(&self.groups),
            Value::Blob(keys.order.as_bytes()),
            Value::Text(&self.document),
            self.deleted_at.as_deref().map_or(Value::Null, Value::Text),
            Value::Integer(is_shown(user, beside.owner_lives).into()),
            Value::Blob(&self.reach),
            Value::Blob(&beside.salt),
        ]
    }
}

/// Adds a row for `user`, whose `keys` these are, and not yet its terms.
pub(crate) fn insert(
    connection: &Connection,
    user: &User,
    keys: &Keys,
    beside: Beside,
) -> sql::Result<Inserted> {
    let written = connection
        .prepare_cached(concat!(
            "INSERT INTO portal_user (",
            written_columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
             ON CONFLICT DO NOTHING"
        ))?
        .execute(Params::ByPlace(&Written::of(user, keys, &beside).values()))?;
    if written == 1 {
        return Ok(Inserted::Done);
    }
    let id_used = connection
        .prepare_cached("SELECT 1 FROM portal_user WHERE tenant_id = ?1 AND user_id = ?2")?
        .exists(params![user.tenant.0, user.id.0])?;
    Ok(if id_used { Inserted::IdUsed } else { Inserted::EmailUsed })
}

/// Whether lists show the user.
pub(crate) fn is_shown(user: &User, owner_lives: bool) -> bool {
    user.deleted_at.is_none() && owner_lives
}

/// Whether the tenant never used an id for a user.
pub(crate) fn is_unused(connection: &Connection, tenant: TenantId, id: UserId) -> sql::Result<bool> {
    let used = connection
        .prepare_cached("SELECT 1 FROM portal_user WHERE tenant_id = ?1 AND user_id = ?2")?
        .exists(params![tenant.0, id.0])?;
    Ok(!used && !is_former(connection, tenant, id)?)
}

/// Whether an id is that of a user who was purged.
pub(crate) fn is_former(connection: &Connection, tenant: TenantId, id: UserId) -> sql::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM former_user WHERE tenant_id = ?1 AND user_id = ?2")?
        .exists(params![tenant.0, id.0])
}

/// What the housekeeping has to do: some users who were deleted before a moment, and some deleted customers
/// that lists still show users of.
pub(crate) fn due(connection: &Connection, before: Timestamp, limit: u32) -> sql::Result<Due> {
    let mut due = Due::default();
    let mut users = connection.prepare_cached(
        "SELECT user_id, deleted_at FROM portal_user WHERE tenant_id = ?1 AND deleted_at IS NOT NULL
         ORDER BY deleted_at LIMIT ?2",
    )?;
    let mut customers = connection.prepare_cached(
        "SELECT customer_id FROM customer
         WHERE tenant_id = ?1 AND deleted_at IS NOT NULL AND EXISTS (
             SELECT 1 FROM portal_user WHERE portal_user.tenant_id = ?1 AND owner_id = customer.customer_id AND shown = 1)",
    )?;
    for tenant in tenant_ids(connection)? {
        connection.enter(tenant)?;
        let deleted = users
            .query_map(params![tenant.0, limit], |row| Ok((UserId(row.get(0)?), time_of(row.get(1)?)?)))?;
        for user in deleted {
            let (id, deleted_at) = user?;
            // Texts of times do not quite compare as the times do, so each is looked at.
            if deleted_at.is_some_and(|at| at < before) {
                due.0.push((tenant, id));
            }
        }
        for id in customers.query_map(params![tenant.0], |row| row.get(0))? {
            due.1.push((tenant, CustomerId(id?)));
        }
    }
    Ok(due)
}

/// Users and customers that the housekeeping has to look after.
pub(crate) type Due = (Vec<(TenantId, UserId)>, Vec<(TenantId, CustomerId)>);

/// Writes `after` in the place of the user `before`, whose owner lives, and gives it the next revision.
pub(crate) fn replace(connection: &Connection, before: &User, after: &User) -> sql::Result<()> {
    let keys = after.keys();
    connection
        .prepare_cached(
            "UPDATE portal_user SET first_name = ?3, last_name = ?4, email = ?5, email_key = ?6, groups = ?7,
                             order_key = ?8, document = ?9, deleted_at = ?10, shown = ?11, context = ?12,
                             reach = ?13, revision = revision + 1
             WHERE tenant_id = ?1 AND user_id = ?2",
        )?
        .execute(params![
            after.tenant.0,
            after.id.0,
            after.first_name.as_ref().map(domain::text::Name::as_str),
            after.last_name.as_ref().map(domain::text::Name::as_str),
            after.email.as_str(),
            keys.email,
            group_column(after),
            keys.order.as_bytes(),
            after.document(),
            after.deleted_at.map(|time| time.to_string()),
            is_shown(after, true),
            reseller_column(after.context),
            reseller_column(after.reach()),
        ])?;
    let terms_of = |user: &User, keys: Option<Keys>| match (is_shown(user, true), keys) {
        (false, _) => Vec::new(),
        (true, Some(keys)) => keys.terms,
        (true, None) => user.keys().terms,
    };
    terms::replace(connection, after, &terms_of(before, None), &terms_of(after, Some(keys)))
}

/// The user with this id, whoever may see it.
pub(crate) fn by_id(connection: &Connection, tenant: TenantId, id: UserId) -> sql::Result<Option<KeptUser>> {
    connection
        .prepare_cached(&format!(
            "SELECT {USER_COLUMNS} FROM portal_user WHERE tenant_id = ?1 AND user_id = ?2"
        ))?
        .query_row(params![tenant.0, id.0], |row| kept_user_of(connection, row, tenant))
        .optional()
}

/// What adding `user`, or putting it in the place of `before`, does to the figures of its owner.
pub(crate) fn effect(before: Option<&User>, user: &User) -> Effect {
    let live = |user: &User| i64::from(user.deleted_at.is_none());
    Effect { owner: user.owner, context: user.context, count: live(user) - before.map_or(0, live) }
}

/// Raises the listing versions that a write is seen in, and corrects the counts.
pub(crate) fn apply_effect(connection: &Connection, tenant: TenantId, effect: &Effect) -> sql::Result<()> {
    apply_effects(connection, tenant, std::slice::from_ref(effect))
}

/// The same for many writes, which are sent together.
pub(crate) fn apply_effects(
    connection: &Connection,
    tenant: TenantId,
    effects: &[Effect],
) -> sql::Result<()> {
    let contexts: Vec<Vec<u8>> = effects.iter().map(|effect| reseller_column(effect.context)).collect();
    let (mut tenants, mut resellers) = (Vec::new(), Vec::new());
    let (mut customers, mut relations) = (Vec::new(), Vec::new());
    for (Effect { owner, count, .. }, context) in effects.iter().zip(&contexts) {
        let (tenant, count) = (Value::Id(tenant.0), Value::Integer(*count));
        match owner {
            Owner::Csp => tenants.extend([tenant, count]),
            Owner::Reseller(reseller) => resellers.extend([tenant, Value::Id(reseller.0), count]),
            Owner::Customer(customer) => {
                customers.extend([tenant, Value::Id(customer.0), count]);
                relations.extend([tenant, Value::Id(customer.0), Value::Blob(context), count]);
            }
        }
    }
    for (sql, width, values) in [
        ("UPDATE tenant SET user_count = user_count + ?2 WHERE tenant_id = ?1", 2, tenants),
        (
            "UPDATE reseller SET user_count = user_count + ?3 WHERE tenant_id = ?1 AND reseller_id = ?2",
            3,
            resellers,
        ),
        (
            "UPDATE customer SET listing_version = listing_version + 1, user_count = user_count + ?3
             WHERE tenant_id = ?1 AND customer_id = ?2",
            3,
            customers,
        ),
        (
            "UPDATE relation SET listing_version = listing_version + 1, user_count = user_count + ?4
             WHERE tenant_id = ?1 AND customer_id = ?2 AND reseller_id = ?3",
            4,
            relations,
        ),
    ] {
        if !values.is_empty() {
            connection.prepare_cached(sql)?.execute_each(width, &values)?;
        }
    }
    Ok(())
}

/// Whether the owner exists and is not deleted.
pub(crate) fn owner_lives(connection: &Connection, tenant: TenantId, owner: Owner) -> sql::Result<bool> {
    let (sql, id) = match owner {
        Owner::Csp => ("SELECT 1 FROM tenant WHERE tenant_id = ?1 AND tenant_id = ?2", tenant.0),
        Owner::Reseller(id) => (LIVE_RESELLER, id.0),
        Owner::Customer(id) => (LIVE_CUSTOMER, id.0),
    };
    connection.prepare_cached(sql)?.exists(params![tenant.0, id])
}

const LIVE_RESELLER: &str =
    "SELECT 1 FROM reseller WHERE tenant_id = ?1 AND reseller_id = ?2 AND deleted_at IS NULL";
const LIVE_CUSTOMER: &str =
    "SELECT 1 FROM customer WHERE tenant_id = ?1 AND customer_id = ?2 AND deleted_at IS NULL";

/// The ids of a user's groups as they are kept.
pub(crate) fn group_column(user: &User) -> Vec<u8> {
    user.groups.iter().flat_map(|group| *group.id.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::postgres::fixture::{Database, plan_of};

    #[test]
    fn an_owner_is_found_by_its_key_in_a_table_that_was_never_looked_at() {
        let Some(database) = Database::new("owners") else { return };
        let application = database.application();
        let (tenant, literal) = (TenantId(Uuid::from_u128(1)), format!("'\\x{:032x}'", 1));
        for (sql, key) in [(LIVE_CUSTOMER, "customer_pkey"), (LIVE_RESELLER, "reseller_pkey")] {
            // Whether that it lives is a condition or not: most statements have it as one.
            for sql in [sql, sql.trim_end_matches(" AND deleted_at IS NULL")] {
                let plan = plan_of(&application, tenant, sql, &[literal.clone(), literal.clone()]);
                assert!(plan.iter().any(|step| step.contains(key)), "{plan:#?}");
            }
        }
    }
}
