//! Does what is kept in memory widen what anybody sees, or outlive a right? Everything is asked for before, by
//! others and by the same.

use serde_json::{Value, json};

use crate::ask::Ask;
use crate::carried::{callers, continuation};
use crate::cells::{Cell, of_row};
use crate::directory::Label;
use crate::marks::{Shown, id};
use crate::oracle::{admitted, verdict};
use crate::principals::{Caller, Principal, person, program};
use crate::reads::shown_in;
use crate::routes::ROWS;
use crate::sight::shown;
use crate::world::World;

#[tokio::test]
async fn what_was_just_shown_to_one_is_not_shown_to_the_next() {
    let world = World::new().await;
    let callers = callers(&world).await;
    let is_narrowed = |label: &Label| ["acorn", "birch"].contains(label);
    let mut cells: Vec<Cell> = ROWS.iter().filter(|row| row.method == "GET").flat_map(of_row).collect();
    cells
        .retain(|cell| cell.about.customer.is_some() && cell.about.reseller.as_ref().is_none_or(is_narrowed));
    for cell in cells {
        // Everybody right after everybody else.
        let pairs = callers.iter().flat_map(|wide| callers.iter().map(move |narrow| [wide, narrow]));
        let order: Vec<&Caller> = pairs.flatten().collect();
        let asks: Vec<Ask> = order.iter().map(|caller| caller.ask(&world, "GET", &cell.target())).collect();
        for (caller, answer) in order.iter().zip(world.answers("GET", &asks).await) {
            let who = admitted(&caller.principal).unwrap();
            let what = format!("{}: {} {:?}", caller.principal.name(), cell.row.path, cell.about);
            let (expected, seen) = match verdict(&who, cell.row, &cell.about) {
                Err(refusal) => (refusal, Shown::default()),
                Ok(()) => ("200", shown(&who, &cell)),
            };
            assert_eq!((answer.told().as_str(), shown_in(&answer)), (expected, seen), "{what}");
        }
    }
}

/// All the ways in, each taken once: reads, a page that goes on, a state that is known, and a write that is
/// repeated.
async fn doors(world: &World, caller: &Caller, customer: Label) -> (Vec<Ask>, Vec<Ask>) {
    let customer = id("customer", customer);
    let listing = format!("/v1/customer/{customer}/users");
    let first = caller.ask(world, "GET", &format!("{listing}?pageSize=1")).send().await;
    let next = format!("{listing}?continuationToken={}", continuation(&first).unwrap());
    let tag = caller.ask(world, "GET", &listing).send().await.tag();
    let user = first.json()[0]["id"].as_str().unwrap().to_owned();
    let mut reads: Vec<Ask> = [
        &listing,
        &next,
        &format!("{listing}/export"),
        &format!("/v1/Customers/{customer}"),
        "/v1",
        "/v1/users?searchValue=user",
        &format!("/v1/users/{user}"),
        "/v1/users/groups",
        "/v1/AuditLogs",
    ]
    .into_iter()
    .map(|target| caller.ask(world, "GET", target))
    .collect();
    reads.push(caller.ask(world, "GET", &listing).and("If-None-Match", tag));
    let added = caller.ask(world, "POST", &listing).json(&json!({"email": "warm@new.example"}));
    let restored = caller.ask(world, "POST", &format!("/v1/users/{user}/restore"));
    (reads, vec![added.and("Idempotency-Key", "warm"), restored.and("Idempotency-Key", "warm")])
}

async fn told(world: &World, asks: &[Ask]) -> Vec<String> {
    world.answers("GET", asks).await.iter().map(crate::ask::Answer::told).collect()
}

/// What the steward does, and what is told then at each door for reading and for writing.
struct Loss {
    loser: Principal,
    customer: Label,
    method: &'static str,
    target: String,
    body: Value,
    reads: &'static str,
    writes: &'static str,
}

fn losses() -> Vec<Loss> {
    let client = |label: Label| format!("/v1/api-access/{}", id("client", label));
    let user = |label: Label| format!("/v1/users/{}", id("user", label));
    let viewer = json!({"groups": [{"id": "5f000000-0000-4000-8000-000000000002"}]});
    let loss = |loser, customer, method, target, body, reads, writes| Loss {
        loser,
        customer,
        method,
        target,
        body,
        reads,
        writes,
    };
    let (invalid, forbidden, denied) = ("401 InvalidToken", "403 TenantForbidden", "403 PermissionDenied");
    let mut losses = Vec::new();
    for (label, customer) in
        [("csp-administrator", "maple"), ("acorn-administrator", "maple"), ("maple-administrator", "maple")]
    {
        let program = program(label);
        let person = person(label);
        let disabled = json!({"disabled": true});
        let reader = json!({"permission": "Viewer"});
        let nothing = json!({"groups": []});
        losses.extend([
            loss(program, customer, "PATCH", client(label), disabled, invalid, invalid),
            loss(program, customer, "DELETE", client(label), Value::Null, invalid, invalid),
            loss(program, customer, "PATCH", client(label), reader, "", denied),
            loss(person, customer, "DELETE", user(label), Value::Null, forbidden, forbidden),
            loss(person, customer, "PATCH", user(label), nothing, denied, denied),
            loss(person, customer, "PATCH", user(label), viewer.clone(), "", denied),
        ]);
    }
    let maple = format!("/v1/Customers/{}", id("customer", "maple"));
    losses.push(loss(
        program("maple-administrator"),
        "maple",
        "DELETE",
        maple.clone(),
        Value::Null,
        invalid,
        invalid,
    ));
    losses.push(loss(
        person("maple-administrator"),
        "maple",
        "DELETE",
        maple,
        Value::Null,
        forbidden,
        forbidden,
    ));
    losses
}

#[tokio::test]
async fn who_loses_a_right_is_refused_at_once_at_every_door() {
    for Loss { loser, customer, method, target, body, reads, writes } in losses() {
        let world = World::new().await;
        let what = format!("{} after {method} {target} {body}", loser.name());
        let caller = Caller::new(&world, loser).await;
        let (reading, writing) = doors(&world, &caller, customer).await;
        for _ in 0..2 {
            let told = told(&world, &reading).await;
            assert!(told.iter().all(|told| told == "200" || told == "304"), "{what}: {told:?}");
        }
        let written = told(&world, &writing).await;
        assert_eq!(written, ["201", "204"], "{what}");
        let steward = Caller::new(&world, person("csp-steward")).await;
        let mut deed = steward.ask(&world, method, &target);
        if !body.is_null() {
            deed = deed.json(&body);
        }
        let done = deed.send().await;
        assert!([202, 204].contains(&done.status), "{what}: {}", done.text());
        let after = told(&world, &reading).await;
        if reads.is_empty() {
            assert!(after.iter().all(|told| told == "200"), "{what} may still read: {after:?}");
        } else {
            assert!(after.iter().all(|told| told == reads), "{what}: {after:?}");
        }
        assert!(told(&world, &writing).await.iter().all(|told| told == writes), "{what}");
    }
}

#[tokio::test]
async fn what_leaves_a_scope_is_out_of_it_at_once() {
    let world = World::new().await;
    let steward = Caller::new(&world, program("csp-administrator")).await;
    let acorn = Caller::new(&world, program("acorn-administrator")).await;
    let (reading, _) = doors(&world, &acorn, "maple").await;
    assert!(told(&world, &reading).await.iter().all(|told| ["200", "304"].contains(&told.as_str())));
    let relation = format!("/v1/Customers/{}/resellers/{}", id("customer", "maple"), id("reseller", "acorn"));
    assert_eq!(steward.ask(&world, "DELETE", &relation).status().await, 204);
    let after = world.answers("GET", &reading).await;
    let (gone, none) = ("404 CustomerNotFound", "404 UserNotFound");
    let told: Vec<String> = after.iter().map(crate::ask::Answer::told).collect();
    assert_eq!(told, [gone, gone, gone, gone, "200", "200", none, "200", "200", gone]);
    for list in [&after[4], &after[5]] {
        let seen = shown_in(list).ids;
        assert!(!seen.contains(&id("user", "maple-in-acorn")), "{seen:?}");
        assert!(seen.contains(&id("user", "rowan-in-acorn")), "{seen:?}");
    }
}
