//! Who are the users of this customer? Read by index, in the order of names, never sorted.

use domain::access::Scope;
use domain::order::OrderKey;
use domain::principal::Role;
use rusqlite::{CachedStatement, Connection, OptionalExtension, named_params, params};

use super::rows::unsigned;

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

/// Looks the customer up with the scope in the WHERE: one that is absent, deleted, of another tenant or
/// outside the caller's reach takes the same statement and gives the same nothing.
const STANDING: &str = "
    SELECT relation.customer_id IS NOT NULL,
           CASE WHEN :context IS NULL THEN customer.listing_version ELSE relation.listing_version END,
           CASE WHEN :context IS NULL THEN customer.user_count ELSE relation.user_count END
    FROM customer
    LEFT JOIN relation ON relation.tenant_id = customer.tenant_id
                      AND relation.customer_id = customer.customer_id
                      AND relation.reseller_id = :context
                      AND EXISTS (SELECT 1 FROM reseller
                                  WHERE reseller.tenant_id = relation.tenant_id
                                    AND reseller.reseller_id = relation.reseller_id
                                    AND reseller.deleted_at IS NULL)
    WHERE customer.tenant_id = :tenant
      AND customer.customer_id = :customer
      AND customer.deleted_at IS NULL
      AND (:reach_customer IS NULL OR customer.customer_id = :reach_customer)
      AND (:reach_reseller IS NULL OR EXISTS (
              SELECT 1 FROM relation AS own
              WHERE own.tenant_id = customer.tenant_id
                AND own.customer_id = customer.customer_id
                AND own.reseller_id = :reach_reseller))";

pub(crate) fn standing(connection: &Connection, scope: &Scope) -> rusqlite::Result<Option<Standing>> {
    let (reach_customer, reach_reseller) = match scope.role() {
        Role::Csp => (None, None),
        Role::Reseller(id) => (None, Some(id.0)),
        Role::Customer(id) => (Some(id.0), None),
    };
    let unrelated_without_context = scope.context().is_none();
    connection
        .prepare_cached(STANDING)?
        .query_row(
            named_params! {
                ":tenant": scope.tenant().0,
                ":customer": scope.customer().0,
                ":context": scope.context().map(|id| id.0),
                ":reach_customer": reach_customer,
                ":reach_reseller": reach_reseller,
            },
            |row| {
                Ok(Standing {
                    related: unrelated_without_context || row.get(0)?,
                    version: unsigned(row, 1)?,
                    count: unsigned(row, 2)?,
                })
            },
        )
        .optional()
}

/// The users of a scope, in the order of names, from the place after `after`.
pub(crate) struct Documents<'c> {
    statement: CachedStatement<'c>,
}

/// SQLite chooses the index by the shape of the WHERE, so each shape is a statement of its own.
const ALL: &str = "
    SELECT document FROM user
    WHERE tenant_id = ?1 AND owner_id = ?2 AND order_key > ?3 AND shown = 1 AND owner_kind = 2
    ORDER BY order_key LIMIT ?4";
const IN_CONTEXT: &str = "
    SELECT document FROM user
    WHERE tenant_id = ?1 AND owner_id = ?2 AND context = ?5 AND context <> x'' AND order_key > ?3
      AND shown = 1 AND owner_kind = 2
    ORDER BY order_key LIMIT ?4";

impl<'c> Documents<'c> {
    pub(crate) fn prepare(connection: &'c Connection, scope: &Scope) -> rusqlite::Result<Self> {
        let sql = if scope.context().is_some() { IN_CONTEXT } else { ALL };
        Ok(Self { statement: connection.prepare_cached(sql)? })
    }

    /// Hands each document to `each`, at most `limit` of them, until it says to stop.
    pub(crate) fn read(
        &mut self,
        scope: &Scope,
        after: Option<&OrderKey>,
        limit: Option<u32>,
        mut each: impl FnMut(&str) -> bool,
    ) -> rusqlite::Result<()> {
        let after = after.map_or(&[][..], OrderKey::as_bytes);
        let limit = limit.map_or(-1, i64::from);
        let mut rows = match scope.context() {
            None => self.statement.query(params![scope.tenant().0, scope.customer().0, after, limit])?,
            Some(context) => self.statement.query(params![
                scope.tenant().0,
                scope.customer().0,
                after,
                limit,
                context.0
            ])?,
        };
        while let Some(row) = rows.next()? {
            if !each(row.get_ref(0)?.as_str()?) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rusqlite::StatementStatus;

    use super::*;
    use crate::{migrate, sqlite};

    /// Every step by which SQLite would answer `sql`.
    fn plan(sql: &str) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let mut connection = sqlite::writing(&directory.path().join("rollcall.db")).unwrap();
        migrate::run(&mut connection, jiff::Timestamp::UNIX_EPOCH).unwrap();
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
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
            plan(ALL),
            ["SEARCH user USING INDEX user_by_name (tenant_id=? AND owner_id=? AND order_key>?)"]
        );
        assert_eq!(
            plan(IN_CONTEXT),
            [
                "SEARCH user USING INDEX user_by_context (tenant_id=? AND owner_id=? AND context=? AND order_key>?)"
            ]
        );
    }

    #[test]
    fn a_standing_is_planned_once_whatever_is_asked() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("rollcall.db");
        migrate::run(&mut sqlite::writing(&path).unwrap(), jiff::Timestamp::UNIX_EPOCH).unwrap();
        for connection in [sqlite::writing(&path).unwrap(), sqlite::reading(&path).unwrap()] {
            for sql in [STANDING, ALL, IN_CONTEXT] {
                let mut statement = connection.prepare(sql).unwrap();
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
        let plan = plan(STANDING);
        assert!(plan.iter().all(|step| !step.contains("SCAN") || step.contains("CONSTANT ROW")), "{plan:#?}");
        assert!(plan.iter().any(|step| step.starts_with("SEARCH customer USING PRIMARY KEY")), "{plan:#?}");
    }
}
