//! The audit trail, as far as the caller may see it (contract sections 2 and 3).

use std::collections::HashSet;

use app::{ListAuditLogs, Subject};
use axum::extract::{Request, State};
use domain::access::Action;
use domain::audit::{Record, Status};
use domain::id::ResellerId;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use uuid::Uuid;

use super::shapes::AuditLogOut;
use crate::Web;
use crate::envelope::{self, Page, PageOf};
use crate::input::{Faults, Query};
use crate::openapi::{CommonErrors, Guarded, ReadErrors, TokenErrors};
use crate::operation::{Answered, Asking, listed};

const PARAMETERS: [&str; 11] = [
    "PageNumber",
    "PageSize",
    "StartDate",
    "EndDate",
    "Operations",
    "Status",
    "Reseller",
    "Customer",
    "resellerId",
    "CorrelationId",
    "Actor",
];
const TIME: &str = "Give a time of RFC 3339, such as `2026-01-31T12:00:00Z`.";

/// Which records.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters for the OpenAPI")]
pub(crate) struct ListParameters {
    /// Which page, from 1; 1 if left out.
    #[param(rename = "PageNumber", minimum = 1, maximum = 2_147_483_647)]
    page_number: Option<u32>,
    /// How many records a page has; 25 if left out.
    #[param(rename = "PageSize", minimum = 1, maximum = 2000)]
    page_size: Option<u32>,
    /// Not before this time (RFC 3339); a month before the end if left out.
    #[param(rename = "StartDate", value_type = Option<String>, format = DateTime)]
    start_date: Option<Timestamp>,
    /// Not after this time (RFC 3339); now if left out.
    #[param(rename = "EndDate", value_type = Option<String>, format = DateTime)]
    end_date: Option<Timestamp>,
    /// Names of operations, separated by `|`.
    #[param(rename = "Operations", max_length = 2000)]
    operations: Option<String>,
    /// `Processing`, `Succeded` or `Failed`.
    #[param(rename = "Status", pattern = "^(Processing|Succeded|Failed)$")]
    status: Option<String>,
    /// A part of the name of the reseller in whose context it was asked.
    #[param(rename = "Reseller", max_length = 255)]
    reseller: Option<String>,
    /// A part of the name of the customer that it was about.
    #[param(rename = "Customer", max_length = 255)]
    customer: Option<String>,
    /// The trail as this reseller sees it.
    #[param(rename = "resellerId")]
    reseller_id: Option<Uuid>,
    /// The correlation id of the request.
    #[param(rename = "CorrelationId", max_length = 128)]
    correlation_id: Option<String>,
    /// Who asked: the id or the e-mail of a user, or the client id or the name of an API Access.
    #[param(rename = "Actor", max_length = 255)]
    actor: Option<String>,
}

/// List audit records
///
/// Newest first. A reseller sees what its own people and programs asked for, and what was done in its context; a
/// customer the same of its own; the distributor everything in the tenant.
#[utoipa::path(
    method(get, head),
    path = "/v1/auditlogs",
    operation_id = "listAuditLogs",
    tag = "audit",
    security(("bearer" = [])),
    params(Guarded, ListParameters),
    responses(
        (status = 200, description = "A page of records.", body = Page<AuditLogOut>),
        CommonErrors,
        ReadErrors,
        TokenErrors,
    ),
)]
pub(crate) async fn list(State(web): State<Web>, request: Request) -> Answered {
    let asking = Asking::without_body(web, request, Action::ListAuditLogs).await?;
    let mut faults = Faults::default();
    let query = Query::read(asking.parts.uri.query(), &PARAMETERS, &mut faults);
    let page = PageOf::read(&query, ["PageNumber", "PageSize"], &mut faults);
    let asked = read(&query, page, asking.arrival.at, &mut faults);
    let subject = Subject { reseller: asked.reseller, ..Subject::default() };
    let found = match faults.judge(asked) {
        Ok(asked) => asking.web.app.list_audit_logs(asking.principal(), asked).await,
        Err(error) => Err(error),
    };
    asking
        .answer(
            subject,
            found,
            |found| listed(found.total, "audit records"),
            |_, found| {
                let items: Vec<String> = found.items.into_iter().map(shown).collect();
                envelope::page(page, found.total, &items)
            },
        )
        .await
}

fn read(query: &Query, page: PageOf, now: Timestamp, faults: &mut Faults) -> ListAuditLogs {
    let until = time(query, "EndDate", faults).unwrap_or(now);
    let since = time(query, "StartDate", faults).unwrap_or_else(|| a_month_before(until));
    let statuses =
        [("Processing", Status::Processing), ("Succeded", Status::Succeded), ("Failed", Status::Failed)];
    let operations = query
        .text("Operations", 2_000, faults)
        .map(|names| names.split('|').map(|name| name.trim().to_owned()).collect::<HashSet<String>>());
    ListAuditLogs {
        reseller: query.guid("resellerId", faults).map(ResellerId),
        since,
        until,
        operations,
        status: query.choice("Status", &statuses, faults),
        reseller_name: query.text("Reseller", 255, faults),
        customer_name: query.text("Customer", 255, faults),
        correlation_id: query.text("CorrelationId", 128, faults),
        actor: query.text("Actor", 255, faults),
        limit: page.limit(),
        offset: page.offset(),
    }
}

fn a_month_before(time: Timestamp) -> Timestamp {
    let civil = TimeZone::UTC.to_datetime(time).checked_sub(Span::new().months(1));
    civil.and_then(|civil| TimeZone::UTC.to_timestamp(civil)).unwrap_or(Timestamp::MIN)
}

/// A time of RFC 3339; one without an offset is in UTC. A plus that was not escaped came as a space.
fn time(query: &Query, name: &'static str, faults: &mut Faults) -> Option<Timestamp> {
    let text = query.get(name).filter(|text| !text.is_empty())?.replace(' ', "+");
    let plain = !text.contains('[');
    let read = |text: &str| {
        text.parse().ok().or_else(|| {
            let civil: DateTime = text.parse().ok()?;
            TimeZone::UTC.to_timestamp(civil).ok()
        })
    };
    // The last days of the year 9999 are the end of time in many a program, and are beyond that of ours.
    let beyond = || {
        let year_before = format!("9998{}", text.strip_prefix("9999")?);
        read(&year_before).map(|_| Timestamp::MAX)
    };
    let time = read(&text).or_else(beyond);
    let time = time.filter(|_| plain);
    if time.is_none() {
        faults.add(name, TIME);
    }
    time
}

/// A record as tenants see it: without what only decides who sees it.
fn shown(record: Record) -> String {
    let shown = Record { tenant_id: None, actor_owner_id: None, ..record };
    let mut members = serde_json::to_string(&shown).unwrap_or_default();
    // Both are the last members, and null now.
    let hidden = ",\"tenantId\":null,\"actorOwnerId\":null}";
    if let Some(visible) = members.strip_suffix(hidden) {
        members = format!("{visible}}}");
    }
    members
}
