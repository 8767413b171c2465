//! How is the API described? OpenAPI 3.1, generated from the routes, with what all of them have in common
//! said once.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{AnyOfBuilder, SchemaType};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, Header, InfoBuilder, License, ObjectBuilder, OpenApi, OpenApiBuilder,
    RefOr, Required, Response, Schema, Type,
};

use uuid::Uuid;

use crate::api::token::{TokenError, TokenResponse};
use crate::error::{ErrorOut, ErrorType, PropertyError};

/// The committed description: what `GET /openapi.json` sends. A test compares it with the routes.
const COMMITTED: &str = include_str!("../../../openapi.json");

/// The description, as it is sent.
pub(crate) fn document() -> &'static str {
    COMMITTED
}

/// The answers that every operation may give beside its own.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the answers for the OpenAPI")]
pub(crate) enum CommonErrors {
    /// `InvalidRequest`: the properties at fault are in `errors`.
    #[response(status = 400)]
    BadRequest(ErrorOut<'static>),
    /// `RequestTimeout`: the request did not arrive in time.
    #[response(status = 408)]
    RequestTimeout(ErrorOut<'static>),
    /// `PayloadTooLarge`.
    #[response(status = 413)]
    PayloadTooLarge(ErrorOut<'static>),
    /// `UriTooLong`: the target is over 8 KiB.
    #[response(status = 414)]
    UriTooLong(ErrorOut<'static>),
    /// `HeadersTooLarge`: over 100 headers, 16 KiB each or 64 KiB in all.
    #[response(status = 431)]
    HeadersTooLarge(ErrorOut<'static>),
    /// `InternalError`: a fault of the server; the log has the cause.
    #[response(status = 500)]
    InternalError(ErrorOut<'static>),
}

/// The answers that every operation with a token may give beside those.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the answers for the OpenAPI")]
pub(crate) enum TokenErrors {
    /// `MissingToken` or `InvalidToken`.
    #[response(status = 401)]
    Unauthorized(ErrorOut<'static>),
    /// `TooManyRequests`: as much of this tenant, or from this address, waits as may wait.
    #[response(status = 429)]
    TooManyRequests(ErrorOut<'static>),
    /// `Unavailable`: the directory cannot be asked right now, or as much waits as may wait.
    #[response(status = 503)]
    Unavailable(ErrorOut<'static>),
}

/// The answers that every operation that reads may give beside those.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the answers for the OpenAPI")]
pub(crate) enum ReadErrors {
    /// `TenantForbidden`, `PermissionDenied`, `ResellerScopeMismatch` or `ResellerNotRelated`.
    #[response(status = 403)]
    Forbidden(ErrorOut<'static>),
    /// `CustomerNotFound`, `ResellerNotFound` or `UserNotFound`: it does not exist for this caller.
    #[response(status = 404)]
    NotFound(ErrorOut<'static>),
}

/// The answers that every operation that writes may give beside those.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the answers for the OpenAPI")]
pub(crate) enum WriteErrors {
    /// `TenantForbidden`, `PermissionDenied`, `ResellerScopeMismatch` or `ResellerNotRelated`.
    #[response(status = 403)]
    Forbidden(ErrorOut<'static>),
    /// `CustomerNotFound`, `ResellerNotFound`, `UserNotFound` or `GroupNotFound`: it does not exist for this
    /// caller.
    #[response(status = 404)]
    NotFound(ErrorOut<'static>),
    /// `PreconditionFailed`: it was changed since the caller read it.
    #[response(status = 412)]
    PreconditionFailed(ErrorOut<'static>),
    /// `UnsupportedMediaType`: the body is of a type that is not read here.
    #[response(status = 415)]
    UnsupportedMediaType(ErrorOut<'static>),
}

/// The answer of an operation that adds something.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the answer for the OpenAPI")]
pub(crate) enum Added {
    /// The id of what is new.
    #[response(status = 201, content_type = "application/json", headers(
        ("Location" = String, description = "Where it is found."),
        ("ETag" = String, description = "Names this state of it; strong."),
    ))]
    Created(Uuid),
}

/// The answer of an operation that adds a user, beside that.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the answer for the OpenAPI")]
pub(crate) enum Revived {
    /// The id of a deleted user with this e-mail, who is back with these values.
    #[response(status = 200, content_type = "application/json", headers(
        ("Location" = String, description = "Where the user is found."),
        ("ETag" = String, description = "Names this state of the user; strong."),
    ))]
    Back(Uuid),
}

/// The answer of an operation that changes something.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the answer for the OpenAPI")]
pub(crate) enum Changed {
    /// It was done.
    #[response(status = 204, headers(
        ("ETag" = String, description = "Names the state that it has now; strong."),
    ))]
    Done,
}

/// The answer of an operation that changes an account.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the answer for the OpenAPI")]
pub(crate) enum Accepted {
    /// It was done.
    #[response(status = 202, headers(
        ("ETag" = String, description = "Names the state that it has now; strong."),
    ))]
    Done,
}

/// What every request with a token is sent with.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the headers for the OpenAPI")]
pub(crate) struct Guarded {
    /// The domain by which the portal is opened.
    #[param(rename = "X-Tenant")]
    tenant: String,
    /// Finds this request in the audit trail. A UUID, or any 1 to 128 visible ASCII characters.
    #[param(rename = "X-Correlation-Id", min_length = 1, max_length = 128, pattern = "^[!-~]{1,128}$")]
    correlation_id: Option<String>,
}

/// Which page of a list.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters for the OpenAPI")]
pub(crate) struct Paged {
    /// Which page, from 1; 1 if left out.
    #[param(rename = "pageNumber", minimum = 1, maximum = 2_147_483_647)]
    page_number: Option<u32>,
    /// How many items a page has; 25 if left out.
    #[param(rename = "pageSize", minimum = 1, maximum = 2000)]
    page_size: Option<u32>,
}

/// What makes a POST safe to repeat.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the header for the OpenAPI")]
pub(crate) struct Repeatable {
    /// Makes the request safe to repeat: within a day the same one is done once, and answered as before.
    #[param(rename = "Idempotency-Key", pattern = "^[!-~]{1,255}$")]
    key: Option<String>,
}

/// What makes a change safe against those of others.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "describes the header for the OpenAPI")]
pub(crate) struct Conditional {
    /// The `ETag` of what the caller saw: 412 if it was changed since.
    #[param(rename = "If-Match")]
    tag: Option<String>,
}

/// What is said before the routes are known.
pub(crate) fn skeleton() -> OpenApi {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "A JWT of Rollcall's own issuer (`POST /oauth2/v2.0/token`) or of a trusted OIDC issuer.",
        ))
        .build();
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Rollcall")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "The user directory for the cloud channel: who are the users of this customer, as this caller \
                     may see them? Paths and names of query parameters match without regard to case. Every answer \
                     carries `X-Correlation-Id`, and every status of 400 and above has the shape of `Error`, but for \
                     the faults of the token endpoint, which have that of RFC 6749.",
                ))
                .license(Some(License::builder().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
                .contact(None::<ContactBuilder>.map(ContactBuilder::build))
                .build(),
        )
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme("bearer", SecurityScheme::Http(bearer))
                .schema_from::<TokenResponse>()
                .schema_from::<TokenError>()
                .schema_from::<ErrorOut<'_>>()
                .schema_from::<ErrorType>()
                .schema_from::<PropertyError>()
                .build(),
        ))
        .build()
}

/// Adds to each answer what each answer has.
pub(crate) fn complete(mut openapi: OpenApi) -> OpenApi {
    for item in openapi.paths.paths.values_mut() {
        if let Some(head) = &mut item.head {
            head.operation_id = head.operation_id.as_ref().map(|id| format!("{id}Head"));
        }
        let operations =
            [&mut item.get, &mut item.head, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            for parameter in operation.parameters.iter_mut().flatten() {
                let RefOr::T(parameter) = parameter else { continue };
                if parameter.parameter_in == ParameterIn::Query && parameter.required != Required::True {
                    parameter.schema = parameter.schema.take().map(or_empty);
                }
            }
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    add_headers(status, response);
                }
            }
        }
        if let Some(head) = &mut item.head {
            for response in head.responses.responses.values_mut() {
                if let RefOr::T(response) = response {
                    response.content.clear();
                }
            }
        }
    }
    let paths = std::mem::take(&mut openapi.paths.paths);
    openapi.paths.paths = paths.into_iter().map(|(path, item)| (as_published(&path), item)).collect();
    openapi
}

/// A parameter of a query that is empty counts as absent: forms send what nobody filled in. But a number must
/// be one, and any text may be empty as it is.
fn or_empty(schema: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(object)) = &schema else { return schema };
    let is_number = object.schema_type == SchemaType::Type(Type::Integer);
    let is_free = object.schema_type == SchemaType::Type(Type::String)
        && object.pattern.is_none()
        && object.format.is_none();
    if is_number || is_free {
        return schema;
    }
    let empty = ObjectBuilder::new().schema_type(Type::String).max_length(Some(0));
    AnyOfBuilder::new().item(schema).item(empty).into()
}

/// The router matches in lower case; the published pages write some paths otherwise.
fn as_published(path: &str) -> String {
    path.replace("/v1/customers", "/v1/Customers")
        .replace("/v1/resellers", "/v1/Resellers")
        .replace("/v1/auditlogs", "/v1/AuditLogs")
}

fn add_headers(status: &str, response: &mut Response) {
    let text = |description: &str| -> Header {
        HeaderBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .description(Some(description))
            .build()
    };
    let mut add = |name: &str, description: &str| {
        response.headers.insert(name.to_owned(), RefOr::T(text(description)));
    };
    add(
        "X-Correlation-Id",
        "The id that was sent, or a fresh one: finds this request in the log and the trail.",
    );
    match status {
        "401" => add("WWW-Authenticate", "The challenge (RFC 6750 section 3, RFC 6749 section 5.2)."),
        "429" | "503" => add("Retry-After", "How many seconds to wait."),
        _ => {}
    }
}
