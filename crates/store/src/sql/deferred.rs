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
const LISTING_INDEXES: [&str; 6] = [
    "user_by_name",
    "user_by_context",
    "user_by_tenant",
    "user_by_reach",
    "user_by_deletion",
    "user_by_deleted_email",
];

/// How many users digests stand in for: as many as fit a table of 2^21 places before it doubles.
pub(crate) const MOST_REMEMBERED: usize = 1_835_008;

/// The indexes that were dropped, and what stands in for them.
pub(crate) struct Deferred {
    /// The statements that make the listing indexes again.
    listing: Vec<String>,
    /// From how many users on the unique indexes take over.
    most: usize,
    /// What stands in for the unique indexes while they are not there, and the statements that make them again.
    seen: Option<(Seen, Vec<String>)>,
}

/// Stands in for the unique indexes: a digest of each key.
#[derive(Default)]
pub(crate) struct Seen {
    ids: HashSet<u128>,
    emails: HashSet<u128>,
}

impl Deferred {
    /// Drops the indexes of users if there is no user; the unique ones come back at `most` users.
    pub(crate) fn begin(connection: &Connection, most: usize) -> rusqlite::Result<Option<Self>> {
        if connection.query_row("SELECT EXISTS (SELECT 1 FROM portal_user)", [], |row| row.get(0))? {
            return Ok(None);
        }
        let unique = drop_indexes(connection, UNIQUE_INDEXES)?;
        let listing = drop_indexes(connection, LISTING_INDEXES)?;
        Ok(Some(Self { listing, most, seen: Some((Seen::default(), unique)) }))
    }

    /// Says what an insertion would find, and remembers a user that may be inserted.
    pub(crate) fn admit(
        &mut self,
        connection: &Connection,
        user: &User,
        keys: &Keys,
    ) -> rusqlite::Result<Inserted> {
        if let Some((_, unique)) = self.seen.take_if(|(seen, _)| seen.len() >= self.most) {
            make(connection, &unique)?;
        }
        let Some((seen, _)) = &mut self.seen else { return Ok(Inserted::Done) };
        Ok(seen.admit(user, keys))
    }

    /// Makes all indexes again.
    pub(crate) fn finish(self, connection: &Connection) -> rusqlite::Result<()> {
        if let Some((seen, unique)) = self.seen {
            // The memory is wanted for sorting.
            drop(seen);
            make(connection, &unique)?;
        }
        make(connection, &self.listing)
    }
}

impl Seen {
    /// How many users were admitted.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Says what an insertion would find, and remembers a user that may be inserted.
    pub(crate) fn admit(&mut self, user: &User, keys: &Keys) -> Inserted {
        let id = digest(&[user.tenant.as_bytes(), user.id.as_bytes()]);
        if self.ids.contains(&id) {
            return Inserted::IdUsed;
        }
        if user.deleted_at.is_none() {
            let (kind, owner) = role_columns(user.owner.into());
            // A context is 16 bytes or none, an owner follows from its kind: nothing runs into another.
            let kind = [u8::try_from(kind).unwrap_or(u8::MAX)];
            let context = reseller_column(user.context);
            let parts =
                [user.tenant.as_bytes(), &kind[..], &owner, &[0], &context, &[0], keys.email.as_bytes()];
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

fn drop_indexes<const N: usize>(connection: &Connection, names: [&str; N]) -> rusqlite::Result<Vec<String>> {
    let drop_one = |name: &str| {
        let sql = connection
            .query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [name], |row| row.get(0))?;
        connection.execute_batch(&format!("DROP INDEX {name}"))?;
        Ok(sql)
    };
    names.into_iter().map(drop_one).collect()
}

fn make(connection: &Connection, statements: &[String]) -> rusqlite::Result<()> {
    statements.iter().try_for_each(|sql| connection.execute_batch(sql))
}

#[cfg(test)]
mod tests {
    use domain::id::{TenantId, UserId};
    use domain::text::Email;
    use domain::user::Owner;
    use uuid::Uuid;

    use super::super::users::{self, Beside};
    use super::*;
    use crate::sql::{self, params};
    use crate::{migrate, sqlite};

    fn add(connection: &sql::Connection, deferred: &mut Deferred, id: u128, email: &str) -> Inserted {
        let user = User {
            tenant: TenantId(Uuid::from_u128(1)),
            id: UserId(Uuid::from_u128(id)),
            owner: Owner::Csp,
            context: None,
            first_name: None,
            last_name: None,
            email: Email::parse(email).unwrap(),
            groups: Vec::new(),
            deleted_at: None,
        };
        match deferred.admit(connection.sqlite().unwrap(), &user, &user.keys()).unwrap() {
            Inserted::Done => {
                let beside = Beside { salt: [0; 16], owner_lives: true };
                users::insert(connection, &user, &user.keys(), beside).unwrap()
            }
            refused => refused,
        }
    }

    #[test]
    fn duplicates_are_found_before_and_after_the_unique_indexes_take_over() {
        let directory = tempfile::tempdir().unwrap();
        let embedded = sqlite::writing(&directory.path().join("rollcall.db")).unwrap();
        let connection = sql::Connection::Sqlite(embedded);
        migrate::run(&connection, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let tenant = Uuid::from_u128(1);
        connection.execute("INSERT INTO tenant (tenant_id, name) VALUES (?1, 'T')", params![tenant]).unwrap();
        const ALL: usize = UNIQUE_INDEXES.len() + LISTING_INDEXES.len();
        let indexes = || -> i64 {
            let sql = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'user\\_by\\_%' ESCAPE '\\'";
            connection.query_row(sql, params![], |row| row.get(0)).unwrap()
        };
        assert_eq!(indexes(), ALL as i64);
        let mut deferred = Deferred::begin(connection.sqlite().unwrap(), 2).unwrap().unwrap();
        assert_eq!(indexes(), 0);
        assert_eq!(add(&connection, &mut deferred, 1, "a@x"), Inserted::Done);
        assert_eq!(add(&connection, &mut deferred, 1, "b@x"), Inserted::IdUsed);
        assert_eq!(add(&connection, &mut deferred, 2, "A@x"), Inserted::EmailUsed);
        assert_eq!(add(&connection, &mut deferred, 2, "b@x"), Inserted::Done, "a refused user takes nothing");
        assert_eq!(indexes(), 0);
        assert_eq!(add(&connection, &mut deferred, 2, "c@x"), Inserted::IdUsed);
        assert_eq!(indexes(), 2);
        assert_eq!(add(&connection, &mut deferred, 3, "B@x"), Inserted::EmailUsed);
        assert_eq!(add(&connection, &mut deferred, 3, "c@x"), Inserted::Done);
        deferred.finish(connection.sqlite().unwrap()).unwrap();
        assert_eq!(indexes(), ALL as i64);
    }
}
