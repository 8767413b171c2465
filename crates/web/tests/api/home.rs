//! Where does the directory of a test lie? In a file of the embedded database; or, where `ROLLCALL_TEST_DATABASE` is
//! `postgres`, on the server that the stories of the store are told to. What is expected is the same.

use std::sync::LazyLock;

use domain::audit::{ActorEntry, Operation, Record, Status};
use store::{Location, Options, Store};
use tempfile::TempDir;

use crate::server::{APPLICATION, Database, OWNER, apart, server};
use crate::world::{new_id, now, random};

/// Whether the tests of this process are on a server.
pub(crate) static ON_A_SERVER: LazyLock<bool> = LazyLock::new(|| {
    #[expect(clippy::disallowed_methods, reason = "tests have no settings of their own")]
    let chosen = std::env::var("ROLLCALL_TEST_DATABASE");
    match chosen.as_deref() {
        Err(_) | Ok("sqlite") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("ROLLCALL_TEST_DATABASE is `sqlite` or `postgres`, and not `{other}`"),
    }
});

/// A database of one test alone, gone when this is dropped.
pub(crate) enum Home {
    Embedded(TempDir),
    Server(Database),
}

impl Home {
    pub(crate) fn new() -> Self {
        if *ON_A_SERVER {
            let server = server().expect("ROLLCALL_TEST_POSTGRES names no server, see ci/postgres");
            Self::Server(server.database())
        } else {
            Self::Embedded(tempfile::tempdir().unwrap())
        }
    }

    /// A database that knows nothing of the others: they are copies of one, its secrets included.
    pub(crate) fn of_others() -> Self {
        let home = Self::new();
        if let Self::Server(database) = &home {
            let id = new_id(now());
            let (operation, actor) = (Operation::RestoreBackup, ActorEntry::SYSTEM);
            let status = Status::Succeded;
            let record = Record::new(id, now(), operation, status, actor, id.to_string(), "a test");
            apart(|| store::renew(&database.location(OWNER), random, app::trail::signer, &record)).unwrap();
        }
        home
    }

    /// Where the application finds it.
    pub(crate) fn location(&self) -> Location {
        match self {
            Self::Embedded(folder) => Location::File(folder.path().join("rollcall.db")),
            Self::Server(database) => database.location(APPLICATION),
        }
    }
}

/// Opens a store as a process does when it starts: where blocking is allowed, and beside a runtime.
pub(crate) fn open(options: Options) -> Store {
    let runtime = tokio::runtime::Handle::current();
    apart(move || {
        let _within = runtime.enter();
        Store::open(options).unwrap()
    })
}
