//! How do domain values become columns and back? One place for each kind of row.

use domain::group::Group;
use domain::id::{CustomerId, GroupId, ResellerId, TenantId, UserId};
use domain::principal::Role;
use domain::text::{Email, Name};
use domain::user::{Owner, User};
use jiff::Timestamp;
use uuid::Uuid;

use crate::sql::{self, Connection, OptionalExtension, Row, params};

/// A stored value that cannot be what the program once wrote.
pub(crate) fn damaged(column: &'static str) -> sql::Failure {
    sql::Failure::Damaged(column)
}

/// An optional reseller as its column: an empty blob stands for none.
pub(crate) fn reseller_column(reseller: Option<ResellerId>) -> Vec<u8> {
    reseller.map_or_else(Vec::new, |id| id.as_bytes().to_vec())
}

/// The reseller of such a column.
pub(crate) fn reseller_of(column: &[u8]) -> sql::Result<Option<ResellerId>> {
    if column.is_empty() {
        return Ok(None);
    }
    Uuid::from_slice(column).map(|id| Some(ResellerId(id))).map_err(|_| damaged("reseller"))
}

/// A role or an owner as two columns: what kind, and of which.
pub(crate) fn role_columns(role: Role) -> (i64, Vec<u8>) {
    match role {
        Role::Csp => (0, Vec::new()),
        Role::Reseller(id) => (1, id.as_bytes().to_vec()),
        Role::Customer(id) => (2, id.as_bytes().to_vec()),
    }
}

/// The role of such columns.
pub(crate) fn role_of(kind: i64, id: &[u8]) -> sql::Result<Role> {
    let id = || Uuid::from_slice(id).map_err(|_| damaged("role"));
    match kind {
        0 => Ok(Role::Csp),
        1 => Ok(Role::Reseller(ResellerId(id()?))),
        2 => Ok(Role::Customer(CustomerId(id()?))),
        _ => Err(damaged("role_kind")),
    }
}

/// The owner of such columns.
pub(crate) fn owner_of(kind: i64, id: &[u8]) -> sql::Result<Owner> {
    Ok(match role_of(kind, id)? {
        Role::Csp => Owner::Csp,
        Role::Reseller(id) => Owner::Reseller(id),
        Role::Customer(id) => Owner::Customer(id),
    })
}

/// The ids in a `groups` column.
pub(crate) fn group_ids(column: &[u8]) -> Vec<GroupId> {
    column.as_chunks::<16>().0.iter().map(|bytes| GroupId(Uuid::from_bytes(*bytes))).collect()
}

/// A time column.
pub(crate) fn time_of(text: Option<String>) -> sql::Result<Option<Timestamp>> {
    text.map(|text| text.parse().map_err(|_| damaged("time"))).transpose()
}

/// A user as it is kept, with what the directory knows beside it.
#[derive(Clone, Debug)]
pub(crate) struct KeptUser {
    pub(crate) user: User,
    pub(crate) revision: u64,
    /// From it comes the key that seals what the audit trail says of the person.
    pub(crate) salt: Salt,
}

/// Sixteen random bytes that a person has for itself.
pub(crate) type Salt = [u8; 16];

/// The columns of `user` that [`kept_user_of`] reads, in its order; [`user_of`] reads the first nine.
pub(crate) const USER_COLUMNS: &str = "user_id, owner_kind, owner_id, context, first_name, last_name, email, groups, deleted_at, revision, salt";

/// Reads a user with what is kept beside it.
pub(crate) fn kept_user_of(
    connection: &Connection,
    row: &Row<'_>,
    tenant: TenantId,
) -> sql::Result<KeptUser> {
    Ok(KeptUser {
        user: user_of(row, tenant, |id| group_named(connection, tenant, id))?,
        revision: unsigned(row, 9)?,
        salt: row.blob(10)?.try_into().unwrap_or_default(),
    })
}

/// A number that is never negative; what is missing is 0.
pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> sql::Result<u64> {
    Ok(row.get::<Option<i64>>(column)?.and_then(|number| u64::try_from(number).ok()).unwrap_or_default())
}

/// Reads a user; the names of its groups are looked up by `group`. A group that was deleted since the user
/// was is none any more.
pub(crate) fn user_of(
    row: &Row<'_>,
    tenant: TenantId,
    mut group: impl FnMut(GroupId) -> sql::Result<Option<Group>>,
) -> sql::Result<User> {
    let name = |text: Option<String>| match text {
        None => Ok(None),
        Some(text) => Name::parse(&text).map_err(|_| damaged("name")),
    };
    Ok(User {
        tenant,
        id: UserId(row.get(0)?),
        owner: owner_of(row.get(1)?, row.blob(2)?)?,
        context: reseller_of(row.blob(3)?)?,
        first_name: name(row.get(4)?)?,
        last_name: name(row.get(5)?)?,
        email: Email::parse(row.text(6)?).map_err(|_| damaged("email"))?,
        groups: group_ids(row.blob(7)?)
            .into_iter()
            .filter_map(|id| group(id).transpose())
            .collect::<Result<_, _>>()?,
        deleted_at: time_of(row.get(8)?)?,
    })
}

/// A group of a tenant, if it exists.
pub(crate) fn group_named(
    connection: &Connection,
    tenant: TenantId,
    id: GroupId,
) -> sql::Result<Option<Group>> {
    connection
        .prepare_cached("SELECT name FROM user_group WHERE tenant_id = ?1 AND group_id = ?2")?
        .query_row(params![tenant.0, id.0], |row| Ok(Group { id, name: row.get(0)? }))
        .optional()
}

/// A value as JSON, as it is kept in a column.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> sql::Result<String> {
    serde_json::to_string(value).map_err(|error| sql::Failure::Unfit(error.to_string()))
}

/// A value from a column that holds JSON.
pub(crate) fn of_json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> sql::Result<T> {
    serde_json::from_str(row.text(column)?).map_err(|_| damaged("json"))
}
