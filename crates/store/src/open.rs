//! How does a database come into use? Locked, migrated, put in order, and with a trail that goes on where
//! it ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::error::Error;
use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};
use uuid::Uuid;

use crate::Store;
use crate::fair::Room;
use crate::freshness::Generations;
use crate::migrate;
use crate::sqlite::changes::Seal;
use crate::sqlite::lock::{self, Lock};
use crate::sqlite::readers::Readers;
use crate::sqlite::trail::{Signer, Trail};
use crate::sqlite::writer::{Means, Writer};
use crate::sqlite::{self, backup, derive, rows};
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
    /// The file.
    pub path: PathBuf,
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
    Schema(PathBuf, String),
    /// It cannot be read or written.
    Unusable(PathBuf, String),
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
            Self::Schema(path, reason) => write!(f, "the database `{}` is refused: {reason}", path.display()),
            Self::Unusable(path, reason) => {
                write!(f, "the database `{}` cannot be used: {reason}", path.display())
            }
        }
    }
}

impl std::error::Error for OpenError {}

impl Store {
    /// Opens the embedded database, or makes it. Blocks while order keys are made anew.
    ///
    /// # Errors
    /// Another process has it, its schema is not ours, or it cannot be used.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let Options { path, holder, now, random, new_trail_key, signer, seal, new_id, rooms, mut progress } =
            options;
        let unusable = |reason: String| OpenError::Unusable(path.clone(), reason);
        let broken = |error: rusqlite::Error| OpenError::Unusable(path.clone(), error.to_string());
        let lock = take_lock(&path, &holder)?;
        if !path.exists() {
            backup::create_private(&path).map_err(|error| unusable(error.to_string()))?;
        }
        let mut connection = sqlite::writing(&path).map_err(unusable)?;
        migrate::run(&mut connection, now).map_err(|refusal| match refusal {
            migrate::Refusal::Schema(reason) => OpenError::Schema(path.clone(), reason),
            migrate::Refusal::Database(error) => broken(error),
        })?;
        provide(&mut connection, random, new_trail_key, signer).map_err(unusable)?;
        derive::run(&mut connection, random, &mut progress).map_err(broken)?;

        let trail_key = meta(&connection, "trail_key").map_err(broken)?;
        let trail_writer = Uuid::from_slice(&meta(&connection, "trail_writer").map_err(broken)?)
            .map_err(|error| unusable(error.to_string()))?;
        let epoch = meta(&connection, "epoch").map_err(broken)?;
        let signer = signer(&trail_key).map_err(unusable)?;
        let trail = Trail::open(&connection, trail_writer, signer).map_err(broken)?;
        let generations = Arc::new(Generations::new());
        let writer = Writer::start(
            connection,
            trail,
            Arc::clone(&generations),
            Means { seal, random, new_id },
            &rooms,
        )
        .map_err(|error| unusable(error.to_string()))?;
        Ok(Self {
            readers: Readers::new(path.clone(), rooms.readers),
            streams: Readers::new(path.clone(), rooms.streams),
            writer,
            generations,
            epoch: epoch.try_into().map_err(|_| unusable("its epoch is damaged".to_owned()))?,
            trail_writer,
            _lock: lock,
        })
    }
}

/// Puts a backup in the place of the database at `path`. What was sealed or signed before is worth nothing
/// afterwards: the epoch, the sealing key and the signing keys are new.
///
/// # Errors
/// The backup is damaged or not ours, another process has the database, or it cannot be written.
pub fn restore(
    backup_file: &Path,
    path: &Path,
    holder: &str,
    random: fn() -> [u8; 32],
    mut progress: impl FnMut(u64, u64),
) -> Result<(), Error> {
    let source = backup::open_checked(backup_file)?;
    let refused = |reason: String| Error::invalid(path.display().to_string(), reason);
    let _lock = take_lock(path, holder).map_err(|error| refused(error.to_string()))?;
    if !path.exists() {
        backup::create_private(path)?;
    }
    let mut target = sqlite::writing(path).map_err(|reason| {
        refused(format!("{reason}; if it is damaged, move it and what lies beside it away first"))
    })?;
    // Renewed before it is put in place, in an unnamed file that goes with its connection: not even a crash
    // leaves a database that honours what was sealed or signed before.
    let mut renewed = Connection::open("").map_err(rows::failure)?;
    backup::copy_pages(&source, &mut renewed, &mut |_, _| {})?;
    renew(&mut renewed, random).map_err(rows::failure)?;
    backup::copy_pages(&renewed, &mut target, &mut progress)
}

fn renew(restored: &mut Connection, random: fn() -> [u8; 32]) -> rusqlite::Result<()> {
    let transaction = restored.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let [epoch, seal_key] = [random(), random()];
    let mut put = transaction.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?;
    put.execute(params!["epoch", epoch.first_chunk::<16>()])?;
    put.execute(params!["seal_key", seal_key])?;
    drop(put);
    transaction.execute("DELETE FROM signing_key", [])?;
    transaction.commit()
}

fn take_lock(path: &Path, holder: &str) -> Result<Lock, OpenError> {
    Lock::take(path, holder).map_err(|refusal| match refusal {
        lock::Refusal::Held(holder) => OpenError::Held { path: path.to_owned(), holder },
        lock::Refusal::Io(file, error) => OpenError::Unusable(
            path.to_owned(),
            format!("its lock `{}` cannot be taken: {error}", file.display()),
        ),
    })
}

fn meta(connection: &Connection, name: &str) -> rusqlite::Result<Vec<u8>> {
    connection.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0))
}

/// Gives a new database what it needs once: an epoch, keys, and the signed beginning of its trail.
fn provide(
    connection: &mut Connection,
    random: fn() -> [u8; 32],
    new_trail_key: fn() -> Vec<u8>,
    signer: fn(&[u8]) -> Result<Signer, String>,
) -> Result<(), String> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| error.to_string())?;
    let is_known = transaction
        .prepare("SELECT 1 FROM meta WHERE name = 'epoch'")
        .and_then(|mut statement| statement.exists([]))
        .map_err(|error| error.to_string())?;
    if is_known {
        return Ok(());
    }
    let half = || random().first_chunk::<16>().copied().unwrap_or_default();
    let (writer, trail_key) = (half(), new_trail_key());
    let signer = signer(&trail_key)?;
    let write = || -> rusqlite::Result<()> {
        let given: [(&str, &[u8]); 4] = [
            ("epoch", &half()),
            ("trail_writer", &writer),
            ("seal_key", &random()),
            ("trail_key", &trail_key),
        ];
        for (name, value) in given {
            transaction.execute("INSERT INTO meta (name, value) VALUES (?1, ?2)", params![name, value])?;
        }
        Trail::begin(&transaction, Uuid::from_bytes(writer), signer)?;
        transaction.commit()
    };
    write().map_err(|error| error.to_string())
}
