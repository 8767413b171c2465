//! How many connections are open at once? As many as the limit allows are served. A few more are told that
//! they are too many; what comes on top of those waits to be accepted.

use std::sync::Arc;

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// How many connections over the limit are told so at a time.
const DOORSTEP: usize = 64;

/// The places for connections.
pub(super) struct Places {
    inside: Arc<Semaphore>,
    doorstep: Arc<Semaphore>,
}

/// What a connection has for as long as it is open.
pub(super) enum Place {
    /// It is served.
    Inside(OwnedSemaphorePermit),
    /// It is turned away.
    Doorstep(OwnedSemaphorePermit),
}

impl Places {
    pub(super) fn new(connections: usize) -> Self {
        let doorstep = Arc::new(Semaphore::new(DOORSTEP));
        Self { inside: Arc::new(Semaphore::new(connections)), doorstep }
    }

    /// Waits until one more connection may be accepted.
    pub(super) async fn next(&self) -> Result<Place, AcquireError> {
        tokio::select! {
            biased;
            inside = Arc::clone(&self.inside).acquire_owned() => inside.map(Place::Inside),
            doorstep = Arc::clone(&self.doorstep).acquire_owned() => doorstep.map(Place::Doorstep),
        }
    }

    /// The place of a connection that came: inside, if somebody went while it was waited for.
    pub(super) fn settle(&self, place: Place) -> Place {
        match (place, Arc::clone(&self.inside).try_acquire_owned()) {
            (Place::Doorstep(_), Ok(inside)) => Place::Inside(inside),
            (place, _) => place,
        }
    }
}
