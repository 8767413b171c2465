//! `rollcall api-access`: the programs that may use the API.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{done, guid, nothing_to_change, put};
use crate::api::lists::{List, ListFlags};
use crate::api::{Api, ApiFlags, Call};
use crate::config::{DatabaseFlag, Settings};
use crate::console;
use crate::failure::Failure;
use crate::table::cell;

/// Add, change and delete API Accesses
///
/// An API Access is a program's way in: one role, one context and one permission in one tenant. Its secret is
/// printed once, in the form that --credentials reads; two may be live, so that they can be rotated.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall api-access add --tenant portal.csp.example --name \"Ticket sync\" --role csp \\
      --permission viewer > ticket-sync.toml
  rollcall api-access set --tenant portal.csp.example 6f9619ff-8b86-4011-b42d-00cf4fc964ff --new-secret

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
pub(crate) struct ApiAccess {
    #[command(subcommand)]
    command: ApiAccessCommand,
}

#[derive(Subcommand)]
enum ApiAccessCommand {
    /// List the API Accesses, sorted by name
    List(ListAccesses),
    /// Add an API Access; prints its client id and its secret
    Add(Add),
    /// Change an API Access; what is not named stays
    Set(Set),
    /// Delete an API Access; its tokens are refused at once
    Remove(ById),
}

#[derive(Clone, Copy, ValueEnum)]
enum Role {
    /// Of the distributor
    Csp,
    /// Of the reseller in --reseller
    Reseller,
    /// Of the customer in --customer
    Customer,
}

#[derive(Clone, Copy, ValueEnum)]
enum Permission {
    /// Read and write
    Administrator,
    /// Read
    Viewer,
}

impl Permission {
    fn name(self) -> String {
        match self {
            Self::Administrator => "Administrator".to_owned(),
            Self::Viewer => "Viewer".to_owned(),
        }
    }
}

#[derive(Args)]
struct ListAccesses {
    #[command(flatten)]
    list: ListFlags,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Add {
    /// What people call it
    #[arg(long)]
    name: String,
    /// Whose it is
    #[arg(long)]
    role: Role,
    /// The reseller, for the role of one
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    /// The customer, for the role of one
    #[arg(long, value_name = "ID", value_parser = guid)]
    customer: Option<Uuid>,
    /// What it may do
    #[arg(long)]
    permission: Permission,
    /// The issuer of its tokens; else Rollcall's own, and it gets a secret
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Set {
    /// The client id
    #[arg(value_name = "CLIENT-ID", value_parser = guid)]
    client: Uuid,
    /// What people call it from now on
    #[arg(long)]
    name: Option<String>,
    /// What it may do from now on
    #[arg(long)]
    permission: Option<Permission>,
    /// Refuse it from now on
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
    /// Let it in again
    #[arg(long)]
    enable: bool,
    /// Make one more secret, and print it
    #[arg(long)]
    new_secret: bool,
    /// Let the older secret be good no more
    #[arg(long)]
    drop_secret: bool,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct ById {
    /// The client id
    #[arg(value_name = "CLIENT-ID", value_parser = guid)]
    client: Uuid,
    #[command(flatten)]
    api: ApiFlags,
}

impl ApiAccess {
    fn api(&self) -> &ApiFlags {
        match &self.command {
            ApiAccessCommand::List(list) => &list.api,
            ApiAccessCommand::Add(add) => &add.api,
            ApiAccessCommand::Set(set) => &set.api,
            ApiAccessCommand::Remove(by_id) => &by_id.api,
        }
    }

    pub(super) fn database(&self) -> &DatabaseFlag {
        &self.api().database
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let api = Api::open(self.api(), &settings, "api-access").await?;
        let outcome = match self.command {
            ApiAccessCommand::List(flags) => list().print(&api, &flags.list).await,
            ApiAccessCommand::Add(add) => add.run(&api).await,
            ApiAccessCommand::Set(set) => set.run(&api).await,
            ApiAccessCommand::Remove(ById { client, .. }) => {
                done(&api, Call::bare("DELETE", format!("/v1/api-access/{client}")), "deleted").await
            }
        };
        api.close().await?;
        outcome
    }
}

fn list() -> List<'static> {
    let row = |access: &Value| {
        let disabled = access.get("disabled") == Some(&Value::Bool(true));
        let owner = ["reseller", "customer"].map(|member| cell(access, member)).concat();
        vec![
            cell(access, "name"),
            cell(access, "role"),
            owner,
            cell(access, "permission"),
            if disabled { "disabled".to_owned() } else { String::new() },
            cell(access, "clientId"),
        ]
    };
    let titles = &["NAME", "ROLE", "OF", "PERMISSION", "", "CLIENT ID"];
    List { path: "/v1/api-access", parameters: Vec::new(), titles, row }
}

impl Add {
    async fn run(self, api: &Api) -> Result<(), Failure> {
        let role = match self.role {
            Role::Csp => "csp",
            Role::Reseller => "reseller",
            Role::Customer => "customer",
        };
        let mut body = Map::new();
        put(&mut body, "name", Some(self.name));
        put(&mut body, "role", Some(role.to_owned()));
        put(&mut body, "reseller", self.reseller.map(|id| id.to_string()));
        put(&mut body, "customer", self.customer.map(|id| id.to_string()));
        put(&mut body, "permission", Some(self.permission.name()));
        put(&mut body, "issuer", self.issuer);
        credentials(&api.value(Call::json("POST", "/v1/api-access", &Value::Object(body))).await?)
    }
}

impl Set {
    async fn run(self, api: &Api) -> Result<(), Failure> {
        let mut body = Map::new();
        put(&mut body, "name", self.name);
        put(&mut body, "permission", self.permission.map(Permission::name));
        if self.disable || self.enable {
            body.insert("disabled".to_owned(), json!(self.disable));
        }
        for (name, asked) in [("newSecret", self.new_secret), ("dropSecret", self.drop_secret)] {
            if asked {
                body.insert(name.to_owned(), json!(true));
            }
        }
        if body.is_empty() {
            return Err(nothing_to_change());
        }
        let target = format!("/v1/api-access/{}", self.client);
        let (_, answer) = api.text(Call::json("PATCH", target, &Value::Object(body))).await?;
        match serde_json::from_str(&answer) {
            Ok(issued) => credentials(&issued),
            Err(_) => {
                console::note("changed");
                Ok(())
            }
        }
    }
}

/// Prints what a program is let in by, as a file of --credentials.
fn credentials(issued: &Value) -> Result<(), Failure> {
    let mut lines = format!("client_id = \"{}\"\n", cell(issued, "clientId"));
    let secret = cell(issued, "secret");
    if !secret.is_empty() {
        lines.push_str(&format!("client_secret = \"{secret}\"\n"));
        console::note("the secret is shown this once: keep it where its owner alone can read it");
    }
    console::print(&lines)
}
