//! What can be asked of an open directory from the command line? The same code answers in this process and,
//! by the control socket, in the one that has the database.

mod calls;
mod people;
mod tenants;

use std::path::PathBuf;
use std::sync::Arc;

use app::App;
use domain::audit::{ActorEntry, Operation};
use domain::id::{ClientId, TenantId};
use domain::principal::Principal;
use serde::{Deserialize, Serialize};
use store::Link;
use tokio::sync::mpsc;
use uuid::Uuid;
use web::Desk;

use crate::failure::Failure;
use crate::meter::Meter;
use crate::pieces::Pieces;
use crate::{chance, clock, console, directory};

/// The longest text of one event.
const PIECE: usize = 64 << 10;

/// What is asked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Request {
    /// A token for an API Access.
    Token {
        /// A domain of its tenant.
        tenant: String,
        /// Its id.
        client: Uuid,
    },
    /// What the API does, for the operator of a tenant.
    Call {
        /// A domain of the tenant.
        tenant: String,
        /// The method.
        method: String,
        /// Path and query.
        target: String,
        /// The type of the body, which comes behind the request.
        media_type: Option<String>,
    },
    /// Every tenant, or the one with a domain.
    ListTenants {
        /// The domain.
        domain: Option<String>,
    },
    /// A new tenant.
    AddTenant {
        /// Its name.
        name: String,
        /// Its domains.
        domains: Vec<String>,
    },
    /// Another name of a tenant, or more domains.
    ChangeTenant {
        /// One of its domains.
        domain: String,
        /// Its name from now on.
        name: Option<String>,
        /// Domains that lead to it from now on.
        more_domains: Vec<String>,
    },
    /// A person is to be forgotten.
    Forget {
        /// A domain of the tenant.
        tenant: String,
        /// The user.
        user: Uuid,
    },
    /// A person's login is to be set free.
    Unbind {
        /// A domain of the tenant.
        tenant: String,
        /// The id of the user, or its e-mail.
        key: String,
    },
    /// A new signing key.
    RotateKeys,
    /// The signing keys.
    ListKeys,
    /// A copy of the database in a new file.
    Backup {
        /// Its absolute path.
        file: PathBuf,
    },
    /// Whether the audit trail is whole.
    VerifyTrail,
    /// The audit trail, a record a line.
    ExportTrail,
    /// Whether the database and what it trusts are well.
    Examine,
}

/// A part of the answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Event {
    /// How the API answers; comes before what it says.
    Status(u16),
    /// What was asked for, to be written as it is.
    Out(String),
    /// A line for people.
    Note(String),
    /// How far the work is.
    Far {
        /// What is counted.
        of: Counted,
        /// How many are done.
        done: u64,
        /// How many there are, if that is known.
        all: Option<u64>,
    },
}

/// What long work is counted in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Counted {
    /// Pages of the database, copied.
    Pages,
    /// Records of the trail, walked.
    Records,
    /// Rows of a file, judged.
    RowsJudged,
    /// Rows of a file, added.
    RowsAdded,
}

impl Counted {
    /// A meter that counts these.
    pub(crate) fn meter(self, all: Option<u64>) -> Meter {
        match self {
            Self::Pages => Meter::new("copied", all, "pages"),
            Self::Records => Meter::new("looked at", all, "records"),
            Self::RowsJudged => Meter::new("judged", all, "users"),
            Self::RowsAdded => Meter::new("added", all, "users"),
        }
    }
}

/// Where the parts of the answer go.
pub(crate) type Events = mpsc::Sender<Event>;

/// What the operator of this machine asks of.
#[derive(Clone)]
pub(crate) struct House {
    /// The directory.
    pub(crate) app: Arc<App>,
    /// The API, as it is asked from here.
    pub(crate) desk: Desk,
}

impl House {
    /// The house of an open directory.
    pub(crate) fn of(app: Arc<App>) -> Self {
        let desk = Desk::new(Arc::clone(&app), clock::now, chance::new_id);
        Self { app, desk }
    }
}

/// Does what is asked, and tells it in parts.
///
/// # Errors
/// It was refused, did not work, or nobody listens any more.
pub(crate) async fn perform(
    house: &House,
    request: Request,
    body: Pieces,
    events: &Events,
) -> Result<(), Failure> {
    let app = &house.app;
    match request {
        Request::Token { tenant, client } => {
            let tenant = directory::tenant(app.store(), &tenant).await?;
            let call = directory::call(Operation::IssueToken);
            let token = app.issue_token_as_operator(&call, tenant, ClientId(client)).await?;
            out(events, format!("{token}\n")).await
        }
        Request::Call { tenant, method, target, media_type } => {
            let tenant = directory::tenant(app.store(), &tenant).await?;
            calls::call(house, calls::Asked { tenant, method, target, media_type, body }, events).await
        }
        Request::ListTenants { domain } => tenants::list(house, domain, events).await,
        Request::AddTenant { name, domains } => tenants::add(house, &name, &domains, events).await,
        Request::ChangeTenant { domain, name, more_domains } => {
            tenants::change(house, &domain, name.as_deref(), &more_domains).await
        }
        Request::Forget { tenant, user } => {
            let tenant = directory::tenant(app.store(), &tenant).await?;
            people::forget(house, tenant, user, events).await
        }
        Request::Unbind { tenant, key } => {
            let tenant = directory::tenant(app.store(), &tenant).await?;
            people::unbind(house, tenant, &key, events).await
        }
        Request::RotateKeys => {
            let actor = ActorEntry::from(&Principal::operator(TenantId(Uuid::nil())));
            let key = app.rotate_keys(clock::now(), actor).await?;
            out(events, format!("{}\n", key.key_id)).await
        }
        Request::ListKeys => {
            for key in app.list_keys().await? {
                let state = match key.retired_at {
                    None => "signs".to_owned(),
                    Some(retired) => format!("verifies, retired {retired:.0}"),
                };
                out(events, format!("{}  made {:.0}  {state}\n", key.key_id, key.created_at)).await?;
            }
            Ok(())
        }
        Request::Backup { file } => {
            let far = events.clone();
            let progress = move |done, all| {
                // How far it is may be missed; the work itself may not wait for it.
                let _ = far.try_send(Event::Far { of: Counted::Pages, done, all: Some(all) });
            };
            app.store().backup(&file, progress).await?;
            note(
                events,
                format!("wrote {}; it holds people and keys: guard it as the database", file.display()),
            )
            .await
        }
        Request::VerifyTrail => crate::examination::verify_trail(app, events).await,
        Request::ExportTrail => export_trail(app, events).await,
        Request::Examine => crate::examination::examine(app, events).await,
    }
}

/// Gives people what is told, as it comes.
pub(crate) fn tell(event: Event) -> Result<(), Failure> {
    match event {
        Event::Out(text) => console::print(&text),
        Event::Note(line) => {
            console::note(&line);
            Ok(())
        }
        Event::Far { .. } | Event::Status(_) => Ok(()),
    }
}

/// Sends a piece of what was asked for.
///
/// # Errors
/// Nobody listens any more.
pub(crate) async fn out(events: &Events, text: String) -> Result<(), Failure> {
    events.send(Event::Out(text)).await.map_err(|_| gone())
}

/// Sends a line for people.
///
/// # Errors
/// Nobody listens any more.
pub(crate) async fn note(events: &Events, line: String) -> Result<(), Failure> {
    events.send(Event::Note(line)).await.map_err(|_| gone())
}

fn gone() -> Failure {
    Failure::Failed("nobody takes the answer any more".to_owned())
}

/// Puts characters together that were cut in two.
#[derive(Default)]
pub(crate) struct Text {
    left: Vec<u8>,
}

impl Text {
    /// What is whole of all that came so far.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> String {
        self.left.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.left) {
            Ok(text) => text.len(),
            Err(error) => error.valid_up_to(),
        };
        let rest = self.left.split_off(whole);
        let taken = std::mem::replace(&mut self.left, rest);
        String::from_utf8(taken).unwrap_or_default()
    }
}

/// Each line is a record as it is stored, followed by its chain, its place in that and its hash.
async fn export_trail(app: &Arc<App>, events: &Events) -> Result<(), Failure> {
    let sender = events.clone();
    app.store()
        .audit_records(move |Link { writer, sequence, text, hash }| {
            let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
            let members = text.strip_suffix('}').unwrap_or(text);
            let line =
                format!("{members},\"chain\":\"{writer}\",\"sequence\":{sequence},\"hash\":\"{hash}\"}}\n");
            sender.blocking_send(Event::Out(line)).is_ok()
        })
        .await?;
    if events.is_closed() { Err(gone()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_were_cut_come_out_whole() {
        let mut text = Text::default();
        let bytes = "aå日".as_bytes();
        let parts: Vec<String> = bytes.chunks(1).map(|piece| text.take(piece)).collect();
        assert_eq!(parts, ["a", "", "å", "", "", "日"]);
    }
}
