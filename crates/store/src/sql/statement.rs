//! How is a statement run? In the same way on both databases.

use super::failure::{Failure, Result};
use super::row::Row;
use super::value::{Params, Value};
use crate::{postgres, sqlite};

/// A prepared statement.
pub(crate) enum Statement<'c> {
    Sqlite(rusqlite::CachedStatement<'c>),
    Postgres(postgres::Statement<'c>),
}

/// The rows that a statement gives, one after the other.
pub(crate) enum Rows<'s> {
    Sqlite(rusqlite::Rows<'s>),
    /// They are all here: another statement may be run between two of them.
    Postgres(std::vec::IntoIter<tokio_postgres::Row>, Option<tokio_postgres::Row>),
}

impl Statement<'_> {
    /// Runs it for what it does; how many rows it was done to.
    pub(crate) fn execute(&mut self, params: Params<'_>) -> Result<usize> {
        match self {
            Self::Sqlite(statement) => {
                sqlite::bind(statement, params)?;
                Ok(statement.raw_execute()?)
            }
            Self::Postgres(statement) => statement.execute(params),
        }
    }

    /// Runs it for what it gives.
    pub(crate) fn query(&mut self, params: Params<'_>) -> Result<Rows<'_>> {
        match self {
            Self::Sqlite(statement) => {
                sqlite::bind(statement, params)?;
                Ok(Rows::Sqlite(statement.raw_query()))
            }
            Self::Postgres(statement) => Ok(Rows::Postgres(statement.query(params)?.into_iter(), None)),
        }
    }

    /// Hands each row that it gives to `each` as it comes, until that says to stop: as many as there may be, in
    /// little memory. No other statement may be run meanwhile.
    pub(crate) fn stream(
        &mut self,
        params: Params<'_>,
        mut each: impl FnMut(&Row<'_>) -> Result<bool>,
    ) -> Result<()> {
        match self {
            Self::Sqlite(_) => {
                let mut rows = self.query(params)?;
                while let Some(row) = rows.next()? {
                    if !each(&row)? {
                        break;
                    }
                }
                Ok(())
            }
            Self::Postgres(statement) => statement.stream(params, |row| each(&Row::Postgres(row))),
        }
    }

    /// What `read` makes of the first row.
    ///
    /// # Errors
    /// [`Failure::NoRow`] if there is none.
    pub(crate) fn query_row<T>(
        &mut self,
        params: Params<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut rows = self.query(params)?;
        let row = rows.next()?.ok_or(Failure::NoRow)?;
        read(&row)
    }

    /// What `read` makes of each row.
    pub(crate) fn query_map<T, F: FnMut(&Row<'_>) -> Result<T>>(
        &mut self,
        params: Params<'_>,
        read: F,
    ) -> Result<Read<'_, F>> {
        Ok(Read { rows: self.query(params)?, read })
    }

    /// Whether there is any row.
    pub(crate) fn exists(&mut self, params: Params<'_>) -> Result<bool> {
        Ok(self.query(params)?.next()?.is_some())
    }

    /// Runs it once for each of many parameters, of `width` values each; how many rows it was done to in all.
    /// PostgreSQL is asked for all of them in one go.
    pub(crate) fn execute_each(&mut self, width: usize, values: &[Value<'_>]) -> Result<usize> {
        match self {
            Self::Sqlite(_) => {
                let mut done = 0;
                for values in values.chunks(width) {
                    done += self.execute(Params::ByPlace(values))?;
                }
                Ok(done)
            }
            Self::Postgres(statement) => statement.execute_each(width, values),
        }
    }
}

impl Rows<'_> {
    /// The next row, if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>> {
        match self {
            Self::Sqlite(rows) => Ok(rows.next()?.map(Row::Sqlite)),
            Self::Postgres(rows, current) => {
                *current = rows.next();
                Ok(current.as_ref().map(Row::Postgres))
            }
        }
    }
}

/// Rows, read.
pub(crate) struct Read<'s, F> {
    rows: Rows<'s>,
    read: F,
}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for Read<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.next().transpose()?;
        Some(row.and_then(|row| (self.read)(&row)))
    }
}
