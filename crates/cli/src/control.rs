//! How does a command work while a server has the database? It asks the server, by a Unix socket beside the
//! database: one request on a line of JSON, a body behind it if the request has one, and the answer on lines
//! of JSON. On PostgreSQL none of this is needed: a command is one more that uses the server.
//!
//! Whoever may open the socket may do all that the operator may: only the owner of the database may.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::App;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedWriteHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tracing::{debug, warn};

use crate::config::Settings;
use crate::directory::{self, NotOpen};
use crate::failure::Failure;
use crate::operations::{Event, House, Request, perform};
use crate::pieces::{self, Pieces};

/// The longest request.
const LONGEST_REQUEST: u64 = 64 << 10;
/// The longest line of an answer; a piece of text may grow sixfold when it is escaped.
const LONGEST_LINE: u64 = 1 << 20;
/// The longest piece of a body.
const LONGEST_PIECE: usize = 1 << 20;
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
    pub(crate) fn listen(database: &Path, house: House) -> io::Result<Self> {
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
                        tokio::spawn(answer(stream, house.clone()));
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

async fn answer(stream: UnixStream, house: House) {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    let read = (&mut reader).take(LONGEST_REQUEST).read_line(&mut line).await;
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
    let (sender, body) = pieces::channel();
    let taking = tokio::spawn(async move {
        while let Some(piece) = take_piece(&mut reader).await.transpose() {
            let is_last = piece.is_err();
            if sender.send(piece).await.is_err() || is_last {
                return;
            }
        }
    });
    let work = tokio::spawn(async move { perform(&house, request, body, &events).await });
    while let Some(event) = told.recv().await {
        if let Err(error) = send(&mut writer, &Reply::Event(event)).await {
            debug!(%error, "nobody takes the answer of the control socket");
            taking.abort();
            return;
        }
    }
    taking.abort();
    let end = match work.await {
        Ok(Ok(())) => End::Done,
        Ok(Err(Failure::Usage(text))) => End::Usage(text),
        Ok(Err(Failure::Failed(text))) => End::Failed(text),
        Ok(Err(Failure::Told)) => End::Told,
        Err(error) => End::Failed(format!("the server failed: {error}")),
    };
    let _ = send(&mut writer, &Reply::End(end)).await;
}

/// The next piece of a body: its length in four bytes, then so many bytes. A length of none is the end; a
/// connection that ends before was cut.
async fn take_piece(reader: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Option<Bytes>> {
    let length = reader.read_u32().await? as usize;
    if length > LONGEST_PIECE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a piece is too long"));
    }
    let mut piece = vec![0; length];
    reader.read_exact(&mut piece).await?;
    Ok(Some(piece.into()).filter(|_| length > 0))
}

async fn send(writer: &mut (impl AsyncWriteExt + Unpin), reply: &Reply) -> io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    writer.write_all(&line).await
}

/// The directory, in this process or in the server that has the database.
pub(crate) enum Session {
    /// In this process.
    Here(House),
    /// In the server that listens at this socket; and what to tell if it does not.
    There(PathBuf, String),
}

impl Session {
    /// Finds the directory of `settings`.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub(crate) async fn open(settings: &Settings, command: &str) -> Result<Self, Failure> {
        Self::found(directory::open_existing(settings, command).await)
    }

    /// Finds the directory of `settings`, or makes it.
    ///
    /// # Errors
    /// It cannot be used.
    pub(crate) async fn open_or_make(settings: &Settings, command: &str) -> Result<Self, Failure> {
        Self::found(directory::open(settings, command).await)
    }

    fn found(opened: Result<Arc<App>, NotOpen>) -> Result<Self, Failure> {
        match opened {
            Ok(app) => Ok(Self::Here(House::of(app))),
            Err(NotOpen::Held(file, held)) => Ok(Self::There(path_beside(&file), held)),
            Err(NotOpen::Failed(failure)) => Err(failure),
        }
    }

    /// Does what is asked, and gives the parts of the answer to `take`.
    ///
    /// # Errors
    /// It was refused or did not work, or another process has the database and is no server.
    pub(crate) async fn ask(
        &self,
        request: Request,
        body: Pieces,
        mut take: impl FnMut(Event) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut meter = None;
        let take = move |event| match event {
            Event::Far { of, done, all } => {
                if meter.as_ref().is_none_or(|(known, _)| *known != of) {
                    meter = Some((of, of.meter(all)));
                }
                if let Some((_, meter)) = &mut meter {
                    meter.tell(done);
                }
                Ok(())
            }
            told => take(told),
        };
        match self {
            Self::Here(house) => ask_here(house.clone(), request, body, take).await,
            Self::There(path, held) => match UnixStream::connect(path).await {
                Ok(stream) => ask_there(stream, &request, body, take).await,
                Err(_) => Err(Failure::Failed(held.clone())),
            },
        }
    }

    /// Writes all that waits.
    ///
    /// # Errors
    /// The thread that does so was lost.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Here(House { app, desk }) => {
                drop(desk);
                directory::close(app).await
            }
            Self::There(..) => Ok(()),
        }
    }
}

/// Does one thing in the directory of `settings`, and gives the parts of the answer to `take`.
///
/// # Errors
/// As of [`Session::open`] and [`Session::ask`].
pub(crate) async fn ask(
    settings: &Settings,
    command: &str,
    request: Request,
    take: impl FnMut(Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let session = match request {
        // Every directory begins with a tenant.
        Request::AddTenant { .. } => Session::open_or_make(settings, command).await?,
        _ => Session::open(settings, command).await?,
    };
    let outcome = session.ask(request, pieces::none(), take).await;
    session.close().await?;
    outcome
}

async fn ask_here(
    house: House,
    request: Request,
    body: Pieces,
    mut take: impl FnMut(Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (events, mut told) = mpsc::channel(AHEAD);
    let work = tokio::spawn(async move { perform(&house, request, body, &events).await });
    while let Some(event) = told.recv().await {
        take(event)?;
    }
    work.await.map_err(|error| Failure::Failed(error.to_string()))?
}

async fn ask_there(
    stream: UnixStream,
    request: &Request,
    body: Pieces,
    mut take: impl FnMut(Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let lost =
        |error: &dyn std::fmt::Display| Failure::of("the server that has the database was lost", error);
    let (reader, mut writer) = stream.into_split();
    let mut line = serde_json::to_vec(request).map_err(|error| lost(&error))?;
    line.push(b'\n');
    writer.write_all(&line).await.map_err(|error| lost(&error))?;
    let sending = tokio::spawn(send_body(writer, body));
    let mut reader = BufReader::new(reader);
    let end = loop {
        let mut line = String::new();
        let read = (&mut reader).take(LONGEST_LINE).read_line(&mut line).await;
        if read.map_err(|error| lost(&error))? == 0 {
            return Err(lost(&"it gave no end to its answer"));
        }
        match serde_json::from_str(&line).map_err(|error| lost(&error))? {
            Reply::Event(event) => take(event)?,
            Reply::End(end) => break end,
        }
    };
    // What is still unsent nobody wants any more; a file that could not be read is worse than any answer.
    sending.abort();
    match (sending.await, end) {
        (Ok(Err(error)), _) => Err(Failure::of("the file cannot be read", error)),
        (_, End::Done) => Ok(()),
        (_, End::Usage(text)) => Err(Failure::Usage(text)),
        (_, End::Failed(text)) => Err(Failure::Failed(text)),
        (_, End::Told) => Err(Failure::Told),
    }
}

/// Sends a body as [`take_piece`] takes it. A server that has heard enough says why in its answer.
async fn send_body(mut writer: OwnedWriteHalf, mut body: Pieces) -> io::Result<()> {
    while let Some(piece) = body.recv().await {
        let piece = piece?;
        let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
        if writer.write_u32(length).await.is_err() || writer.write_all(&piece).await.is_err() {
            return Ok(());
        }
    }
    let _ = writer.write_u32(0).await;
    Ok(())
}
