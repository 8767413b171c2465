//! `rollcall restore`: a backup takes the place of the database.

use std::path::PathBuf;

use clap::Args;
use domain::audit::{Operation, Status};
use store::Location;

use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::{chance, console, directory};

/// What has changed, and what is left to do.
const AFTERWARDS: &str = "\
What is new: the signing keys, the key of continuation tokens and the epoch in every ETag. All tokens that
were issued before are refused; clients get new ones by their secrets.
What is old: everything else is as it was when the backup was made. So please
  - revoke again the secrets that were revoked since, and disable again what was disabled;
  - delete again the users that were deleted since, and repeat the changes that count;
  - keep the audit trail of the database that was replaced, if you have it: this one ends at the backup.";

/// Put a backup in the place of the database
///
/// A damaged backup, or one of a later version, is refused and nothing is changed. The database must not be
/// in use: stop the server first. Afterwards signing keys are new, so all tokens that were issued before are
/// refused, and what was revoked since the backup is live again: the command tells what to do. A PostgreSQL
/// server is restored by its own tools.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall restore /backup/rollcall-2026-11-23.db

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
pub(crate) struct Restore {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    pub(super) database: DatabaseFlag,
}

impl Restore {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let database = match &settings.database {
            Location::File(file) => file.clone(),
            Location::Server(server) => {
                return Err(Failure::Failed(format!(
                    "{server} is restored by PostgreSQL's own tools, and then by `rollcall migrate --restored`: \
                     docs/operations.md says how under \"Backup of a server\""
                )));
            }
        };
        let backup = self.file.clone();
        let mut meter = Meter::new("restored", None, "pages");
        let restored = tokio::task::spawn_blocking(move || {
            let holder = directory::holder("restore");
            store::restore(&backup, &database, &holder, chance::random, |done, _| meter.tell(done))
        });
        restored.await.map_err(|error| Failure::Failed(error.to_string()))??;
        // Opening makes the new signing key.
        let app = directory::open_existing(&settings, "restore").await?;
        let told = "Restored a backup; the signing keys and the epoch are new.".to_owned();
        let record = directory::record(Operation::RestoreBackup, Status::Succeded, None, told);
        let recorded = app.store().commit_record(record).await;
        directory::close(app).await?;
        recorded?;
        console::note(&format!("restored {} from {}", settings.database, self.file.display()));
        console::note(AFTERWARDS);
        Ok(())
    }
}
