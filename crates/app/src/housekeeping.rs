//! What has to be done every now and then? Counts, keys, users whose time is over, outcomes and records that
//! are old enough to go; all in small steps.

use std::sync::atomic::Ordering;

use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::error::Error;
use domain::id::TenantId;
use jiff::{SignedDuration, Timestamp};
use store::Dropped;

use crate::{App, keys};

/// Seconds.
const MINUTE: i64 = 60;

/// How old things may grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ages {
    /// A signing key that is older is replaced.
    pub signing_key: SignedDuration,
    /// Audit records that are older are dropped; none are if there is none.
    pub audit: Option<SignedDuration>,
}

impl App {
    /// What has to be done every now and then, best each few seconds: counts of refusals that are due, keys
    /// of issuers that are due, a signing key that came of age; and once in a minute, since every tenant has to be
    /// asked for it, users whose time to be restored is over, outcomes of repeated requests, and old records of the
    /// trail.
    ///
    /// # Errors
    /// The database failed.
    pub async fn tick(&self, now: Timestamp, ages: Ages) -> Result<(), Error> {
        self.tell_counted_refusals(now, false).await?;
        self.issuers.refresh_due();
        self.look_after_keys(now, ages.signing_key).await?;
        if now.as_second() < self.tenants_due_at.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.store.forget_recent_writes().await?;
        self.purge_due(now).await?;
        for tenant in self.store.outcomes_due(now).await? {
            while self.store.forget_outcomes(tenant, now).await? {}
        }
        self.drop_old_records(now, ages.audit).await?;
        self.tenants_due_at.store(now.as_second().saturating_add(MINUTE), Ordering::Relaxed);
        Ok(())
    }

    async fn look_after_keys(&self, now: Timestamp, age: SignedDuration) -> Result<(), Error> {
        let keys = self.list_keys().await?;
        if keys.first().is_some_and(|newest| newest.created_at.duration_until(now) > age) {
            self.rotate_keys(now, ActorEntry::SYSTEM).await?;
        } else if keys.iter().any(|key| key.is_over(now)) {
            let id = (self.new_id)(now);
            let record = keys::system_record(id, now, ActorEntry::SYSTEM, "Forgot a retired signing key.");
            self.keys.forget(&self.store, now, record).await?;
            self.trust_issuers()?;
        }
        Ok(())
    }

    async fn drop_old_records(&self, now: Timestamp, age: Option<SignedDuration>) -> Result<(), Error> {
        let Some(before) = age.and_then(|age| now.checked_sub(age).ok()) else { return Ok(()) };
        let new_id = self.new_id;
        let tell = move |Dropped { tenant, first, last }| {
            let id = new_id(now);
            let told = format!("Dropped the audit records {first} to {last}: they were old enough.");
            let (operation, actor) = (Operation::DropAuditRecords, ActorEntry::SYSTEM);
            let record = Record::new(id, now, operation, Status::Succeded, actor, id.to_string(), told);
            Record { tenant_id: tenant, ..record }
        };
        for tenant in self.store.audit_records_due(before).await? {
            while self.store.drop_audit_records(tenant, before, tell).await? {}
        }
        Ok(())
    }

    /// The record of something that Rollcall itself does in a tenant.
    pub(crate) fn system_record(
        &self,
        operation: Operation,
        tenant: TenantId,
        now: Timestamp,
        description: &'static str,
    ) -> Record {
        let id = (self.new_id)(now);
        let actor = ActorEntry::SYSTEM;
        let record = Record::new(id, now, operation, Status::Succeded, actor, id.to_string(), description);
        Record { tenant_id: Some(tenant), ..record }
    }
}
