//! Is what is derived from rows that of this program? Order keys, documents, folded names and terms are made
//! anew before anybody is served when the collation, the folding or the schema has changed.

use domain::company::Company;
use domain::id::TenantId;
use domain::order::{self, OrderKey};
use domain::search;
use rusqlite::{Connection, TransactionBehavior, params};
use uuid::Uuid;

use super::rows::{Salt, USER_COLUMNS, kept_user_of, of_json, owner_of, reseller_column};
use super::users::Effect;
use super::{terms, users};

const META: &str = "derived_version";
/// Raised when rows get something new that is derived from them.
const SCHEMA: &str = "1";

/// Makes all that is derived anew if one of the versions changed. Tells how many users are done.
pub(crate) fn run(
    connection: &mut Connection,
    random: fn() -> [u8; 32],
    mut progress: impl FnMut(u64, u64),
) -> rusqlite::Result<()> {
    let version = [order::VERSION, search::VERSION, SCHEMA].join(" ");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let current: bool = transaction
        .prepare("SELECT 1 FROM meta WHERE name = ?1 AND value = ?2")?
        .exists(params![META, version.as_bytes()])?;
    if current {
        return Ok(());
    }
    companies(&transaction)?;
    groups_and_accesses(&transaction)?;
    users(&transaction, random, &mut progress)?;
    figures(&transaction)?;
    transaction.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
        params![META, version.as_bytes()],
    )?;
    transaction.commit()
}

/// The order key and the folded name of a company, as they are kept.
pub(crate) fn name_keys(company: &Company, id: Uuid) -> (OrderKey, String) {
    (OrderKey::of_group(&company.company_name, id), search::fold(&company.company_name))
}

fn companies(connection: &Connection) -> rusqlite::Result<()> {
    for (table, key) in [("customer", "customer_id"), ("reseller", "reseller_id")] {
        let mut write = connection.prepare(&format!(
            "UPDATE {table} SET order_key = ?3, name_key = ?4 WHERE tenant_id = ?1 AND {key} = ?2"
        ))?;
        for (tenant, id, company) in rows(connection, table, key, "company", |row| of_json(row, 2))? {
            let (order, name) = name_keys(&company, id);
            write.execute(params![tenant, id, order.as_bytes(), name])?;
        }
    }
    Ok(())
}

fn groups_and_accesses(connection: &Connection) -> rusqlite::Result<()> {
    for (table, key) in [("user_group", "group_id"), ("api_access", "client_id")] {
        let mut write = connection
            .prepare(&format!("UPDATE {table} SET order_key = ?3 WHERE tenant_id = ?1 AND {key} = ?2"))?;
        for (tenant, id, name) in rows(connection, table, key, "name", |row| row.get::<_, String>(2))? {
            write.execute(params![tenant, id, OrderKey::of_group(&name, id).as_bytes()])?;
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
    read: fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<(Uuid, Uuid, T)>> {
    connection
        .prepare(&format!("SELECT tenant_id, {key}, {column} FROM {table}"))?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, read(row)?)))?
        .collect()
}

fn users(
    connection: &Connection,
    random: fn() -> [u8; 32],
    progress: &mut impl FnMut(u64, u64),
) -> rusqlite::Result<()> {
    let all: i64 = connection.query_row("SELECT count(*) FROM user", [], |row| row.get(0))?;
    let all = u64::try_from(all).unwrap_or_default();
    connection.execute("DELETE FROM user_term", [])?;
    let mut read = connection.prepare(&format!(
        "SELECT {USER_COLUMNS}, tenant_id, rowid FROM user WHERE rowid > ?1 ORDER BY rowid LIMIT 1000"
    ))?;
    let mut write = connection.prepare(
        "UPDATE user SET order_key = ?2, document = ?3, shown = ?4, reach = ?5, salt = ?6 WHERE rowid = ?1",
    )?;
    let (mut last, mut done) = (i64::MIN, 0);
    loop {
        let mut batch = Vec::new();
        let mut rows = read.query([last])?;
        while let Some(row) = rows.next()? {
            let kept = kept_user_of(connection, row, TenantId(row.get(11)?))?;
            batch.push((row.get::<_, i64>(12)?, kept));
        }
        let Some((rowid, _)) = batch.last() else { return Ok(()) };
        last = *rowid;
        for (rowid, kept) in batch {
            let (user, keys) = (&kept.user, kept.user.keys());
            let shown = users::is_shown(user, users::owner_lives(connection, user.tenant, user.owner)?);
            let none: Salt = Default::default();
            let salt = if kept.salt == none { fresh_salt(random) } else { kept.salt };
            let reach = reseller_column(user.reach());
            write.execute(params![rowid, keys.order.as_bytes(), user.document(), shown, reach, salt])?;
            if shown {
                terms::replace(connection, user, &[], &keys.terms)?;
            }
            done += 1;
        }
        progress(done, all);
    }
}

/// A salt that nobody can guess.
pub(crate) fn fresh_salt(random: fn() -> [u8; 32]) -> Salt {
    random().first_chunk().copied().unwrap_or_default()
}

/// Staff is counted where it was not; listings are other ones now.
fn figures(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "UPDATE tenant SET user_count = 0;
         UPDATE reseller SET user_count = 0;
         UPDATE customer SET listing_version = listing_version + 1;
         UPDATE relation SET listing_version = listing_version + 1;",
    )?;
    let mut statement = connection.prepare(
        "SELECT tenant_id, owner_kind, owner_id, count(*) FROM user
         WHERE owner_kind IN (0, 1) AND deleted_at IS NULL GROUP BY tenant_id, owner_kind, owner_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let owner = owner_of(row.get(1)?, row.get_ref(2)?.as_blob()?)?;
        let effect = Effect { owner, context: None, count: row.get(3)? };
        users::apply_effect(connection, TenantId(row.get(0)?), &effect)?;
    }
    Ok(())
}
