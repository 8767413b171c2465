//! Who are the users of this customer, as this caller may see them? The main job.

use bytes::Bytes;
use domain::access::{Action, Scope, grant, scope_bytes};
use domain::error::Error;
use domain::id::{CustomerId, ResellerId};
use domain::order::OrderKey;
use domain::principal::Principal;
use jiff::Timestamp;

use crate::App;
use crate::coding::Coding;
use crate::cursor::{Continuation, Place};
use crate::roster::{Roster, encode};
use crate::stream::{Array, Pieces};
use crate::tag::Tags;

/// The most users on a page (contract section 1, "Paged").
pub const LARGEST_PAGE: u32 = 2_000;

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListCustomerUsers {
    /// Whose users.
    pub customer: CustomerId,
    /// Only those in this reseller's context.
    pub reseller: Option<ResellerId>,
    /// A cut of the listing, or all of it.
    pub page: Option<PageRequest>,
    /// The coding that the caller prefers.
    pub coding: Coding,
    /// Whether the body is wanted at all.
    pub body_wanted: bool,
}

/// A cut of a listing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PageRequest {
    /// 1 to [`LARGEST_PAGE`]; none for that of the page before.
    pub size: Option<u32>,
    /// Where to begin.
    pub start: Start,
}

/// Where a page begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Start {
    /// At the first user.
    Beginning,
    /// Where a continuation token says.
    After(Continuation),
    /// The continuation token was altered, is older than 15 minutes or of another scope. Told only to those
    /// who may see the customer, as the last fault of all.
    BadToken,
}

/// What is said of a continuation token that cannot be used.
pub const BAD_CONTINUATION: &str =
    "It is altered, older than 15 minutes or of another listing; begin again without it.";

/// The answer.
pub struct Users {
    /// The strong entity tag, quotes included.
    pub tag: Bytes,
    /// How many users this caller may see, with and without paging.
    pub total: u64,
    /// Goes on after this page, if there is more.
    pub continuation_token: Option<String>,
    /// The array.
    pub body: Body,
}

/// The array of an answer.
pub enum Body {
    /// The caller has it already.
    NotModified,
    /// All of it.
    Whole(Bytes),
    /// Too long to be kept: it comes in pieces.
    Pieces(Pieces),
    /// Too long to be kept, and not wanted.
    Unread,
}

impl Users {
    fn whole(roster: &Roster, coding: Coding, body: Body) -> Self {
        let tag = roster.tags.get(coding);
        Self { tag, total: roster.standing.count, continuation_token: None, body }
    }
}

/// The answer that a roster has ready: that the caller has the body already, or the body, if it was made before.
fn ready(roster: &Roster, coding: Coding, is_known: impl Fn(&[u8]) -> bool) -> Option<Users> {
    let body = if is_known(&roster.tags.get(coding)) {
        Body::NotModified
    } else {
        Body::Whole(roster.ready(coding)?)
    };
    Some(Users::whole(roster, coding, body))
}

impl App {
    /// Lists the users of a customer (contract section 1). `is_known` judges whether the caller has the
    /// body with a tag already.
    ///
    /// # Errors
    /// Permission, reseller mismatch, customer, reseller relation, in this order; then a continuation
    /// token that is of no use; or the database failed.
    pub async fn list_customer_users(
        &self,
        principal: &Principal,
        asked: &ListCustomerUsers,
        now: Timestamp,
        is_known: impl Fn(&[u8]) -> bool,
    ) -> Result<Users, Error> {
        let scope = grant(principal, Action::ListCustomerUsers, asked.customer, asked.reseller)?;
        if let Some(page) = &asked.page {
            return self.page_of_users(&scope, page, asked.coding, now, is_known).await;
        }
        let roster = self.rosters.get(&self.store, &scope).await?;
        if let Some(users) = ready(&roster, asked.coding, is_known) {
            return Ok(users);
        }
        let body = match roster.make(asked.coding).await? {
            Some(bytes) => {
                self.rosters.weigh(&scope, &roster);
                Body::Whole(bytes)
            }
            None if asked.body_wanted => return self.stream_of_users(scope, asked.coding).await,
            None => Body::Unread,
        };
        Ok(Users::whole(&roster, asked.coding, body))
    }

    /// The same, if the answer is in memory: the whole listing of a scope that the principal was granted, and
    /// nothing else. Waits for nothing.
    pub fn ready_listing(
        &self,
        principal: &Principal,
        asked: &ListCustomerUsers,
        is_known: impl Fn(&[u8]) -> bool,
    ) -> Option<Users> {
        if asked.page.is_some() {
            return None;
        }
        let scope = grant(principal, Action::ListCustomerUsers, asked.customer, asked.reseller).ok()?;
        ready(&*self.rosters.ready(&self.store, &scope)?, asked.coding, is_known)
    }

    /// Whether the whole listing of a scope that the principal was granted has to be read before it can be answered.
    #[must_use]
    pub fn must_read_listing(&self, principal: &Principal, asked: &ListCustomerUsers) -> bool {
        asked.page.is_none()
            && grant(principal, Action::ListCustomerUsers, asked.customer, asked.reseller)
                .is_ok_and(|scope| self.rosters.ready(&self.store, &scope).is_none())
    }

    /// Reads the listing that the principal is about to be answered from memory, and answers nothing: whether it may be
    /// shown, and is the newest, is judged when it is. What cannot be read is told when it is asked for.
    pub async fn foresee_listing(&self, principal: &Principal, asked: &ListCustomerUsers) {
        let scope = grant(principal, Action::ListCustomerUsers, asked.customer, asked.reseller);
        let Ok(scope) = scope else { return };
        if let Ok(roster) = self.rosters.get(&self.store, &scope).await
            && roster.ready(asked.coding).is_none()
            && let Ok(Some(_)) = roster.make(asked.coding).await
        {
            self.rosters.weigh(&scope, &roster);
        }
    }

    /// Opens a continuation token for a request. It is looked at together with the rest of the query, before
    /// the right to any of it is known, so it is bound to the scope that the request would be granted.
    #[must_use]
    pub fn open_continuation(
        &self,
        principal: &Principal,
        customer: CustomerId,
        reseller: Option<ResellerId>,
        token: &str,
        now: Timestamp,
    ) -> Start {
        let scope = scope_bytes(principal, customer, reseller);
        self.sealer.open(&scope, token, now).map_or(Start::BadToken, Start::After)
    }

    async fn page_of_users(
        &self,
        scope: &Scope,
        page: &PageRequest,
        coding: Coding,
        now: Timestamp,
        is_known: impl Fn(&[u8]) -> bool,
    ) -> Result<Users, Error> {
        let (after, page_before) = match &page.start {
            Start::After(before) => (Some(before.place.order_key()), before.page_size),
            Start::Beginning | Start::BadToken => (None, 1),
        };
        let page_size = page.size.unwrap_or(page_before);
        let found =
            self.store.page(*scope, after.clone(), page_size).await?.ok_or(Error::CustomerNotFound)?;
        if !found.standing.related {
            return Err(Error::ResellerNotRelated);
        }
        if page.start == Start::BadToken {
            return Err(Error::invalid("continuationToken", BAD_CONTINUATION));
        }
        let continuation_token = match found.documents.last() {
            Some(last) if found.more => Some(self.seal_place(scope, last, page_size, now)?),
            _ => None,
        };
        let place = after.as_ref().map_or(&[][..], OrderKey::as_bytes);
        let part = [&page_size.to_be_bytes()[..], place].concat();
        let tag = Tags::of_listing(&self.store, scope, found.standing.version, &part).get(coding);
        let body = if is_known(&tag) {
            Body::NotModified
        } else {
            let array = Bytes::from(format!("[{}]", found.documents.join(",")));
            Body::Whole(if coding == Coding::Identity { array } else { encode(coding, array).await? })
        };
        Ok(Users { tag, total: found.standing.count, continuation_token, body })
    }

    fn seal_place(
        &self,
        scope: &Scope,
        document: &str,
        page_size: u32,
        now: Timestamp,
    ) -> Result<String, Error> {
        let place = Place::of_document(document)
            .map_err(|error| Error::Internal(format!("a stored document cannot be read: {error}")))?;
        self.sealer
            .seal(&scope.to_bytes(), Continuation { place, page_size }, now)
            .ok_or_else(|| Error::Internal("a continuation token could not be sealed".to_owned()))
    }

    async fn stream_of_users(&self, scope: Scope, coding: Coding) -> Result<Users, Error> {
        let (standing, pieces) = Pieces::begin(&self.store, scope, coding, Array::default()).await?;
        let tag = Tags::of_listing(&self.store, &scope, standing.version, &[]).get(coding);
        Ok(Users { tag, total: standing.count, continuation_token: None, body: Body::Pieces(pieces) })
    }
}
