//! Is a server fit to keep a directory? What is looked at before a node would serve on it, each fault with what mends
//! it.

use crate::location::Location;
use crate::migrate::{self, Refusal};
use crate::sql::{Connection, Failure, Result, params};

use super::wall;

/// The oldest version, as PostgreSQL numbers it.
const OLDEST: i64 = 150_000;

/// How grave is it?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is as it should be.
    Well,
    /// It works; whoever runs it should know.
    Doubtful,
    /// No node can serve, or none should.
    Amiss,
}

/// What was looked at, and what mends it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Looked {
    /// How grave it is.
    pub verdict: Verdict,
    /// In words.
    pub told: String,
}

fn well(told: impl Into<String>) -> Looked {
    Looked { verdict: Verdict::Well, told: told.into() }
}

fn doubtful(told: impl Into<String>) -> Looked {
    Looked { verdict: Verdict::Doubtful, told: told.into() }
}

fn amiss(told: impl Into<String>) -> Looked {
    Looked { verdict: Verdict::Amiss, told: told.into() }
}

/// Looks a server over; nothing for a file. Must be called where blocking is allowed.
#[must_use]
pub fn examine_server(location: &Location) -> Vec<Looked> {
    if location.file().is_some() {
        return Vec::new();
    }
    let connection = match location.reading() {
        Ok(connection) => connection,
        Err(failure) => return vec![amiss(format!("{location}: {failure}{}", way_in(&failure)))],
    };
    let mut all = vec![well(format!("{location} answers, and takes writes"))];
    for look in [version, encoding, durability, replication, secrecy] {
        all.push(
            look(&connection)
                .unwrap_or_else(|failure| amiss(format!("the server cannot be asked: {failure}"))),
        );
    }
    all.push(schema(&connection));
    // Where the schema is another, it says nothing of the role.
    if all.iter().all(|looked| looked.verdict != Verdict::Amiss) {
        all.push(role(&connection));
        all.push(rights(&connection).unwrap_or_else(|failure| amiss(failure.to_string())));
    }
    all
}

/// What lets a connection in that the server refused.
fn way_in(failure: &Failure) -> &'static str {
    let Failure::Postgres(error) = failure else {
        if failure.to_string().contains("certificate") {
            return "; let an authority of `sslrootcert` sign the server's certificate, for the name in the address \
                    (subjectAltName)";
        }
        return "; is it running, is it the primary, does a firewall stand between?";
    };
    match error.code().map(tokio_postgres::error::SqlState::code) {
        Some("28P01") => "; give the role its password: ALTER ROLE … PASSWORD '…'",
        Some("28000") => "; make the role (CREATE ROLE … LOGIN PASSWORD '…') and let it in by pg_hba.conf",
        Some("3D000") => {
            "; make it: CREATE DATABASE … OWNER rollcall_owner TEMPLATE template0 ENCODING 'UTF8'"
        }
        Some("42501") => "; let the role in: GRANT CONNECT ON DATABASE … TO …",
        Some("53300") => "; ALTER SYSTEM SET max_connections = …, or fewer `database_readers` for each node",
        _ => "",
    }
}

fn setting(connection: &Connection, name: &str) -> Result<String> {
    connection.query_row("SELECT current_setting(?1::text)", params![name], |row| row.get(0))
}

fn version(connection: &Connection) -> Result<Looked> {
    let version = setting(connection, "server_version")?;
    let number: i64 = setting(connection, "server_version_num")?.parse().unwrap_or_default();
    Ok(if number >= OLDEST {
        well(format!("it is PostgreSQL {version}"))
    } else {
        amiss(format!("it is PostgreSQL {version}; Rollcall needs 15 or later: pg_upgrade"))
    })
}

fn encoding(connection: &Connection) -> Result<Looked> {
    let encoding = setting(connection, "server_encoding")?;
    Ok(if encoding == "UTF8" {
        well("it keeps texts as UTF-8")
    } else {
        amiss(format!(
            "it keeps texts as {encoding}, and many names do not fit; make another: \
             CREATE DATABASE … OWNER rollcall_owner TEMPLATE template0 ENCODING 'UTF8'"
        ))
    })
}

fn durability(connection: &Connection) -> Result<Looked> {
    for name in ["fsync", "full_page_writes", "synchronous_commit"] {
        if setting(connection, name)? == "off" {
            return Ok(doubtful(format!(
                "`{name}` is off: a crash can lose what was acknowledged; ALTER SYSTEM SET {name} = on; \
                 SELECT pg_reload_conf()"
            )));
        }
    }
    Ok(well("what it acknowledged outlives a crash"))
}

fn replication(connection: &Connection) -> Result<Looked> {
    let (standbys, commit) =
        (setting(connection, "synchronous_standby_names")?, setting(connection, "synchronous_commit")?);
    let waits = matches!(commit.as_str(), "on" | "remote_apply" | "remote_write");
    Ok(if !standbys.trim().is_empty() && !waits {
        doubtful(format!(
            "`synchronous_commit` is {commit}, so no write waits for {standbys}: a failover can lose the last ones; \
             ALTER SYSTEM SET synchronous_commit = on; SELECT pg_reload_conf()"
        ))
    } else if standbys.trim().is_empty() {
        doubtful(
            "replication is not synchronous: a failover can lose the last writes that were acknowledged; \
             ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (…)', or let Patroni do so",
        )
    } else {
        well(format!("replication is synchronous: {standbys}"))
    })
}

fn secrecy(connection: &Connection) -> Result<Looked> {
    let (is_encrypted, is_local) = connection.query_row(
        "SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
                coalesce(host(inet_client_addr()) = host(inet_server_addr()), true)",
        params![],
        |row| Ok((row.get::<bool>(0)?, row.get::<bool>(1)?)),
    )?;
    Ok(if is_encrypted {
        well("the way to it is encrypted")
    } else if is_local {
        well("it is on this machine")
    } else {
        doubtful(
            "the way to it is not encrypted; add `?sslmode=verify-full` to the address, and let the server have a certificate",
        )
    })
}

fn schema(connection: &Connection) -> Looked {
    match migrate::verify(connection) {
        Ok(()) => well("its schema is that of this program"),
        Err(refusal) => amiss(words(refusal)),
    }
}

fn role(connection: &Connection) -> Looked {
    match wall::judge(connection) {
        Ok(()) => well("the role owns nothing and sees one tenant at a time"),
        Err(refusal) => amiss(words(refusal)),
    }
}

fn words(refusal: Refusal) -> String {
    match refusal {
        Refusal::Schema(reason) => reason,
        Refusal::Database(failure) => failure.to_string(),
    }
}

fn rights(connection: &Connection) -> Result<Looked> {
    let (role, missing) = connection.query_row(
        "SELECT current_user::text, string_agg(relname::text, ', ' ORDER BY relname::text)
             FILTER (WHERE NOT has_table_privilege(pg_class.oid, 'SELECT')
                        OR relname <> 'migration'
                           AND NOT (has_table_privilege(pg_class.oid, 'INSERT')
                                    AND has_table_privilege(pg_class.oid, 'UPDATE')
                                    AND has_table_privilege(pg_class.oid, 'DELETE')))
         FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
         WHERE nspname = 'rollcall' AND relkind IN ('r', 'p')",
        params![],
        |row| Ok((row.get::<String>(0)?, row.get::<Option<String>>(1)?)),
    )?;
    Ok(match missing {
        None => well(format!("`{role}` may read and write the rows")),
        Some(tables) => amiss(format!(
            "`{role}` may not read and write {tables}; run `rollcall migrate --role {role}` with the owner of the tables"
        )),
    })
}
