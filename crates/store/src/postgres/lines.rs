//! How are a few users read, so that a listing that is not ready comes soon? All that is asked goes to the server in one
//! packet, from the beginning of a transaction to its end, and is waited for by the request itself: no other thread has
//! to wake up for it.
//!
//! What would surprise: the documents are asked for before it is known how the scope stands to the customer. Both
//! questions have the scope in their WHERE, and nothing is told before both are answered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::access::Scope;
use futures_util::{TryStreamExt, try_join};
use tokio::time::timeout;
use tokio_postgres::{Client, RowStream};

use super::dialect::bound;
use super::{BEGIN_READING, GRACE, Prepared, Server, entering};
use crate::sql::listing::{
    Standing, documents_of, read_standing, standing_of, whose_documents, whose_standing,
};
use crate::sql::{Failure, Params, Result, Row};

/// The connections that nobody uses now.
pub(crate) struct Lines {
    server: Server,
    idle: Mutex<Vec<Line>>,
}

/// A connection, and what is asked on it.
struct Line {
    client: Client,
    prepared: HashMap<&'static str, Prepared>,
    /// How many doubts there were about the server before it was connected.
    since: u64,
}

/// A line in use. All that is asked on it is sent at once, its end included: whoever gives up waiting leaves it in good
/// order, and the answers are read away before those of the next one.
struct Lent<'l> {
    lines: &'l Lines,
    line: Option<Line>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            self.lines.idle.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }
}

impl Lines {
    /// None is open yet.
    pub(crate) fn new(server: &Server) -> Self {
        Self { server: server.clone(), idle: Mutex::default() }
    }

    /// How a scope stands to its customer, and its users in the same snapshot, at most `limit` of them: each document is
    /// shown to `each` until that says to stop.
    pub(crate) async fn read(
        &self,
        scope: &Scope,
        limit: u32,
        each: impl FnMut(&str) -> bool,
    ) -> Result<Option<Standing>> {
        let line = match self.next() {
            Some(line) => line,
            None => Line::open(&self.server).await?,
        };
        let mut lent = Lent { lines: self, line: Some(line) };
        let Some(line) = &mut lent.line else { return Err(Failure::Frozen) };
        let patience = self.server.timeouts().statement + GRACE;
        let outcome = timeout(patience, line.read(scope, limit, each)).await.unwrap_or_else(|_| {
            self.server.doubts().raise();
            Err(Failure::Frozen)
        });
        if outcome.is_err() {
            lent.line = None;
        }
        outcome
    }

    /// A line that can still be used, as far as it is known.
    fn next(&self) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let doubts = self.server.doubts().count();
        idle.retain(|line| line.since == doubts && !line.client.is_closed());
        idle.pop()
    }
}

impl Line {
    async fn open(server: &Server) -> Result<Self> {
        let since = server.doubts().count();
        let client = server.connect().await?;
        Ok(Self { client, prepared: HashMap::new(), since })
    }

    /// Prepares a statement, if it was not before.
    async fn prepare(&mut self, sql: &'static str) -> Result<()> {
        if !self.prepared.contains_key(sql) {
            self.prepared.insert(sql, Prepared::of(&self.client, sql).await?);
        }
        Ok(())
    }

    async fn read(
        &mut self,
        scope: &Scope,
        limit: u32,
        mut each: impl FnMut(&str) -> bool,
    ) -> Result<Option<Standing>> {
        let (standing, documents) = (standing_of(scope), documents_of(scope));
        self.prepare(standing).await?;
        self.prepare(documents).await?;
        let begin = format!("{BEGIN_READING};{}", entering(scope.tenant()));
        let standing = async {
            let rows = self.ask(standing, Params::ByName(&whose_standing(scope))).await?;
            let rows: Vec<_> = rows.try_collect().await?;
            rows.first().map(|row| read_standing(scope, &Row::Postgres(row))).transpose()
        };
        let users = async {
            let values = whose_documents(scope, None, Some(limit));
            let mut rows = std::pin::pin!(self.ask(documents, Params::ByPlace(&values)).await?);
            let mut goes_on = true;
            while let Some(row) = rows.try_next().await? {
                // What is still to come is read away.
                goes_on = goes_on && each(Row::Postgres(&row).text(0)?);
            }
            Ok(())
        };
        // All are sent before the first of them is waited for.
        let ((), standing, (), ()) = try_join!(self.run(&begin), standing, users, self.run("COMMIT"))?;
        Ok(standing)
    }

    async fn ask(&self, sql: &str, params: Params<'_>) -> Result<RowStream> {
        let unknown = || Failure::Unfit("it was not prepared".to_owned());
        let prepared = self.prepared.get(sql).ok_or_else(unknown)?;
        let values = bound(&prepared.parameters, params)?;
        Ok(self.client.query_raw(&prepared.statement, values).await?)
    }

    async fn run(&self, sql: &str) -> Result<()> {
        Ok(self.client.batch_execute(sql).await?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use domain::access::{Action, grant};
    use domain::id::{CustomerId, TenantId};
    use domain::principal::Principal;
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;
    use crate::postgres::fixture::Database;

    const BOTH: [u8; 2] = [1, 2];
    const CUSTOMER: u8 = 3;

    /// A tenant with a customer, whose three users are named after the tenant.
    fn people(tenant: u8) -> String {
        let id = |byte: u8| format!("decode(repeat('0{byte}', 16), 'hex')");
        let (tenant_id, customer) = (id(tenant), id(CUSTOMER));
        format!(
            "INSERT INTO tenant (tenant_id, name) VALUES ({tenant_id}, 'Tenant');
             INSERT INTO customer (tenant_id, customer_id, company, listing_version, user_count)
             VALUES ({tenant_id}, {customer}, 'Customer', {tenant}0, 3);
             INSERT INTO portal_user (tenant_id, user_id, owner_kind, owner_id, context, email, email_key, groups,
                                      order_key, document, shown)
             SELECT {tenant_id}, int4send(number), 2, {customer}, '', number::text, number::text, '',
                    int4send(number), '{tenant}.' || number, 1
             FROM generate_series(1, 3) AS number"
        )
    }

    fn scope(tenant: u8, customer: u8) -> Scope {
        let id = |byte| Uuid::from_bytes([byte; 16]);
        let principal = Principal::operator(TenantId(id(tenant)));
        grant(&principal, Action::ListCustomerUsers, CustomerId(id(customer)), None).unwrap()
    }

    /// What is read on a line, as version, count and documents.
    async fn read(lines: &Lines, scope: Scope, limit: u32) -> (Option<(u64, u64)>, Vec<String>) {
        let mut documents = Vec::new();
        let each = |document: &str| {
            documents.push(document.to_owned());
            true
        };
        let standing = lines.read(&scope, limit, each).await.unwrap();
        (standing.map(|standing| (standing.version, standing.count)), documents)
    }

    #[test]
    fn who_gives_up_leaves_a_line_in_good_order_and_nothing_of_its_tenant() {
        let Some(database) = Database::new("lines") else { return };
        let owner = database.owner();
        for tenant in BOTH {
            let transaction = owner.transaction().unwrap();
            transaction.enter(TenantId(Uuid::from_bytes([tenant; 16]))).unwrap();
            transaction.execute_batch(&people(tenant)).unwrap();
            transaction.commit().unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let lines = Lines::new(&database.server());
            let all = |tenant| (1..=3).map(|number| format!("{tenant}.{number}")).collect::<Vec<_>>();
            assert_eq!(read(&lines, scope(1, CUSTOMER), 9).await, (Some((10, 3)), all(1)));
            for turn in 0..50 {
                let (one, other) = if turn % 2 == 0 { (1, 2) } else { (2, 1) };
                // It is asked, and then nobody waits for the answer.
                assert!(read(&lines, scope(one, CUSTOMER), 9).now_or_never().is_none());
                let version = u64::from(other) * 10;
                assert_eq!(read(&lines, scope(other, CUSTOMER), 9).await, (Some((version, 3)), all(other)));
            }
            assert_eq!(read(&lines, scope(1, CUSTOMER), 2).await.1, all(1)[..2]);
            assert_eq!(read(&lines, scope(1, 4), 9).await, (None, Vec::new()));
            assert_eq!(lines.idle.lock().unwrap().len(), 1, "all of it on one connection");
        });
    }
}
