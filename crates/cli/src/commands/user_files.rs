//! `rollcall customer import-users` and `export-users`: many users at once, in and out.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use clap::{Args, ValueEnum};
use serde_json::Value;
use uuid::Uuid;

use super::guid;
use crate::api::{Api, ApiFlags, Call, query};
use crate::console::{self, Place};
use crate::failure::Failure;
use crate::meter::Meter;
use crate::pieces;
use crate::table::cell;

/// Add all users of a file to a customer, or none
///
/// CSV has a header with email and, in any order, firstName, lastName, groups (names or ids, separated by |)
/// and id; NDJSON holds a JSON object a line, as the API takes it for one user. Every fault is told by row and
/// property, and with a fault nothing is imported. A deleted user with the same e-mail comes back.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall customer import-users --tenant portal.csp.example \\
      --customer 6f9619ff-8b86-4011-b42d-00cf4fc964ff --dry-run people.csv

Exit codes: 0 done, 1 faults or a failure (then nothing was imported), 2 wrong usage.")]
pub(crate) struct ImportUsers {
    /// The file, or - for stdin
    #[arg(value_name = "FILE|-")]
    file: String,
    /// The customer
    #[arg(long, value_name = "ID", value_parser = guid)]
    customer: Uuid,
    /// The reseller in whose context the users are added
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    /// Only judge the file; nothing is imported
    #[arg(long)]
    dry_run: bool,
    /// What the file holds; else its name says it, and stdin holds CSV
    #[arg(long)]
    format: Option<Format>,
    #[command(flatten)]
    pub(super) api: ApiFlags,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Comma-separated values
    Csv,
    /// A JSON object a line
    Ndjson,
}

/// Write the users of a customer into a file, as CSV
///
/// The users and the order of the listing. A text that a spreadsheet would take for a formula has an
/// apostrophe in front; an import takes it off again. Without the column of ids the file imports into another
/// customer.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  rollcall customer export-users --tenant portal.csp.example \\
      --customer 6f9619ff-8b86-4011-b42d-00cf4fc964ff people.csv

Exit codes: 0 done, 1 refused, failed or the file exists, 2 wrong usage.")]
pub(crate) struct ExportUsers {
    /// The new file, or - for stdout
    #[arg(value_name = "FILE|-")]
    file: String,
    /// The customer
    #[arg(long, value_name = "ID", value_parser = guid)]
    customer: Uuid,
    /// Only users in the context of this reseller
    #[arg(long, value_name = "ID", value_parser = guid)]
    reseller: Option<Uuid>,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    pub(super) api: ApiFlags,
}

impl ImportUsers {
    pub(super) async fn run(self, api: &Api) -> Result<(), Failure> {
        let place = Place::from(self.file.as_str());
        let (reader, length): (Box<dyn Read + Send>, Option<u64>) = match &place {
            Place::Standard => (Box::new(io::stdin()), None),
            Place::File(path) => {
                let file = File::open(path).map_err(|error| Failure::of(path.display(), error))?;
                let length = file.metadata().ok().filter(|metadata| metadata.is_file());
                (Box::new(file), length.map(|metadata| metadata.len()))
            }
        };
        let media_type = match self.format.unwrap_or_else(|| format_of(&place)) {
            Format::Csv => "text/csv",
            Format::Ndjson => "application/x-ndjson",
        };
        // A server elsewhere tells nothing before the end: there the file itself is what can be watched.
        let mut meter = api.is_remote().then(|| Meter::new("sent", length, "bytes"));
        let body = pieces::of(reader, move |bytes| {
            if let Some(meter) = &mut meter {
                meter.tell(bytes);
                if length == Some(bytes) {
                    console::note("all is sent; the server judges and adds the users");
                }
            }
        });
        let parameters = query([
            ("resellerId", self.reseller.map(|id| id.to_string())),
            ("dryRun", self.dry_run.then(|| "true".to_owned())),
        ]);
        let target = format!("/v1/customer/{}/users/import{parameters}", self.customer);
        let report = api.value(Call::long(target, media_type, body)).await?;
        self.tell(&report)
    }

    fn tell(&self, report: &Value) -> Result<(), Failure> {
        for fault in report.get("faults").and_then(Value::as_array).into_iter().flatten() {
            let descriptions = fault.get("description").and_then(Value::as_array);
            let description: Vec<&str> =
                descriptions.into_iter().flatten().filter_map(Value::as_str).collect();
            let (row, property) = (cell(fault, "row"), cell(fault, "propertyName"));
            let property = if property.is_empty() { String::new() } else { format!("{property}: ") };
            console::print(&format!("row {row}: {property}{}\n", description.join(" ")))?;
        }
        let [rows, created, revived, faulty] =
            ["rows", "created", "revived", "faultyRows"].map(|member| cell(report, member));
        if faulty != "0" {
            return Err(Failure::Failed(format!(
                "{faulty} of {rows} rows are at fault; nothing was imported"
            )));
        }
        let verb = if self.dry_run { "would import" } else { "imported" };
        console::note(&format!("{verb} {rows} users: {created} new, {revived} back"));
        Ok(())
    }
}

fn format_of(place: &Place) -> Format {
    let extension = match place {
        Place::Standard => None,
        Place::File(path) => Path::extension(path).and_then(|extension| extension.to_str()),
    };
    match extension {
        Some("ndjson" | "jsonl" | "json") => Format::Ndjson,
        _ => Format::Csv,
    }
}

impl ExportUsers {
    pub(super) async fn run(self, api: &Api) -> Result<(), Failure> {
        let filter = query([("resellerId", self.reseller.map(|id| id.to_string()))]);
        let call = Call::get(format!("/v1/customer/{}/users/export{filter}", self.customer));
        let path = match Place::from(self.file.as_str()) {
            Place::Standard => return api.ask(call, console::print).await.map(drop),
            Place::File(path) => path,
        };
        let failed = |error: io::Error| Failure::of(path.display(), error);
        let mut file = None;
        let mut meter = Meter::new("wrote", None, "bytes");
        let mut written = 0;
        api.ask(call, |text| {
            // Made with the first piece, so that a refusal leaves no file.
            let file = match &mut file {
                Some(file) => file,
                None => file.insert(console::create_private(&path, self.force)?),
            };
            written += text.len() as u64;
            meter.tell(written);
            file.write_all(text.as_bytes()).map_err(failed)
        })
        .await?;
        console::note(&format!("wrote {}; it holds people", path.display()));
        Ok(())
    }
}
