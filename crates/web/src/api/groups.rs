//! Groups: the built-in ones carry permissions, the others are labels that the distributor makes.

use app::Subject;
use app::body::GroupBody;
use axum::extract::{Request, State};
use domain::access::Action;
use domain::id::GroupId;

use super::shapes::{GroupIn, GroupOut, GroupPatch};
use crate::Web;
use crate::answers::{added, gone, no_content};
use crate::conditions;
use crate::envelope::{self, Page, PageOf};
use crate::input::{Faults, Query, json, path_guid};
use crate::openapi::{
    Added, Changed, CommonErrors, Conditional, Guarded, Paged, ReadErrors, Repeatable, TokenErrors,
    WriteErrors,
};
use crate::operation::{Answered, Asking, listed};

#[derive(serde::Serialize)]
struct Shown {
    id: GroupId,
    name: String,
}

/// List the groups
///
/// Those of the tenant, the built-in ones among them, by name.
#[utoipa::path(
    method(get, head),
    path = "/v1/users/groups",
    operation_id = "listGroups",
    tag = "groups",
    security(("bearer" = [])),
    params(
        Guarded,
        Paged,
    ),
    responses(
        (status = 200, description = "A page of groups.", body = Page<GroupOut>),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn list(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::ListGroups).await?;
    let mut faults = Faults::default();
    let query = Query::read(asking.parts.uri.query(), &["pageNumber", "pageSize"], &mut faults);
    let page = PageOf::read(&query, ["pageNumber", "pageSize"], &mut faults);
    let found = match faults.judge(()) {
        Ok(()) => asking.web.app.list_groups(asking.principal(), page.limit(), page.offset()).await,
        Err(error) => Err(error),
    };
    asking
        .answer(
            Subject::default(),
            found,
            |found| listed(found.total, "groups"),
            |_, found| {
                let shown: Vec<Shown> =
                    found.items.into_iter().map(|group| Shown { id: group.id, name: group.name }).collect();
                envelope::page_of(page, found.total, &shown)
            },
        )
        .await
}

/// Add a group
#[utoipa::path(
    post,
    path = "/v1/users/groups",
    operation_id = "createGroup",
    tag = "groups",
    security(("bearer" = [])),
    params(
        Guarded,
        Repeatable,
    ),
    request_body(content = GroupIn),
    responses(
        Added,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn add(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::CreateGroup).await?;
    let mut faults = Faults::default();
    Query::read(asking.parts.uri.query(), &[], &mut faults);
    let conditions = conditions::of_post(&asking, &mut faults);
    let planned = json(&asking.parts, &asking.body, &mut faults).and_then(|text| {
        let (body, at) = (GroupBody::read(text), asking.arrival.at);
        asking.web.app.plan_group(asking.principal(), &body, faults.into_faults(), at)
    });
    asking
        .write(Subject::default(), planned, &conditions, "Added a group.", |asking, committed| {
            added(asking, &committed, "/v1/users/groups")
        })
        .await
}

/// Rename a group
///
/// Its members show it at once. The built-in groups cannot be renamed.
#[utoipa::path(
    patch,
    path = "/v1/users/groups/{id}",
    operation_id = "updateGroup",
    tag = "groups",
    security(("bearer" = [])),
    params(
        Guarded,
        ("id" = Uuid, Path, description = "The group."),
        Conditional,
    ),
    request_body(content = GroupPatch),
    responses(
        Changed,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn change(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::UpdateGroup).await?;
    let mut faults = Faults::default();
    let id = path_guid("id", asking.segment(4), &mut faults);
    Query::read(asking.parts.uri.query(), &[], &mut faults);
    let planned = json(&asking.parts, &asking.body, &mut faults).and_then(|text| {
        let body = GroupBody::read(text);
        let faults = faults.into_faults();
        asking.web.app.plan_group_patch(asking.principal(), id.map(GroupId), &body, faults)
    });
    let subject = Subject { target: id, ..Subject::default() };
    let conditions = conditions::of_change(&asking);
    asking.write(subject, planned, &conditions, "Renamed a group.", no_content).await
}

/// Delete a group
///
/// Its members are in it no more. The built-in groups cannot be deleted.
#[utoipa::path(
    delete,
    path = "/v1/users/groups/{id}",
    operation_id = "deleteGroup",
    tag = "groups",
    security(("bearer" = [])),
    params(
        Guarded,
        ("id" = Uuid, Path, description = "The group."),
        Conditional,
    ),
    responses(
        (status = 204, description = "It was done."),
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn delete(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::DeleteGroup).await?;
    let mut faults = Faults::default();
    let id = path_guid("id", asking.segment(4), &mut faults);
    Query::read(asking.parts.uri.query(), &[], &mut faults);
    let planned = faults.judge(id).and_then(|id| {
        asking.web.app.plan_group_deletion(asking.principal(), GroupId(id.unwrap_or_default()))
    });
    let subject = Subject { target: id, ..Subject::default() };
    let conditions = conditions::of_change(&asking);
    asking.write(subject, planned, &conditions, "Deleted a group.", gone).await
}
