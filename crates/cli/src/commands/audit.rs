//! `rollcall audit`: is the trail whole, and what does it say?

use std::io::{BufWriter, Write};

use clap::{Args, Subcommand};

use crate::config::{DatabaseFlag, Settings};
use crate::console::{self, Place};
use crate::control;
use crate::failure::Failure;
use crate::operations::{Event, Request, tell};

/// Verify or export the audit trail
///
/// Every record's hash covers the one before it, and the end is signed: a record that was changed, removed,
/// added or cut off is found. Both commands work while a server has the database.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall audit verify
  rollcall audit export - | jq 'select(.status.name == \"Failed\")'

Exit codes: 0 done and nothing found, 1 a finding or a failure, 2 wrong usage.")]
pub(crate) struct Audit {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Walk the whole trail, and tell every finding
    Verify(DatabaseFlag),
    /// Write the trail, oldest first, one record a line, each with its `sequence` and its `hash`
    Export(AuditExport),
}

#[derive(Args)]
struct AuditExport {
    /// The file, or - for stdout
    #[arg(value_name = "FILE|-")]
    file: String,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    database: DatabaseFlag,
}

impl Audit {
    pub(super) fn database(&self) -> &DatabaseFlag {
        match &self.command {
            AuditCommand::Verify(database) => database,
            AuditCommand::Export(export) => &export.database,
        }
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let export = match self.command {
            AuditCommand::Verify(_) => {
                return control::ask(&settings, "audit verify", Request::VerifyTrail, tell).await;
            }
            AuditCommand::Export(export) => export,
        };
        let path = match Place::from(export.file.as_str()) {
            Place::Standard => {
                return control::ask(&settings, "audit export", Request::ExportTrail, tell).await;
            }
            Place::File(path) => path,
        };
        let failed = |error: std::io::Error| Failure::of(path.display(), error);
        let mut file = BufWriter::new(console::create_private(&path, export.force)?);
        let take = |event: Event| match event {
            Event::Out(text) => file.write_all(text.as_bytes()).map_err(failed),
            other => tell(other),
        };
        control::ask(&settings, "audit export", Request::ExportTrail, take).await?;
        file.flush().map_err(failed)
    }
}
