//! `rollcall check`: what is set, where, and does it make sense?

use clap::Args;
use store::Location;

use crate::config::{DatabaseFlag, Flags, JUDGES, Layers, environment};
use crate::console;
use crate::failure::Failure;

/// Print every setting with its source, and judge it
///
/// A setting comes from a flag, the environment, the settings file or its default, in this order.
/// `config.default.toml` says what each one means.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall check --config /etc/rollcall.toml

Exit codes: 0 all is well, 1 a setting makes no sense, 2 the settings file cannot be read or names what is
no setting.")]
pub(crate) struct Check {
    #[command(flatten)]
    pub(super) database: DatabaseFlag,
}

impl Check {
    pub(crate) fn run(self, flags: &Flags) -> Result<(), Failure> {
        let layers = Layers::gather(flags, environment)?;
        let mut well = true;
        let mut text = String::new();
        for (name, judge) in JUDGES {
            let (value, source) = layers.get(name);
            let shown = if name == "database" { without_password(value) } else { value.to_owned() };
            text.push_str(&format!("{name:<26} {shown:<27} {source}\n"));
            if let Err(fault) = judge(value) {
                well = false;
                text.push_str(&format!("  wrong: {fault}\n"));
            }
        }
        console::print(&text)?;
        if well { Ok(()) } else { Err(Failure::Told) }
    }
}

/// An address of a server as it may be shown.
fn without_password(database: &str) -> String {
    match Location::parse(database) {
        Ok(Location::Server(server)) => server.to_string(),
        Ok(Location::File(_)) => database.to_owned(),
        // What cannot be read may hold a password at any place.
        Err(_) if database.contains("//") => "(not shown)".to_owned(),
        Err(_) => database.to_owned(),
    }
}
