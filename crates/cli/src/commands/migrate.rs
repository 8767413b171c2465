//! `rollcall migrate`: a directory on PostgreSQL is made, or brought up to date.

use clap::Args;
use domain::audit::{Operation, Status};
use store::{Location, OpenError};

use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::{chance, console, directory};

/// Make the directory on a PostgreSQL server, or bring it up to date
///
/// Run it as the owner of the tables, before the first `rollcall serve` and before each new version. It
/// changes the schema `rollcall` of the database alone, in one transaction, and may be run again at any time:
/// what is up to date stays as it is. Nodes go on serving meanwhile. It then lets the role in that the nodes
/// log in with: that one reads and writes rows, owns nothing, and sees one tenant at a time by row-level
/// security. A node never changes the schema, and refuses one that is older or newer than it knows.
///
/// An embedded database needs none of this: it is brought up to date when it is opened.
#[derive(Args)]
#[command(after_long_help = "\
The two roles and the database, made once by a superuser with psql:
  CREATE ROLE rollcall_owner LOGIN PASSWORD 'one';
  CREATE ROLE rollcall_app LOGIN PASSWORD 'another';
  CREATE DATABASE rollcall OWNER rollcall_owner TEMPLATE template0 ENCODING 'UTF8';

Examples:
  ROLLCALL_DATABASE=postgres://rollcall_owner:one@db.example/rollcall rollcall migrate
  ROLLCALL_DATABASE=postgres://rollcall_app:another@db.example/rollcall rollcall serve

Exit codes: 0 done, 1 refused or failed (then the schema is as it was), 2 wrong usage.")]
pub(crate) struct Migrate {
    /// The role that the nodes log in with
    #[arg(long, value_name = "NAME", default_value = "rollcall_app")]
    role: String,
    /// The database was restored from a backup: renew what must not outlive that. All tokens of Rollcall's own
    /// issuer, ETags and continuation tokens end. Stop all nodes first
    #[arg(long)]
    restored: bool,
    #[command(flatten)]
    pub(super) database: DatabaseFlag,
}

/// What is left to do when a backup took the place of a server's directory.
const AFTERWARDS: &str = "\
New are the signing keys, the key of continuation tokens and the epoch in every ETag. All else is as it was at the
moment that was restored. So please revoke again the secrets that were revoked since, disable again what was
disabled, and delete again the users that were deleted since.";

impl Migrate {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let Location::Server(server) = &settings.database else {
            return Err(Failure::Usage(
                "an embedded database is brought up to date when it is opened; name a server by \
                 --database postgres://OWNER@HOST/NAME"
                    .to_owned(),
            ));
        };
        let options = directory::options(&settings, "migrate");
        let (role, location) = (self.role.clone(), settings.database.clone());
        let told = "Restored a backup; the signing keys and the epoch are new.".to_owned();
        let record = directory::record(Operation::RestoreBackup, Status::Succeded, None, told);
        let work = move || -> Result<(), OpenError> {
            store::migrate(options, &role)?;
            if !self.restored {
                return Ok(());
            }
            store::renew(&location, chance::random, app::trail::signer, &record)
        };
        let migrated = tokio::task::spawn_blocking(work).await;
        let migrated = migrated.map_err(|error| Failure::Failed(error.to_string()))?;
        migrated.map_err(|error| Failure::Failed(error.to_string()))?;
        let role = &self.role;
        console::note(&format!("{server} is up to date, and `{role}` may serve it"));
        if self.restored {
            console::note(AFTERWARDS);
        }
        let address = server.to_string();
        let place = address.trim_start_matches("postgres://");
        console::note(&format!(
            "next: ROLLCALL_DATABASE=postgres://{role}:PASSWORD@{place} rollcall serve (or doctor, tenant add, import)"
        ));
        Ok(())
    }
}
