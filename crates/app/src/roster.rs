//! Is the list ready? A roster is the finished listing of one scope, kept as the bytes that are sent, for as
//! long as it is the newest.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use domain::access::Scope;
use domain::error::Error;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use store::{Generation, Standing, Store};
use tokio::sync::OnceCell;

use crate::coding::Coding;
use crate::tag::Tags;

/// How many bytes of rosters are kept.
const KEPT_BYTES: u64 = 256 << 20;
/// A listing of more users, or more bytes, is not kept but streamed.
pub(crate) const MOST_USERS: u64 = 20_000;
const MOST_BYTES: usize = 4 << 20;
/// What a roster weighs beside its bodies.
const WEIGHT: usize = 512;
/// A body up to this size is encoded at once; a larger one where it holds nobody up.
const SMALL: usize = 16 << 10;

/// The listing of one scope.
pub(crate) struct Roster {
    generation: Generation,
    pub(crate) standing: Standing,
    pub(crate) tags: Tags,
    /// Nothing if it is too large to keep.
    bodies: Option<Bodies>,
}

/// The whole array, and its encoded forms, made on first demand.
struct Bodies {
    plain: Bytes,
    /// Most listings are never asked for in a coding, and then there is no room for it.
    encoded: OnceLock<Box<[OnceCell<Bytes>; 3]>>,
}

impl Bodies {
    fn ready(&self, coding: Coding) -> Option<&Bytes> {
        match coding.place() {
            None => Some(&self.plain),
            Some(place) => self.encoded.get()?.get(place)?.get(),
        }
    }

    async fn make(&self, coding: Coding) -> Result<Bytes, Error> {
        let cell = |place| self.encoded.get_or_init(Box::default).get(place);
        match coding.place().and_then(cell) {
            None => Ok(self.plain.clone()),
            Some(cell) => cell.get_or_try_init(|| encode(coding, self.plain.clone())).await.cloned(),
        }
    }
}

impl Roster {
    /// The body in a coding, made now if it was not before; nothing if it is not kept.
    pub(crate) async fn make(&self, coding: Coding) -> Result<Option<Bytes>, Error> {
        match &self.bodies {
            Some(bodies) => bodies.make(coding).await.map(Some),
            None => Ok(None),
        }
    }

    /// The body in a coding, if it was made before.
    pub(crate) fn ready(&self, coding: Coding) -> Option<Bytes> {
        self.bodies.as_ref()?.ready(coding).cloned()
    }

    /// What it takes in memory: an allocator rounds up, by a tenth on average.
    fn weight(&self) -> usize {
        let bodies = self.bodies.iter().flat_map(|bodies| Coding::ALL.map(|coding| bodies.ready(coding)));
        let bytes = bodies.flatten().map(Bytes::len).sum::<usize>();
        WEIGHT + bytes + bytes / 10
    }
}

/// Encodes a whole body.
pub(crate) async fn encode(coding: Coding, plain: Bytes) -> Result<Bytes, Error> {
    let internal = |error: String| Error::Internal(format!("a listing could not be encoded: {error}"));
    let encoded = if plain.len() <= SMALL {
        coding.encode(&plain)
    } else {
        tokio::task::spawn_blocking(move || coding.encode(&plain))
            .await
            .map_err(|error| internal(error.to_string()))?
    };
    encoded.map(Bytes::from).map_err(|error| internal(error.to_string()))
}

/// A roster as it was weighed: its weight may not change while the cache holds it.
#[derive(Clone)]
struct Kept {
    roster: Arc<Roster>,
    weight: u64,
}

impl From<Arc<Roster>> for Kept {
    fn from(roster: Arc<Roster>) -> Self {
        Self { weight: roster.weight() as u64, roster }
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Scope, Kept> for ByBytes {
    fn weight(&self, _: &Scope, kept: &Kept) -> u64 {
        kept.weight
    }
}

/// The rosters that are kept, bounded in bytes.
pub(crate) struct Rosters {
    kept: Cache<Scope, Kept, ByBytes>,
}

impl Rosters {
    pub(crate) fn new() -> Self {
        Self { kept: Cache::with_weighter(65_536, KEPT_BYTES, ByBytes) }
    }

    /// The newest roster of a scope. However many ask at once for one that is not kept, it is read once.
    pub(crate) async fn get(&self, store: &Store, scope: &Scope) -> Result<Arc<Roster>, Error> {
        let newest = store.generation(scope);
        loop {
            let Kept { roster, .. } = self.kept.get_or_insert_async(scope, read(store, scope)).await?;
            if roster.generation >= newest {
                return Ok(roster);
            }
            // A write came since. Whoever waited for another's reading may also get one that began before it.
            self.kept.remove_if(scope, |kept| Arc::ptr_eq(&kept.roster, &roster));
        }
    }

    /// The newest roster of a scope, if it is kept.
    pub(crate) fn ready(&self, store: &Store, scope: &Scope) -> Option<Arc<Roster>> {
        let newest = store.generation(scope);
        self.kept.get(scope).map(|kept| kept.roster).filter(|roster| roster.generation >= newest)
    }

    /// Weighs a roster anew, after an encoded form was added to it.
    pub(crate) fn weigh(&self, scope: &Scope, roster: &Arc<Roster>) {
        // It may have been replaced or dropped meanwhile; then there is nothing to weigh.
        let lighter = |kept: &Kept| Arc::ptr_eq(&kept.roster, roster) && kept.weight < roster.weight() as u64;
        if self.kept.peek(scope).as_ref().is_some_and(lighter) {
            let _ = self.kept.replace(*scope, Arc::clone(roster).into(), true);
        }
    }
}

async fn read(store: &Store, scope: &Scope) -> Result<Kept, Error> {
    let generation = store.generation(scope);
    let listing = store.listing(*scope, MOST_USERS, MOST_BYTES).await?.ok_or(Error::CustomerNotFound)?;
    if !listing.standing.related {
        return Err(Error::ResellerNotRelated);
    }
    let bodies = listing.documents.map(|documents| {
        let mut body = Vec::with_capacity(documents.len() + 2);
        body.push(b'[');
        body.extend_from_slice(&documents);
        body.push(b']');
        Bodies { plain: Bytes::from(body), encoded: OnceLock::new() }
    });
    let tags = Tags::of_listing(store, scope, listing.standing.version, &[]);
    Ok(Arc::new(Roster { generation, standing: listing.standing, tags, bodies }).into())
}
