//! What does a statement give? Rows of cells, each of one of the kinds that both databases have.

use uuid::Uuid;

use super::failure::{Failure, Result};

/// A row of either database.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

/// What stands in a column.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Cell<'c> {
    Null,
    Integer(i64),
    Text(&'c str),
    Blob(&'c [u8]),
}

const WRONG_KIND: Failure = Failure::Damaged("of another kind");

impl Row<'_> {
    /// The cell of a column.
    pub(crate) fn cell(&self, column: usize) -> Result<Cell<'_>> {
        use rusqlite::types::ValueRef;
        match self {
            Self::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(Cell::Null),
                ValueRef::Integer(number) => Ok(Cell::Integer(number)),
                ValueRef::Text(text) => std::str::from_utf8(text).map(Cell::Text).map_err(|_| WRONG_KIND),
                ValueRef::Blob(bytes) => Ok(Cell::Blob(bytes)),
                ValueRef::Real(_) => Err(WRONG_KIND),
            },
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// The value of a column.
    pub(crate) fn get<T: Column>(&self, column: usize) -> Result<T> {
        T::of(self.cell(column)?)
    }

    /// The text of a column.
    pub(crate) fn text(&self, column: usize) -> Result<&str> {
        match self.cell(column)? {
            Cell::Text(text) => Ok(text),
            _ => Err(WRONG_KIND),
        }
    }

    /// The bytes of a column.
    pub(crate) fn blob(&self, column: usize) -> Result<&[u8]> {
        match self.cell(column)? {
            Cell::Blob(bytes) => Ok(bytes),
            _ => Err(WRONG_KIND),
        }
    }
}

/// What a cell may be read as.
pub(crate) trait Column: Sized {
    /// Reads it.
    fn of(cell: Cell<'_>) -> Result<Self>;
}

impl Column for i64 {
    fn of(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Integer(number) => Ok(number),
            _ => Err(WRONG_KIND),
        }
    }
}

impl Column for bool {
    fn of(cell: Cell<'_>) -> Result<Self> {
        i64::of(cell).map(|number| number != 0)
    }
}

impl Column for String {
    fn of(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Text(text) => Ok(text.to_owned()),
            _ => Err(WRONG_KIND),
        }
    }
}

impl Column for Vec<u8> {
    fn of(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Blob(bytes) => Ok(bytes.to_vec()),
            _ => Err(WRONG_KIND),
        }
    }
}

impl<const LENGTH: usize> Column for [u8; LENGTH] {
    fn of(cell: Cell<'_>) -> Result<Self> {
        match cell {
            Cell::Blob(bytes) => bytes.try_into().map_err(|_| WRONG_KIND),
            _ => Err(WRONG_KIND),
        }
    }
}

impl Column for Uuid {
    fn of(cell: Cell<'_>) -> Result<Self> {
        <[u8; 16]>::of(cell).map(Uuid::from_bytes)
    }
}

impl<T: Column> Column for Option<T> {
    fn of(cell: Cell<'_>) -> Result<Self> {
        if cell == Cell::Null { Ok(None) } else { T::of(cell).map(Some) }
    }
}
