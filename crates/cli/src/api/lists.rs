//! How does a command read a whole list? Page by page, and as much of it as was asked for.

use clap::Args;
use serde_json::Value;

use super::{Api, Call, query};
use crate::console;
use crate::failure::Failure;
use crate::meter::Meter;
use crate::table::table;

/// How many items one request asks for.
const PAGE: u32 = 1_000;

/// Which part of a list, and how it is shown.
#[derive(Args)]
pub(crate) struct ListFlags {
    /// Only so many of them
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print a JSON array of the objects that the API sends
    #[arg(long)]
    json: bool,
}

/// A list of the API, and what a line shows of an item.
pub(crate) struct List<'a> {
    /// Its path.
    pub(crate) path: &'static str,
    /// What narrows and sorts it.
    pub(crate) parameters: Vec<(&'a str, Option<String>)>,
    /// The titles of the columns.
    pub(crate) titles: &'static [&'static str],
    /// What stands in them.
    pub(crate) row: fn(&Value) -> Vec<String>,
}

impl List<'_> {
    /// Reads the list and prints it.
    ///
    /// # Errors
    /// The directory refuses or cannot be reached.
    pub(crate) async fn print(&self, api: &Api, flags: &ListFlags) -> Result<(), Failure> {
        let items = self.items(api, flags.limit).await?;
        if flags.json {
            return console::print(&format!("{}\n", Value::Array(items)));
        }
        console::print(&table(self.titles, items.iter().map(self.row)))
    }

    /// The items of the list, `most` of them at most.
    ///
    /// # Errors
    /// The directory refuses or cannot be reached.
    pub(crate) async fn items(&self, api: &Api, most: Option<usize>) -> Result<Vec<Value>, Failure> {
        let mut items = Vec::new();
        let mut meter: Option<Meter> = None;
        for number in 1_u32.. {
            let size = most.map_or(PAGE, |most| u32::try_from(most).unwrap_or(PAGE).clamp(1, PAGE));
            let page = [("pageNumber", Some(number.to_string())), ("pageSize", Some(size.to_string()))];
            let parameters = self.parameters.iter().cloned().chain(page);
            let mut page = api.value(Call::get(format!("{}{}", self.path, query(parameters)))).await?;
            if let Some(Value::Array(more)) = page.get_mut("items").map(Value::take) {
                items.extend(more);
            }
            let total = page.get("totalCount").and_then(Value::as_u64);
            meter.get_or_insert_with(|| Meter::new("read", total, "of the list")).tell(items.len() as u64);
            let is_last = page.get("hasNextPage") != Some(&Value::Bool(true));
            if is_last || most.is_some_and(|most| items.len() >= most) {
                break;
            }
        }
        items.truncate(most.unwrap_or(usize::MAX));
        Ok(items)
    }
}
