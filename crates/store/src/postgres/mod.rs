//! How is PostgreSQL used? A session for each piece of work, driven by the thread that does the work: what is
//! sent together goes in one packet, and no other thread has to wake up for it.

mod dialect;
mod examination;
mod feed;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod gathered;
mod lines;
mod policies;
pub(crate) mod recent;
mod restored;
mod server;
mod statement;
mod terms;
mod tls;
mod value;
pub(crate) mod wall;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::fmt::Write;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::id::TenantId;
use tokio::runtime::Runtime;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

pub use examination::{Looked, Verdict, examine_server};
pub(crate) use feed::Feed;
pub(crate) use lines::Lines;
pub use restored::renew;
use server::Doubts;
pub use server::{Server, Timeouts};
use statement::Prepared;
pub(crate) use statement::Statement;

use crate::sql::{Failure, Params, Result, Value};

/// How much longer an answer may take before the server is taken for frozen.
const GRACE: Duration = Duration::from_secs(1);
/// How long the next part of a long answer may take.
pub(crate) const LONG: Duration = Duration::from_secs(60);
/// How long a statement may take of which much is asked: that of an import, or of a migration.
pub(crate) const VERY_LONG: Duration = Duration::from_secs(60 * 60);
/// How long it is waited for a lock when enough was waited before.
const MOMENT: Duration = Duration::from_millis(50);

/// Begins a transaction that only reads, in one snapshot.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Says whose rows a transaction sees from now on, until it ends.
fn entering(tenant: TenantId) -> String {
    let mut sql = String::with_capacity(64);
    // Writing to a string does not fail.
    let _ = write!(sql, "SET LOCAL rollcall.tenant = '{}'", tenant.0.simple());
    sql
}

/// A connection.
pub(crate) struct Session {
    runtime: Option<Runtime>,
    client: Client,
    statements: RefCell<HashMap<String, Arc<Prepared>>>,
    /// What goes along with the next statement: the beginning of a transaction, and whose rows it sees.
    prelude: RefCell<String>,
    tenant: Cell<Option<TenantId>>,
    /// The tenants that nobody else writes to until the transaction ends.
    kept: RefCell<HashSet<TenantId>>,
    written: Cell<u64>,
    /// A statement failed, and the transaction can only be given up.
    is_failed: Cell<bool>,
    /// What is still to come on this connection is of no use to anybody.
    is_spoilt: Cell<bool>,
    /// The failure was a collision with another transaction.
    is_collision: Cell<bool>,
    /// The failure was that another transaction held for too long what was waited for.
    is_held_up: Cell<bool>,
    limit: Cell<Duration>,
    /// How long the server may work at one statement.
    statement: Duration,
    /// How long it may wait for what another transaction has.
    lock: Duration,
    doubts: Doubts,
    /// How many doubts there were when it was connected.
    since: u64,
}

impl Session {
    /// Connects.
    pub(crate) fn connect(server: &Server) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Unfit(error.to_string()))?;
        let doubts = server.doubts().clone();
        let since = doubts.count();
        let client = runtime.block_on(server.connect())?;
        let Timeouts { statement, lock, .. } = server.timeouts();
        Ok(Self {
            runtime: Some(runtime),
            client,
            statements: RefCell::default(),
            prelude: RefCell::default(),
            tenant: Cell::new(None),
            kept: RefCell::default(),
            written: Cell::new(0),
            is_failed: Cell::new(false),
            is_spoilt: Cell::new(false),
            is_collision: Cell::new(false),
            is_held_up: Cell::new(false),
            limit: Cell::new(statement + GRACE),
            statement,
            lock,
            doubts,
            since,
        })
    }

    /// Whether it can be used any more.
    pub(crate) fn is_lost(&self) -> bool {
        self.client.is_closed() || self.is_spoilt.get()
    }

    /// Whether it can still be used, as far as the system knows: the server may have gone while nobody looked.
    pub(crate) fn is_alive(&self) -> bool {
        if let Some(runtime) = &self.runtime {
            // The connection's own task has its turn between two of these.
            runtime.block_on(async {
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
            });
        }
        !self.is_lost() && self.doubts.count() == self.since
    }

    /// Whether a statement failed, so that what was begun can only be given up.
    pub(crate) fn is_failed(&self) -> bool {
        self.is_failed.get()
    }

    /// Whether the last failure was a collision with another transaction: the same may work when it is tried again.
    pub(crate) fn is_collision(&self) -> bool {
        self.is_collision.get()
    }

    /// Whether the last failure was that another transaction held for too long what was waited for.
    pub(crate) fn is_held_up(&self) -> bool {
        self.is_held_up.get()
    }

    /// How many rows were written so far.
    pub(crate) fn total_changes(&self) -> u64 {
        self.written.get()
    }

    /// Prepares a statement, or takes the one that was prepared before.
    pub(crate) fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        if let Some(prepared) = self.statements.borrow().get(sql) {
            return Ok(Statement { session: self, prepared: Arc::clone(prepared) });
        }
        let prepared = Arc::new(self.wait(Prepared::of(&self.client, sql))?);
        self.statements.borrow_mut().insert(sql.to_owned(), Arc::clone(&prepared));
        Ok(Statement { session: self, prepared })
    }

    /// Runs statements without parameters.
    pub(crate) fn batch(&self, sql: &str) -> Result<()> {
        let word = sql.split_once([' ', ';']).map_or(sql, |(word, _)| word);
        let word = if sql.starts_with("ROLLBACK TO") { "ROLLBACK TO" } else { word };
        match word {
            "BEGIN" => {
                self.reset();
                self.is_collision.set(false);
                self.is_held_up.set(false);
                self.put_before(sql);
                return Ok(());
            }
            // What was never sent need not be ended.
            "COMMIT" | "ROLLBACK" if self.prelude.borrow().starts_with("BEGIN") => {
                self.reset();
                return Ok(());
            }
            "ROLLBACK" => self.reset(),
            "COMMIT" if self.is_failed() => {
                self.reset();
                // PostgreSQL would take it for a rollback, and say that all is well.
                let _ = self.wait(self.client.batch_execute("ROLLBACK"));
                return Err(Failure::Unfit("a statement before the end had failed".to_owned()));
            }
            // What was said since the beginning of the part goes with it.
            "ROLLBACK TO" => {
                self.prelude.borrow_mut().clear();
                self.tenant.set(None);
                self.is_failed.set(false);
            }
            _ => {}
        }
        let prelude = self.prelude.take();
        let outcome = self.wait(self.client.batch_execute(&format!("{prelude}{sql}")));
        if word == "COMMIT" {
            self.tenant.set(None);
            self.kept.borrow_mut().clear();
        }
        outcome
    }

    fn reset(&self) {
        self.prelude.borrow_mut().clear();
        self.tenant.set(None);
        self.kept.borrow_mut().clear();
        self.is_failed.set(false);
    }

    fn put_before(&self, sql: &str) {
        let mut prelude = self.prelude.borrow_mut();
        prelude.push_str(sql);
        prelude.push(';');
    }

    /// Begins a transaction that only reads, in one snapshot.
    pub(crate) fn begin_reading(&self, tenant: Option<TenantId>) -> Result<()> {
        self.batch(BEGIN_READING)?;
        tenant.map_or(Ok(()), |tenant| self.enter(tenant))
    }

    /// Says that what comes next is of nobody: what tells whose a request is can be read of all tenants, and nothing
    /// else can.
    pub(crate) fn leave(&self) {
        self.tenant.set(None);
        self.put_before("SET LOCAL rollcall.tenant = ''");
    }

    /// Says whose rows come next, until the transaction ends.
    pub(crate) fn enter(&self, tenant: TenantId) -> Result<()> {
        if self.tenant.replace(Some(tenant)) != Some(tenant) {
            self.put_before(&entering(tenant));
        }
        Ok(())
    }

    /// The same, and keeps others from writing to the tenant until the transaction ends: what is judged stays so.
    pub(crate) fn enter_to_write(&self, tenant: TenantId) -> Result<()> {
        self.enter(tenant)?;
        if self.kept.borrow_mut().insert(tenant) {
            let keep = self.prepare("SELECT 1 FROM tenant WHERE tenant_id = ?1 FOR NO KEY UPDATE")?;
            keep.query(Params::ByPlace(&[Value::Id(tenant.0)]))?;
        }
        Ok(())
    }

    /// Waits for nobody who does not go at once, until [`Session::be_patient`] or the end of the transaction.
    pub(crate) fn be_impatient(&self) {
        self.put_before(&format!("SET LOCAL lock_timeout = {}", MOMENT.as_millis()));
    }

    /// Ends what [`Session::be_impatient`] began.
    pub(crate) fn be_patient(&self) {
        self.put_before(&format!("SET LOCAL lock_timeout = {}", self.lock.as_millis()));
    }

    /// Lets statements take as long as they need.
    pub(crate) fn take_time(&self, limit: Duration) -> Result<()> {
        self.limit.set(limit);
        self.batch("SET statement_timeout = 0")
    }

    /// Ends what [`Session::take_time`] began.
    pub(crate) fn hurry(&self) -> Result<()> {
        self.limit.set(self.statement + GRACE);
        self.batch(&format!("SET statement_timeout = {}", self.statement.as_millis()))
    }

    /// Runs a statement whose parameters are columns of many rows.
    pub(crate) fn execute_columns(&self, sql: &str, columns: &[Vec<Value<'_>>]) -> Result<()> {
        let statement = self.prepare(sql)?;
        let done = self.wait_behind(self.client.execute_raw(&statement.prepared.statement, columns))?;
        self.written.set(self.written.get() + done);
        Ok(())
    }

    fn wait<T>(
        &self,
        work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let Some(runtime) = &self.runtime else { return Err(Failure::Unfit("it is closed".to_owned())) };
        // A server that froze once is not waited for again, not even to give up what was begun.
        if self.is_spoilt.get() {
            return Err(Failure::Frozen);
        }
        let limit = self.limit.get();
        let outcome = runtime.block_on(async { tokio::time::timeout(limit, work).await.ok() });
        match outcome {
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => {
                self.is_failed.set(true);
                let is_collision = matches!(
                    error.code(),
                    Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED))
                );
                self.is_collision.set(is_collision);
                // The two timeouts may be the same, and then either may be the first.
                let is_held_up =
                    matches!(error.code(), Some(&(SqlState::LOCK_NOT_AVAILABLE | SqlState::QUERY_CANCELED)));
                self.is_held_up.set(is_held_up);
                Err(error.into())
            }
            None => {
                self.doubts.raise();
                self.is_failed.set(true);
                self.is_spoilt.set(true);
                Err(Failure::Frozen)
            }
        }
    }

    /// Does some work with what has to come before it, sent together.
    fn wait_behind<T>(
        &self,
        work: impl Future<Output = std::result::Result<T, tokio_postgres::Error>>,
    ) -> Result<T> {
        let prelude = self.prelude.take();
        if prelude.is_empty() {
            return self.wait(work);
        }
        let before = self.client.batch_execute(&prelude);
        self.wait(async {
            let ((), value) = futures_util::try_join!(before, work)?;
            Ok(value)
        })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What a failure is told as: the words of the server, where they are its own.
pub(crate) fn told(error: &tokio_postgres::Error) -> String {
    if let Some(told) = error.as_db_error() {
        return format!("{} ({})", told.message(), told.code().code());
    }
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// Whether a failure may heal by itself: the server cannot be reached, is not the primary, is short of something or
/// gave up.
pub(crate) fn may_heal(error: &tokio_postgres::Error) -> bool {
    // Without a code it is the connection that failed.
    error.code().is_none_or(|code| {
        let class = code.code().get(..2).unwrap_or_default();
        matches!(class, "08" | "40" | "53" | "55" | "57" | "58")
            || *code == SqlState::READ_ONLY_SQL_TRANSACTION
    })
}
