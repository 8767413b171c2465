//! How do values travel? By the type that the statement wants, or gives.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::sql::{Cell, Value};

type Outcome<T> = Result<T, Box<dyn Error + Sync + Send>>;

impl ToSql for Value<'_> {
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Outcome<IsNull> {
        match *self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(number) => match *wanted {
                Type::BOOL => (number != 0).to_sql(wanted, out),
                Type::INT2 => i16::try_from(number)?.to_sql(wanted, out),
                Type::INT4 => i32::try_from(number)?.to_sql(wanted, out),
                _ => number.to_sql(wanted, out),
            },
            Value::Text(text) => text.to_sql(wanted, out),
            Value::Blob(bytes) => bytes.to_sql(wanted, out),
            Value::Id(id) => id.as_bytes().as_slice().to_sql(wanted, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(given: &Type, raw: &'a [u8]) -> Outcome<Self> {
        match *given {
            Type::BOOL => bool::from_sql(given, raw).map(|truth| Cell::Integer(truth.into())),
            Type::INT2 => i16::from_sql(given, raw).map(|number| Cell::Integer(number.into())),
            Type::INT4 => i32::from_sql(given, raw).map(|number| Cell::Integer(number.into())),
            Type::INT8 => i64::from_sql(given, raw).map(Cell::Integer),
            Type::BYTEA => <&[u8]>::from_sql(given, raw).map(Cell::Blob),
            _ => <&str>::from_sql(given, raw).map(Cell::Text),
        }
    }

    fn from_sql_null(_: &Type) -> Outcome<Self> {
        Ok(Cell::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
