//! A server for tests that need what the seam does not show. It is the one that `ROLLCALL_TEST_POSTGRES` names, as
//! `ci/postgres start` prints it; without it they tell nothing. What can be told through the seam is told by the
//! stories.
#![allow(clippy::unwrap_used)]

use domain::id::TenantId;

use super::dialect::{Parameter, translate};
use super::{Server, VERY_LONG, wall};
use crate::location::Location;
use crate::migrate;
use crate::sql::{Connection, params};

const OWNER: &str = "rollcall_owner";
const APPLICATION: &str = "rollcall_app";
const SUPERUSER: &str = "postgres";

/// A database of one test alone, with the schema in it; gone when this is dropped.
pub(crate) struct Database {
    /// The address of the server's own database, as its owner reaches it.
    address: String,
    name: String,
}

impl Database {
    /// Makes one, if there is a server. No two of one process may have the same name.
    pub(crate) fn new(name: &str) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "tests have no settings of their own")]
        let address = std::env::var("ROLLCALL_TEST_POSTGRES").ok()?;
        let database = Self { address, name: format!("{name}_{}", std::process::id()) };
        database.administer(&format!("CREATE DATABASE {} OWNER {OWNER}", database.name));
        let owner = database.owner();
        migrate::run(&owner, jiff::Timestamp::UNIX_EPOCH).unwrap();
        wall::admit(&owner, APPLICATION).unwrap();
        Some(database)
    }

    /// Connects as who owns the tables.
    pub(crate) fn owner(&self) -> Connection {
        self.connect(OWNER, &self.name)
    }

    /// Connects as nodes do.
    pub(crate) fn application(&self) -> Connection {
        self.connect(APPLICATION, &self.name)
    }

    /// How nodes reach it, to connect by themselves.
    pub(crate) fn server(&self) -> Server {
        match self.address_of(APPLICATION, &self.name) {
            Location::Server(server) => server,
            Location::File(path) => panic!("{} is no server", path.display()),
        }
    }

    fn administer(&self, sql: &str) {
        self.connect(SUPERUSER, "postgres").execute_batch(sql).unwrap();
    }

    /// All roles have the same password.
    fn address_of(&self, role: &str, database: &str) -> Location {
        let (start, _) = self.address.rsplit_once('/').unwrap();
        let start = start.replace(&format!("//{OWNER}:"), &format!("//{role}:"));
        Location::parse(&format!("{start}/{database}")).unwrap()
    }

    /// A machine that runs all tests at once is slow to make a database.
    fn connect(&self, role: &str, database: &str) -> Connection {
        let connection = self.address_of(role, database).writing().unwrap();
        connection.postgres().unwrap().take_time(VERY_LONG).unwrap();
        connection
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

/// Every step by which a server answers a statement in a tenant, where `values` stand in it as literals for `?1`, `?2`
/// and so on. It is the plan of a prepared statement, as all of them are.
pub(crate) fn plan_of(
    connection: &Connection,
    tenant: TenantId,
    sql: &str,
    values: &[String],
) -> Vec<String> {
    let translated = translate(sql);
    let values: Vec<&str> = translated
        .parameters
        .iter()
        .map(|parameter| match parameter {
            Parameter::Place(place) => values[*place].as_str(),
            Parameter::Name(name) => panic!("{name} has no place"),
        })
        .collect();
    let transaction = connection.snapshot(Some(tenant)).unwrap();
    transaction.execute_batch(&format!("PREPARE asked AS {}", translated.sql)).unwrap();
    let asked = format!("EXPLAIN (COSTS OFF) EXECUTE asked ({})", values.join(", "));
    let steps = {
        let mut statement = transaction.prepare_cached(&asked).unwrap();
        let steps = statement.query_map(params![], |row| row.get(0)).unwrap();
        steps.collect::<Result<Vec<String>, _>>().unwrap()
    };
    transaction.execute_batch("DEALLOCATE asked").unwrap();
    transaction.commit().unwrap();
    steps
}
