//! How is the API described? OpenAPI 3.1, generated from the routes, with what all of them have in common
//! said once.

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, Header, InfoBuilder, License, ObjectBuilder, OpenApi, OpenApiBuilder,
    RefOr, Response, Type,
};

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
    /// `Unavailable`: the directory cannot be asked right now.
    #[response(status = 503)]
    Unavailable(ErrorOut<'static>),
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
        let operations = [&mut item.get, &mut item.head, &mut item.post];
        for operation in operations.into_iter().flatten() {
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
    openapi
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
