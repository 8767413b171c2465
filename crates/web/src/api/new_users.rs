//! New users, of the distributor, of a reseller or of a customer (contract section 2, "The user in a body").

use app::body::UserBody;
use app::{Subject, Under};
use axum::extract::{Request, State};
use domain::id::{CustomerId, ResellerId};
use uuid::Uuid;

use super::shapes::{CspRole, CustomerRole, ResellerRole, UserIn};
use crate::Web;
use crate::answers::added;
use crate::conditions;
use crate::input::{Faults, Query, json, path_guid};
use crate::openapi::{Added, CommonErrors, Guarded, Repeatable, Revived, TokenErrors, WriteErrors};
use crate::operation::{Answered, Asking};

/// Add a user of the distributor
#[utoipa::path(
    post,
    path = "/v1/users",
    operation_id = "createCspUser",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        Repeatable,
    ),
    request_body(content = UserIn<CspRole>),
    responses(
        Added,
        Revived,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn add(State(web): State<Web>, request: Request) -> Answered {
    let under = |_: &Asking, _: &Query, _: &mut Faults| Under::Csp;
    add_any(web, request, Under::Csp, &[], under).await
}

/// Add a user of a reseller
#[utoipa::path(
    post,
    path = "/v1/reseller/{resellerId}/users",
    operation_id = "createResellerUser",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        ("resellerId" = Uuid, Path, description = "The reseller, as a GUID in any form and case."),
        Repeatable,
    ),
    request_body(content = UserIn<ResellerRole>),
    responses(
        Added,
        Revived,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn add_to_reseller(State(web): State<Web>, request: Request) -> Answered {
    let under = |asking: &Asking, _: &Query, faults: &mut Faults| {
        let id = path_guid("resellerId", asking.segment(3), faults);
        Under::Reseller(ResellerId(id.unwrap_or_default()))
    };
    add_any(web, request, Under::Reseller(ResellerId(Uuid::nil())), &[], under).await
}

/// Add a user of a customer
///
/// In the context of the reseller in `resellerId`, if the distributor says so; a reseller adds in its own
/// context, an Administrator of the customer in that which it is in itself.
#[utoipa::path(
    post,
    path = "/v1/customer/{customerId}/users",
    operation_id = "createCustomerUser",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        ("customerId" = Uuid, Path, description = "The customer, as a GUID in any form and case."),
        ("resellerId" = Option<Uuid>, Query, description = "The reseller in whose context the user is added."),
        Repeatable,
    ),
    request_body(content = UserIn<CustomerRole>),
    responses(
        Added,
        Revived,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn add_to_customer(State(web): State<Web>, request: Request) -> Answered {
    let under = |asking: &Asking, query: &Query, faults: &mut Faults| {
        let id = path_guid("customerId", asking.segment(3), faults);
        let reseller = query.guid("resellerId", faults).map(ResellerId);
        Under::Customer(CustomerId(id.unwrap_or_default()), reseller)
    };
    let kind = Under::Customer(CustomerId(Uuid::nil()), None);
    add_any(web, request, kind, &["resellerId"], under).await
}

/// Adds a user. `kind` is where in general, `under` where exactly.
async fn add_any(
    web: Web,
    request: Request,
    kind: Under,
    parameters: &[&'static str],
    under: impl FnOnce(&Asking, &Query, &mut Faults) -> Under,
) -> Answered {
    let asking = Asking::with_json(web, request, kind.action()).await?;
    let mut faults = Faults::default();
    let query = Query::read(asking.parts.uri.query(), parameters, &mut faults);
    let under = under(&asking, &query, &mut faults);
    let conditions = conditions::of_post(&asking, &mut faults);
    let subject = match under {
        Under::Customer(customer, reseller) => {
            Subject { customer: Some(customer).filter(|id| !id.0.is_nil()), reseller, target: None }
        }
        Under::Reseller(reseller) => {
            Subject { reseller: Some(reseller).filter(|id| !id.0.is_nil()), ..Subject::default() }
        }
        Under::Csp => Subject::default(),
    };
    let planned = match json(&asking.parts, &asking.body, &mut faults) {
        Ok(text) => {
            let body = UserBody::read(text, under.role_name());
            let (app, at) = (&asking.web.app, asking.arrival.at);
            app.plan_user(asking.principal(), under, &body, faults.into_faults(), at).await
        }
        Err(error) => Err(error),
    };
    asking
        .write(subject, planned, &conditions, "Added a user.", |asking, committed| {
            added(asking, &committed, "/v1/users")
        })
        .await
}
