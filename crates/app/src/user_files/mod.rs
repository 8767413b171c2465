//! How do the users of a customer get in and out as a file? In by CSV or NDJSON, all of them or none; out by
//! CSV, as the listing shows them.

mod cells;
mod export;
mod import;
mod rows;

pub use export::Export;
pub use import::{Import, ImportReport, ImportStage, RowFault, UserFile};
pub use rows::UserFileFormat;
