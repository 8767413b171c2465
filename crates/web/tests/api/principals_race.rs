//! Is a principal refused at once, whatever the server remembers of its token? While it asks all the time,
//! it is disabled, deleted or loses its permission, and comes back; [`History`] judges each answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::group::VIEWER;
use serde_json::json;
use tokio::task::JoinSet;

use crate::caller::Caller;
use crate::directory::*;
use crate::history::History;
use crate::world::{World, shared_users, user_at};

const ROUNDS: usize = 10;
const PROGRAM: &str = "the program";
const PERSON: &str = "the person";
const EMPLOYEE: &str = "the employee of a customer";
const WELCOME: &str = "200";

struct Race {
    world: World,
    history: History,
    over: AtomicBool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_may_no_longer_is_refused_by_every_later_answer() {
    let world = World::new().await.and_another().await;
    let race = Arc::new(Race { world, history: History::default(), over: AtomicBool::new(false) });
    let mut asking = JoinSet::new();
    let direct = format!("/v1/customer/{DIRECT}/users");
    for (who, list) in [(PROGRAM, shared_users()), (PERSON, shared_users()), (EMPLOYEE, direct)] {
        race.history.begin(who, WELCOME);
        // The person is bound, and every token known, before anything is taken away.
        assert_eq!(race.caller(who).await.get(&list).await.status, 200);
        for path in [list.clone(), list, "/v1/users?pageSize=1".to_owned()] {
            let (race, caller) = (Arc::clone(&race), race.caller(who).await);
            asking.spawn(async move { race.ask(who, &caller, &path).await });
        }
    }
    let (one, other, third) = (Arc::clone(&race), Arc::clone(&race), Arc::clone(&race));
    let mut taking = JoinSet::new();
    taking.spawn(async move { one.disable_and_enable().await });
    taking.spawn(async move { other.take_and_give().await });
    taking.spawn(async move { third.delete_the_customer().await });
    while let Some(done) = taking.join_next().await {
        done.unwrap();
    }
    race.over.store(true, Ordering::SeqCst);
    while let Some(done) = asking.join_next().await {
        done.unwrap();
    }
    let (faults, looks) = race.history.judge();
    assert!(faults.is_empty(), "{} of {looks} looks: {:#?}", faults.len(), &faults[..faults.len().min(5)]);
}

impl Race {
    async fn caller(&self, who: &str) -> Caller {
        match who {
            PROGRAM => self.world.caller(OF_ACORN).await,
            PERSON => self.world.person("vera@north.example"),
            _ => self.world.person("carl@north.example"),
        }
    }

    async fn ask(&self, who: &str, caller: &Caller, path: &str) {
        while !self.over.load(Ordering::SeqCst) {
            self.look(who, caller, path).await;
        }
    }

    async fn look(&self, who: &str, caller: &Caller, path: &str) {
        let (window, answer) = self.history.ask(caller.get(path)).await;
        self.history.saw(who, window, &answer.told());
    }

    /// Does a write as the distributor's Administrator, and lets the principal ask right after it.
    async fn set(&self, who: &str, state: &str, method: &str, path: &str, body: serde_json::Value) {
        self.set_by(&[(who, state)], method, path, body).await;
    }

    async fn set_by(&self, states: &[(&str, &str)], method: &str, path: &str, body: serde_json::Value) {
        let csp = self.world.caller(CSP_ADMINISTRATOR).await;
        let ask = csp.ask(method, path).json(&body);
        let done = self.history.write(states, ask.send()).await;
        assert!((200..300).contains(&done.status), "{method} {path}: {}", done.text());
        let (who, _) = states[0];
        self.look(who, &self.caller(who).await, "/v1/users?pageSize=1").await;
    }

    async fn disable_and_enable(&self) {
        let path = format!("/v1/api-access/{OF_ACORN}");
        for _ in 0..ROUNDS {
            self.set(PROGRAM, "401 InvalidToken", "PATCH", &path, json!({"disabled": true})).await;
            self.set(PROGRAM, WELCOME, "PATCH", &path, json!({"disabled": false})).await;
        }
    }

    async fn take_and_give(&self) {
        let (path, viewer) = (user_at(101), json!({"groups": [{"id": VIEWER.to_string()}]}));
        let restore = format!("{path}/restore");
        for _ in 0..ROUNDS {
            self.set(PERSON, "403 PermissionDenied", "PATCH", &path, json!({"groups": []})).await;
            self.set(PERSON, WELCOME, "PATCH", &path, viewer.clone()).await;
            self.set(PERSON, "403 TenantForbidden", "DELETE", &path, json!({})).await;
            self.set(PERSON, WELCOME, "POST", &restore, json!({})).await;
        }
    }

    /// Who belongs to a customer is dead with it.
    async fn delete_the_customer(&self) {
        let path = format!("/v1/Customers/{DIRECT}");
        // Whoever was let in just before finds its customer gone.
        let states = [(EMPLOYEE, "404 CustomerNotFound"), (EMPLOYEE, "403 TenantForbidden")];
        self.set_by(&states, "DELETE", &path, json!({})).await;
    }
}
