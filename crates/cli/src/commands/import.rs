//! `rollcall import`: a directory file gets in, all or nothing.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

use app::transfer::{self, ImportError, ImportOptions, Progress, Summary};
use clap::Args;
use domain::audit::{Operation, Status};
use store::Store;

use crate::config::{DatabaseFlag, Settings};
use crate::console::{self, Place};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::{chance, directory};

/// How much of the file is read at once.
const BUFFER: usize = 1 << 20;

/// Add what a directory file holds to the directory, all or nothing
///
/// A directory file is NDJSON: one object a line, each named before it is used. Every fault is told by line
/// and property, and with a fault nothing is imported. An embedded database is made if there is none, and
/// must not be in use: stop the server first. On PostgreSQL nodes may go on serving.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall import directory.ndjson
  rollcall export --database sqlite:old.db - | rollcall import --database sqlite:new.db -

Exit codes: 0 done, 1 faults or a failure (then nothing was imported), 2 wrong usage.")]
pub(crate) struct Import {
    /// The file, or - for stdin
    #[arg(value_name = "FILE|-")]
    file: String,
    /// Only judge the file; nothing is imported
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pub(super) database: DatabaseFlag,
}

impl Import {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let (input, bytes) = open(&self.file)?;
        let app = directory::open(&settings, "import").await?;
        let mut meter = Meter::new("read", bytes, "bytes");
        let progress = move |progress: Progress| meter.tell(progress.bytes);
        let outcome = import(app.store(), input, self.dry_run, progress).await;
        directory::close(app).await?;
        let verb = if self.dry_run { "would import" } else { "imported" };
        console::note(&format!("{verb} {}", counts(&outcome?)));
        Ok(())
    }
}

/// Imports from `input`, and tells faults as they are told on the command line.
///
/// # Errors
/// The file has faults or cannot be read, or the database failed.
pub(super) async fn import(
    store: &Store,
    input: impl BufRead + Send + 'static,
    dry_run: bool,
    progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Summary, Failure> {
    let told = "Imported a directory file.".to_owned();
    let record = directory::record(Operation::ImportDirectory, Status::Succeded, None, told);
    let options = ImportOptions { dry_run, hash_secret: chance::hash_secret, record };
    transfer::import(store, input, options, progress).await.map_err(|error| match error {
        ImportError::Faults { faults, total } => {
            for fault in &faults {
                console::note(&format!("line {}: {}: {}", fault.line, fault.property, fault.description));
            }
            let shown = faults.len();
            let rest = if (shown as u64) < total {
                format!(", of which the first {shown} are shown")
            } else {
                String::new()
            };
            let noun = if total == 1 { "fault" } else { "faults" };
            Failure::Failed(format!("{total} {noun}{rest}; nothing was imported"))
        }
        other => Failure::Failed(other.to_string()),
    })
}

/// What was read or written, in words.
pub(super) fn counts(summary: &Summary) -> String {
    let Summary { tenants, issuers, groups, resellers, customers, users, api_accesses } = summary;
    format!(
        "{tenants} tenants, {issuers} issuers, {groups} groups, {resellers} resellers, {customers} customers, \
         {users} users, {api_accesses} API Accesses"
    )
}

type Input = Box<dyn BufRead + Send>;

fn open(file: &str) -> Result<(Input, Option<u64>), Failure> {
    let path: PathBuf = match Place::from(file) {
        Place::Standard => return Ok((Box::new(BufReader::with_capacity(BUFFER, io::stdin())), None)),
        Place::File(path) => path,
    };
    let file = File::open(&path).map_err(|error| Failure::of(path.display(), error))?;
    let bytes = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len());
    Ok((Box::new(BufReader::with_capacity(BUFFER, file)), bytes))
}
