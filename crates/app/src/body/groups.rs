//! What does a body say of a group?

use domain::error::Fault;
use domain::id::GroupId;
use domain::text::LONGEST_TEXT;

use super::object;

/// A group to be added, or its name from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupBody {
    pub(crate) id: Option<GroupId>,
    pub(crate) name: Option<String>,
    pub(crate) faults: Vec<Fault>,
}

impl GroupBody {
    /// Reads the JSON of a group. Faults are told when it is used.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut faults = Vec::new();
        let members = object(text, &mut faults);
        let mut body = Self { id: None, name: None, faults };
        if let Some(mut members) = members {
            body.id = members.optional_id("id", GroupId);
            body.name = members.required_line("name", LONGEST_TEXT);
            body.faults = members.finish();
        }
        body
    }
}
