//! What is asked? Each route with each target that it can name: one's own, a sibling's, a parent's, another
//! reseller's, another tenant's, deleted and absent ones.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::directory::{Label, email_of};
use crate::marks::id;
use crate::routes::{Names, Row};

const CUSTOMERS: [Label; 7] = ["maple", "rowan", "thorn", "plain", "gone", "foreign", "absent"];
const RESELLERS: [Label; 6] = ["acorn", "birch", "lonely", "fallen", "southern", "absent"];
const LIVE_USERS: [Label; 17] = [
    "csp-staff",
    "acorn-staff",
    "birch-staff",
    "lonely-staff",
    "maple-in-acorn",
    "maple-in-birch",
    "maple-direct",
    "rowan-in-acorn",
    "thorn-in-birch",
    "plain-direct",
    "twin-of-maple",
    "foreign-direct",
    "was-in-acorn",
    "was-of-birch",
    "of-fallen",
    "of-gone",
    "absent",
];
const DELETED_USERS: [Label; 9] = [
    "was-in-acorn",
    "was-in-birch",
    "was-of-rowan",
    "was-of-birch",
    "was-in-south",
    "maple-in-acorn",
    "of-fallen",
    "of-gone",
    "absent",
];
const GROUPS: [Label; 4] = ["northern", "southern", "built-in", "absent"];
const CLIENTS: [Label; 4] = ["of-csp", "of-acorn", "of-south", "absent"];

/// What a request names, by label.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct About {
    pub(crate) customer: Option<Label>,
    /// In the query, the path or the body.
    pub(crate) reseller: Option<Label>,
    pub(crate) user: Option<Label>,
    pub(crate) by_email: bool,
    pub(crate) group: Option<Label>,
    pub(crate) client: Option<Label>,
}

/// A request, whoever sends it.
#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) row: &'static Row,
    pub(crate) about: About,
}

impl Cell {
    /// Path and query.
    pub(crate) fn target(&self) -> String {
        let Self { row, about } = self;
        let text = |id: Uuid| id.to_string();
        let id_of =
            |kind: &str, label: Option<Label>| label.map_or_else(String::new, |label| text(id(kind, label)));
        let key = match about.user {
            Some(user) if about.by_email => {
                utf8_percent_encode(&email_of(user), NON_ALPHANUMERIC).to_string()
            }
            user => id_of("user", user),
        };
        let mut target = row
            .path
            .replace("Customers/{id}", &format!("Customers/{}", id_of("customer", about.customer)))
            .replace("Resellers/{id}", &format!("Resellers/{}", id_of("reseller", about.reseller)))
            .replace("groups/{id}", &format!("groups/{}", id_of("group", about.group)))
            .replace("users/{id}", &format!("users/{key}"))
            .replace("{key}", &key)
            .replace("{customerId}", &id_of("customer", about.customer))
            .replace("{resellerId}", &id_of("reseller", about.reseller))
            .replace("{clientId}", &id_of("client", about.client))
            .replace("{directory}", "anything");
        let is_list = row.names == Names::Narrowed || (row.method == "GET" && row.names == Names::Nothing);
        let mut separator = '?';
        if is_list && row.path.starts_with("/v1") {
            target.push_str("?pageSize=2000");
            separator = '&';
        }
        if let (true, Some(reseller)) = (row.names.has_query(), about.reseller) {
            target.push_str(&format!("{separator}resellerId={}", id("reseller", reseller)));
        }
        target
    }
}

impl Names {
    /// Whether `resellerId` is a parameter of the query.
    pub(crate) fn has_query(self) -> bool {
        matches!(
            self,
            Self::Narrowed
                | Self::CustomerNarrowed
                | Self::CustomerInContext
                | Self::User
                | Self::DeletedUser
        )
    }
}

/// Every cell of a row.
pub(crate) fn of_row(row: &'static Row) -> Vec<Cell> {
    let perhaps = || std::iter::once(None).chain(RESELLERS.map(Some));
    // For users the query narrows twice the same; what tells the resellers apart is asked once for each.
    let few = [None, Some("acorn"), Some("birch"), Some("southern")];
    let mut abouts: Vec<About> = Vec::new();
    let nothing = About::default();
    match row.names {
        Names::Nothing => abouts.push(nothing),
        Names::Narrowed | Names::NewCustomer => {
            abouts.extend(perhaps().map(|reseller| About { reseller, ..nothing }));
        }
        Names::CustomerNarrowed | Names::CustomerInContext | Names::CustomerInBooks => {
            for customer in CUSTOMERS.map(Some) {
                abouts.extend(perhaps().map(|reseller| About { customer, reseller, ..nothing }));
            }
        }
        Names::Customer => abouts.extend(CUSTOMERS.map(|one| About { customer: Some(one), ..nothing })),
        Names::User => {
            for user in LIVE_USERS.map(Some) {
                abouts.extend(few.map(|reseller| About { user, reseller, ..nothing }));
                abouts.extend([None, Some("acorn")].map(|reseller| About {
                    user,
                    reseller,
                    by_email: true,
                    ..nothing
                }));
            }
        }
        Names::DeletedUser => {
            for user in DELETED_USERS.map(Some) {
                abouts.extend(few.map(|reseller| About { user, reseller, ..nothing }));
            }
        }
        Names::Reseller => abouts.extend(RESELLERS.map(|one| About { reseller: Some(one), ..nothing })),
        Names::NewRelation | Names::Relation => {
            for customer in CUSTOMERS.map(Some) {
                abouts.extend(RESELLERS.map(|one| About { customer, reseller: Some(one), ..nothing }));
            }
        }
        Names::Group => abouts.extend(GROUPS.map(|one| About { group: Some(one), ..nothing })),
        Names::Client => abouts.extend(CLIENTS.map(|one| About { client: Some(one), ..nothing })),
    }
    abouts.into_iter().map(|about| Cell { row, about }).collect()
}
