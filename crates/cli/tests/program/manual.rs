//! What the program says of itself, and the exit codes that scripts rely on.

use crate::process::Place;
use crate::world;

#[test]
fn help_reads_like_documentation() {
    let place = Place::empty();
    insta::assert_snapshot!(place.run(&["--help"]).out);
    insta::assert_snapshot!("help-serve", place.run(&["serve", "--help"]).out);
    for command in [
        "demo",
        "serve",
        "import",
        "export",
        "users",
        "user",
        "group",
        "customer",
        "reseller",
        "api-access",
        "tenant",
        "token",
        "audit",
        "keys",
        "migrate",
        "backup",
        "restore",
        "check",
        "doctor",
    ] {
        let help = place.run(&[command, "--help"]);
        assert_eq!(help.code, Some(0));
        let documented =
            command == "users" || (help.out.contains("Example") && help.out.contains("Exit codes:"));
        assert!(documented, "{}", help.out);
    }
}

#[test]
fn check_tells_each_value_and_where_it_is_from() {
    let place = Place::empty();
    std::fs::write(place.path("rollcall.toml"), "idle_timeout = 60\nlog_level = \"debug\"\n").unwrap();
    let mut command = place.command(crate::process::program(), &["check", "--log-level", "warn"]);
    let output = command.env("ROLLCALL_LISTEN", "nowhere").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn wrong_usage_is_2_and_a_failure_is_1() {
    let place = Place::empty();
    std::fs::write(place.path("bad.toml"), "lisen = \"127.0.0.1:1\"\n").unwrap();
    for (arguments, code, told) in [
        (&["nonsense"][..], 2, "nonsense"),
        (&["serve", "--listen", "8080"], 2, "127.0.0.1:8080"),
        (&["serve", "--database", "postgres://app:secret@db/rollcall?sslmode=maybe"], 2, "verify-full"),
        (&["migrate"], 2, "postgres://OWNER@HOST/NAME"),
        (&["serve", "--database", "rollcall.db"], 2, "sqlite:"),
        (&["check", "--config", "bad.toml"], 2, "`lisen`"),
        (&["token", "--tenant", "x.example", "--client-id", "7"], 2, "GUID"),
        (
            &[
                "users",
                "list",
                "--tenant",
                "x.example",
                "--customer",
                world::CUSTOMER,
                "--server",
                "http://127.0.0.1:1",
            ],
            2,
            "ROLLCALL_CLIENT_ID",
        ),
        (&["token", "--tenant", "x.example", "--client-id", world::CLIENT], 1, "there is no database"),
        (&["import", "missing.ndjson"], 1, "missing.ndjson"),
        (&["check"], 0, ""),
    ] {
        let done = place.run(arguments);
        assert_eq!(done.code, Some(code), "{arguments:?} {done:?}");
        assert!(done.told.contains(told), "{arguments:?} {done:?}");
    }
    assert!(!place.path("rollcall.db").exists(), "a command that only asks makes no database");

    // Of a file that was emptied, a directory would be made in which nothing is amiss.
    std::fs::write(place.path("rollcall.db"), "").unwrap();
    let done = place.run(&["audit", "verify"]);
    assert_eq!(done.code, Some(1), "{done:?}");
    assert!(done.told.contains("there is no database"), "{done:?}");
}

#[test]
fn faults_of_a_file_are_told_by_line_and_nothing_is_imported() {
    let place = Place::empty();
    let file = world::frame() + &world::user(1) + &world::user(1) + "{\"kind\":\"thing\"}\n";
    let refused = place.run_with(&["import", "-"], &file);
    assert_eq!(refused.code, Some(1));
    assert!(refused.told.starts_with("line 5: id: "), "{}", refused.told);
    assert!(refused.told.contains("line 6: kind: "), "{}", refused.told);
    assert!(refused.told.ends_with("nothing was imported\n"), "{}", refused.told);
    assert_eq!(place.run_with(&["import", "--dry-run", "-"], &world::directory(2)).code, Some(0));
    assert_eq!(place.run(&["export", "-"]).out, "");
}
