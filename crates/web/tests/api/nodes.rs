//! Is it all the same which server of a directory is asked? What one acknowledged every other shows, whom one turned out
//! nobody lets in, and what one began another goes on with. Where there is but one server, it is asked in the place of
//! the others.

use std::sync::Arc;

use domain::audit::ActorEntry;
use domain::id::ClientId;
use domain::user::User;
use serde_json::{Value, json};

use crate::ask::{Answer, Ask};
use crate::caller::Caller;
use crate::directory::*;
use crate::home::ON_A_SERVER;
use crate::token_endpoint::basic_at;
use crate::world::{World, now, shared_users, user_at};

/// So many write at once, each to a user of its own.
const WRITERS: usize = 16;
/// How many writes it is in all, where `ROLLCALL_TEST_WRITES` does not say so. A server that is alone has less to prove.
const WRITES: usize = 3_200;
const WRITES_TO_ONE: usize = 320;

async fn world() -> World {
    World::new().await.and_another().await
}

fn writes_of_each() -> usize {
    #[expect(clippy::disallowed_methods, reason = "tests have no settings of their own")]
    let wanted = std::env::var("ROLLCALL_TEST_WRITES");
    let usual = if *ON_A_SERVER { WRITES } else { WRITES_TO_ONE };
    wanted.map_or(usual, |number| number.parse().unwrap()) / WRITERS
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_server_acknowledged_the_other_shows_at_once() {
    let world = world().await;
    let users: Vec<User> =
        (0..WRITERS as u128).map(|number| user(500 + number, SHARED, None, ["W", "0"])).collect();
    for user in &users {
        world.add(user.clone()).await;
    }
    let csp = Arc::new(world.caller(CSP_ADMINISTRATOR).await);
    let mut writing = tokio::task::JoinSet::new();
    for user in users {
        let csp = Arc::clone(&csp);
        writing.spawn(async move { write_and_look(&csp, &user).await });
    }
    while let Some(stale) = writing.join_next().await {
        assert_eq!(stale.unwrap(), Vec::<String>::new());
    }
}

/// Renames a user again and again, at one server and at the other, and asks the one that did not do it. Nobody else
/// renames this user, so what is shown must be the last name. What was shown instead is told.
async fn write_and_look(csp: &Caller, user: &User) -> Vec<String> {
    let path = format!("/v1/users/{}", user.id);
    let (mut stale, mut tag) = (Vec::new(), "\"none\"".to_owned());
    for turn in 0..writes_of_each() {
        let (writes, reads) = (turn % 2, 1 - turn % 2);
        let name = format!("{turn}");
        let done = csp.ask_at(writes, "PATCH", &path).json(&json!({ "lastName": name })).send().await;
        assert_eq!(done.status, 204, "{}", done.text());
        let shown = match turn % 3 {
            0 => csp.ask_at(reads, "GET", &path).send().await.json(),
            1 => named_in(&csp.ask_at(reads, "GET", &shared_users()).send().await, user),
            _ => {
                let known = csp.ask_at(reads, "GET", &shared_users()).and("If-None-Match", &tag).send().await;
                if known.status == 304 {
                    stale.push(format!("{name}: 304 for {tag}"));
                    continue;
                }
                tag = known.tag();
                named_in(&known, user)
            }
        };
        if shown["lastName"] != name {
            stale.push(format!("{name}: {shown}"));
        }
    }
    stale
}

/// A user as a listing shows it.
fn named_in(listing: &Answer, user: &User) -> Value {
    assert_eq!(listing.status, 200, "{}", listing.text());
    let id = user.id.to_string();
    let users = listing.json();
    users.as_array().unwrap().iter().find(|shown| shown["id"] == id).cloned().unwrap_or_default()
}

/// What one server answers to a GET.
async fn told(caller: &Caller, server: usize, path: &str) -> String {
    caller.ask_at(server, "GET", path).send().await.told()
}

#[tokio::test]
async fn whom_one_server_turns_out_the_other_lets_in_no_more() {
    let world = world().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let (program, person) = (world.caller(OF_ACORN).await, world.person("vera@north.example"));
    let (birch, list) = (world.caller(OF_BIRCH_CLIENT).await, shared_users());
    let access = format!("/v1/api-access/{OF_ACORN}");
    let relation = format!("/v1/Customers/{SHARED}/resellers/{BIRCH}");
    let (vera, restore) = (user_at(101), format!("{}/restore", user_at(101)));
    let steps = [
        (&program, "PATCH", access.as_str(), json!({"disabled": true}), "401 InvalidToken"),
        (&program, "PATCH", &access, json!({"disabled": false}), "200"),
        (&birch, "DELETE", &relation, Value::Null, "404 CustomerNotFound"),
        (&birch, "PUT", &relation, Value::Null, "200"),
        (&person, "PATCH", &vera, json!({"groups": []}), "403 PermissionDenied"),
        (&person, "DELETE", &vera, Value::Null, "403 TenantForbidden"),
        (&person, "POST", &restore, Value::Null, "403 PermissionDenied"),
        (&program, "DELETE", &access, Value::Null, "401 InvalidToken"),
    ];
    for (number, (who, method, path, body, expected)) in steps.into_iter().enumerate() {
        // Each server knows the caller, and has the listing ready.
        for server in [0, 1, 0, 1] {
            told(who, server, &list).await;
        }
        let ask = csp.ask_at(number % 2, method, path);
        let done = if body.is_null() { ask.send().await } else { ask.json(&body).send().await };
        assert!((200..300).contains(&done.status), "{method} {path}: {}", done.text());
        for server in [1 - number % 2, number % 2] {
            assert_eq!(told(who, server, &list).await, expected, "{method} {path} at {server}");
        }
    }
}

#[tokio::test]
async fn whom_one_server_turned_out_is_shown_nothing_that_the_other_has_to_read_first() {
    let world = world().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let program = world.caller(OF_ACORN).await;
    let (access, list) = (format!("/v1/api-access/{OF_ACORN}"), shared_users());
    for (disabled, expected) in [(true, "401 InvalidToken"), (false, "200")] {
        // It is known whose token that is, and the listing is asked for only afterwards.
        told(&program, 1, "/v1/Customers?pageSize=1").await;
        let done = csp.ask_at(0, "PATCH", &access).json(&json!({ "disabled": disabled })).send().await;
        assert_eq!(done.status, 204, "{}", done.text());
        assert_eq!(told(&program, 1, &list).await, expected);
    }
}

#[tokio::test]
async fn a_secret_that_was_dropped_at_one_server_opens_nothing_at_the_other() {
    let world = world().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let body = json!({"name": "Rotating", "role": "csp", "permission": "Viewer"});
    let made = csp.ask_at(0, "POST", "/v1/api-access").json(&body).send().await.json();
    let client = made["clientId"].as_str().unwrap().to_owned();
    let path = format!("/v1/api-access/{client}");
    let mut secret = made["secret"].as_str().unwrap().to_owned();
    for turn in 0..4 {
        let (one, other) = (turn % 2, 1 - turn % 2);
        let issued = basic_at(&world, other, &client, &secret).send().await;
        let token = issued.json()["access_token"].as_str().unwrap().to_owned();
        let caller = Ask::new(world.at(one), "GET", &shared_users()).tenant(NORTH_DOMAIN).token(&token);
        assert_eq!(caller.status().await, 200, "a token of the other server");
        let rotate = csp.ask_at(one, "PATCH", &path).json(&json!({"newSecret": true, "dropSecret": true}));
        let rotated = rotate.send().await;
        assert_eq!(rotated.status, 200, "{}", rotated.text());
        let fresh = rotated.json()["secret"].as_str().unwrap().to_owned();
        assert_eq!(basic_at(&world, other, &client, &secret).status().await, 401);
        secret = fresh;
    }
}

#[tokio::test]
async fn keys_that_one_server_makes_and_forgets_the_other_does_too() {
    let world = world().await;
    let (old, other) = (world.caller(CSP).await, world.at(1));
    assert_eq!(told(&old, 1, &shared_users()).await, "200");
    world.app.rotate_keys(now(), ActorEntry::SYSTEM).await.unwrap();
    let new = world.caller(CSP).await;
    for caller in [&old, &new] {
        assert_eq!(told(caller, 1, &shared_users()).await, "200");
    }
    let published = Ask::new(other, "GET", "/.well-known/jwks.json").send().await.json();
    assert_eq!(published["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_request_that_is_repeated_at_another_server_is_done_once() {
    let world = world().await;
    let csp = Arc::new(world.caller(CSP_ADMINISTRATOR).await);
    let ask = |server, key: &str, email: &str| {
        let ask = csp.ask_at(server, "POST", &shared_users()).json(&json!({ "email": email }));
        ask.and("Idempotency-Key", key)
    };
    let first = ask(0, "k", "once@x.example").send().await;
    let again = ask(1, "k", "once@x.example").send().await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!((first.text(), first.header("etag")), (again.text(), again.header("etag")));
    assert_eq!(ask(1, "k", "other@x.example").send().await.told(), "400 IdempotencyKeyReused");

    let mut asking = tokio::task::JoinSet::new();
    for number in 0..40 {
        let ask = ask(number % 2, "at once", "many@x.example").with("Idempotency-Key", "at-once");
        asking.spawn(async move { ask.send().await });
    }
    let mut bodies: Vec<String> = Vec::new();
    while let Some(answer) = asking.join_next().await {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text());
        bodies.push(answer.text().to_owned());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    let found = csp.ask_at(1, "GET", "/v1/users?searchValue=many").send().await;
    assert_eq!(found.items().len(), 1);
}

#[tokio::test]
async fn a_walk_that_one_server_began_the_other_goes_on_with() {
    let world = World::with_crowd(30).await.and_another().await;
    let csp = world.caller(CSP).await;
    let path = format!("/v1/customer/{CROWD}/users");
    let whole = csp.ask_at(0, "GET", &path).send().await;
    let (mut met, mut server) = (Vec::new(), 0);
    let mut next = Some(format!("{path}?pageSize=4"));
    while let Some(target) = next {
        let page = csp.ask_at(server, "GET", &target).send().await;
        assert_eq!(page.status, 200, "{}", page.text());
        met.extend(page.emails());
        next = page.header("link").map(|link| link[1..].split('>').next().unwrap().to_owned());
        server = 1 - server;
    }
    assert_eq!(met, whole.emails());
}

#[tokio::test]
async fn the_tags_of_one_server_are_those_of_the_other() {
    let world = world().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for path in [shared_users(), user_at(1), format!("/v1/Customers/{SHARED}")] {
        let (one, other) = (csp.ask_at(0, "GET", &path), csp.ask_at(1, "GET", &path));
        let (one, seen) = (one.send().await, other.clone().send().await);
        assert_eq!((one.tag(), one.text()), (seen.tag(), seen.text()), "{path}");
        assert_eq!(other.and("If-None-Match", one.tag()).status().await, 304, "{path}");
    }
    let tag = csp.ask_at(0, "GET", &user_at(1)).send().await.tag();
    let patch = |server: usize| {
        let ask = csp.ask_at(server, "PATCH", &user_at(1)).json(&json!({"lastName": "Tagged"}));
        ask.and("If-Match", &tag)
    };
    assert_eq!(patch(1).status().await, 204);
    assert_eq!(patch(0).send().await.told(), "412 PreconditionFailed");
}

#[tokio::test]
async fn an_access_made_at_one_server_is_known_at_the_other() {
    let world = world().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for server in [0, 1, 0] {
        let body = json!({"name": format!("Made at {server}"), "role": "csp", "permission": "Viewer"});
        let made = csp.ask_at(server, "POST", "/v1/api-access").json(&body).send().await.json();
        let client = ClientId(made["clientId"].as_str().unwrap().parse().unwrap());
        let caller = world.caller(client).await;
        assert_eq!(told(&caller, 1 - server, &shared_users()).await, "200");
        assert_eq!(told(&caller, server, &shared_users()).await, "200");
    }
}
