//! `rollcall reseller`: the resellers of a tenant.

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

use super::company_flags::CompanyFlags;
use super::{added, done, guid, nothing_to_change, or_null, put, show};
use crate::api::lists::{List, ListFlags};
use crate::api::{Api, ApiFlags, Call};
use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::table::cell;

/// Add and change resellers
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall reseller add --tenant portal.csp.example --company-name \"Björk & Söhne\" --country SE \\
      --address-line1 \"Storgatan 1\" --city Lund --state Skåne --zip \"222 22\" --first-name Åsa \\
      --last-name Björk --email asa@bjork.example --phone \"+46 46 123\"

Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")]
pub(crate) struct Reseller {
    #[command(subcommand)]
    command: ResellerCommand,
}

#[derive(Subcommand)]
enum ResellerCommand {
    /// List the resellers, sorted by name
    List(ListResellers),
    /// Show a reseller
    Show(ById),
    /// Add a reseller; prints the id
    Add(Box<Add>),
    /// Change a reseller; what is not named stays
    Set(Box<Set>),
}

#[derive(Args)]
struct ListResellers {
    /// A part of the name
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    #[command(flatten)]
    list: ListFlags,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct ById {
    /// The id of the reseller
    #[arg(value_name = "ID", value_parser = guid)]
    id: Uuid,
    #[command(flatten)]
    api: ApiFlags,
}

#[derive(Args)]
struct Own {
    #[command(flatten)]
    company: CompanyFlags,
    /// A domain of its own for the portal
    #[arg(long, value_name = "DOMAIN")]
    custom_domain: Option<String>,
    /// What the distributor calls it
    #[arg(long, value_name = "TEXT")]
    internal_identifier: Option<String>,
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
    /// The id of the reseller
    #[arg(value_name = "ID", value_parser = guid)]
    id: Uuid,
    #[command(flatten)]
    own: Own,
    #[command(flatten)]
    api: ApiFlags,
}

impl Reseller {
    fn api(&self) -> &ApiFlags {
        match &self.command {
            ResellerCommand::List(list) => &list.api,
            ResellerCommand::Show(by_id) => &by_id.api,
            ResellerCommand::Add(add) => &add.api,
            ResellerCommand::Set(set) => &set.api,
        }
    }

    pub(super) fn database(&self) -> &DatabaseFlag {
        &self.api().database
    }

    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let api = Api::open(self.api(), &settings, "reseller").await?;
        let outcome = match self.command {
            ResellerCommand::List(flags) => flags.print(&api).await,
            ResellerCommand::Show(by_id) => show(&api, format!("/v1/Resellers/{}", by_id.id)).await,
            ResellerCommand::Add(add) => add.own.add(&api).await,
            ResellerCommand::Set(set) => set.own.change(&api, set.id).await,
        };
        api.close().await?;
        outcome
    }
}

impl ListResellers {
    async fn print(&self, api: &Api) -> Result<(), Failure> {
        let row = |reseller: &Value| {
            ["companyName", "country", "internalIdentifier", "customDomain", "id"]
                .map(|member| cell(reseller, member))
                .to_vec()
        };
        let list = List {
            path: "/v1/Resellers",
            parameters: vec![("searchValue", self.search.clone())],
            titles: &["NAME", "COUNTRY", "IDENTIFIER", "DOMAIN", "ID"],
            row,
        };
        list.print(api, &self.list).await
    }
}

impl Own {
    async fn add(self, api: &Api) -> Result<(), Failure> {
        let mut body = self.company.members("zipCode");
        put(&mut body, "customDomain", self.custom_domain);
        put(&mut body, "internalIdentifier", self.internal_identifier);
        added(api, Call::json("POST", "/v1/Resellers", &Value::Object(body))).await
    }

    async fn change(self, api: &Api, id: Uuid) -> Result<(), Failure> {
        let mut body = self.company.members("zipCode");
        put(&mut body, "customDomain", self.custom_domain);
        if body.is_empty() && self.internal_identifier.is_none() {
            return Err(nothing_to_change());
        }
        if !body.is_empty() {
            let target = format!("/v1/Resellers/{id}/account-info");
            done(api, Call::json("PATCH", target, &Value::Object(body)), "changed").await?;
        }
        if let Some(identifier) = self.internal_identifier {
            let target = format!("/v1/Resellers/{id}/internal-identifier");
            done(api, Call::json("PATCH", target, &json!(or_null(identifier))), "identified").await?;
        }
        Ok(())
    }
}
