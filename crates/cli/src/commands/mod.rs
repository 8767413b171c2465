//! Which commands are there? The table of contents of the program; each command is a file.

mod audit;
mod backup;
mod check;
mod demo;
mod doctor;
mod export;
mod import;
mod keys;
mod restore;
mod serve;
mod token;
mod users;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use tracing::level_filters::LevelFilter;

use crate::config::{Flags, Settings};
use crate::console;
use crate::failure::Failure;
use crate::operations::Event;

/// A directory of portal users: who are the users of this customer, as this caller may see them?
///
/// Begin with `rollcall demo`: it makes a sample directory, serves it and prints a line to paste. To serve
/// a directory of your own, `rollcall import FILE` and then `rollcall serve`.
///
/// Every command ends with 0 when it has done what it was asked, with 1 when that failed, and with 2 when it
/// was not used right. What was asked for goes to stdout, everything else to stderr.
#[derive(Parser)]
#[command(name = "rollcall", version, max_term_width = 100)]
pub(crate) struct Program {
    /// The settings file; else ROLLCALL_CONFIG, else ./rollcall.toml if there is one
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// What is logged on stderr: off, error, warn, info, debug or trace
    #[arg(long, value_name = "LEVEL", global = true)]
    log_level: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Import(import::Import),
    Export(export::Export),
    Users(users::Users),
    Token(token::Token),
    Audit(audit::Audit),
    Keys(keys::Keys),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Check(check::Check),
    Doctor(doctor::Doctor),
}

/// Which directory.
#[derive(Args)]
pub(crate) struct DatabaseFlag {
    /// Where the directory is kept, such as sqlite:rollcall.db
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

impl Program {
    /// What the command line says of settings.
    pub(crate) fn flags(&self) -> Flags {
        let mut values = Vec::new();
        let mut put = |name: &'static str, value: Option<&String>| {
            values.extend(value.map(|value| (name, value.clone())));
        };
        put("log_level", self.log_level.as_ref());
        put("database", self.command.database().and_then(|flag| flag.database.as_ref()));
        match &self.command {
            Command::Demo(demo) => put("listen", demo.listen.as_ref()),
            Command::Serve(serve) => {
                put("listen", serve.listen.as_ref());
                put("public_url", serve.public_url.as_ref());
            }
            Command::Token(token) => put("public_url", token.public_url.as_ref()),
            _ => {}
        }
        Flags { file: self.config.clone(), values }
    }
}

impl Command {
    fn database(&self) -> Option<&DatabaseFlag> {
        match self {
            Self::Demo(_) => None,
            Self::Serve(command) => Some(&command.database),
            Self::Import(command) => Some(&command.database),
            Self::Export(command) => Some(&command.database),
            Self::Users(command) => Some(command.database()),
            Self::Token(command) => Some(&command.database),
            Self::Audit(command) => Some(command.database()),
            Self::Keys(command) => Some(command.database()),
            Self::Backup(command) => Some(&command.database),
            Self::Restore(command) => Some(&command.database),
            Self::Check(command) => Some(&command.database),
            Self::Doctor(command) => Some(&command.database),
        }
    }

    /// A server's log is its story; the other commands tell theirs themselves, and log what is amiss.
    pub(crate) fn log_level(&self, settings: &Settings) -> LevelFilter {
        match self {
            Self::Serve(_) => settings.log_level,
            _ => settings.log_level.min(LevelFilter::WARN),
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// It did not work, or makes no sense.
    pub(crate) async fn run(self, settings: Settings) -> Result<(), Failure> {
        match self {
            Self::Demo(command) => command.run(settings).await,
            Self::Serve(command) => command.run(settings).await,
            Self::Import(command) => command.run(settings).await,
            Self::Export(command) => command.run(settings).await,
            Self::Users(command) => command.run(settings).await,
            Self::Token(command) => command.run(settings).await,
            Self::Audit(command) => command.run(settings).await,
            Self::Keys(command) => command.run(settings).await,
            Self::Backup(command) => command.run(settings).await,
            Self::Restore(command) => command.run(settings).await,
            Self::Check(command) => command.run(&Flags::default()),
            Self::Doctor(command) => command.run(settings).await,
        }
    }
}

/// Gives people what is told, as it comes.
fn tell(event: Event) -> Result<(), Failure> {
    match event {
        Event::Out(text) => console::print(&text),
        Event::Note(line) => {
            console::note(&line);
            Ok(())
        }
        Event::Far { .. } => Ok(()),
    }
}

/// Reads an id as the API does.
fn guid(text: &str) -> Result<uuid::Uuid, String> {
    domain::id::parse_guid(text)
        .ok_or_else(|| "write a GUID, such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Program::command().debug_assert();
    }
}
