//! The users of a customer as a file: in by CSV or NDJSON, out by CSV.

use app::{ImportReport, RowFault, Subject, UserFile, UserFileFormat};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use domain::access::Action;
use domain::error::Error;
use domain::id::{CustomerId, ResellerId};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, Method};
use uuid::Uuid;

use super::customer_users::{TOTAL_COUNT, in_pieces};
use super::shapes::{ImportReportOut, RowFaultOut};
use crate::Web;
use crate::answers::unread;
use crate::conditions;
use crate::desk::Hearing;
use crate::envelope;
use crate::input::{Faults, Query, path_guid};
use crate::negotiation;
use crate::openapi::{CommonErrors, Guarded, ReadErrors, Repeatable, TokenErrors, WriteErrors};
use crate::operation::{Answered, Asking};
use crate::spool::{Spooled, spool};

/// The largest file.
const LARGEST_FILE: usize = 256 << 20;

/// Import users of a customer
///
/// All rows are judged, and then all are added in one transaction, or none. CSV has a header with `email` and,
/// in any order, `firstName`, `lastName`, `groups` (names or ids, separated by `|`) and `id`; NDJSON holds a user
/// body a line. At most 1,000,000 rows and 256 MiB. Faults are told as `rows[7].email`, by the number of the line.
#[utoipa::path(
    post,
    path = "/v1/customer/{customerId}/users/import",
    operation_id = "importCustomerUsers",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        ("customerId" = Uuid, Path, description = "The customer, as a GUID in any form and case."),
        ("resellerId" = Option<Uuid>, Query, description = "The reseller in whose context the users are added."),
        ("dryRun" = Option<bool>, Query, description = "Judge the file and add nothing; faults are then told in the report."),
        Repeatable,
    ),
    request_body(
        content = String,
        content_type = "text/csv",
        description = "The file: `text/csv`, or `application/x-ndjson` with lines such as \
            `{\"firstName\":\"Åsa\",\"email\":\"asa@north.example\"}`.",
        example = "firstName,lastName,email,groups\r\nÅsa,Lund,asa@north.example,Viewer\r\n",
    ),
    responses(
        (status = 200, description = "What was added, or would be.", body = ImportReportOut),
        CommonErrors,
        WriteErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn import(State(web): State<Web>, request: Request) -> Response {
    let asked = Asking::streaming(web, request, Action::ImportCustomerUsers, LARGEST_FILE).await;
    let (asking, body) = match asked {
        Ok(asked) => asked,
        Err(response) => return response,
    };
    let mut faults = Faults::default();
    let (customer, reseller, query) = named(&asking, &["resellerId", "dryRun"], &mut faults);
    let dry_run = query.flag("dryRun", &mut faults).unwrap_or(false);
    let key = conditions::key(&asking, &mut faults);
    let format = format(&asking.parts.headers);
    let subject = Subject { reseller, customer, target: None };
    let begun = match (faults.judge(customer), format) {
        (Err(error), _) | (_, Err(error)) => Err(error),
        (Ok(customer), Ok(format)) => {
            let customer = customer.unwrap_or(CustomerId(Uuid::nil()));
            let import = asking.web.app.begin_import(asking.principal(), customer, reseller).await;
            import.map(|import| (import, format))
        }
    };
    let (import, format) = match begun {
        Ok(begun) => begun,
        Err(error) => return asking.refuse_recorded(subject, error).await,
    };
    let Spooled { file, digest } = match spool(body, LARGEST_FILE).await {
        Ok(spooled) => spooled,
        Err(failure) => return asking.fail_recorded(subject, failure).await,
    };
    let repeat = key.map(|key| conditions::repeat(&asking, &key, &digest));
    let hearing = asking.parts.extensions.get::<Hearing>().cloned();
    let progress = Box::new(move |stage, rows| {
        if let Some(Hearing(hear)) = &hearing {
            hear(stage, rows);
        }
    });
    let file = UserFile { file, format, dry_run };
    let imported =
        asking.web.app.import_users(asking.asked(), subject, import, file, repeat.as_ref(), progress).await;
    match imported {
        Ok(report) => {
            let mut response = envelope::json(serde_json::to_string(&shown(report)).unwrap_or_default());
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => asking.refuse(error),
    }
}

/// What both routes have in the path and the query.
fn named(
    asking: &Asking,
    parameters: &[&'static str],
    faults: &mut Faults,
) -> (Option<CustomerId>, Option<ResellerId>, Query) {
    let customer = path_guid("customerId", asking.segment(3), faults).map(CustomerId);
    let query = Query::read(asking.parts.uri.query(), parameters, faults);
    let reseller = query.guid("resellerId", faults).map(ResellerId);
    (customer, reseller, query)
}

/// How the file says what it says, by its media type.
fn format(headers: &HeaderMap) -> Result<UserFileFormat, Error> {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "text/csv" => Ok(UserFileFormat::Csv),
        "application/x-ndjson" | "application/ndjson" => Ok(UserFileFormat::Ndjson),
        _ => Err(Error::UnsupportedMediaType),
    }
}

fn shown(report: ImportReport) -> ImportReportOut {
    let ImportReport { dry_run, rows, created, revived, faulty_rows, faults } = report;
    let faults = faults
        .into_iter()
        .map(|RowFault { row, fault }| RowFaultOut {
            row,
            property_name: fault.property,
            description: vec![fault.description],
        })
        .collect();
    ImportReportOut { dry_run, rows, created, revived, faulty_rows, faults }
}

/// Export the users of a customer
///
/// As CSV (RFC 4180, UTF-8), with the scope, the order and the rights of the listing. A text that a spreadsheet
/// would take for a formula has an apostrophe in front, which an import takes off again.
#[utoipa::path(
    method(get, head),
    path = "/v1/customer/{customerId}/users/export",
    operation_id = "exportCustomerUsers",
    tag = "users",
    security(("bearer" = [])),
    params(
        Guarded,
        ("customerId" = Uuid, Path, description = "The customer, as a GUID in any form and case."),
        ("resellerId" = Option<Uuid>, Query, description = "Only users in the context of this reseller."),
    ),
    responses(
        (status = 200, description = "The users, sorted by Name.", body = String, content_type = "text/csv", headers(
            ("X-Total-Count" = u64, description = "How many users there are in the file."),
            ("Content-Disposition" = String, description = "`attachment; filename=\"users.csv\"`."),
        )),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn export(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::ExportCustomerUsers).await?;
    let mut faults = Faults::default();
    let (customer, reseller, _) = named(&asking, &["resellerId"], &mut faults);
    let coding = negotiation::coding(&asking.parts.headers);
    let exported = match faults.judge(customer) {
        Ok(customer) => {
            let customer = customer.unwrap_or(CustomerId(Uuid::nil()));
            let (app, principal) = (&asking.web.app, asking.principal());
            app.export_customer_users(principal, customer, reseller, coding).await
        }
        Err(error) => Err(error),
    };
    let subject = Subject { reseller, customer, target: None };
    let done = |export: &app::Export| format!("Exported {} users.", export.total);
    asking
        .answer(subject, exported, done, |asking, export| {
            let is_wanted = asking.parts.method != Method::HEAD;
            let body = if is_wanted { in_pieces(export.pieces) } else { unread() };
            file(body, export.total, coding)
        })
        .await
}

fn file(body: Body, total: u64, coding: app::Coding) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"users.csv\""),
        (CACHE_CONTROL, "private, no-cache"),
        (VARY, "Authorization, X-Tenant, Accept-Encoding"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(token) = coding.token() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(token));
    }
    headers.insert(TOTAL_COUNT, HeaderValue::from(total));
    response
}
