//! Where does the directory of a story lie? In a file of the embedded database, or on a PostgreSQL server.

use std::path::{Path, PathBuf};

use store::Location;
use tempfile::TempDir;

use crate::behind::Behind;
use crate::server::{APPLICATION, Database, SUPERUSER, server};

/// Which of the two databases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Embedded,
    Server,
}

/// A database of one story alone, gone when this is dropped.
pub(crate) enum Home {
    Embedded(TempDir),
    Server(Database),
}

/// What a database held at a moment.
pub(crate) enum Kept {
    File(Vec<u8>),
    Database(Database),
}

impl Home {
    pub(crate) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Embedded => Self::Embedded(tempfile::tempdir().unwrap()),
            Kind::Server => Self::Server(server().unwrap().database()),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Embedded(_) => Kind::Embedded,
            Self::Server(_) => Kind::Server,
        }
    }

    /// Where the application finds it.
    pub(crate) fn location(&self) -> Location {
        match self {
            Self::Embedded(folder) => Location::File(file_in(folder.path())),
            Self::Server(database) => database.location(APPLICATION),
        }
    }

    /// A connection past the store. Must be called where blocking is allowed.
    pub(crate) fn behind(&self) -> Behind {
        match self {
            Self::Embedded(folder) => {
                Behind::Embedded(rusqlite::Connection::open(file_in(folder.path())).unwrap())
            }
            Self::Server(database) => Behind::server(&database.config(SUPERUSER)),
        }
    }

    /// The database of a server, in a story of such alone.
    pub(crate) fn database(&self) -> &Database {
        match self {
            Self::Embedded(_) => panic!("the embedded database is not on a server"),
            Self::Server(database) => database,
        }
    }

    /// The folder of the embedded database, in a story of files.
    pub(crate) fn folder(&self) -> &Path {
        match self {
            Self::Embedded(folder) => folder.path(),
            Self::Server(_) => panic!("what is on a server is no file of ours"),
        }
    }

    /// Keeps what the closed database holds.
    pub(crate) fn keep(&self) -> Kept {
        match self {
            Self::Embedded(folder) => Kept::File(std::fs::read(file_in(folder.path())).unwrap()),
            Self::Server(database) => Kept::Database(database.keep()),
        }
    }

    /// Makes of the closed database what was kept.
    pub(crate) fn put_back(&self, kept: &Kept) {
        match (self, kept) {
            (Self::Embedded(folder), Kept::File(bytes)) => {
                std::fs::write(file_in(folder.path()), bytes).unwrap();
            }
            (Self::Server(database), Kept::Database(kept)) => database.put_back(kept),
            _ => panic!("it was kept of another kind"),
        }
    }
}

pub(crate) fn file_in(folder: &Path) -> PathBuf {
    folder.join("rollcall.db")
}
