//! `rollcall user`: users, whoever they belong to.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{added, done, groups_of, guid, put, show};
use crate::api::lists::{List, ListFlags};
use crate::api::{Api, ApiFlags, Call, escaped, query};
use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::operations::Request;
use crate::table::{cell, name, names};

/// Add, change, delete and restore users
///
/// The same operations as those of the API, with the same rules and audit: of this machine's database as its
/// operator, who may do what an Administrator of the distributor may; works while a server has the database.
/// With --server they are asked of a server by HTTP. KEY is the id of a user, or its e-mail.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall user add --tenant portal.csp.example --customer 6f9619ff-8b86-4011-b42d-00cf4fc964ff \\
      --email asa@customer.example --first-name Åsa --last-name Lund --group Viewer
  rollcall user list --tenant portal.csp.example --search ase
  rollcall user remove --tenant portal.csp.example asa@customer.example
  rollcall user purge --now --tenant portal.csp.example 0b6f2c1e-6d0b-4b52-9e0e-6c1f9d1c2a77

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
pub(crate) struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand)]
enum UserCommand {
    /// List users, sorted by name
    List(ListUsers),
    /// Show a user
    Show(One),
    /// Add a user, or revive a deleted one with the same e-mail; prints the id
    Add(Add),
    /// Change a user; what is not named stays
    Set(Set),
    /// Delete a user; it can be restored for a while
    Remove(One),
    /// Bring a deleted user back, with its groups
    Restore(ById),
    /// Forget a person at once and for ever, also in the audit trail
    Purge(Purge),
    /// Set a person's login free, so that its next token binds the user anew
    Unbind(One),
}

#[derive(Args)]
struct ListUsers {
    /// Words that words of the name or the e-mail begin with
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only members of one of these groups, by id or name
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// Only users in this reseller's hands
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    /// Sort by e-mail
    #[arg(long)]
    by_email: bool,
    /// Sort from the end
    #[arg(long)]
    descending: bool,
    #[command(flatten)]
    list: ListFlags,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct One {
    /// The id of the user, or its e-mail
    key: String,
    /// Only a user in this reseller's hands
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct ById {
    /// The id of the user
    #[arg(value_name = "ID", value_parser = guid)]
    id: Uuid,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
#[group(id = "owner", required = true, multiple = true, args = ["customer", "reseller", "csp"])]
struct Add {
    /// Of this customer; with --reseller in its context
    #[arg(long, value_name = "ID", value_parser = guid)]
    customer: Option<Uuid>,
    /// Of this reseller's staff
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    /// Of the distributor's staff
    #[arg(long, conflicts_with_all = ["customer", "reseller"])]
    csp: bool,
    /// The e-mail
    #[arg(long)]
    email: String,
    /// The first name
    #[arg(long, value_name = "NAME")]
    first_name: Option<String>,
    /// The last name
    #[arg(long, value_name = "NAME")]
    last_name: Option<String>,
    /// A group, by id or name; repeat it for more
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// The id of the new user; else one is made
    #[arg(long, value_name = "ID", value_parser = guid)]
    id: Option<Uuid>,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Set {
    /// The id of the user, or its e-mail
    key: String,
    /// Only a user in this reseller's hands
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    /// Another e-mail
    #[arg(long)]
    email: Option<String>,
    /// Another first name; an empty one takes it away
    #[arg(long, value_name = "NAME")]
    first_name: Option<String>,
    /// Another last name; an empty one takes it away
    #[arg(long, value_name = "NAME")]
    last_name: Option<String>,
    /// All groups from now on, by id or name
    #[arg(long, value_name = "GROUP", conflicts_with = "no_groups")]
    group: Vec<String>,
    /// No groups from now on
    #[arg(long)]
    no_groups: bool,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Purge {
    /// The id of the user, deleted or not
    #[arg(value_name = "ID", value_parser = guid)]
    id: Uuid,
    /// Without it nothing is done: what is forgotten cannot be brought back
    #[arg(long, required = true)]
    now: bool,
    #[command(flatten)]
    api: ApiFlags,
}

/// What a line shows of a user.
pub(super) const TITLES: &[&str] = &["NAME", "E-MAIL", "GROUPS", "ID"];

pub(super) fn row(user: &Value) -> Vec<String> {
    vec![name(user), cell(user, "email"), names(user, "groups"), cell(user, "id")]
}

impl User {
    fn api(&self) -> &ApiFlags {
        match &self.command {
            UserCommand::List(list) => &list.api,
            UserCommand::Show(one) | UserCommand::Remove(one) | UserCommand::Unbind(one) => &one.api,
            UserCommand::Add(add) => &add.api,
            UserCommand::Set(set) => &set.api,
            UserCommand::Restore(by_id) => &by_id.api,
            UserCommand::Purge(purge) => &purge.api,
        }
    }

    pub(super) fn database(&self) -> &DatabaseFlag {
        &self.api().database
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let api = Api::open(self.api(), &settings, "user").await?;
        let outcome = self.command.run(&api).await;
        api.close().await?;
        outcome
    }
}

impl UserCommand {
    async fn run(self, api: &Api) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.print(api).await,
            Self::Show(one) => show(api, one.target("")).await,
            Self::Add(add) => add.run(api).await,
            Self::Set(set) => set.run(api).await,
            Self::Remove(one) => done(api, Call::bare("DELETE", one.target("")), "deleted").await,
            Self::Restore(ById { id, .. }) => {
                done(api, Call::bare("POST", format!("/v1/users/{id}/restore")), "restored").await
            }
            Self::Purge(purge) => {
                api.operate(Request::Forget { tenant: api.tenant().to_owned(), user: purge.id }).await
            }
            Self::Unbind(one) => {
                api.operate(Request::Unbind { tenant: api.tenant().to_owned(), key: one.key }).await
            }
        }
    }
}

impl One {
    fn target(&self, further: &str) -> String {
        let filter = query([("resellerId", self.reseller.map(|id| id.to_string()))]);
        format!("/v1/users/{}{further}{filter}", escaped(&self.key))
    }
}

impl ListUsers {
    async fn print(&self, api: &Api) -> Result<(), Failure> {
        let groups = Some(self.group.join("|")).filter(|groups| !groups.is_empty());
        let list = List {
            path: "/v1/users",
            parameters: vec![
                ("searchValue", self.search.clone()),
                ("groups", groups),
                ("resellerId", self.reseller.map(|id| id.to_string())),
                ("sortPropertyName", self.by_email.then(|| "Email".to_owned())),
                ("ascendingOrder", self.descending.then(|| "false".to_owned())),
            ],
            titles: TITLES,
            row,
        };
        list.print(api, &self.list).await
    }
}

impl Add {
    async fn run(self, api: &Api) -> Result<(), Failure> {
        let mut body = Map::new();
        put(&mut body, "id", self.id.map(|id| id.to_string()));
        put(&mut body, "firstName", self.first_name);
        put(&mut body, "lastName", self.last_name);
        put(&mut body, "email", Some(self.email));
        body.insert("groups".to_owned(), groups_of(api, &self.group).await?);
        let target = match (self.customer, self.reseller) {
            (Some(customer), reseller) => {
                let filter = query([("resellerId", reseller.map(|id| id.to_string()))]);
                format!("/v1/customer/{customer}/users{filter}")
            }
            (None, Some(reseller)) => format!("/v1/reseller/{reseller}/users"),
            (None, None) => "/v1/users".to_owned(),
        };
        added(api, Call::json("POST", target, &Value::Object(body))).await
    }
}

impl Set {
    async fn run(self, api: &Api) -> Result<(), Failure> {
        let mut body = Map::new();
        put(&mut body, "firstName", self.first_name);
        put(&mut body, "lastName", self.last_name);
        put(&mut body, "email", self.email);
        if self.no_groups {
            body.insert("groups".to_owned(), json!([]));
        } else if !self.group.is_empty() {
            body.insert("groups".to_owned(), groups_of(api, &self.group).await?);
        }
        let filter = query([("resellerId", self.reseller.map(|id| id.to_string()))]);
        let target = format!("/v1/users/{}{filter}", escaped(&self.key));
        done(api, Call::json("PATCH", target, &Value::Object(body)), "changed").await
    }
}
