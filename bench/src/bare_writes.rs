//! How fast could users be added at all? Bare commits of the same rows to the same tables, so many to each, with
//! nothing around them.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, params};
use tokio::time::Instant;
use uuid::Uuid;

use crate::program::Database;
use crate::{Result, world};

/// A database that only this loop writes to.
pub(crate) struct Loop {
    connection: Connection,
    next: u128,
    written: i64,
}

impl Loop {
    pub(crate) fn open(database: &Database) -> Result<Self> {
        Self::at(&database.path)
    }

    fn at(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA secure_delete = ON; PRAGMA cache_size = -65536;",
        )?;
        Ok(Self { connection, next: 1 << 100, written: 0 })
    }

    /// Adds users, `group` in each transaction, for so long; tells how many a second.
    pub(crate) fn run(&mut self, group: usize, span: Duration, round: usize) -> Result<f64> {
        let (began, mut done) = (Instant::now(), 0_usize);
        while began.elapsed() < span {
            let transaction = self.connection.transaction()?;
            for _ in 0..group {
                self.next += 0x9e37_79b9_7f4a_7c15;
                self.written += 1;
                add(&transaction, self.next, self.written, round, done)?;
                done += 1;
            }
            transaction.commit()?;
        }
        Ok(done as f64 / began.elapsed().as_secs_f64())
    }
}

/// The rows of one create: the user, its words, the figures of its customer, and the record.
fn add(connection: &Connection, id: u128, sequence: i64, round: usize, number: usize) -> Result<()> {
    let (tenant, id) = (world::tenant(), Uuid::from_u128(id));
    let customer = world::customer_id(number % 100);
    let email = format!("bare.{round}.{number}@customer.example");
    let key = format!("sort key of åsa o'neil {number}{email}{id}");
    let document = format!(
        r#"{{"id":"{id}","firstName":"Åsa","lastName":"O'Neil {number}","email":"{email}","role":{{"name":"customer"}},"groups":[{{"id":"5f000000-0000-4000-8000-000000000002","name":"Viewer"}}]}}"#
    );
    connection
        .prepare_cached(
            "INSERT INTO portal_user (tenant_id, user_id, owner_kind, owner_id, context, first_name, last_name, email,
                               email_key, groups, order_key, document, shown, reach, salt)
             VALUES (?1, ?2, 2, ?3, x'', 'Åsa', ?4, ?5, ?5, x'5f000000000040008000000000000002', ?6, ?7, 1, x'', ?2)",
        )?
        .execute(params![tenant, id, customer, format!("O'Neil {number}"), email, key.as_bytes(), document])?;
    let mut term = connection.prepare_cached(
        "INSERT INTO user_term (tenant_id, term, user_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for word in
        ["asa", "o", "neil", &number.to_string(), "bare", &round.to_string(), "customer", "example", "group"]
    {
        term.execute(params![tenant, word.as_bytes(), id])?;
    }
    connection
        .prepare_cached(
            "UPDATE customer SET user_count = user_count + 1, listing_version = listing_version + 1
             WHERE tenant_id = ?1 AND customer_id = ?2",
        )?
        .execute(params![tenant, customer])?;
    connection
        .prepare_cached(
            "INSERT INTO audit_record (writer, sequence, record, hash) VALUES (x'00', ?1, ?2, ?3)",
        )?
        .execute(params![sequence, document, id])?;
    Ok(())
}
