//! What can be said of a company on the command line?

use clap::Args;
use serde_json::{Map, Value};

use super::put;

/// The account of a company. An empty value takes one away.
#[derive(Args)]
pub(super) struct CompanyFlags {
    /// The name of the company
    #[arg(long, value_name = "NAME")]
    company_name: Option<String>,
    /// The tax id
    #[arg(long, value_name = "ID")]
    tax_id: Option<String>,
    /// The country, by its two letters of ISO 3166-1
    #[arg(long, value_name = "CC")]
    country: Option<String>,
    /// The first line of the address
    #[arg(long, value_name = "TEXT")]
    address_line1: Option<String>,
    /// The second line of the address
    #[arg(long, value_name = "TEXT")]
    address_line2: Option<String>,
    /// The city
    #[arg(long, value_name = "TEXT")]
    city: Option<String>,
    /// The state or the region
    #[arg(long, value_name = "TEXT")]
    state: Option<String>,
    /// The postal code
    #[arg(long, value_name = "CODE")]
    zip: Option<String>,
    /// The first name of the contact
    #[arg(long, value_name = "NAME")]
    first_name: Option<String>,
    /// The last name of the contact
    #[arg(long, value_name = "NAME")]
    last_name: Option<String>,
    /// The e-mail of the contact
    #[arg(long)]
    email: Option<String>,
    /// The phone of the contact
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
}

impl CompanyFlags {
    /// The members that were given; `zip` is what the postal code is called.
    pub(super) fn members(self, zip: &str) -> Map<String, Value> {
        let mut members = Map::new();
        for (name, value) in [
            ("companyName", self.company_name),
            ("taxId", self.tax_id),
            ("country", self.country),
            ("addressLine1", self.address_line1),
            ("addressLine2", self.address_line2),
            ("city", self.city),
            ("state", self.state),
            (zip, self.zip),
            ("firstName", self.first_name),
            ("lastName", self.last_name),
            ("email", self.email),
            ("phone", self.phone),
        ] {
            put(&mut members, name, value);
        }
        members
    }
}
