//! Which records may this caller see, newest first? Read from the columns of the segments; the texts are
//! unpacked only of those that are shown.

use std::collections::HashSet;

use domain::access::Reach;
use domain::audit::{Record, Status};
use domain::error::Error;
use domain::principal::Role;
use jiff::Timestamp;
use uuid::Uuid;

use super::segment::{Column, Columns, Facets, correlation_number, nanoseconds, unpack};
use crate::sql::failure;
use crate::sql::people::judge_context;
use crate::sql::{self, Connection, params};

/// What is asked of the trail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditQuery {
    /// Not before this moment.
    pub since: Timestamp,
    /// Not after this moment.
    pub until: Timestamp,
    /// One of these operations; none for any.
    pub operations: Option<HashSet<String>>,
    /// Ended so; none for any.
    pub status: Option<Status>,
    /// In the context of a reseller whose name holds this.
    pub reseller_name: Option<String>,
    /// About a customer whose name holds this.
    pub customer_name: Option<String>,
    /// Of this request.
    pub correlation_id: Option<String>,
    /// By one of these users or clients; none for anybody.
    pub actors: Option<HashSet<Uuid>>,
    /// How many at most.
    pub limit: u32,
    /// How many to pass over.
    pub offset: u64,
}

/// Which records a right shows.
///
/// A reseller sees what its own people and programs asked for, and what was done in its context; a customer
/// the same of its own. What others merely tried concerns nobody but them, and might tell of whom they have
/// to do with.
enum Audience {
    Everybody,
    Reseller(Uuid),
    Customer(Uuid, Option<Uuid>),
}

/// A record that matches: when, and where it is.
type Hit = (i64, Place);

/// Where a record is. Of the same moment, those of a tenant's own chain are newer than what the chain of the
/// directory has of it, which was recorded before each tenant had a chain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    is_own: bool,
    sequence: u64,
}

/// The chains that have records of a tenant.
#[derive(Clone, Copy)]
struct Chains {
    own: Uuid,
    directory: Uuid,
}

impl Chains {
    fn each(self) -> [Uuid; 2] {
        [self.own, self.directory]
    }

    fn place(self, writer: Uuid, sequence: u64) -> Place {
        Place { is_own: writer == self.own, sequence }
    }

    fn writer(self, place: Place) -> Uuid {
        if place.is_own { self.own } else { self.directory }
    }
}

/// A page of records as their texts, and how many there are in all.
///
/// # Errors
/// The reseller that the right is narrowed to is none, or the database failed.
pub(crate) fn page(
    connection: &Connection,
    directory: Uuid,
    reach: &Reach,
    query: &AuditQuery,
) -> Result<(u64, Vec<String>), Error> {
    judge_context(connection, reach)?;
    let own = super::writer(directory, Some(reach.tenant()));
    read(connection, Chains { own, directory }, reach, query).map_err(failure)
}

fn read(
    connection: &Connection,
    chains: Chains,
    reach: &Reach,
    query: &AuditQuery,
) -> sql::Result<(u64, Vec<String>)> {
    let wanted = Wanted::of(connection, chains, reach, query)?;
    let mut chosen = Chosen { offset: query.offset, limit: query.limit as usize, ..Chosen::default() };
    for writer in chains.each() {
        chosen.take(wanted.loose(connection, writer)?);
    }
    let mut segments = connection.prepare_cached(
        "SELECT writer, first, ended FROM audit_segment INDEXED BY audit_segment_by_time
         WHERE writer IN (?1, ?2) AND ended >= ?3 AND began <= ?4 ORDER BY ended DESC",
    )?;
    let mut rows = segments.query(params![chains.own, chains.directory, wanted.since, wanted.until])?;
    while let Some(row) = rows.next()? {
        let (writer, first, ended): (Uuid, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        // All that is newer than whatever is still to come has its place for good.
        chosen.settle(ended);
        chosen.take(wanted.packed(connection, writer, first)?);
    }
    chosen.settle(i64::MIN);
    Ok((chosen.total, texts(connection, chains, &chosen.page)?))
}

/// The hits of a page, while they are gathered from newer to older.
#[derive(Default)]
struct Chosen {
    offset: u64,
    limit: usize,
    total: u64,
    /// How many hits have their place already.
    settled: u64,
    pending: Vec<Hit>,
    page: Vec<Place>,
}

impl Chosen {
    fn take(&mut self, hits: Vec<Hit>) {
        self.total += hits.len() as u64;
        if self.page.len() < self.limit {
            self.pending.extend(hits);
        }
    }

    /// Gives those hits their place that are newer than `bound`.
    fn settle(&mut self, bound: i64) {
        self.pending.sort_unstable_by(|one, other| other.cmp(one));
        let newer = self.pending.partition_point(|(at, _)| *at > bound || bound == i64::MIN);
        for (_, place) in self.pending.drain(..newer) {
            if self.settled >= self.offset && self.page.len() < self.limit {
                self.page.push(place);
            }
            self.settled += 1;
        }
    }
}

/// A query with its right, as records are compared with it.
struct Wanted<'q> {
    chains: Chains,
    tenant: Uuid,
    audience: Audience,
    since: i64,
    until: i64,
    resellers: Option<HashSet<Uuid>>,
    customers: Option<HashSet<Uuid>>,
    query: &'q AuditQuery,
}

impl<'q> Wanted<'q> {
    fn of(
        connection: &Connection,
        chains: Chains,
        reach: &Reach,
        query: &'q AuditQuery,
    ) -> sql::Result<Self> {
        let tenant = reach.tenant().0;
        let named = |table: &str, text: &Option<String>| -> sql::Result<Option<HashSet<Uuid>>> {
            text.as_deref().map(|text| companies(connection, table, tenant, text)).transpose()
        };
        Ok(Self {
            chains,
            tenant,
            audience: match (reach.role(), reach.context()) {
                (Role::Customer(id), context) => Audience::Customer(id.0, context.map(|id| id.0)),
                (_, Some(reseller)) => Audience::Reseller(reseller.0),
                (_, None) => Audience::Everybody,
            },
            since: nanoseconds(query.since),
            until: nanoseconds(query.until),
            resellers: named("reseller", &query.reseller_name)?,
            customers: named("customer", &query.customer_name)?,
            query,
        })
    }

    /// The hits among the records that are in no segment yet.
    fn loose(&self, connection: &Connection, writer: Uuid) -> sql::Result<Vec<Hit>> {
        let mut statement =
            connection.prepare_cached("SELECT sequence, record FROM audit_record WHERE writer = ?1")?;
        let mut rows = statement.query(params![writer])?;
        let mut hits = Vec::new();
        while let Some(row) = rows.next()? {
            // A record that cannot be read is told by `audit verify`.
            let Ok(record) = serde_json::from_str::<Record>(row.text(1)?) else { continue };
            if self.wants(&record) {
                let sequence = u64::try_from(row.get::<i64>(0)?).unwrap_or_default();
                hits.push((nanoseconds(record.timestamp), self.chains.place(writer, sequence)));
            }
        }
        Ok(hits)
    }

    fn wants(&self, record: &Record) -> bool {
        let query = self.query;
        let at = nanoseconds(record.timestamp);
        let (reseller, customer) = (record.reseller_id.map(|id| id.0), record.customer_id.map(|id| id.0));
        let succeeded = record.status == Status::Succeded;
        let one_of = |set: &Option<HashSet<Uuid>>, id: Option<Uuid>| {
            set.as_ref().is_none_or(|set| id.is_some_and(|id| set.contains(&id)))
        };
        let heard = match self.audience {
            Audience::Everybody => true,
            Audience::Reseller(own) => {
                record.actor_owner_id == Some(own) || (succeeded && reseller == Some(own))
            }
            Audience::Customer(own, context) => {
                (record.actor_owner_id == Some(own) || (succeeded && customer == Some(own)))
                    && (context.is_none() || reseller == context)
            }
        };
        heard
            && record.tenant_id.map(|id| id.0) == Some(self.tenant)
            && (self.since..=self.until).contains(&at)
            && query.operations.as_ref().is_none_or(|names| names.contains(record.operation.name()))
            && query.status.is_none_or(|status| status == record.status)
            && one_of(&self.resellers, reseller)
            && one_of(&self.customers, customer)
            && one_of(&query.actors, record.actor.id)
            && query.correlation_id.as_deref().is_none_or(|id| id == record.correlation_id)
    }

    /// The hits in a segment, by its columns.
    fn packed(&self, connection: &Connection, writer: Uuid, first: i64) -> sql::Result<Vec<Hit>> {
        let mut statement = connection
            .prepare_cached("SELECT facets, columns FROM audit_segment WHERE writer = ?1 AND first = ?2")?;
        let mut rows = statement.query(params![writer, first])?;
        let Some(row) = rows.next()? else { return Ok(Vec::new()) };
        let facets = row.blob(0)?;
        let Some(numbers) = Facets::of_bytes(facets).and_then(|facets| Numbers::of(self, &facets)) else {
            return Ok(Vec::new());
        };
        let Some(columns) = Columns::of_bytes(row.get(1)?) else { return Ok(Vec::new()) };
        drop(rows);
        let first = u64::try_from(first).unwrap_or_default();
        let mut hits: Vec<Hit> = Vec::new();
        let wanted = numbers.in_columns(self, &columns);
        for ((sequence, at), is_wanted) in (first..).zip(columns.times()).zip(wanted) {
            if is_wanted && (self.since..=self.until).contains(&at) {
                hits.push((at, self.chains.place(writer, sequence)));
            }
        }
        match &self.query.correlation_id {
            Some(id) if !hits.is_empty() => self.really_of(connection, writer, first, id, hits),
            _ => Ok(hits),
        }
    }

    /// The number of a correlation id is not enough to be sure.
    fn really_of(
        &self,
        connection: &Connection,
        writer: Uuid,
        first: u64,
        id: &str,
        mut hits: Vec<Hit>,
    ) -> sql::Result<Vec<Hit>> {
        let texts = segment_texts(connection, writer, first)?;
        let lines: Vec<&str> = texts.split('\n').collect();
        hits.retain(|(_, place)| {
            let line = usize::try_from(place.sequence - first).unwrap_or(usize::MAX);
            let record = lines.get(line).and_then(|line| serde_json::from_str::<Record>(line).ok());
            record.is_some_and(|record| record.correlation_id == *id)
        });
        Ok(hits)
    }
}

/// The numbers that a query wants in the columns of one segment.
struct Numbers {
    tenant: u16,
    kinds: Vec<bool>,
    succeeded: Vec<bool>,
    owner: Option<u16>,
    of_owner: Option<(Column, u16)>,
    context: Option<u16>,
    resellers: Option<Vec<u16>>,
    customers: Option<Vec<u16>>,
    actors: Option<Vec<u16>>,
}

impl Numbers {
    /// Nothing if the segment cannot hold a hit.
    fn of(wanted: &Wanted<'_>, facets: &Facets<'_>) -> Option<Self> {
        let tenant = facets.number(Column::Tenant, &wanted.tenant)?;
        let query = wanted.query;
        let is_wanted = |(operation, status): &(String, Status)| {
            query.operations.as_ref().is_none_or(|names| names.contains(operation))
                && query.status.is_none_or(|wanted| wanted == *status)
        };
        // Number 0 stands for no kind, which no record has.
        let kinds: Vec<bool> = std::iter::once(false).chain(facets.kinds.iter().map(is_wanted)).collect();
        let succeeded = |(_, status): &(String, Status)| *status == Status::Succeded;
        let succeeded = std::iter::once(false).chain(facets.kinds.iter().map(succeeded)).collect();
        let (own, column, context) = match wanted.audience {
            Audience::Everybody => (None, Column::Reseller, None),
            Audience::Reseller(id) => (Some(id), Column::Reseller, None),
            Audience::Customer(id, context) => (Some(id), Column::Customer, context),
        };
        let owner = own.and_then(|id| facets.number(Column::Owner, &id));
        let of_owner = own.and_then(|id| Some((column, facets.number(column, &id)?)));
        if !kinds.contains(&true) || (own.is_some() && owner.is_none() && of_owner.is_none()) {
            return None;
        }
        let context = match context {
            None => None,
            Some(id) => Some(facets.number(Column::Reseller, &id)?),
        };
        let among = |column: Column, set: &Option<HashSet<Uuid>>| {
            set.as_ref().map(|set| facets.numbers(column, |id| set.contains(id)))
        };
        let (resellers, customers, actors) = (
            among(Column::Reseller, &wanted.resellers),
            among(Column::Customer, &wanted.customers),
            among(Column::Actor, &query.actors),
        );
        let empty = |numbers: &Option<Vec<u16>>| numbers.as_ref().is_some_and(Vec::is_empty);
        if empty(&resellers) || empty(&customers) || empty(&actors) {
            return None;
        }
        let is_open = own.is_none();
        Some(Self {
            tenant,
            kinds,
            succeeded,
            owner: if is_open { None } else { Some(owner.unwrap_or(u16::MAX)) },
            of_owner,
            context,
            resellers,
            customers,
            actors,
        })
    }

    /// Whether each record of the segment is wanted, its time aside.
    fn in_columns(&self, wanted: &Wanted<'_>, columns: &Columns) -> Vec<bool> {
        let flag = |flags: &[bool], number: u16| flags.get(usize::from(number)).copied().unwrap_or_default();
        let mut hits: Vec<bool> = columns
            .numbers(Column::Tenant)
            .zip(columns.numbers(Column::Kind))
            .map(|(tenant, kind)| tenant == self.tenant && flag(&self.kinds, kind))
            .collect();
        if let Some(owner) = self.owner {
            let (column, of) = self.of_owner.unwrap_or((Column::Reseller, u16::MAX));
            let seen = columns
                .numbers(Column::Owner)
                .zip(columns.numbers(column))
                .zip(columns.numbers(Column::Kind));
            for (hit, ((actor_owner, about), kind)) in hits.iter_mut().zip(seen) {
                *hit &= actor_owner == owner || (about == of && flag(&self.succeeded, kind));
            }
        }
        if let Some(context) = self.context {
            narrow(&mut hits, columns, Column::Reseller, |number| number == context);
        }
        for (column, numbers) in [
            (Column::Reseller, &self.resellers),
            (Column::Customer, &self.customers),
            (Column::Actor, &self.actors),
        ] {
            if let Some(numbers) = numbers {
                narrow(&mut hits, columns, column, |number| numbers.contains(&number));
            }
        }
        if let Some(id) = &wanted.query.correlation_id {
            let number = correlation_number(id);
            hits.iter_mut().zip(columns.correlations()).for_each(|(hit, of)| *hit &= of == number);
        }
        debug_assert_eq!(hits.len(), columns.count());
        hits
    }
}

fn narrow(hits: &mut [bool], columns: &Columns, column: Column, is_wanted: impl Fn(u16) -> bool) {
    hits.iter_mut().zip(columns.numbers(column)).for_each(|(hit, number)| *hit &= is_wanted(number));
}

/// The customers or resellers of a tenant, deleted ones included, whose name holds a text.
fn companies(connection: &Connection, table: &str, tenant: Uuid, text: &str) -> sql::Result<HashSet<Uuid>> {
    let folded = domain::search::fold(text);
    connection
        .prepare_cached(&format!(
            "SELECT {table}_id FROM {table} WHERE tenant_id = ?1 AND instr(name_key, ?2) > 0"
        ))?
        .query_map(params![tenant, folded], |row| row.get(0))?
        .collect()
}

fn segment_texts(connection: &Connection, writer: Uuid, first: u64) -> sql::Result<String> {
    connection
        .prepare_cached("SELECT texts FROM audit_segment WHERE writer = ?1 AND first = ?2")?
        .query_row(params![writer, super::signed(first)], |row| unpack(row.blob(0)?))
}

/// The texts of these records, in this order. Each segment is unpacked once.
fn texts(connection: &Connection, chains: Chains, places: &[Place]) -> sql::Result<Vec<String>> {
    let mut found: Vec<(Place, String)> = Vec::with_capacity(places.len());
    let mut loose =
        connection.prepare_cached("SELECT record FROM audit_record WHERE writer = ?1 AND sequence = ?2")?;
    let mut segment = connection.prepare_cached(
        "SELECT first, last, texts FROM audit_segment WHERE writer = ?1 AND first <= ?2
         ORDER BY first DESC LIMIT 1",
    )?;
    let mut open: Option<(Place, u64, Vec<String>)> = None;
    let mut sorted = places.to_vec();
    sorted.sort_unstable();
    for place in sorted {
        let (writer, sequence) = (chains.writer(place), place.sequence);
        let inside = open.as_ref().is_some_and(|(first, last, _)| {
            first.is_own == place.is_own && (first.sequence..=*last).contains(&sequence)
        });
        if !inside {
            if let Ok(text) = loose.query_row(params![writer, super::signed(sequence)], |row| row.get(0)) {
                found.push((place, text));
                continue;
            }
            open = Some(segment.query_row(params![writer, super::signed(sequence)], |row| {
                let number = |column| {
                    Ok::<_, sql::Failure>(u64::try_from(row.get::<i64>(column)?).unwrap_or_default())
                };
                let lines = unpack(row.blob(2)?)?.split('\n').map(str::to_owned).collect();
                Ok((Place { sequence: number(0)?, ..place }, number(1)?, lines))
            })?);
        }
        if let Some((first, _, lines)) = &open {
            let line = usize::try_from(sequence - first.sequence).unwrap_or(usize::MAX);
            found.extend(lines.get(line).map(|line| (place, line.clone())));
        }
    }
    let text_of = |place: &Place| {
        let at = found.binary_search_by_key(place, |(known, _)| *known).ok()?;
        found.get(at).map(|(_, text)| text.clone())
    };
    Ok(places.iter().filter_map(text_of).collect())
}
