//! How does a listing get into a spreadsheet? As CSV (RFC 4180) of the same users in the same order, in one
//! snapshot, row by row.

use std::borrow::Cow;
use std::io;

use csv::{Terminator, WriterBuilder};
use domain::access::{Action, grant};
use domain::error::Error;
use domain::id::{CustomerId, ResellerId};
use domain::principal::Principal;
use serde::Deserialize;

use super::cells::{BETWEEN_GROUPS, COLUMNS, guarded};
use crate::App;
use crate::coding::{Coding, Encoder};
use crate::stream::{Layout, Pieces};

/// The users of a customer, on their way into a file.
pub struct Export {
    /// How many they are.
    pub total: u64,
    /// The file.
    pub pieces: Pieces,
}

impl App {
    /// Exports the users of a customer as a caller may see them.
    ///
    /// # Errors
    /// Permission, reseller mismatch, customer, reseller relation, in this order; or the database failed.
    pub async fn export_customer_users(
        &self,
        principal: &Principal,
        customer: CustomerId,
        reseller: Option<ResellerId>,
        coding: Coding,
    ) -> Result<Export, Error> {
        let scope = grant(principal, Action::ExportCustomerUsers, customer, reseller)?;
        let (standing, pieces) = Pieces::begin(&self.store, scope, coding, Table::default()).await?;
        Ok(Export { total: standing.count, pieces })
    }
}

/// A header, and a line for each user.
#[derive(Default)]
struct Table {
    line: Vec<u8>,
}

impl Table {
    fn write<'c>(
        &mut self,
        cells: impl IntoIterator<Item = Cow<'c, str>>,
        encoder: &mut Encoder,
    ) -> io::Result<()> {
        self.line.clear();
        let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(&mut self.line);
        writer.write_record(cells.into_iter().map(|cell| cell.into_owned()))?;
        writer.flush()?;
        drop(writer);
        encoder.write(&self.line)
    }
}

impl Layout for Table {
    fn begin(&mut self, encoder: &mut Encoder) -> io::Result<()> {
        self.write(COLUMNS.map(Cow::from), encoder)
    }

    fn user(&mut self, document: &str, encoder: &mut Encoder) -> io::Result<()> {
        let user: User<'_> = serde_json::from_str(document)?;
        let groups: Vec<&str> = user.groups.iter().map(Group::told).collect();
        let groups = groups.join(&BETWEEN_GROUPS.to_string());
        let texts =
            [&user.first_name, &user.last_name, &user.email].map(|text| text.as_deref().unwrap_or_default());
        let cells = [user.id].into_iter().chain(texts).chain([groups.as_str()]).map(guarded);
        self.write(cells, encoder)
    }

    fn end(&mut self, _: &mut Encoder) -> io::Result<()> {
        Ok(())
    }
}

/// A user as the listing shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct User<'d> {
    id: &'d str,
    #[serde(borrow)]
    first_name: Option<Cow<'d, str>>,
    #[serde(borrow)]
    last_name: Option<Cow<'d, str>>,
    #[serde(borrow)]
    email: Option<Cow<'d, str>>,
    #[serde(borrow)]
    groups: Vec<Group<'d>>,
}

#[derive(Deserialize)]
struct Group<'d> {
    id: &'d str,
    #[serde(borrow)]
    name: Cow<'d, str>,
}

impl Group<'_> {
    /// The name, or the id where the name would be read as several.
    fn told(&self) -> &str {
        if self.name.contains(BETWEEN_GROUPS) { self.id } else { &self.name }
    }
}
