//! Which texts does a body take? Said as exactly as JSON Schema can: what is described as right is taken, and
//! what is not is refused. A pattern cannot count octets, and so an e-mail may be longer than is said here.

use std::borrow::Cow;

use domain::country::COUNTRIES;
use domain::text::LONGEST_TEXT;
use serde::Serialize;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// Any character but the control characters of C0.
macro_rules! plain {
    () => {
        "[^\\x00-\\x1f]"
    };
}

/// Unicode White_Space beyond the space, for a class of characters.
macro_rules! spaces {
    () => {
        "\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
    };
}

/// A label of a domain: letters, digits and, within, hyphens.
macro_rules! rest_of_label {
    () => {
        "([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    };
}

/// An address in ASCII, or one in any script that is so short that it fits in octets as well.
macro_rules! email {
    () => {
        concat!(
            "([!-?A-~]{1,64}|[^\\x00-\\x20@\\x7f-\\xa0",
            spaces!(),
            "]{1,16})@(",
            email!("[!-\\-/-?A-~]{1,63}", "*"),
            "|",
            email!(concat!("[^\\x00-\\x20.@\\x7f-\\xa0", spaces!(), "]{1,15}"), "{0,3}"),
            ")"
        )
    };
    ($label:expr, $more:literal) => {
        concat!($label, "(\\.", $label, ")", $more)
    };
}

macro_rules! texts {
    ($($(#[doc = $meaning:literal])+ $name:ident $shown:literal $least:literal..=$most:expr, $pattern:expr;)+) => {$(
        $(#[doc = $meaning])+
        #[derive(Serialize)]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let text = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some([$($meaning.trim()),+].join(" ")))
                    .min_length(Some($least).filter(|least| *least > 0))
                    .max_length(Some($most))
                    .pattern(Some($pattern));
                text.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($shown)
            }
        }
    )+};
}

texts! {
    /// A text of one line. A blank one is none.
    Line "Line" 0..=LONGEST_TEXT,
        concat!("^(", plain!(), "*|[\\t-\\r ", spaces!(), "]*)$");
    /// A text of one line that is not blank.
    FilledLine "FilledLine" 1..=LONGEST_TEXT,
        concat!("^", plain!(), "*[^\\x00-\\x20", spaces!(), "]", plain!(), "*$");
    /// A short text of one line that is not blank: a postal code, a telephone number.
    ShortLine "ShortLine" 1..=30,
        concat!("^", plain!(), "*[^\\x00-\\x20", spaces!(), "]", plain!(), "*$");
    /// An e-mail address: at most 64 octets before the `@`, labels of at most 63 after it; UTF-8 is taken.
    EmailText "Email" 3..=LONGEST_TEXT,
        concat!("^(", email!(), ")$");
    /// A domain, in its ASCII form; one in another script is taken as well, and brought to it.
    DomainText "Domain" 1..=253,
        concat!("^([A-Za-z0-9]", rest_of_label!(), "\\.)*[A-Za-z]", rest_of_label!(), "$");
    /// A secret of one's own choice.
    SecretText "Secret" 1..=255,
        "^[^\\x00-\\x1f\\x7f-\\x9f]+$";
}

/// A country.
#[derive(Serialize)]
pub(crate) struct Country;

impl PartialSchema for Country {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The code of a country in ISO 3166-1 alpha-2; lower case is taken as well."))
            .enum_values(Some(COUNTRIES.split(' ')))
            .into()
    }
}

impl ToSchema for Country {}

/// The id of a user, or its e-mail.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = UserKey)]
pub(crate) enum UserKey {
    Id(Uuid),
    Email(#[schema(inline)] EmailText),
}

/// Nothing.
#[derive(Serialize)]
pub(crate) struct Null;

impl PartialSchema for Null {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Null).into()
    }
}

impl ToSchema for Null {}
