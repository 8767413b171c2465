//! How does a database come into use? Locked, migrated, put in order, and with a trail that goes on where
//! it ended.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::fair::Room;
use crate::freshness::Generations;
use crate::location::Location;
use crate::migrate::{self, Refusal};
use crate::postgres::{Feed, Lines, Session, wall};
use crate::sql::changes::Seal;
use crate::sql::readers::Readers;
use crate::sql::trail::{self, Signer, Trail};
use crate::sql::writer::{Means, Writer};
use crate::sql::{self, Connection, Failure, derive, params};
use crate::sqlite::{self, backup, lock};
use crate::turns::Places;

/// How many wait for what is slow, and how many may do it at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rooms {
    /// Short reads. One turn is always left to others: a search, or a question to a long trail, is not so short.
    pub readers: Places,
    /// Reads that last as long as a client takes.
    pub streams: Places,
    /// Changes that wait to be committed.
    pub commits: Room,
    /// How many of them one transaction takes.
    pub group: usize,
}

impl Default for Rooms {
    /// Enough to keep the database busy while clients come and go; what waits last waits some tenths of a
    /// second.
    fn default() -> Self {
        Self {
            readers: Places { at_once: Room { all: 4, each: 3 }, waiting: Room::halved(8_192) },
            streams: Places { at_once: Room::halved(8), waiting: Room::halved(32) },
            commits: Room::halved(8_192),
            group: 256,
        }
    }
}

/// What opening a database needs from outside.
pub struct Options {
    /// Where the directory is kept.
    pub location: Location,
    /// What a second process is told about this one.
    pub holder: String,
    /// The time now.
    pub now: Timestamp,
    /// Random bytes for what a new database, or a restored one, is given.
    pub random: fn() -> [u8; 32],
    /// Makes a new key for the audit trail: PKCS #8.
    pub new_trail_key: fn() -> Vec<u8>,
    /// Makes the signer of a stored key of the audit trail.
    pub signer: fn(&[u8]) -> Result<Signer, String>,
    /// Seals what the audit trail says of a person with the key that comes from its salt.
    pub seal: Seal,
    /// Makes an id for a moment.
    pub new_id: fn(Timestamp) -> Uuid,
    /// How much may wait.
    pub rooms: Rooms,
    /// Hears how far what is derived is, when it must be made anew: `(done, all)`.
    pub progress: Box<dyn FnMut(u64, u64) + Send>,
}

/// Why a database could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it; what that wrote about itself.
    Held {
        /// The file.
        path: PathBuf,
        /// What the other process wrote about itself.
        holder: String,
    },
    /// Its schema is not ours.
    Schema(String, String),
    /// It cannot be read or written.
    Unusable(String, String),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Held { path, holder } => write!(
                f,
                "the database `{}` belongs to another process: {holder}. Stop that one first, or use `--server URL` \
                 with the commands that have it. Nothing was changed.",
                path.display()
            ),
            Self::Schema(name, reason) => write!(f, "the database `{name}` is refused: {reason}"),
            Self::Unusable(name, reason) => write!(f, "the database `{name}` cannot be used: {reason}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl Store {
    /// Opens a directory. The embedded database is made if it is not there; that of a server is made by
    /// [`migrate`](crate::migrate()). Blocks while order keys are made anew.
    ///
    /// # Errors
    /// Another process has it, its schema is not ours, the role could see past the tenants, or it cannot be used.
    pub fn open(mut options: Options) -> Result<Self, OpenError> {
        let name = options.location.to_string();
        let unusable = |reason: String| OpenError::Unusable(name.clone(), reason);
        let broken = |error: Failure| OpenError::Unusable(name.clone(), error.to_string());
        let (connection, lock) = match &options.location {
            Location::File(path) => {
                let lock = lock::take(path, &options.holder)?;
                if !path.exists() {
                    backup::create_private(path).map_err(|error| unusable(error.to_string()))?;
                }
                let connection = Connection::Sqlite(sqlite::writing(path).map_err(unusable)?);
                prepare(&connection, &mut options, &name)?;
                (connection, Some(lock))
            }
            Location::Server(server) => {
                let session = Session::connect(server).map_err(broken)?;
                let connection = Connection::Postgres(session);
                let refused = |refusal| migrate::refused(&name, refusal);
                migrate::verify(&connection).map_err(refused)?;
                wall::judge(&connection).map_err(refused)?;
                let is_complete = || Ok(derive::is_current(&connection)? && trail::is_begun(&connection)?);
                if !is_complete().map_err(broken)? {
                    return Err(refused(Refusal::Schema(
                        "its order, its words or its trail are those of another version; run `rollcall migrate` with \
                         the owner of its tables first"
                            .to_owned(),
                    )));
                }
                (connection, None)
            }
        };
        let Options { location, random, signer, seal, new_id, rooms, .. } = options;
        let meta = |name: &str| meta(&connection, name).map_err(broken);
        let (trail_key, trail_writer, epoch) = (meta("trail_key")?, meta("trail_writer")?, meta("epoch")?);
        let trail_of_directory =
            Uuid::from_slice(&trail_writer).map_err(|error| unusable(error.to_string()))?;
        let signer = signer(&trail_key).map_err(unusable)?;
        let trail = Trail::new(trail_of_directory, Arc::clone(&signer));
        let generations = Arc::new(Generations::new());
        let (feed, lines) = match &location {
            Location::File(_) => (None, None),
            Location::Server(server) => {
                (Some(Feed::start(server, Arc::clone(&generations))), Some(Lines::new(server)))
            }
        };
        let means = Means { signer, seal, random, new_id };
        let writer =
            Writer::start(connection, location.clone(), trail, Arc::clone(&generations), means, &rooms)
                .map_err(|error| unusable(error.to_string()))?;
        Ok(Self {
            readers: Readers::new(location.clone(), rooms.readers, Location::reading),
            streams: Readers::new(location, rooms.streams, Location::reading_long),
            writer,
            generations,
            feed,
            lines,
            epoch: epoch.try_into().map_err(|_| unusable("its epoch is damaged".to_owned()))?,
            trail_of_directory,
            _lock: lock,
        })
    }
}

/// Brings the schema of a database up to date, gives a new one what it needs once, and makes what is derived anew if
/// it is not that of this program.
pub(crate) fn prepare(connection: &Connection, options: &mut Options, name: &str) -> Result<(), OpenError> {
    let unusable = |reason: String| OpenError::Unusable(name.to_owned(), reason);
    migrate::run(connection, options.now).map_err(|refusal| migrate::refused(name, refusal))?;
    provide(connection, options.random, options.new_trail_key, options.signer).map_err(unusable)?;
    derive::run(connection, options.random, &mut options.progress)
        .map_err(|error| unusable(error.to_string()))
}

fn meta(connection: &Connection, name: &str) -> sql::Result<Vec<u8>> {
    connection.query_row("SELECT value FROM meta WHERE name = ?1", params![name], |row| row.get(0))
}

/// Gives a new database what it needs once: an epoch, keys, and the signed beginning of its trail. One that was made
/// before each tenant had a chain gets the beginnings of those.
fn provide(
    connection: &Connection,
    random: fn() -> [u8; 32],
    new_trail_key: fn() -> Vec<u8>,
    signer: fn(&[u8]) -> Result<Signer, String>,
) -> Result<(), String> {
    let transaction = connection.transaction().map_err(|error| error.to_string())?;
    let is_known = transaction
        .prepare_cached("SELECT 1 FROM meta WHERE name = 'epoch'")
        .and_then(|mut statement| statement.exists(params![]))
        .map_err(|error| error.to_string())?;
    if is_known {
        drop(transaction);
        let trail_key = meta(connection, "trail_key").map_err(|error| error.to_string())?;
        return trail::begin_all(connection, &signer(&trail_key)?).map_err(|error| error.to_string());
    }
    let half = || random().first_chunk::<16>().copied().unwrap_or_default();
    let (writer, trail_key) = (half(), new_trail_key());
    let signer = signer(&trail_key)?;
    let write = || -> sql::Result<()> {
        let given: [(&str, &[u8]); 4] = [
            ("epoch", &half()),
            ("trail_writer", &writer),
            ("seal_key", &random()),
            ("trail_key", &trail_key),
        ];
        for (name, value) in given {
            transaction.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", params![name, value])?;
        }
        trail::begin(&transaction, Uuid::from_bytes(writer), &signer)?;
        transaction.execute("DELETE FROM meta WHERE name = 'chains_to_begin'", params![])?;
        transaction.commit()
    };
    write().map_err(|error| error.to_string())
}
