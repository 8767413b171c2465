//! Where do the stories happen? In a small directory: two tenants, three resellers, a customer served by
//! two of them and directly, and some customers that most callers must not see.

use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use domain::access::{Action, Reach, Scope, grant, reach};
use domain::audit::{ActorEntry, Operation, Record, Status};
use domain::change::{Change, Place};
use domain::company::Company;
use domain::customer::{Customer, Relation};
use domain::error::Error;
use domain::group::{ADMINISTRATOR, Group};
use domain::id::{CustomerId, GroupId, ResellerId, TenantId, UserId};
use domain::principal::{Permissions, Principal, Role};
use domain::reseller::Reseller;
use domain::tenant::Tenant;
use domain::text::{Email, Name};
use domain::user::{NewUser, Owner, User, UserKey, UserPatch};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::{Committed, Location, OpenError, Options, Room, Rooms, Signer, Store};
use uuid::Uuid;

use crate::behind::Behind;
use crate::home::{Home, Kept, Kind, file_in};
use crate::server::{apart, server};

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
    /// Goes before its home does.
    store: Option<Store>,
    home: Home,
}

impl World {
    /// Makes a world on one of the databases and tells one story in it. Without a server there is nobody to tell it to.
    pub(crate) fn tell<F: Future<Output = ()>>(kind: Kind, story: impl FnOnce(World) -> F) {
        if kind == Kind::Server && server().is_none() {
            return;
        }
        runtime().block_on(async { story(World::new(kind).await).await });
    }

    pub(crate) async fn new(kind: Kind) -> Self {
        let mut world = Self { store: None, home: Home::new(kind) };
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

    /// Which database it is on.
    pub(crate) fn kind(&self) -> Kind {
        self.home.kind()
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// The file of the embedded database.
    pub(crate) fn path(&self) -> PathBuf {
        file_in(self.home.folder())
    }

    /// A file in the folder of the embedded database.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.home.folder().join(name)
    }

    /// What opens this world's database.
    pub(crate) fn options(&self) -> Options {
        options(self.home.location())
    }

    /// Closes the database as a clean stop does.
    pub(crate) fn close(&mut self) {
        drop(self.store.take());
    }

    /// Closes the database, if it is open, and opens it.
    pub(crate) fn reopen(&mut self) {
        self.close();
        self.store = Some(open(self.options()).unwrap());
    }

    /// Closes the database, brings what it holds up to date as a new version of the program does, and opens it.
    pub(crate) fn renew(&mut self, progress: impl FnMut(u64, u64) + Send + 'static) {
        self.close();
        let options = Options { progress: Box::new(progress), ..self.options() };
        match &self.home {
            Home::Embedded(_) => drop(open(options).unwrap()),
            Home::Server(database) => database.migrate(options).unwrap(),
        }
        self.reopen();
    }

    /// Does something to the closed database behind the store's back.
    pub(crate) fn tamper<T: Send>(&mut self, work: impl FnOnce(&Behind) -> T + Send) -> T {
        self.close();
        let home = &self.home;
        apart(|| work(&home.behind()))
    }

    /// Closes the database and keeps what it holds.
    pub(crate) fn keep(&mut self) -> Kept {
        self.close();
        self.home.keep()
    }

    /// Closes the database and makes of it what was kept.
    pub(crate) fn put_back(&mut self, kept: &Kept) {
        self.close();
        self.home.put_back(kept);
    }

    pub(crate) async fn commit(&self, change: Change) -> Result<Committed, Error> {
        self.store().commit_change(change, record("a change")).await
    }

    /// Commits a change that was asked for on a day.
    pub(crate) async fn commit_on(&self, day: i64, change: Change) -> Result<Committed, Error> {
        let record = Record { timestamp: on(day), ..record("a change") };
        self.store().commit_change(change, record).await
    }

    /// Adds a user as a caller does.
    pub(crate) async fn add(&self, user: &User) -> Result<Committed, Error> {
        self.commit(addition(user)).await
    }

    /// Puts a user there as an import does, wherever that may be.
    pub(crate) async fn load(&self, user: &User) {
        let user = user.clone();
        let work = move |loader: &mut store::Loader<'_>| {
            loader.add_user(&user)?;
            Ok(Some(record("an import")))
        };
        self.store().bulk(work).await.unwrap();
    }

    pub(crate) async fn add_group(&self, group: &Group) -> Result<Committed, Error> {
        let reach = right(Role::Csp, None);
        self.commit(Change::AddGroup { reach, id: group.id, name: group.name.clone() }).await
    }

    /// Makes of a user what `after` says that it is.
    pub(crate) async fn change(&self, after: &User) -> Result<Committed, Error> {
        let patch = UserPatch {
            first_name: Some(after.first_name.clone()),
            last_name: Some(after.last_name.clone()),
            email: Some(after.email.clone()),
            groups: Some(after.groups.iter().map(|group| group.id).collect()),
            ..UserPatch::default()
        };
        let reach = right_in(after.tenant, Role::Csp, None);
        self.commit(Change::ChangeUser { reach, key: UserKey::Id(after.id), patch: Box::new(patch) }).await
    }

    pub(crate) async fn delete(&self, user: &User) -> Result<Committed, Error> {
        self.commit(Change::DeleteUser { reach: right(Role::Csp, None), key: UserKey::Id(user.id) }).await
    }

    pub(crate) async fn restore(&self, user: &User) -> Result<Committed, Error> {
        let (reach, restorable_since) = (right(Role::Csp, None), Timestamp::MIN);
        self.commit(Change::RestoreUser { reach, id: user.id, restorable_since }).await
    }

    /// The first names that a scope sees, in their order.
    pub(crate) async fn names(&self, scope: Scope) -> Vec<String> {
        let listing = self.store().listing(scope, u64::MAX, usize::MAX).await.unwrap().unwrap();
        let documents = String::from_utf8(listing.documents.unwrap()).unwrap();
        let users: Vec<serde_json::Value> = serde_json::from_str(&format!("[{documents}]")).unwrap();
        users.iter().map(|user| user["firstName"].as_str().unwrap_or("(none)").to_owned()).collect()
    }
}

/// What a story runs on: whoever tells it may block, and what a store does beside goes on meanwhile.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

pub(crate) fn open(options: Options) -> Result<Store, OpenError> {
    let runtime = tokio::runtime::Handle::current();
    apart(move || {
        let _within = runtime.enter();
        Store::open(options)
    })
}

pub(crate) fn options(location: Location) -> Options {
    Options {
        location,
        holder: "the process of the story".to_owned(),
        now: Timestamp::UNIX_EPOCH,
        random,
        new_trail_key: || b"a key".to_vec(),
        signer: |key| Ok(signer(key)),
        seal,
        new_id,
        // Some stories have thousands wait at once.
        rooms: Rooms { commits: Room { all: 10_000, each: 10_000 }, ..Rooms::default() },
        progress: Box::new(|_, _| {}),
    }
}

/// Never the same twice, and always the same from one run to the next.
pub(crate) fn random() -> [u8; 32] {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    Sha256::digest(DRAWN.fetch_add(1, Ordering::Relaxed).to_be_bytes()).into()
}

/// Seals so that nothing of a text is left to be seen, and whoever has the salt can read it.
fn seal(salt: &[u8; 16], text: &str) -> String {
    masked(salt, text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What was sealed with this salt.
pub(crate) fn unseal(salt: &[u8; 16], sealed: &str) -> String {
    let bytes = (0..sealed.len()).step_by(2).map(|place| u8::from_str_radix(&sealed[place..place + 2], 16));
    String::from_utf8(masked(salt, &bytes.collect::<Result<Vec<u8>, _>>().unwrap())).unwrap()
}

fn masked(salt: &[u8; 16], bytes: &[u8]) -> Vec<u8> {
    let mask =
        (0_u64..).flat_map(|turn| Sha256::new_with_prefix(salt).chain_update(turn.to_be_bytes()).finalize());
    bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}

/// An id that was not given before.
pub(crate) fn new_id(_: Timestamp) -> Uuid {
    static GIVEN: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(0xABCD_0000_0000 + u128::from(GIVEN.fetch_add(1, Ordering::Relaxed)))
}

fn signer(key: &[u8]) -> Signer {
    let key = key.to_owned();
    Arc::new(move |bytes| sign(&key, bytes))
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

/// What somebody of this role may change in [`TENANT`].
pub(crate) fn right(role: Role, asked: Option<ResellerId>) -> Reach {
    right_in(TENANT, role, asked)
}

pub(crate) fn right_in(tenant: TenantId, role: Role, asked: Option<ResellerId>) -> Reach {
    let principal = Principal { role, ..Principal::operator(tenant) };
    reach(&principal, Action::UpdateUser, asked).unwrap()
}

/// The change that adds this user.
pub(crate) fn addition(user: &User) -> Change {
    let reach = right_in(user.tenant, Role::Csp, None);
    let place = match user.owner {
        Owner::Csp => Place::Csp(reach),
        Owner::Reseller(id) => Place::Reseller(right_in(user.tenant, Role::Csp, Some(id))),
        Owner::Customer(id) => Place::Customer {
            scope: scope_in(user.tenant, Role::Csp, id, user.context),
            context: user.context,
        },
    };
    let new = NewUser {
        id: user.id,
        id_is_given: true,
        first_name: user.first_name.clone(),
        last_name: user.last_name.clone(),
        email: user.email.clone(),
        groups: user.groups.iter().map(|group| group.id).collect(),
    };
    Change::AddUser { place, user: Box::new(new), restorable_since: Timestamp::MIN }
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

/// Somebody of the distributor's own staff, in these groups.
pub(crate) fn colleague(number: u64, first: &str, groups: &[Group]) -> User {
    User { owner: Owner::Csp, groups: groups.to_vec(), ..user(number, first) }
}

/// Somebody of a reseller's staff.
pub(crate) fn staff_of(reseller: ResellerId, number: u64, first: &str) -> User {
    User { owner: Owner::Reseller(reseller), ..user(number, first) }
}

/// A group that carries no permission.
pub(crate) fn group(number: u64, name: &str) -> Group {
    Group { id: GroupId(Uuid::from_u128(0x5000 + u128::from(number))), name: name.to_owned() }
}

/// The built-in group of those who may read and write.
pub(crate) fn administrators() -> Group {
    Group { id: ADMINISTRATOR, name: "Administrator".to_owned() }
}

/// A moment of the day with this number.
pub(crate) fn on(day: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + day * 86_400).unwrap()
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
