//! Which routes are there, what does each ask of a caller, and what does it name? Written from contract
//! sections 2, 3 and 5 and docs/access.md; a route that is served and has no row here fails a test.

use std::collections::BTreeSet;

use crate::directory::Tenant;
use crate::principals::{Caller, Credential, Principal};
use crate::world::World;

/// Which permission of which roles a route takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Needs {
    /// Nobody has to say who it is; the status is always this.
    NoToken(u16),
    /// Viewer or Administrator.
    Read(Roles),
    /// Administrator.
    Write(Roles),
}

/// Whose an operation may ever be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Roles {
    Everyone,
    CspAndResellers,
    Csp,
}

/// What a request names: in its path, its query or its body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Names {
    Nothing,
    /// Perhaps `resellerId`, which narrows a list.
    Narrowed,
    /// A customer, and perhaps `resellerId`.
    CustomerNarrowed,
    /// A customer, and perhaps `resellerId`, the context of who is added.
    CustomerInContext,
    Customer,
    /// A customer, and perhaps in the body whose books are meant.
    CustomerInBooks,
    /// Perhaps in the body the reseller of a new customer.
    NewCustomer,
    /// A user by id or e-mail, and perhaps `resellerId`.
    User,
    /// A user by id, whether live or deleted, and perhaps `resellerId`.
    DeletedUser,
    Reseller,
    /// A customer and a reseller that are to be related.
    NewRelation,
    /// A customer and a reseller that are related.
    Relation,
    Group,
    Client,
}

/// A route.
pub(crate) struct Row {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) needs: Needs,
    pub(crate) names: Names,
}

const fn row(method: &'static str, path: &'static str, needs: Needs, names: Names) -> Row {
    Row { method, path, needs, names }
}

use Needs::{NoToken, Read, Write};
use Roles::{Csp, CspAndResellers, Everyone};

/// `HEAD` goes with each `GET`.
pub(crate) const ROWS: [Row; 42] = [
    row("GET", "/v1/customer/{customerId}/users", Read(Everyone), Names::CustomerNarrowed),
    row("POST", "/v1/customer/{customerId}/users", Write(Everyone), Names::CustomerInContext),
    row("POST", "/v1/customer/{customerId}/users/import", Write(Everyone), Names::CustomerInContext),
    row("GET", "/v1/customer/{customerId}/users/export", Read(Everyone), Names::CustomerNarrowed),
    row("POST", "/v1/reseller/{resellerId}/users", Write(CspAndResellers), Names::Reseller),
    row("GET", "/v1", Read(Everyone), Names::Narrowed),
    row("GET", "/v1/users", Read(Everyone), Names::Narrowed),
    row("POST", "/v1/users", Write(Csp), Names::Nothing),
    row("GET", "/v1/users/{key}", Read(Everyone), Names::User),
    row("PATCH", "/v1/users/{key}", Write(Everyone), Names::User),
    row("DELETE", "/v1/users/{key}", Write(Everyone), Names::User),
    row("POST", "/v1/users/{id}/restore", Write(Everyone), Names::DeletedUser),
    row("GET", "/v1/users/groups", Read(Everyone), Names::Nothing),
    row("POST", "/v1/users/groups", Write(Csp), Names::Nothing),
    row("PATCH", "/v1/users/groups/{id}", Write(Csp), Names::Group),
    row("DELETE", "/v1/users/groups/{id}", Write(Csp), Names::Group),
    row("GET", "/v1/Customers", Read(CspAndResellers), Names::Narrowed),
    row("POST", "/v1/Customers", Write(CspAndResellers), Names::NewCustomer),
    row("GET", "/v1/Customers/{id}", Read(Everyone), Names::CustomerNarrowed),
    row("DELETE", "/v1/Customers/{id}", Write(Csp), Names::Customer),
    row("PATCH", "/v1/Customers/{id}/account-info", Write(CspAndResellers), Names::Customer),
    row("PATCH", "/v1/Customers/{id}/internal-identifier", Write(CspAndResellers), Names::CustomerInBooks),
    row("PUT", "/v1/Customers/{id}/resellers/{resellerId}", Write(Csp), Names::NewRelation),
    row("DELETE", "/v1/Customers/{id}/resellers/{resellerId}", Write(Csp), Names::Relation),
    row("GET", "/v1/Resellers", Read(Csp), Names::Nothing),
    row("POST", "/v1/Resellers", Write(Csp), Names::Nothing),
    row("GET", "/v1/Resellers/{id}", Read(CspAndResellers), Names::Reseller),
    row("PATCH", "/v1/Resellers/{id}/account-info", Write(Csp), Names::Reseller),
    row("PATCH", "/v1/Resellers/{id}/internal-identifier", Write(Csp), Names::Reseller),
    // Administrators alone may look at who gets in.
    row("GET", "/v1/api-access", Write(Csp), Names::Nothing),
    row("POST", "/v1/api-access", Write(Csp), Names::Nothing),
    row("PATCH", "/v1/api-access/{clientId}", Write(Csp), Names::Client),
    row("DELETE", "/v1/api-access/{clientId}", Write(Csp), Names::Client),
    row("GET", "/v1/AuditLogs", Read(Everyone), Names::Narrowed),
    row("POST", "/oauth2/v2.0/token", NoToken(400), Names::Nothing),
    row("POST", "/{directory}/oauth2/v2.0/token", NoToken(400), Names::Nothing),
    row("GET", "/.well-known/openid-configuration", NoToken(200), Names::Nothing),
    row("GET", "/.well-known/jwks.json", NoToken(200), Names::Nothing),
    row("GET", "/health/live", NoToken(200), Names::Nothing),
    row("GET", "/health/ready", NoToken(200), Names::Nothing),
    row("GET", "/metrics", NoToken(200), Names::Nothing),
    row("GET", "/openapi.json", NoToken(200), Names::Nothing),
];

#[tokio::test]
async fn every_route_that_is_served_has_a_row_and_every_row_a_route() {
    let world = World::new().await;
    let nobody = Principal { credential: Credential::Nothing, tenant: Tenant::North };
    let caller = Caller::new(&world, nobody).await;
    let described = caller.ask(&world, "GET", "/openapi.json").send().await.json();
    let mut served = BTreeSet::new();
    for (path, item) in described["paths"].as_object().unwrap() {
        for method in ["get", "head", "post", "put", "patch", "delete", "options", "trace"] {
            if item.get(method).is_some() {
                served.insert((path.clone(), method.to_uppercase()));
            }
        }
    }
    let mut judged = BTreeSet::new();
    for Row { method, path, .. } in &ROWS {
        judged.insert((path.to_string(), method.to_string()));
        if *method == "GET" {
            judged.insert((path.to_string(), "HEAD".to_owned()));
        }
    }
    assert_eq!(served, judged);
}
