//! `rollcall tenant`: the distributors of this directory.

use clap::{Args, Subcommand};
use serde_json::Value;

use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::operations::{Event, Request, tell};
use crate::table::{cell, table};
use crate::{console, control};

/// Add and change tenants
///
/// A tenant is one distributor, with the domains by which its portal is opened. Only the operator of this
/// machine may do this; it works while a server has the database.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall tenant add \"Nordwind Cloud\" --domain portal.nordwind.example
  rollcall tenant set portal.nordwind.example --add-domain cloud.nordwind.example

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
pub(crate) struct Tenant {
    #[command(subcommand)]
    command: TenantCommand,
}

#[derive(Subcommand)]
enum TenantCommand {
    /// List the tenants
    List {
        /// Print the objects as JSON, one a line
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        database: DatabaseFlag,
    },
    /// Show a tenant
    Show {
        /// One of its domains
        domain: String,
        #[command(flatten)]
        database: DatabaseFlag,
    },
    /// Add a tenant; prints the id. Makes the database if there is none
    Add {
        /// Its name
        name: String,
        /// A domain by which its portal is opened; repeat it for more
        #[arg(long, required = true)]
        domain: Vec<String>,
        #[command(flatten)]
        database: DatabaseFlag,
    },
    /// Change a tenant
    Set {
        /// One of its domains
        domain: String,
        /// Its name from now on
        #[arg(long)]
        name: Option<String>,
        /// One more domain by which its portal is opened; repeat it for more
        #[arg(long, value_name = "DOMAIN")]
        add_domain: Vec<String>,
        #[command(flatten)]
        database: DatabaseFlag,
    },
}

impl Tenant {
    pub(super) fn database(&self) -> &DatabaseFlag {
        match &self.command {
            TenantCommand::List { database, .. }
            | TenantCommand::Show { database, .. }
            | TenantCommand::Add { database, .. }
            | TenantCommand::Set { database, .. } => database,
        }
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let is_table = matches!(self.command, TenantCommand::List { json: false, .. });
        let request = match self.command {
            TenantCommand::List { .. } => Request::ListTenants { domain: None },
            TenantCommand::Show { domain, .. } => Request::ListTenants { domain: Some(domain) },
            TenantCommand::Add { name, domain, .. } => Request::AddTenant { name, domains: domain },
            TenantCommand::Set { domain, name, add_domain, .. } => {
                Request::ChangeTenant { domain, name, more_domains: add_domain }
            }
        };
        let mut lines = String::new();
        let take = |event| match event {
            Event::Out(text) if is_table => {
                lines.push_str(&text);
                Ok(())
            }
            event => tell(event),
        };
        control::ask(&settings, "tenant", request, take).await?;
        if is_table { console::print(&shown(&lines)) } else { Ok(()) }
    }
}

fn shown(lines: &str) -> String {
    let tenants = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let rows = tenants.map(|tenant| {
        let domains = tenant.get("domains").and_then(Value::as_array).cloned().unwrap_or_default();
        let domains: Vec<&str> = domains.iter().filter_map(Value::as_str).collect();
        vec![cell(&tenant, "name"), domains.join(", "), cell(&tenant, "id")]
    });
    table(&["NAME", "DOMAINS", "ID"], rows)
}
