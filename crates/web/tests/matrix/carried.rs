//! What somebody was given, in the hands of somebody else: a continuation token, an entity tag and an
//! idempotency key are good for one scope, and tell nobody else anything.

use serde_json::{Value, json};

use crate::ask::{Answer, Ask};
use crate::cells::{About, Cell};
use crate::directory::{Label, Owner, Tenant};
use crate::marks::id;
use crate::oracle::{Who, admitted, verdict};
use crate::principals::{Caller, person, program};
use crate::reads::shown_in;
use crate::routes::{ROWS, Row};
use crate::sight::shown;
use crate::world::World;

/// What a listing is bound to: the tenant, the caller's role, the customer, and in whose context.
type Scope = (Tenant, String, Label, Option<Label>);

/// Somebody who lists the users of a customer.
struct Lister<'a> {
    caller: &'a Caller,
    who: Who,
    cell: Cell,
    scope: Scope,
}

impl Lister<'_> {
    fn name(&self) -> String {
        format!("{} {:?}", self.caller.principal.name(), self.cell.about)
    }

    fn ask(&self, world: &World, more: &str) -> Ask {
        let target = self.cell.target();
        let separator = if target.contains('?') { '&' } else { '?' };
        let more = if more.is_empty() { String::new() } else { format!("{separator}{more}") };
        self.caller.ask(world, "GET", &format!("{target}{more}"))
    }

    fn verdict(&self) -> Result<(), &'static str> {
        verdict(&self.who, self.cell.row, &self.cell.about)
    }
}

fn route(method: &str, path: &str) -> &'static Row {
    ROWS.iter().find(|row| row.method == method && row.path == path).unwrap()
}

/// Callers of every role, two of them in the same one.
pub(crate) async fn callers(world: &World) -> Vec<Caller> {
    let mut callers = Vec::new();
    for principal in [
        program("csp-viewer"),
        person("csp-administrator"),
        program("acorn-viewer"),
        program("birch-administrator"),
        program("maple-viewer"),
        program("rowan-viewer"),
        program("thorn-viewer"),
        program("south-administrator"),
    ] {
        callers.push(Caller::new(world, principal).await);
    }
    callers
}

fn listers(callers: &[Caller]) -> Vec<Lister<'_>> {
    let row = route("GET", "/v1/customer/{customerId}/users");
    let mut listers = Vec::new();
    for caller in callers {
        let who = admitted(&caller.principal).unwrap();
        for customer in ["maple", "rowan", "thorn", "foreign"] {
            for reseller in [None, Some("acorn"), Some("birch"), Some("southern")] {
                let about = About { customer: Some(customer), reseller, ..About::default() };
                let context = match who.owner {
                    Owner::Reseller(own) => Some(own),
                    Owner::Csp | Owner::Customer(_) => reseller,
                };
                let scope = (who.tenant, format!("{:?}", who.owner), customer, context);
                listers.push(Lister { caller, who, cell: Cell { row, about }, scope });
            }
        }
    }
    listers
}

/// The token in the link to the next page.
pub(crate) fn continuation(answer: &Answer) -> Option<String> {
    let link = answer.header("link")?;
    let start = link.find("continuationToken=")? + "continuationToken=".len();
    Some(link[start..].split(['&', '>']).next().unwrap().to_owned())
}

#[tokio::test]
async fn a_continuation_token_goes_on_in_its_own_scope_alone() {
    let world = World::new().await;
    let callers = callers(&world).await;
    let listers = listers(&callers);
    let first: Vec<_> = listers.iter().map(|lister| lister.ask(&world, "pageSize=1")).collect();
    let firsts = world.answers("GET", &first).await;
    let mut scopes = Vec::new();
    for (from, answer) in listers.iter().zip(&firsts) {
        let Some(token) = continuation(answer) else { continue };
        if scopes.contains(&from.scope) {
            continue;
        }
        scopes.push(from.scope.clone());
        let more = format!("continuationToken={token}");
        let asks: Vec<_> = listers.iter().map(|lister| lister.ask(&world, &more)).collect();
        for (to, answer) in listers.iter().zip(world.answers("GET", &asks).await) {
            let expected = match to.verdict() {
                Err(refusal) => refusal,
                Ok(()) if to.scope == from.scope => "200",
                Ok(()) => "400 InvalidRequest",
            };
            let what = format!("{} with the token of {}", to.name(), from.name());
            assert_eq!(answer.told(), expected, "{what}");
            if answer.status == 400 {
                assert_eq!(answer.faults(), ["continuationToken"], "{what}");
            }
            let seen = shown_in(&answer);
            let may_be = if expected == "200" { shown(&to.who, &to.cell) } else { Default::default() };
            assert!(seen.names.is_subset(&may_be.names), "{what} shows {seen:?}");
        }
    }
    assert!(scopes.len() >= 8, "{scopes:?}");
}

#[tokio::test]
async fn an_entity_tag_of_another_scope_never_matches() {
    let world = World::new().await;
    let callers = callers(&world).await;
    let listers = listers(&callers);
    let first: Vec<_> = listers.iter().map(|lister| lister.ask(&world, "")).collect();
    let firsts = world.answers("GET", &first).await;
    let mut scopes = Vec::new();
    for (from, answer) in listers.iter().zip(&firsts) {
        if answer.status != 200 || scopes.contains(&from.scope) {
            continue;
        }
        scopes.push(from.scope.clone());
        let known = |lister: &Lister<'_>| lister.ask(&world, "").and("If-None-Match", answer.tag());
        let asks: Vec<_> = listers.iter().map(known).collect();
        for (to, answer) in listers.iter().zip(world.answers("GET", &asks).await) {
            let expected = match to.verdict() {
                Err(refusal) => refusal,
                Ok(()) if to.scope == from.scope => "304",
                Ok(()) => "200",
            };
            assert_eq!(answer.told(), expected, "{} with the tag of {}", to.name(), from.name());
        }
    }
    assert!(scopes.len() >= 8, "{scopes:?}");
}

#[tokio::test]
async fn the_tag_of_one_thing_is_good_for_those_of_one_role() {
    let world = World::new().await;
    let callers = callers(&world).await;
    for path in [
        format!("/v1/users/{}", id("user", "maple-in-acorn")),
        format!("/v1/users/{}", id("user", "foreign-direct")),
        format!("/v1/Customers/{}", id("customer", "maple")),
        format!("/v1/Resellers/{}", id("reseller", "acorn")),
    ] {
        let plain: Vec<_> = callers.iter().map(|caller| caller.ask(&world, "GET", &path)).collect();
        let answers = world.answers("GET", &plain).await;
        for (from, tagged) in callers.iter().zip(&answers).filter(|(_, answer)| answer.status == 200) {
            let asks: Vec<_> =
                plain.iter().map(|ask| ask.clone().and("If-None-Match", tagged.tag())).collect();
            let told = world.answers("GET", &asks).await;
            for ((to, plain), answer) in callers.iter().zip(&answers).zip(told) {
                let role = |caller: &Caller| {
                    let who = admitted(&caller.principal).unwrap();
                    (who.tenant, format!("{:?}", who.owner))
                };
                let is_known = role(from) == role(to);
                let expected = if is_known { "304".to_owned() } else { plain.told() };
                let what = format!("{} with the tag of {}", to.principal.name(), from.principal.name());
                assert_eq!(answer.told(), expected, "{path}: {what}");
            }
        }
    }
}

#[tokio::test]
async fn what_another_scope_saw_is_no_reason_to_change_a_thing() {
    let world = World::new().await;
    let seers = callers(&world).await;
    let user = format!("/v1/users/{}", id("user", "maple-in-acorn"));
    let acorn = Caller::new(&world, program("acorn-administrator")).await;
    for seer in &seers {
        let seen = seer.ask(&world, "GET", &user).send().await;
        let is_of_acorn = admitted(&seer.principal).unwrap().owner == Owner::Reseller("acorn");
        if seen.status != 200 || is_of_acorn {
            continue;
        }
        for (method, body) in [("PATCH", Some(json!({"lastName": "Changed"}))), ("DELETE", None)] {
            let mut ask = acorn.ask(&world, method, &user).and("If-Match", seen.tag());
            if let Some(body) = &body {
                ask = ask.json(body);
            }
            let what = format!("{method} with the tag of {}", seer.principal.name());
            assert_eq!(ask.send().await.told(), "412 PreconditionFailed", "{what}");
        }
    }
    assert_eq!(acorn.ask(&world, "GET", &user).send().await.json()["lastName"], Value::Null);
}

#[tokio::test]
async fn an_idempotency_key_is_the_callers_own() {
    let world = World::new().await;
    let mut callers = Vec::new();
    for principal in [
        program("csp-administrator"),
        person("csp-administrator"),
        program("acorn-administrator"),
        person("acorn-administrator"),
        program("maple-administrator"),
        person("maple-administrator"),
        program("south-administrator"),
    ] {
        callers.push(Caller::new(&world, principal).await);
    }
    let user = json!({"email": "once@new.example", "firstName": "Once"});
    let (maple, acorn) = (id("customer", "maple"), id("reseller", "acorn"));
    let program = json!({"name": "Once", "role": "csp", "permission": "Viewer"});
    for (path, body) in [
        (format!("/v1/customer/{maple}/users?resellerId={acorn}"), &user),
        (format!("/v1/customer/{maple}/users"), &user),
        (format!("/v1/reseller/{acorn}/users"), &user),
        ("/v1/users".to_owned(), &user),
        ("/v1/users/groups".to_owned(), &json!({"name": "Once"})),
        ("/v1/api-access".to_owned(), &program),
    ] {
        let mut told: Vec<(String, Answer)> = Vec::new();
        for caller in &callers {
            let key = format!("key-of-{}", path.len());
            let ask = caller.ask(&world, "POST", &path).json(body).and("Idempotency-Key", key);
            let answer = ask.send().await;
            let name = caller.principal.name();
            if answer.status == 201 {
                assert_eq!(ask.send().await.text(), answer.text(), "{path}: {name} may repeat it");
                for (other, before) in &told {
                    assert_ne!(answer.text(), before.text(), "{path}: {name} is answered as {other} was");
                }
                told.push((name, answer));
            }
        }
        assert!(!told.is_empty(), "{path}");
    }
}
