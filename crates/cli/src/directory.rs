//! How does a command come by the directory? It opens the database for itself, or learns who has it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::{App, Call};
use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::id::TenantId;
use domain::principal::Principal;
use domain::text::DomainName;
use store::{Location, OpenError, Options, Places, Room, Rooms, Store};
use tokio::time::{Duration, Instant};

use crate::config::Settings;
use crate::failure::Failure;
use crate::{chance, clock, console};

/// Why the directory is not open.
#[derive(Debug)]
pub(crate) enum NotOpen {
    /// Another process has the database in this file; what to tell if it cannot be asked.
    Held(PathBuf, String),
    /// It cannot be opened.
    Failed(Failure),
}

impl From<NotOpen> for Failure {
    fn from(reason: NotOpen) -> Self {
        match reason {
            NotOpen::Held(_, text) => Self::Failed(text),
            NotOpen::Failed(failure) => failure,
        }
    }
}

/// What a second process is told about this one.
pub(crate) fn holder(command: &str) -> String {
    format!("rollcall {command}, process {}, since {:.0}", std::process::id(), clock::now())
}

/// Opens the database of `settings` for `command`, or makes it.
///
/// # Errors
/// Another process has it, or it cannot be used.
pub(crate) async fn open(settings: &Settings, command: &str) -> Result<Arc<App>, NotOpen> {
    let options = options(settings, command);
    let opened = tokio::task::spawn_blocking(move || Store::open(options)).await;
    let store = opened.map_err(|error| NotOpen::Failed(Failure::Failed(error.to_string())))?;
    let store = store.map_err(|error| {
        let told = error.to_string();
        match error {
            OpenError::Held { path, .. } => NotOpen::Held(path, told),
            OpenError::Schema(..) | OpenError::Unusable(..) => NotOpen::Failed(Failure::Failed(told)),
        }
    })?;
    let app_settings = app::Settings {
        own_issuer: settings.public_url.clone(),
        own_audience: settings.audience.clone(),
        new_id: chance::new_id,
        random: chance::random,
        restorable: settings.restorable,
    };
    let app = App::open(store, app_settings, clock::now()).await;
    app.map(Arc::new).map_err(|error| NotOpen::Failed(error.into()))
}

/// What the database of `settings` is opened with for `command`.
pub(crate) fn options(settings: &Settings, command: &str) -> Options {
    let mut began: Option<Instant> = None;
    Options {
        location: settings.database.clone(),
        holder: holder(command),
        now: clock::now(),
        random: chance::random,
        new_trail_key: app::trail::new_key,
        signer: app::trail::signer,
        seal: app::personal::seal,
        new_id: chance::new_id,
        rooms: rooms(settings),
        progress: Box::new(move |done, all| {
            let quiet = began.is_some_and(|began| began.elapsed() < Duration::from_secs(5));
            if !quiet || done == all {
                began = Some(Instant::now());
                console::note(&format!("the directory is brought up to date: {done} of {all} users"));
            }
        }),
    }
}

/// How much may wait for the database, and how much is done at once.
fn rooms(settings: &Settings) -> Rooms {
    let rooms = Rooms::default();
    let all = settings.database_readers.unwrap_or(match settings.database {
        Location::File(_) => rooms.readers.at_once.all,
        // Most of the time of a reading is the way there and back.
        Location::Server(_) => 16,
    });
    let at_once = Room { all, each: all - 1 };
    Rooms { readers: Places { at_once, ..rooms.readers }, ..rooms }
}

/// Whether a file is not there, or has nothing in it: a directory would be made of that, and what was in it before is
/// then what is missing.
fn is_missing(file: &Path) -> bool {
    !file.metadata().is_ok_and(|metadata| metadata.len() > 0)
}

/// Opens the database of `settings`, which must be there.
///
/// # Errors
/// It is not there, another process has it, or it cannot be used.
pub(crate) async fn open_existing(settings: &Settings, command: &str) -> Result<Arc<App>, NotOpen> {
    // What a server lacks, it says by itself.
    if let Some(file) = settings.database.file().filter(|file| is_missing(file)) {
        return Err(NotOpen::Failed(Failure::Failed(format!(
            "there is no database `{}`; `rollcall tenant add` and `rollcall import` make one, and --database names another",
            file.display()
        ))));
    }
    open(settings, command).await
}

/// Writes all that waits. Every command that opened the directory ends with it.
///
/// # Errors
/// The thread that does so was lost.
pub(crate) async fn close(app: Arc<App>) -> Result<(), Failure> {
    let closed = tokio::task::spawn_blocking(move || app.close()).await;
    closed.map_err(|error| Failure::Failed(error.to_string()))
}

/// A call of somebody at this machine.
pub(crate) fn call(operation: Operation) -> Call {
    let at = clock::now();
    Call { at, correlation_id: chance::new_id(at).into(), client_address: None, operation }
}

/// The tenant whose portal a domain opens.
///
/// # Errors
/// It is no domain, or leads nowhere.
pub(crate) async fn tenant(store: &Store, domain: &str) -> Result<TenantId, Failure> {
    let name = DomainName::parse(domain).map_err(|fault| Failure::Usage(format!("--tenant: {fault}")))?;
    let owner = store.domain_owner(&name).await?;
    owner.map(|owner| owner.tenant).ok_or_else(|| {
        Failure::Failed(format!("`{domain}` is the domain of no tenant here; `rollcall export -` shows them"))
    })
}

/// The record of something that the operator of this machine did to the directory as a whole.
pub(crate) fn record(
    operation: Operation,
    status: Status,
    tenant: Option<TenantId>,
    description: String,
) -> Record {
    let at = clock::now();
    let id = chance::new_id(at);
    let operator = tenant.unwrap_or(TenantId(uuid::Uuid::nil()));
    let actor = ActorEntry::from(&Principal::operator(operator));
    Record { tenant_id: tenant, ..Record::new(id, at, operation, status, actor, id.to_string(), description) }
}

/// A path that means the same in another process.
///
/// # Errors
/// This process has no working directory.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::of(path.display(), error))
}
