//! How does a statement fail?

use domain::error::Error;

use crate::{postgres, sqlite};

/// Why a database did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no such row.
    NoRow,
    /// A stored value that cannot be what the program once wrote.
    Damaged(&'static str),
    /// A value that cannot be stored.
    Unfit(String),
    /// The server did not answer in time.
    Frozen,
    /// No server that takes writes could be reached; which was tried, and what it said.
    Unreachable(String),
    /// The embedded database failed.
    Sqlite(rusqlite::Error),
    /// PostgreSQL failed.
    Postgres(tokio_postgres::Error),
}

/// What a statement gives.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Whether a row was refused because there is one like it, or because it leads to one that is not there.
    pub(crate) fn is_conflict(&self) -> bool {
        match self {
            Self::Sqlite(error) => {
                error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation)
            }
            Self::Postgres(error) => error.code().is_some_and(|code| code.code().starts_with("23")),
            Self::NoRow | Self::Damaged(_) | Self::Unfit(_) | Self::Frozen | Self::Unreachable(_) => false,
        }
    }
}

impl Failure {
    /// Whether it was not the statement that failed but the way to the database.
    pub(crate) fn is_of_connection(&self) -> bool {
        match self {
            Self::Frozen | Self::Unreachable(_) => true,
            Self::Postgres(error) => error.code().is_none(),
            Self::Sqlite(_) | Self::NoRow | Self::Damaged(_) | Self::Unfit(_) => false,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoRow => write!(f, "a row that must be there is not"),
            Self::Damaged(column) => write!(f, "the column `{column}` holds what was never written there"),
            Self::Unfit(reason) => write!(f, "a value cannot be stored: {reason}"),
            Self::Frozen => write!(f, "the database did not answer in time"),
            Self::Unreachable(tried) => write!(f, "no server that takes writes can be reached: {tried}"),
            Self::Sqlite(error) => write!(f, "{error}"),
            Self::Postgres(error) => write!(f, "{}", postgres::told(error)),
        }
    }
}

impl std::error::Error for Failure {}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::NoRow,
            error => Self::Sqlite(error),
        }
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

/// Turns a failure of the database into the vocabulary of the domain: what may heal by itself is
/// `Unavailable`, what only a new program can mend is `Internal`.
pub(crate) fn failure(failure: impl Into<Failure>) -> Error {
    let failure = failure.into();
    let may_heal = match &failure {
        Failure::Sqlite(error) => sqlite::may_heal(error),
        Failure::Postgres(error) => postgres::may_heal(error),
        Failure::Frozen | Failure::Unreachable(_) => true,
        Failure::NoRow | Failure::Damaged(_) | Failure::Unfit(_) => false,
    };
    let text = failure.to_string();
    if may_heal { Error::Unavailable(text) } else { Error::Internal(text) }
}

/// Takes a row that is not there as an answer.
pub(crate) trait OptionalExtension<T> {
    /// Nothing instead of [`Failure::NoRow`].
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(value) => Ok(Some(value)),
            Err(Failure::NoRow) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
