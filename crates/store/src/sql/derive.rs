//! Is what is derived from rows that of this program? Order keys, documents, folded names and terms are made
//! anew before anybody is served when the collation, the folding or the schema has changed.

use domain::company::Company;
use domain::id::TenantId;
use domain::order::{self, OrderKey};
use domain::search;
use uuid::Uuid;

use super::rows::{KeptUser, Salt, USER_COLUMNS, kept_user_of, of_json, owner_of, reseller_column, unsigned};
use super::users::Effect;
use super::{terms, users};
use crate::freshness::Mark;
use crate::postgres::recent;
use crate::sql::{self, Connection, params};

const META: &str = "derived_version";
/// Raised when rows get something new that is derived from them.
const SCHEMA: &str = "2";

/// The version of what this program derives.
fn version() -> String {
    [order::VERSION, search::VERSION, SCHEMA].join(" ")
}

/// Whether what is derived is that of this program.
pub(crate) fn is_current(connection: &Connection) -> sql::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM meta WHERE name = ?1 AND value = ?2")?
        .exists(params![META, version().as_bytes()])
}

/// Makes all that is derived anew if one of the versions changed. Tells how many users are done.
pub(crate) fn run(
    connection: &Connection,
    random: fn() -> [u8; 32],
    mut progress: impl FnMut(u64, u64),
) -> sql::Result<()> {
    let transaction = connection.transaction()?;
    if is_current(&transaction)? {
        return Ok(());
    }
    companies(&transaction)?;
    groups_and_accesses(&transaction)?;
    identifiers(&transaction)?;
    users(&transaction, random, &mut progress)?;
    figures(&transaction)?;
    transaction.execute(
        "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![META, version().as_bytes()],
    )?;
    if transaction.postgres().is_some() {
        // Nodes that serve meanwhile read all anew.
        recent::leave(&transaction, &recent::token(random), &[Mark::EVERYTHING])?;
    }
    transaction.commit()
}

/// The order key and the folded name of a company, as they are kept.
pub(crate) fn name_keys(company: &Company, id: Uuid) -> (OrderKey, String) {
    (OrderKey::of_group(&company.company_name, id), search::fold(&company.company_name))
}

fn companies(connection: &Connection) -> sql::Result<()> {
    for (table, key) in [("customer", "customer_id"), ("reseller", "reseller_id")] {
        let sql =
            format!("UPDATE {table} SET order_key = ?3, name_key = ?4 WHERE tenant_id = ?1 AND {key} = ?2");
        for (tenant, id, company) in rows(connection, table, key, "company", |row| of_json(row, 2))? {
            let (order, name) = name_keys(&company, Uuid::from_slice(&id).unwrap_or_default());
            connection.enter_to_write(TenantId(tenant))?;
            connection.execute(&sql, params![tenant, id, order.as_bytes(), name])?;
        }
    }
    Ok(())
}

fn groups_and_accesses(connection: &Connection) -> sql::Result<()> {
    for (table, key) in [("user_group", "group_id"), ("api_access", "client_id")] {
        let sql = format!("UPDATE {table} SET order_key = ?3 WHERE tenant_id = ?1 AND {key} = ?2");
        for (tenant, id, name) in rows(connection, table, key, "name", |row| row.get::<String>(2))? {
            connection.enter_to_write(TenantId(tenant))?;
            connection.execute(
                &sql,
                params![
                    tenant,
                    id,
                    OrderKey::of_group(&name, Uuid::from_slice(&id).unwrap_or_default()).as_bytes()
                ],
            )?;
        }
    }
    Ok(())
}

fn identifiers(connection: &Connection) -> sql::Result<()> {
    for table in ["relation", "reseller"] {
        let sql = format!(
            "UPDATE {table} SET identifier_key = ?3 WHERE tenant_id = ?1 AND internal_identifier = ?2"
        );
        let identifiers = rows(connection, table, "reseller_id", "internal_identifier", |row| row.get(2))?;
        for (tenant, _, identifier) in identifiers {
            let identifier: Option<String> = identifier;
            if let Some(identifier) = identifier {
                connection.enter_to_write(TenantId(tenant))?;
                connection.execute(&sql, params![tenant, identifier, search::fold(&identifier)])?;
            }
        }
    }
    Ok(())
}

/// Tenant, id and one more column of all rows of a table.
fn rows<T>(
    connection: &Connection,
    table: &str,
    key: &str,
    column: &str,
    read: fn(&sql::Row<'_>) -> sql::Result<T>,
) -> sql::Result<Vec<(Uuid, Vec<u8>, T)>> {
    let mut found = Vec::new();
    let sql = format!("SELECT tenant_id, {key}, {column} FROM {table} WHERE tenant_id = ?1");
    for tenant in tenant_ids(connection)? {
        connection.enter_to_write(tenant)?;
        let mut statement = connection.prepare_cached(&sql)?;
        for row in statement.query_map(params![tenant.0], |row| Ok((row.get(0)?, row.get(1)?, read(row)?)))? {
            found.push(row?);
        }
    }
    Ok(found)
}

/// The ids of all tenants. Leaves the tenant that was entered.
pub(crate) fn tenant_ids(connection: &Connection) -> sql::Result<Vec<TenantId>> {
    connection.leave();
    connection
        .prepare_cached("SELECT tenant_id FROM tenant ORDER BY tenant_id")?
        .query_map(params![], |row| row.get(0).map(TenantId))?
        .collect()
}

fn users(
    connection: &Connection,
    random: fn() -> [u8; 32],
    progress: &mut impl FnMut(u64, u64),
) -> sql::Result<()> {
    let (mut all, mut done) = (0, 0);
    let tenants = tenant_ids(connection)?;
    for tenant in &tenants {
        connection.enter_to_write(*tenant)?;
        let sql = "SELECT count(*) FROM portal_user WHERE tenant_id = ?1";
        all += connection.query_row(sql, params![tenant.0], |row| unsigned(row, 0))?;
        connection.execute("DELETE FROM user_term WHERE tenant_id = ?1", params![tenant.0])?;
    }
    for tenant in tenants {
        connection.enter_to_write(tenant)?;
        let mut last = Vec::new();
        loop {
            let users = some_users(connection, tenant, &last)?;
            let Some(user) = users.last() else { break };
            last = user.user.id.0.as_bytes().to_vec();
            done += users.len() as u64;
            for kept in &users {
                rewrite(connection, random, kept)?;
            }
            progress(done, all);
        }
    }
    Ok(())
}

/// The next thousand users of a tenant after an id.
fn some_users(connection: &Connection, tenant: TenantId, last: &[u8]) -> sql::Result<Vec<KeptUser>> {
    connection
        .prepare_cached(&format!(
            "SELECT {USER_COLUMNS} FROM portal_user WHERE tenant_id = ?1 AND user_id > ?2
             ORDER BY user_id LIMIT 1000"
        ))?
        .query_map(params![tenant.0, last], |row| kept_user_of(connection, row, tenant))?
        .collect()
}

fn rewrite(connection: &Connection, random: fn() -> [u8; 32], kept: &KeptUser) -> sql::Result<()> {
    let (user, keys) = (&kept.user, kept.user.keys());
    let shown = users::is_shown(user, users::owner_lives(connection, user.tenant, user.owner)?);
    let none: Salt = Default::default();
    let salt = if kept.salt == none { fresh_salt(random) } else { kept.salt };
    connection.execute(
        "UPDATE portal_user SET order_key = ?3, document = ?4, shown = ?5, reach = ?6, salt = ?7
         WHERE tenant_id = ?1 AND user_id = ?2",
        params![
            user.tenant.0,
            user.id.0,
            keys.order.as_bytes(),
            user.document(),
            shown,
            reseller_column(user.reach()),
            salt
        ],
    )?;
    if shown { terms::replace(connection, user, &[], &keys.terms) } else { Ok(()) }
}

/// A salt that nobody can guess.
pub(crate) fn fresh_salt(random: fn() -> [u8; 32]) -> Salt {
    random().first_chunk().copied().unwrap_or_default()
}

/// Staff is counted where it was not; listings are other ones now.
fn figures(connection: &Connection) -> sql::Result<()> {
    for tenant in tenant_ids(connection)? {
        connection.enter_to_write(tenant)?;
        for sql in [
            "UPDATE tenant SET user_count = 0 WHERE tenant_id = ?1",
            "UPDATE reseller SET user_count = 0 WHERE tenant_id = ?1",
            "UPDATE customer SET listing_version = listing_version + 1 WHERE tenant_id = ?1",
            "UPDATE relation SET listing_version = listing_version + 1 WHERE tenant_id = ?1",
        ] {
            connection.execute(sql, params![tenant.0])?;
        }
        let mut statement = connection.prepare_cached(
            "SELECT owner_kind, owner_id, count(*) FROM portal_user
             WHERE tenant_id = ?1 AND owner_kind IN (0, 1) AND deleted_at IS NULL
             GROUP BY owner_kind, owner_id",
        )?;
        let mut rows = statement.query(params![tenant.0])?;
        while let Some(row) = rows.next()? {
            let owner = owner_of(row.get(0)?, row.blob(1)?)?;
            let effect = Effect { owner, context: None, count: row.get(2)? };
            users::apply_effect(connection, tenant, &effect)?;
        }
    }
    Ok(())
}
