//! How is a request of the API done for the operator of this machine? At the desk of this process, as if it had
//! come by HTTP.

use std::future::poll_fn;
use std::pin::Pin;

use app::ImportStage;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use domain::id::TenantId;

use super::{Counted, Event, Events, House, PIECE, Text, gone, out};
use crate::api::refusal;
use crate::failure::Failure;
use crate::pieces::{self, Pieces};

/// The longest refusal.
const LONGEST_REFUSAL: usize = 1 << 20;

/// What is asked of the API.
pub(super) struct Asked {
    pub(super) tenant: TenantId,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) media_type: Option<String>,
    pub(super) body: Pieces,
}

/// Asks, and tells status and body in parts.
pub(super) async fn call(house: &House, asked: Asked, events: &Events) -> Result<(), Failure> {
    let Asked { tenant, method, target, media_type, body } = asked;
    let mut request = Request::builder().method(method.as_str()).uri(target);
    if let Some(media_type) = media_type {
        request = request.header(CONTENT_TYPE, media_type);
    }
    let body = Body::from_stream(pieces::stream(body));
    let request = request.body(body).map_err(|error| Failure::of("this cannot be asked", error))?;
    let far = events.clone();
    let progress = move |stage, done| {
        let of = match stage {
            ImportStage::Judging => Counted::RowsJudged,
            ImportStage::Adding => Counted::RowsAdded,
        };
        // How far it is may be missed; the work itself may not wait for it.
        let _ = far.try_send(Event::Far { of, done, all: None });
    };
    let response = house.desk.ask(tenant, request, Some(std::sync::Arc::new(progress))).await;
    let status = response.status();
    let mut body = response.into_body();
    if !status.is_success() {
        let body = to_bytes(body, LONGEST_REFUSAL).await.unwrap_or_default();
        return Err(Failure::Failed(format!("the directory answers {status}: {}", refusal(&body))));
    }
    events.send(Event::Status(status.as_u16())).await.map_err(|_| gone())?;
    let mut text = Text::default();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| Failure::of("the answer was cut off", error))?;
        let data = frame.into_data().unwrap_or_default();
        for piece in data.chunks(PIECE) {
            out(events, text.take(piece)).await?;
        }
    }
    Ok(())
}
