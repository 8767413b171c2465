//! How many records of reads may wait to be written? Requests wait when too many do, and nothing is dropped. One
//! tenant has half of the room at most, so that what it asks for does not make the others wait.

use domain::error::Error;
use domain::id::TenantId;
use tokio::sync::Semaphore;

/// How many records may wait.
const ALL: usize = 16_384;
/// How many of one tenant.
const EACH: usize = ALL / 2;
/// Tenants share shares by their ids; a prime, since ids may be made by a pattern. The last is for records
/// without a tenant.
const SHARES: usize = 251;

pub(super) struct RecordRoom {
    all: Semaphore,
    shares: Box<[Semaphore]>,
}

impl RecordRoom {
    pub(super) fn new() -> Self {
        let shares = (0..=SHARES).map(|_| Semaphore::new(EACH)).collect();
        Self { all: Semaphore::new(ALL), shares }
    }

    /// Waits until a record of this tenant may wait to be written.
    pub(super) async fn enter(&self, tenant: Option<TenantId>) -> Result<(), Error> {
        let closed = |_| Error::Unavailable("the database is being closed".to_owned());
        let share = self.shares.get(share_of(tenant)).ok_or_else(|| Error::Internal("a share".to_owned()))?;
        let own = share.acquire().await.map_err(closed)?;
        self.all.acquire().await.map_err(closed)?.forget();
        own.forget();
        Ok(())
    }

    /// The same without waiting: whether there was room.
    pub(super) fn try_enter(&self, tenant: Option<TenantId>) -> bool {
        let Some(Ok(own)) = self.shares.get(share_of(tenant)).map(Semaphore::try_acquire) else {
            return false;
        };
        let Ok(all) = self.all.try_acquire() else { return false };
        own.forget();
        all.forget();
        true
    }

    /// Records of these tenants wait no more.
    pub(super) fn leave(&self, tenants: impl Iterator<Item = Option<TenantId>>) {
        let mut counts = [0; SHARES + 1];
        let mut all = 0;
        for tenant in tenants {
            if let Some(count) = counts.get_mut(share_of(tenant)) {
                *count += 1;
            }
            all += 1;
        }
        for (share, count) in self.shares.iter().zip(counts).filter(|(_, count)| *count > 0) {
            share.add_permits(count);
        }
        self.all.add_permits(all);
    }

    /// How many wait.
    #[cfg(test)]
    pub(super) fn taken(&self) -> usize {
        ALL - self.all.available_permits()
    }

    /// Lets nobody in any more.
    pub(super) fn close(&self) {
        self.shares.iter().for_each(Semaphore::close);
        self.all.close();
    }
}

fn share_of(tenant: Option<TenantId>) -> usize {
    tenant.map_or(SHARES, |tenant| usize::try_from(tenant.0.as_u128() % SHARES as u128).unwrap_or(SHARES))
}

#[cfg(test)]
mod tests {
    use tokio::time::{Duration, timeout};
    use uuid::Uuid;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_tenant_that_fills_its_share_waits_and_the_others_do_not() {
        let room = RecordRoom::new();
        let (noisy, quiet) = (Some(TenantId(Uuid::from_u128(1))), Some(TenantId(Uuid::from_u128(2))));
        for _ in 0..EACH {
            room.enter(noisy).await.unwrap();
        }
        let soon = Duration::from_secs(1);
        assert!(timeout(soon, room.enter(noisy)).await.is_err());
        timeout(soon, room.enter(quiet)).await.unwrap().unwrap();
        timeout(soon, room.enter(None)).await.unwrap().unwrap();
        assert!(!room.try_enter(noisy) && room.try_enter(quiet));
        room.leave([noisy].into_iter());
        timeout(soon, room.enter(noisy)).await.unwrap().unwrap();
        room.close();
        assert!(room.enter(quiet).await.is_err());
    }
}
