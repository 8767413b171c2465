//! How long do 100,000 users take to get into a customer through the API, and out again?

use std::fmt::Write as _;
use std::path::Path;

use crate::load::{long, upload};
use crate::program::Database;
use crate::table::Row;
use crate::{Result, world};

const USERS: usize = 100_000;
/// There are users already, so that the indexes are those of a directory in use.
const THERE: usize = 100_000;

pub(crate) async fn measure(program: &Path) -> Result<Vec<Row>> {
    let database = Database::with(program, &[THERE, 0]).await?;
    let server = database.serve().await?;
    let caller = database.caller(&server).await?;
    let mut file = "firstName,lastName,email,groups\r\n".to_owned();
    for number in 0..USERS {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 1_000_000;
        write!(file, "Åsa {mixed},O'Neil {number},asa{number}@customer.example,Viewer\r\n")?;
    }
    let mut rows = Vec::new();
    for (told, dry_run) in [("judged only", "?dryRun=true"), ("imported", "")] {
        let target = format!("/v1/customer/{}/users/import{dry_run}", world::customer(1));
        let took = upload(&caller, &target, "text/csv", file.as_bytes()).await?.as_secs_f64();
        rows.push(Row {
            memory: Some(server.peak()),
            figure: format!("{took:.1} s"),
            ..Row::new(format!("file of {USERS} users among {THERE}: {told}"))
        });
    }
    let export = caller.get(&format!("/v1/customer/{}/users/export", world::customer(1)));
    let took = long(&server.address, &export).await?.all.as_secs_f64();
    rows.push(Row { figure: format!("{took:.2} s"), ..Row::new(format!("file of {USERS} users: exported")) });
    Ok(rows)
}
