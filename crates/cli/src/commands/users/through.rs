//! How does `users list` work through a running server? As any client does: a token for its secret, then the
//! listing.

use std::path::Path;

use config::{File, FileFormat, Source as _};
use reqwest::{Client, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::config::environment;
use crate::failure::Failure;
use crate::operations::Event;

/// Lists the users of a customer through `server`.
///
/// # Errors
/// There are no credentials, or the server refuses or cannot be reached.
pub(super) async fn list_users(
    server: &str,
    credentials: Option<&Path>,
    tenant: &str,
    customer: Uuid,
    reseller: Option<Uuid>,
    mut take: impl FnMut(Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (client_id, client_secret) = read_credentials(credentials)?;
    let server = server.trim_end_matches('/');
    let lost = |error: reqwest::Error| Failure::of("the server cannot be reached", error.without_url());
    let client = Client::builder().redirect(reqwest::redirect::Policy::none()).build().map_err(lost)?;

    #[derive(Deserialize)]
    struct Issued {
        access_token: String,
    }
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        form_encoded(&client_id),
        form_encoded(&client_secret)
    );
    let asked = client
        .post(format!("{server}/oauth2/v2.0/token"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form);
    let answer = accepted(asked.send().await.map_err(lost)?).await?;
    let issued: Issued = serde_json::from_slice(&answer.bytes().await.map_err(lost)?)
        .map_err(|error| Failure::of("the server issued no token", error))?;

    let filter = reseller.map(|reseller| format!("?resellerId={reseller}")).unwrap_or_default();
    let asked = client
        .get(format!("{server}/v1/customer/{customer}/users{filter}"))
        .header("X-Tenant", tenant)
        .bearer_auth(issued.access_token);
    let answer = accepted(asked.send().await.map_err(lost)?).await?;
    let array = answer.bytes().await.map_err(lost)?;
    take(Event::Out(String::from_utf8_lossy(&array).into_owned()))
}

/// The answer if it is one, else what the server says against it.
async fn accepted(answer: Response) -> Result<Response, Failure> {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(alias = "error_description")]
        description: Option<String>,
    }
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let body = answer.bytes().await.unwrap_or_default();
    let refusal = serde_json::from_slice::<Refusal>(&body).ok().and_then(|refusal| refusal.description);
    Err(Failure::Failed(format!("the server answers {status}: {}", refusal.unwrap_or_default())))
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

/// Encodes a value of a form (application/x-www-form-urlencoded).
fn form_encoded(value: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}
