//! `rollcall doctor`: is all well here, and what would mend it?

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use clap::Args;
use jiff::Timestamp;
use store::{Location, Looked, Verdict};

use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::operations::{Request, tell};
use crate::{clock, console, control};

/// No clock that is right shows an earlier second: 2026-01-01.
const EARLIEST: i64 = 1_767_225_600;

/// Look the directory over: files or server, database, audit trail, keys, issuers, clock
///
/// Each line says ok, warn or fail, with what mends it. Reads the whole database, also while a server has
/// it; an embedded one that it opens for itself it also brings up to date, as a server would. On PostgreSQL
/// run it as the role that the nodes log in with: it also judges what that role could see.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall doctor --database sqlite:/var/lib/rollcall/rollcall.db

Exit codes: 0 nothing has failed, 1 something has, 2 wrong usage.")]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(super) database: DatabaseFlag,
}

impl Doctor {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let clock_is_sane = clock::now().as_second() >= EARLIEST;
        if clock_is_sane {
            console::print("ok    the clock may be right\n")?;
        } else {
            console::print(&format!(
                "fail  the clock says {:.0}; set it\n",
                Timestamp::UNIX_EPOCH.max(clock::now())
            ))?;
        }
        match &settings.database {
            Location::File(file) => console::print(&rights(file))?,
            Location::Server(_) => look_at(&settings.database).await?,
        }
        let examined = control::ask(&settings, "doctor", Request::Examine, tell).await;
        if let Err(Failure::Failed(cause)) = &examined {
            console::print(&format!("fail  {cause}\n"))?;
            return Err(Failure::Told);
        }
        examined?;
        if clock_is_sane { Ok(()) } else { Err(Failure::Told) }
    }
}

/// Looks at a server, before anything is opened on it.
async fn look_at(server: &Location) -> Result<(), Failure> {
    let server = server.clone();
    let looked = tokio::task::spawn_blocking(move || store::examine_server(&server)).await;
    let looked = looked.map_err(|error| Failure::Failed(error.to_string()))?;
    for Looked { verdict, told } in &looked {
        let word = match verdict {
            Verdict::Well => "ok  ",
            Verdict::Doubtful => "warn",
            Verdict::Amiss => "fail",
        };
        console::print(&format!("{word}  {told}\n"))?;
    }
    // What is on it can only be looked at when it can be served.
    if looked.iter().any(|looked| looked.verdict == Verdict::Amiss) { Err(Failure::Told) } else { Ok(()) }
}

/// Who may read the file.
fn rights(database: &Path) -> String {
    let Ok(metadata) = std::fs::metadata(database) else { return String::new() };
    let mode = metadata.permissions().mode() & 0o777;
    let path = database.display();
    if mode & 0o077 == 0 {
        format!("ok    {path} is its owner's alone\n")
    } else {
        format!("warn  {path} is open to others (mode {mode:o}); chmod 600 it\n")
    }
}
