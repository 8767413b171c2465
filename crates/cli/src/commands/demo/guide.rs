//! What is worth trying? The guide that a demo prints: every line works when it is pasted.

use std::path::Path;
use std::sync::Arc;

use app::App;
use domain::audit::Operation;
use domain::id::{ClientId, TenantId};

use crate::directory;
use crate::failure::Failure;
use crate::sample::{Access, Case, Notable, Summary, TenantSample};

/// Live tokens of the first distributor.
pub(super) struct Tokens {
    csp: String,
    reseller: Option<String>,
}

impl Tokens {
    /// Issues them, as `rollcall token` does.
    ///
    /// # Errors
    /// The directory is not the sample.
    pub(super) async fn issue(app: &Arc<App>, summary: &Summary) -> Result<Self, Failure> {
        let tenant = summary.tenants.first().ok_or_else(unlike)?;
        let csp = issue(app, tenant, administrator(tenant).ok_or_else(unlike)?).await?;
        let reseller = match shared(tenant).and_then(|(_, access)| access) {
            Some(access) => Some(issue(app, tenant, access).await?),
            None => None,
        };
        Ok(Self { csp, reseller })
    }
}

async fn issue(app: &Arc<App>, tenant: &TenantSample, access: &Access) -> Result<String, Failure> {
    let call = directory::call(Operation::IssueToken);
    Ok(app.issue_token_as_operator(&call, TenantId(tenant.id), ClientId(access.client_id)).await?)
}

fn unlike() -> Failure {
    Failure::Failed("the sample has no distributor to show".to_owned())
}

fn administrator(tenant: &TenantSample) -> Option<&Access> {
    tenant.access("csp", "Administrator")
}

/// The customer of several resellers, and the access of one of them.
fn shared(tenant: &TenantSample) -> Option<(&Notable, Option<&Access>)> {
    let customer = tenant.notable(Case::Shared)?;
    let of_it = |access: &&Access| {
        access.role == "reseller"
            && !access.disabled
            && access.reseller.is_some_and(|reseller| customer.resellers.contains(&reseller))
    };
    Some((customer, tenant.accesses.iter().find(of_it)))
}

/// The guide. `url` is where the server is reached, `kept` where the directory stays.
pub(super) fn text(url: &str, summary: &Summary, tokens: &Tokens, kept: Option<&Path>) -> String {
    let Some(tenant) = summary.tenants.first() else { return String::new() };
    let domain = tenant.domains.first().map_or("", String::as_str);
    let listing =
        |customer: &Notable, query: &str| format!("'{url}/v1/customer/{}/users{query}'", customer.id);
    let headers =
        |domain: &str, token: &str| format!("-H 'X-Tenant: {domain}' -H 'Authorization: Bearer {token}'");
    let counts = summary.counts;
    let mut guide = format!(
        "Rollcall serves a sample directory on {url}\n\
         {} distributors, {} resellers, {} customers, {} users; nobody in it exists.\n",
        counts.tenants, counts.resellers, counts.customers, counts.users
    );
    match kept {
        Some(folder) => {
            guide.push_str(&format!("It stays in {}. Ctrl-C ends the server.\n", folder.display()))
        }
        None => guide.push_str("Ctrl-C ends the server and removes the directory.\n"),
    }
    let mut add = |title: &str, command: String| {
        guide.push_str(&format!("\n# {title}\n{command}\n"));
    };
    if let Some((customer, _)) = shared(tenant) {
        let title = format!(
            "The users of {}, sorted by Name, as the distributor {} sees them",
            customer.name, tenant.name
        );
        add(&title, format!("curl -s {} {}", listing(customer, ""), headers(domain, &tokens.csp)));
        if let Some(token) = &tokens.reseller {
            let title = "The same customer as one of its resellers sees it: its own users only";
            add(title, format!("curl -s {} {}", listing(customer, ""), headers(domain, token)));
        }
    }
    if let Some(customer) = tenant.notable(Case::Largest) {
        let title = format!(
            "The largest customer, {} users, ten at a time; follow the Link header for more",
            customer.users
        );
        add(
            &title,
            format!("curl -si {} {}", listing(customer, "?pageSize=10"), headers(domain, &tokens.csp)),
        );
        add(
            "How many users it has, without them: X-Total-Count",
            format!("curl -sI {} {}", listing(customer, ""), headers(domain, &tokens.csp)),
        );
    }
    if let Some(customer) = tenant.notable(Case::WithoutUsers) {
        add(
            "A customer without users: []",
            format!("curl -s {} {}", listing(customer, ""), headers(domain, &tokens.csp)),
        );
    }
    let other = summary.tenants.get(1).and_then(|tenant| tenant.domains.first());
    if let (Some(other), Some((customer, _))) = (other, shared(tenant)) {
        add(
            "The token at another distributor's portal: 403",
            format!("curl -s {} {}", listing(customer, ""), headers(other, &tokens.csp)),
        );
    }
    if let Some(access) = administrator(tenant) {
        let form = format!(
            "-d grant_type=client_credentials -d client_id={} -d client_secret={}",
            access.client_id, access.secret
        );
        add("A token of your own, as clients get it", format!("curl -s {url}/oauth2/v2.0/token {form}"));
    }
    add(
        "What the API is, in OpenAPI; how the server does",
        format!("curl -s {url}/openapi.json\ncurl -s {url}/metrics"),
    );
    guide.push('\n');
    guide
}
