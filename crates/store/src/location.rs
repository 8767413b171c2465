//! Where is the directory kept? In a file of the embedded database, or on a PostgreSQL server.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::postgres::{LONG, Server, Session, Timeouts};
use crate::sql::{Connection, Failure, Result};
use crate::sqlite;

/// Where a directory is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Location {
    /// In this file of the embedded database.
    File(PathBuf),
    /// On this PostgreSQL server.
    Server(Server),
}

impl Location {
    /// Reads `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// It is neither; what is wrong with it, and an example. The text itself is not repeated, for it may hold a
    /// password.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:").filter(|path| !path.is_empty()) {
            return Ok(Self::File(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Server::parse(text).map(Self::Server);
        }
        Err("a database is `sqlite:PATH`, such as `sqlite:rollcall.db`, or `postgres://USER@HOST/NAME`"
            .to_owned())
    }

    /// The file, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server(_) => None,
        }
    }

    /// With these timeouts, where it is a server.
    #[must_use]
    pub fn with(self, timeouts: Timeouts) -> Self {
        match self {
            Self::File(path) => Self::File(path),
            Self::Server(server) => Self::Server(server.with(timeouts)),
        }
    }

    /// Opens a connection that writes.
    pub(crate) fn writing(&self) -> Result<Connection> {
        match self {
            Self::File(path) => sqlite::writing(path).map(Connection::Sqlite).map_err(Failure::Unfit),
            Self::Server(server) => Session::connect(server).map(Connection::Postgres),
        }
    }

    /// Opens a connection that only reads.
    pub(crate) fn reading(&self) -> Result<Connection> {
        match self {
            Self::File(path) => Ok(Connection::Sqlite(sqlite::reading(path)?)),
            Self::Server(server) => Session::connect(server).map(Connection::Postgres),
        }
    }

    /// The same, for statements that last as long as a client takes: a server does not end them.
    pub(crate) fn reading_long(&self) -> Result<Connection> {
        let connection = self.reading()?;
        if let Some(session) = connection.postgres() {
            session.take_time(LONG)?;
        }
        Ok(connection)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(server) => write!(f, "{server}"),
        }
    }
}
