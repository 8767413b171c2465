//! From a file to an answer, and what a second process is told meanwhile.

use crate::process::{Place, Server, get, mode, program, users_url};
use crate::world::{self, CLIENT, CUSTOMER, DOMAIN, SECRET};

#[tokio::test]
async fn what_was_imported_is_listed_byte_by_byte() {
    let place = Place::with_users(3);
    let server = place.serve();
    let answer = get(&users_url(&server), &place.token(), "ticket-1").await;
    assert_eq!((answer.status, answer.body), (200, world::listing(3)));
    server.stop();
    assert_eq!(place.count("ticket-1"), 1);
    assert_eq!(mode(&place.path("rollcall.db")), 0o600);
}

#[tokio::test]
async fn commands_work_through_the_server_that_has_the_database() {
    let place = Place::with_users(3);
    let listed = |arguments: &[&str]| {
        let fixed = ["users", "list", "--tenant", DOMAIN, "--customer", CUSTOMER];
        place.run(&[&fixed, arguments].concat())
    };
    let before = listed(&["--json"]);
    let server = place.serve();
    assert_eq!(mode(&place.path("rollcall.db.control")), 0o600);
    assert_eq!(before.out, world::listing(3));
    assert_eq!(listed(&["--json"]).out, before.out);
    insta::assert_snapshot!(listed(&[]).out, @r"
    NAME          E-MAIL             GROUPS  ID
    Ada Nr 00000  ada0@acme.example  Viewer  10000000-0000-4000-8000-000000000000
    Ada Nr 00001  ada1@acme.example  Viewer  10000000-0000-4000-8000-000000000001
    Ada Nr 00002  ada2@acme.example  Viewer  10000000-0000-4000-8000-000000000002
    ");
    let credentials = place.path("viewer.toml");
    std::fs::write(&credentials, format!("client_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\n"))
        .unwrap();
    let through =
        listed(&["--json", "--server", &server.url, "--credentials", credentials.to_str().unwrap()]);
    assert_eq!(through.out, before.out, "{through:?}");
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
    let examined = place.run(&["doctor"]);
    assert!(!examined.out.contains("fail"), "{examined:?}");
    server.stop();
    assert!(!place.path("rollcall.db.control").exists());
    let reads = place.records().into_iter().filter(|record| record["operation"] == "ListCustomerUsers");
    assert_eq!(reads.count(), 4, "each listing left one record, whichever way it went");
}

#[test]
fn a_second_process_learns_who_the_first_is() {
    let place = Place::with_users(1);
    let server = place.serve();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["import", "-"], &["export", "-"]] {
        let refused = place.run_with(arguments, &world::directory(1));
        assert_eq!(refused.code, Some(1), "{arguments:?}");
        let first = format!("rollcall serve, process {}, since ", server.id());
        assert!(refused.told.contains(&first), "{refused:?}");
    }
    server.stop();
}

#[tokio::test]
async fn a_rotated_key_signs_at_once_and_the_one_before_still_verifies() {
    let place = Place::with_users(1);
    let server = place.serve();
    let old = place.token();
    let rotated = place.run(&["keys", "rotate"]);
    assert_eq!(rotated.code, Some(0), "{rotated:?}");
    let new = place.token();
    let published = get(&format!("{}/.well-known/jwks.json", server.url), &old, "keys").await.body;
    assert!(published.contains(rotated.out.trim()), "{published}");
    for token in [&old, &new] {
        assert_eq!(get(&users_url(&server), token, "rotation").await.status, 200);
    }
    let listed = place.run(&["keys", "list"]).out;
    let states: Vec<&str> = listed.lines().map(|line| line.split_whitespace().nth(3).unwrap()).collect();
    assert_eq!(states, ["signs", "verifies,"]);
    server.stop();
}

#[tokio::test]
async fn a_full_disk_is_told_healed_and_costs_no_record() {
    let place = Place::with_users(1);
    let token = place.token();
    // Files may grow no further than this; the signal that would end the program is ignored.
    let script = "trap '' XFSZ; ulimit -S -f 256; exec \"$0\" serve --listen 127.0.0.1:0 --log-level off";
    let server = Server::start(place.command("bash", &["-c", script, program()]));
    let ready = format!("{}/health/ready", server.url);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut sent = 0;
    let refused = loop {
        let asked = client.get(users_url(&server)).header("X-Tenant", DOMAIN).bearer_auth(&token);
        let answer = asked.header("X-Correlation-Id", format!("full-{sent}")).send().await.unwrap();
        if answer.status() != 200 {
            break answer;
        }
        sent += 1;
        assert!(sent < 20_000, "the disk never was full");
    };
    assert_eq!(client.get(&ready).send().await.unwrap().status(), 503);
    let status = refused.status().as_u16();
    let body: serde_json::Value = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    assert_eq!(
        (status, &body["type"], &body["statusCode"]),
        (503, &"Unavailable".into(), &503.into()),
        "{body}"
    );
    let raised = place.command("prlimit", &["--pid", &server.id().to_string(), "--fsize=unlimited"]).status();
    assert!(raised.unwrap().success());
    // It heals by itself; how soon is not judged.
    while client.get(&ready).send().await.unwrap().status() != 200 {
        tokio::task::yield_now().await;
    }
    server.stop();
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
    let records = place.records();
    let answered = |record: &&serde_json::Value| {
        record["correlationId"].as_str().unwrap().starts_with("full-")
            && record["status"]["name"] == "Succeded"
    };
    assert_eq!(records.iter().filter(answered).count(), sent);
}
