//! What a PostgreSQL server must be like for a node to serve on it, and what is said when it is not.

use crate::database::Database;
use crate::process::Place;

/// Both the server and the doctor refuse, with a message that has `told` in it, and never with the password.
fn refused(database: &Database, place: &Place, told: &str) {
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["doctor"]] {
        let refused = place.run(command);
        let text = format!("{}{}", refused.out, refused.told);
        assert_eq!(refused.code, Some(1), "{command:?} {text}");
        assert!(text.contains(told), "{command:?} {text}");
        assert!(!text.contains(database.password()), "{command:?} {text}");
    }
}

#[test]
fn without_a_schema_it_names_the_command_that_makes_it() {
    let Some(database) = Database::empty() else { return };
    refused(&database, &database.served(), "rollcall migrate");
}

#[test]
fn an_older_and_a_newer_schema_are_refused_until_they_are_ours() {
    let Some(database) = Database::migrated() else { return };
    database.meddle("CREATE TABLE kept AS SELECT * FROM rollcall.migration; DELETE FROM rollcall.migration");
    refused(&database, &database.served(), "older version; run `rollcall migrate`");
    database.meddle("INSERT INTO rollcall.migration SELECT * FROM kept");
    assert_eq!(database.served().run(&["doctor"]).code, Some(0));
    database.meddle("INSERT INTO rollcall.migration SELECT max(number) + 1, 'later', '', '' FROM kept");
    refused(&database, &database.served(), "(later) is newer than this program; use the newer rollcall");
    assert_eq!(database.owned().run(&["migrate"]).code, Some(1));
}

#[test]
fn a_role_that_could_see_past_the_wall_is_refused() {
    let Some(database) = Database::migrated() else { return };
    refused(&database, &database.owned(), "`rollcall_owner` owns the tables");
    refused(&database, &Place::on(database.address("postgres")), "`postgres` is a superuser");
    database.meddle("ALTER TABLE rollcall.portal_user NO FORCE ROW LEVEL SECURITY");
    refused(&database, &database.served(), "not forced on portal_user");
    database.meddle("ALTER TABLE rollcall.portal_user FORCE ROW LEVEL SECURITY");
    assert_eq!(database.served().run(&["doctor"]).code, Some(0));
}

#[test]
fn a_role_that_may_not_write_is_found_by_the_doctor() {
    let Some(database) = Database::migrated() else { return };
    database.meddle("REVOKE INSERT ON rollcall.customer FROM rollcall_app");
    let examined = database.served().run(&["doctor"]);
    assert_eq!(examined.code, Some(1), "{examined:?}");
    assert!(
        examined.out.contains("may not read and write customer; run `rollcall migrate --role"),
        "{examined:?}"
    );
}

#[test]
fn who_cannot_be_reached_or_does_not_let_us_in_is_named() {
    let Some(database) = Database::migrated() else { return };
    let address = |way: &str| Place::on(format!("postgres://rollcall_app:{}@{way}", database.password()));
    refused(&database, &address("127.0.0.1:1,127.0.0.1:2/rollcall"), "127.0.0.1:2: ");
    let (_, host) =
        database.address("rollcall_app").rsplit_once('@').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let (host, _) = host.split_once('/').unwrap();
    refused(&database, &address(&format!("{host}/nowhere")), "database \"nowhere\" does not exist");
    refused(&database, &Place::on(format!("postgres://rollcall_app:wrong@{host}/postgres")), "password");
    refused(&database, &address(&format!("{host}/postgres?sslmode=require")), "TLS");
}

#[test]
fn a_frozen_server_is_given_up_and_keeps_nobody_from_another_one() {
    let Some(database) = Database::migrated() else { return };
    // The system takes the connection, and nobody ever answers.
    let frozen = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = database.address("rollcall_app");
    let first = address.replace('@', &format!("@{},", frozen.local_addr().unwrap()));
    let examined = Place::on(first).run(&["doctor"]);
    assert_eq!(examined.code, Some(0), "{examined:?}");
    let (way, _) = address.split_once('@').unwrap();
    let alone = format!("{way}@{}/rollcall?connect_timeout=1", frozen.local_addr().unwrap());
    refused(&database, &Place::on(alone), "did not answer in time");
}

#[test]
fn a_role_that_is_not_there_is_not_let_in() {
    let Some(database) = Database::empty() else { return };
    let refused = database.owned().run(&["migrate", "--role", "nobody"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.told.contains("CREATE ROLE \"nobody\" LOGIN"), "{refused:?}");
}

#[test]
fn copies_are_the_business_of_postgresql() {
    let Some(database) = Database::migrated() else { return };
    let place = database.served();
    for command in ["backup", "restore"] {
        let refused = place.run(&[command, "copy.db"]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.told.contains("PostgreSQL's own tools"), "{refused:?}");
        assert!(refused.told.contains("docs/operations.md"), "{refused:?}");
    }
    let checked = place.run(&["check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(checked.out.contains("environment ROLLCALL_DATABASE"), "{checked:?}");
    assert!(!checked.out.contains(database.password()), "{checked:?}");
}
