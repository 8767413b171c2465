//! Resellers (contract section 2, "Reseller object").

use app::body::{IdentifierBody, ResellerBody, ResellerPatchBody};
use app::{ResellerView, Subject};
use axum::extract::{Request, State};
use domain::access::Action;
use domain::company::CompanyKind;
use domain::id::ResellerId;
use http::StatusCode;
use uuid::Uuid;

use super::companies::{self, ListParameters, Members, text};
use super::shapes::{ResellerAccountInfo, ResellerIdentifier, ResellerIn, ResellerOut};
use crate::Web;
use crate::answers::{added, bare, no_content, one};
use crate::conditions;
use crate::envelope::{self, Page};
use crate::input::{Faults, Query, json, path_guid};
use crate::openapi::{
    Accepted, Added, Changed, CommonErrors, Conditional, Guarded, Paged, ReadErrors, Repeatable, TokenErrors,
    WriteErrors,
};
use crate::operation::{Answered, Asking, listed};

/// List resellers
///
/// Those of the tenant, by name. For the distributor alone.
#[utoipa::path(
    method(get, head),
    path = "/v1/resellers",
    operation_id = "listResellers",
    tag = "resellers",
    security(("bearer" = [])),
    params(Guarded, Paged, ListParameters),
    responses(
        (status = 200, description = "A page of resellers.", body = Page<ResellerOut>),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn list(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::ListResellers).await?;
    let mut faults = Faults::default();
    let query = Query::read(asking.parts.uri.query(), &companies::PARAMETERS, &mut faults);
    let (asked, page) = companies::read(&query, &mut faults);
    let found = match faults.judge(asked) {
        Ok(asked) => asking.web.app.list_resellers(asking.principal(), asked).await,
        Err(error) => Err(error),
    };
    asking
        .answer(
            Subject::default(),
            found,
            |found| listed(found.total, "resellers"),
            |_, found| {
                let items: Vec<String> = found.items.iter().map(shown).collect();
                envelope::page(page, found.total, &items)
            },
        )
        .await
}

/// A reseller as it is sent.
fn shown(view: &ResellerView) -> String {
    let reseller = &view.reseller;
    let mut members = Members::default();
    members.add("id", reseller.id.to_string());
    members.add_company(CompanyKind::Reseller, &reseller.company);
    members.add("internalIdentifier", text(reseller.internal_identifier.as_ref()));
    let domain = reseller.domains.first().map(|domain| domain.as_str().to_owned());
    members.add("customDomain", text(domain.as_ref()));
    members.to_json()
}

/// The reseller that the path names, and nothing in the query.
fn named(asking: &Asking, faults: &mut Faults) -> (Option<ResellerId>, Subject) {
    let reseller = path_guid("id", asking.segment(3), faults).map(ResellerId);
    Query::read(asking.parts.uri.query(), &[], faults);
    (reseller, Subject { reseller, target: reseller.map(|id| id.0), customer: None })
}

/// Get a reseller
///
/// With an `ETag`, to be sent as `If-Match` when the reseller is changed. A reseller gets itself alone.
#[utoipa::path(
    method(get, head),
    path = "/v1/resellers/{id}",
    operation_id = "getReseller",
    tag = "resellers",
    security(("bearer" = [])),
    params(
        Guarded,
        ("id" = Uuid, Path, description = "The reseller."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer that the caller has."),
    ),
    responses(
        (status = 200, description = "The reseller.", body = ResellerOut, headers(
            ("ETag" = String, description = "Names this state of the reseller; strong."),
        )),
        (status = 304, description = "The caller has the newest answer already."),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn get(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::GetReseller).await?;
    let mut faults = Faults::default();
    let (reseller, subject) = named(&asking, &mut faults);
    let found = match faults.judge(reseller) {
        Ok(id) => {
            let id = id.unwrap_or(ResellerId(Uuid::nil()));
            asking.web.app.get_reseller(asking.principal(), id).await
        }
        Err(error) => Err(error),
    };
    asking
        .answer(
            subject,
            found,
            |_| "Looked at a reseller.".to_owned(),
            |asking, view| {
                let tag = asking.web.app.tag_of(asking.principal(), view.reseller.id.0, view.revision, None);
                one(asking, shown(&view), &tag)
            },
        )
        .await
}

/// Add a reseller
#[utoipa::path(
    post,
    path = "/v1/resellers",
    operation_id = "createReseller",
    tag = "resellers",
    security(("bearer" = [])),
    params(Guarded, Repeatable),
    request_body(content = ResellerIn),
    responses(
        Added,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn add(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::CreateReseller).await?;
    let mut faults = Faults::default();
    Query::read(asking.parts.uri.query(), &[], &mut faults);
    let conditions = conditions::of_post(&asking, &mut faults);
    let planned = json(&asking.parts, &asking.body, &mut faults).and_then(|text| {
        let (body, at) = (ResellerBody::read(text), asking.arrival.at);
        asking.web.app.plan_reseller(asking.principal(), &body, faults.into_faults(), at)
    });
    asking
        .write(Subject::default(), planned, &conditions, "Added a reseller.", |asking, committed| {
            added(asking, &committed, "/v1/Resellers")
        })
        .await
}

/// Change the account of a reseller
#[utoipa::path(
    patch,
    path = "/v1/resellers/{id}/account-info",
    operation_id = "updateReseller",
    tag = "resellers",
    security(("bearer" = [])),
    params(Guarded, ("id" = Uuid, Path, description = "The reseller."), Conditional),
    request_body(content = ResellerAccountInfo),
    responses(
        Accepted,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn change(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::UpdateReseller).await?;
    let mut faults = Faults::default();
    let (reseller, subject) = named(&asking, &mut faults);
    let planned = json(&asking.parts, &asking.body, &mut faults).and_then(|text| {
        let body = ResellerPatchBody::read(text);
        asking.web.app.plan_reseller_patch(asking.principal(), reseller, &body, faults.into_faults())
    });
    let conditions = conditions::of_change(&asking);
    let done = "Changed the account of a reseller.";
    asking
        .write(subject, planned, &conditions, done, |asking, committed| {
            bare(asking, &committed, StatusCode::ACCEPTED)
        })
        .await
}

/// Change the internal identifier of a reseller
///
/// To a bare JSON string, or to none by null.
#[utoipa::path(
    patch,
    path = "/v1/resellers/{id}/internal-identifier",
    operation_id = "updateResellerInternalIdentifier",
    tag = "resellers",
    security(("bearer" = [])),
    params(Guarded, ("id" = Uuid, Path, description = "The reseller."), Conditional),
    request_body(content = ResellerIdentifier),
    responses(
        Changed,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn identify(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::IdentifyReseller).await?;
    let mut faults = Faults::default();
    let (reseller, subject) = named(&asking, &mut faults);
    let planned = json(&asking.parts, &asking.body, &mut faults).and_then(|text| {
        let body = IdentifierBody::read_bare(text);
        asking.web.app.plan_reseller_identifier(asking.principal(), reseller, &body, faults.into_faults())
    });
    let conditions = conditions::of_change(&asking);
    let done = "Changed the internal identifier of a reseller.";
    asking.write(subject, planned, &conditions, done, no_content).await
}
