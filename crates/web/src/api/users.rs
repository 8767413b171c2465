//! Users, whoever they belong to (contract section 2).

use app::body::UserPatchBody;
use app::{Subject, UserQuery, UserSort, UserView};
use axum::extract::{Request, State};
use axum::response::Response;
use domain::access::Action;
use domain::error::Error;
use domain::id::{ResellerId, UserId};
use domain::user::{Owner, UserKey};
use uuid::Uuid;

use super::shapes::{self, UserOut, UserPatch};
use crate::Web;
use crate::answers::{gone, no_content, one};
use crate::conditions;
use crate::envelope::{self, Page, PageOf};
use crate::input::{Faults, Query, json, path_guid, path_user};
use crate::openapi::{
    Changed, CommonErrors, Conditional, Guarded, Paged, ReadErrors, Repeatable, TokenErrors, WriteErrors,
};
use crate::operation::{Answered, Asking, listed};

const LIST: [&str; 7] =
    ["pageNumber", "pageSize", "searchValue", "sortPropertyName", "ascendingOrder", "groups", "resellerId"];
/// How many groups a list may be narrowed to.
const MOST_GROUPS: usize = 100;

/// Which users, and in which order.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters for the OpenAPI")]
pub(crate) struct ListParameters {
    /// Words that words of the name or the e-mail begin with.
    #[param(rename = "searchValue", max_length = 255)]
    search_value: Option<String>,
    /// `Name` or `Email`.
    #[param(rename = "sortPropertyName", pattern = "^(Name|Email)$")]
    sort_property_name: Option<String>,
    /// `false` for the order back.
    #[param(rename = "ascendingOrder")]
    ascending_order: Option<bool>,
    /// Ids or names of groups, 100 at most, separated by `|`: users who are in one of them.
    groups: Option<String>,
    /// Only users in this reseller's hands: its staff, and users of customers in its context.
    #[param(rename = "resellerId")]
    reseller_id: Option<Uuid>,
}

/// List users
///
/// Every user that the caller may see, a reseller's own staff included, by Name ascending unless asked
/// otherwise. `searchValue` matches the start of any word of the name or of the e-mail, whatever its case and
/// accents; of several words each must match.
#[utoipa::path(
    method(get, head),
    path = "/v1/users",
    operation_id = "listUsers",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        Paged,
        ListParameters,
    ),
    responses(
        (status = 200, description = "A page of users.", body = Page<UserOut>),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn list(State(web): State<Web>, request: Request) -> Answered {
    list_any(web, request).await
}

/// List users, at the published path
///
/// The same as `/v1/users`.
#[utoipa::path(
    method(get, head),
    path = "/v1",
    operation_id = "listAllUsers",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        Paged,
        ListParameters,
    ),
    responses(
        (status = 200, description = "A page of users.", body = Page<UserOut>),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn list_all(State(web): State<Web>, request: Request) -> Answered {
    list_any(web, request).await
}

async fn list_any(web: Web, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::ListUsers).await?;
    let mut faults = Faults::default();
    let query = Query::read(asking.parts.uri.query(), &LIST, &mut faults);
    let page = PageOf::read(&query, ["pageNumber", "pageSize"], &mut faults);
    let reseller = query.guid("resellerId", &mut faults).map(ResellerId);
    let sorts = [("Name", UserSort::Name), ("Email", UserSort::Email)];
    let asked = UserQuery {
        search: query.text("searchValue", 255, &mut faults),
        groups: groups(&query, &mut faults),
        sort: query.choice("sortPropertyName", &sorts, &mut faults).unwrap_or(UserSort::Name),
        ascending: query.flag("ascendingOrder", &mut faults).unwrap_or(true),
        limit: page.limit(),
        offset: page.offset(),
    };
    let found = match faults.judge(asked) {
        Ok(asked) => asking.web.app.list_users(asking.principal(), reseller, asked).await,
        Err(error) => Err(error),
    };
    let subject = Subject { reseller, ..Subject::default() };
    asking
        .answer(
            subject,
            found,
            |found| listed(found.total, "users"),
            |_, found| envelope::page(page, found.total, &found.items),
        )
        .await
}

fn groups(query: &Query, faults: &mut Faults) -> Option<Vec<String>> {
    let text = query.get("groups").filter(|text| !text.is_empty())?;
    let groups: Vec<String> =
        text.split('|').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if groups.len() > MOST_GROUPS {
        faults.add("groups", format!("At most {MOST_GROUPS} groups are allowed."));
    }
    Some(groups)
}

/// Get a user
///
/// With an `ETag`, to be sent as `If-Match` when the user is changed or deleted.
#[utoipa::path(
    method(get, head),
    path = "/v1/users/{key}",
    operation_id = "getUser",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        ("key" = inline(shapes::UserKey), Path, description = "The id of the user, or its e-mail."),
        ("resellerId" = Option<Uuid>, Query, description = "Only a user in this reseller's hands."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer that the caller has."),
    ),
    responses(
        (status = 200, description = "The user.", body = UserOut, headers(
            ("ETag" = String, description = "Names this state of the user; strong."),
        )),
        (status = 304, description = "The caller has the newest answer already."),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn get(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::GetUser).await?;
    let mut faults = Faults::default();
    let (key, reseller) = named(&asking, &mut faults);
    let found = match faults.judge(key.clone()) {
        Ok(Some(key)) => asking.web.app.get_user(asking.principal(), reseller, key).await,
        Ok(None) => Err(Error::UserNotFound),
        Err(error) => Err(error),
    };
    let subject = match &found {
        Ok(user) => {
            let customer = match user.owner {
                Owner::Customer(id) => Some(id),
                Owner::Csp | Owner::Reseller(_) => None,
            };
            Subject { reseller, customer, target: Some(user.id.0) }
        }
        Err(_) => Subject { reseller, target: target(key.as_ref()), ..Subject::default() },
    };
    asking.answer(subject, found, |_| "Looked at a user.".to_owned(), respond).await
}

fn respond(asking: &Asking, user: UserView) -> Response {
    let tag = asking.web.app.tag_of(asking.principal(), user.id.0, user.revision, None);
    one(asking, user.document, &tag)
}

/// The user that the path names, and the reseller that narrows it.
fn named(asking: &Asking, faults: &mut Faults) -> (Option<UserKey>, Option<ResellerId>) {
    let key = path_user(asking.segment(3), faults);
    let query = Query::read(asking.parts.uri.query(), &["resellerId"], faults);
    (key, query.guid("resellerId", faults).map(ResellerId))
}

/// What the trail says that a request is about: an e-mail is no id, and is not written down.
fn target(key: Option<&UserKey>) -> Option<Uuid> {
    match key {
        Some(UserKey::Id(id)) => Some(id.0),
        Some(UserKey::Email(_)) | None => None,
    }
}

/// Change a user
///
/// Absent members stay, a name that is null goes, `groups` replaces. Role and owner are never changed.
#[utoipa::path(
    patch,
    path = "/v1/users/{key}",
    operation_id = "updateUser",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        ("key" = inline(shapes::UserKey), Path, description = "The id of the user, or its e-mail."),
        ("resellerId" = Option<Uuid>, Query, description = "Only a user in this reseller's hands."),
        Conditional,
    ),
    request_body(content = UserPatch),
    responses(
        Changed,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn change(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::UpdateUser).await?;
    let mut faults = Faults::default();
    let (key, reseller) = named(&asking, &mut faults);
    let subject = Subject { reseller, target: target(key.as_ref()), ..Subject::default() };
    let planned = match json(&asking.parts, &asking.body, &mut faults) {
        Ok(text) => {
            let body = UserPatchBody::read(text);
            let faults = faults.into_faults();
            asking.web.app.plan_user_patch(asking.principal(), reseller, key, &body, faults).await
        }
        Err(error) => Err(error),
    };
    let conditions = conditions::of_change(&asking);
    asking.write(subject, planned, &conditions, "Changed a user.", no_content).await
}

/// Delete a user
///
/// Hides it at once; for a while it can be restored, then it is purged.
#[utoipa::path(
    delete,
    path = "/v1/users/{key}",
    operation_id = "deleteUser",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        ("key" = inline(shapes::UserKey), Path, description = "The id of the user, or its e-mail."),
        ("resellerId" = Option<Uuid>, Query, description = "Only a user in this reseller's hands."),
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
    let asking = Asking::without_body(web, request, Action::DeleteUser).await?;
    let mut faults = Faults::default();
    let (key, reseller) = named(&asking, &mut faults);
    let subject = Subject { reseller, target: target(key.as_ref()), ..Subject::default() };
    let planned = faults.judge(key).and_then(|key| {
        let key = key.ok_or(Error::UserNotFound)?;
        asking.web.app.plan_user_deletion(asking.principal(), reseller, key)
    });
    let conditions = conditions::of_change(&asking);
    asking.write(subject, planned, &conditions, "Deleted a user.", gone).await
}

/// Restore a deleted user
///
/// With the groups that it had. One that is live already stays as it is.
#[utoipa::path(
    post,
    path = "/v1/users/{id}/restore",
    operation_id = "restoreUser",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        ("id" = Uuid, Path, description = "The id of the user."),
        ("resellerId" = Option<Uuid>, Query, description = "Only a user in this reseller's hands."),
        Repeatable,
    ),
    responses(
        Changed,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn restore(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::RestoreUser).await?;
    let mut faults = Faults::default();
    let id = path_guid("id", asking.segment(3), &mut faults);
    let query = Query::read(asking.parts.uri.query(), &["resellerId"], &mut faults);
    let reseller = query.guid("resellerId", &mut faults).map(ResellerId);
    let conditions = conditions::of_post(&asking, &mut faults);
    let subject = Subject { reseller, target: id, ..Subject::default() };
    let planned = faults.judge(id).and_then(|id| {
        let (id, at) = (UserId(id.unwrap_or_default()), asking.arrival.at);
        asking.web.app.plan_user_restoration(asking.principal(), reseller, id, at)
    });
    asking.write(subject, planned, &conditions, "Restored a user.", no_content).await
}
