//! How do stories look at rows, and meddle with them, behind the store's back? In the words of the embedded database,
//! which are few enough that PostgreSQL is told the same.

use rusqlite::types::ValueRef;
use tokio_postgres::types::Type;

use crate::server::connect;

/// A connection that is not the store's, and that no wall stands before.
pub(crate) enum Behind {
    Embedded(rusqlite::Connection),
    Server(tokio::runtime::Runtime, tokio_postgres::Client),
}

impl Behind {
    /// Must be called where blocking is allowed.
    pub(crate) fn server(config: &tokio_postgres::Config) -> Self {
        let (runtime, client) = connect(config);
        let behind = Self::Server(runtime, client);
        behind.batch("SET search_path = rollcall");
        behind
    }

    /// Runs a statement; how many rows it was done to.
    pub(crate) fn execute(&self, sql: &str) -> u64 {
        match self {
            Self::Embedded(connection) => connection.execute(sql, []).unwrap() as u64,
            Self::Server(runtime, client) => runtime.block_on(client.execute(&translated(sql), &[])).unwrap(),
        }
    }

    /// Runs statements that may fail; then with what the database says.
    pub(crate) fn attempt(&self, sql: &str) -> Result<(), String> {
        match self {
            Self::Embedded(connection) => connection.execute_batch(sql).map_err(|error| error.to_string()),
            Self::Server(runtime, client) => {
                let outcome = runtime.block_on(client.batch_execute(&translated(sql)));
                outcome.map_err(|error| error.as_db_error().unwrap().message().to_owned())
            }
        }
    }

    pub(crate) fn batch(&self, sql: &str) {
        self.attempt(sql).unwrap();
    }

    /// All rows, each cell as text: bytes in hexadecimal, nothing as a word.
    pub(crate) fn rows(&self, sql: &str) -> Vec<Vec<String>> {
        match self {
            Self::Embedded(connection) => {
                let mut statement = connection.prepare(sql).unwrap();
                let columns = statement.column_count();
                let rows = statement.query_map([], |row| {
                    Ok((0..columns).map(|column| cell(row.get_ref(column).unwrap())).collect())
                });
                rows.unwrap().map(Result::unwrap).collect()
            }
            Self::Server(runtime, client) => {
                let rows = runtime.block_on(client.query(&translated(sql), &[])).unwrap();
                rows.iter().map(|row| (0..row.len()).map(|column| cell_of(row, column)).collect()).collect()
            }
        }
    }

    /// The first cell of the first row.
    pub(crate) fn text(&self, sql: &str) -> String {
        self.rows(sql).swap_remove(0).swap_remove(0)
    }

    pub(crate) fn number(&self, sql: &str) -> u64 {
        self.text(sql).parse().unwrap()
    }

    pub(crate) fn bytes(&self, sql: &str) -> Vec<u8> {
        let hex = self.text(sql);
        let pairs = (0..hex.len()).step_by(2).map(|place| u8::from_str_radix(&hex[place..place + 2], 16));
        pairs.map(Result::unwrap).collect()
    }
}

/// Bytes as they stand in a statement.
pub(crate) fn literal(bytes: &[u8]) -> String {
    format!("x'{}'", hex(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "nothing".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8(text.to_owned()).unwrap(),
        ValueRef::Blob(bytes) => hex(bytes),
    }
}

fn cell_of(row: &tokio_postgres::Row, column: usize) -> String {
    let text = match *row.columns()[column].type_() {
        Type::BOOL => row.get::<_, Option<bool>>(column).map(|truth| u8::from(truth).to_string()),
        Type::INT2 => row.get::<_, Option<i16>>(column).map(|number| number.to_string()),
        Type::INT4 => row.get::<_, Option<i32>>(column).map(|number| number.to_string()),
        Type::INT8 => row.get::<_, Option<i64>>(column).map(|number| number.to_string()),
        Type::BYTEA => row.get::<_, Option<&[u8]>>(column).map(hex),
        _ => row.get::<_, Option<String>>(column),
    };
    text.unwrap_or_else(|| "nothing".to_owned())
}

/// Bytes are written otherwise.
fn translated(sql: &str) -> String {
    let mut translated = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(place) = rest.find("x'") {
        let (before, found) = rest.split_at(place);
        translated.push_str(before);
        // A text, or the end of a word, may be an `x` as well.
        if before.ends_with(|letter: char| letter == '\'' || letter.is_alphanumeric()) {
            translated.push_str("x'");
            rest = &found[2..];
        } else {
            let (hex, after) = found[2..].split_once('\'').unwrap();
            translated.push_str(&format!("'\\x{hex}'::bytea"));
            rest = after;
        }
    }
    translated + rest
}
