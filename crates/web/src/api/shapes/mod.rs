//! What do the things of the API look like? The objects that are sent and taken, for the OpenAPI; answers are
//! stored documents or written by the file of their noun, and bodies are read by the application, so that all
//! faults are told at once.
#![expect(dead_code, reason = "describes objects for the OpenAPI")]

mod accesses;
mod audit_logs;
mod companies;
mod texts;
mod users;

pub(crate) use accesses::{ApiAccessIn, ApiAccessIssued, ApiAccessOut, ApiAccessPatch};
pub(crate) use audit_logs::AuditLogOut;
pub(crate) use companies::{
    CustomerAccountInfo, CustomerIdentifier, CustomerIn, CustomerOut, ResellerAccountInfo,
    ResellerIdentifier, ResellerIn, ResellerOut,
};
pub(crate) use texts::UserKey;
pub(crate) use users::{
    CspRole, CustomerRole, GroupIn, GroupOut, GroupPatch, ImportReportOut, ResellerRole, RowFaultOut, UserIn,
    UserOut, UserPatch,
};
