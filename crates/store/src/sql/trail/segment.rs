//! What is a segment of the trail? Some thousand records in one row: their texts packed together, and beside
//! them the few facts by which records are asked for, each fact in a column of its own.
//!
//! A column holds numbers. What they stand for is in the *facets*: lists of the tenants, actors and so on that
//! the segment tells of. So a query that asks for what is in no list passes the segment by, and otherwise
//! compares numbers.

use std::collections::HashMap;

use domain::audit::{Record, Status};
use domain::chain::Head;
use domain::id::TenantId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::signed;
use crate::sql::{self, Connection, params};

/// How hard the texts are packed: little, for each request waits for nothing but pays for all.
const LEVEL: i32 = 1;

/// A record on its way into the trail.
pub(crate) struct Entry {
    text: String,
    facts: Facts,
    head: Head,
}

/// By what a record is asked for.
struct Facts {
    /// Nanoseconds since 1970.
    at: i64,
    operation: &'static str,
    status: Status,
    tenant: Option<Uuid>,
    actor: Option<Uuid>,
    owner: Option<Uuid>,
    reseller: Option<Uuid>,
    customer: Option<Uuid>,
    correlation: u32,
}

impl Entry {
    pub(crate) fn of(record: &Record) -> sql::Result<Self> {
        Ok(Self::with_text(record, crate::sql::rows::to_json(record)?))
    }

    /// A record whose text is stored already.
    pub(crate) fn with_text(record: &Record, text: String) -> Self {
        let facts = Facts {
            at: nanoseconds(record.timestamp),
            operation: record.operation.name(),
            status: record.status,
            tenant: record.tenant_id.map(|id| id.0),
            actor: record.actor.id,
            owner: record.actor_owner_id,
            reseller: record.reseller_id.map(|id| id.0),
            customer: record.customer_id.map(|id| id.0),
            correlation: correlation_number(&record.correlation_id),
        };
        Self { text, facts, head: Head { writer: Uuid::nil(), sequence: 0, hash: [0; 32] } }
    }

    /// Takes its place in the chain behind a head; the head after it.
    pub(crate) fn follow(&mut self, before: &Head) -> Head {
        self.head = before.after(self.text.as_bytes());
        self.head
    }

    /// In which tenant it was.
    pub(crate) fn tenant(&self) -> Option<TenantId> {
        self.facts.tenant.map(TenantId)
    }

    /// When it was, in nanoseconds since 1970.
    pub(crate) fn at(&self) -> i64 {
        self.facts.at
    }

    /// The exact text that the hash covers.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The head of the chain after this record.
    pub(crate) fn head(&self) -> Head {
        self.head
    }
}

/// A time as columns and queries have it: one that is too far away is the last one on its side.
pub(crate) fn nanoseconds(time: jiff::Timestamp) -> i64 {
    let nanoseconds = time.as_nanosecond();
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}

/// A correlation id as the columns have it: too short to be sure, and short enough to pass by all others.
pub(crate) fn correlation_number(id: &str) -> u32 {
    u32::from_le_bytes(Sha256::digest(id).first_chunk().copied().unwrap_or_default())
}

/// What the numbers in the columns stand for; number 0 stands for none, 1 for the first of a list.
pub(crate) struct Facets<'a> {
    /// Operation and status.
    pub(crate) kinds: Vec<(String, Status)>,
    lists: [&'a [[u8; 16]]; LISTS.len()],
}

/// The columns whose lists are of ids, in their order.
const LISTS: [Column; 5] = [Column::Tenant, Column::Actor, Column::Owner, Column::Reseller, Column::Customer];

impl<'a> Facets<'a> {
    /// Reads the lists as they are stored; nothing if they cannot be.
    pub(crate) fn of_bytes(bytes: &'a [u8]) -> Option<Self> {
        let (kinds, mut rest) = sized(bytes, 1)?;
        let mut lists = [&[][..]; LISTS.len()];
        for list in &mut lists {
            let (ids, after) = sized(rest, 16)?;
            *list = ids.as_chunks::<16>().0;
            rest = after;
        }
        Some(Self { kinds: serde_json::from_slice(kinds).ok()?, lists })
    }

    /// The number of an id in a column; nothing if no record of the segment has it.
    pub(crate) fn number(&self, column: Column, id: &Uuid) -> Option<u16> {
        let place = LISTS.iter().position(|known| *known == column)?;
        let found = self.lists.get(place)?.iter().position(|known| known == id.as_bytes())?;
        u16::try_from(found + 1).ok()
    }

    /// The numbers of those ids that `wanted` wants.
    pub(crate) fn numbers(&self, column: Column, wanted: impl Fn(&Uuid) -> bool) -> Vec<u16> {
        let place = LISTS.iter().position(|known| *known == column).unwrap_or(usize::MAX);
        let list = self.lists.get(place).copied().unwrap_or_default();
        (1..).zip(list).filter(|(_, id)| wanted(&Uuid::from_bytes(**id))).map(|(number, _)| number).collect()
    }
}

/// A run of values of `size` bytes behind their count, and what comes after it.
fn sized(bytes: &[u8], size: usize) -> Option<(&[u8], &[u8])> {
    let (count, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*count)).ok()?.checked_mul(size)?)
}

/// The lists while they are made.
#[derive(Default)]
struct Lists {
    kinds: Vec<(String, Status)>,
    ids: [List; LISTS.len()],
}

#[derive(Default)]
struct List {
    ids: Vec<u8>,
    numbers: HashMap<Uuid, u16>,
    /// Records that follow one another often tell of the same.
    last: Option<(Uuid, u16)>,
}

impl List {
    /// The number of an id; it is put into the list if it is not there yet.
    fn number(&mut self, id: Option<Uuid>) -> u16 {
        let Some(id) = id else { return 0 };
        if let Some((_, number)) = self.last.filter(|(last, _)| *last == id) {
            return number;
        }
        let next = u16::try_from(self.numbers.len() + 1).unwrap_or(u16::MAX);
        let number = *self.numbers.entry(id).or_insert_with(|| {
            self.ids.extend(id.as_bytes());
            next
        });
        self.last = Some((id, number));
        number
    }
}

impl Lists {
    fn kind(&mut self, facts: &Facts) -> u16 {
        let known =
            |(operation, status): &(String, Status)| *operation == facts.operation && *status == facts.status;
        let place = self.kinds.iter().position(known).unwrap_or_else(|| {
            self.kinds.push((facts.operation.to_owned(), facts.status));
            self.kinds.len() - 1
        });
        u16::try_from(place + 1).unwrap_or(u16::MAX)
    }

    fn into_bytes(self) -> sql::Result<Vec<u8>> {
        let kinds = crate::sql::rows::to_json(&self.kinds)?;
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        let mut bytes = [&count(kinds.len())[..], kinds.as_bytes()].concat();
        for List { ids, .. } in self.ids {
            bytes.extend(count(ids.len() / 16));
            bytes.extend(ids);
        }
        Ok(bytes)
    }
}

/// One number of each record in each column.
pub(crate) struct Columns {
    bytes: Vec<u8>,
    count: usize,
}

/// The columns, in their order, with the bytes of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    At,
    Correlation,
    Kind,
    Tenant,
    Actor,
    Owner,
    Reseller,
    Customer,
}

const WIDTHS: [(Column, usize); 8] = [
    (Column::At, 8),
    (Column::Correlation, 4),
    (Column::Kind, 2),
    (Column::Tenant, 2),
    (Column::Actor, 2),
    (Column::Owner, 2),
    (Column::Reseller, 2),
    (Column::Customer, 2),
];
const WIDTH: usize = 24;

impl Columns {
    /// The columns as they are stored; nothing if they cannot be.
    pub(crate) fn of_bytes(bytes: Vec<u8>) -> Option<Self> {
        let count = bytes.len() / WIDTH;
        bytes.len().is_multiple_of(WIDTH).then_some(Self { bytes, count })
    }

    /// How many records there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    fn slice(&self, column: Column) -> &[u8] {
        let mut from = 0;
        for (known, width) in WIDTHS {
            if known == column {
                return self.bytes.get(from..from + width * self.count).unwrap_or_default();
            }
            from += width * self.count;
        }
        &[]
    }

    /// The times, in nanoseconds since 1970.
    pub(crate) fn times(&self) -> impl Iterator<Item = i64> {
        self.slice(Column::At).as_chunks::<8>().0.iter().map(|bytes| i64::from_le_bytes(*bytes))
    }

    /// The numbers of the correlation ids.
    pub(crate) fn correlations(&self) -> impl Iterator<Item = u32> {
        self.slice(Column::Correlation).as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// The numbers of another column.
    pub(crate) fn numbers(&self, column: Column) -> impl Iterator<Item = u16> {
        self.slice(column).as_chunks::<2>().0.iter().map(|bytes| u16::from_le_bytes(*bytes))
    }
}

/// Lists and numbers of some records.
fn lay_out(entries: &[&Entry]) -> sql::Result<(Vec<u8>, Vec<u8>)> {
    let mut lists = Lists::default();
    let mut columns: [Vec<u8>; WIDTHS.len()] =
        WIDTHS.map(|(_, width)| Vec::with_capacity(width * entries.len()));
    let [at, correlation, kind, rest @ ..] = &mut columns;
    for Entry { facts, .. } in entries {
        at.extend(facts.at.to_le_bytes());
        correlation.extend(facts.correlation.to_le_bytes());
        kind.extend(lists.kind(facts).to_le_bytes());
        let ids = [facts.tenant, facts.actor, facts.owner, facts.reseller, facts.customer];
        for ((column, list), id) in rest.iter_mut().zip(&mut lists.ids).zip(ids) {
            column.extend(list.number(id).to_le_bytes());
        }
    }
    Ok((lists.into_bytes()?, columns.concat()))
}

/// Writes a segment of records that follow one another after `before`.
pub(super) fn write(connection: &Connection, before: &Head, entries: &[&Entry]) -> sql::Result<()> {
    let Some(last) = entries.last() else { return Ok(()) };
    let times = || entries.iter().map(|entry| entry.facts.at);
    let (facets, columns) = lay_out(entries)?;
    let texts = entries.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>().join("\n");
    let packed = zstd::bulk::compress(texts.as_bytes(), LEVEL)
        .map_err(|error| sql::Failure::Unfit(error.to_string()))?;
    connection
        .prepare_cached(
            "INSERT INTO audit_segment (writer, first, last, began, ended, hash_before, hash, facets, columns,
                                        texts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            before.writer,
            signed(before.sequence + 1),
            signed(last.head.sequence),
            times().min(),
            times().max(),
            before.hash,
            last.head.hash,
            facets,
            columns,
            packed,
        ])?;
    Ok(())
}

/// A segment as it is stored: its texts, and what queries read instead of them.
pub(crate) struct Aside<'a> {
    /// One record a line.
    pub(crate) texts: &'a str,
    pub(crate) facets: &'a [u8],
    pub(crate) columns: &'a [u8],
    /// The time of the oldest record, in nanoseconds since 1970.
    pub(crate) began: i64,
    /// The time of the newest record.
    pub(crate) ended: i64,
}

impl Aside<'_> {
    /// Whether queries are told what the texts say. No hash covers this, for it follows from them.
    pub(crate) fn agrees(&self) -> bool {
        let entry = |text: &str| {
            let record = serde_json::from_str(text).ok()?;
            Some(Entry::with_text(&record, String::new()))
        };
        let Some(entries) = self.texts.split('\n').map(entry).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let times = || entries.iter().map(|entry| entry.facts.at);
        (times().min(), times().max()) == (Some(self.began), Some(self.ended))
            && lay_out(&entries.iter().collect::<Vec<_>>())
                .is_ok_and(|(facets, columns)| facets == self.facets && columns == self.columns)
    }
}

/// The most bytes that the texts of a segment may unpack to: as much as so many records can have.
const LARGEST: usize = 256 << 20;

/// Unpacks the texts of a segment: one record a line.
pub(crate) fn unpack(packed: &[u8]) -> sql::Result<String> {
    let failed = |_: std::io::Error| sql::Failure::Damaged("texts");
    let size = zstd::zstd_safe::get_frame_content_size(packed).ok().flatten();
    let size = size.and_then(|size| usize::try_from(size).ok()).filter(|size| *size <= LARGEST);
    let bytes = zstd::bulk::decompress(packed, size.unwrap_or_default()).map_err(failed)?;
    String::from_utf8(bytes).map_err(|error| failed(std::io::Error::other(error)))
}
