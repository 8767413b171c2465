//! Where do the stories happen? In a small directory: two tenants, three resellers, a customer served by
//! two of them and directly, and some customers that most callers must not see.

use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use domain::access::{Action, Scope, grant};
use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::change::Change;
use domain::customer::{Company, Customer, Relation};
use domain::error::Error;
use domain::id::{CustomerId, ResellerId, TenantId, UserId};
use domain::principal::{Permissions, Principal, Role};
use domain::reseller::Reseller;
use domain::tenant::Tenant;
use domain::text::{Email, Name};
use domain::user::{Owner, User};
use jiff::Timestamp;
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use store::{OpenError, Options, Signer, Store};
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(0x10));
pub(crate) const OTHER_TENANT: TenantId = TenantId(Uuid::from_u128(0x11));
/// Related to [`CUSTOMER`].
pub(crate) const RESELLER: ResellerId = ResellerId(Uuid::from_u128(0x20));
/// Related to [`CUSTOMER`], too.
pub(crate) const SECOND_RESELLER: ResellerId = ResellerId(Uuid::from_u128(0x21));
/// Related to nobody.
pub(crate) const LONELY_RESELLER: ResellerId = ResellerId(Uuid::from_u128(0x22));
/// Related to [`CUSTOMER`], but deleted.
pub(crate) const DELETED_RESELLER: ResellerId = ResellerId(Uuid::from_u128(0x23));
pub(crate) const CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0x30));
/// Served directly alone.
pub(crate) const DIRECT_CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0x31));
pub(crate) const DELETED_CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0x32));
/// Of [`OTHER_TENANT`].
pub(crate) const FOREIGN_CUSTOMER: CustomerId = CustomerId(Uuid::from_u128(0x33));

/// How many audit records a new world has.
pub(crate) const FIRST_RECORDS: u64 = 1;

/// A database with the directory in it.
pub(crate) struct World {
    directory: TempDir,
    store: Option<Store>,
}

impl World {
    /// Makes a world and tells one story in it.
    pub(crate) fn tell<F: Future<Output = ()>>(story: impl FnOnce(World) -> F) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { story(World::new().await).await });
    }

    pub(crate) async fn new() -> Self {
        let mut world = Self { directory: tempfile::tempdir().unwrap(), store: None };
        world.reopen();
        world
            .store()
            .bulk(|loader| {
                for tenant in [TENANT, OTHER_TENANT] {
                    loader.add_tenant(&Tenant {
                        id: tenant,
                        name: "Distributor".to_owned(),
                        domains: Vec::new(),
                    })?;
                }
                for id in [RESELLER, SECOND_RESELLER, LONELY_RESELLER, DELETED_RESELLER] {
                    loader.add_reseller(&reseller(id))?;
                }
                let related = [None, Some(RESELLER), Some(SECOND_RESELLER), Some(DELETED_RESELLER)];
                loader.add_customer(&customer(TENANT, CUSTOMER, &related))?;
                loader.add_customer(&customer(TENANT, DIRECT_CUSTOMER, &[None]))?;
                loader.add_customer(&customer(OTHER_TENANT, FOREIGN_CUSTOMER, &[None]))?;
                let mut deleted = customer(TENANT, DELETED_CUSTOMER, &[None, Some(RESELLER)]);
                deleted.deleted_at = Some(Timestamp::UNIX_EPOCH);
                loader.add_customer(&deleted)?;
                Ok(Some(record("the directory")))
            })
            .await
            .unwrap();
        world
    }

    pub(crate) fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    /// The store for those who share it; the world is then only its folder.
    pub(crate) fn take_store(&mut self) -> Store {
        self.store.take().unwrap()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.beside("rollcall.db")
    }

    /// A file in the folder of the database.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Closes the database as a clean stop does.
    pub(crate) fn close(&mut self) {
        drop(self.store.take());
    }

    /// Closes the database, if it is open, and opens it.
    pub(crate) fn reopen(&mut self) {
        self.close();
        self.store = Some(open(options(self.path())).unwrap());
    }

    /// Does something to the closed file behind the store's back.
    pub(crate) fn tamper<T>(&mut self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        self.close();
        work(&Connection::open(self.path()).unwrap()).unwrap()
    }

    pub(crate) async fn add(&self, user: &User) -> Result<(), Error> {
        self.store().commit(Change::UserAdded(Box::new(user.clone())), record("a user was added")).await
    }

    pub(crate) async fn change(&self, before: &User, after: &User) -> Result<(), Error> {
        let change = Change::UserChanged { before: Box::new(before.clone()), after: Box::new(after.clone()) };
        self.store().commit(change, record("a user was changed")).await
    }

    /// The first names that a scope sees, in their order.
    pub(crate) async fn names(&self, scope: Scope) -> Vec<String> {
        let listing = self.store().listing(scope, u64::MAX, usize::MAX).await.unwrap().unwrap();
        let documents = String::from_utf8(listing.documents.unwrap()).unwrap();
        let users: Vec<serde_json::Value> = serde_json::from_str(&format!("[{documents}]")).unwrap();
        users.iter().map(|user| user["firstName"].as_str().unwrap_or("(none)").to_owned()).collect()
    }
}

pub(crate) fn open(options: Options) -> Result<Store, OpenError> {
    Store::open(options)
}

pub(crate) fn options(path: PathBuf) -> Options {
    Options {
        path,
        holder: "the process of the story".to_owned(),
        now: Timestamp::UNIX_EPOCH,
        random,
        new_trail_key: || b"a key".to_vec(),
        signer: |key| Ok(signer(key)),
        progress: Box::new(|_, _| {}),
    }
}

/// Never the same twice, and always the same from one run to the next.
pub(crate) fn random() -> [u8; 32] {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    Sha256::digest(DRAWN.fetch_add(1, Ordering::Relaxed).to_be_bytes()).into()
}

fn signer(key: &[u8]) -> Signer {
    let key = key.to_owned();
    Box::new(move |bytes| sign(&key, bytes))
}

fn sign(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    Sha256::new_with_prefix(key).chain_update(bytes).finalize().to_vec()
}

/// Whether a signature is that of the trail's own key.
pub(crate) fn is_ours(bytes: &[u8], signature: &[u8]) -> bool {
    sign(b"a key", bytes) == signature
}

/// What somebody of this role sees of a customer of [`TENANT`].
pub(crate) fn scope(role: Role, customer: CustomerId, asked: Option<ResellerId>) -> Scope {
    scope_in(TENANT, role, customer, asked)
}

pub(crate) fn scope_in(
    tenant: TenantId,
    role: Role,
    customer: CustomerId,
    asked: Option<ResellerId>,
) -> Scope {
    let principal = Principal { role, permissions: Permissions::VIEWER, ..Principal::operator(tenant) };
    grant(&principal, Action::ListCustomerUsers, customer, asked).unwrap()
}

/// All users of [`CUSTOMER`].
pub(crate) fn whole() -> Scope {
    scope(Role::Csp, CUSTOMER, None)
}

/// The users of [`CUSTOMER`] in one context.
pub(crate) fn within(reseller: ResellerId) -> Scope {
    scope(Role::Csp, CUSTOMER, Some(reseller))
}

/// A user of [`CUSTOMER`], in direct relation.
pub(crate) fn user(number: u64, first: &str) -> User {
    User {
        tenant: TENANT,
        id: UserId(Uuid::from_u128(0x1000 + u128::from(number))),
        owner: Owner::Customer(CUSTOMER),
        context: None,
        first_name: Name::parse(first).unwrap(),
        last_name: None,
        email: Email::parse(&format!("user-{number}@example.com")).unwrap(),
        groups: Vec::new(),
        deleted_at: None,
    }
}

/// A user of [`CUSTOMER`] in a reseller's context.
pub(crate) fn user_within(reseller: ResellerId, number: u64, first: &str) -> User {
    User { context: Some(reseller), ..user(number, first) }
}

/// The same user, deleted.
pub(crate) fn deleted(user: &User) -> User {
    User { deleted_at: Some(Timestamp::UNIX_EPOCH), ..user.clone() }
}

pub(crate) fn record(description: &str) -> Record {
    let (id, at) = (Uuid::nil(), Timestamp::UNIX_EPOCH);
    let (actor, description) = (ActorEntry::SYSTEM, description.to_owned());
    Record {
        customer_id: Some(CUSTOMER),
        tenant_id: Some(TENANT),
        ..Record::new(id, at, Operation::UpdateUser, Status::Succeded, actor, "a-story", description)
    }
}

fn company() -> Company {
    Company { company_name: "Company".to_owned(), ..Company::default() }
}

fn reseller(id: ResellerId) -> Reseller {
    Reseller {
        tenant: TENANT,
        id,
        company: company(),
        internal_identifier: None,
        domains: Vec::new(),
        deleted_at: (id == DELETED_RESELLER).then_some(Timestamp::UNIX_EPOCH),
    }
}

fn customer(tenant: TenantId, id: CustomerId, related: &[Option<ResellerId>]) -> Customer {
    let relations =
        related.iter().map(|reseller| Relation { reseller: *reseller, internal_identifier: None });
    Customer { tenant, id, company: company(), relations: relations.collect(), deleted_at: None }
}

/// Does all of it at once, and gives the outcomes in the order in which it was asked.
pub(crate) async fn all<F: Future>(work: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = work.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, outcome) in waiting.iter_mut().filter(|(_, outcome)| outcome.is_none()) {
            if let Poll::Ready(ready) = future.as_mut().poll(context) {
                *outcome = Some(ready);
            }
        }
        if waiting.iter().all(|(_, outcome)| outcome.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, outcome)| outcome).collect()
}
