//! `rollcall token`: a token to try things with.

use clap::Args;
use uuid::Uuid;

use super::guid;
use crate::config::{DatabaseFlag, Settings};
use crate::control;
use crate::failure::Failure;
use crate::operations::{Request, tell};

/// Print a token for an API Access, for trying things
///
/// The token is valid for an hour, and its issue is recorded in the audit trail. Nobody's secret is needed:
/// whoever may read the database may have it. Works while a server has the database.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  TOKEN=$(rollcall token --tenant portal.csp.example --client-id 6f9619ff-8b86-4011-b42d-00cf4fc964ff)

Exit codes: 0 done, 1 no such API Access or it may have no token, 2 wrong usage.")]
pub(crate) struct Token {
    /// A domain of the tenant
    #[arg(long, value_name = "DOMAIN")]
    tenant: String,
    /// The client id of the API Access
    #[arg(long, value_name = "ID", value_parser = guid)]
    client_id: Uuid,
    /// The issuer, if the server is given one by --public-url
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
    #[command(flatten)]
    pub(super) database: DatabaseFlag,
}

impl Token {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let request = Request::Token { tenant: self.tenant, client: self.client_id };
        control::ask(&settings, "token", request, tell).await
    }
}
