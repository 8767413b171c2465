//! What did the caller write? JSON becomes what a change is made of, with all faults at once, each on its
//! property. The command line, the API and directory files are read by the same rules.

pub(crate) mod accesses;
pub(crate) mod companies;
pub(crate) mod groups;
pub(crate) mod json;
pub(crate) mod members;
pub(crate) mod users;

use domain::error::Fault;

pub use accesses::{AccessBody, AccessPatchBody};
pub use companies::{CustomerBody, CustomerPatchBody, IdentifierBody, ResellerBody, ResellerPatchBody};
pub use groups::GroupBody;
pub use users::{UserBody, UserPatchBody};

use json::Json;
use members::Members;

/// The property of a fault that belongs to no member.
const BODY: &str = "body";

/// The members of a body that must be an object; nothing, and a fault, if it is none.
fn object<'a>(text: &'a str, faults: &mut Vec<Fault>) -> Option<Members<'a>> {
    match json::parse(text) {
        Ok(Json::Object(object)) => return Some(Members::new(String::new(), object)),
        Ok(_) => faults.push(Fault::new(BODY, "Send a JSON object.")),
        Err(description) => faults.push(Fault::new(BODY, description)),
    }
    None
}
