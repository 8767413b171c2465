//! How is a statement run on a session? Prepared once, with bound parameters; its rows all at once, or as they come.

use std::pin::{Pin, pin};
use std::sync::Arc;

use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt};
use tokio_postgres::{Client, RowStream};

use super::Session;
use super::dialect::{Parameter, bound, translate};
use crate::sql::{Params, Result, Value};

/// So many rows of a long answer are taken at a time.
const AT_A_TIME: usize = 64;
/// So many rows that nobody wants any more are read away; from there on another connection is had sooner.
const READ_AWAY: usize = 32_768;
/// So many statements are sent before the first is answered.
const AHEAD: usize = 512;

/// A statement that the server knows.
pub(super) struct Prepared {
    pub(super) statement: tokio_postgres::Statement,
    pub(super) parameters: Vec<Parameter>,
}

impl Prepared {
    pub(super) async fn of(client: &Client, sql: &str) -> std::result::Result<Self, tokio_postgres::Error> {
        let translated = translate(sql);
        let statement = client.prepare(&translated.sql).await?;
        Ok(Self { statement, parameters: translated.parameters })
    }
}

/// A prepared statement.
pub(crate) struct Statement<'c> {
    pub(super) session: &'c Session,
    pub(super) prepared: Arc<Prepared>,
}

impl Statement<'_> {
    fn bound<'v>(&self, params: Params<'v>) -> Result<Vec<Value<'v>>> {
        bound(&self.prepared.parameters, params)
    }

    /// Runs it for what it does; how many rows it was done to.
    pub(crate) fn execute(&self, params: Params<'_>) -> Result<usize> {
        let session = self.session;
        let work = session.client.execute_raw(&self.prepared.statement, self.bound(params)?);
        let done = session.wait_behind(work)?;
        session.written.set(session.written.get() + done);
        Ok(usize::try_from(done).unwrap_or(usize::MAX))
    }

    /// Runs it once for each of many parameters, of `width` values each.
    pub(crate) fn execute_each(&self, width: usize, values: &[Value<'_>]) -> Result<usize> {
        let session = self.session;
        let mut all = 0;
        for some in values.chunks(width * AHEAD) {
            let each = some.chunks(width).map(|values| {
                let values = self.bound(Params::ByPlace(values))?;
                Ok(session.client.execute_raw(&self.prepared.statement, values))
            });
            let each = each.collect::<Result<Vec<_>>>()?;
            let done = session.wait_behind(try_join_all(each))?.iter().sum::<u64>();
            session.written.set(session.written.get() + done);
            all += usize::try_from(done).unwrap_or(usize::MAX);
        }
        Ok(all)
    }

    /// Runs it for what it gives: all rows at once.
    pub(crate) fn query(&self, params: Params<'_>) -> Result<Vec<tokio_postgres::Row>> {
        let session = self.session;
        let values = self.bound(params)?;
        session.wait_behind(async {
            session.client.query_raw(&self.prepared.statement, values).await?.try_collect().await
        })
    }

    /// Hands each row to `each` as it comes, until that says to stop.
    pub(crate) fn stream(
        &self,
        params: Params<'_>,
        mut each: impl FnMut(&tokio_postgres::Row) -> Result<bool>,
    ) -> Result<()> {
        let session = self.session;
        let work = session.client.query_raw(&self.prepared.statement, self.bound(params)?);
        let mut stream = pin!(session.wait_behind(work)?);
        loop {
            let rows = stream.as_mut().take(AT_A_TIME).try_collect::<Vec<_>>();
            let rows = session.wait(rows)?;
            let is_last = rows.len() < AT_A_TIME;
            for row in &rows {
                let going_on = each(row);
                if !matches!(going_on, Ok(true)) {
                    if !is_last {
                        session.read_away(stream);
                    }
                    return going_on.map(drop);
                }
            }
            if is_last {
                return Ok(());
            }
        }
    }
}

impl Session {
    /// Reads what is still to come of an answer, so that the connection can be used for another: if it is not too much.
    fn read_away(&self, mut stream: Pin<&mut RowStream>) {
        for _ in 0..READ_AWAY / AT_A_TIME {
            let some = stream.as_mut().take(AT_A_TIME);
            match self.wait(some.try_fold(0, async |read, _| Ok(read + 1))) {
                Ok(AT_A_TIME) => {}
                Ok(_) => return,
                Err(_) => break,
            }
        }
        self.is_spoilt.set(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::fixture::Database;

    #[test]
    fn an_answer_that_is_not_heard_to_its_end_costs_no_connection_unless_much_is_left() {
        let Some(database) = Database::new("unheard") else { return };
        let application = database.application();
        let session = application.postgres().unwrap();
        let stop_at = |wanted: usize, rows: usize| {
            let mut heard = 0;
            let sql = format!("SELECT number FROM generate_series(1, {rows}) AS made (number)");
            let each = |_: &tokio_postgres::Row| {
                heard += 1;
                Ok(heard < wanted)
            };
            session.prepare(&sql).unwrap().stream(Params::ByPlace(&[]), each).unwrap();
            heard
        };
        for (wanted, rows) in [(1, 1), (AT_A_TIME, AT_A_TIME), (AT_A_TIME, 20_000), (3, READ_AWAY)] {
            assert_eq!(stop_at(wanted, rows), wanted);
            assert!(!session.is_lost(), "{wanted} of {rows}");
            let next = session.prepare("SELECT 7").unwrap().query(Params::ByPlace(&[])).unwrap();
            assert_eq!(next.len(), 1, "the next answer is that of the next question");
        }
        assert_eq!(stop_at(1, READ_AWAY * 2), 1);
        assert!(session.is_lost(), "to hear it to its end would take longer than another connection");
    }
}
