//! Are the policies of row-level security those that the migrations made? One that was dropped shows nothing, but one
//! that was added or changed opens the wall as far as it says.

use std::collections::BTreeMap;

use super::wall::OF_A_TENANT;
use crate::sql::{Connection, Result, params};

/// A tenant's own rows.
const OWN: &str = "tenant_id = (SELECT current_tenant())";
/// The same, and before a tenant is entered the rows of all: by these it is found out whose rows a request works on.
const OWN_OR_NONE_YET: &str = "(SELECT current_tenant()) IS NULL OR tenant_id = (SELECT current_tenant())";
/// The chain of a tenant, and that of the directory.
const OWN_CHAIN: &str = "writer = (SELECT current_tenant())
                         OR writer = (SELECT meta.value FROM meta WHERE meta.name = 'trail_writer')";
/// No condition.
const NONE: &str = "-";

/// The tables that are read to find out whose rows a request works on.
const READ_BEFORE_ENTERING: [&str; 3] = ["api_access", "domain", "tenant"];

/// The policies of a table: the commands, and what may be read and written.
fn expected(table: &str) -> Vec<[&'static str; 3]> {
    if READ_BEFORE_ENTERING.contains(&table) {
        vec![
            ["DELETE", OWN, NONE],
            ["INSERT", NONE, OWN],
            ["SELECT", OWN_OR_NONE_YET, NONE],
            ["UPDATE", OWN, OWN],
        ]
    } else if table.starts_with("audit_") {
        vec![["ALL", OWN_CHAIN, OWN_CHAIN]]
    } else {
        vec![["ALL", OWN, OWN]]
    }
}

/// A condition without what servers write differently: blanks, brackets, casts, and names where none are needed.
fn gist(condition: &str) -> String {
    let words = condition.replace(['(', ')'], " ").replace("::text", "").replace("rollcall.", "");
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ").replace(" AS current_tenant", "")
}

/// The tables with a tenant whose policies are others than those of the schema.
pub(super) fn changed(connection: &Connection) -> Result<Vec<String>> {
    let mut found: BTreeMap<String, Vec<[String; 3]>> = BTreeMap::new();
    let mut policies = connection.prepare_cached(&format!(
        "SELECT relname::text, cmd, permissive || roles::text, coalesce(qual, '-'), coalesce(with_check, '-')
         FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                       LEFT JOIN pg_policies ON schemaname = nspname AND tablename = relname
         WHERE nspname = 'rollcall' AND relkind IN ('r', 'p')
           AND {OF_A_TENANT}
         ORDER BY relname, cmd, policyname"
    ))?;
    let mut rows = policies.query(params![])?;
    while let Some(row) = rows.next()? {
        let of_table = found.entry(row.get(0)?).or_default();
        if let Some(command) = row.get::<Option<String>>(1)? {
            // A policy for some roles, or one that only narrows, is none of ours whatever it says.
            let whose: String = row.get(2)?;
            let command = if whose == "PERMISSIVE{public}" { command } else { whose };
            of_table.push([command, gist(row.text(3)?), gist(row.text(4)?)]);
        }
    }
    let is_changed = |(table, found): &(String, Vec<[String; 3]>)| {
        let expected = expected(table);
        found.len() != expected.len()
            || found.iter().zip(expected).any(|([command, read, written], [ours, to_read, to_write])| {
                command != ours || *read != gist(to_read) || *written != gist(to_write)
            })
    };
    Ok(found.into_iter().filter(is_changed).map(|(table, _)| table).collect())
}
