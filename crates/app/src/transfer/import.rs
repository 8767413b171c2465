//! How does a directory file get in? One thread reads, parses and makes the keys of users; the writer of
//! the store checks references and inserts, in one transaction that is all or nothing.
//!
//! A few batches are under way between the two, so that the file may be larger than the memory.

use std::fmt;
use std::io::{self, BufRead};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use domain::audit::Record;
use domain::error::{Error, Fault};
use store::{Loader, Store};
use tokio::sync::oneshot;

use super::fields::{self, HashSecret, Thing};
use super::references::Directory;
use super::{Progress, Summary};
use crate::lines::Lines;

/// How many faults are told; further ones are counted.
pub const MOST_FAULTS: usize = 100;

/// A batch is full at so many lines, or so many bytes.
const BATCH_LINES: usize = 512;
const BATCH_BYTES: usize = 1 << 20;
/// How many full batches may wait.
const BATCHES: usize = 4;

/// What an import needs besides the file.
pub struct ImportOptions {
    /// Only judge the file; nothing is written.
    pub dry_run: bool,
    /// Makes the hash that is stored of a client's secret, with a salt of its own each time.
    pub hash_secret: fn(&str) -> Result<String, String>,
    /// The audit record, committed together with what is imported.
    pub record: Record,
}

/// One fault of a directory file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineFault {
    /// The line, counted from 1.
    pub line: u64,
    /// The path of the member, such as `groups[2]`; `line` if it is none.
    pub property: String,
    /// What is wrong, and what would be right.
    pub description: String,
}

/// Why nothing was imported.
#[derive(Debug)]
pub enum ImportError {
    /// The file has faults.
    Faults {
        /// The first [`MOST_FAULTS`], in the order of the lines.
        faults: Vec<LineFault>,
        /// How many there are in all.
        total: u64,
    },
    /// The file could not be read to its end.
    Read(io::Error),
    /// The database failed.
    Database(Error),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Faults { faults, total } => {
                for fault in faults {
                    writeln!(f, "line {}, `{}`: {}", fault.line, fault.property, fault.description)?;
                }
                write!(f, "{total} faults in all; nothing was imported")
            }
            Self::Read(error) => write!(f, "the file cannot be read: {error}; nothing was imported"),
            Self::Database(error) => write!(f, "{error}; nothing was imported"),
        }
    }
}

impl std::error::Error for ImportError {}

/// Adds all that a directory file holds to the directory, or nothing. `progress` is told after each batch
/// of lines.
///
/// # Errors
/// The file is faulty or cannot be read, or the database failed.
pub async fn import(
    store: &Store,
    input: impl BufRead + Send + 'static,
    options: ImportOptions,
    progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Summary, ImportError> {
    let ImportOptions { dry_run, hash_secret, record } = options;
    let hash_secret = if dry_run { |_: &str| Ok(String::new()) } else { hash_secret };
    let (sender, batches) = sync_channel(BATCHES);
    std::thread::Builder::new()
        .name("import".to_owned())
        .spawn(move || read(input, hash_secret, &sender))
        .map_err(|error| ImportError::Database(Error::Unavailable(error.to_string())))?;
    let (answer, outcome) = oneshot::channel();
    let work = move |loader: &mut Loader<'_>| {
        let judged = add(loader, &batches, progress)?;
        let commits = judged.is_ok() && !dry_run;
        // Whoever asked may have gone; the import goes on.
        let _ = answer.send(judged);
        Ok(commits.then_some(record))
    };
    store.bulk(work).await.map_err(ImportError::Database)?;
    outcome.await.unwrap_or_else(|_| {
        Err(ImportError::Database(Error::Internal("an import told no outcome".to_owned())))
    })
}

/// What the reading thread hands over.
enum Message {
    Batch(Vec<Parsed>, Progress),
    End(io::Result<()>),
}

struct Parsed {
    line: u64,
    thing: Option<Thing>,
    faults: Vec<Fault>,
}

fn read(input: impl BufRead, hash_secret: HashSecret, sender: &SyncSender<Message>) {
    let mut lines = Lines::new(input);
    let mut so_far = Progress::default();
    let mut batch = Vec::with_capacity(BATCH_LINES);
    let mut room = BATCH_BYTES;
    let end = loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        };
        so_far.lines = line.number;
        so_far.bytes += line.bytes as u64 + 1;
        room = room.saturating_sub(line.bytes);
        let (thing, faults) = match line.text {
            Ok(text) => fields::read(text, hash_secret),
            Err(fault) => (None, vec![fault]),
        };
        batch.push(Parsed { line: line.number, thing, faults });
        if batch.len() == BATCH_LINES || room == 0 {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_LINES));
            room = BATCH_BYTES;
            if sender.send(Message::Batch(full, so_far)).is_err() {
                // The writer gave up, and has told why.
                return;
            }
        }
    };
    // As above: if nobody listens, the reason is told already.
    let _ = sender.send(Message::Batch(batch, so_far));
    let _ = sender.send(Message::End(end));
}

/// Adds batch after batch. The outer error is the database's, the inner one the file's.
fn add(
    loader: &mut Loader<'_>,
    batches: &Receiver<Message>,
    mut progress: impl FnMut(Progress),
) -> Result<Result<Summary, ImportError>, Error> {
    let mut directory = Directory::new(loader);
    let mut faults: Vec<LineFault> = Vec::new();
    let mut total = 0;
    loop {
        let message =
            batches.recv().map_err(|_| Error::Internal("the reading thread ended early".to_owned()))?;
        let (batch, so_far) = match message {
            Message::Batch(batch, so_far) => (batch, so_far),
            Message::End(Err(error)) => return Ok(Err(ImportError::Read(error))),
            Message::End(Ok(())) if total > 0 => return Ok(Err(ImportError::Faults { faults, total })),
            Message::End(Ok(())) => return Ok(Ok(directory.added())),
        };
        for Parsed { line, thing, faults: mut found } in batch {
            if let Some(thing) = thing {
                directory.add(thing, &mut found)?;
            }
            for Fault { property, description } in found {
                total += 1;
                if faults.len() < MOST_FAULTS {
                    faults.push(LineFault { line, property, description });
                }
            }
        }
        progress(so_far);
    }
}
