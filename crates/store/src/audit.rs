//! The audit trail: asked, walked, verified and kept bounded.

use domain::access::Reach;
use domain::audit::Record;
use domain::chain::Head;
use domain::error::Error;
use jiff::Timestamp;

use crate::directory::Cut;
use crate::fair::Asker;
use crate::sql::trail::walk::{Met, walk};
use crate::sql::trail::{query, verify};
use crate::{AuditQuery, Store, Verification};

impl Store {
    /// Records that a right shows, newest first, as the exact texts that are stored.
    ///
    /// # Errors
    /// The reseller that the right is narrowed to is none, or the database failed.
    pub async fn audit_page(&self, reach: Reach, query: AuditQuery) -> Result<Cut<String>, Error> {
        let writer = self.trail_writer;
        self.readers
            .read(reach.tenant(), move |connection| Ok(query::page(connection, writer, &reach, &query)))
            .await?
            .map(Cut::from)
    }

    /// Walks the audit trail and tells what is wrong with it. Tells how many records were looked at.
    ///
    /// # Errors
    /// The database failed.
    pub async fn verify_trail(
        &self,
        is_ours: impl Fn(&[u8], &[u8]) -> bool + Send + 'static,
        progress: impl FnMut(u64) + Send + 'static,
    ) -> Result<Verification, Error> {
        let writer = self.trail_writer;
        self.streams
            .read(Asker::House, move |connection| verify::verify(connection, writer, &is_ours, progress))
            .await
    }

    /// Hands out every audit record, oldest first: number, exact text and hash, until `each` says to stop.
    ///
    /// # Errors
    /// The database failed.
    pub async fn audit_records(
        &self,
        mut each: impl FnMut(u64, &str, &[u8]) -> bool + Send + 'static,
    ) -> Result<(), Error> {
        let writer = self.trail_writer;
        self.streams
            .read(Asker::House, move |connection| {
                let mut head = Head::beginning(writer);
                walk(connection, writer, |met| match met {
                    Met::Segment { first, before, .. } => {
                        head = Head { writer, sequence: first.saturating_sub(1), hash: before };
                        true
                    }
                    // What cannot be read is told by a verification.
                    Met::Broken { .. } => true,
                    Met::Packed(sequence, text) => {
                        head = head.after(text.as_bytes());
                        each(sequence, text, &head.hash)
                    }
                    Met::Loose(sequence, text, hash) => each(sequence, text, &hash),
                })
            })
            .await
    }

    /// Drops the oldest records of the trail, some thousand at a time, if all of those are older; whether it
    /// did. `tell` makes the record that is committed with it, from the first and the last number.
    ///
    /// # Errors
    /// The database failed.
    pub async fn drop_audit_records(
        &self,
        before: Timestamp,
        tell: impl FnOnce((u64, u64)) -> Record + Send + 'static,
    ) -> Result<bool, Error> {
        self.writer.drop_records(before, Box::new(tell)).await
    }
}
