//! `rollcall customer`: the customers of a tenant, their relations, and their users as files.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::company_flags::CompanyFlags;
use super::user_files::{ExportUsers, ImportUsers};
use super::{added, done, guid, nothing_to_change, or_null, put, show};
use crate::api::lists::{List, ListFlags};
use crate::api::{Api, ApiFlags, Call};
use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::table::cell;

/// Add, change and delete customers, relate them to resellers, and move their users as files
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall customer list --tenant portal.csp.example --search lund
  rollcall customer relate --tenant portal.csp.example 6f9619ff-8b86-4011-b42d-00cf4fc964ff \\
      0b6f2c1e-6d0b-4b52-9e0e-6c1f9d1c2a77
  rollcall customer import-users --tenant portal.csp.example \\
      --customer 6f9619ff-8b86-4011-b42d-00cf4fc964ff --dry-run people.csv

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
pub(crate) struct Customer {
    #[command(subcommand)]
    command: CustomerCommand,
}

#[derive(Subcommand)]
enum CustomerCommand {
    /// List the customers, sorted by name
    List(ListCustomers),
    /// Show a customer
    Show(ById),
    /// Add a customer, related to a reseller or directly; prints the id
    Add(Box<Add>),
    /// Change a customer; what is not named stays
    Set(Box<Set>),
    /// Delete a customer; its users and programs are refused at once
    Remove(ById),
    /// Relate a customer to a reseller
    Relate(Relation),
    /// End a relation; its users stay, in no reseller's context
    Unrelate(Relation),
    /// Add all users of a file to a customer, or none
    ImportUsers(ImportUsers),
    /// Write the users of a customer into a file
    ExportUsers(ExportUsers),
}

#[derive(Args)]
struct ListCustomers {
    /// A part of the name
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only customers of this reseller
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    #[command(flatten)]
    list: ListFlags,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct ById {
    /// The id of the customer
    #[arg(value_name = "ID", value_parser = guid)]
    id: Uuid,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Own {
    #[command(flatten)]
    company: CompanyFlags,
    /// The middle name of the contact
    #[arg(long, value_name = "NAME")]
    middle_name: Option<String>,
    /// What the reseller calls it, or without --reseller the distributor
    #[arg(long, value_name = "TEXT")]
    internal_identifier: Option<String>,
    /// The reseller whose relation it is
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
}

#[derive(Args)]
struct Add {
    #[command(flatten)]
    own: Own,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Set {
    /// The id of the customer
    #[arg(value_name = "ID", value_parser = guid)]
    id: Uuid,
    #[command(flatten)]
    own: Own,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Relation {
    /// The id of the customer
    #[arg(value_name = "CUSTOMER-ID", value_parser = guid)]
    customer: Uuid,
    /// The id of the reseller
    #[arg(value_name = "RESELLER-ID", value_parser = guid)]
    reseller: Uuid,
    #[command(flatten)]
    api: ApiFlags,
}

impl Customer {
    fn api(&self) -> &ApiFlags {
        match &self.command {
            CustomerCommand::List(list) => &list.api,
            CustomerCommand::Show(by_id) | CustomerCommand::Remove(by_id) => &by_id.api,
            CustomerCommand::Add(add) => &add.api,
            CustomerCommand::Set(set) => &set.api,
            CustomerCommand::Relate(relation) | CustomerCommand::Unrelate(relation) => &relation.api,
            CustomerCommand::ImportUsers(import) => &import.api,
            CustomerCommand::ExportUsers(export) => &export.api,
        }
    }

    pub(super) fn database(&self) -> &DatabaseFlag {
        &self.api().database
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let api = Api::open(self.api(), &settings, "customer").await?;
        let outcome = self.command.run(&api).await;
        api.close().await?;
        outcome
    }
}

impl CustomerCommand {
    async fn run(self, api: &Api) -> Result<(), Failure> {
        match self {
            Self::List(flags) => flags.print(api).await,
            Self::Show(by_id) => show(api, format!("/v1/Customers/{}", by_id.id)).await,
            Self::Add(add) => add.own.add(api).await,
            Self::Set(set) => set.own.change(api, set.id).await,
            Self::Remove(ById { id, .. }) => {
                done(api, Call::bare("DELETE", format!("/v1/Customers/{id}")), "deleted").await
            }
            Self::Relate(relation) => done(api, relation.call("PUT"), "related").await,
            Self::Unrelate(relation) => done(api, relation.call("DELETE"), "the relation is ended").await,
            Self::ImportUsers(import) => import.run(api).await,
            Self::ExportUsers(export) => export.run(api).await,
        }
    }
}

impl Relation {
    fn call(&self, method: &'static str) -> Call {
        Call::bare(method, format!("/v1/Customers/{}/resellers/{}", self.customer, self.reseller))
    }
}

impl ListCustomers {
    async fn print(&self, api: &Api) -> Result<(), Failure> {
        let row = |customer: &Value| {
            ["companyName", "country", "internalIdentifier", "id"]
                .map(|member| cell(customer, member))
                .to_vec()
        };
        let list = List {
            path: "/v1/Customers",
            parameters: vec![
                ("searchValue", self.search.clone()),
                ("resellerId", self.reseller.map(|id| id.to_string())),
            ],
            titles: &["NAME", "COUNTRY", "IDENTIFIER", "ID"],
            row,
        };
        list.print(api, &self.list).await
    }
}

impl Own {
    async fn add(self, api: &Api) -> Result<(), Failure> {
        let mut body = self.company.members("zip");
        put(&mut body, "middleName", self.middle_name);
        put(&mut body, "internalIdentifier", self.internal_identifier);
        put(&mut body, "resellerId", self.reseller.map(|id| id.to_string()));
        added(api, Call::json("POST", "/v1/Customers", &Value::Object(body))).await
    }

    async fn change(self, api: &Api, id: Uuid) -> Result<(), Failure> {
        let mut account = self.company.members("zip");
        put(&mut account, "middleName", self.middle_name);
        if account.is_empty() && self.internal_identifier.is_none() {
            return Err(nothing_to_change());
        }
        if !account.is_empty() {
            let target = format!("/v1/Customers/{id}/account-info");
            done(api, Call::json("PATCH", target, &json!({ "customer": account })), "changed").await?;
        }
        if let Some(identifier) = self.internal_identifier {
            let mut body = Map::new();
            body.insert("internalIdentifier".to_owned(), json!(or_null(identifier)));
            put(&mut body, "resellerId", self.reseller.map(|id| id.to_string()));
            let target = format!("/v1/Customers/{id}/internal-identifier");
            done(api, Call::json("PATCH", target, &Value::Object(body)), "identified").await?;
        }
        Ok(())
    }
}
