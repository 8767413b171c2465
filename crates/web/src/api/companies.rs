//! What customers and resellers have in common on the wire: the members of a company, and how lists of them
//! are asked for.

use app::{CompanyField, CompanyQuery};
use domain::company::{Company, CompanyKind, CompanyMember};
use serde_json::{Map, Value};

use crate::envelope::PageOf;
use crate::input::{Faults, Query};

/// The parameters of a list, beside the reseller.
pub(super) const PARAMETERS: [&str; 6] =
    ["pageNumber", "pageSize", "searchValue", "searchField", "sortPropertyName", "ascendingOrder"];

/// Which companies, and in which order.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters for the OpenAPI")]
pub(super) struct ListParameters {
    /// A text that the field holds, whatever its case and accents.
    #[param(rename = "searchValue", max_length = 255)]
    search_value: Option<String>,
    /// `Company.Name` or `InternalIdentifier`; the name if left out.
    #[param(rename = "searchField", pattern = "^(Company\\.Name|InternalIdentifier)$")]
    search_field: Option<String>,
    /// `Company.Name`.
    #[param(rename = "sortPropertyName", pattern = "^Company\\.Name$")]
    sort_property_name: Option<String>,
    /// `false` for the order back.
    #[param(rename = "ascendingOrder")]
    ascending_order: Option<bool>,
}

/// Reads what is asked of a list.
pub(super) fn read(query: &Query, faults: &mut Faults) -> (CompanyQuery, PageOf) {
    let page = PageOf::read(query, ["pageNumber", "pageSize"], faults);
    let fields =
        [("Company.Name", CompanyField::Name), ("InternalIdentifier", CompanyField::InternalIdentifier)];
    let value = query.text("searchValue", 255, faults);
    // Without a value there is nothing to look for, whatever the field: forms send both, filled or not.
    let field = query.choice("searchField", &fields, faults);
    query.choice("sortPropertyName", &[("Company.Name", ())], faults);
    let asked = CompanyQuery {
        search: value.map(|value| (field.unwrap_or(CompanyField::Name), value)),
        ascending: query.flag("ascendingOrder", faults).unwrap_or(true),
        limit: page.limit(),
        offset: page.offset(),
    };
    (asked, page)
}

/// An object with some members in their order.
#[derive(Default)]
pub(super) struct Members(Vec<(&'static str, Value)>);

impl Members {
    pub(super) fn add(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    /// All members of a company; what is not known is null.
    pub(super) fn add_company(&mut self, kind: CompanyKind, company: &Company) {
        for (_, name, member) in CompanyMember::all(kind) {
            self.add(name, member.get(company).map_or(Value::Null, Value::from));
        }
    }

    /// The object as JSON.
    pub(super) fn to_json(&self) -> String {
        let members: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{}:{value}", Value::from(*name))).collect();
        format!("{{{}}}", members.join(","))
    }
}

/// An object within another.
pub(super) fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

/// An id, or null.
pub(super) fn id(id: Option<impl ToString>) -> Value {
    id.map_or(Value::Null, |id| Value::from(id.to_string()))
}

/// A text, or null.
pub(super) fn text(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| Value::from(text.as_str()))
}
