//! `rollcall users list`: the users of a customer, from the database or through a running server.

use clap::{Args, Subcommand};
use uuid::Uuid;

use super::guid;
use crate::api::{Api, ApiFlags, Call, query};
use crate::config::{DatabaseFlag, Settings};
use crate::console;
use crate::failure::Failure;
use crate::table::table;

/// List the users of a customer
///
/// The same operation as GET /v1/customer/{customerId}/users, with the same rules, order and audit.
#[derive(Args)]
pub(crate) struct Users {
    #[command(subcommand)]
    command: UsersCommand,
}

#[derive(Subcommand)]
enum UsersCommand {
    List(List),
}

/// List the users of a customer, sorted by Name
///
/// Reads the database as the operator of this machine, who sees what the distributor sees; works while a
/// server has the database. With --server it asks a server by HTTP instead.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall users list --tenant portal.csp.example --customer 6f9619ff-8b86-4011-b42d-00cf4fc964ff
  rollcall users list --server https://directory.example --credentials viewer.toml \\
      --tenant portal.csp.example --customer 6f9619ff-8b86-4011-b42d-00cf4fc964ff --json

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
struct List {
    /// The customer
    #[arg(long, value_name = "ID", value_parser = guid)]
    customer: Uuid,
    /// Only users in the context of this reseller
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    /// Print the array as the API sends it, byte by byte
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    api: ApiFlags,
}

impl Users {
    pub(super) fn database(&self) -> &DatabaseFlag {
        let UsersCommand::List(list) = &self.command;
        &list.api.database
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let UsersCommand::List(list) = self.command;
        let api = Api::open(&list.api, &settings, "users list").await?;
        let outcome = list.print(&api).await;
        api.close().await?;
        outcome
    }
}

impl List {
    async fn print(&self, api: &Api) -> Result<(), Failure> {
        let filter = query([("resellerId", self.reseller.map(|id| id.to_string()))]);
        let call = Call::get(format!("/v1/customer/{}/users{filter}", self.customer));
        if self.json {
            return api.ask(call, console::print).await.map(drop);
        }
        let users = api.value(call).await?;
        let users = users.as_array().map(Vec::as_slice).unwrap_or_default();
        console::print(&table(super::user::TITLES, users.iter().map(super::user::row)))
    }
}
