//! Could the role of the application see past the tenants? Row-level security is a wall only for a role that owns
//! nothing and may not go around it.

use super::policies;
use crate::migrate::Refusal;
use crate::sql::{Connection, params};

/// Whether a table of the catalogue has rows of a tenant; the writer of a chain is one.
pub(super) const OF_A_TENANT: &str = "EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = pg_class.oid
                                              AND attname IN ('tenant_id', 'writer') AND NOT attisdropped)";

/// Judges the role of this connection.
pub(crate) fn judge(connection: &Connection) -> Result<(), Refusal> {
    judge_role(connection, None)
}

/// Judges a role; that of this connection, if none is named.
fn judge_role(connection: &Connection, role: Option<&str>) -> Result<(), Refusal> {
    // Whoever may hand out roles can take that of the owner, and whoever is a member of a role can become it.
    let sql = format!(
        "SELECT judged.rolname::text, rolsuper, rolbypassrls, rolcreaterole,
                EXISTS (SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                        WHERE nspname = 'rollcall' AND pg_has_role(judged.oid, relowner, 'MEMBER')),
                (SELECT string_agg(rolname::text, ', ' ORDER BY rolname::text) FROM pg_roles
                 WHERE (rolsuper OR rolbypassrls OR rolcreaterole)
                   AND pg_has_role(judged.oid, pg_roles.oid, 'MEMBER')),
                (SELECT string_agg(relname::text, ', ' ORDER BY relname::text)
                 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                 WHERE nspname = 'rollcall' AND relkind IN ('r', 'p')
                   AND NOT (relrowsecurity AND relforcerowsecurity)
                   AND {OF_A_TENANT})
         FROM pg_roles AS judged WHERE judged.rolname = coalesce(?1::text, current_user)"
    );
    let fault = connection.query_row(
        &sql,
        params![role],
        |row| {
            let role: String = row.get(0)?;
            let (is_superuser, goes_around, hands_out): (bool, bool, bool) =
                (row.get(1)?, row.get(2)?, row.get(3)?);
            let (owns, mighty, open): (bool, Option<String>, Option<String>) =
                (row.get(4)?, row.get(5)?, row.get(6)?);
            Ok(if is_superuser {
                Some(format!("the role `{role}` is a superuser; ALTER ROLE {role} NOSUPERUSER, or serve with another"))
            } else if goes_around {
                Some(format!("the role `{role}` may bypass row-level security; ALTER ROLE {role} NOBYPASSRLS"))
            } else if hands_out {
                Some(format!("the role `{role}` may give itself other roles; ALTER ROLE {role} NOCREATEROLE"))
            } else if owns {
                Some(format!(
                    "the role `{role}` owns the tables, or is a member of who does; serve with a role of its own, \
                     which `rollcall migrate --role` lets in"
                ))
            } else if let Some(mighty) = mighty {
                Some(format!("the role `{role}` is a member of {mighty}; REVOKE {mighty} FROM {role}"))
            } else {
                open.map(|tables| {
                    format!(
                        "row-level security is not forced on {tables}; as the owner: \
                         ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY"
                    )
                })
            })
        },
    )?;
    let changed = if fault.is_none() { policies::changed(connection)? } else { Vec::new() };
    let fault = fault.or_else(|| {
        (!changed.is_empty()).then(|| {
            format!(
                "the policies of {} are not those of the schema; as the owner, make them as they are in a database that \
                 `rollcall migrate` made anew",
                changed.join(", ")
            )
        })
    });
    fault.map_or(Ok(()), |fault| {
        Err(Refusal::Schema(format!("the application could see past its tenants: {fault}")))
    })
}

/// Lets a role serve the directory: read and write its rows, and nothing else.
pub(crate) fn admit(connection: &Connection, role: &str) -> Result<(), Refusal> {
    let known = connection
        .prepare_cached("SELECT quote_ident(?1::text) FROM pg_roles WHERE rolname = ?1::text")?
        .query_map(params![role], |row| row.get::<String>(0))?
        .next()
        .transpose()?;
    let Some(quoted) = known else {
        return Err(Refusal::Schema(format!(
            "there is no role `{role}`; make it first: CREATE ROLE \"{role}\" LOGIN PASSWORD '…'"
        )));
    };
    judge_role(connection, Some(role))?;
    connection.execute_batch(&format!(
        "GRANT USAGE ON SCHEMA rollcall TO {quoted};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA rollcall TO {quoted};
         REVOKE INSERT, UPDATE, DELETE ON rollcall.migration FROM {quoted};
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA rollcall TO {quoted}"
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::fixture::Database;

    #[test]
    fn a_question_to_the_catalogue_is_not_compiled() {
        let Some(database) = Database::new("catalogue") else { return };
        let application = database.application();
        // Whether this server could compile at all, nobody has to know.
        let sql = "EXPLAIN SELECT string_agg(rolname::text, ', ' ORDER BY rolname) FROM pg_roles";
        let mut question = application.prepare_cached(sql).unwrap();
        let steps = question.query_map(params![], |row| row.get(0)).unwrap();
        let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
        assert!(!steps.iter().any(|step| step.starts_with("JIT")), "{steps:#?}");
    }
}
