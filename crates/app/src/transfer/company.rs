//! Which company is it? What lines of resellers and customers have in common, in and out. Resellers say
//! `zipCode` for `zip` and have no `middleName`.

use domain::customer::{Company, country};
use domain::text::{Email, LONGEST_TEXT};
use serde::Serialize;

use super::members::Members;

/// The most characters of a postal code and of a telephone number.
const LONGEST_NUMBER: usize = 30;

/// Whose company it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Reseller,
    Customer,
}

/// Takes the members of a company. Everything but the name may be absent.
pub(super) fn read(members: &mut Members<'_>, kind: Kind) -> Company {
    let blank_or = |text: &str, parse: &dyn Fn(&str) -> Result<String, String>| {
        if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
    };
    Company {
        company_name: members.required_line("companyName", LONGEST_TEXT).unwrap_or_default(),
        tax_id: members.line("taxId", LONGEST_TEXT),
        country: members.parsed("country", |text| blank_or(text, &country)).flatten(),
        address_line1: members.line("addressLine1", LONGEST_TEXT),
        address_line2: members.line("addressLine2", LONGEST_TEXT),
        city: members.line("city", LONGEST_TEXT),
        state: members.line("state", LONGEST_TEXT),
        zip: match kind {
            Kind::Reseller => members.line("zipCode", LONGEST_NUMBER),
            Kind::Customer => members.line("zip", LONGEST_NUMBER),
        },
        first_name: members.line("firstName", LONGEST_TEXT),
        middle_name: match kind {
            Kind::Reseller => None,
            Kind::Customer => members.line("middleName", LONGEST_TEXT),
        },
        last_name: members.line("lastName", LONGEST_TEXT),
        email: members
            .parsed("email", |text| {
                blank_or(text, &|text| Email::parse(text).map(|email| email.as_str().to_owned()))
            })
            .flatten(),
        phone: members.line("phone", LONGEST_NUMBER),
    }
}

/// The members of a company as they are written, in the order of the published object.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CompanyOut<'a> {
    company_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_line1: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address_line2: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zip_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    middle_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
}

impl<'a> CompanyOut<'a> {
    pub(super) fn new(company: &'a Company, kind: Kind) -> Self {
        let of_customer = |text: &'a Option<String>| text.as_deref().filter(|_| kind == Kind::Customer);
        Self {
            company_name: &company.company_name,
            tax_id: company.tax_id.as_deref(),
            country: company.country.as_deref(),
            address_line1: company.address_line1.as_deref(),
            address_line2: company.address_line2.as_deref(),
            city: company.city.as_deref(),
            state: company.state.as_deref(),
            zip: of_customer(&company.zip),
            zip_code: company.zip.as_deref().filter(|_| kind == Kind::Reseller),
            first_name: company.first_name.as_deref(),
            middle_name: of_customer(&company.middle_name),
            last_name: company.last_name.as_deref(),
            email: company.email.as_deref(),
            phone: company.phone.as_deref(),
        }
    }
}
