//! `rollcall keys`: the keys that sign Rollcall's own tokens.

use clap::{Args, Subcommand};

use crate::config::{DatabaseFlag, Settings};
use crate::control;
use crate::failure::Failure;
use crate::operations::{Request, tell};

/// Rotate or list the keys that sign Rollcall's own tokens
///
/// A new key signs from now on; the one before goes on verifying until the last token that it signed has
/// ended, so that nobody notices. Rollcall rotates by itself after `signing_key_days`. Both commands work
/// while a server has the database.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall keys rotate

Exit codes: 0 done, 1 failed, 2 wrong usage.")]
pub(crate) struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Make a new signing key, and print its id
    Rotate(DatabaseFlag),
    /// List the keys, newest first
    List(DatabaseFlag),
}

impl Keys {
    pub(super) fn database(&self) -> &DatabaseFlag {
        match &self.command {
            KeysCommand::Rotate(database) | KeysCommand::List(database) => database,
        }
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let request = match self.command {
            KeysCommand::Rotate(_) => Request::RotateKeys,
            KeysCommand::List(_) => Request::ListKeys,
        };
        control::ask(&settings, "keys", request, tell).await
    }
}
