//! How fast could it be? A bare hyper server that answers every request with the bytes of a file and
//! headers like the listing's, and does nothing else.

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::Result;

/// Serves the bytes of `file` with a status for ever.
pub(crate) async fn serve(file: Option<String>, status: Option<String>) -> Result<()> {
    let body = Bytes::from(std::fs::read(file.ok_or("floor needs a file")?)?);
    let status = status.as_deref().unwrap_or("200").parse::<u16>()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    eprintln!("floor at http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let body = body.clone();
        tokio::spawn(async move {
            let service = service_fn(move |_: Request<Incoming>| {
                let body = body.clone();
                async move { answer(status, body) }
            });
            // A client that goes away is no fault of the floor.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn answer(status: u16, body: Bytes) -> std::result::Result<Response<Full<Bytes>>, hyper::http::Error> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("etag", "\"AAAAAAAAAAAAAAAAAAAAAA\"")
        .header("cache-control", "private, no-cache")
        .header("vary", "Authorization, X-Tenant, Accept-Encoding")
        .header("x-total-count", "25")
        .header("x-correlation-id", "01900000-0000-7000-8000-000000000000")
        .body(Full::new(body))
}
