//! Is a request that is sent again, with its key, answered as the first time and done once?

use domain::change::{Change, Outcome};
use domain::error::Error;
use domain::group::Group;
use domain::principal::Role;
use domain::text::Email;
use domain::user::User;
use jiff::{SignedDuration, Timestamp};
use store::{Commit, Committed, Once, REPEATED};

use crate::witness::*;
use crate::world::*;

fn once(key: u8, request: u8) -> Once {
    Once {
        tenant: TENANT,
        digest: [key; 32],
        request: [request; 32],
        sealed: b"sealed for the client".to_vec(),
    }
}

/// A commit of a change under a key, asked for at a moment.
fn keyed(change: Change, once: Once, at: Timestamp) -> Commit {
    let record = domain::audit::Record { timestamp: at, ..record("a request with a key") };
    Commit { once: Some(once), ..Commit::of_change(change, record) }
}

fn adding(group: &Group) -> Change {
    Change::AddGroup { reach: right(Role::Csp, None), id: group.id, name: group.name.clone() }
}

async fn custom_groups(world: &World) -> Vec<String> {
    let groups = world.store().groups(right(Role::Csp, None), 100, 0).await.unwrap().items;
    let built_in = |group: &Group| domain::group::BUILT_IN.iter().any(|(id, _)| *id == group.id);
    groups.into_iter().filter(|group| !built_in(group)).map(|group| group.name).collect()
}

pub(crate) async fn a_request_that_comes_again_is_answered_as_before_and_not_done(world: World) {
    let ada = user_within(RESELLER, 1, "Ada");
    let commit = || keyed(addition(&ada), once(1, 1), on(0));
    let first = world.store().commit(commit()).await.unwrap();
    assert_eq!((&first.outcome, first.before.as_ref()), (&Outcome::Added(ada.id.0), None));
    let before = standing(world.store(), whole()).await;
    let older = generation(world.store(), &whole()).await;
    let told = records(world.store()).await.len();
    world.delete(&ada).await.unwrap();
    world.restore(&ada).await.unwrap();

    for turn in 0..2 {
        let again = world.store().commit(commit()).await.unwrap();

        let expected = Committed { before: Some(b"sealed for the client".to_vec()), ..first.clone() };
        assert_eq!(again, expected, "outcome and revision as they were");
        let records = records(world.store()).await;
        assert_eq!(records.len(), told + 3 + turn, "each request has its record");
        let record = records.last().unwrap();
        assert_eq!((&*record.description, record.target_id), (REPEATED, Some(ada.id.0)));
        assert!(record.changes.is_empty(), "nothing was changed: {record:?}");
    }

    assert_eq!(world.names(whole()).await, ["Ada"]);
    let now = standing(world.store(), whole()).await;
    assert_eq!(
        (now.count, now.version),
        (1, before.version + 2),
        "that of the deletion and of the restoration"
    );
    assert_ne!(generation(world.store(), &whole()).await, older);
    assert_eq!(world.store().recall(once(1, 1), on(0)).await.unwrap(), Some(first.outcome));
}

pub(crate) async fn a_key_is_good_for_one_request(world: World) {
    let (billing, other) = (group(1, "Billing"), group(2, "Other"));
    world.store().commit(keyed(adding(&billing), once(1, 1), on(0))).await.unwrap();
    let told = records(world.store()).await.len();

    let reused = world.store().commit(keyed(adding(&other), once(1, 2), on(0))).await;

    assert_eq!(reused, Err(Error::IdempotencyKeyReused));
    assert_eq!(world.store().recall(once(1, 2), on(0)).await, Err(Error::IdempotencyKeyReused));
    assert_eq!(custom_groups(&world).await, ["Billing"]);
    assert_eq!(records(world.store()).await.len(), told, "a refusal is recorded by who refuses it");
    // The digest begins with tenant and principal: the key of somebody else is another one.
    world.store().commit(keyed(adding(&other), once(2, 2), on(0))).await.unwrap();
    let (reach, abroad) =
        (right_in(OTHER_TENANT, Role::Csp, None), Once { tenant: OTHER_TENANT, ..once(1, 9) });
    let change = Change::AddGroup { reach, id: billing.id, name: "Abroad".to_owned() };
    world.store().commit(keyed(change, abroad, on(0))).await.unwrap();
    assert_eq!(custom_groups(&world).await, ["Billing", "Other"]);
}

pub(crate) async fn an_outcome_is_kept_for_a_day_and_then_forgotten(mut world: World) {
    let (billing, other) = (group(1, "Billing"), group(2, "Other"));
    world.store().commit(keyed(adding(&billing), once(1, 1), on(0))).await.unwrap();
    world.store().commit(keyed(adding(&other), once(2, 1), on(1))).await.unwrap();
    let a_day_less_a_second = on(1) - SignedDuration::from_secs(1);
    assert_eq!(world.store().outcomes_due(a_day_less_a_second).await.unwrap(), []);
    assert!(!world.store().forget_outcomes(TENANT, a_day_less_a_second).await.unwrap());
    let again = world.store().commit(keyed(adding(&billing), once(1, 1), a_day_less_a_second)).await.unwrap();
    assert!(again.before.is_some(), "{again:?}");
    assert_eq!(world.store().recall(once(1, 1), on(1)).await.unwrap(), None);

    // A day later the key is as good as a new one, also before it was forgotten.
    let third = group(3, "Third");
    let done = world.store().commit(keyed(adding(&third), once(1, 7), on(1))).await.unwrap();
    assert_eq!((done.outcome, done.before), (Outcome::Added(third.id.0), None));
    let reused = world.store().commit(keyed(adding(&billing), once(1, 1), on(1))).await;
    assert_eq!(reused, Err(Error::IdempotencyKeyReused), "the new outcome stands in the place of the old");

    assert_eq!(world.store().outcomes_due(on(2)).await.unwrap(), [TENANT]);
    assert!(world.store().forget_outcomes(TENANT, on(2)).await.unwrap());
    assert!(!world.store().forget_outcomes(TENANT, on(2)).await.unwrap());
    assert_eq!(custom_groups(&world).await, ["Billing", "Other", "Third"]);
    assert_eq!(world.tamper(|behind| behind.number("SELECT count(*) FROM idempotency")), 0);
}

pub(crate) async fn what_was_refused_may_be_sent_again_with_its_key(world: World) {
    let billing = group(1, "Billing");
    world.add_group(&Group { name: "billing".to_owned(), ..group(2, "") }).await.unwrap();
    let commit = || keyed(adding(&billing), once(1, 1), on(0));
    for _ in 0..2 {
        assert_eq!(properties_at_fault(world.store().commit(commit()).await), ["name"]);
    }
    let deletion = Change::DeleteGroup { reach: right(Role::Csp, None), id: group(2, "").id };
    world.commit(deletion).await.unwrap();

    let done = world.store().commit(commit()).await.unwrap();

    assert_eq!((done.outcome, done.before), (Outcome::Added(billing.id.0), None));
}

pub(crate) async fn a_thousand_at_once_with_one_key_do_the_work_once(world: World) {
    let told = records(world.store()).await.len();
    // Each would be a user of its own: an id that nobody chose, and an e-mail that nobody has.
    let commit = |number: u64| {
        let newcomer = user_within(RESELLER, number, "Ada");
        world.store().commit(keyed(addition(&newcomer), once(1, 1), on(0)))
    };

    let outcomes = all((0..1_000).map(commit)).await;

    let committed: Vec<Committed> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_eq!(committed.iter().filter(|committed| committed.before.is_none()).count(), 1);
    assert!(committed.iter().all(|each| (&each.outcome, each.revision) == (&committed[0].outcome, Some(1))));
    assert_eq!(standing(world.store(), whole()).await.count, 1);
    assert_eq!(documents(world.store(), whole()).await.len(), 1);
    assert_eq!(records(world.store()).await.len(), told + 1_000);
}

pub(crate) async fn a_thousand_at_once_who_add_one_email_make_one_user(world: World) {
    let told = records(world.store()).await.len();
    let newcomers: Vec<User> = (0..1_000)
        .map(|number| {
            let email = if number % 2 == 0 { "Åsa@example.com" } else { "åSA@EXAMPLE.com" };
            User { email: Email::parse(email).unwrap(), ..user_within(RESELLER, number, "Åsa") }
        })
        .collect();

    let outcomes = all(newcomers.iter().map(|newcomer| world.add(newcomer))).await;

    let (added, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(added.len(), 1);
    assert!(refused.iter().all(|refusal| *refusal == Err(Error::EmailAlreadyInUse)));
    assert_eq!(documents(world.store(), within(RESELLER)).await.len(), 1);
    assert_eq!(shown(world.store(), right(Role::Csp, None), found_by("asa")).await, ["Åsa"]);
    assert_eq!(records(world.store()).await.len(), told + 1);
}
