//! Does any answer show less than was acknowledged before it was asked for? Writers change one customer in
//! every way there is, readers of every scope ask in every way there is, all at once; then [`History`] judges.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use domain::order::OrderKey;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ask::Answer;
use crate::caller::Caller;
use crate::conditional::decoded;
use crate::directory::*;
use crate::history::{History, Window};
use crate::world::{World, shared_users};

/// How often each writer goes through its changes.
const ROUNDS: usize = 8;
/// Users of [`SHARED`] whom no writer touches, by what tells them apart.
const STEADY: [&str; 7] = [
    "user1@shared.example",
    "user2@shared.example",
    "user3@shared.example",
    "user4@shared.example",
    "user5@shared.example",
    "user6@shared.example",
    "user7@shared.example",
];
const ABSENT: &str = "absent";
/// What the name of the custom group is watched as.
const GROUP: &str = "the group";
/// What all that [`BIRCH`] sees is watched as.
const OF_BIRCHES: &str = "what Birch sees";

/// Who reads: the words that are the query, the steady users that are seen, and the users that are watched.
struct Reader {
    caller: Caller,
    query: &'static str,
    steady: &'static [&'static str],
    watched: &'static [&'static str],
}

struct Race {
    world: World,
    history: History,
    /// The body of each tag that was ever sent, decoded.
    bodies: Mutex<HashMap<String, Vec<u8>>>,
    /// Answers without a body, to be judged by the body of their tag.
    bodiless: Mutex<Vec<(usize, Window, String)>>,
    readers: Vec<Reader>,
    over: AtomicBool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_answer_is_older_than_an_acknowledged_write() {
    let race = Arc::new(Race::begin().await);
    let mut readers = tokio::task::JoinSet::new();
    for number in 0..race.readers.len() * 2 {
        let race = Arc::clone(&race);
        readers.spawn(async move { race.read(number).await });
    }
    let users =
        race.readers[0].watched.iter().zip([ACORN_ADMINISTRATOR, CSP_ADMINISTRATOR, SHARED_ADMINISTRATOR]);
    let mut writers = tokio::task::JoinSet::new();
    for (email, client) in users {
        let (race, caller) = (Arc::clone(&race), race.world.caller(client).await);
        writers.spawn(async move { race.change_a_user(email, &caller).await });
    }
    let (one, csp) = (Arc::clone(&race), race.world.caller(CSP_ADMINISTRATOR).await);
    writers.spawn(async move { one.rename_the_group(&csp).await });
    let (one, csp) = (Arc::clone(&race), race.world.caller(CSP_ADMINISTRATOR).await);
    writers.spawn(async move { one.end_and_make_the_relation(&csp).await });
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    race.over.store(true, Ordering::SeqCst);
    while let Some(done) = readers.join_next().await {
        done.unwrap();
    }
    race.judge_bodiless();
    let (faults, looks) = race.history.judge();
    assert!(faults.is_empty(), "{} of {looks} looks: {:#?}", faults.len(), &faults[..faults.len().min(5)]);
    assert!(looks > ROUNDS * 10, "{looks}");
}

impl Race {
    async fn begin() -> Self {
        let world = World::new().await.and_another().await;
        let history = History::default();
        let watched = &["ann@x.example", "ben@x.example", "cem@x.example"];
        for email in watched {
            history.begin(email, ABSENT);
        }
        history.begin(GROUP, "Ärger & Söhne");
        history.begin(OF_BIRCHES, "user3@shared.example user6@shared.example");
        let all = |caller| Reader { caller, query: "", steady: &STEADY, watched };
        let of_birch = |caller, query| Reader { caller, query, steady: &[], watched: &[] };
        let readers = vec![
            all(world.caller(CSP).await),
            all(world.caller(OF_SHARED).await),
            Reader {
                caller: world.caller(OF_ACORN).await,
                query: "",
                steady: &["user1@shared.example", "user4@shared.example"],
                watched: &["ann@x.example"],
            },
            of_birch(world.caller(OF_BIRCH_CLIENT).await, ""),
            of_birch(world.caller(CSP).await, "&resellerId=00000000-0000-0000-0000-0000000000b2"),
        ];
        let (bodies, bodiless) = (Mutex::default(), Mutex::default());
        Self { world, history, bodies, bodiless, readers, over: AtomicBool::new(false) }
    }

    /// Made, renamed, deleted and restored, again and again. After each write its own writer looks, too.
    async fn change_a_user(&self, email: &'static str, caller: &Caller) {
        let (firsts, mut id) = (["a", "Å", "z", "Ö"], String::new());
        let mut name = "0".to_owned();
        for round in 0..ROUNDS {
            if round == 0 {
                let body = json!({"firstName": "m", "lastName": name, "email": email});
                let made = self.history.write(&[(email, &name)], caller.post(&shared_users(), &body)).await;
                id = format!("/v1/users/{}", made.id());
                self.look(0, 0, &mut None).await;
            }
            for turn in 0..2 {
                name = format!("{round}.{turn}");
                let body = json!({"firstName": firsts[(round + turn) % 4], "lastName": name});
                let changed = self.history.write(&[(email, &name)], caller.patch(&id, &body)).await;
                assert_eq!(changed.status, 204, "{}", changed.text());
                self.look(0, 0, &mut None).await;
            }
            let deleted = self.history.write(&[(email, ABSENT)], caller.delete(&id)).await;
            assert_eq!(deleted.status, 204, "{}", deleted.text());
            self.look(1, 0, &mut None).await;
            let restore = format!("{id}/restore");
            let restored = self.history.write(&[(email, &name)], caller.post(&restore, &json!({}))).await;
            assert_eq!(restored.status, 204, "{}", restored.text());
            self.look(1, 1, &mut None).await;
        }
    }

    async fn rename_the_group(&self, csp: &Caller) {
        let path = format!("/v1/users/groups/{CUSTOM_GROUP}");
        for round in 0..ROUNDS * 2 {
            let name = format!("{} {round}", ["Aa", "Zz"][round % 2]);
            let body = json!({ "name": name });
            let renamed = self.history.write(&[(GROUP, &name)], csp.patch(&path, &body)).await;
            assert_eq!(renamed.status, 204, "{}", renamed.text());
            self.look(2, round, &mut None).await;
        }
    }

    async fn end_and_make_the_relation(&self, csp: &Caller) {
        let relation = format!("/v1/Customers/{SHARED}/resellers/{BIRCH}");
        for round in 0..ROUNDS {
            let ended = self.history.write(&[(OF_BIRCHES, ABSENT)], csp.delete(&relation)).await;
            assert_eq!(ended.status, 204, "{}", ended.text());
            self.look(3, 0, &mut None).await;
            let made = self.history.write(&[(OF_BIRCHES, "")], csp.put(&relation)).await;
            assert_eq!(made.status, 204, "{}", made.text());
            self.look(4, 0, &mut None).await;
            // Whoever is in its context when a relation ends stays with the distributor, so it is deleted.
            let email = format!("birch{round}@x.example");
            let path = format!("{}?resellerId={BIRCH}", shared_users());
            let body = json!({ "email": email });
            let added = self.history.write(&[(OF_BIRCHES, &email)], csp.post(&path, &body)).await;
            let path = format!("/v1/users/{}", added.id());
            self.look(3, 1, &mut None).await;
            let deleted = self.history.write(&[(OF_BIRCHES, "")], csp.delete(&path)).await;
            assert_eq!(deleted.status, 204, "{}", deleted.text());
            self.look(4, 1, &mut None).await;
        }
    }

    async fn read(&self, number: usize) {
        let mut known = None;
        let mut turn = number;
        while !self.over.load(Ordering::SeqCst) {
            self.look(number % self.readers.len(), turn, &mut known).await;
            turn += 1;
        }
    }

    /// Asks once, in the way of this turn, and notes what is seen. `known` is the tag of the last body.
    async fn look(&self, reader: usize, turn: usize, known: &mut Option<String>) {
        let Reader { caller, query, .. } = &self.readers[reader];
        let path = format!("{}?{query}", shared_users());
        let ask = match turn % 7 {
            0 => caller.ask("GET", &path),
            1 => caller.ask("GET", &path).and("Accept-Encoding", "gzip"),
            2 => caller.ask("GET", &path).and("Accept-Encoding", "zstd"),
            3 => caller.ask("GET", &format!("{path}&pageSize=2000")),
            4 => caller.ask("HEAD", &path),
            5 => return self.walk(reader).await,
            _ => caller.ask("GET", &path).and("If-None-Match", known.as_deref().unwrap_or("\"none\"")),
        };
        let (window, answer) = self.history.ask(ask.send()).await;
        match answer.status {
            304 => {
                assert_eq!(Some(answer.tag()), *known);
                let body = self.bodies.lock().unwrap()[&answer.tag()].clone();
                self.saw_all(reader, window, &body);
            }
            200 if answer.body.is_empty() => {
                self.bodiless.lock().unwrap().push((reader, window, answer.tag()));
                self.judge_total(reader, window, &answer);
            }
            200 => {
                let body = self.keep(&answer);
                let total = answer.header("x-total-count").unwrap();
                assert_eq!(total, users_in(&body).len().to_string(), "the count is of what is shown");
                *known = Some(answer.tag());
                self.saw_all(reader, window, &body);
            }
            403 | 404 => {
                assert!(self.readers[reader].steady.is_empty(), "{}", answer.text());
                self.history.saw(OF_BIRCHES, window, ABSENT);
            }
            other => panic!("{other} {}", answer.text()),
        }
    }

    /// Two answers with one tag have one body.
    fn keep(&self, answer: &Answer) -> Vec<u8> {
        let body = decoded(answer);
        let before = self.bodies.lock().unwrap().insert(answer.tag(), body.clone());
        assert!(before.is_none_or(|before| before == body), "{} had another body", answer.tag());
        body
    }

    /// Notes what a whole listing shows.
    fn saw_all(&self, reader: usize, window: Window, body: &[u8]) {
        let Reader { steady, watched, .. } = &self.readers[reader];
        let users = users_in(body);
        if steady.is_empty() {
            let emails: Vec<&str> = users.iter().map(|user| user["email"].as_str().unwrap()).collect();
            return self.history.saw(OF_BIRCHES, window, &emails.join(" "));
        }
        for email in *steady {
            assert_eq!(users.iter().filter(|user| user["email"] == *email).count(), 1, "{email}");
        }
        for email in *watched {
            let shown = users.iter().find(|user| user["email"] == *email);
            let state = shown.map_or(ABSENT, |user| user["lastName"].as_str().unwrap());
            self.history.saw(email, window, state);
        }
        for user in &users {
            self.saw_group(window, user);
        }
    }

    /// The group as one of its members shows it.
    fn saw_group(&self, window: Window, user: &Value) {
        let is_custom = |group: &&Value| group["id"] == CUSTOM_GROUP.to_string();
        if let Some(group) = user["groups"].as_array().unwrap().iter().find(is_custom) {
            self.history.saw(GROUP, window, group["name"].as_str().unwrap());
        }
    }

    /// Goes from page to page. A page shows nobody as he was before; whoever was there throughout and kept
    /// his name is met exactly once.
    async fn walk(&self, reader: usize) {
        let Reader { caller, query, steady, watched } = &self.readers[reader];
        let mut next = Some(format!("{}?pageSize=3{query}", shared_users()));
        let mut met: HashMap<String, usize> = HashMap::new();
        let mut is_whole = true;
        while let Some(target) = next {
            let (window, answer) = self.history.ask(caller.get(&target)).await;
            if answer.status != 200 {
                assert!(steady.is_empty() && [403, 404].contains(&answer.status), "{}", answer.text());
                self.history.saw(OF_BIRCHES, window, ABSENT);
                is_whole = false;
                break;
            }
            self.judge_total(reader, window, &answer);
            for user in users_in(&self.keep(&answer)) {
                let email = user["email"].as_str().unwrap();
                *met.entry(email.to_owned()).or_default() += 1;
                if watched.contains(&email) {
                    self.history.saw(email, window, user["lastName"].as_str().unwrap());
                }
                self.saw_group(window, &user);
            }
            let link = answer.header("link").map(str::to_owned);
            next = link.map(|link| link[1..].split('>').next().unwrap().to_owned());
        }
        for email in steady.iter().filter(|_| is_whole) {
            assert_eq!(met.get(*email), Some(&1), "{email} in a walk");
        }
    }

    /// A count alone is judged by how many could be there.
    fn judge_total(&self, reader: usize, window: Window, answer: &Answer) {
        let Reader { steady, watched, .. } = &self.readers[reader];
        if steady.is_empty() || steady.len() == STEADY.len() {
            // Users in Birch's context come and go beside those who are watched one by one.
            return;
        }
        let total: usize = answer.header("x-total-count").unwrap().parse().unwrap();
        let states = watched.iter().map(|email| self.history.possible(email, window));
        let (mut least, mut most) = (steady.len(), steady.len());
        for states in states {
            least += usize::from(states.iter().all(|state| state != ABSENT));
            most += usize::from(states.iter().any(|state| state != ABSENT));
        }
        assert!((least..=most).contains(&total), "{total} is none of {least} to {most}");
    }

    /// What a HEAD told of is what its tag stands for, where that was ever sent.
    fn judge_bodiless(&self) {
        for (reader, window, tag) in std::mem::take(&mut *self.bodiless.lock().unwrap()) {
            let body = self.bodies.lock().unwrap().get(&tag).cloned();
            if let Some(body) = body {
                self.saw_all(reader, window, &body);
            }
        }
    }
}

/// The users of a body, which are in their order.
fn users_in(body: &[u8]) -> Vec<Value> {
    let users: Vec<Value> = serde_json::from_slice(body).unwrap();
    let key = |user: &Value| {
        let id: Uuid = user["id"].as_str().unwrap().parse().unwrap();
        OrderKey::of(
            user["firstName"].as_str(),
            user["lastName"].as_str(),
            user["email"].as_str().unwrap(),
            id,
        )
    };
    assert!(users.iter().map(key).is_sorted(), "{}", String::from_utf8_lossy(body));
    users
}
