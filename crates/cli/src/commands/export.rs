//! `rollcall export`: the directory gets out as a directory file.

use std::io::{self, Write};

use app::transfer::{self, Progress};
use clap::Args;
use domain::audit::{Operation, Status};
use domain::id::TenantId;

use super::import;
use crate::config::{DatabaseFlag, Settings};
use crate::console::{self, Place};
use crate::directory;
use crate::failure::Failure;
use crate::meter::Meter;

/// Write the directory, or one tenant of it, as a directory file
///
/// The file is of one moment, imports into an empty database and exports from there to the same bytes. It
/// holds people and the hashes of secrets, and is readable by its owner alone. An embedded database must not
/// be in use: stop the server first. On PostgreSQL nodes may go on serving.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall export --tenant portal.csp.example csp.ndjson

Exit codes: 0 done, 1 failed or the file exists, 2 wrong usage.")]
pub(crate) struct Export {
    /// The new file, or - for stdout
    #[arg(value_name = "FILE|-")]
    file: String,
    /// Only the tenant with this domain
    #[arg(long, value_name = "DOMAIN")]
    tenant: Option<String>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) database: DatabaseFlag,
}

impl Export {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let app = directory::open_existing(&settings, "export").await?;
        let outcome = self.write(&app).await;
        directory::close(app).await?;
        console::note(&outcome?);
        Ok(())
    }

    async fn write(self, app: &app::App) -> Result<String, Failure> {
        let only: Option<TenantId> = match &self.tenant {
            Some(domain) => Some(directory::tenant(app.store(), domain).await?),
            None => None,
        };
        let out: Box<dyn Write + Send> = match Place::from(self.file.as_str()) {
            Place::Standard => Box::new(io::stdout()),
            Place::File(path) => Box::new(console::create_private(&path, self.force)?),
        };
        let mut meter = Meter::new("wrote", None, "lines");
        let progress = move |progress: Progress| meter.tell(progress.lines);
        let exported = transfer::export(app.store(), only, out, progress).await;
        let (status, told) = match &exported {
            Ok(_) => (Status::Succeded, "Exported a directory file."),
            Err(_) => (Status::Failed, "An export of a directory file was not finished."),
        };
        let record = directory::record(Operation::ExportDirectory, status, only, told.to_owned());
        app.store().commit_record(record).await?;
        let summary = exported.map_err(|error| Failure::Failed(error.to_string()))?;
        Ok(format!("exported {}", import::counts(&summary)))
    }
}
