//! Are the stored order keys those of this program's collation? If not, they are made anew before anybody
//! is served.

use domain::group::Group;
use domain::id::{GroupId, TenantId};
use domain::order;
use rusqlite::{Connection, TransactionBehavior, params};

use super::rows::{USER_COLUMNS, user_of};

const META: &str = "order_version";

/// Makes all order keys and documents anew if the collation's version changed. Tells how many are done.
pub(crate) fn run(connection: &mut Connection, mut progress: impl FnMut(u64, u64)) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let current: bool = transaction
        .prepare("SELECT 1 FROM meta WHERE name = ?1 AND value = ?2")?
        .exists(params![META, order::VERSION.as_bytes()])?;
    if current {
        return Ok(());
    }
    let all: i64 = transaction.query_row("SELECT count(*) FROM user", [], |row| row.get(0))?;
    let all = u64::try_from(all).unwrap_or_default();
    let mut done = 0;
    {
        let mut read = transaction.prepare(&format!(
            "SELECT {USER_COLUMNS}, tenant_id, rowid FROM user WHERE rowid > ?1 ORDER BY rowid LIMIT 1000"
        ))?;
        let mut write =
            transaction.prepare("UPDATE user SET order_key = ?2, document = ?3 WHERE rowid = ?1")?;
        let mut last = i64::MIN;
        loop {
            let mut batch = Vec::new();
            let mut rows = read.query([last])?;
            while let Some(row) = rows.next()? {
                let tenant = TenantId(row.get(9)?);
                let group = |id: GroupId| -> rusqlite::Result<Group> {
                    super::rows::group_named(&transaction, tenant, id)
                };
                batch.push((row.get::<_, i64>(10)?, user_of(row, tenant, group)?));
            }
            let Some((rowid, _)) = batch.last() else { break };
            last = *rowid;
            for (rowid, user) in &batch {
                write.execute(params![rowid, user.order_key().as_bytes(), user.document()])?;
                done += 1;
            }
            progress(done, all);
        }
    }
    transaction.execute("UPDATE customer SET listing_version = listing_version + 1", [])?;
    transaction.execute("UPDATE relation SET listing_version = listing_version + 1", [])?;
    transaction.execute(
        "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)",
        params![META, order::VERSION.as_bytes()],
    )?;
    transaction.commit()
}
