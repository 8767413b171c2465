//! How fast are users found among 1,000,000? By rare words and by frequent ones, at the first page and far
//! behind.

use std::path::Path;

use crate::load::{Connection, Samples};
use crate::program::Database;
use crate::table::Row;
use crate::{Result, world};

const CUSTOMERS: usize = 1_000;
const USERS: usize = 1_000;
const TRIES: usize = 50;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let database = Database::with(program, &[USERS; CUSTOMERS]).await?;
    let server = database.serve().await?;
    let caller = database.caller(&server).await?;
    let mut connection = Connection::open(&server.address).await?;
    let mut rows = Vec::new();
    for (told, query) in [
        ("the word of one customer's e-mails", "searchValue=customer777"),
        ("two words of few", "searchValue=neil%2054321"),
        ("a first name of 1 in 12", "searchValue=%C3%A5s"),
        ("the same without its ring", "searchValue=as"),
        ("two frequent words", "searchValue=asa%20muller"),
        ("one letter", "searchValue=m"),
        ("a word of nobody", "searchValue=xyzzy"),
        ("all, by name", ""),
        ("all, by e-mail, from the end", "sortPropertyName=Email&ascendingOrder=false"),
        ("all, page 1,000", "pageNumber=1000"),
        ("all, the last page", "pageNumber=40000"),
    ] {
        let request = caller.get(&format!("/v1/users?{query}"));
        let mut took = Vec::new();
        for _ in 0..TRIES {
            took.push(connection.timed(&request).await?);
        }
        let total = world::total(connection.body());
        let took = Samples::one_by_one(&took);
        rows.push(Row {
            times: Some([took.p50(), took.p99(), took.p999()]),
            memory: Some(server.memory()),
            figure: format!("{total} found"),
            ..Row::new(format!("search among {}: {told}", CUSTOMERS * USERS))
        });
    }
    Ok(rows)
}
