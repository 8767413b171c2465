//! How does a whole directory get in and out? As a *directory file* (contract section 6): NDJSON, one
//! thing a line, each named before it is used. In all or nothing, out to the same bytes that came in.

mod company;
mod export;
mod fields;
mod import;
mod references;
#[cfg(test)]
mod tests;

pub use export::{ExportError, export};
pub use import::{ImportError, ImportOptions, LineFault, MOST_FAULTS, import};

/// How far an import or an export is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// The lines that are done.
    pub lines: u64,
    /// The bytes of these lines.
    pub bytes: u64,
}

/// How many things were read or written, by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Summary {
    /// Tenants.
    pub tenants: u64,
    /// Issuers.
    pub issuers: u64,
    /// Groups, the built-in ones not counted.
    pub groups: u64,
    /// Resellers, deleted ones included.
    pub resellers: u64,
    /// Customers, deleted ones included.
    pub customers: u64,
    /// Users, deleted ones included.
    pub users: u64,
    /// API Accesses.
    pub api_accesses: u64,
}
