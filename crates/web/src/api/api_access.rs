//! API Accesses: the programs of a tenant. For Administrators of the distributor alone.

use app::body::{AccessBody, AccessPatchBody};
use app::{Issued, Subject};
use axum::extract::{Request, State};
use axum::response::Response;
use domain::access::Action;
use domain::id::ClientId;
use domain::principal::{ApiAccess, Role};
use domain::user::Owner;
use http::StatusCode;

use super::companies::{Members, id, text};
use super::shapes::{ApiAccessIn, ApiAccessIssued, ApiAccessOut, ApiAccessPatch};
use crate::Web;
use crate::answers::{bare, gone, located, no_content, showing};
use crate::conditions;
use crate::envelope::{self, Page, PageOf};
use crate::input::{Faults, Query, json, path_guid};
use crate::openapi::{
    Changed, CommonErrors, Conditional, Guarded, Paged, ReadErrors, Repeatable, TokenErrors, WriteErrors,
};
use crate::operation::{Answered, Asking, listed};

/// List API Accesses
#[utoipa::path(
    method(get, head),
    path = "/v1/api-access",
    operation_id = "listApiAccesses",
    tag = "api-access",
    security(("bearer" = [])),
    params(Guarded, Paged),
    responses(
        (status = 200, description = "A page of API Accesses, by name.", body = Page<ApiAccessOut>),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn list(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::ListApiAccesses).await?;
    let mut faults = Faults::default();
    let query = Query::read(asking.parts.uri.query(), &["pageNumber", "pageSize"], &mut faults);
    let page = PageOf::read(&query, ["pageNumber", "pageSize"], &mut faults);
    let found = match faults.judge(()) {
        Ok(()) => asking.web.app.list_api_accesses(asking.principal(), page.limit(), page.offset()).await,
        Err(error) => Err(error),
    };
    asking
        .answer(
            Subject::default(),
            found,
            |found| listed(found.total, "API Accesses"),
            |_, found| {
                let items: Vec<String> = found.items.iter().map(shown).collect();
                envelope::page(page, found.total, &items)
            },
        )
        .await
}

/// An API Access as it is sent: of its secrets only how many there are.
fn shown(access: &ApiAccess) -> String {
    let (owner, reseller, customer) = match access.role {
        Role::Csp => (Owner::Csp, None, None),
        Role::Reseller(id) => (Owner::Reseller(id), Some(id), None),
        Role::Customer(id) => (Owner::Customer(id), None, Some(id)),
    };
    let mut members = Members::default();
    members.add("clientId", access.client_id.to_string());
    members.add("name", access.name.as_str());
    members.add("role", owner.role_name());
    members.add("reseller", id(reseller));
    members.add("customer", id(customer));
    members.add("permission", access.permission.name());
    members.add("disabled", access.disabled);
    members.add("issuer", text(access.issuer.as_ref()));
    members.add("secrets", access.secret_hashes.len());
    members.to_json()
}

/// Add an API Access
///
/// The answer shows the secret, this once.
#[utoipa::path(
    post,
    path = "/v1/api-access",
    operation_id = "createApiAccess",
    tag = "api-access",
    security(("bearer" = [])),
    params(Guarded, Repeatable),
    request_body(content = ApiAccessIn),
    responses(
        (status = 201, description = "The client id and the secret.", body = ApiAccessIssued, headers(
            ("Location" = String, description = "Where it is changed."),
            ("ETag" = String, description = "Names this state of it; strong."),
        )),
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn add(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::CreateApiAccess).await?;
    let mut faults = Faults::default();
    Query::read(asking.parts.uri.query(), &[], &mut faults);
    let conditions = conditions::of_post(&asking, &mut faults);
    let body = match json(&asking.parts, &asking.body, &mut faults) {
        Ok(text) => AccessBody::read(text),
        Err(error) => return Err(asking.refuse_recorded(Subject::default(), error).await),
    };
    let faults = faults.into_faults();
    match asking.web.app.add_api_access(asking.asked(), &body, faults, &conditions).await {
        Ok(issued) => {
            let client = issued.committed.target.unwrap_or_default();
            Ok(located(shown_once(&asking, issued, StatusCode::CREATED), "/v1/api-access", client))
        }
        Err(error) => Err(asking.refuse(error)),
    }
}

/// The client id, and a secret that is shown this once.
fn shown_once(asking: &Asking, issued: Issued, status: StatusCode) -> Response {
    let Issued { committed, secret } = issued;
    let client_id = committed.target.unwrap_or_default();
    showing(bare(asking, &committed, status), &ApiAccessIssued { client_id, secret })
}

/// Change an API Access
///
/// What it loses it loses at once. With `newSecret` true a secret is made and shown, this once (200).
#[utoipa::path(
    patch,
    path = "/v1/api-access/{clientId}",
    operation_id = "updateApiAccess",
    tag = "api-access",
    security(("bearer" = [])),
    params(Guarded, ("clientId" = Uuid, Path, description = "The client id."), Conditional),
    request_body(content = ApiAccessPatch),
    responses(
        Changed,
        (status = 200, description = "It was done; the secret that was made.", body = ApiAccessIssued, headers(
            ("ETag" = String, description = "Names the state that it has now; strong."),
        )),
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn change(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::UpdateApiAccess).await?;
    let mut faults = Faults::default();
    let client = path_guid("clientId", asking.segment(3), &mut faults).map(ClientId);
    Query::read(asking.parts.uri.query(), &[], &mut faults);
    let conditions = conditions::of_change(&asking);
    let subject = Subject { target: client.map(|id| id.0), ..Subject::default() };
    let body = match json(&asking.parts, &asking.body, &mut faults) {
        Ok(text) => AccessPatchBody::read(text),
        Err(error) => return Err(asking.refuse_recorded(subject, error).await),
    };
    let faults = faults.into_faults();
    match asking.web.app.change_api_access(asking.asked(), client, &body, faults, &conditions).await {
        Ok(issued) if issued.secret.is_none() => Ok(no_content(&asking, issued.committed)),
        Ok(issued) => Ok(shown_once(&asking, issued, StatusCode::OK)),
        Err(error) => Err(asking.refuse(error)),
    }
}

/// Delete an API Access
#[utoipa::path(
    delete,
    path = "/v1/api-access/{clientId}",
    operation_id = "deleteApiAccess",
    tag = "api-access",
    security(("bearer" = [])),
    params(Guarded, ("clientId" = Uuid, Path, description = "The client id."), Conditional),
    responses(
        (status = 204, description = "It was done."),
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn delete(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::DeleteApiAccess).await?;
    let mut faults = Faults::default();
    let client = path_guid("clientId", asking.segment(3), &mut faults);
    Query::read(asking.parts.uri.query(), &[], &mut faults);
    let planned = faults.judge(client).and_then(|client| {
        asking.web.app.plan_access_deletion(asking.principal(), ClientId(client.unwrap_or_default()))
    });
    let subject = Subject { target: client, ..Subject::default() };
    let conditions = conditions::of_change(&asking);
    asking.write(subject, planned, &conditions, "Deleted an API Access.", gone).await
}
