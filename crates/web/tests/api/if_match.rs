//! Can nobody overwrite what he did not see? `If-Match` on every PATCH, PUT and DELETE of a thing.

use serde_json::{Value, json};

use crate::caller::Caller;
use crate::company;
use crate::directory::*;
use crate::world::{World, shared_users, user_at};

const STALE: &str = "412 PreconditionFailed";

/// A thing that is changed: where it is, where and with what it is changed, and its tag now.
struct Thing {
    place: String,
    changed_at: String,
    change: Value,
    tag: String,
}

/// One of each kind, made anew.
async fn things(csp: &Caller) -> Vec<Thing> {
    let mut things = Vec::new();
    let access = json!({"name": "A", "role": "csp", "permission": "Viewer"});
    for (path, body, below, change) in [
        ("/v1/users", json!({"email": "if@x.example"}), "", json!({"firstName": "Zoë"})),
        ("/v1/users/groups", json!({"name": "If"}), "", json!({"name": "If not"})),
        ("/v1/Customers", company::customer("If"), "/account-info", json!({"city": "Åre"})),
        ("/v1/Customers", company::customer("If"), "/internal-identifier", json!("K-18")),
        ("/v1/Resellers", company::reseller("If"), "/account-info", json!({"city": "Åre"})),
        ("/v1/Resellers", company::reseller("If"), "/internal-identifier", json!("K-18")),
        ("/v1/api-access", access, "", json!({"name": "B"})),
    ] {
        let answer = csp.post(path, &body).await;
        let place = answer.header("location").unwrap().to_owned();
        things.push(Thing { changed_at: format!("{place}{below}"), place, change, tag: answer.tag() });
    }
    things
}

#[tokio::test]
async fn a_change_of_what_was_changed_meanwhile_is_refused() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for Thing { place, changed_at, change, tag } in things(&csp).await {
        let ask = csp.ask("PATCH", &changed_at).json(&change);
        let first = ask.clone().and("If-Match", &tag).send().await;
        assert!([202, 204].contains(&first.status), "{changed_at} {}", first.text());
        let shown = csp.get(&place).await;
        let stale = ask.clone().and("If-Match", &tag).send().await;
        assert_eq!(stale.told(), STALE, "{changed_at}");
        assert_eq!(stale.header("etag"), None);
        assert_eq!(csp.get(&place).await.text_without_correlation(), shown.text_without_correlation());
        let second = ask.and("If-Match", first.tag()).send().await;
        assert!([202, 204].contains(&second.status), "{changed_at}: the tag of the answer is that of now");
        if shown.status == 200 {
            assert_eq!((shown.tag(), csp.get(&place).await.tag()), (first.tag(), second.tag()));
        }
    }
}

#[tokio::test]
async fn tags_are_compared_strongly_and_one_of_a_list_is_enough() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let foreign = csp.get(&user_at(1)).await.tag();
    for Thing { place: _, changed_at, change, mut tag } in things(&csp).await {
        let ask = csp.ask("PATCH", &changed_at).json(&change);
        for wrong in [
            format!("W/{tag}"),
            tag.replace('"', ""),
            tag.trim_end_matches('"').to_owned(),
            tag.to_lowercase().replace('"', "\"x"),
            "\"\"".to_owned(),
            String::new(),
            format!("\"a,b\", W/{tag}"),
            foreign.clone(),
        ] {
            assert_eq!(
                ask.clone().and("If-Match", &wrong).send().await.told(),
                STALE,
                "{changed_at} {wrong}"
            );
        }
        for right in ["*", " * "] {
            tag = ask.clone().and("If-Match", right).send().await.tag();
        }
        tag = ask.clone().and("If-Match", format!("\"a,b\" , W/\"x\",{tag}")).send().await.tag();
        tag = ask.clone().and("If-Match", "\"x\"").and("If-Match", &tag).send().await.tag();
        assert!([202, 204].contains(&ask.and("If-Match", tag).status().await), "{changed_at}");
    }
}

#[tokio::test]
async fn a_deletion_of_what_was_changed_meanwhile_is_refused() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    for Thing { place, changed_at, change, tag } in things(&csp).await {
        let now = csp.patch(&changed_at, &change).await.tag();
        let delete = csp.ask("DELETE", &place);
        if place.contains("Resellers") {
            assert_eq!(delete.send().await.told(), "405 MethodNotAllowed");
            continue;
        }
        assert_eq!(delete.clone().and("If-Match", &tag).send().await.told(), STALE, "{place}");
        assert_eq!(delete.clone().and("If-Match", format!("W/{now}")).send().await.told(), STALE, "{place}");
        assert!([202, 204].contains(&delete.clone().and("If-Match", now).status().await), "{place}");
        assert_eq!(delete.and("If-Match", "*").status().await, 404, "{place}: what is not there comes first");
    }
}

#[tokio::test]
async fn a_tag_of_another_callers_scope_never_matches() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let acorn = world.caller(ACORN_ADMINISTRATOR).await;
    let shared = world.caller(SHARED_ADMINISTRATOR).await;
    let change = json!({"lastName": "Lund"});
    let tags = [
        csp.get(&user_at(1)).await.tag(),
        acorn.get(&user_at(1)).await.tag(),
        shared.get(&user_at(1)).await.tag(),
    ];
    for (own, caller) in [&csp, &acorn, &shared].into_iter().enumerate() {
        for (other, tag) in tags.iter().enumerate() {
            let get = caller.ask("GET", &user_at(1)).and("If-None-Match", tag).status().await;
            assert_eq!(get == 304, own == other);
            if own != other {
                let ask = caller.ask("PATCH", &user_at(1)).json(&change).and("If-Match", tag);
                assert_eq!(ask.send().await.told(), STALE);
            }
        }
    }
    let viewer = world.caller(CSP).await.get(&user_at(1)).await.tag();
    assert_eq!(viewer, tags[0], "who sees the same has the same tag");
    let customer = format!("/v1/Customers/{SHARED}");
    let of_acorn = acorn.get(&customer).await.tag();
    let account = format!("{customer}/account-info");
    let ask = csp.ask("PATCH", &account).json(&json!({"city": "x"})).and("If-Match", of_acorn);
    assert_eq!(ask.send().await.told(), STALE);
}

#[tokio::test]
async fn a_customer_that_is_shown_otherwise_has_another_tag_and_is_the_same_to_a_change() {
    let world = World::new().await;
    let customer = format!("/v1/Customers/{SHARED}");
    for client in [CSP_ADMINISTRATOR, OF_SHARED] {
        let caller = world.caller(client).await;
        let mut seen = Vec::new();
        for query in [String::new(), format!("?resellerId={ACORN}"), format!("?resellerId={BIRCH}")] {
            let answer = caller.get(&format!("{customer}{query}")).await;
            assert!(!seen.contains(&(answer.tag(), answer.text().to_owned())));
            assert!(seen.iter().all(|(tag, text)| (*tag == answer.tag()) == (text == answer.text())));
            let known = caller.ask("GET", &format!("{customer}{query}")).and("If-None-Match", answer.tag());
            assert_eq!(known.status().await, 304);
            seen.push((answer.tag(), answer.text().to_owned()));
        }
        assert_eq!(seen.len(), 3, "{client}");
    }
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let narrowed = csp.get(&format!("{customer}?resellerId={ACORN}")).await.tag();
    let ask = csp.ask("PATCH", &format!("{customer}/account-info")).json(&json!({"city": "Åre"}));
    let ask = ask.and("If-Match", narrowed);
    assert_eq!((ask.status().await, ask.send().await.told()), (202, STALE.to_owned()));
}

#[tokio::test]
async fn relations_are_part_of_the_customer_and_go_by_its_tag() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let customer = format!("/v1/Customers/{SHARED}");
    let before = csp.get(&customer).await.tag();
    assert_eq!(csp.patch(&format!("{customer}/account-info"), &json!({"city": "Åre"})).await.status, 202);
    for (method, reseller) in [("DELETE", ACORN), ("PUT", LONELY)] {
        let ask = csp.ask(method, &format!("{customer}/resellers/{reseller}"));
        assert_eq!(ask.clone().and("If-Match", &before).send().await.told(), STALE, "{method}");
        let now = csp.get(&customer).await.tag();
        assert_eq!(ask.clone().and("If-Match", &now).status().await, 204, "{method}");
        assert_ne!(csp.get(&customer).await.tag(), now, "{method}");
    }
}

#[tokio::test]
async fn of_many_changes_of_one_state_one_is_done() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let tag = csp.get(&user_at(1)).await.tag();
    let mut running = tokio::task::JoinSet::new();
    for number in 0..20 {
        let ask = csp.ask("PATCH", &user_at(1)).json(&json!({"lastName": format!("Lund {number}")}));
        let ask = ask.and("If-Match", &tag);
        running.spawn(async move { ask.send().await.told() });
    }
    let mut told = running.join_all().await;
    told.sort();
    assert_eq!(told[0], "204");
    assert!(told[1..].iter().all(|told| told == STALE), "{told:?}");
}

#[tokio::test]
async fn whatever_changes_how_a_user_looks_changes_its_tag_and_nothing_else_does() {
    let world = World::new().await;
    let csp = world.caller(CSP_ADMINISTRATOR).await;
    let mut tag = csp.get(&user_at(1)).await.tag();
    for (method, path, body, differs) in [
        ("PATCH", user_at(2), json!({"lastName": "another's"}), false),
        ("PATCH", format!("/v1/users/groups/{CUSTOM_GROUP}"), json!({"name": "Renamed"}), true),
        ("DELETE", format!("/v1/users/groups/{CUSTOM_GROUP}"), Value::Null, true),
        ("POST", shared_users(), json!({"email": "new@x.example"}), false),
        ("PATCH", user_at(1), json!({"lastName": "Lund again"}), true),
    ] {
        assert!(csp.ask(method, &path).json(&body).status().await < 300, "{method} {path}");
        let answer = csp.ask("GET", &user_at(1)).and("If-None-Match", &tag).send().await;
        assert_eq!(
            (answer.status, answer.body.is_empty()),
            if differs { (200, false) } else { (304, true) },
            "{method} {path}"
        );
        assert_eq!(answer.header("content-type").is_some(), differs);
        tag = answer.tag();
    }
}
