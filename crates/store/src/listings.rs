//! The users of a customer: whole, by pages and as a stream.

use domain::access::Scope;
use domain::error::Error;
use domain::order::OrderKey;

use crate::postgres::Lines;
use crate::sql::listing::{self, Documents};
use crate::sql::{self, Connection, failure};
use crate::{Generation, Standing, Store};

/// So many users are read where they are asked for; more are read where reading holds nobody up.
const FEW: u32 = 100;
/// What a document mostly takes, its comma included.
const LIKELY_BYTES: usize = 256;
/// There is room for so many users before it is known how many there are.
const USUAL: u64 = 32;

/// The users of a scope at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listing {
    /// The customer as this scope may see it.
    pub standing: Standing,
    /// The documents joined by commas, if there is no more of them than was asked for.
    pub documents: Option<Vec<u8>>,
}

/// A cut out of a listing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The customer as this scope may see it.
    pub standing: Standing,
    /// The documents in their order.
    pub documents: Vec<String>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// A step of reading a long listing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step<'a> {
    /// The customer as the scope may see it, in the snapshot that is read.
    Begin(Option<Standing>),
    /// The next user's document.
    Document(&'a str),
    /// There are no more.
    End,
}

impl Store {
    /// What is the newest now of what a scope sees. Take it before reading.
    #[must_use]
    pub fn generation(&self, scope: &Scope) -> Generation {
        self.generations.of_customer(scope.tenant(), scope.customer())
    }

    /// The customer as this scope may see it; nothing if it does not exist for the scope.
    ///
    /// # Errors
    /// The database failed.
    pub async fn standing(&self, scope: Scope) -> Result<Option<Standing>, Error> {
        self.readers
            .read_briefly(scope.tenant(), move |connection| listing::standing(connection, &scope))
            .await
    }

    /// The users of a scope, unless there are more than `most_users` or `most_bytes` of them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn listing(
        &self,
        scope: Scope,
        most_users: u64,
        most_bytes: usize,
    ) -> Result<Option<Listing>, Error> {
        let few = u32::try_from(most_users).unwrap_or(FEW).min(FEW);
        let briefly = match &self.lines {
            Some(lines) => {
                let _turn = self.readers.turn(scope.tenant().into()).await?;
                read_from_server(lines, &scope, few, most_bytes).await.map_err(failure)?
            }
            None => {
                let reading =
                    move |connection: &Connection| whole(connection, &scope, few.into(), most_bytes);
                self.readers.read_briefly(scope.tenant(), reading).await?
            }
        };
        match briefly {
            // There are more than few, and not more than are wanted.
            Some(Listing { standing, documents: None })
                if standing.related && (u64::from(few) + 1..=most_users).contains(&standing.count) =>
            {
                let reading =
                    move |connection: &Connection| whole(connection, &scope, most_users, most_bytes);
                self.readers.read(scope.tenant(), reading).await
            }
            listing => Ok(listing),
        }
    }

    /// The next `limit` users of a scope after a place in the order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn page(
        &self,
        scope: Scope,
        after: Option<OrderKey>,
        limit: u32,
    ) -> Result<Option<Page>, Error> {
        self.readers
            .read(scope.tenant(), move |connection| {
                let Some(standing) = listing::standing(connection, &scope)? else { return Ok(None) };
                let mut documents = Vec::new();
                if standing.related {
                    Documents::prepare(connection, &scope)?.read(
                        &scope,
                        after.as_ref(),
                        Some(limit.saturating_add(1)),
                        |document| {
                            documents.push(document.to_owned());
                            true
                        },
                    )?;
                }
                let more = documents.len() > limit as usize;
                documents.truncate(limit as usize);
                Ok(Some(Page { standing, documents, more }))
            })
            .await
    }

    /// Reads all users of a scope in one snapshot, and shows each step to `visit` until it says to stop.
    /// `visit` runs where blocking is allowed.
    ///
    /// # Errors
    /// The database failed, possibly after some documents were shown.
    pub async fn stream(
        &self,
        scope: Scope,
        mut visit: impl FnMut(Step<'_>) -> bool + Send + 'static,
    ) -> Result<(), Error> {
        self.streams
            .read(scope.tenant(), move |connection| {
                let standing = listing::standing(connection, &scope)?;
                let mut going_on = visit(Step::Begin(standing));
                if going_on && standing.is_some_and(|standing| standing.related) {
                    Documents::prepare(connection, &scope)?.read(&scope, None, None, |document| {
                        going_on = visit(Step::Document(document));
                        going_on
                    })?;
                }
                if going_on {
                    visit(Step::End);
                }
                Ok(())
            })
            .await
    }
}

/// Documents, joined by commas as they come.
struct Joined {
    bytes: Vec<u8>,
    most_bytes: usize,
}

impl Joined {
    /// Makes room for so many users, as far as it is known how many they are.
    fn new(users: u64, most_bytes: usize) -> Self {
        let likely = usize::try_from(users).unwrap_or(usize::MAX).saturating_mul(LIKELY_BYTES);
        Self { bytes: Vec::with_capacity(likely.min(most_bytes)), most_bytes }
    }

    /// Adds a document; whether there is room for another.
    fn add(&mut self, document: &str) -> bool {
        if !self.bytes.is_empty() {
            self.bytes.push(b',');
        }
        self.bytes.extend_from_slice(document.as_bytes());
        self.bytes.len() <= self.most_bytes
    }

    fn all(self) -> Option<Vec<u8>> {
        (self.bytes.len() <= self.most_bytes).then_some(self.bytes)
    }
}

impl Standing {
    /// Whether its users are shown, and are not more than `most`.
    fn shows(&self, most: u64) -> bool {
        self.related && self.count <= most
    }
}

/// The users of a scope in one snapshot, unless there are more than `most_users` or `most_bytes` of them.
fn whole(
    connection: &Connection,
    scope: &Scope,
    most_users: u64,
    most_bytes: usize,
) -> sql::Result<Option<Listing>> {
    let Some(standing) = listing::standing(connection, scope)? else { return Ok(None) };
    if !standing.shows(most_users) {
        return Ok(Some(Listing { standing, documents: None }));
    }
    let mut joined = Joined::new(standing.count, most_bytes);
    Documents::prepare(connection, scope)?.read(scope, None, None, |document| joined.add(document))?;
    Ok(Some(Listing { standing, documents: joined.all() }))
}

/// The same from a server, where both questions go out before it is known what the first gives.
async fn read_from_server(
    lines: &Lines,
    scope: &Scope,
    most_users: u32,
    most_bytes: usize,
) -> sql::Result<Option<Listing>> {
    let mut joined = Joined::new(USUAL, most_bytes);
    let standing = lines.read(scope, most_users, |document| joined.add(document)).await?;
    Ok(standing.map(|standing| {
        let documents = if standing.shows(most_users.into()) { joined.all() } else { None };
        Listing { standing, documents }
    }))
}
