//! What does a body say of a customer or of a reseller? (contract section 2, "Customer object")

use domain::company::{Company, CompanyKind, CompanyMember, CompanyPatch};
use domain::error::Fault;
use domain::id::{CustomerId, ResellerId};
use domain::text::{DomainName, LONGEST_TEXT};

use super::json::{self, Json};
use super::members::Members;
use super::{BODY, object};

/// Whether a company is asked for everything that it must have.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A directory file may leave out all but the name.
    NameAlone,
    /// The API asks for what the contract requires.
    All,
}

/// Takes the members of a company.
pub(crate) fn company(members: &mut Members<'_>, kind: CompanyKind, asked: Asked) -> Company {
    let mut values = Vec::new();
    for (place, name, member) in CompanyMember::all(kind) {
        let required = name == "companyName" || (member.is_required && asked == Asked::All);
        let value = if required {
            members.required(name, |text| {
                member.parse(text)?.ok_or_else(|| "Give a text that is not blank.".to_owned())
            })
        } else {
            members.parsed(name, |text| member.parse(text)).flatten()
        };
        values.push((place, value));
    }
    CompanyPatch(values).applied_to(&Company::default())
}

/// Takes those members of a company that are given. What the contract requires cannot be taken away.
fn patch(members: &mut Members<'_>, kind: CompanyKind) -> CompanyPatch {
    let mut values = Vec::new();
    for (place, name, member) in CompanyMember::all(kind) {
        let value = if member.is_required {
            let text = members.replacement(name, |text| {
                member.parse(text)?.ok_or_else(|| "Give a text that is not blank.".to_owned())
            });
            text.map(Some)
        } else {
            members.change(name, |text| member.parse(text))
        };
        values.extend(value.map(|value| (place, value)));
    }
    CompanyPatch(values)
}

fn identifier(members: &mut Members<'_>) -> Option<String> {
    members.line("internalIdentifier", LONGEST_TEXT)
}

/// A customer to be added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerBody {
    pub(crate) id: Option<CustomerId>,
    pub(crate) company: Company,
    pub(crate) internal_identifier: Option<String>,
    pub(crate) reseller: Option<ResellerId>,
    pub(crate) faults: Vec<Fault>,
}

impl CustomerBody {
    /// Reads the JSON of a customer. Faults are told when it is used.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut faults = Vec::new();
        let members = object(text, &mut faults);
        let mut body =
            Self { id: None, company: Company::default(), internal_identifier: None, reseller: None, faults };
        if let Some(mut members) = members {
            body.id = members.optional_id("id", CustomerId);
            body.company = company(&mut members, CompanyKind::Customer, Asked::All);
            body.internal_identifier = identifier(&mut members);
            body.reseller = members.optional_id("resellerId", ResellerId);
            no_associations(&mut members);
            body.faults = members.finish();
        }
        body
    }
}

/// Relations are made one by one, with rights at both ends.
fn no_associations(members: &mut Members<'_>) {
    match members.take("customerAssociations") {
        None => {}
        Some(Json::List(list)) if list.is_empty() => {}
        Some(_) => members.fault(
            "customerAssociations",
            "Leave it out; `PUT /v1/Customers/{id}/resellers/{resellerId}` makes a relation.",
        ),
    }
}

/// What is to be changed of a customer's account: as the published page wraps it, or the members alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerPatchBody {
    pub(crate) id: Option<CustomerId>,
    pub(crate) patch: CompanyPatch,
    pub(crate) faults: Vec<Fault>,
}

impl CustomerPatchBody {
    /// Reads the JSON of what is to be changed. Faults are told when it is used.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut faults = Vec::new();
        let mut body = Self { id: None, patch: CompanyPatch::default(), faults: Vec::new() };
        let Some(mut outer) = object(text, &mut faults) else { return Self { faults, ..body } };
        match outer.given("customer") {
            None => body.take(&mut outer),
            Some(Json::Object(object)) => {
                let mut inner = Members::new("customer.".to_owned(), object);
                body.take(&mut inner);
                // There are no other providers here whose customers could have failed.
                outer.flag("retryFailedProviderCustomersFromCompanyInfo");
                outer.absorb(inner.finish());
            }
            Some(_) => outer.fault("customer", "Give an object."),
        }
        body.faults = outer.finish();
        body
    }

    fn take(&mut self, members: &mut Members<'_>) {
        self.id = members.optional_id("id", CustomerId);
        self.patch = patch(members, CompanyKind::Customer);
        for (name, route) in [("internalIdentifier", "internal-identifier"), ("resellerId", "resellers")] {
            if members.take(name).is_some() {
                members.fault(name, format!("This is no account info; see `/v1/Customers/{{id}}/{route}`."));
            }
        }
        no_associations(members);
    }
}

/// What a customer or a reseller is called in somebody's books.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdentifierBody {
    pub(crate) identifier: Option<String>,
    pub(crate) reseller: Option<ResellerId>,
    pub(crate) faults: Vec<Fault>,
}

impl IdentifierBody {
    /// Reads a bare JSON string, or null.
    #[must_use]
    pub fn read_bare(text: &str) -> Self {
        let mut body = Self { identifier: None, reseller: None, faults: Vec::new() };
        match json::parse(text) {
            Ok(Json::Null) => {}
            Ok(Json::Text(text)) => match domain::text::line(&text, LONGEST_TEXT) {
                Ok(identifier) => body.identifier = identifier,
                Err(description) => body.faults.push(Fault::new(BODY, description)),
            },
            Ok(_) => body.faults.push(Fault::new(BODY, "Send a bare JSON string, such as `\"K-17\"`.")),
            Err(description) => body.faults.push(Fault::new(BODY, description)),
        }
        body
    }

    /// Reads an object with the identifier and the reseller whose books they are, or a bare JSON string.
    #[must_use]
    pub fn read(text: &str) -> Self {
        if !text.trim_start().starts_with('{') {
            return Self::read_bare(text);
        }
        let mut faults = Vec::new();
        let members = object(text, &mut faults);
        let mut body = Self { identifier: None, reseller: None, faults };
        if let Some(mut members) = members {
            body.identifier = identifier_from_now_on(&mut members);
            body.reseller = members.optional_id("resellerId", ResellerId);
            body.faults = members.finish();
        }
        body
    }
}

/// Takes the identifier, or null; whoever leaves it out did not say that it is to go.
fn identifier_from_now_on(members: &mut Members<'_>) -> Option<String> {
    const NAME: &str = "internalIdentifier";
    match members.given(NAME) {
        Some(Json::Null) => None,
        Some(value) => members.judged(NAME, &value, |text| domain::text::line(text, LONGEST_TEXT)).flatten(),
        None => {
            members.fault(NAME, "This member is required; null takes the identifier away.");
            None
        }
    }
}

/// A reseller to be added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResellerBody {
    pub(crate) id: Option<ResellerId>,
    pub(crate) company: Company,
    pub(crate) internal_identifier: Option<String>,
    pub(crate) domain: Option<DomainName>,
    pub(crate) faults: Vec<Fault>,
}

impl ResellerBody {
    /// Reads the JSON of a reseller. Faults are told when it is used.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut faults = Vec::new();
        let members = object(text, &mut faults);
        let mut body =
            Self { id: None, company: Company::default(), internal_identifier: None, domain: None, faults };
        if let Some(mut members) = members {
            body.id = members.optional_id("id", ResellerId);
            body.company = company(&mut members, CompanyKind::Reseller, Asked::All);
            body.internal_identifier = identifier(&mut members);
            body.domain = members.parsed("customDomain", DomainName::parse);
            body.faults = members.finish();
        }
        body
    }
}

/// What is to be changed of a reseller's account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResellerPatchBody {
    pub(crate) id: Option<ResellerId>,
    pub(crate) patch: CompanyPatch,
    pub(crate) domain: Option<Option<DomainName>>,
    pub(crate) faults: Vec<Fault>,
}

impl ResellerPatchBody {
    /// Reads the JSON of what is to be changed. Faults are told when it is used.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut faults = Vec::new();
        let members = object(text, &mut faults);
        let mut body = Self { id: None, patch: CompanyPatch::default(), domain: None, faults };
        if let Some(mut members) = members {
            body.id = members.optional_id("id", ResellerId);
            body.patch = patch(&mut members, CompanyKind::Reseller);
            body.domain = members.change("customDomain", |text| DomainName::parse(text).map(Some));
            if members.take("internalIdentifier").is_some() {
                members.fault(
                    "internalIdentifier",
                    "This is no account info; see `/v1/Resellers/{id}/internal-identifier`.",
                );
            }
            body.faults = members.finish();
        }
        body
    }
}
