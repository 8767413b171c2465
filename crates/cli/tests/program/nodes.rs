//! Several processes on one PostgreSQL server: what is the same as on the embedded database, and what two nodes know of
//! each other.

use serde_json::json;

use crate::database::Database;
use crate::process::{Answer, Place, Server, get, users_url};
use crate::world::{self, CLIENT, CUSTOMER, DOMAIN};

/// A database with so many users, whose client may do this.
fn with_users(users: usize, permission: &str) -> Option<(Database, Place)> {
    let database = Database::migrated()?;
    let place = database.served();
    let directory = world::directory(users).replace("\"Viewer\"", &format!("\"{permission}\""));
    let imported = place.run_with(&["import", "-"], &directory);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    Some((database, place))
}

/// Adds a user by HTTP.
async fn add(server: &Server, token: &str, email: &str) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = json!({ "firstName": "Bo", "lastName": null, "email": email, "groups": [] });
    let asked = client.post(users_url(server)).header("X-Tenant", DOMAIN).bearer_auth(token);
    let answer = asked.header("Content-Type", "application/json").body(body.to_string()).send().await;
    answer.unwrap().status().as_u16()
}

#[test]
fn a_directory_moves_to_a_server_and_back_byte_for_byte() {
    let Some(database) = Database::migrated() else { return };
    let (embedded, served) = (Place::with_users(5), database.served());
    let first = embedded.run(&["export", "-"]).out;
    let imported = served.run_with(&["import", "-"], &first);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    let exported = served.run(&["export", "-"]).out;
    assert_eq!(exported, first);
    let back = ["import", "--database", "sqlite:back.db", "-"];
    assert_eq!(embedded.run_with(&back, &exported).code, Some(0));
    assert_eq!(embedded.run(&["export", "--database", "sqlite:back.db", "-"]).out, first);
    assert!(served.folder.path().read_dir().unwrap().next().is_none(), "nothing lies beside a server");
}

#[tokio::test]
async fn two_nodes_answer_alike_and_read_at_once_what_the_other_wrote() {
    let Some((_database, place)) = with_users(3, "Administrator") else { return };
    let (one, other) = (place.serve(), place.serve());
    let token = place.token();
    let listing = Answer { status: 200, body: world::listing(3) };
    for node in [&one, &other] {
        assert_eq!(get(&users_url(node), &token, "alike").await, listing);
    }
    for round in 0..20 {
        let (writes, reads) = if round % 2 == 0 { (&one, &other) } else { (&other, &one) };
        let email = format!("bo{round}@acme.example");
        assert_eq!(add(writes, &token, &email).await, 201);
        let read = get(&users_url(reads), &token, "fresh").await;
        assert!(read.body.contains(&format!("\"{email}\"")), "{email} is missing: {}", read.body);
    }
    let bodies = [get(&users_url(&one), &token, "end").await, get(&users_url(&other), &token, "end").await];
    assert_eq!(bodies[0], bodies[1]);
    one.stop();
    other.stop();
    assert_eq!(place.count("fresh"), 20);
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
}

#[tokio::test]
async fn commands_work_beside_running_nodes_and_both_heed_them() {
    let Some((_database, place)) = with_users(2, "Viewer") else { return };
    let nodes = [place.serve(), place.serve()];
    let old = place.token();
    let statuses = async |token: &str| {
        let mut statuses = Vec::new();
        for node in &nodes {
            statuses.push(get(&users_url(node), token, "beside").await.status);
        }
        statuses
    };
    assert_eq!(statuses(&old).await, [200, 200]);
    let listed = place.run(&["users", "list", "--tenant", DOMAIN, "--customer", CUSTOMER, "--json"]);
    assert_eq!(listed.out, world::listing(2));

    assert_eq!(place.run(&["keys", "rotate"]).code, Some(0));
    assert_eq!(statuses(&old).await, [200, 200], "the key before still verifies");
    assert_eq!(statuses(&place.token()).await, [200, 200], "the new key is known");

    let more = world::user(7);
    let imported = place.run_with(&["import", "-"], &more);
    assert_eq!(imported.code, Some(0), "{imported:?}");
    for node in &nodes {
        assert!(get(&users_url(node), &old, "imported").await.body.contains("ada7@acme.example"));
    }
    assert_eq!(place.run(&["export", "-"]).out.lines().count(), 6);
    let examined = place.run(&["doctor"]);
    assert_eq!(examined.code, Some(0), "{examined:?}");
    assert!(!examined.out.lines().any(|line| line.starts_with("fail")), "{examined:?}");
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));

    let disabled = ["api-access", "set", "--tenant", DOMAIN, CLIENT, "--disable"];
    let disabled = place.run(&disabled);
    assert_eq!(disabled.code, Some(0), "{disabled:?}");
    assert_eq!(statuses(&old).await, [401, 401]);
    for node in nodes {
        node.stop();
    }
}

#[tokio::test]
async fn after_a_restore_nothing_that_was_signed_before_is_honoured() {
    let Some((database, place)) = with_users(2, "Viewer") else { return };
    let node = place.serve();
    let old = place.token();
    assert_eq!(get(&users_url(&node), &old, "before").await.status, 200);
    node.stop();
    let renewed = database.owned().run(&["migrate", "--restored"]);
    assert_eq!(renewed.code, Some(0), "{renewed:?}");
    assert!(renewed.told.contains("signing keys"), "{renewed:?}");
    let node = place.serve();
    assert_eq!(get(&users_url(&node), &old, "old").await.status, 401);
    let answer = get(&users_url(&node), &place.token(), "new").await;
    assert_eq!((answer.status, answer.body), (200, world::listing(2)));
    node.stop();
    assert_eq!(place.run(&["audit", "verify"]).code, Some(0));
    let restored = place.records().iter().filter(|record| record["operation"] == "RestoreBackup").count();
    assert_eq!(restored, 1);
}
