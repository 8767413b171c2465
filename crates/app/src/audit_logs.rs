//! What happens when somebody looks into the trail? Records in reach, newest first, with what they say of
//! people who were not forgotten.

use std::collections::HashSet;

use domain::access::{Action, reach};
use domain::audit::{Record, Status};
use domain::error::Error;
use domain::id::{ResellerId, parse_guid};
use domain::principal::Principal;
use domain::text::fold_case;
use jiff::Timestamp;
use store::{AuditQuery, Cut};

use crate::{App, personal};

/// What is asked of the trail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListAuditLogs {
    /// As the trail of this reseller.
    pub reseller: Option<ResellerId>,
    /// Not before this moment.
    pub since: Timestamp,
    /// Not after this moment.
    pub until: Timestamp,
    /// One of these operations.
    pub operations: Option<HashSet<String>>,
    /// Ended so.
    pub status: Option<Status>,
    /// In the context of a reseller whose name holds this.
    pub reseller_name: Option<String>,
    /// About a customer whose name holds this.
    pub customer_name: Option<String>,
    /// Of this request.
    pub correlation_id: Option<String>,
    /// By the user or client with this id, e-mail or name.
    pub actor: Option<String>,
    /// How many at most.
    pub limit: u32,
    /// How many to pass over.
    pub offset: u64,
}

impl App {
    /// Lists the audit records that a principal reaches, newest first.
    ///
    /// # Errors
    /// Permission, reseller mismatch, reseller; or the database failed.
    pub async fn list_audit_logs(
        &self,
        principal: &Principal,
        asked: ListAuditLogs,
    ) -> Result<Cut<Record>, Error> {
        let reach = reach(principal, Action::ListAuditLogs, asked.reseller)?;
        let actors = match &asked.actor {
            None => None,
            Some(text) => Some(match parse_guid(text) {
                Some(id) => HashSet::from([id]),
                None => self.store.actors_named(reach.tenant(), fold_case(text)).await?,
            }),
        };
        let query = AuditQuery {
            since: asked.since,
            until: asked.until,
            operations: asked.operations,
            status: asked.status,
            reseller_name: asked.reseller_name,
            customer_name: asked.customer_name,
            correlation_id: asked.correlation_id,
            actors,
            limit: asked.limit,
            offset: asked.offset,
        };
        // What was answered before this request came is in the answer, too.
        self.store.flush().await?;
        let Cut { items, total } = self.store.audit_page(reach, query).await?;
        let unreadable = |error| Error::Internal(format!("an audit record cannot be read: {error}"));
        let records = items.iter().map(|text| serde_json::from_str(text));
        let mut records: Vec<Record> = records.collect::<Result<_, _>>().map_err(unreadable)?;
        personal::open_all(&self.store, reach.tenant(), &mut records).await?;
        Ok(Cut { items: records, total })
    }
}
