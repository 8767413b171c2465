//! Does the catalogue of PostgreSQL hold what the schema promises? Every table that has a tenant stands behind the
//! second wall, and is cut by its tenant in every key: then a mistake in a statement shows nobody else's rows, and the
//! tables can be spread over servers by tenant.

use crate::server::{APPLICATION, OWNER, apart};
use crate::world::*;

/// The tables without a tenant, and why they have none.
const OF_ALL: [(&str, &str); 5] = [
    ("issuer", "an issuer may serve several tenants, and is asked for before the tenant is known"),
    ("meta", "keys and versions of the whole directory"),
    ("migration", "the schema is one"),
    ("recent_write", "its marks name nobody, and every node reads all of them"),
    ("signing_key", "the keys of our own issuer, which serves all tenants"),
];

/// Keys of tables with a tenant that do not begin with it, and why.
const NOT_LED_BY_TENANT: [(&str, &str); 3] = [
    ("api_access_issuer_fkey", "leads to a table without a tenant"),
    ("api_access_pkey", "a client says its id, and by that it is found out whose it is"),
    (
        "domain_pkey",
        "by the domain it is found out whose portal it is; it belongs to one tenant in the world",
    ),
];

/// Tables whose rows may be read before it is known whose they are, and only before.
const READ_BEFORE_ENTERING: [&str; 3] = ["api_access", "domain", "tenant"];

/// The first cells of the rows that a question to the catalogue gives.
fn told(world: &World, sql: &str) -> Vec<String> {
    let rows = apart(|| world.home().behind().rows(sql));
    rows.into_iter().map(|mut cells| cells.swap_remove(0)).collect()
}

/// The tables of the schema, and whether they have a tenant; the writer of a chain is one.
const TABLES: &str = "
    WITH ours AS (
        SELECT pg_class.*, pg_class.oid AS id, EXISTS (
                   SELECT 1 FROM pg_attribute WHERE attrelid = pg_class.oid AND attname IN ('tenant_id', 'writer')
                                                AND NOT attisdropped) AS has_tenant
        FROM pg_class WHERE relnamespace = 'rollcall'::regnamespace AND relkind IN ('r', 'p', 'f'))";

fn names<const N: usize>(known: [(&'static str, &'static str); N]) -> Vec<&'static str> {
    known.iter().map(|(name, _)| *name).collect()
}

pub(crate) async fn every_table_with_a_tenant_stands_behind_the_wall(world: World) {
    let with = "SELECT relname::text FROM ours WHERE has_tenant ORDER BY 1";
    let walled = format!(
        "{TABLES} SELECT relname::text FROM ours
         WHERE has_tenant AND relrowsecurity AND relforcerowsecurity ORDER BY 1"
    );
    let all = told(&world, &format!("{TABLES} {with}"));
    assert_eq!(all, told(&world, &walled));
    assert!(all.len() >= 17, "{all:?}");
    let without = format!("{TABLES} SELECT relname::text FROM ours WHERE NOT has_tenant ORDER BY 1");
    assert_eq!(told(&world, &without), names(OF_ALL));
}

pub(crate) async fn every_policy_holds_for_what_is_read_and_for_what_is_written(world: World) {
    let own = "(tenant_id = ( SELECT rollcall.current_tenant() AS current_tenant))";
    let own_or_none_yet =
        format!("((( SELECT rollcall.current_tenant() AS current_tenant) IS NULL) OR {own})");
    let own_chain = "((writer = ( SELECT rollcall.current_tenant() AS current_tenant)) \
                     OR (writer = ( SELECT meta.value\n   FROM rollcall.meta\n  \
                     WHERE (meta.name = 'trail_writer'::text))))";
    let policies = apart(|| {
        let behind = world.home().behind();
        behind.batch("SET search_path = pg_catalog");
        behind.rows(
            "SELECT tablename::text, cmd, permissive, roles::text, coalesce(qual, '-'), coalesce(with_check, '-')
             FROM pg_policies WHERE schemaname = 'rollcall' ORDER BY 1, 2",
        )
    });
    let mut expected = Vec::new();
    for table in told(&world, &format!("{TABLES} SELECT relname::text FROM ours WHERE has_tenant ORDER BY 1"))
    {
        let policy = |command: &str, read: &str, written: &str| {
            [&table, command, "PERMISSIVE", "{public}", read, written].map(str::to_owned).to_vec()
        };
        if READ_BEFORE_ENTERING.contains(&table.as_str()) {
            expected.push(policy("DELETE", own, "-"));
            expected.push(policy("INSERT", "-", own));
            expected.push(policy("SELECT", &own_or_none_yet, "-"));
            expected.push(policy("UPDATE", own, own));
        } else if table.starts_with("audit_") {
            expected.push(policy("ALL", own_chain, own_chain));
        } else {
            expected.push(policy("ALL", own, own));
        }
    }
    assert_eq!(policies, expected);
}

pub(crate) async fn every_key_begins_with_the_tenant(world: World) {
    let indexes = format!(
        "{TABLES} SELECT pg_class.relname::text FROM ours JOIN pg_index ON indrelid = ours.id
                  JOIN pg_class ON pg_class.oid = indexrelid
                  LEFT JOIN pg_attribute ON attrelid = ours.id AND attnum = indkey[0]
         WHERE has_tenant AND coalesce(attname, '') NOT IN ('tenant_id', 'writer')"
    );
    let foreign_keys = format!(
        "{TABLES} SELECT conname::text FROM ours JOIN pg_constraint ON conrelid = ours.id
                  JOIN pg_attribute AS here ON here.attrelid = conrelid AND here.attnum = conkey[1]
                  JOIN pg_attribute AS there ON there.attrelid = confrelid AND there.attnum = confkey[1]
         WHERE has_tenant AND contype = 'f'
           AND (here.attname <> 'tenant_id' OR there.attname <> 'tenant_id')"
    );
    let exclusions = format!(
        "{TABLES} SELECT conname::text FROM ours JOIN pg_constraint ON conrelid = ours.id WHERE contype = 'x'"
    );
    let mut found = told(&world, &indexes);
    found.extend(told(&world, &foreign_keys));
    found.extend(told(&world, &exclusions));
    found.sort_unstable();
    assert_eq!(found, names(NOT_LED_BY_TENANT));
}

/// Ids come from the application, and nothing happens that no statement says.
pub(crate) async fn nothing_counts_or_acts_by_itself(world: World) {
    let of_others = "NOT IN ('pg_catalog', 'information_schema', 'pg_toast')";
    for (what, sql) in [
        (
            "sequences",
            format!(
                "SELECT relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                               WHERE relkind = 'S' AND nspname {of_others}"
            ),
        ),
        ("triggers", "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal".to_owned()),
        ("event triggers", "SELECT evtname::text FROM pg_event_trigger".to_owned()),
        ("rules", format!("SELECT rulename::text FROM pg_rules WHERE schemaname {of_others}")),
        ("materialized views", "SELECT matviewname::text FROM pg_matviews".to_owned()),
        (
            "views that see with the eyes of their owner",
            format!(
                "SELECT relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                     WHERE relkind = 'v' AND nspname {of_others}
                       AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)"
            ),
        ),
        (
            "functions that act as their owner",
            format!(
                "SELECT proname::text FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
                     WHERE prosecdef AND nspname {of_others}"
            ),
        ),
        (
            "identity columns",
            "SELECT attname::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
             WHERE attidentity <> '' AND relnamespace = 'rollcall'::regnamespace"
                .to_owned(),
        ),
    ] {
        assert_eq!(told(&world, &sql), Vec::<String>::new(), "{what}");
    }
}

/// Else the order of texts, and what equals what, would be that of the machine.
pub(crate) async fn every_text_compares_by_its_bytes(world: World) {
    let sql = format!(
        "{TABLES} SELECT relname || '.' || attname FROM ours JOIN pg_attribute ON attrelid = ours.id
                  JOIN pg_collation ON pg_collation.oid = attcollation
         WHERE attnum > 0 AND NOT attisdropped AND collname <> 'C' AND relname <> 'migration'"
    );
    assert_eq!(told(&world, &sql), Vec::<String>::new());
}

/// TRUNCATE goes past every policy, a trigger or a foreign key of one's own looks past them.
pub(crate) async fn the_application_may_read_and_write_rows_and_nothing_else(world: World) {
    let rights = format!(
        "{TABLES} SELECT relname || ' ' || right_to FROM ours,
                  unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS right_to
         WHERE has_table_privilege('{APPLICATION}', id, right_to)"
    );
    let fixed = format!(
        "{TABLES} SELECT relname || ' ' || right_to FROM ours,
                  unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS right_to
         WHERE relname = 'migration' AND has_table_privilege('{APPLICATION}', id, right_to)"
    );
    let owned = format!("{TABLES} SELECT relname::text FROM ours WHERE relowner <> '{OWNER}'::regrole");
    let schemas = format!(
        "SELECT nspname::text FROM pg_namespace
         WHERE nspname NOT LIKE 'pg\\_temp%' AND nspname NOT LIKE 'pg\\_toast%'
           AND has_schema_privilege('{APPLICATION}', oid, 'CREATE')"
    );
    let anybody = format!(
        "{TABLES} SELECT relname::text FROM ours, aclexplode(relacl) AS given WHERE given.grantee = 0"
    );
    for sql in [rights, fixed, owned, schemas, anybody] {
        assert_eq!(told(&world, &sql), Vec::<String>::new(), "{sql}");
    }
}
