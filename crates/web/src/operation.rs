//! What do all operations of the API have in common? A principal is let in, a body is read, and what came of
//! it is recorded before it is answered.

use std::fmt::Display;

use app::{Asked, Committed, Conditions, Outcome, Subject};
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use domain::access::Action;
use domain::change::Change;
use domain::error::Error;
use domain::principal::Principal;
use http::request::Parts;

use crate::Web;
use crate::arrival::{Arrival, Arrived, LARGEST_DROPPED_BODY};
use crate::caller::Caller;
use crate::error::Failure;

/// The largest JSON body.
const LARGEST_JSON: usize = 1 << 20;

/// What is sent: the second is a refusal, which ends the work at once.
pub(crate) type Answered = Result<Response, Response>;

/// A request that reached a principal.
pub(crate) struct Asking {
    pub(crate) web: Web,
    pub(crate) arrival: Arrival,
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
    pub(crate) caller: Caller,
    pub(crate) action: Action,
}

impl Asking {
    /// Lets a request in whose body, if it has one, is of no use.
    pub(crate) async fn without_body(web: Web, request: Request, action: Action) -> Result<Self, Response> {
        Self::admit(web, request, action, LARGEST_DROPPED_BODY).await
    }

    /// Lets a request in that has a JSON body.
    pub(crate) async fn with_json(web: Web, request: Request, action: Action) -> Result<Self, Response> {
        Self::admit(web, request, action, LARGEST_JSON).await
    }

    /// Lets a request in whose body is long, and is taken when it is wanted.
    pub(crate) async fn streaming(
        web: Web,
        request: Request,
        action: Action,
        largest: usize,
    ) -> Result<(Self, Body), Response> {
        let (arrived, body) = match Arrived::take_head(request, largest) {
            Ok(taken) => taken,
            Err(refused) => return Err(refused.recorded(&web, action.operation()).await),
        };
        Self::let_in(web, arrived, Bytes::new(), action).await.map(|asking| (asking, body))
    }

    async fn admit(web: Web, request: Request, action: Action, largest: usize) -> Result<Self, Response> {
        let (arrived, body) = match Arrived::take(request, largest).await {
            Ok(taken) => taken,
            Err(refused) => return Err(refused.recorded(&web, action.operation()).await),
        };
        Self::let_in(web, arrived, body, action).await
    }

    async fn let_in(web: Web, arrived: Arrived, body: Bytes, action: Action) -> Result<Self, Response> {
        let Arrived { arrival, parts } = arrived;
        match Caller::admit(&web, &arrival, &parts, action.operation()).await {
            Ok(caller) => Ok(Self { web, arrival, parts, body, caller, action }),
            Err(failure) => Err(failure.respond(&arrival.correlation_id)),
        }
    }

    pub(crate) fn principal(&self) -> &Principal {
        &self.caller.principal
    }

    /// The segment of the path at a place, still escaped; the router has matched the path.
    pub(crate) fn segment(&self, place: usize) -> &str {
        self.parts.uri.path().split('/').nth(place).unwrap_or_default()
    }

    /// Records what came of a read, and answers.
    pub(crate) async fn answer<T>(
        self,
        subject: Subject,
        result: Result<T, Error>,
        done: impl FnOnce(&T) -> String,
        respond: impl FnOnce(&Self, T) -> Response,
    ) -> Answered {
        let outcome = match &result {
            Ok(value) => Outcome::Done(done(value)),
            Err(error) => Outcome::Refused(error),
        };
        let Caller { call, principal, binding } = &self.caller;
        let told = self.web.app.tell(call, principal, binding.clone(), subject, outcome).await;
        match told.and(result) {
            Ok(value) => Ok(respond(&self, value)),
            Err(error) => Err(self.refuse(error)),
        }
    }

    /// Does a write, which is recorded with it, and answers.
    pub(crate) async fn write(
        self,
        subject: Subject,
        planned: Result<Change, Error>,
        conditions: &Conditions,
        done: &'static str,
        respond: impl FnOnce(&Self, Committed) -> Response,
    ) -> Answered {
        let written = self.web.app.write(self.asked(), subject, planned, conditions, done).await;
        match written {
            Ok(committed) => Ok(respond(&self, committed)),
            Err(error) => Err(self.refuse(error)),
        }
    }

    /// The request as the application knows it.
    pub(crate) fn asked(&self) -> Asked<'_> {
        let Caller { call, principal, binding } = &self.caller;
        Asked { call, principal, binding: binding.as_ref(), action: self.action }
    }

    /// Records a refusal, and answers with it.
    pub(crate) async fn refuse_recorded(self, subject: Subject, error: Error) -> Response {
        self.fail_recorded(subject, error.into()).await
    }

    /// Records that the request failed, and answers so.
    pub(crate) async fn fail_recorded(self, subject: Subject, failure: Failure) -> Response {
        let cause = match &failure {
            Failure::App(error) => error.clone(),
            // What only the wire knows is wrong with the body.
            _ => Error::invalid("body", failure.cause()),
        };
        let Caller { call, principal, binding } = &self.caller;
        let told =
            self.web.app.tell(call, principal, binding.clone(), subject, Outcome::Refused(&cause)).await;
        let failure = told.map_or_else(Failure::from, |()| failure);
        failure.respond(&self.arrival.correlation_id)
    }

    pub(crate) fn refuse(&self, error: Error) -> Response {
        Failure::from(error).respond(&self.arrival.correlation_id)
    }
}

/// What the trail says of a list.
pub(crate) fn listed(total: u64, what: impl Display) -> String {
    format!("Listed {what}: {total} in all.")
}
