//! What company is it? What customers and resellers have in common, and the one table of its members: their
//! names, their forms and which of them the API asks for.

use serde::{Deserialize, Serialize};

use crate::country::country;
use crate::text::{Email, LONGEST_TEXT, line};

/// The most characters of a postal code and of a telephone number.
const LONGEST_NUMBER: usize = 30;

/// What customers and resellers have in common: the company, where it is and whom to call. In a directory
/// file everything but the name may be unknown. Members are in the order of the published object.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Company {
    /// The name of the company, at most 255 characters.
    pub company_name: String,
    /// The tax id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    /// ISO 3166-1 alpha-2, in upper case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line1: Option<String>,
    /// More of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line2: Option<String>,
    /// The town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The state or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// The postal code, at most 30 characters; a reseller calls it `zipCode` on the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// First name of the person to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Middle name of the person to call; customers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Last name of the person to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// E-mail of the company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone, at most 30 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// Whose company it is. Resellers call `zip` `zipCode` and have no `middleName`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompanyKind {
    /// A reseller's.
    Reseller,
    /// A customer's.
    Customer,
}

/// How the value of a member is read.
#[derive(Clone, Copy)]
enum Form {
    Line(usize),
    Country,
    Email,
}

/// A member of a company.
pub struct CompanyMember {
    name: &'static str,
    name_of_reseller: Option<&'static str>,
    /// Whether a company that is added by the API must have it (contract section 2).
    pub is_required: bool,
    form: Form,
    get: fn(&Company) -> Option<&str>,
    set: fn(&mut Company, Option<String>),
}

/// Some values of a company, by the place of their members; a value may be taken away.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CompanyPatch(pub Vec<(usize, Option<String>)>);

macro_rules! member {
    ($name:literal, $required:literal, $form:expr, $field:ident) => {
        member!($name, Some($name), $required, $form, $field)
    };
    ($name:literal, $of_reseller:expr, $required:literal, $form:expr, $field:ident) => {
        CompanyMember {
            name: $name,
            name_of_reseller: $of_reseller,
            is_required: $required,
            form: $form,
            get: |company| company.$field.as_deref(),
            set: |company, value| company.$field = value,
        }
    };
}

const LINE: Form = Form::Line(LONGEST_TEXT);
const NUMBER: Form = Form::Line(LONGEST_NUMBER);

/// All members, in the order of the published object.
static MEMBERS: [CompanyMember; 13] = [
    CompanyMember {
        name: "companyName",
        name_of_reseller: Some("companyName"),
        is_required: true,
        form: LINE,
        get: |company| Some(&company.company_name),
        set: |company, value| company.company_name = value.unwrap_or_default(),
    },
    member!("taxId", false, LINE, tax_id),
    member!("country", true, Form::Country, country),
    member!("addressLine1", true, LINE, address_line1),
    member!("addressLine2", false, LINE, address_line2),
    member!("city", true, LINE, city),
    member!("state", true, LINE, state),
    member!("zip", Some("zipCode"), true, NUMBER, zip),
    member!("firstName", true, LINE, first_name),
    member!("middleName", None, false, LINE, middle_name),
    member!("lastName", true, LINE, last_name),
    member!("email", true, Form::Email, email),
    member!("phone", true, NUMBER, phone),
];

impl CompanyMember {
    /// All members of a kind of company with their places and names, in the order of the published object.
    pub fn all(kind: CompanyKind) -> impl Iterator<Item = (usize, &'static str, &'static Self)> {
        MEMBERS.iter().enumerate().filter_map(move |(place, member)| {
            let name = match kind {
                CompanyKind::Reseller => member.name_of_reseller?,
                CompanyKind::Customer => member.name,
            };
            Some((place, name, member))
        })
    }

    /// The value that a company has here.
    #[must_use]
    pub fn get<'a>(&self, company: &'a Company) -> Option<&'a str> {
        (self.get)(company)
    }

    /// Reads a value; a blank one is none.
    ///
    /// # Errors
    /// One sentence that says what is wrong and what would be right.
    pub fn parse(&self, text: &str) -> Result<Option<String>, String> {
        let blank = || text.chars().all(char::is_whitespace);
        match self.form {
            Form::Line(longest) => line(text, longest),
            _ if blank() => Ok(None),
            Form::Country => country(text).map(Some),
            Form::Email => Email::parse(text).map(|email| Some(email.as_str().to_owned())),
        }
    }
}

impl CompanyPatch {
    /// The company with these values in the place of its own.
    #[must_use]
    pub fn applied_to(&self, company: &Company) -> Company {
        let mut patched = company.clone();
        for (place, value) in &self.0 {
            if let Some(member) = MEMBERS.get(*place) {
                (member.set)(&mut patched, value.clone());
            }
        }
        patched
    }
}
