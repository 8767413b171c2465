//! Who are the users of this customer? Read by index, in the order of names, never sorted.

use std::sync::LazyLock;

use domain::access::Scope;
use domain::order::OrderKey;
use domain::principal::Role;
use uuid::Uuid;

use super::rows::unsigned;
use crate::sql::{self, Connection, OptionalExtension, Params, Row, Statement, Value};

/// The customer as this scope may see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Whether the reseller of the scope's context is related to the customer. True without a context.
    pub related: bool,
    /// Grows with every write that a listing in this scope shows.
    pub version: u64,
    /// How many users this scope sees.
    pub count: u64,
}

/// The statements that look a customer up, each written once: for each role, without a context and in one.
static STANDINGS: LazyLock<[[String; 2]; 3]> =
    LazyLock::new(|| REACHES.map(|reach| [false, true].map(|in_context| write_standing(reach, in_context))));

/// What of a tenant's customers a role reaches: all; those that it is related to; one.
const REACHES: [&str; 3] = [
    "",
    "AND EXISTS (
              SELECT 1 FROM relation AS own
              WHERE own.tenant_id = customer.tenant_id
                AND own.customer_id = customer.customer_id
                AND own.reseller_id = :reach_reseller)",
    "AND customer.customer_id = :reach_customer",
];

const CONTEXT: &str = "
    LEFT JOIN relation ON relation.tenant_id = customer.tenant_id
                      AND relation.customer_id = customer.customer_id
                      AND relation.reseller_id = :context
                      AND EXISTS (SELECT 1 FROM reseller
                                  WHERE reseller.tenant_id = relation.tenant_id
                                    AND reseller.reseller_id = relation.reseller_id
                                    AND reseller.deleted_at IS NULL)";

/// Looks the customer up with the scope in the WHERE: one that is absent, deleted, of another tenant or
/// outside the caller's reach takes the same statement and gives the same nothing. What is asked for nobody of a role is
/// left out: a server takes longer to make such conditions ready than to find the row.
fn write_standing(reach: &str, in_context: bool) -> String {
    let (related, of, context) = if in_context {
        ("relation.customer_id IS NOT NULL", "relation", CONTEXT)
    } else {
        ("1", "customer", "")
    };
    format!(
        "
    SELECT {related}, {of}.listing_version, {of}.user_count
    FROM customer{context}
    WHERE customer.tenant_id = :tenant
      AND customer.customer_id = :customer
      AND customer.deleted_at IS NULL
      {reach}"
    )
}

/// The statement that looks the customer of a scope up.
pub(crate) fn standing_of(scope: &Scope) -> &'static str {
    let [all, related, one] = &*STANDINGS;
    let [without, within] = match scope.role() {
        Role::Csp => all,
        Role::Reseller(_) => related,
        Role::Customer(_) => one,
    };
    if scope.context().is_some() { within } else { without }
}

/// What is bound to [`standing_of`] a scope.
pub(crate) fn whose_standing(scope: &Scope) -> [(&'static str, Value<'static>); 5] {
    let (reach_customer, reach_reseller) = match scope.role() {
        Role::Csp => (None, None),
        Role::Reseller(id) => (None, Some(id.0)),
        Role::Customer(id) => (Some(id.0), None),
    };
    let id = |id: Option<Uuid>| Value::from(&id);
    [
        (":tenant", Value::Id(scope.tenant().0)),
        (":customer", Value::Id(scope.customer().0)),
        (":context", id(scope.context().map(|context| context.0))),
        (":reach_customer", id(reach_customer)),
        (":reach_reseller", id(reach_reseller)),
    ]
}

/// What a row of [`standing_of`] a scope tells.
pub(crate) fn read_standing(scope: &Scope, row: &Row<'_>) -> sql::Result<Standing> {
    Ok(Standing {
        related: scope.context().is_none() || row.get(0)?,
        version: unsigned(row, 1)?,
        count: unsigned(row, 2)?,
    })
}

pub(crate) fn standing(connection: &Connection, scope: &Scope) -> sql::Result<Option<Standing>> {
    connection
        .prepare_cached(standing_of(scope))?
        .query_row(Params::ByName(&whose_standing(scope)), |row| read_standing(scope, row))
        .optional()
}

/// The users of a scope, in the order of names, from the place after `after`.
pub(crate) struct Documents<'c> {
    statement: Statement<'c>,
}

/// The statements that read documents, each written once: on the embedded database and on a server, without a context
/// and in one.
static DOCUMENTS: LazyLock<[[String; 2]; 2]> = LazyLock::new(|| {
    [false, true].map(|is_server| [false, true].map(|in_context| write_documents(is_server, in_context)))
});

/// A database chooses the index by the shape of the WHERE, so each shape is a statement of its own.
fn write_documents(is_server: bool, in_context: bool) -> String {
    let context = if in_context { "AND context = ?5 AND context <> x''" } else { "" };
    let (order, after) = if is_server {
        ("order_head, order_key", "order_head >= substr(?3::bytea, 1, 1800) AND order_key > ?3")
    } else {
        ("order_key", "order_key > ?3")
    };
    format!(
        "SELECT document FROM portal_user
         WHERE tenant_id = ?1 AND owner_id = ?2 {context} AND {after} AND shown = 1 AND owner_kind = 2
         ORDER BY {order} LIMIT ?4"
    )
}

/// The statement that reads the documents of a scope from a server.
pub(crate) fn documents_of(scope: &Scope) -> &'static str {
    documents(true, scope.context().is_some())
}

fn documents(is_server: bool, in_context: bool) -> &'static str {
    let [embedded, server] = &*DOCUMENTS;
    let [without, within] = if is_server { server } else { embedded };
    if in_context { within } else { without }
}

/// What is bound to [`documents`]: of a scope, from the place after `after`, at most `limit`. The last is bound in a
/// context alone.
pub(crate) fn whose_documents<'a>(
    scope: &Scope,
    after: Option<&'a OrderKey>,
    limit: Option<u32>,
) -> [Value<'a>; 5] {
    [
        Value::Id(scope.tenant().0),
        Value::Id(scope.customer().0),
        Value::Blob(after.map_or(&[][..], OrderKey::as_bytes)),
        Value::Integer(limit.map_or(i64::MAX, i64::from)),
        scope.context().map_or(Value::Null, |id| Value::Id(id.0)),
    ]
}

impl<'c> Documents<'c> {
    pub(crate) fn prepare(connection: &'c Connection, scope: &Scope) -> sql::Result<Self> {
        let is_server = connection.postgres().is_some();
        let sql = documents(is_server, scope.context().is_some());
        Ok(Self { statement: connection.prepare_cached(sql)? })
    }

    /// Hands each document to `each`, at most `limit` of them, until it says to stop.
    pub(crate) fn read(
        &mut self,
        scope: &Scope,
        after: Option<&OrderKey>,
        limit: Option<u32>,
        mut each: impl FnMut(&str) -> bool,
    ) -> sql::Result<()> {
        let values = whose_documents(scope, after, limit);
        let values = if scope.context().is_some() { &values[..] } else { &values[..4] };
        self.statement.stream(Params::ByPlace(values), |row| Ok(each(row.text(0)?)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rusqlite::StatementStatus;
    use tempfile::TempDir;

    use super::*;
    use crate::postgres::fixture::{Database, plan_of};
    use crate::{migrate, sqlite};

    /// A new database, and the folder that it is in.
    fn database() -> (TempDir, Connection) {
        let directory = tempfile::tempdir().unwrap();
        let embedded = sqlite::writing(&directory.path().join("rollcall.db")).unwrap();
        let connection = Connection::Sqlite(embedded);
        migrate::run(&connection, jiff::Timestamp::UNIX_EPOCH).unwrap();
        (directory, connection)
    }

    fn standings() -> impl Iterator<Item = &'static str> {
        STANDINGS.iter().flatten().map(String::as_str)
    }

    /// Every step by which SQLite would answer what `sql` makes.
    fn plan(sql: &str) -> Vec<String> {
        let (_directory, connection) = database();
        let mut statement =
            connection.sqlite().unwrap().prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut steps = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get("detail").unwrap());
        }
        steps
    }

    #[test]
    fn a_listing_is_read_in_the_order_of_its_index_and_never_sorted() {
        assert_eq!(
            plan(documents(false, false)),
            ["SEARCH portal_user USING INDEX user_by_name (tenant_id=? AND owner_id=? AND order_key>?)"]
        );
        assert_eq!(
            plan(documents(false, true)),
            [
                "SEARCH portal_user USING INDEX user_by_context (tenant_id=? AND owner_id=? AND context=? AND order_key>?)"
            ]
        );
    }

    #[test]
    fn a_standing_is_planned_once_whatever_is_asked() {
        let (directory, writing) = database();
        let reading = sqlite::reading(&directory.path().join("rollcall.db")).unwrap();
        for connection in [writing, Connection::Sqlite(reading)] {
            for sql in standings().chain([documents(false, false), documents(false, true)]) {
                let mut statement = connection.sqlite().unwrap().prepare_cached(sql).unwrap();
                for bound in 0..3 {
                    for parameter in 1..=statement.parameter_count() {
                        statement.raw_bind_parameter(parameter, [bound; 16]).unwrap();
                    }
                    // A limit is a number, and anything else ends the reading; planned it was.
                    let _ = statement.raw_query().next();
                }
                assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
            }
        }
    }

    #[test]
    fn a_standing_is_looked_up_by_keys_alone() {
        for sql in standings() {
            let plan = plan(sql);
            let is_by_key = |step: &String| !step.contains("SCAN") || step.contains("CONSTANT ROW");
            assert!(plan.iter().all(is_by_key), "{plan:#?}");
            assert!(
                plan.iter().any(|step| step.starts_with("SEARCH customer USING PRIMARY KEY")),
                "{plan:#?}"
            );
        }
    }

    /// Most people are of one customer, and lie in no order: then a plan that reads all and sorts looks cheap.
    const PEOPLE: &str = "
        INSERT INTO tenant (tenant_id, name) VALUES (decode(repeat('01', 16), 'hex'), 'Distributor');
        INSERT INTO portal_user (tenant_id, user_id, owner_kind, owner_id, context, email, email_key, groups,
                                 order_key, document, shown)
        SELECT decode(repeat('01', 16), 'hex'), key, 2, decode(repeat(owner, 16), 'hex'),
               CASE number % 2 WHEN 0 THEN '' ELSE decode(repeat('07', 16), 'hex') END,
               key::text, key::text, '', key, '{}', 1
        FROM (SELECT number, int4send(number) AS key, CASE number % 100 WHEN 0 THEN '03' ELSE '02' END AS owner
              FROM generate_series(1, 20000) AS number) AS numbered
        ORDER BY md5(number::text)";

    /// As the role of the application, in a session as any other: before row-level security no condition with a
    /// function gets near an index, and a superuser stands behind it.
    #[test]
    fn a_server_reads_a_listing_from_its_place_on_and_never_sorts_it() {
        let Some(database) = Database::new("listing") else { return };
        let tenant = domain::id::TenantId(uuid::Uuid::from_bytes([1; 16]));
        let owner = database.owner();
        let transaction = owner.transaction().unwrap();
        transaction.enter(tenant).unwrap();
        transaction.execute_batch(PEOPLE).unwrap();
        transaction.commit().unwrap();
        owner.execute_batch("ANALYZE portal_user").unwrap();

        let application = database.application();
        let id = |byte: &str| format!("'\\x{}'", byte.repeat(16));
        for (in_context, index) in [(false, "user_by_name"), (true, "user_by_context")] {
            for (place, limit) in [("''", i64::MAX), ("'\\x00001388'", i64::MAX), ("'\\x00001388'", 100)] {
                let values = [id("01"), id("02"), place.to_owned(), limit.to_string(), id("07")];
                let plan = plan_of(&application, tenant, documents(true, in_context), &values);
                let steps: Vec<&str> =
                    plan.iter().map(|step| step.trim_start_matches([' ', '-', '>'])).collect();
                let is_read = format!("Index Scan using {index} on portal_user");
                assert!(steps.contains(&is_read.as_str()), "{plan:#?}");
                let conditions: Vec<_> =
                    steps.iter().filter(|step| step.starts_with("Index Cond:")).collect();
                assert_eq!(conditions.len(), 1, "{plan:#?}");
                assert!(conditions.iter().all(|step| step.contains("(order_head >= ")), "{plan:#?}");
                // Those few that begin alike are put in order by themselves.
                let sorts =
                    |step: &&&str| **step == "Sort" || step.contains("Seq Scan") || step.contains("Bitmap");
                assert_eq!(steps.iter().find(sorts), None, "{plan:#?}");
            }
        }
    }
}
