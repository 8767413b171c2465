//! What does a transaction leave behind of itself? A row with its marks, for the other nodes, and with its token, by
//! which it is found out whether it came to its end when the answer to its COMMIT was lost.

use crate::freshness::Mark;
use crate::sql::{Connection, Result, params};

/// Names a transaction.
pub(crate) type Token = [u8; 16];

/// A token that no other transaction has.
pub(crate) fn token(random: fn() -> [u8; 32]) -> Token {
    random().first_chunk().copied().unwrap_or_default()
}

/// Leaves the row of a transaction.
pub(crate) fn leave(connection: &Connection, token: &Token, marks: &[Mark]) -> Result<()> {
    let marks: Vec<u8> = marks.iter().flat_map(|mark| mark.to_bytes()).collect();
    connection
        .execute("INSERT INTO recent_write (token, marks) VALUES (?1, ?2)", params![*token, marks])
        .map(drop)
}

/// What takes the place of a transaction that did not come to its end: no marks are of this length.
const TOMBSTONE: [u8; 1] = [0];

/// Whether the transaction with a token came to its end. If it did not it never will: its place is taken.
///
/// While the server still works at it, this waits.
pub(crate) fn is_done(connection: &Connection, token: &Token) -> Result<bool> {
    let transaction = connection.transaction()?;
    // To have written something is what a COMMIT waits for standbys for, and what is found may not have reached them.
    let marks: Vec<u8> = transaction.query_row(
        "INSERT INTO recent_write (token, marks) VALUES (?1, ?2)
         ON CONFLICT (token) DO UPDATE SET at = recent_write.at RETURNING marks",
        params![*token, TOMBSTONE],
        |row| row.get(0),
    )?;
    transaction.commit()?;
    Ok(marks != TOMBSTONE)
}

/// Forgets what every node has seen long ago.
pub(crate) fn forget(connection: &Connection) -> Result<()> {
    let sql = "DELETE FROM recent_write WHERE at < now() - interval '1 hour'";
    connection.execute(sql, params![]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::fixture::Database;

    #[test]
    fn a_transaction_is_done_if_it_was_committed_however_often_it_is_asked() {
        let Some(database) = Database::new("recent") else { return };
        let connection = database.application();
        for (number, marks) in [(1, &[][..]), (2, &[Mark::EVERYTHING])] {
            let (done, given_up, unheard_of) = ([number; 16], [10 + number; 16], [20 + number; 16]);
            let transaction = connection.transaction().unwrap();
            leave(&transaction, &done, marks).unwrap();
            transaction.commit().unwrap();
            let transaction = connection.transaction().unwrap();
            leave(&transaction, &given_up, marks).unwrap();
            drop(transaction);
            for turn in 1..=2 {
                assert!(is_done(&connection, &done).unwrap(), "asked {turn} times");
                assert!(!is_done(&connection, &given_up).unwrap(), "asked {turn} times");
                assert!(!is_done(&connection, &unheard_of).unwrap(), "asked {turn} times");
            }
            // Who was told that it is not done may do it again: it must not come to its end after all.
            assert!(leave(&connection, &given_up, marks).is_err(), "its place is taken");
        }
    }
}
