//! What is known of every request before anybody asks who sent it? Its correlation id, where it came from,
//! and what is wrong with its size: judged after routing and before anything else (contract section 1).

use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use app::Call;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use bytes::Bytes;
use domain::audit::Operation;
use domain::correlation::CorrelationId;
use domain::error::Error;
use http::HeaderMap;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::Web;
use crate::error::Failure;

/// The largest body of a request that needs none; it is dropped.
pub(crate) const LARGEST_DROPPED_BODY: usize = 64 << 10;
/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(30);

/// A body up to this size is read whoever sends it.
const SMALL_BODY: usize = 16 << 10;
/// How many larger ones are read at once, so that those who send them, slowly and before anybody knows who
/// they are, cannot take the memory.
static LARGE_BODIES: Semaphore = Semaphore::const_new(64);

/// The name of the header that correlates a request with its answer.
pub(crate) const CORRELATION_ID: &str = "x-correlation-id";

/// Put beside every request by the front.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// When it arrived.
    pub(crate) at: Timestamp,
    /// The id that was sent, or a fresh one.
    pub(crate) correlation_id: CorrelationId,
    /// Whether what was sent as an id is none.
    pub(crate) bad_correlation_id: bool,
    /// Whether the headers are over the limits.
    pub(crate) headers_too_large: bool,
    /// Where it came from.
    pub(crate) client_address: IpAddr,
}

impl Arrival {
    /// The correlation id of a request.
    pub(crate) fn correlation_of(request: &Request) -> &CorrelationId {
        static NONE: OnceLock<CorrelationId> = OnceLock::new();
        match request.extensions().get::<Self>() {
            Some(arrival) => &arrival.correlation_id,
            None => NONE.get_or_init(|| uuid::Uuid::nil().into()),
        }
    }

    /// The request as the application knows it.
    pub(crate) fn call(&self, operation: Operation) -> Call {
        Call {
            at: self.at,
            correlation_id: self.correlation_id.clone(),
            client_address: Some(self.client_address),
            operation,
        }
    }

    /// Refuses what was sent as a correlation id and is none: judged after all sizes.
    fn judge_correlation_id(&self) -> Result<(), Failure> {
        if self.bad_correlation_id {
            let wanted = "Send it once, with 1 to 128 visible ASCII characters, or leave it out.";
            return Err(Error::invalid("X-Correlation-Id", wanted).into());
        }
        Ok(())
    }
}

/// Reads the correlation id that was sent, if one was.
pub(crate) fn sent_correlation_id(headers: &HeaderMap) -> Option<Result<CorrelationId, ()>> {
    let mut values = headers.get_all(CORRELATION_ID).iter();
    let first = values.next()?;
    let single = values.next().is_none();
    Some(CorrelationId::parse(first.as_bytes()).filter(|_| single).ok_or(()))
}

/// Reads a body of at most `most` bytes.
pub(crate) async fn read_body(body: Body, most: usize) -> Result<Bytes, Failure> {
    use http_body::Body as _;
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    if body.size_hint().lower() > most as u64 {
        return Err(Failure::PayloadTooLarge);
    }
    let reading = tokio::time::timeout(BODY_PATIENCE, collect(Limited::new(body, most)));
    reading.await.unwrap_or(Err(Failure::RequestTimeout))
}

async fn collect(mut body: Limited<Body>) -> Result<Bytes, Failure> {
    let mut whole = Vec::new();
    let mut place = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            if error.is::<LengthLimitError>() { Failure::PayloadTooLarge } else { Failure::Malformed }
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if place.is_none() && whole.len() + data.len() > SMALL_BODY {
            place = Some(LARGE_BODIES.try_acquire().map_err(|_| Error::Busy)?);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.into())
}

/// A request without a body of any use: judged by its size and its correlation id, its body dropped.
pub(crate) struct Arrived {
    pub(crate) arrival: Arrival,
    pub(crate) parts: Parts,
}

/// A request that was refused before anybody asked who sent it.
pub(crate) struct Refused {
    arrival: Option<Arrival>,
    failure: Failure,
}

impl Refused {
    /// The answer.
    pub(crate) fn respond(&self) -> Response {
        match &self.arrival {
            Some(arrival) => self.failure.respond(&arrival.correlation_id),
            None => self.failure.respond(&uuid::Uuid::nil().into()),
        }
    }

    /// The answer, after the refusal was recorded within its bounds.
    pub(crate) async fn recorded(self, web: &Web, operation: Operation) -> Response {
        if let Some(arrival) = &self.arrival {
            // A record that cannot be taken makes no refusal into anything else.
            let _ = web.app.tell_refusal(&arrival.call(operation), self.failure.cause()).await;
        }
        self.respond()
    }
}

impl Arrived {
    /// Takes a request apart, and leaves its body to be read by others, unless it says that it is over
    /// `largest_body` bytes.
    pub(crate) fn take_head(request: Request, largest_body: usize) -> Result<(Self, Body), Refused> {
        use http_body::Body as _;
        let (arrived, body) = Self::apart(request)?;
        let judged = if arrived.arrival.headers_too_large {
            Err(Failure::HeadersTooLarge)
        } else if body.size_hint().lower() > largest_body as u64 {
            Err(Failure::PayloadTooLarge)
        } else {
            arrived.arrival.judge_correlation_id()
        };
        match judged {
            Ok(()) => Ok((arrived, body)),
            Err(failure) => Err(Refused { arrival: Some(arrived.arrival), failure }),
        }
    }

    fn apart(request: Request) -> Result<(Self, Body), Refused> {
        let arrival = request.extensions().get::<Arrival>().cloned();
        let (parts, body) = request.into_parts();
        let Some(arrival) = arrival else {
            let failure = Error::Internal("a request came past the front".to_owned()).into();
            return Err(Refused { arrival: None, failure });
        };
        Ok((Self { arrival, parts }, body))
    }

    /// Takes a request apart, and reads a body of at most `largest_body` bytes.
    pub(crate) async fn take(request: Request, largest_body: usize) -> Result<(Self, Bytes), Refused> {
        let (Self { arrival, parts }, body) = Self::apart(request)?;
        let judged = if arrival.headers_too_large {
            Err(Failure::HeadersTooLarge)
        } else {
            read_body(body, largest_body).await.and_then(|body| arrival.judge_correlation_id().map(|()| body))
        };
        match judged {
            Ok(body) => Ok((Self { arrival, parts }, body)),
            Err(failure) => Err(Refused { arrival: Some(arrival), failure }),
        }
    }
}

impl<S: Sync> FromRequest<S> for Arrived {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        match Self::take(request, LARGEST_DROPPED_BODY).await {
            Ok((arrived, _)) => Ok(arrived),
            Err(refused) => Err(refused.respond()),
        }
    }
}
