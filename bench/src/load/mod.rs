//! How is a server driven? By connections that are kept open: in a closed loop, where each sends as soon as it
//! has its answer, or in an open one, where requests come when they come.

mod apart;
mod closed;
mod connection;
mod open;
mod samples;

use bytes::Bytes;

pub(crate) use apart::apart;
pub(crate) use closed::closed;
pub(crate) use connection::{Connection, long, upload};
pub(crate) use open::{Offered, open};
pub(crate) use samples::Samples;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Whom requests are sent to, and by whom.
#[derive(Clone)]
pub(crate) struct Caller {
    /// The address of the server.
    pub(crate) address: String,
    /// A domain of the tenant.
    pub(crate) tenant: &'static str,
    /// A live token.
    pub(crate) token: String,
}

impl Caller {
    /// A request without a body.
    pub(crate) fn get(&self, target: &str) -> Bytes {
        self.request("GET", target, "", "")
    }

    /// A request with one more header.
    pub(crate) fn get_with(&self, target: &str, header: &str) -> Bytes {
        self.request("GET", target, &format!("{header}\r\n"), "")
    }

    /// A request with a JSON body.
    pub(crate) fn send(&self, method: &str, target: &str, body: &str) -> Bytes {
        let headers = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        self.request(method, target, &headers, body)
    }

    fn request(&self, method: &str, target: &str, headers: &str, body: &str) -> Bytes {
        let Self { address, tenant, token } = self;
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {address}\r\nX-Tenant: {tenant}\r\n\
             Authorization: Bearer {token}\r\nAccept: application/json\r\n{headers}\r\n"
        );
        (head + body).into()
    }

    /// The listing of a customer.
    pub(crate) fn listing(&self, customer: &str) -> Bytes {
        self.get(&format!("/v1/customer/{customer}/users"))
    }
}

/// The same request, whatever the connection and the turn.
pub(crate) fn same(request: &Bytes) -> impl Fn(usize, usize) -> Bytes + Clone + Send + Sync + 'static {
    let request = request.clone();
    move |_, _| request.clone()
}
