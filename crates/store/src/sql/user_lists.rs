//! Which users may this caller see, found by words and groups, by name or by e-mail, a page at a time?
//!
//! Without a search the page is a cut out of an index, and the total is a sum of figures that are kept. A
//! search first gathers the ids that match, from the index of terms. Few are looked up one by one; many are
//! told apart while the index of the order is walked.

use std::collections::HashSet;

use domain::access::Reach;
use domain::error::Error;
use domain::id::{CustomerId, GroupId, TenantId};
use domain::principal::Role;
use domain::search::{Term, words};
use domain::text::fold_case;
use uuid::Uuid;

use super::people::{Cut, WITHIN, judge_context};
use super::rows::unsigned;
use super::terms;
use crate::sql::failure;
use crate::sql::{self, Connection, Row, named_params, params};

/// What is asked of a list of users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UserQuery {
    /// Words that the words of name or e-mail begin with, all of them.
    pub search: Option<String>,
    /// Ids or names of groups, of which a user is in one at least; none for all users.
    pub groups: Option<Vec<String>>,
    /// By what the users are sorted.
    pub sort: UserSort,
    /// From A to Z, or back.
    pub ascending: bool,
    /// How many at most.
    pub limit: u32,
    /// How many to pass over.
    pub offset: u64,
}

/// By what users are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UserSort {
    /// As the listing is.
    Name,
    /// By the folded e-mail.
    Email,
}

/// Matches fewer than one in so many users are looked up one by one.
const FEW: u64 = 16;

/// A page of users as documents, and how many there are in all.
///
/// # Errors
/// As of [`judge_context`], or the database failed.
pub(crate) fn page(
    connection: &Connection,
    reach: &Reach,
    query: &UserQuery,
) -> Result<(u64, Vec<String>), Error> {
    judge_context(connection, reach)?;
    let read = || {
        let all = total(connection, reach)?;
        match matches(connection, reach.tenant(), query)? {
            None => Ok((all, cut(connection, reach, query)?)),
            Some(found) if (found.len() as u64).saturating_mul(FEW) < all => {
                looked_up(connection, reach, query, &found)
            }
            Some(found) => walked(connection, reach, query, &found),
        }
    };
    read().map_err(failure)
}

/// How many users a right reaches, from the figures that are kept. PostgreSQL adds them up to a number without bounds,
/// which is brought back.
fn total(connection: &Connection, reach: &Reach) -> sql::Result<u64> {
    let (tenant, count) = (reach.tenant().0, |row: &Row<'_>| unsigned(row, 0));
    match (reach.role(), reach.context()) {
        (Role::Customer(CustomerId(customer)), None) => connection
            .prepare_cached("SELECT user_count FROM customer WHERE tenant_id = ?1 AND customer_id = ?2")?
            .query_row(params![tenant, customer], count),
        (Role::Customer(CustomerId(customer)), Some(reseller)) => connection
            .prepare_cached(
                "SELECT user_count FROM relation
                 WHERE tenant_id = ?1 AND customer_id = ?2 AND reseller_id = ?3",
            )?
            .query_row(params![tenant, customer, reseller.0], count),
        (Role::Csp | Role::Reseller(_), Some(reseller)) => connection
            .prepare_cached(
                "SELECT CAST(
                     coalesce((SELECT user_count FROM reseller WHERE tenant_id = ?1 AND reseller_id = ?2), 0)
                   + coalesce((SELECT sum(relation.user_count) FROM relation JOIN customer
                                 ON customer.tenant_id = relation.tenant_id
                                AND customer.customer_id = relation.customer_id
                               WHERE relation.tenant_id = ?1 AND relation.reseller_id = ?2
                                 AND customer.deleted_at IS NULL), 0) AS bigint)",
            )?
            .query_row(params![tenant, reseller.0], count),
        (Role::Csp | Role::Reseller(_), None) => connection
            .prepare_cached(
                "SELECT CAST(
                     (SELECT user_count FROM tenant WHERE tenant_id = ?1)
                   + coalesce((SELECT sum(user_count) FROM reseller
                               WHERE tenant_id = ?1 AND deleted_at IS NULL), 0)
                   + coalesce((SELECT sum(user_count) FROM customer
                               WHERE tenant_id = ?1 AND deleted_at IS NULL), 0) AS bigint)",
            )?
            .query_row(params![tenant], count),
    }
}

/// The ids of all users of the tenant that match, whoever may see them; nothing if all do.
fn matches(
    connection: &Connection,
    tenant: TenantId,
    query: &UserQuery,
) -> sql::Result<Option<HashSet<Uuid>>> {
    let mut found: Option<HashSet<Uuid>> = None;
    let mut narrow = |these: HashSet<Uuid>| {
        found = Some(match found.take() {
            None => these,
            Some(those) => those.intersection(&these).copied().collect(),
        });
    };
    if let Some(names) = &query.groups {
        let mut members = HashSet::new();
        for group in groups(connection, tenant, names)? {
            members.extend(terms::users_with(connection, tenant, &Term::of_group(group))?);
        }
        narrow(members);
    }
    if let Some(text) = &query.search {
        let words = words(text);
        if words.is_empty() {
            // A text without a letter or a digit begins no word.
            narrow(HashSet::new());
        }
        for word in words {
            narrow(terms::users_with_beginning(connection, tenant, &Term::of_word(&word))?);
        }
    }
    Ok(found)
}

/// The groups with these ids or names; what names none stands for nobody.
fn groups(connection: &Connection, tenant: TenantId, wanted: &[String]) -> sql::Result<Vec<GroupId>> {
    let ids: HashSet<Uuid> = wanted.iter().filter_map(|text| domain::id::parse_guid(text)).collect();
    let names: HashSet<String> = wanted.iter().map(|text| fold_case(text)).collect();
    let mut found = Vec::new();
    let mut statement =
        connection.prepare_cached("SELECT group_id, name FROM user_group WHERE tenant_id = ?1")?;
    let mut rows = statement.query(params![tenant.0])?;
    while let Some(row) = rows.next()? {
        let (id, name): (Uuid, String) = (row.get(0)?, row.get(1)?);
        if ids.contains(&id) || names.contains(&fold_case(&name)) {
            found.push(GroupId(id));
        }
    }
    Ok(found)
}

/// The users of a right in their order. SQLite chooses the index by the shape of the condition, so each right
/// has a shape of its own.
fn ordered(connection: &Connection, reach: &Reach, query: &UserQuery, columns: &str, rest: &str) -> String {
    let (order, direction) = order(connection, query);
    let shape = match (query.sort, reach.role(), reach.context()) {
        // By e-mail there is one index of the whole tenant, which also tells whose a user is.
        (UserSort::Email, ..) => format!("deleted_at IS NULL AND {WITHIN}"),
        (UserSort::Name, Role::Customer(_), None) => "owner_id = :customer AND owner_kind = 2".to_owned(),
        (UserSort::Name, Role::Customer(_), Some(_)) => {
            "owner_id = :customer AND owner_kind = 2 AND context = :reach AND context <> x''".to_owned()
        }
        (UserSort::Name, _, Some(_)) => "reach = :reach AND reach <> x''".to_owned(),
        (UserSort::Name, _, None) => "1 = 1".to_owned(),
    };
    let order: Vec<String> = order.iter().map(|column| format!("{column} {direction}")).collect();
    format!(
        "SELECT {columns} FROM portal_user WHERE tenant_id = :tenant AND shown = 1 AND {shape}
         ORDER BY {} {rest}",
        order.join(", ")
    )
}

/// What the order is made of: that of an index, and total.
fn order(connection: &Connection, query: &UserQuery) -> (&'static [&'static str], &'static str) {
    let columns: &[&str] = match query.sort {
        UserSort::Name => connection.order(),
        UserSort::Email => &["email_key", "owner_kind", "owner_id", "context"],
    };
    (columns, if query.ascending { "ASC" } else { "DESC" })
}

/// A cut out of all users of a right.
fn cut(connection: &Connection, reach: &Reach, query: &UserQuery) -> sql::Result<Vec<String>> {
    let Cut { reach: of_reseller, customer } = Cut::of(reach);
    connection
        .prepare_cached(&ordered(connection, reach, query, "document", "LIMIT :limit OFFSET :offset"))?
        .query_map(
            named_params! {
                ":tenant": reach.tenant().0,
                ":reach": of_reseller,
                ":customer": customer,
                ":limit": query.limit,
                ":offset": i64::try_from(query.offset).unwrap_or(i64::MAX),
            },
            |row| row.get(0),
        )?
        .collect()
}

/// Few matches: each is looked up with the right in the `WHERE`, and the page is chosen among them.
fn looked_up(
    connection: &Connection,
    reach: &Reach,
    query: &UserQuery,
    found: &HashSet<Uuid>,
) -> sql::Result<(u64, Vec<String>)> {
    let Cut { reach: of_reseller, customer } = Cut::of(reach);
    let mut look = connection.prepare_cached(&format!(
        "SELECT order_key, email_key, owner_kind, owner_id, context FROM portal_user
         WHERE tenant_id = :tenant AND user_id = :id AND shown = 1 AND {WITHIN}"
    ))?;
    type Place = (Vec<u8>, i64, Vec<u8>, Vec<u8>);
    let mut seen: Vec<(Place, Uuid)> = Vec::new();
    for id in found {
        let parameters = named_params! {
            ":tenant": reach.tenant().0, ":id": id, ":reach": of_reseller, ":customer": customer,
        };
        let place = look.query_map(parameters, |row| {
            Ok(match query.sort {
                UserSort::Name => (row.get(0)?, 0, Vec::new(), Vec::new()),
                UserSort::Email => {
                    (row.get::<String>(1)?.into_bytes(), row.get(2)?, row.get(3)?, row.get(4)?)
                }
            })
        })?;
        for place in place {
            seen.push((place?, *id));
        }
    }
    let total = seen.len() as u64;
    seen.sort_unstable();
    if !query.ascending {
        seen.reverse();
    }
    let offset = usize::try_from(query.offset).unwrap_or(usize::MAX);
    let page = seen.into_iter().skip(offset).take(query.limit as usize);
    Ok((total, documents(connection, reach.tenant(), page.map(|(_, id)| id))?))
}

/// Many matches: the users of the right are walked in their order, and those that match are counted.
fn walked(
    connection: &Connection,
    reach: &Reach,
    query: &UserQuery,
    found: &HashSet<Uuid>,
) -> sql::Result<(u64, Vec<String>)> {
    let Cut { reach: of_reseller, customer } = Cut::of(reach);
    // The key of the order ends with the id, so that the index alone tells who it is.
    let column = match query.sort {
        UserSort::Name => "order_key",
        UserSort::Email => "user_id",
    };
    let mut statement = connection.prepare_cached(&ordered(connection, reach, query, column, ""))?;
    let (mut total, mut page) = (0, Vec::new());
    let until = query.offset.saturating_add(u64::from(query.limit));
    let params = named_params! {
        ":tenant": reach.tenant().0, ":reach": of_reseller, ":customer": customer,
    };
    statement.stream(params, |row| {
        let id = row.blob(0)?.last_chunk::<16>().map(|bytes| Uuid::from_bytes(*bytes));
        if let Some(id) = id.filter(|id| found.contains(id)) {
            if (query.offset..until).contains(&total) {
                page.push(id);
            }
            total += 1;
        }
        Ok(true)
    })?;
    Ok((total, documents(connection, reach.tenant(), page)?))
}

fn documents(
    connection: &Connection,
    tenant: TenantId,
    ids: impl IntoIterator<Item = Uuid>,
) -> sql::Result<Vec<String>> {
    let mut read = connection
        .prepare_cached("SELECT document FROM portal_user WHERE tenant_id = ?1 AND user_id = ?2")?;
    ids.into_iter().map(|id| read.query_row(params![tenant.0, id], |row| row.get(0))).collect()
}
