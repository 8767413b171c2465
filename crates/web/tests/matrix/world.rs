//! Where does it happen? On a fresh database with the declared world in it, behind the real server on a port
//! of its own. Many requests share a connection, one behind the other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use app::issuer::{AccessClaims, SigningKey};
use app::{App, Settings};
use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::id::ClientId;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use store::{Location, Options, Rooms};
use tokio::net::TcpListener;
use uuid::{Builder, Uuid};
use web::server::guard::Timeouts;
use web::server::{Limits, serve};
use web::{Front, TrustedProxies, Web};

use crate::ask::{Answer, Ask, exchange};
use crate::directory::Tenant;
use crate::home::{Home, ON_A_SERVER, open};
use crate::{issuer, loading};

pub(crate) const START: Timestamp = Timestamp::constant(1_790_000_000, 0);
const OWN_ISSUER: &str = "https://rollcall.example";
const OWN_AUDIENCE: &str = "api://rollcall";
/// So many requests share a connection.
const TOGETHER: usize = 24;

/// The time of all tests: nothing here depends on its passing.
pub(crate) fn now() -> Timestamp {
    START
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

fn limits() -> Limits {
    let long = Duration::from_secs(60);
    Limits {
        connections: 100,
        timeouts: Timeouts { head: long, idle: long, write: long },
        drain: Duration::from_secs(5),
    }
}

/// What opens a directory.
pub(crate) fn options(location: Location) -> Options {
    Options {
        location,
        holder: "a test".to_owned(),
        now: START,
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
    _home: Home,
}

impl Drop for World {
    /// What still waits is written before the database goes.
    fn drop(&mut self) {
        if *ON_A_SERVER {
            self.app.close();
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let home = Home::new();
        let store = open(options(home.location()));
        let issuer = issuer::start().await;
        let named = issuer.clone();
        store
            .bulk(move |loader| {
                loading::fill(loader, &named)?;
                Ok(Some(record()))
            })
            .await
            .unwrap();
        let settings = Settings {
            own_issuer: OWN_ISSUER.to_owned(),
            own_audience: OWN_AUDIENCE.to_owned(),
            new_id,
            random,
            restorable: SignedDuration::from_hours(30 * 24),
        };
        let app = Arc::new(App::open(store, settings, START).await.unwrap());
        let web = Web {
            app: Arc::clone(&app),
            now,
            base_url: OWN_ISSUER.into(),
            metrics: Arc::new(String::new),
            trusted_proxies: TrustedProxies::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let front = Front::new(web, new_id);
        tokio::spawn(serve(listener, front, limits(), std::future::pending()));
        Self { app, address, issuer, _home: home }
    }

    /// A request without any header but `Host`.
    pub(crate) fn ask(&self, method: &str, target: &str) -> Ask {
        Ask::new(self.address, method, target)
    }

    /// The answers to requests of one method, or of methods whose answers have bodies, in their order. They
    /// are sent over some connections at once.
    pub(crate) async fn answers(&self, method: &str, asks: &[Ask]) -> Vec<Answer> {
        let together = asks.chunks(TOGETHER).map(|together| self.answers_of_one(method, together));
        join_all(together).await.into_iter().flatten().collect()
    }

    async fn answers_of_one(&self, method: &str, asks: &[Ask]) -> Vec<Answer> {
        let mut bytes = Vec::new();
        for (place, ask) in asks.iter().enumerate() {
            let is_last = place + 1 == asks.len();
            bytes.extend(if is_last { ask.clone().and("Connection", "close").bytes() } else { ask.bytes() });
        }
        let answers = Answer::all(&exchange(self.address, &bytes).await, method);
        assert_eq!(answers.len(), asks.len(), "each request is answered");
        answers
    }

    /// A program's token of Rollcall's own issuer, made without leaving a record.
    pub(crate) async fn token_of_program(&self, client: ClientId) -> String {
        let now = START.as_second();
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

    /// The audit records that requests left so far, of all tenants, in the order in which they were made.
    pub(crate) async fn records(&self) -> Vec<Value> {
        // A record that is waited for takes along all that wait.
        self.app.store().commit_record(record()).await.unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        let each = move |link: store::Link<'_>| sender.send(serde_json::from_str(link.text).unwrap()).is_ok();
        self.app.store().audit_records(each).await.unwrap();
        let is_ours = |record: &Value| record["actor"]["kind"] == "System";
        let mut records: Vec<Value> = receiver.into_iter().filter(|record| !is_ours(record)).collect();
        records.sort_by_cached_key(|record| record["id"].to_string());
        records
    }
}

/// The header that leads to a tenant.
pub(crate) fn in_tenant(ask: Ask, tenant: Tenant) -> Ask {
    ask.tenant(&tenant.domain())
}

fn record() -> Record {
    let id = new_id(START);
    let actor = ActorEntry::SYSTEM;
    Record::new(id, START, Operation::ImportDirectory, Status::Succeded, actor, id.to_string(), "a test")
}
