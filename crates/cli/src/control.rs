//! How does a command work while a server has the database? It asks the server, by a Unix socket beside the
//! database: one request on a line of JSON, and the answer on lines of JSON.
//!
//! Whoever may open the socket may do all that the operator may: only the owner of the database may.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::App;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use crate::config::Settings;
use crate::directory::{self, NotOpen};
use crate::failure::Failure;
use crate::operations::{Event, Request, perform};

/// The longest request.
const LONGEST_REQUEST: u64 = 64 << 10;
/// The longest line of an answer; a piece of text may grow sixfold when it is escaped.
const LONGEST_LINE: u64 = 1 << 20;
/// How many events wait for a slow reader.
const AHEAD: usize = 16;

/// A line of an answer.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Reply {
    Event(Event),
    End(End),
}

/// How a request ended.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum End {
    Done,
    Usage(String),
    Failed(String),
    Told,
}

/// The socket of a server; closed and removed when it is dropped.
pub(crate) struct Control {
    path: PathBuf,
    task: JoinHandle<()>,
}

/// The socket beside a database.
fn path_beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".control");
    PathBuf::from(name)
}

impl Control {
    /// Begins to listen beside `database`, which this process holds.
    ///
    /// # Errors
    /// The socket cannot be made, for want of rights or because its path is too long (some 100 bytes).
    pub(crate) fn listen(database: &Path, app: Arc<App>) -> io::Result<Self> {
        let path = path_beside(database);
        // Who holds the database is the only one who may listen: what is there was left by a crash.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        let owner = std::fs::metadata(&path)?.uid();
        let task = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _))
                        if stream.peer_cred().is_ok_and(|peer| [0, owner].contains(&peer.uid())) =>
                    {
                        tokio::spawn(answer(stream, Arc::clone(&app)));
                    }
                    Ok(_) => warn!("somebody else tried to use the control socket"),
                    Err(error) => {
                        warn!(%error, "the control socket is closed");
                        return;
                    }
                }
            }
        });
        Ok(Self { path, task })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
        // One that stays is replaced by the next server.
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn answer(stream: UnixStream, app: Arc<App>) {
    let (reader, mut writer) = stream.into_split();
    let mut line = String::new();
    let read = BufReader::new(reader.take(LONGEST_REQUEST)).read_line(&mut line).await;
    let request = read
        .map_err(|error| error.to_string())
        .and_then(|_| serde_json::from_str::<Request>(&line).map_err(|error| error.to_string()));
    let request = match request {
        Ok(request) => request,
        Err(error) => {
            let refused = End::Failed(format!(
                "the server does not understand this: {error}; is it of the same version?"
            ));
            let _ = send(&mut writer, &Reply::End(refused)).await;
            return;
        }
    };
    let (events, mut told) = mpsc::channel(AHEAD);
    let work = tokio::spawn(async move { perform(&app, request, &events).await });
    while let Some(event) = told.recv().await {
        if let Err(error) = send(&mut writer, &Reply::Event(event)).await {
            debug!(%error, "nobody takes the answer of the control socket");
            return;
        }
    }
    let end = match work.await {
        Ok(Ok(())) => End::Done,
        Ok(Err(Failure::Usage(text))) => End::Usage(text),
        Ok(Err(Failure::Failed(text))) => End::Failed(text),
        Ok(Err(Failure::Told)) => End::Told,
        Err(error) => End::Failed(format!("the server failed: {error}")),
    };
    let _ = send(&mut writer, &Reply::End(end)).await;
}

async fn send(writer: &mut (impl AsyncWriteExt + Unpin), reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    writer.write_all(&line).await
}

/// Does what is asked, in this process or in the server that has the database, and gives the parts of the
/// answer to `take`.
///
/// # Errors
/// It was refused or did not work, or another process has the database and is no server.
pub(crate) async fn ask(
    settings: &Settings,
    command: &str,
    request: Request,
    mut take: impl FnMut(Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut meter = None;
    let take = move |event| match event {
        Event::Far { of, done, all } => {
            meter.get_or_insert_with(|| of.meter(all)).tell(done);
            Ok(())
        }
        told => take(told),
    };
    match directory::open_existing(settings, command).await {
        Ok(app) => {
            let outcome = ask_here(&app, request, take).await;
            directory::close(app).await?;
            outcome
        }
        Err(NotOpen::Held(held)) => match UnixStream::connect(path_beside(&settings.database)).await {
            Ok(stream) => ask_there(stream, &request, take).await,
            Err(_) => Err(Failure::Failed(held)),
        },
        Err(NotOpen::Failed(failure)) => Err(failure),
    }
}

async fn ask_here(
    app: &Arc<App>,
    request: Request,
    mut take: impl FnMut(Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (events, mut told) = mpsc::channel(AHEAD);
    let app = Arc::clone(app);
    let work = tokio::spawn(async move { perform(&app, request, &events).await });
    while let Some(event) = told.recv().await {
        take(event)?;
    }
    work.await.map_err(|error| Failure::Failed(error.to_string()))?
}

async fn ask_there(
    stream: UnixStream,
    request: &Request,
    mut take: impl FnMut(Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let lost =
        |error: &dyn std::fmt::Display| Failure::of("the server that has the database was lost", error);
    let (reader, mut writer) = stream.into_split();
    let mut line = serde_json::to_vec(request).map_err(|error| lost(&error))?;
    line.push(b'\n');
    writer.write_all(&line).await.map_err(|error| lost(&error))?;
    let mut reader = BufReader::new(reader);
    loop {
        let mut line = String::new();
        let read = (&mut reader).take(LONGEST_LINE).read_line(&mut line).await;
        if read.map_err(|error| lost(&error))? == 0 {
            return Err(lost(&"it gave no end to its answer"));
        }
        match serde_json::from_str(&line).map_err(|error| lost(&error))? {
            Reply::Event(event) => take(event)?,
            Reply::End(End::Done) => return Ok(()),
            Reply::End(End::Usage(text)) => return Err(Failure::Usage(text)),
            Reply::End(End::Failed(text)) => return Err(Failure::Failed(text)),
            Reply::End(End::Told) => return Err(Failure::Told),
        }
    }
}
