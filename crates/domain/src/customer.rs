//! Who buys? A customer of a tenant, in direct relation or through resellers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, ResellerId, TenantId};

/// The officially assigned codes of ISO 3166-1 alpha-2, in their order.
pub const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ \
    BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET \
    FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU \
    ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ \
    LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ \
    NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW \
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ \
    TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Reads the code of a country in any case; it is kept in upper case.
///
/// # Errors
/// One sentence that says what would be right.
pub fn country(text: &str) -> Result<String, String> {
    let code = text.to_ascii_uppercase();
    if COUNTRIES.split(' ').any(|known| known == code) {
        Ok(code)
    } else {
        Err("Give a country by its two letters of ISO 3166-1, such as `DE`.".to_owned())
    }
}

/// What customers and resellers have in common: the company, where it is and whom to call. Everything but
/// the name may be unknown. Members are in the order of the published object.
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

/// A way in which a customer is served: by a reseller, or directly by the distributor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relation {
    /// The reseller, or none for the direct relation.
    pub reseller: Option<ResellerId>,
    /// What this reseller (or the distributor) calls the customer in its own books.
    pub internal_identifier: Option<String>,
}

/// A customer of one tenant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Customer {
    /// The tenant that the customer belongs to.
    pub tenant: TenantId,
    /// Unique within the tenant.
    pub id: CustomerId,
    /// The company.
    pub company: Company,
    /// All relations, at most one with each reseller and one direct.
    pub relations: Vec<Relation>,
    /// When the customer was deleted.
    pub deleted_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_249_countries_stand_in_order_and_are_known_in_any_case() {
        let codes: Vec<&str> = COUNTRIES.split(' ').collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.is_sorted_by(|one, next| one < next));
        assert!(codes.iter().all(|code| code.len() == 2));
        assert_eq!(country("de").unwrap(), "DE");
        for wrong in ["", "D", "DE AT", "XX", "UK", "DEU", "ß"] {
            assert!(country(wrong).is_err(), "{wrong}");
        }
    }
}
