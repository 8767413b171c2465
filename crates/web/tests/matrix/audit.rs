//! Who hears of what? Each request bears a name, and each reader's trail holds exactly those that
//! docs/audit.md says: all of the tenant; or what one's own asked for, and what others did in one's scope.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::ask::Ask;
use crate::carried::callers;
use crate::directory::{Label, Owner, Tenant};
use crate::marks::{id, name};
use crate::oracle::{Who, admitted};
use crate::principals::{Caller, program};
use crate::world::World;

/// A request that was sent, as far as it decides who hears of it.
struct Event {
    correlation: String,
    who: Who,
    succeeded: bool,
    /// In whose context it was asked.
    context: Option<Label>,
    customer: Option<Label>,
}

/// Whether a reader hears of it, as far as `asked` narrows the trail.
fn hears(reader: &Who, asked: Option<Label>, event: &Event) -> bool {
    let of_reseller = |label: Label| {
        event.who.owner == Owner::Reseller(label) || (event.succeeded && event.context == Some(label))
    };
    event.who.tenant == reader.tenant
        && match (reader.owner, asked) {
            (Owner::Csp, None) => true,
            (Owner::Csp, Some(asked)) => of_reseller(asked),
            (Owner::Reseller(own), _) => of_reseller(own),
            (Owner::Customer(own), asked) => {
                let is_own = event.who.owner == reader.owner;
                (is_own || (event.succeeded && event.customer == Some(own)))
                    && asked.is_none_or(|asked| event.context == Some(asked))
            }
        }
}

/// Everybody lists, changes and is refused here and there.
async fn events(world: &World) -> Vec<Event> {
    let mut callers = callers(world).await;
    for label in ["csp-administrator", "acorn-administrator", "maple-administrator"] {
        callers.push(Caller::new(world, program(label)).await);
    }
    let mut events = Vec::new();
    for caller in &callers {
        let who = admitted(&caller.principal).unwrap();
        let mut asks: Vec<(Ask, Option<Label>, Label, bool)> = Vec::new();
        for customer in ["maple", "rowan", "thorn", "foreign"] {
            for reseller in [None, Some("acorn"), Some("birch")] {
                let query = reseller
                    .map_or_else(String::new, |label| format!("?resellerId={}", id("reseller", label)));
                let path = format!("/v1/customer/{}/users{query}", id("customer", customer));
                asks.push((caller.ask(world, "GET", &path), reseller, customer, true));
            }
        }
        for (user, context, customer) in
            [("maple-in-acorn", "acorn", "maple"), ("thorn-in-birch", "birch", "thorn")]
        {
            let path = format!("/v1/users/{}", id("user", user));
            let ask = caller.ask(world, "PATCH", &path).json(&json!({"lastName": "Changed"}));
            asks.push((ask, Some(context), customer, false));
        }
        for (ask, reseller, customer, is_asked) in asks {
            let correlation = format!("event-{:03}", events.len());
            let succeeded = ask.and("X-Correlation-Id", &correlation).status().await < 300;
            let context = match who.owner {
                Owner::Reseller(own) => Some(own),
                // Whose context a user is in is told of a change that was made.
                Owner::Csp | Owner::Customer(_) => reseller.filter(|_| succeeded || is_asked),
            };
            events.push(Event { correlation, who, succeeded, context, customer: Some(customer) });
        }
    }
    events
}

fn correlations(items: &[Value]) -> BTreeSet<String> {
    let ids = items.iter().map(|item| item["correlationId"].as_str().unwrap().to_owned());
    ids.filter(|correlation| correlation.starts_with("event-")).collect()
}

#[tokio::test]
async fn each_hears_of_its_own_scope_and_of_nothing_else() {
    let world = World::new().await;
    let events = events(&world).await;
    assert!(events.iter().filter(|event| event.succeeded).count() > 20);
    assert!(events.iter().filter(|event| !event.succeeded).count() > 20);
    for reader in callers(&world).await {
        let who = admitted(&reader.principal).unwrap();
        let own_context = match who.owner {
            Owner::Reseller(own) => own,
            Owner::Csp if who.tenant == Tenant::North => "birch",
            Owner::Customer("thorn") => "birch",
            Owner::Csp => "southern",
            Owner::Customer(_) => "acorn",
        };
        for asked in [None, Some(own_context)] {
            let expected: BTreeSet<String> = events
                .iter()
                .filter(|event| hears(&who, asked, event))
                .map(|event| event.correlation.clone())
                .collect();
            let query =
                asked.map_or_else(String::new, |label| format!("&resellerId={}", id("reseller", label)));
            let path = format!("/v1/AuditLogs?PageSize=2000{query}");
            let answer = reader.ask(&world, "GET", &path).send().await;
            let what = format!("{} {asked:?}", reader.principal.name());
            assert_eq!(correlations(&answer.items()), expected, "{what}");
        }
    }
}

#[tokio::test]
async fn no_filter_of_the_trail_leads_out_of_the_scope() {
    let world = World::new().await;
    let events = events(&world).await;
    for reader in callers(&world).await {
        let who = admitted(&reader.principal).unwrap();
        let heard = |items: &[Value]| {
            let mut found = correlations(items).into_iter();
            found.all(|one| events.iter().any(|event| event.correlation == one && hears(&who, None, event)))
        };
        for filter in [
            format!("Actor={}", name("client", "birch-administrator")),
            format!("Actor={}", id("client", "birch-administrator")),
            format!("Actor={}", id("client", "south-administrator")),
            format!("Customer={}", name("customer", "thorn")),
            format!("Reseller={}", name("reseller", "birch")),
            "Operations=ListCustomerUsers%7CUpdateUser".to_owned(),
            "Status=Failed".to_owned(),
            "Status=Succeded".to_owned(),
        ] {
            let path = format!("/v1/AuditLogs?PageSize=2000&{filter}");
            let answer = reader.ask(&world, "GET", &path).send().await;
            assert!(heard(&answer.items()), "{} {filter}", reader.principal.name());
        }
        // One by one for some of them: the trail is read for each.
        let some = || events.iter().step_by(4);
        let asks: Vec<_> = some()
            .map(|event| format!("/v1/AuditLogs?CorrelationId={}", event.correlation))
            .map(|path| reader.ask(&world, "GET", &path))
            .collect();
        for (event, answer) in some().zip(world.answers("GET", &asks).await) {
            let is_told = answer.json()["totalCount"] != 0;
            let what = format!("{} {}", reader.principal.name(), event.correlation);
            assert_eq!(is_told, hears(&who, None, event), "{what}");
        }
    }
}
