//! `rollcall backup`: a copy of the database, while it is used.

use std::path::PathBuf;

use clap::Args;
use store::Location;

use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::operations::{Request, tell};
use crate::{control, directory};

/// Copy the database into a new file, also while a server has it
///
/// The copy is of one moment, is checked before the command ends, and is readable by its owner alone: it
/// holds people, hashes and keys. Never copy the files of a database by other means. A PostgreSQL server is
/// backed up by its own tools.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall backup /backup/rollcall-$(date +%F).db

Exit codes: 0 done, 1 failed or the file exists, 2 wrong usage.")]
pub(crate) struct Backup {
    /// The new file
    file: PathBuf,
    #[command(flatten)]
    pub(super) database: DatabaseFlag,
}

impl Backup {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        if let Location::Server(server) = &settings.database {
            return Err(Failure::Failed(format!(
                "{server} is backed up by PostgreSQL's own tools, pg_basebackup or pg_dump: \
                 docs/operations.md says how under \"Backup of a server\""
            )));
        }
        let file = directory::absolute(&self.file)?;
        control::ask(&settings, "backup", Request::Backup { file }, tell).await
    }
}
