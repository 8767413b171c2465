//! What does a file say of users? One a row, numbered as an editor shows the lines. CSV has a header that names
//! its columns; NDJSON holds the bodies that `POST …/users` takes.

use std::cell::Cell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::rc::Rc;
use std::sync::Arc;

use csv::{ByteRecord, ReaderBuilder};
use domain::error::Fault;
use domain::group::{Group, MOST_GROUPS};
use domain::id::{GroupId, UserId};
use domain::text::{Email, Name, fold_case};

use super::cells::{BETWEEN_GROUPS, COLUMNS, unguarded};
use crate::body::UserBody;
use crate::body::members::{echoed, id};
use crate::lines::Lines;

/// The most bytes of a row of CSV.
const LONGEST_ROW: usize = 64 << 10;
/// How much of a file is read at once.
const BUFFER: usize = 64 << 10;
/// A row may begin anywhere in a buffer, and end anywhere in one.
const MOST_READ: usize = LONGEST_ROW + 2 * BUFFER;

/// How a file says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserFileFormat {
    /// RFC 4180, with a header; a semicolon in the place of the comma is known by the header.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

/// Groups by their folded names: several where a name is that of several.
pub(super) type GroupNames = HashMap<String, Vec<GroupId>>;

pub(super) fn names_of(groups: Vec<Group>) -> GroupNames {
    let mut names = GroupNames::new();
    for group in groups {
        names.entry(fold_case(&group.name)).or_default().push(group.id);
    }
    names
}

/// One row.
pub(super) struct Row {
    /// The number of its line.
    pub(super) number: u64,
    /// What it says, with the faults of it.
    pub(super) body: UserBody,
}

/// The rows of a file.
pub(super) enum Rows {
    Csv(CsvRows),
    Ndjson(Lines<BufReader<File>>),
}

impl Rows {
    /// Begins to read a file from its start.
    ///
    /// # Errors
    /// What is wrong with the header, each by its column; or the file cannot be read.
    pub(super) fn open(
        file: File,
        format: UserFileFormat,
        groups: &Arc<GroupNames>,
    ) -> io::Result<Result<Self, Vec<Fault>>> {
        match format {
            UserFileFormat::Ndjson => {
                Ok(Ok(Self::Ndjson(Lines::new(BufReader::with_capacity(BUFFER, file)))))
            }
            UserFileFormat::Csv => Ok(CsvRows::open(file, Arc::clone(groups))?.map(Self::Csv)),
        }
    }

    /// The next row; nothing at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Row>> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Ndjson(lines) => Ok(lines.next()?.map(|line| Row {
                number: line.number,
                body: match line.text {
                    Ok(text) => UserBody::read(text, "customer"),
                    Err(fault) => UserBody::faulty(vec![Fault::new("", fault.description)]),
                },
            })),
        }
    }
}

/// The rows of CSV.
pub(super) struct CsvRows {
    reader: csv::Reader<Bounded>,
    /// How much of the current row may still be read.
    left: Rc<Cell<usize>>,
    columns: Vec<&'static str>,
    groups: Arc<GroupNames>,
    record: ByteRecord,
}

impl CsvRows {
    fn open(file: File, groups: Arc<GroupNames>) -> io::Result<Result<Self, Vec<Fault>>> {
        let mut file = BufReader::with_capacity(BUFFER, file);
        let delimiter = delimiter(io::BufRead::fill_buf(&mut file)?);
        let left = Rc::new(Cell::new(MOST_READ));
        let input = Bounded { file, left: Rc::clone(&left) };
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(BUFFER)
            .from_reader(input);
        let mut record = ByteRecord::new();
        if !reader.read_byte_record(&mut record).map_err(cause)? {
            let fault = Fault::new(
                "",
                "The file is empty; begin with a header such as `firstName,lastName,email,groups`.",
            );
            return Ok(Err(vec![fault]));
        }
        Ok(columns(&record).map(|columns| Self { reader, left, columns, groups, record }))
    }

    fn next(&mut self) -> io::Result<Option<Row>> {
        self.left.set(MOST_READ);
        if !self.reader.read_byte_record(&mut self.record).map_err(cause)? {
            return Ok(None);
        }
        let number = self.record.position().map_or(0, csv::Position::line);
        Ok(Some(Row { number, body: self.body() }))
    }

    fn body(&self) -> UserBody {
        let mut body = UserBody::faulty(Vec::new());
        let (cells, columns) = (self.record.len(), self.columns.len());
        if self.record.as_slice().len() > LONGEST_ROW {
            body.faults.push(Fault::new("", format!("A row has at most {LONGEST_ROW} bytes.")));
            return body;
        }
        if cells != columns {
            let description = format!("This row has {cells} cells, and the header has {columns}.");
            body.faults.push(Fault::new("", description));
            return body;
        }
        for (column, cell) in self.columns.iter().zip(&self.record) {
            match std::str::from_utf8(cell) {
                Ok(cell) => self.take(&mut body, column, unguarded(cell)),
                Err(_) => body.faults.push(Fault::new(*column, "This is not UTF-8.")),
            }
        }
        let has_email = body.email.is_some() || body.faults.iter().any(|fault| fault.property == "email");
        if !has_email {
            body.faults.push(Fault::new("email", "This cell must not be empty."));
        }
        body
    }

    fn take(&self, body: &mut UserBody, column: &'static str, cell: &str) {
        if cell.trim().is_empty() {
            return;
        }
        let judged = match column {
            "id" => id(cell.trim()).map(|id| body.id = Some(UserId(id))),
            "firstName" => Name::parse(cell).map(|name| body.first_name = name),
            "lastName" => Name::parse(cell).map(|name| body.last_name = name),
            "email" => Email::parse(cell).map(|email| body.email = Some(email)),
            _ => self.named(cell).map(|groups| body.groups = groups.into_iter().enumerate().collect()),
        };
        if let Err(description) = judged {
            body.faults.push(Fault::new(column, description));
        }
    }

    /// The groups that a cell names, by name or by id.
    fn named(&self, cell: &str) -> Result<Vec<GroupId>, String> {
        let names = cell.split(BETWEEN_GROUPS).map(str::trim).filter(|name| !name.is_empty());
        let groups: Vec<GroupId> = names.map(|name| self.group(name)).collect::<Result<_, _>>()?;
        if groups.len() > MOST_GROUPS {
            return Err(format!("At most {MOST_GROUPS} groups are allowed; this has {}.", groups.len()));
        }
        Ok(groups)
    }

    fn group(&self, name: &str) -> Result<GroupId, String> {
        match self.groups.get(&fold_case(name)).map(Vec::as_slice) {
            Some([group]) => Ok(*group),
            Some(_) => Err(format!("Several groups are called `{}`; give the id.", echoed(name))),
            // Whether there is a group with the id is looked up with the rest.
            None => id(name).map(GroupId).map_err(|_| {
                format!("There is no group `{}`; `GET /v1/users/groups` lists them.", echoed(name))
            }),
        }
    }
}

/// What the file was refused for; of the ways to fail, those of unequal rows and of text are none here.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, format!("this is not CSV: {other:?}")),
    }
}

/// What separates the cells: a comma, or where spreadsheets of some countries wrote it a semicolon.
fn delimiter(beginning: &[u8]) -> u8 {
    let header = beginning.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    if header.contains(&b';') && !header.contains(&b',') { b';' } else { b',' }
}

/// The columns that a header names.
fn columns(header: &ByteRecord) -> Result<Vec<&'static str>, Vec<Fault>> {
    let (mut columns, mut faults) = (Vec::new(), Vec::new());
    for cell in header {
        let name = String::from_utf8_lossy(cell);
        let name = name.trim_start_matches('\u{feff}').trim();
        match COLUMNS.into_iter().find(|column| column.eq_ignore_ascii_case(name)) {
            Some(column) if columns.contains(&column) => {
                faults.push(Fault::new(column, "This column is there twice."));
            }
            Some(column) => columns.push(column),
            None => {
                let description = format!("There is no such column. Known are: {}.", COLUMNS.join(", "));
                faults.push(Fault::new(echoed(name), description));
            }
        }
    }
    if !columns.contains(&"email") {
        faults.push(Fault::new("email", "This column is required."));
    }
    if faults.is_empty() { Ok(columns) } else { Err(faults) }
}

/// Reads no more of a row than one may have, so that a quote that is never closed cannot take the memory.
struct Bounded {
    file: BufReader<File>,
    left: Rc<Cell<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        match self.left.get().checked_sub(read) {
            Some(left) => self.left.set(left),
            None => {
                let cause = "a row is too long; is a quotation mark missing?";
                return Err(io::Error::new(io::ErrorKind::InvalidData, cause));
            }
        }
        Ok(read)
    }
}
