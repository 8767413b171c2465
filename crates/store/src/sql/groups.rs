//! Which groups are there? By name, a page at a time.

use domain::group::Group;
use domain::id::{GroupId, TenantId};

use super::rows::unsigned;
use crate::sql::{self, Connection, params};

/// A page of the groups of a tenant, the built-in ones among them, and how many there are in all.
pub(crate) fn page(
    connection: &Connection,
    tenant: TenantId,
    limit: u32,
    offset: u64,
) -> sql::Result<(u64, Vec<Group>)> {
    let total = connection
        .prepare_cached("SELECT count(*) FROM user_group WHERE tenant_id = ?1")?
        .query_row(params![tenant.0], |row| unsigned(row, 0))?;
    let groups = connection
        .prepare_cached(
            "SELECT group_id, name FROM user_group WHERE tenant_id = ?1 ORDER BY order_key LIMIT ?2 OFFSET ?3",
        )?
        .query_map(params![tenant.0, limit, i64::try_from(offset).unwrap_or(i64::MAX)], |row| {
            Ok(Group { id: GroupId(row.get(0)?), name: row.get(1)? })
        })?
        .collect::<Result<_, _>>()?;
    Ok((total, groups))
}
