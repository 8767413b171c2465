//! What does everything that reads and writes work on? A connection to either database. What must differ
//! between them differs behind it.

use std::ops::Deref;

use domain::id::TenantId;

use super::failure::Result;
use super::row::Row;
use super::statement::Statement;
use super::value::Params;
use crate::postgres::{Session, VERY_LONG};

/// A connection.
#[expect(clippy::large_enum_variant, reason = "there are few, and they are moved seldom")]
pub(crate) enum Connection {
    Sqlite(rusqlite::Connection),
    Postgres(Session),
}

impl Connection {
    /// The embedded database, where only that can do what is to be done.
    pub(crate) fn sqlite(&self) -> Option<&rusqlite::Connection> {
        match self {
            Self::Sqlite(connection) => Some(connection),
            Self::Postgres(_) => None,
        }
    }

    /// The same, given away.
    pub(crate) fn into_sqlite(self) -> Option<rusqlite::Connection> {
        match self {
            Self::Sqlite(connection) => Some(connection),
            Self::Postgres(_) => None,
        }
    }

    /// PostgreSQL, where only that can do what is to be done.
    pub(crate) fn postgres(&self) -> Option<&Session> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(session) => Some(session),
        }
    }

    /// Prepares a statement, or takes the one that was prepared before.
    pub(crate) fn prepare_cached(&self, sql: &str) -> Result<Statement<'_>> {
        match self {
            Self::Sqlite(connection) => Ok(Statement::Sqlite(connection.prepare_cached(sql)?)),
            Self::Postgres(session) => Ok(Statement::Postgres(session.prepare(sql)?)),
        }
    }

    /// The columns by which users are in the order of names. An index of PostgreSQL takes no key of more than a third
    /// of a page, and a name of 255 ideographs makes a longer one: it keeps the beginning, and the few that begin alike
    /// are put in order when they are read.
    pub(crate) fn order(&self) -> &'static [&'static str] {
        match self {
            Self::Sqlite(_) => &["order_key"],
            Self::Postgres(_) => &["order_head", "order_key"],
        }
    }

    /// Runs a statement for what it does; how many rows it was done to.
    pub(crate) fn execute(&self, sql: &str, params: Params<'_>) -> Result<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    /// What `read` makes of the first row that a statement gives.
    pub(crate) fn query_row<T>(
        &self,
        sql: &str,
        params: Params<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare_cached(sql)?.query_row(params, read)
    }

    /// Runs statements without parameters.
    pub(crate) fn execute_batch(&self, sql: &str) -> Result<()> {
        match self {
            Self::Sqlite(connection) => Ok(connection.execute_batch(sql)?),
            Self::Postgres(session) => session.batch(sql),
        }
    }

    /// Says that what comes next is of nobody: then PostgreSQL shows the tenants, domains and clients of all, and
    /// nothing else.
    pub(crate) fn leave(&self) {
        if let Self::Postgres(session) = self {
            session.leave();
        }
    }

    /// Says whose rows come next: PostgreSQL shows no others until the transaction ends.
    pub(crate) fn enter(&self, tenant: TenantId) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(session) => session.enter(tenant),
        }
    }

    /// The same before something is written: PostgreSQL lets nobody else write to the tenant until then.
    pub(crate) fn enter_to_write(&self, tenant: TenantId) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(session) => session.enter_to_write(tenant),
        }
    }

    /// Whether it is of no use any more.
    pub(crate) fn is_spoilt(&self) -> bool {
        self.postgres().is_some_and(Session::is_lost)
    }

    /// Whether it can still be used, after it was idle. Must be called where blocking is allowed.
    pub(crate) fn is_alive(&self) -> bool {
        self.postgres().is_none_or(Session::is_alive)
    }

    /// How many rows were written so far.
    pub(crate) fn total_changes(&self) -> u64 {
        match self {
            Self::Sqlite(connection) => connection.total_changes(),
            Self::Postgres(session) => session.total_changes(),
        }
    }

    /// Whether what was begun is over: the database gave it up by itself, or is gone.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Self::Sqlite(connection) => connection.is_autocommit(),
            Self::Postgres(session) => session.is_lost(),
        }
    }

    /// Whether a statement failed in such a way that the part of the transaction can only be given up.
    pub(crate) fn is_failed(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(session) => session.is_failed(),
        }
    }

    /// Whether the last failure was a collision with the transaction of another node.
    pub(crate) fn is_collision(&self) -> bool {
        self.postgres().is_some_and(Session::is_collision)
    }

    /// Whether the last failure was that another node held for too long what was waited for.
    pub(crate) fn is_held_up(&self) -> bool {
        self.postgres().is_some_and(Session::is_held_up)
    }

    /// Makes ready for much work in one transaction. On the embedded database, sorting for indexes must not take the
    /// memory: it may use files, which the system removes by itself, and less of the cache.
    pub(crate) fn take_much_time(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.execute_batch("PRAGMA temp_store = FILE; PRAGMA cache_size = -32768"),
            Self::Postgres(session) => session.take_time(VERY_LONG),
        }
    }

    /// Ends what [`Connection::take_much_time`] began.
    pub(crate) fn hurry_again(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.execute_batch(
                "PRAGMA temp_store = MEMORY; PRAGMA shrink_memory; PRAGMA cache_size = -65536",
            ),
            Self::Postgres(session) => session.hurry(),
        }
    }

    /// Sees to it that nothing that was overwritten is left in a log. A server does so by itself.
    pub(crate) fn settle(&self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => {
                Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
            }
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Leaves the database in good order.
    pub(crate) fn say_farewell(&self) -> Result<()> {
        match self {
            Self::Sqlite(_) => self.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);"),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Begins a transaction that may write.
    pub(crate) fn transaction(&self) -> Result<Transaction<'_>> {
        self.begin()?;
        Ok(Transaction { connection: self, is_done: false })
    }

    fn begin(&self) -> Result<()> {
        self.execute_batch(match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN",
        })
    }

    /// Begins a transaction that only reads, in one snapshot, of one tenant if that is known.
    pub(crate) fn snapshot(&self, tenant: Option<TenantId>) -> Result<Transaction<'_>> {
        match self {
            Self::Sqlite(connection) => connection.execute_batch("BEGIN DEFERRED")?,
            Self::Postgres(session) => session.begin_reading(tenant)?,
        }
        Ok(Transaction { connection: self, is_done: false })
    }
}

/// A transaction; given up when it is dropped before it was committed.
pub(crate) struct Transaction<'c> {
    connection: &'c Connection,

    is_done: bool,
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Transaction<'_> {
    /// Makes it last.
    pub(crate) fn commit(mut self) -> Result<()> {
        self.is_done = true;
        let committed = self.connection.execute_batch("COMMIT");
        if committed.is_err() && !self.connection.is_over() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        committed
    }

    /// Gives up what was done and begins anew.
    pub(crate) fn begin_again(&self) -> Result<()> {
        self.connection.execute_batch("ROLLBACK")?;
        self.connection.begin()
    }

    /// Begins a part that may be given up by itself.
    pub(crate) fn savepoint(&self) -> Result<Savepoint<'_>> {
        self.connection.execute_batch("SAVEPOINT part")?;
        Ok(Savepoint { connection: self.connection, is_done: false })
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            // A connection on which even this fails is not used again: its transaction ends with it.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}

/// A part of a transaction; given up when it is dropped before it was kept.
pub(crate) struct Savepoint<'c> {
    connection: &'c Connection,
    is_done: bool,
}

impl Deref for Savepoint<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Savepoint<'_> {
    /// Keeps the part.
    pub(crate) fn commit(mut self) -> Result<()> {
        self.is_done = true;
        self.connection.execute_batch("RELEASE part")
    }
}

impl Drop for Savepoint<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            // Where even this fails the transaction is lost, and its end says so.
            let _ = self.connection.execute_batch("ROLLBACK TO part; RELEASE part");
        }
    }
}
