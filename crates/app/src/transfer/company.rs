//! How is a company written into a line? Its members in the order of the published object, those that are
//! not known left out.

use domain::company::{Company, CompanyKind, CompanyMember};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// The members of a company as they are written.
pub(super) struct CompanyOut<'a> {
    company: &'a Company,
    kind: CompanyKind,
}

impl<'a> CompanyOut<'a> {
    pub(super) fn new(company: &'a Company, kind: CompanyKind) -> Self {
        Self { company, kind }
    }
}

impl Serialize for CompanyOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        for (_, name, member) in CompanyMember::all(self.kind) {
            if let Some(value) = member.get(self.company) {
                members.serialize_entry(name, value)?;
            }
        }
        members.end()
    }
}
