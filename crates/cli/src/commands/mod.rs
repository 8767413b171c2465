//! Which commands are there? The table of contents of the program; each command is a file.

mod api_access;
mod audit;
mod backup;
mod check;
mod company_flags;
mod customer;
mod demo;
mod doctor;
mod export;
mod group;
mod import;
mod keys;
mod migrate;
mod reseller;
mod restore;
mod serve;
mod tenant;
mod token;
mod user;
mod user_files;
mod users;

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use serde_json::{Map, Value, json};
use tracing::level_filters::LevelFilter;

use crate::api::{Api, Call};
use crate::config::{DatabaseFlag, Flags, Settings};
use crate::console;
use crate::failure::Failure;
use crate::table::cell;

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
    User(user::User),
    Group(group::Group),
    Customer(customer::Customer),
    Reseller(reseller::Reseller),
    ApiAccess(api_access::ApiAccess),
    Tenant(tenant::Tenant),
    Token(token::Token),
    Audit(audit::Audit),
    Keys(keys::Keys),
    Migrate(migrate::Migrate),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Check(check::Check),
    Doctor(doctor::Doctor),
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
            Self::User(command) => Some(command.database()),
            Self::Group(command) => Some(command.database()),
            Self::Customer(command) => Some(command.database()),
            Self::Reseller(command) => Some(command.database()),
            Self::ApiAccess(command) => Some(command.database()),
            Self::Tenant(command) => Some(command.database()),
            Self::Token(command) => Some(&command.database),
            Self::Audit(command) => Some(command.database()),
            Self::Keys(command) => Some(command.database()),
            Self::Migrate(command) => Some(&command.database),
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
            Self::User(command) => command.run(settings).await,
            Self::Group(command) => command.run(settings).await,
            Self::Customer(command) => command.run(settings).await,
            Self::Reseller(command) => command.run(settings).await,
            Self::ApiAccess(command) => command.run(settings).await,
            Self::Tenant(command) => command.run(settings).await,
            Self::Token(command) => command.run(settings).await,
            Self::Audit(command) => command.run(settings).await,
            Self::Keys(command) => command.run(settings).await,
            Self::Migrate(command) => command.run(settings).await,
            Self::Backup(command) => command.run(settings).await,
            Self::Restore(command) => command.run(settings).await,
            Self::Check(command) => command.run(&Flags::default()),
            Self::Doctor(command) => command.run(settings).await,
        }
    }
}

/// Reads an id as the API does.
fn guid(text: &str) -> Result<uuid::Uuid, String> {
    domain::id::parse_guid(text)
        .ok_or_else(|| "write a GUID, such as 6f9619ff-8b86-4011-b42d-00cf4fc964ff".to_owned())
}

/// Puts a member into a body if it was given; an empty text stands for none.
fn put(body: &mut Map<String, Value>, name: &str, value: Option<String>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), or_null(value).into());
    }
}

/// A text, unless it is empty.
fn or_null(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// Prints one thing of the API, for people and for `jq` alike.
async fn show(api: &Api, target: String) -> Result<(), Failure> {
    let shown = api.value(Call::get(target)).await?;
    console::print(&format!("{shown:#}\n"))
}

/// Adds something, and prints its id.
async fn added(api: &Api, call: Call) -> Result<(), Failure> {
    let (status, answer) = api.text(call).await?;
    if status == 200 {
        console::note("revived: there was a deleted user with this e-mail");
    }
    let id: String =
        serde_json::from_str(&answer).map_err(|error| Failure::of("the answer is damaged", error))?;
    console::print(&format!("{id}\n"))
}

/// Does something that has no answer of its own.
async fn done(api: &Api, call: Call, told: &str) -> Result<(), Failure> {
    api.text(call).await?;
    console::note(told);
    Ok(())
}

/// What is said to somebody who names nothing to be changed.
fn nothing_to_change() -> Failure {
    Failure::Usage("name what is to be changed; --help shows what can be".to_owned())
}

/// The groups of a body, by their ids or names.
async fn groups_of(api: &Api, named: &[String]) -> Result<Value, Failure> {
    let known = if named.iter().all(|group| guid(group).is_ok()) {
        Vec::new()
    } else {
        group::list().items(api, None).await?
    };
    let find = |name: &String| -> Result<Value, Failure> {
        if guid(name).is_ok() {
            return Ok(json!({ "id": name }));
        }
        let folded = domain::text::fold_case(name);
        let is_meant = |group: &&Value| domain::text::fold_case(&cell(group, "name")) == folded;
        let mut meant = known.iter().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(group), None) => Ok(json!({ "id": cell(group, "id") })),
            (Some(_), Some(_)) => {
                Err(Failure::Failed(format!("several groups are called `{name}`; give the id")))
            }
            (None, _) => {
                Err(Failure::Failed(format!("there is no group `{name}`; `rollcall group list` shows them")))
            }
        }
    };
    named.iter().map(find).collect::<Result<Vec<_>, _>>().map(Value::Array)
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
