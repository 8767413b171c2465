//! How does a command do what the API does? It makes the same request, and brings it to the routes in this
//! process, in the server that has the database, or by HTTP in a server elsewhere.

mod http;
pub(crate) mod lists;

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use crate::config::{DatabaseFlag, Settings};
use crate::control::Session;
use crate::failure::Failure;
use crate::operations::{Event, Request};
use crate::pieces::{self, Pieces};

/// Which tenant of which directory, and by which way.
#[derive(Args)]
pub(crate) struct ApiFlags {
    /// A domain of the tenant
    #[arg(long, value_name = "DOMAIN")]
    tenant: String,
    /// Work through this server by HTTP, as the API Access whose id and secret stand in ROLLCALL_CLIENT_ID and
    /// ROLLCALL_CLIENT_SECRET, or in the file of --credentials
    #[arg(long, value_name = "URL", conflicts_with = "database")]
    server: Option<String>,
    /// A file with client_id = "…" and client_secret = "…", readable by its owner alone
    #[arg(long, value_name = "FILE", requires = "server")]
    credentials: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) database: DatabaseFlag,
}

/// One request of the API.
pub(crate) struct Call {
    method: &'static str,
    target: String,
    media_type: Option<&'static str>,
    body: Pieces,
}

impl Call {
    /// A request without a body.
    pub(crate) fn bare(method: &'static str, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), media_type: None, body: pieces::none() }
    }

    /// A request that reads.
    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self::bare("GET", target)
    }

    /// A request with a JSON body.
    pub(crate) fn json(method: &'static str, target: impl Into<String>, body: &Value) -> Self {
        let body = pieces::of(std::io::Cursor::new(body.to_string()), |_| {});
        Self { method, target: target.into(), media_type: Some("application/json"), body }
    }

    /// A request with a body of its own type.
    pub(crate) fn long(target: impl Into<String>, media_type: &'static str, body: Pieces) -> Self {
        Self { method: "POST", target: target.into(), media_type: Some(media_type), body }
    }
}

/// The API, as far as one command needs it.
pub(crate) struct Api {
    way: Way,
    tenant: String,
}

enum Way {
    Here(Session),
    There(http::Server),
}

impl Api {
    /// Opens the way that the flags name.
    ///
    /// # Errors
    /// The database cannot be had, there are no credentials, or the server refuses them.
    pub(crate) async fn open(flags: &ApiFlags, settings: &Settings, command: &str) -> Result<Self, Failure> {
        let way = match &flags.server {
            Some(server) => {
                Way::There(http::Server::enter(server, flags.credentials.as_deref(), &flags.tenant).await?)
            }
            None => Way::Here(Session::open(settings, command).await?),
        };
        Ok(Self { way, tenant: flags.tenant.clone() })
    }

    /// Whether the request leaves this machine's own processes.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self.way, Way::There(_))
    }

    /// Asks, gives what comes to `take` piece by piece, and tells the status.
    ///
    /// # Errors
    /// The directory refuses or cannot be reached, or `take` fails.
    pub(crate) async fn ask(
        &self,
        call: Call,
        mut take: impl FnMut(&str) -> Result<(), Failure>,
    ) -> Result<u16, Failure> {
        match &self.way {
            Way::There(server) => server.ask(call, take).await,
            Way::Here(session) => {
                let Call { method, target, media_type, body } = call;
                let request = Request::Call {
                    tenant: self.tenant.clone(),
                    method: method.to_owned(),
                    target,
                    media_type: media_type.map(str::to_owned),
                };
                let mut answered = 0;
                let events = |event: Event| match event {
                    Event::Status(status) => {
                        answered = status;
                        Ok(())
                    }
                    Event::Out(text) => take(&text),
                    other => crate::operations::tell(other),
                };
                session.ask(request, body, events).await?;
                Ok(answered)
            }
        }
    }

    /// Asks, and gives the whole answer.
    ///
    /// # Errors
    /// As of [`Api::ask`].
    pub(crate) async fn text(&self, call: Call) -> Result<(u16, String), Failure> {
        let mut whole = String::new();
        let status = self
            .ask(call, |piece| {
                whole.push_str(piece);
                Ok(())
            })
            .await?;
        Ok((status, whole))
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// As of [`Api::ask`].
    pub(crate) async fn value(&self, call: Call) -> Result<Value, Failure> {
        let (_, text) = self.text(call).await?;
        serde_json::from_str(&text).map_err(|error| Failure::of("the answer is damaged", error))
    }

    /// Asks something of the machine's operator, which no server does for others.
    ///
    /// # Errors
    /// As of [`Api::ask`]; the way leads to a server elsewhere.
    pub(crate) async fn operate(&self, request: Request) -> Result<(), Failure> {
        match &self.way {
            Way::Here(session) => session.ask(request, pieces::none(), crate::operations::tell).await,
            Way::There(_) => Err(Failure::Usage(
                "only the operator of the machine may do this: run it there, without --server".to_owned(),
            )),
        }
    }

    /// The tenant, by the domain that was given.
    pub(crate) fn tenant(&self) -> &str {
        &self.tenant
    }

    /// Writes all that waits.
    ///
    /// # Errors
    /// What waited could not be written.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        match self.way {
            Way::Here(session) => session.close().await,
            Way::There(_) => Ok(()),
        }
    }
}

/// Escapes a text for a place in a path, a query or a form.
pub(crate) fn escaped(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// A query of those parameters that have a value.
pub(crate) fn query<'a>(parameters: impl IntoIterator<Item = (&'a str, Option<String>)>) -> String {
    let given = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let pairs: Vec<String> = given.map(|(name, value)| format!("{name}={}", escaped(&value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// What the directory says against a request, in lines.
pub(crate) fn refusal(body: &[u8]) -> String {
    let Ok(error) = serde_json::from_slice::<Value>(body) else { return "it gives no reason".to_owned() };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let description = error.get("description").or(error.get("error_description")).map(text);
    let mut told = description.unwrap_or_default();
    for fault in error.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let property = fault.get("propertyName").map(text).unwrap_or_default();
        for description in fault.get("description").and_then(Value::as_array).into_iter().flatten() {
            told.push_str(&format!("\n  {property}: {}", text(description)));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_into_a_target_is_escaped() {
        assert_eq!(escaped("Åsa+x@north.example"), "%C3%85sa%2Bx%40north.example");
        assert_eq!(
            query([("a", None), ("b", Some("x y".to_owned())), ("c", Some("1".to_owned()))]),
            "?b=x%20y&c=1"
        );
        assert_eq!(query([("a", None)]), "");
    }

    #[test]
    fn a_refusal_is_told_with_all_its_properties() {
        let body = br#"{"description":"Not valid.","errors":[{"propertyName":"email","description":["Missing.","Late."]}]}"#;
        assert_eq!(refusal(body), "Not valid.\n  email: Missing.\n  email: Late.");
        assert_eq!(refusal(b"<html>"), "it gives no reason");
    }
}
