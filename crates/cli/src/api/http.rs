//! How does a command work through a server elsewhere? As any client does: a token for its secret, then the
//! requests.

use std::path::Path;

use config::{File, FileFormat, Source as _};
use reqwest::{Body, Client, Method, Response};
use serde::Deserialize;

use super::{Call, escaped, refusal};
use crate::config::environment;
use crate::failure::Failure;
use crate::operations::Text;
use crate::pieces;

/// A server that has let this client in.
pub(super) struct Server {
    client: Client,
    url: String,
    tenant: String,
    token: String,
}

impl Server {
    /// Gets a token of `server`.
    ///
    /// # Errors
    /// There are no credentials, or the server refuses or cannot be reached.
    pub(super) async fn enter(
        server: &str,
        credentials: Option<&Path>,
        tenant: &str,
    ) -> Result<Self, Failure> {
        let (client_id, client_secret) = read_credentials(credentials)?;
        let url = server.trim_end_matches('/').to_owned();
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().map_err(lost)?;

        #[derive(Deserialize)]
        struct Issued {
            access_token: String,
        }
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            escaped(&client_id),
            escaped(&client_secret)
        );
        let asked = client
            .post(format!("{url}/oauth2/v2.0/token"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form);
        let answer = accepted(asked.send().await.map_err(lost)?).await?;
        let issued: Issued = serde_json::from_slice(&answer.bytes().await.map_err(lost)?)
            .map_err(|error| Failure::of("the server issued no token", error))?;
        Ok(Self { client, url, tenant: tenant.to_owned(), token: issued.access_token })
    }

    /// Asks, gives what comes to `take`, and tells the status.
    ///
    /// # Errors
    /// The server refuses or cannot be reached, or `take` fails.
    pub(super) async fn ask(
        &self,
        call: Call,
        mut take: impl FnMut(&str) -> Result<(), Failure>,
    ) -> Result<u16, Failure> {
        let Call { method, target, media_type, body } = call;
        let method = method.parse::<Method>().map_err(|error| Failure::of(method, error))?;
        let mut asked = self
            .client
            .request(method, format!("{}{target}", self.url))
            .header("X-Tenant", &self.tenant)
            .bearer_auth(&self.token);
        if let Some(media_type) = media_type {
            asked = asked.header("Content-Type", media_type).body(Body::wrap_stream(pieces::stream(body)));
        }
        let mut answer = accepted(asked.send().await.map_err(lost)?).await?;
        let status = answer.status().as_u16();
        let mut text = Text::default();
        while let Some(piece) = answer.chunk().await.map_err(lost)? {
            take(&text.take(&piece))?;
        }
        Ok(status)
    }
}

fn lost(error: reqwest::Error) -> Failure {
    Failure::of("the server cannot be reached", error.without_url())
}

/// The answer if it is one, else what the server says against it.
async fn accepted(answer: Response) -> Result<Response, Failure> {
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body = answer.bytes().await.unwrap_or_default();
    Err(Failure::Failed(format!("the server answers {status}: {}", refusal(&body))))
}

fn read_credentials(file: Option<&Path>) -> Result<(String, String), Failure> {
    let Some(path) = file else {
        let given = environment("ROLLCALL_CLIENT_ID").zip(environment("ROLLCALL_CLIENT_SECRET"));
        return given.ok_or_else(|| {
            Failure::Usage(
                "set ROLLCALL_CLIENT_ID and ROLLCALL_CLIENT_SECRET, or use --credentials FILE".to_owned(),
            )
        });
    };
    let text = std::fs::read_to_string(path).map_err(|error| Failure::of(path.display(), error))?;
    let values = File::from_str(&text, FileFormat::Toml).collect();
    let member = |name: &str| values.as_ref().ok()?.get(name)?.clone().into_string().ok();
    member("client_id").zip(member("client_secret")).ok_or_else(|| {
        // The file holds a secret: nothing of it is told.
        Failure::Usage(format!("`{}` needs client_id = \"…\" and client_secret = \"…\"", path.display()))
    })
}
