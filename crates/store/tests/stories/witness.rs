//! What do the stories look at? Lists, single users and the trail, all through the public seam.

use std::sync::{Arc, Mutex};

use domain::access::{Reach, Scope};
use domain::audit::Record;
use domain::error::Error;
use domain::id::{TenantId, UserId};
use domain::user::{User, UserKey};
use serde_json::Value;
use store::{Finding, Generation, Item, Link, Standing, Store, UserQuery, UserSort};

use crate::behind::Behind;
use crate::world::is_ours;

/// All users, by name.
pub(crate) fn everybody() -> UserQuery {
    UserQuery { search: None, groups: None, sort: UserSort::Name, ascending: true, limit: 10_000, offset: 0 }
}

/// The users whom a text finds, by name.
pub(crate) fn found_by(text: &str) -> UserQuery {
    UserQuery { search: Some(text.to_owned()), ..everybody() }
}

/// The first names in a list of users, once its total was found to be true.
pub(crate) async fn shown(store: &Store, reach: Reach, query: UserQuery) -> Vec<String> {
    let cut = store.users(reach, query).await.unwrap();
    assert_eq!(cut.total, cut.items.len() as u64, "the total is that of the list");
    cut.items.iter().map(|document| first_name(document)).collect()
}

pub(crate) fn first_name(document: &str) -> String {
    let user: Value = serde_json::from_str(document).unwrap();
    user["firstName"].as_str().unwrap_or("(none)").to_owned()
}

/// The document of a user, or why there is none.
pub(crate) async fn document(store: &Store, reach: Reach, id: UserId) -> Result<String, Error> {
    store.user(reach, UserKey::Id(id)).await.map(|view| view.document)
}

/// The names of the groups in a document, in their order.
pub(crate) fn group_names(document: &str) -> Vec<String> {
    let user: Value = serde_json::from_str(document).unwrap();
    user["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["name"].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) async fn standing(store: &Store, scope: Scope) -> Standing {
    store.standing(scope).await.unwrap().unwrap()
}

/// What is the newest of a scope, once all that was acknowledged before is known here.
pub(crate) async fn generation(store: &Store, scope: &Scope) -> Generation {
    store.catch_up().await.unwrap();
    store.generation(scope)
}

/// The same of who callers are, people aside.
pub(crate) async fn directory_generation(store: &Store) -> Generation {
    store.catch_up().await.unwrap();
    store.directory_generation()
}

/// The same of one user as a caller.
pub(crate) async fn person_generation(store: &Store, tenant: TenantId, user: UserId) -> Generation {
    store.catch_up().await.unwrap();
    store.person_generation(tenant, user)
}

/// The documents of a listing.
pub(crate) async fn documents(store: &Store, scope: Scope) -> Vec<String> {
    let page = store.page(scope, None, 100_000).await.unwrap().unwrap();
    assert_eq!(page.standing.count, page.documents.len() as u64, "the count is that of the listing");
    page.documents
}

/// All users that are kept, deleted ones included, as their rows say.
pub(crate) async fn kept_users(store: &Store) -> Vec<User> {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeping = Arc::clone(&kept);
    let each = move |item| {
        if let Item::User(user) = item {
            keeping.lock().unwrap().push(user);
        }
        true
    };
    store.walk(None, each).await.unwrap();
    std::mem::take(&mut kept.lock().unwrap())
}

/// The exact texts of all records, chain by chain and oldest first, once their numbers were found to follow one another.
pub(crate) async fn record_texts(store: &Store) -> Vec<String> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hearing = Arc::clone(&told);
    let each = move |link: Link<'_>| {
        hearing.lock().unwrap().push((link.writer, link.sequence, link.text.to_owned()));
        true
    };
    store.audit_records(each).await.unwrap();
    let told = std::mem::take(&mut *told.lock().unwrap());
    for chain in told.chunk_by(|(one, ..), (other, ..)| one == other) {
        let first = chain.first().map_or(1, |(_, sequence, _)| *sequence);
        let follows = |(expected, (_, sequence, _)): (u64, &(_, u64, _))| expected == *sequence;
        assert!((first..).zip(chain).all(follows), "one after the other");
    }
    told.into_iter().map(|(_, _, text)| text).collect()
}

/// All records, oldest first.
pub(crate) async fn records(store: &Store) -> Vec<Record> {
    record_texts(store).await.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// The newest record.
pub(crate) async fn last_record(store: &Store) -> Record {
    records(store).await.pop().unwrap()
}

/// All that is derived from rows, as text. A salt is drawn, so only whether there is one; what is not shown gets
/// its document when it is shown again.
pub(crate) fn derived(behind: &Behind) -> Vec<String> {
    let queries = [
        "SELECT user_id, order_key, CASE WHEN shown = 1 THEN document ELSE '' END, shown, reach,
                CASE WHEN salt <> x'' THEN 1 ELSE 0 END
         FROM portal_user",
        "SELECT term, user_id FROM user_term",
        "SELECT tenant_id, user_count FROM tenant",
        "SELECT reseller_id, order_key, name_key, user_count, identifier_key FROM reseller",
        "SELECT customer_id, order_key, name_key, user_count FROM customer",
        "SELECT customer_id, reseller_id, user_count, identifier_key FROM relation",
        "SELECT group_id, order_key FROM user_group",
    ];
    let mut all = Vec::new();
    for query in queries {
        let mut rows: Vec<_> = behind.rows(query).iter().map(|cells| cells.join(" ")).collect();
        rows.sort_unstable();
        all.extend(rows);
    }
    all
}

/// What is wrong with the trail.
pub(crate) async fn findings(store: &Store) -> Vec<Finding> {
    let findings = store.verify_trail(is_ours, |_| {}).await.unwrap().findings;
    findings.into_iter().map(|found| found.finding).collect()
}

/// The properties that a write was refused for, in the order in which they are told.
pub(crate) fn properties_at_fault<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Vec<String> {
    match outcome {
        Err(Error::Invalid(faults)) => faults.into_iter().map(|fault| fault.property).collect(),
        other => panic!("no fault was told: {other:?}"),
    }
}
