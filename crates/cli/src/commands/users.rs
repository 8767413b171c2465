//! `rollcall users list`: the users of a customer, from the database or through a running server.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Deserialize;
use uuid::Uuid;

use super::{DatabaseFlag, guid, tell};
use crate::config::Settings;
use crate::failure::Failure;
use crate::operations::{Event, Request};
use crate::{console, control};

mod through;

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
/// server has the database. With --server it asks a server by HTTP instead, as the API Access whose id and
/// secret stand in ROLLCALL_CLIENT_ID and ROLLCALL_CLIENT_SECRET, or in the file of --credentials.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall users list --tenant portal.csp.example --customer 6f9619ff-8b86-4011-b42d-00cf4fc964ff
  rollcall users list --server https://directory.example --credentials viewer.toml \\
      --tenant portal.csp.example --customer 6f9619ff-8b86-4011-b42d-00cf4fc964ff --json

The file of --credentials holds two lines, and should be readable by its owner alone:
  client_id = \"…\"
  client_secret = \"…\"

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
struct List {
    /// A domain of the tenant
    #[arg(long, value_name = "DOMAIN")]
    tenant: String,
    /// The customer
    #[arg(long, value_name = "ID", value_parser = guid)]
    customer: Uuid,
    /// Only users in the context of this reseller
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    /// Print the array as the API sends it, byte by byte
    #[arg(long)]
    json: bool,
    /// Work through this server
    #[arg(long, value_name = "URL", conflicts_with = "database")]
    server: Option<String>,
    /// Where the client id and secret for --server stand
    #[arg(long, value_name = "FILE", requires = "server")]
    credentials: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseFlag,
}

impl Users {
    pub(super) fn database(&self) -> &DatabaseFlag {
        let UsersCommand::List(list) = &self.command;
        &list.database
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let UsersCommand::List(list) = self.command;
        let mut array = String::new();
        let take = |event: Event| match event {
            Event::Out(text) if !list.json => {
                array.push_str(&text);
                Ok(())
            }
            event => tell(event),
        };
        let List { tenant, customer, reseller, server, credentials, .. } = &list;
        match server {
            Some(server) => {
                through::list_users(server, credentials.as_deref(), tenant, *customer, *reseller, take)
                    .await?;
            }
            None => {
                let request =
                    Request::ListUsers { tenant: tenant.clone(), customer: *customer, reseller: *reseller };
                control::ask(&settings, "users list", request, take).await?;
            }
        }
        if list.json { Ok(()) } else { console::print(&table(&array)?) }
    }
}

/// What the table shows of a user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: Uuid,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
}

/// A line for each user: name, e-mail, groups, id; in columns as wide as what is in them.
fn table(array: &str) -> Result<String, Failure> {
    let rows: Vec<Row> =
        serde_json::from_str(array).map_err(|error| Failure::of("the list is damaged", error))?;
    let header = ["NAME", "E-MAIL", "GROUPS", "ID"].map(str::to_owned);
    let cells: Vec<[String; 4]> = std::iter::once(header).chain(rows.into_iter().map(cells)).collect();
    let mut widths = [0; 4];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let lines = cells.iter().map(|row| {
        let padded = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    });
    Ok(lines.collect())
}

fn cells(row: Row) -> [String; 4] {
    let names: Vec<String> = [row.first_name, row.last_name].into_iter().flatten().collect();
    let groups: Vec<String> = row.groups.into_iter().map(|group| group.name).collect();
    let cells = [names.join(" "), row.email.unwrap_or_default(), groups.join(", "), row.id.to_string()];
    // A name may hold what would move a terminal's cursor.
    cells.map(|cell| cell.chars().filter(|character| !character.is_control()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let array = r#"[
            {"id":"00000000-0000-4000-8000-000000000001","firstName":"Åsa","lastName":null,"email":"asa@x.example",
             "role":{"name":"customer"},"groups":[{"id":"00000000-0000-4000-8000-000000000002","name":"Viewer"}]},
            {"id":"00000000-0000-4000-8000-000000000003","firstName":null,"lastName":null,"email":"b@x.example",
             "role":{"name":"customer"},"groups":[]}]"#;
        insta::assert_snapshot!(table(array).unwrap(), @r"
        NAME  E-MAIL         GROUPS  ID
        Åsa   asa@x.example  Viewer  00000000-0000-4000-8000-000000000001
              b@x.example            00000000-0000-4000-8000-000000000003
        ");
    }
}
