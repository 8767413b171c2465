//! Which indexes of users can wait until the end of a bulk load? All of them when there is no user yet: a
//! sorted build is several times as fast as a million insertions in places far apart.
//!
//! Meanwhile memory stands in for the unique ones: a digest of each key, so short that a million users take
//! some 70 MiB; from [`MOST_REMEMBERED`] users on the real indexes take over.

use std::collections::HashSet;

use domain::user::{Keys, User};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::rows::{reseller_column, role_columns};
use super::users::Inserted;

const UNIQUE_INDEXES: [&str; 2] = ["user_by_id", "user_by_email"];
const LISTING_INDEXES: [&str; 2] = ["user_by_name", "user_by_context"];

/// As many as fit a table of 2^21 places before it doubles.
const MOST_REMEMBERED: usize = 1_835_008;

/// The indexes that were dropped, and what stands in for them.
pub(crate) struct Deferred {
    /// The statements that make the listing indexes again.
    listing: Vec<String>,
    /// What stands in for the unique indexes while they are not there.
    seen: Option<Seen>,
}

struct Seen {
    /// The statements that make the unique indexes again.
    unique: Vec<String>,
    ids: HashSet<u128>,
    emails: HashSet<u128>,
}

impl Deferred {
    /// Drops the indexes of users if there is no user.
    pub(crate) fn begin(connection: &Connection) -> rusqlite::Result<Option<Self>> {
        if connection.query_row("SELECT EXISTS (SELECT 1 FROM user)", [], |row| row.get(0))? {
            return Ok(None);
        }
        let unique = drop_indexes(connection, UNIQUE_INDEXES)?;
        let listing = drop_indexes(connection, LISTING_INDEXES)?;
        Ok(Some(Self { listing, seen: Some(Seen { unique, ids: HashSet::new(), emails: HashSet::new() }) }))
    }

    /// Says what an insertion would find, and remembers a user that may be inserted.
    pub(crate) fn admit(&mut self, connection: &Connection, user: &User, keys: &Keys) -> rusqlite::Result<Inserted> {
        if let Some(full) = self.seen.take_if(|seen| seen.ids.len() >= MOST_REMEMBERED) {
            make(connection, &full.unique)?;
        }
        let Some(seen) = &mut self.seen else { return Ok(Inserted::Done) };
        Ok(seen.admit(user, keys))
    }

    /// Makes all indexes again.
    pub(crate) fn finish(self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some(Seen { unique, ids, emails }) = self.seen {
            // The memory is wanted for sorting.
            drop((ids, emails));
            make(connection, &unique)?;
        }
        make(connection, &self.listing)
    }
}

impl Seen {
    fn admit(&mut self, user: &User, keys: &Keys) -> Inserted {
        let id = digest(&[user.tenant.as_bytes(), user.id.as_bytes()]);
        if self.ids.contains(&id) {
            return Inserted::IdUsed;
        }
        if user.deleted_at.is_none() {
            let (kind, owner) = role_columns(user.owner.into());
            // A context is 16 bytes or none, an owner follows from its kind: nothing runs into another.
            let kind = [u8::try_from(kind).unwrap_or(u8::MAX)];
            let context = reseller_column(user.context);
            let parts = [user.tenant.as_bytes(), &kind[..], &owner, &[0], &context, &[0], keys.email.as_bytes()];
            if !self.emails.insert(digest(&parts)) {
                return Inserted::EmailUsed;
            }
        }
        self.ids.insert(id);
        Inserted::Done
    }
}

/// Half of a SHA-256: nobody can make two keys that share one.
fn digest(parts: &[&[u8]]) -> u128 {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    u128::from_le_bytes(hash.finalize().first_chunk().copied().unwrap_or_default())
}

fn drop_indexes(connection: &Connection, names: [&str; 2]) -> rusqlite::Result<Vec<String>> {
    let drop_one = |name: &str| {
        let sql = connection.query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [name], |row| row.get(0))?;
        connection.execute_batch(&format!("DROP INDEX {name}"))?;
        Ok(sql)
    };
    names.into_iter().map(drop_one).collect()
}

fn make(connection: &Connection, statements: &[String]) -> rusqlite::Result<()> {
    statements.iter().try_for_each(|sql| connection.execute_batch(sql))
}
