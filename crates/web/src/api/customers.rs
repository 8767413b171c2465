//! Customers, and their relations with resellers (contract section 2, "Customer object").

use app::body::{CustomerBody, CustomerPatchBody, IdentifierBody};
use app::{CustomerView, Subject};
use axum::extract::{Request, State};
use domain::access::Action;
use domain::change::Outcome;
use domain::company::CompanyKind;
use domain::id::{CustomerId, ResellerId};
use domain::principal::Role;
use http::StatusCode;
use serde_json::Value;
use uuid::Uuid;

use super::companies::{self, ListParameters, Members, id, object, text};
use super::shapes::{CustomerAccountInfo, CustomerIdentifier, CustomerIn, CustomerOut};
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

/// List customers
///
/// Those that the caller reaches, by name.
#[utoipa::path(
    method(get, head),
    path = "/v1/customers",
    operation_id = "listCustomers",
    tag = "customers",
    security(("bearer" = [])),
    params(
        Guarded,
        Paged,
        ListParameters,
        ("resellerId" = Option<Uuid>, Query, description = "Only customers that are related to this reseller."),
    ),
    responses(
        (status = 200, description = "A page of customers.", body = Page<CustomerOut>),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn list(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::ListCustomers).await?;
    let mut faults = Faults::default();
    let names = [&companies::PARAMETERS[..], &["resellerId"]].concat();
    let query = Query::read(asking.parts.uri.query(), &names, &mut faults);
    let (asked, page) = companies::read(&query, &mut faults);
    let reseller = query.guid("resellerId", &mut faults).map(ResellerId);
    let found = match faults.judge(asked) {
        Ok(asked) => asking.web.app.list_customers(asking.principal(), reseller, asked).await,
        Err(error) => Err(error),
    };
    let subject = Subject { reseller, ..Subject::default() };
    asking
        .answer(
            subject,
            found,
            |found| listed(found.total, "customers"),
            |asking, found| {
                let items: Vec<String> =
                    found.items.iter().map(|view| shown(asking, reseller, view)).collect();
                envelope::page(page, found.total, &items)
            },
        )
        .await
}

/// A customer as it is sent. The relation that is shown is that of the context, else the direct one.
fn shown(asking: &Asking, asked: Option<ResellerId>, view: &CustomerView) -> String {
    let customer = &view.customer;
    let context = context(asking, asked);
    let relation = customer.relations.iter().find(|relation| relation.reseller == context);
    let mut members = Members::default();
    members.add("id", customer.id.to_string());
    members.add_company(CompanyKind::Customer, &customer.company);
    let identifier = relation.and_then(|relation| relation.internal_identifier.as_ref());
    members.add("internalIdentifier", text(identifier));
    members.add("resellerId", id(relation.and_then(|relation| relation.reseller)));
    let associations = customer.relations.iter().map(|relation| {
        object([
            ("resellerId", id(relation.reseller)),
            ("internalIdentifier", text(relation.internal_identifier.as_ref())),
        ])
    });
    members.add("customerAssociations", associations.collect::<Value>());
    members.to_json()
}

fn context(asking: &Asking, asked: Option<ResellerId>) -> Option<ResellerId> {
    match asking.principal().role {
        Role::Reseller(own) => Some(own),
        Role::Csp | Role::Customer(_) => asked,
    }
}

/// Get a customer
///
/// With an `ETag`, to be sent as `If-Match` when the customer is changed or deleted.
#[utoipa::path(
    method(get, head),
    path = "/v1/customers/{id}",
    operation_id = "getCustomer",
    tag = "customers",
    security(("bearer" = [])),
    params(
        Guarded,
        ("id" = Uuid, Path, description = "The customer."),
        ("resellerId" = Option<Uuid>, Query, description = "Show the relation with this reseller."),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of an answer that the caller has."),
    ),
    responses(
        (status = 200, description = "The customer.", body = CustomerOut, headers(
            ("ETag" = String, description = "Names this state of the customer; strong."),
        )),
        (status = 304, description = "The caller has the newest answer already."),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn get(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::GetCustomer).await?;
    let mut faults = Faults::default();
    let customer = path_guid("id", asking.segment(3), &mut faults).map(CustomerId);
    let query = Query::read(asking.parts.uri.query(), &["resellerId"], &mut faults);
    let reseller = query.guid("resellerId", &mut faults).map(ResellerId);
    let found = match faults.judge(customer) {
        Ok(id) => {
            let id = id.unwrap_or(CustomerId(Uuid::nil()));
            asking.web.app.get_customer(asking.principal(), reseller, id).await
        }
        Err(error) => Err(error),
    };
    let subject = Subject { reseller, customer, target: None };
    asking
        .answer(
            subject,
            found,
            |_| "Looked at a customer.".to_owned(),
            |asking, view| {
                let id = view.customer.id.0;
                // To a reseller its own relation is shown, whether it says so or not.
                let is_resellers = matches!(asking.principal().role, Role::Reseller(_));
                let narrowed = reseller.filter(|_| !is_resellers);
                let tag = asking.web.app.tag_of(asking.principal(), id, view.revision, narrowed);
                one(asking, shown(asking, reseller, &view), &tag)
            },
        )
        .await
}

/// Add a customer
///
/// Related to the reseller in `resellerId`, or directly to the distributor; a reseller's own is filled in.
#[utoipa::path(
    post,
    path = "/v1/customers",
    operation_id = "createCustomer",
    tag = "customers",
    security(("bearer" = [])),
    params(Guarded, Repeatable),
    request_body(content = CustomerIn),
    responses(
        Added,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn add(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::CreateCustomer).await?;
    let mut faults = Faults::default();
    Query::read(asking.parts.uri.query(), &[], &mut faults);
    let conditions = conditions::of_post(&asking, &mut faults);
    let planned = json(&asking.parts, &asking.body, &mut faults).and_then(|text| {
        let (body, at) = (CustomerBody::read(text), asking.arrival.at);
        asking.web.app.plan_customer(asking.principal(), &body, faults.into_faults(), at)
    });
    asking
        .write(Subject::default(), planned, &conditions, "Added a customer.", |asking, committed| {
            added(asking, &committed, "/v1/Customers")
        })
        .await
}

/// The customer that the path names, and nothing in the query.
fn named(asking: &Asking, faults: &mut Faults) -> (Option<CustomerId>, Subject) {
    let customer = path_guid("id", asking.segment(3), faults).map(CustomerId);
    Query::read(asking.parts.uri.query(), &[], faults);
    (customer, Subject { customer, target: customer.map(|id| id.0), reseller: None })
}

/// Change the account of a customer
#[utoipa::path(
    patch,
    path = "/v1/customers/{id}/account-info",
    operation_id = "updateCustomer",
    tag = "customers",
    security(("bearer" = [])),
    params(Guarded, ("id" = Uuid, Path, description = "The customer."), Conditional),
    request_body(content = CustomerAccountInfo),
    responses(
        Accepted,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn change(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::UpdateCustomer).await?;
    let mut faults = Faults::default();
    let (customer, subject) = named(&asking, &mut faults);
    let planned = json(&asking.parts, &asking.body, &mut faults).and_then(|text| {
        let body = CustomerPatchBody::read(text);
        asking.web.app.plan_customer_patch(asking.principal(), customer, &body, faults.into_faults())
    });
    let conditions = conditions::of_change(&asking);
    let done = "Changed the account of a customer.";
    asking
        .write(subject, planned, &conditions, done, |asking, committed| {
            bare(asking, &committed, StatusCode::ACCEPTED)
        })
        .await
}

/// Change the internal identifier of a customer
///
/// In the books of the reseller in `resellerId`, or in the caller's own. A bare JSON string is taken as well.
#[utoipa::path(
    patch,
    path = "/v1/customers/{id}/internal-identifier",
    operation_id = "updateCustomerInternalIdentifier",
    tag = "customers",
    security(("bearer" = [])),
    params(Guarded, ("id" = Uuid, Path, description = "The customer."), Conditional),
    request_body(content = CustomerIdentifier),
    responses(
        Changed,
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn identify(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::with_json(web, request, Action::IdentifyCustomer).await?;
    let mut faults = Faults::default();
    let (customer, subject) = named(&asking, &mut faults);
    let planned = json(&asking.parts, &asking.body, &mut faults).and_then(|text| {
        let body = IdentifierBody::read(text);
        asking.web.app.plan_customer_identifier(asking.principal(), customer, &body, faults.into_faults())
    });
    let conditions = conditions::of_change(&asking);
    let done = "Changed the internal identifier of a customer.";
    asking.write(subject, planned, &conditions, done, no_content).await
}

/// Delete a customer
///
/// All that belongs to it is dead with it, at once: its users are shown and let in no more.
#[utoipa::path(
    delete,
    path = "/v1/customers/{id}",
    operation_id = "deleteCustomer",
    tag = "customers",
    security(("bearer" = [])),
    params(Guarded, ("id" = Uuid, Path, description = "The customer."), Conditional),
    responses(
        (status = 202, description = "It was done."),
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn delete(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::DeleteCustomer).await?;
    let mut faults = Faults::default();
    let (customer, subject) = named(&asking, &mut faults);
    let customer = customer.unwrap_or(CustomerId(Uuid::nil()));
    let planned =
        faults.judge(()).and_then(|()| asking.web.app.plan_customer_deletion(asking.principal(), customer));
    let conditions = conditions::of_change(&asking);
    let written =
        asking.web.app.write(asking.asked(), subject, planned, &conditions, "Deleted a customer.").await;
    let finished = match &written {
        Ok(committed) if committed.outcome == Outcome::Unfinished => {
            let (principal, at) = (asking.principal(), asking.arrival.at);
            asking.web.app.finish_customer_deletion(principal, customer, at).await
        }
        _ => Ok(()),
    };
    match finished.and(written) {
        Ok(committed) => Ok(bare(&asking, &committed, StatusCode::ACCEPTED)),
        Err(error) => Err(asking.refuse(error)),
    }
}

/// The customer and the reseller that the path names.
fn ends(asking: &Asking, faults: &mut Faults) -> (CustomerId, ResellerId, Subject) {
    let customer = path_guid("id", asking.segment(3), faults).map(CustomerId);
    let reseller = path_guid("resellerId", asking.segment(5), faults).map(ResellerId);
    Query::read(asking.parts.uri.query(), &[], faults);
    let subject = Subject { customer, reseller, target: customer.map(|id| id.0) };
    let nil = Uuid::nil();
    (customer.unwrap_or(CustomerId(nil)), reseller.unwrap_or(ResellerId(nil)), subject)
}

/// Relate a customer to a reseller
///
/// It may be so already.
#[utoipa::path(
    put,
    path = "/v1/customers/{id}/resellers/{resellerId}",
    operation_id = "createRelation",
    tag = "customers",
    security(("bearer" = [])),
    params(
        Guarded,
        ("id" = Uuid, Path, description = "The customer."),
        ("resellerId" = Uuid, Path, description = "The reseller."),
    ),
    responses(
        (status = 204, description = "It was done."),
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn relate(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::CreateRelation).await?;
    let mut faults = Faults::default();
    let (customer, reseller, subject) = ends(&asking, &mut faults);
    let planned =
        faults.judge(()).and_then(|()| asking.web.app.plan_relation(asking.principal(), customer, reseller));
    let conditions = conditions::of_change(&asking);
    asking.write(subject, planned, &conditions, "Related a customer to a reseller.", no_content).await
}

/// End the relation of a customer with a reseller
///
/// The users in that context stay with the distributor, in no context. Where one of them has the e-mail of a
/// user who is in none already, nothing is done (`EmailAlreadyInUse`).
#[utoipa::path(
    delete,
    path = "/v1/customers/{id}/resellers/{resellerId}",
    operation_id = "deleteRelation",
    tag = "customers",
    security(("bearer" = [])),
    params(
        Guarded,
        ("id" = Uuid, Path, description = "The customer."),
        ("resellerId" = Uuid, Path, description = "The reseller."),
        Conditional,
    ),
    responses(
        (status = 204, description = "It was done."),
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn end_relation(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::DeleteRelation).await?;
    let mut faults = Faults::default();
    let (customer, reseller, subject) = ends(&asking, &mut faults);
    let planned = faults
        .judge(())
        .and_then(|()| asking.web.app.plan_end_of_relation(asking.principal(), customer, reseller));
    let conditions = conditions::of_change(&asking);
    let done = "Ended the relation of a customer with a reseller.";
    asking.write(subject, planned, &conditions, done, no_content).await
}
