//! A database on the PostgreSQL that `ROLLCALL_TEST_POSTGRES` names, as `ci/postgres start` prints it: the address of
//! the role that may make databases. Its password is that of `rollcall_app` and of the superuser `postgres`, too.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_postgres::NoTls;

use crate::process::Place;

const OWNER: &str = "rollcall_owner";
const APPLICATION: &str = "rollcall_app";

/// A new database; gone when this is dropped.
pub(crate) struct Database {
    /// The password and the host with its port.
    way: String,
    name: String,
}

impl Database {
    /// One without a schema. Without a server there is none, and a test that needs it is left out.
    pub(crate) fn empty() -> Option<Self> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        #[expect(clippy::disallowed_methods, reason = "tests have no settings of their own")]
        let Ok(address) = std::env::var("ROLLCALL_TEST_POSTGRES") else {
            // Not by a macro, which a passed test keeps to itself.
            let told = b"PostgreSQL is left out: ROLLCALL_TEST_POSTGRES is not set, see ci/postgres\n";
            std::io::stderr().write_all(told).unwrap();
            return None;
        };
        let (_, way) = address.split_once("://").unwrap().1.split_once(':').unwrap();
        let (way, _) = way.rsplit_once('/').unwrap();
        let name = format!("program_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let database = Self { way: way.to_owned(), name };
        database.ask("postgres", &format!("CREATE DATABASE {} OWNER {OWNER}", database.name));
        Some(database)
    }

    /// One with the schema and nothing else.
    pub(crate) fn migrated() -> Option<Self> {
        let database = Self::empty()?;
        let migrated = database.owned().run(&["migrate", "--role", APPLICATION]);
        assert_eq!(migrated.code, Some(0), "{migrated:?}");
        Some(database)
    }

    /// How a role reaches it.
    pub(crate) fn address(&self, role: &str) -> String {
        format!("postgres://{role}:{}/{}", self.way, self.name)
    }

    /// What must never be shown.
    pub(crate) fn password(&self) -> &str {
        self.way.split_once('@').unwrap().0
    }

    /// A place where commands are the owner of the tables.
    pub(crate) fn owned(&self) -> Place {
        Place::on(self.address(OWNER))
    }

    /// A place where commands are what nodes are.
    pub(crate) fn served(&self) -> Place {
        Place::on(self.address(APPLICATION))
    }

    /// Runs statements in it as the superuser.
    pub(crate) fn meddle(&self, statements: &str) {
        self.ask(&self.name, statements);
    }

    fn ask(&self, database: &str, statements: &str) {
        let address = format!("postgres://postgres:{}/{database}", self.way);
        let statements = statements.to_owned();
        // A test may have a runtime of its own, in which nothing may block.
        let asked = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&address, NoTls).await.unwrap();
                tokio::spawn(connection);
                client.batch_execute(&statements).await.unwrap();
            });
        });
        asked.join().unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.ask("postgres", &format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}
