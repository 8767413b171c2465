//! What is left when everything is done to the same few people and groups at once?

use std::collections::{HashMap, HashSet};

use domain::change::Change;
use domain::principal::Role;
use domain::text::{Email, Name};
use domain::user::{User, UserKey, UserPatch};
use jiff::Timestamp;

use crate::witness::*;
use crate::world::*;

const ROUNDS: usize = 12;
const AT_ONCE: usize = 150;

/// Below a bound, and never foreseeable.
fn any(bound: u64) -> u64 {
    u64::from_be_bytes(*random().first_chunk().unwrap()) % bound
}

/// One of a few people, so that many changes meet.
fn somebody() -> User {
    let number = any(12);
    let user = user(number, &format!("Þóra {number}"));
    match number % 4 {
        0 => user,
        1 => User { context: Some(SECOND_RESELLER), ..user },
        _ => User { context: Some(RESELLER), ..user },
    }
}

/// Something that somebody may want at any moment.
fn anything() -> Change {
    let (user, reach) = (somebody(), right(Role::Csp, None));
    let (id, key) = (user.id, UserKey::Id(user.id));
    let group = group(any(3), "Billing");
    match any(10) {
        0..=2 => addition(&user),
        3 | 4 => {
            // Two of the people get at the same e-mail now and then.
            let email = Email::parse(&format!("User-{}@EXAMPLE.com", any(14))).unwrap();
            let patch = UserPatch {
                first_name: Some(Name::parse(&format!("O'Neil {}", any(99))).unwrap()),
                email: (any(2) == 0).then_some(email),
                groups: (any(2) == 0).then(|| vec![group.id]),
                ..UserPatch::default()
            };
            Change::ChangeUser { reach, key, patch: Box::new(patch) }
        }
        5 => Change::DeleteUser { reach, key },
        6 => Change::RestoreUser { reach, id, restorable_since: Timestamp::MIN },
        7 => Change::RenameGroup { reach, id: group.id, name: format!("Group {} {}", group.id, any(99)) },
        8 => Change::AddRelation { scope: within(RESELLER) },
        _ => Change::EndRelation { scope: within(RESELLER) },
    }
}

/// What every caller of the customer may see: everybody, or those in one context. A relation that ended shows
/// nothing, and may come back.
async fn seen(world: &World) -> Vec<Option<(u64, Vec<String>)>> {
    let mut seen = Vec::new();
    for scope in [whole(), within(RESELLER), within(SECOND_RESELLER)] {
        let standing = standing(world.store(), scope).await;
        seen.push(match standing.related {
            true => Some((standing.version, documents(world.store(), scope).await)),
            false => None,
        });
    }
    seen
}

pub(crate) async fn whatever_happens_at_once_everything_still_agrees(mut world: World) {
    for number in 0..3 {
        world.add_group(&group(number, &format!("Group {number}"))).await.unwrap();
    }
    let (mut acknowledged, mut refused) = (HashSet::new(), 0);
    let mut last_seen = seen(&world).await;
    for round in 0..ROUNDS {
        let wanted: Vec<(String, Change)> =
            (0..AT_ONCE).map(|number| (format!("change {round} {number}"), anything())).collect();
        let outcomes = all(wanted
            .iter()
            .map(|(name, change)| world.store().commit_change(change.clone(), record(name))))
        .await;
        for ((name, _), outcome) in wanted.iter().zip(outcomes) {
            match outcome {
                Ok(_) => _ = acknowledged.insert(name.clone()),
                Err(_) => refused += 1,
            }
        }

        for (last, now) in last_seen.iter_mut().zip(seen(&world).await) {
            let Some(now) = now else { continue };
            if let Some(last) = last.as_ref().filter(|last| now.0 <= last.0) {
                assert_eq!(last, &now, "round {round}: a version does not tell of a change");
            }
            *last = Some(now);
        }
        let listed = last_seen[0].as_ref().map_or(&[][..], |(_, documents)| documents);
        let kept: HashMap<_, _> =
            kept_users(world.store()).await.into_iter().map(|user| (user.id, user)).collect();
        let live = kept.values().filter(|user| user.deleted_at.is_none()).count();
        let everybody_seen = shown(world.store(), right(Role::Csp, None), everybody()).await.len();
        assert_eq!((listed.len(), everybody_seen), (live, live), "round {round}");
        for user in kept.values().filter(|user| user.deleted_at.is_none()) {
            assert!(listed.contains(&user.document()), "round {round}: {user:?}");
        }
    }
    assert!(acknowledged.len() > 300 && refused > 300, "{} done, {refused} refused", acknowledged.len());

    // Every acknowledged write has its one record, and nothing that was refused has any; what the end of a
    // relation does to each of its users is told beside its own.
    let told = records(world.store()).await;
    let own =
        told.iter().map(|record| record.description.to_string()).filter(|text| text.starts_with("change "));
    let mut times: HashMap<String, usize> = HashMap::new();
    own.for_each(|text| *times.entry(text).or_default() += 1);
    assert_eq!(times.keys().cloned().collect::<HashSet<_>>(), acknowledged);
    assert_eq!(findings(world.store()).await, []);

    // All that was carried along is what it would be if it were made anew.
    let carried = world.tamper(derived);
    world.tamper(|behind| behind.execute("UPDATE meta SET value = x'00' WHERE name = 'derived_version'"));
    world.renew(|_, _| {});
    assert_eq!(world.store().examine().await.unwrap(), Vec::<String>::new());
    let (anew, differing) = (world.tamper(derived), |(one, other): &(&String, &String)| one != other);
    assert_eq!((anew.len(), anew.iter().zip(&carried).find(differing)), (carried.len(), None));
}
