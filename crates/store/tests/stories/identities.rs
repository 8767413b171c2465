//! Whom does an issuer's subject name? The one user it was bound to first, for ever.

use domain::change::Change;
use domain::error::Error;
use domain::id::{TenantId, UserId};
use domain::text::Email;
use domain::user::{Owner, User};

use crate::world::*;

const ISSUER: &str = "https://issuer.example";

pub(crate) async fn a_person_and_a_subject_are_bound_once_only(world: World) {
    let (ada, ben) = (user(1, "Ada"), user(2, "Ben"));
    world.add(&ada).await.unwrap();
    world.add(&ben).await.unwrap();
    assert!(!person(&world, &ada).await.bound);

    bind(&world, TENANT, ada.id, "ada").await.unwrap();

    bind(&world, TENANT, ada.id, "ada").await.expect("another request of hers, that came at once");
    for (user, subject) in [(ada.id, "another"), (ben.id, "ada")] {
        let refused = bind(&world, TENANT, user, subject).await;
        assert!(matches!(refused, Err(Error::TenantForbidden(_))), "{subject}: {refused:?}");
    }
    let bound = world.store().bound_person(TENANT, ISSUER, "ada").await.unwrap().unwrap();
    assert_eq!((bound.id, bound.alive, bound.bound), (ada.id, true, true));
    assert_eq!(world.store().bound_person(TENANT, "https://other.example", "ada").await.unwrap(), None);
    bind(&world, TENANT, ben.id, "ben").await.unwrap();
    world.delete(&ben).await.unwrap();
    assert!(bind(&world, TENANT, ben.id, "ben").await.is_err(), "who is deleted is let in no more");
}

pub(crate) async fn the_same_subject_may_be_somebody_else_in_another_tenant(world: World) {
    let ada = user(1, "Ada");
    let abroad = User { tenant: OTHER_TENANT, owner: Owner::Customer(FOREIGN_CUSTOMER), ..user(2, "Abroad") };
    world.add(&ada).await.unwrap();
    world.add(&abroad).await.unwrap();

    bind(&world, TENANT, ada.id, "one").await.unwrap();
    bind(&world, OTHER_TENANT, abroad.id, "one").await.unwrap();

    for (tenant, user) in [(TENANT, ada.id), (OTHER_TENANT, abroad.id)] {
        assert_eq!(world.store().bound_person(tenant, ISSUER, "one").await.unwrap().unwrap().id, user);
    }
}

pub(crate) async fn of_many_who_claim_one_person_one_wins(world: World) {
    let ada = user(1, "Ada");
    world.add(&ada).await.unwrap();

    let subjects: Vec<String> = (0..64).map(|number| format!("subject {number}")).collect();
    let outcomes = all(subjects.iter().map(|subject| bind(&world, TENANT, ada.id, subject))).await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for (subject, outcome) in subjects.iter().zip(outcomes) {
        let bound = world.store().bound_person(TENANT, ISSUER, subject).await.unwrap();
        assert_eq!(bound.is_some(), outcome.is_ok(), "{subject}");
    }
}

pub(crate) async fn of_many_persons_whom_one_subject_claims_one_is_bound(world: World) {
    let people: Vec<User> = (0..64).map(|number| user(number, "Ada")).collect();
    for person in &people {
        world.add(person).await.unwrap();
    }

    let outcomes = all(people.iter().map(|person| bind(&world, TENANT, person.id, "one"))).await;

    let bound = world.store().bound_person(TENANT, ISSUER, "one").await.unwrap().unwrap();
    let winners: Vec<UserId> = people
        .iter()
        .zip(outcomes)
        .filter(|(_, outcome)| outcome.is_ok())
        .map(|(person, _)| person.id)
        .collect();
    assert_eq!(winners, [bound.id]);
}

pub(crate) async fn a_bound_person_dies_with_its_owner(world: World) {
    let ada = user(1, "Ada");
    let of_the_dead = User {
        owner: Owner::Reseller(DELETED_RESELLER),
        email: Email::parse("Staff@Example.com").unwrap(),
        ..user(2, "Staff")
    };
    for (user, subject) in [(&ada, "ada"), (&of_the_dead, "staff")] {
        world.load(user).await;
        bind(&world, TENANT, user.id, subject).await.unwrap();
    }
    let is_alive =
        async |subject| world.store().bound_person(TENANT, ISSUER, subject).await.unwrap().unwrap().alive;

    assert!(is_alive("ada").await);
    assert!(!is_alive("staff").await);
    let of_the_dead = world.store().people_by_email(TENANT, of_the_dead.email.folded()).await.unwrap();
    assert!(of_the_dead.is_empty());
    world.delete(&ada).await.unwrap();
    assert!(!is_alive("ada").await);
    assert!(world.store().people_by_email(TENANT, ada.email.folded()).await.unwrap().is_empty());
}

async fn bind(world: &World, tenant: TenantId, user: UserId, subject: &str) -> Result<(), Error> {
    let change =
        Change::BindIdentity { tenant, user, issuer: ISSUER.to_owned(), subject: subject.to_owned() };
    world.store().commit_change(change, record("a first token")).await.map(drop)
}

async fn person(world: &World, user: &User) -> store::Person {
    world.store().people_by_email(TENANT, user.email.folded()).await.unwrap().remove(0)
}
