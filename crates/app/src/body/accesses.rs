//! What does a body say of an API Access? In the words of the directory file.

use domain::error::Fault;
use domain::id::{ClientId, CustomerId, ResellerId};
use domain::principal::{ApiPermission, Role};
use domain::text::LONGEST_TEXT;

use super::json::Json;
use super::members::Members;
use super::object;

/// How many characters a secret has.
const SECRET_LENGTH: std::ops::RangeInclusive<usize> = 1..=255;

/// An API Access to be added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessBody {
    pub(crate) client_id: Option<ClientId>,
    pub(crate) name: Option<String>,
    pub(crate) role: Option<Role>,
    pub(crate) permission: Option<ApiPermission>,
    pub(crate) disabled: bool,
    pub(crate) issuer: Option<String>,
    pub(crate) faults: Vec<Fault>,
}

impl AccessBody {
    /// Reads the JSON of an API Access. Faults are told when it is used.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut faults = Vec::new();
        let members = object(text, &mut faults);
        let mut body = Self {
            client_id: None,
            name: None,
            role: None,
            permission: None,
            disabled: false,
            issuer: None,
            faults,
        };
        if let Some(mut members) = members {
            body.client_id = members.optional_id("clientId", ClientId);
            body.name = members.required_line("name", LONGEST_TEXT);
            body.role = role(&mut members);
            body.permission = members.required("permission", permission);
            body.disabled = members.flag("disabled");
            body.issuer = members.parsed("issuer", |text| Ok(text.to_owned()));
            body.faults = members.finish();
        }
        body
    }
}

/// Reads the name of a permission.
pub(crate) fn permission(text: &str) -> Result<ApiPermission, String> {
    ApiPermission::named(text).ok_or_else(|| "Give `Administrator` or `Viewer`.".to_owned())
}

/// Judges a secret that somebody chose.
pub(crate) fn secret(text: &str) -> Result<String, String> {
    if SECRET_LENGTH.contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err("Give 1 to 255 characters without control characters.".to_owned())
    }
}

/// The role, with exactly the reference that belongs to it.
pub(crate) fn role(members: &mut Members<'_>) -> Option<Role> {
    let name = members.required("role", |name| match name {
        "csp" | "reseller" | "customer" => Ok(name.to_owned()),
        _ => Err("Give `csp`, `reseller` or `customer`.".to_owned()),
    });
    let name = name.as_deref();
    let reseller = if name == Some("reseller") {
        members.id("reseller", ResellerId)
    } else {
        members.optional_id("reseller", ResellerId)
    };
    let customer = if name == Some("customer") {
        members.id("customer", CustomerId)
    } else {
        members.optional_id("customer", CustomerId)
    };
    for (member, given) in [("reseller", reseller.is_some()), ("customer", customer.is_some())] {
        if given && name.is_some_and(|name| name != member) {
            members.fault(member, "This does not go with the role; remove it.");
        }
    }
    match name? {
        "csp" => Some(Role::Csp),
        "reseller" => reseller.map(Role::Reseller),
        _ => customer.map(Role::Customer),
    }
}

/// A secret that is to be live from now on.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum NewSecret {
    /// This one.
    Given(String),
    /// One that Rollcall makes.
    Made,
}

/// A secret that is to be dead from now on.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum OldSecret {
    /// The older one.
    Oldest,
    /// This one.
    Given(String),
}

/// What is to be changed of an API Access.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessPatchBody {
    pub(crate) name: Option<String>,
    pub(crate) permission: Option<ApiPermission>,
    pub(crate) disabled: Option<bool>,
    pub(crate) new_secret: Option<NewSecret>,
    pub(crate) drop_secret: Option<OldSecret>,
    pub(crate) faults: Vec<Fault>,
}

impl AccessPatchBody {
    /// Reads the JSON of what is to be changed. Faults are told when it is used.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut faults = Vec::new();
        let members = object(text, &mut faults);
        let mut body = Self {
            name: None,
            permission: None,
            disabled: None,
            new_secret: None,
            drop_secret: None,
            faults,
        };
        if let Some(mut members) = members {
            body.name = members.replacement("name", |text| {
                domain::text::line(text, LONGEST_TEXT)?
                    .ok_or_else(|| "Give a text that is not blank.".to_owned())
            });
            body.permission = members.replacement("permission", permission);
            body.disabled = match members.take("disabled") {
                None => None,
                Some(Json::Bool(disabled)) => Some(disabled),
                Some(_) => {
                    members.fault("disabled", "Give `true` or `false`.");
                    None
                }
            };
            body.new_secret = secret_or_true(&mut members, "newSecret", NewSecret::Made, NewSecret::Given);
            body.drop_secret =
                secret_or_true(&mut members, "dropSecret", OldSecret::Oldest, OldSecret::Given);
            body.faults = members.finish();
        }
        body
    }
}

/// Takes a member that is a secret, or true for the usual one; null and false are none.
fn secret_or_true<T>(members: &mut Members<'_>, name: &str, usual: T, given: fn(String) -> T) -> Option<T> {
    match members.take(name)? {
        Json::Bool(true) => Some(usual),
        Json::Bool(false) => None,
        value => members.judged(name, &value, secret).map(given),
    }
}
