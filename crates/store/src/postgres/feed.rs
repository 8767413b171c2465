//! What did others write since I looked last? A node asks before it trusts its memory, and asks in batches: while one
//! question is under way, all who come wait for the next, which is asked for all of them at once. A question that began
//! after a request had arrived is fresh for that request, so no answer is older than a write that was acknowledged
//! anywhere.
//!
//! Every transaction that writes leaves a row of marks with its own number. What the snapshot of the last question did
//! not show is what is new; its number is not below the lowest one that was under way then, so an index leads there.

use std::sync::Arc;

use domain::error::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_postgres::{Client, Statement};

use super::Server;
use crate::freshness::{Generations, Mark};
use crate::sql::{self, Failure};

/// So many requests may wait to be put to the next question; more wait before that.
const WAITING: usize = 4_096;
/// So often others have their turn on the processor before a question is put.
const LINGERING: usize = 2;
/// Rows of writes are kept for an hour; a node that asked nothing for so many seconds has to read all anew. They are
/// those of the server's clock, by which rows are forgotten: ours stands still while this machine is suspended.
const REMEMBERED: u64 = 30 * 60;

type Answer = oneshot::Sender<Result<(), Error>>;

/// The way to the one who asks.
pub(crate) struct Feed {
    asks: mpsc::Sender<Answer>,
}

impl Feed {
    /// Begins to ask a server. Must be called where there is a runtime.
    pub(crate) fn start(server: &Server, generations: Arc<Generations>) -> Self {
        let (asks, asked) = mpsc::channel(WAITING);
        let reader = Reader { server: server.clone(), generations, line: None };
        tokio::spawn(reader.work(asked));
        Self { asks }
    }

    /// Returns when the counters tell of all that was acknowledged before this was called.
    pub(crate) async fn catch_up(&self) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        let gone = || Error::Unavailable("the database is being closed".to_owned());
        self.asks.send(answer).await.map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

struct Reader {
    server: Server,
    generations: Arc<Generations>,
    line: Option<Line>,
}

/// A connection, and what was read on it.
struct Line {
    client: Client,
    question: Statement,
    /// The snapshot of the last question, and the lowest transaction that was under way then.
    snapshot: String,
    since: i64,
    /// The server's clock then, in seconds.
    told_at: i64,
}

impl Reader {
    async fn work(mut self, mut asked: mpsc::Receiver<Answer>) {
        let mut waiting = Vec::new();
        while asked.recv_many(&mut waiting, WAITING).await > 0 {
            // Those who were answered last are about to ask again, and others were read meanwhile: they ask along.
            for _ in 0..LINGERING {
                yield_now().await;
            }
            while waiting.len() < WAITING
                && let Ok(more) = asked.try_recv()
            {
                waiting.push(more);
            }
            let outcome = self.catch_up().await.map_err(|failure| failure.to_string());
            if outcome.is_err() {
                self.line = None;
                self.server.doubts().raise();
            }
            for answer in waiting.drain(..) {
                // Whoever asked may have gone.
                let _ = answer.send(outcome.clone().map_err(Error::Unavailable));
            }
        }
    }

    async fn catch_up(&mut self) -> sql::Result<()> {
        let statement = self.server.timeouts().statement;
        if self.line.as_ref().is_some_and(|line| line.client.is_closed()) {
            self.server.doubts().raise();
        }
        if self.line.as_ref().is_none_or(|line| line.client.is_closed()) {
            let line = Line::open(&self.server).await?;
            self.line = Some(line);
            self.generations.raise(Mark::EVERYTHING);
        }
        let Some(line) = &mut self.line else { return Ok(()) };
        for mark in timeout(statement, line.ask()).await.map_err(|_| Failure::Frozen)?? {
            self.generations.raise(mark);
        }
        Ok(())
    }
}

const QUESTION: &str = "
    SELECT pg_current_snapshot()::text, marks, extract(epoch FROM clock_timestamp())::bigint
    FROM (SELECT 1) AS always
    LEFT JOIN recent_write ON transaction >= $1
                          AND NOT pg_visible_in_snapshot(transaction::text::xid8, $2::text::pg_snapshot)";

impl Line {
    async fn open(server: &Server) -> sql::Result<Self> {
        let client = server.connect().await?;
        let begin = async {
            let question = client.prepare(QUESTION).await?;
            // Nothing is above the highest number, so this tells the snapshot and no marks.
            let rows = client.query(&question, &[&i64::MAX, &"1:1:"]).await?;
            Ok::<_, tokio_postgres::Error>((question, rows))
        };
        let begun = timeout(server.timeouts().statement, begin).await;
        let (question, rows) = begun.map_err(|_| Failure::Frozen)??;
        let mut line = Self { client, question, snapshot: String::new(), since: 0, told_at: 0 };
        line.go_on(&rows)?;
        Ok(line)
    }

    /// The marks of all writes that were not seen before.
    async fn ask(&mut self) -> sql::Result<Vec<Mark>> {
        let rows = self.client.query(&self.question, &[&self.since, &self.snapshot]).await?;
        let mut marks = Vec::new();
        for row in &rows {
            let bytes = row.try_get::<_, Option<&[u8]>>(1)?.unwrap_or_default();
            marks.extend(bytes.as_chunks::<8>().0.iter().map(|bytes| Mark::of_bytes(*bytes)));
        }
        let before = self.told_at;
        self.go_on(&rows)?;
        // A clock that was set back may have forgotten too much as well.
        if self.told_at.abs_diff(before) > REMEMBERED {
            marks.push(Mark::EVERYTHING);
        }
        Ok(marks)
    }

    /// Keeps when a question was answered, and its snapshot: `lowest:next:others`.
    fn go_on(&mut self, rows: &[tokio_postgres::Row]) -> sql::Result<()> {
        let row = rows.first().ok_or(Failure::NoRow)?;
        let snapshot: String = row.try_get(0)?;
        self.told_at = row.try_get(2)?;
        let lowest = snapshot.split(':').next().and_then(|lowest| lowest.parse().ok());
        self.since = lowest.ok_or(Failure::Damaged("snapshot"))?;
        self.snapshot = snapshot;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::fixture::Database;

    #[test]
    fn whoever_asked_nothing_for_half_an_hour_of_the_server_reads_all_anew() {
        let Some(database) = Database::new("feed") else { return };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut line = Line::open(&database.server()).await.unwrap();
            assert_eq!(line.ask().await.unwrap(), []);
            // As if the machine had slept: no time passed on its own clock.
            line.told_at -= 31 * 60;
            assert_eq!(line.ask().await.unwrap(), [Mark::EVERYTHING]);
            assert_eq!(line.ask().await.unwrap(), []);
        });
    }
}
