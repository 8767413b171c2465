//! Is the file of the database whole? SQLite's own judgement of its pages, indexes and references.

use rusqlite::Connection;

use crate::sql;

/// How many faults are told: one is enough to bring a backup.
const MOST_FAULTS: usize = 20;

/// Everything that is wrong with the file; nothing if it is whole. Reads all of it.
pub(crate) fn examine(connection: &Connection) -> sql::Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MOST_FAULTS})"))?;
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        faults.push(line?);
    }
    faults.retain(|line| line != "ok");
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let dangling = statement.query_map([], |row| row.get::<_, String>(0))?;
    for table in dangling.take(MOST_FAULTS) {
        faults.push(format!("a row of the table `{}` names what does not exist", table?));
    }
    Ok(faults)
}
