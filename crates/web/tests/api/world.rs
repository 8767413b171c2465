//! Where does it happen? On a fresh database, behind the real server on a port of its own, at a time that
//! each test sets: its runtime has one thread, and the clock is that thread's.

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app::issuer::{AccessClaims, SigningKey};
use app::{Ages, App, Settings};
use domain::access::{Action, Reach, reach};
use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::change::Change;
use domain::id::{ClientId, CustomerId};
use domain::principal::Principal;
use domain::user::{User, UserKey, UserPatch};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use store::{Inserted, Location, Options, Rooms, Store};
use tokio::net::TcpListener;
use utoipa::openapi::OpenApi;
use uuid::{Builder, Uuid};
use web::server::guard::Timeouts;
use web::server::{Limits, serve};
use web::{Express, Front, TrustedProxies, Web, router};

use crate::ask::Ask;
use crate::directory::{self, CSP, NORTH, NORTH_DOMAIN, SHARED, user};
use crate::home::{Home, ON_A_SERVER, open};
use crate::issuer;

pub(crate) const START: Timestamp = Timestamp::constant(1_790_000_000, 0);
/// How long a deleted user can be restored.
pub(crate) const RESTORABLE: SignedDuration = SignedDuration::from_hours(30 * 24);
pub(crate) const OWN_ISSUER: &str = "https://rollcall.example";
pub(crate) const OWN_AUDIENCE: &str = "api://rollcall";

thread_local! {
    static MOVED: Cell<i64> = const { Cell::new(0) };
    static IS_BROKEN: Cell<bool> = const { Cell::new(false) };
}

/// Lets the route of the metrics panic from now on.
pub(crate) fn break_metrics() {
    IS_BROKEN.set(true);
}

fn metrics() -> String {
    assert!(!IS_BROKEN.get(), "a secret cause in crates/web");
    "# nothing is measured\n".to_owned()
}

/// The time of this test.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(START.as_second() + MOVED.get()).unwrap()
}

/// Lets time go by.
pub(crate) fn later(seconds: i64) {
    MOVED.set(MOVED.get() + seconds);
}

static COUNTER: AtomicU64 = AtomicU64::new(1);

/// Not random at all, but never the same twice.
pub(crate) fn random() -> [u8; 32] {
    let mut bytes = [0x5a; 32];
    bytes[..8].copy_from_slice(&COUNTER.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

/// An id that is greater than those before it.
pub(crate) fn new_id(at: Timestamp) -> Uuid {
    let millisecond = u64::try_from(at.as_millisecond()).unwrap();
    Builder::from_unix_timestamp_millis(millisecond, random().first_chunk().unwrap()).into_uuid()
}

/// Limits that no test meets by accident.
pub(crate) fn limits() -> Limits {
    let timeouts = Timeouts {
        head: Duration::from_secs(20),
        idle: Duration::from_secs(60),
        write: Duration::from_secs(20),
    };
    Limits { connections: 1_000, timeouts, drain: Duration::from_secs(5) }
}

/// What opens a directory.
pub(crate) fn options(location: Location) -> Options {
    Options {
        location,
        holder: "a test".to_owned(),
        now: now(),
        random,
        new_trail_key: app::trail::new_key,
        signer: app::trail::signer,
        seal: app::personal::seal,
        new_id,
        rooms: Rooms::default(),
        progress: Box::new(|_, _| {}),
    }
}

/// A running server.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) address: SocketAddr,
    /// The issuer that is not Rollcall's own.
    pub(crate) issuer: String,
    pub(crate) openapi: OpenApi,
    /// Answers plain requests before they are parsed.
    pub(crate) express: Express,
    /// Other servers of the same directory.
    others: Vec<Node>,
    home: Home,
}

/// A server of a directory.
struct Node {
    app: Arc<App>,
    address: SocketAddr,
    web: Web,
    front: Front,
}

impl Drop for World {
    /// What still waits is written before the database goes.
    fn drop(&mut self) {
        if *ON_A_SERVER {
            self.others.iter().map(|node| &node.app).chain([&self.app]).for_each(|app| app.close());
        }
    }
}

impl Node {
    async fn start(store: Store, limits: Limits) -> Self {
        let settings = Settings {
            own_issuer: OWN_ISSUER.to_owned(),
            own_audience: OWN_AUDIENCE.to_owned(),
            new_id,
            random,
            restorable: RESTORABLE,
        };
        let app = Arc::new(App::open(store, settings, now()).await.unwrap());
        let web = Web {
            app: Arc::clone(&app),
            now,
            base_url: OWN_ISSUER.into(),
            metrics: Arc::new(metrics),
            trusted_proxies: TrustedProxies::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let front = Front::new(web.clone(), new_id);
        tokio::spawn(serve(listener, front.clone(), limits, std::future::pending()));
        Self { app, address, web, front }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(0, limits()).await
    }

    /// The crowd has so many users.
    pub(crate) async fn with_crowd(crowd: u128) -> Self {
        Self::with(crowd, limits()).await
    }

    pub(crate) async fn with(crowd: u128, limits: Limits) -> Self {
        Self::with_rooms(crowd, limits, Rooms::default()).await
    }

    pub(crate) async fn with_rooms(crowd: u128, limits: Limits, rooms: Rooms) -> Self {
        Self::living(Home::new(), crowd, limits, rooms).await
    }

    /// Shares nothing with other worlds.
    pub(crate) async fn of_others() -> Self {
        Self::living(Home::of_others(), 0, limits(), Rooms::default()).await
    }

    async fn living(home: Home, crowd: u128, limits: Limits, rooms: Rooms) -> Self {
        let store = open(Options { rooms, ..options(home.location()) });
        let issuer = issuer::start().await;
        let named = issuer.clone();
        store
            .bulk(move |loader| {
                directory::fill(loader, &named, crowd)?;
                Ok(Some(record("filled")))
            })
            .await
            .unwrap();
        let Node { app, address, web, front } = Node::start(store, limits).await;
        let (openapi, express) = (router(web).1, front.express());
        Self { app, address, issuer, openapi, express, others: Vec::new(), home }
    }

    /// With another server of the same directory, where there can be more than one.
    pub(crate) async fn and_another(mut self) -> Self {
        if *ON_A_SERVER {
            self.others.push(Node::start(open(options(self.home.location())), limits()).await);
        }
        self
    }

    /// Where the directory is served.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        [self.address].into_iter().chain(self.others.iter().map(|node| node.address)).collect()
    }

    /// Where the server with this number, from 0, is reached. One that is alone stands for all.
    pub(crate) fn at(&self, server: usize) -> SocketAddr {
        let addresses = self.addresses();
        addresses[server % addresses.len()]
    }

    /// A request without any header but `Host`.
    pub(crate) fn ask(&self, method: &str, target: &str) -> Ask {
        Ask::new(self.address, method, target)
    }

    /// A good request for the users of a customer, by this client.
    pub(crate) async fn list_as(&self, client: ClientId, customer: CustomerId) -> Ask {
        let token = self.token(client).await;
        self.ask("GET", &format!("/v1/customer/{customer}/users")).tenant(NORTH_DOMAIN).token(&token)
    }

    /// A good request for the users of a customer, by a Viewer of the CSP.
    pub(crate) async fn list(&self, customer: CustomerId) -> Ask {
        self.list_as(CSP, customer).await
    }

    /// A token of Rollcall's own issuer, made without leaving a record.
    pub(crate) async fn token(&self, client: ClientId) -> String {
        let now = now().as_second();
        let stored = self.app.store().signing_keys().await.unwrap().remove(0);
        let key = SigningKey::from_pkcs8(&stored.key_id, &stored.private_key).unwrap();
        let claims = AccessClaims {
            iss: OWN_ISSUER.to_owned(),
            sub: client.to_string(),
            aud: OWN_AUDIENCE.to_owned(),
            azp: client.to_string(),
            iat: now,
            nbf: now,
            exp: now + 3_599,
            jti: "test".to_owned(),
        };
        key.sign(&claims).unwrap()
    }

    /// Does the housekeeping of this moment.
    pub(crate) async fn tick(&self) -> Result<(), domain::error::Error> {
        let ages = Ages { signing_key: SignedDuration::from_hours(1_000), audit: None };
        self.app.tick(now(), ages).await
    }

    /// Puts a user there as an import does.
    pub(crate) async fn add(&self, user: User) {
        let work = move |loader: &mut store::Loader<'_>| {
            assert_eq!(loader.add_user(&user)?, Inserted::Done);
            Ok(Some(record("imported")))
        };
        self.app.store().bulk(work).await.unwrap();
    }

    /// Makes of a user what this one is, as the operator of the machine.
    pub(crate) async fn change(&self, after: User) {
        let patch = UserPatch {
            first_name: Some(after.first_name),
            last_name: Some(after.last_name),
            groups: Some(after.groups.iter().map(|group| group.id).collect()),
            ..UserPatch::default()
        };
        let (reach, key) = (operators_right(), UserKey::Id(after.id));
        self.commit(Change::ChangeUser { reach, key, patch: Box::new(patch) }).await;
    }

    pub(crate) async fn delete(&self, user: &User) {
        self.commit(Change::DeleteUser { reach: operators_right(), key: UserKey::Id(user.id) }).await;
    }

    pub(crate) async fn restore(&self, user: &User) {
        let restorable_since = Timestamp::MIN;
        self.commit(Change::RestoreUser { reach: operators_right(), id: user.id, restorable_since }).await;
    }

    async fn commit(&self, change: Change) {
        self.app.store().commit_change(change, record("changed")).await.unwrap();
    }

    /// The audit records that requests left so far, of all tenants, in the order in which they were made.
    pub(crate) async fn records(&self) -> Vec<Value> {
        // A record that is waited for takes along all that wait.
        self.app.store().commit_record(record("a look at the trail")).await.unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        let each = move |link: store::Link<'_>| sender.send(serde_json::from_str(link.text).unwrap()).is_ok();
        self.app.store().audit_records(each).await.unwrap();
        let is_ours = |record: &Value| record["actor"]["kind"] == "System";
        let mut records: Vec<Value> = receiver.into_iter().filter(|record| !is_ours(record)).collect();
        records.sort_by_cached_key(|record| record["id"].to_string());
        records
    }

    /// The descriptions in an audit trail that was walked without a finding.
    pub(crate) async fn trail_is_whole(&self) -> bool {
        let key = self.app.store().secret("trail_key").await.unwrap();
        let is_ours = app::trail::verifier(&key).unwrap();
        let verification = self.app.store().verify_trail(is_ours, |_| {}).await.unwrap();
        assert!(verification.records > 0);
        verification.findings.is_empty()
    }
}

/// The path of the customer that most tests ask about.
pub(crate) fn shared_users() -> String {
    format!("/v1/customer/{SHARED}/users")
}

/// The path of the user with this number.
pub(crate) fn user_at(number: u128) -> String {
    format!("/v1/users/{}", user(number, SHARED, None, ["", ""]).id)
}

fn operators_right() -> Reach {
    reach(&Principal::operator(NORTH), Action::UpdateUser, None).unwrap()
}

fn record(description: &'static str) -> Record {
    let id = new_id(now());
    let actor = ActorEntry::SYSTEM;
    Record::new(id, now(), Operation::ImportDirectory, Status::Succeded, actor, id.to_string(), description)
}
