//! The audit trail: asked, walked, verified and kept bounded.

use domain::access::Reach;
use domain::audit::Record;
use domain::chain::Head;
use domain::error::Error;
use domain::id::TenantId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::directory::Cut;
use crate::fair::Asker;
use crate::sql::trail::retention::{self, Dropped};
use crate::sql::trail::walk::{Met, walk};
use crate::sql::trail::{each_chain, query, verify};
use crate::sql::{self, Connection};
use crate::{AuditQuery, Store, Verification};

impl Store {
    /// Records that a right shows, newest first, as the exact texts that are stored.
    ///
    /// # Errors
    /// The reseller that the right is narrowed to is none, or the database failed.
    pub async fn audit_page(&self, reach: Reach, query: AuditQuery) -> Result<Cut<String>, Error> {
        let directory = self.trail_of_directory;
        self.readers
            .read(reach.tenant(), move |connection| Ok(query::page(connection, directory, &reach, &query)))
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
        let directory = self.trail_of_directory;
        self.streams
            .read(Asker::House, move |connection| verify::verify(connection, directory, &is_ours, progress))
            .await
    }

    /// Hands out every audit record until `each` says to stop: chain by chain, first that of the directory and then
    /// those of the tenants, each from its oldest.
    ///
    /// # Errors
    /// The database failed.
    pub async fn audit_records(
        &self,
        mut each: impl FnMut(Link<'_>) -> bool + Send + 'static,
    ) -> Result<(), Error> {
        let directory = self.trail_of_directory;
        self.streams
            .read(Asker::House, move |connection| {
                let mut is_wanted = true;
                each_chain(connection, directory, |_, writer| {
                    hand_out(connection, writer, |link| {
                        is_wanted = each(link);
                        is_wanted
                    })?;
                    Ok(is_wanted)
                })
            })
            .await
    }

    /// The tenants of whose trail the oldest records are older, and may be dropped; none stands for what belongs to no
    /// tenant.
    ///
    /// # Errors
    /// The database failed.
    pub async fn audit_records_due(&self, before: Timestamp) -> Result<Vec<Option<TenantId>>, Error> {
        let directory = self.trail_of_directory;
        self.streams.read(Asker::House, move |connection| retention::due(connection, directory, before)).await
    }

    /// Drops the oldest records of a chain, some thousand at a time, if all of those are older; whether it
    /// did. `tell` makes the record that is committed with it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn drop_audit_records(
        &self,
        tenant: Option<TenantId>,
        before: Timestamp,
        tell: impl FnOnce(Dropped) -> Record + Send + 'static,
    ) -> Result<bool, Error> {
        self.writer.drop_records(tenant, before, Box::new(tell)).await
    }
}

/// A record and its place in the trail.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// In whose chain it is: a tenant's, or that of the directory.
    pub writer: Uuid,
    /// Its number in the chain.
    pub sequence: u64,
    /// The exact text that is hashed.
    pub text: &'a str,
    /// The hash of the chain up to it.
    pub hash: &'a [u8],
}

fn hand_out(
    connection: &Connection,
    writer: Uuid,
    mut each: impl FnMut(Link<'_>) -> bool,
) -> sql::Result<()> {
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
            each(Link { writer, sequence, text, hash: &head.hash })
        }
        Met::Loose(sequence, text, hash) => each(Link { writer, sequence, text, hash: &hash }),
    })
}
