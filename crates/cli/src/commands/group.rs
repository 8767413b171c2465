//! `rollcall group`: the groups of a tenant.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{added, done, guid};
use crate::api::lists::{List, ListFlags};
use crate::api::{Api, ApiFlags, Call};
use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::table::cell;

/// Add, rename and delete groups
///
/// Three groups are built in and stay as they are: Administrator (read and write), Viewer (read) and Alert
/// Manager. Those that are added carry no permission; they are labels.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall group add --tenant portal.csp.example \"Invoice contacts\"

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
pub(crate) struct Group {
    #[command(subcommand)]
    command: GroupCommand,
}

#[derive(Subcommand)]
enum GroupCommand {
    /// List the groups, sorted by name
    List(ListGroups),
    /// Add a group; prints the id
    Add(Add),
    /// Rename a group; its members show the new name at once
    Set(Set),
    /// Delete a group; its members lose it at once
    Remove(ById),
}

#[derive(Args)]
struct ListGroups {
    #[command(flatten)]
    list: ListFlags,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Add {
    /// The name
    name: String,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Set {
    /// The id of the group
    #[arg(value_name = "ID", value_parser = guid)]
    id: Uuid,
    /// Its name from now on
    #[arg(long)]
    name: String,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct ById {
    /// The id of the group
    #[arg(value_name = "ID", value_parser = guid)]
    id: Uuid,
    #[command(flatten)]
    api: ApiFlags,
}

/// The list of all groups.
pub(super) fn list() -> List<'static> {
    let row = |group: &Value| vec![cell(group, "name"), cell(group, "id")];
    List { path: "/v1/users/groups", parameters: Vec::new(), titles: &["NAME", "ID"], row }
}

impl Group {
    fn api(&self) -> &ApiFlags {
        match &self.command {
            GroupCommand::List(list) => &list.api,
            GroupCommand::Add(add) => &add.api,
            GroupCommand::Set(set) => &set.api,
            GroupCommand::Remove(by_id) => &by_id.api,
        }
    }

    pub(super) fn database(&self) -> &DatabaseFlag {
        &self.api().database
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let api = Api::open(self.api(), &settings, "group").await?;
        let outcome = match self.command {
            GroupCommand::List(flags) => list().print(&api, &flags.list).await,
            GroupCommand::Add(Add { name, .. }) => {
                added(&api, Call::json("POST", "/v1/users/groups", &json!({ "name": name }))).await
            }
            GroupCommand::Set(Set { id, name, .. }) => {
                let target = format!("/v1/users/groups/{id}");
                done(&api, Call::json("PATCH", target, &json!({ "name": name })), "renamed").await
            }
            GroupCommand::Remove(ById { id, .. }) => {
                done(&api, Call::bare("DELETE", format!("/v1/users/groups/{id}")), "deleted").await
            }
        };
        api.close().await?;
        outcome
    }
}
