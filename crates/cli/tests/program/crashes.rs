//! kill -9 at bad moments: what is half done is undone, and what was promised is kept.

use std::io::Write;
use std::process::Stdio;

use crate::process::{Place, get, program, users_url};
use crate::world;

#[test]
fn an_import_that_is_killed_has_imported_nothing() {
    let place = Place::empty();
    let users = 6_000;
    let file = world::directory(users);
    let mut import = place.command(program(), &["import", "-"]);
    let mut import = import.stdin(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // More than fits into the pipe and what waits to be inserted: when it is written, some is inserted.
    import.stdin.as_mut().unwrap().write_all(file.as_bytes()).unwrap();
    import.kill().unwrap();
    import.wait().unwrap();
    let listing = ["users", "list", "--json", "--tenant", world::DOMAIN, "--customer", world::CUSTOMER];
    let nothing = place.run(&listing);
    assert_eq!((nothing.code, nothing.out.as_str()), (Some(1), ""), "{nothing:?}");
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
    assert_eq!(place.run_with(&["import", "-"], &world::directory(2)).code, Some(0));
    assert_eq!(place.run(&listing).out, world::listing(2));
}

#[tokio::test]
async fn a_killed_server_loses_no_record_that_reached_the_disk() {
    let place = Place::with_users(1);
    let token = place.token();
    let server = place.serve();
    let url = users_url(&server);
    for number in 0..50 {
        assert_eq!(get(&url, &token, &format!("early-{number}")).await.status, 200);
    }
    // Records are written in their order: when the mark is on the disk, so is all before it.
    assert_eq!(get(&url, &token, "mark").await.status, 200);
    while place.count("mark") == 0 {
        tokio::task::yield_now().await;
    }
    for number in 0..20 {
        assert_eq!(get(&url, &token, &format!("late-{number}")).await.status, 200);
    }
    server.crash();
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
    let records = place.records();
    let count = |id: &str| records.iter().filter(|record| record["correlationId"] == id).count();
    for number in 0..50 {
        assert_eq!(count(&format!("early-{number}")), 1);
    }
    for number in 0..20 {
        assert!(count(&format!("late-{number}")) <= 1);
    }
    let again = place.serve();
    assert_eq!(get(&users_url(&again), &token, "again").await.status, 200, "its socket and lock are free");
    again.stop();
}
