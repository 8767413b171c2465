//! Which PostgreSQL are stories told to? The one that `ROLLCALL_TEST_POSTGRES` names, as `ci/postgres start` prints
//! it: the address of a role that may make databases and is no superuser.
//!
//! Each story gets a database of its own, a copy of one that was migrated once in this process.

use std::io::Write;
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use store::{Location, migrate};
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

use crate::world::options;

/// Owns the tables, and is no superuser.
pub(crate) const OWNER: &str = "rollcall_owner";
/// What stores are opened with.
pub(crate) const APPLICATION: &str = "rollcall_app";
/// Sees and changes what it likes.
pub(crate) const SUPERUSER: &str = "postgres";

/// A server, and the database that others are copies of.
pub(crate) struct Server {
    config: Config,
    template: String,
}

/// The server, if there is one; its absence is told once.
pub(crate) fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(Server::find).as_ref()
}

impl Server {
    fn find() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "tests have no settings of their own")]
        let Ok(address) = std::env::var("ROLLCALL_TEST_POSTGRES") else {
            // Not by a macro, which a passed test keeps to itself.
            let told = b"PostgreSQL is left out: ROLLCALL_TEST_POSTGRES is not set, see ci/postgres\n";
            std::io::stderr().write_all(told).unwrap();
            return None;
        };
        let config = Config::from_str(&address).unwrap();
        let template = format!("template_{}", std::process::id());
        let server = Self { config, template };
        server.administer(&[&format!("CREATE DATABASE {} OWNER {OWNER}", server.template)]);
        let location = server.location(OWNER, &server.template);
        apart(|| migrate(options(location), APPLICATION)).unwrap();
        Some(server)
    }

    /// How a role reaches a database: all roles have the same password.
    pub(crate) fn config(&self, role: &str, database: &str) -> Config {
        let mut config = self.config.clone();
        config.user(role).dbname(database);
        config
    }

    fn password(&self) -> String {
        String::from_utf8(self.config.get_password().unwrap_or_default().to_owned()).unwrap()
    }

    /// The same as an address.
    pub(crate) fn location(&self, role: &str, database: &str) -> Location {
        let password = self.password();
        let Some(Host::Tcp(host)) = self.config.get_hosts().first() else {
            panic!("the address has no host")
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        Location::parse(&format!("postgres://{role}:{password}@{host}:{port}/{database}")).unwrap()
    }

    /// Runs statements as the superuser, one after the other.
    pub(crate) fn administer(&self, statements: &[&str]) {
        let config = self.config(SUPERUSER, "postgres");
        apart(|| {
            let (runtime, client) = connect(&config);
            for statement in statements {
                runtime.block_on(client.batch_execute(statement)).unwrap();
            }
        });
    }

    /// A new database with the schema and nothing else.
    pub(crate) fn database(&'static self) -> Database {
        self.copy(&self.template)
    }

    fn copy(&'static self, of: &str) -> Database {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let name = format!("story_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        self.administer(&[&format!("CREATE DATABASE {name} TEMPLATE {of} OWNER {OWNER}")]);
        Database { server: self, name }
    }
}

/// Does something on a thread of its own, where blocking is allowed.
pub(crate) fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|threads| match threads.spawn(work).join() {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

/// Connects, on a runtime of its own. Must be called where blocking is allowed.
pub(crate) fn connect(config: &Config) -> (tokio::runtime::Runtime, Client) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = runtime.block_on(async {
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    });
    (runtime, client)
}

/// The database of one story; gone when this is dropped.
pub(crate) struct Database {
    server: &'static Server,
    name: String,
}

impl Database {
    /// The password of every role.
    pub(crate) fn password(&self) -> String {
        self.server.password()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn config(&self, role: &str) -> Config {
        self.server.config(role, &self.name)
    }

    pub(crate) fn location(&self, role: &str) -> Location {
        self.server.location(role, &self.name)
    }

    /// Brings it up to date as its owner does.
    pub(crate) fn migrate(&self, options: store::Options) -> Result<(), store::OpenError> {
        let options = store::Options { location: self.location(OWNER), ..options };
        apart(|| migrate(options, APPLICATION))
    }

    /// A copy of what it holds now. Nobody may use it meanwhile.
    pub(crate) fn keep(&self) -> Database {
        self.server.copy(&self.name)
    }

    /// Makes it what it was when a copy was kept.
    pub(crate) fn put_back(&self, kept: &Database) {
        let Self { name, .. } = self;
        self.server.administer(&[
            &format!("DROP DATABASE {name} WITH (FORCE)"),
            &format!("CREATE DATABASE {name} TEMPLATE {} OWNER {OWNER}", kept.name),
        ]);
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.server.administer(&[&format!("DROP DATABASE {} WITH (FORCE)", self.name)]);
    }
}
