//! Is what the sample writes a directory file, by the contract and by its own plan?
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::group::BUILT_IN;
use domain::text::{DomainName, Email, nfc};
use serde_json::Value;

use super::*;

/// Small enough to be quick, large enough for every case.
fn plan() -> Plan {
    Plan { customers: 60, largest_customer: 700, ..Plan::default() }
}

fn written(plan: &Plan) -> (String, Summary) {
    let mut bytes = Vec::new();
    let mut number = 0;
    let secret = || {
        number += 1;
        format!("secret-{number}")
    };
    let summary = write(plan, secret, &mut bytes).unwrap();
    (String::from_utf8(bytes).unwrap(), summary)
}

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(object: &'a Value, member: &str) -> &'a str {
    object[member].as_str().unwrap_or_else(|| panic!("`{member}` of {object}"))
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_another_seed_others() {
    let (first, summary) = written(&plan());
    assert_eq!(written(&plan()), (first.clone(), summary));
    assert_ne!(written(&Plan { seed: 2, ..plan() }).0, first);
    assert!(first.ends_with('\n'));
}

#[test]
fn every_line_has_just_the_members_that_the_contract_names() {
    const COMPANY: &str = "companyName country addressLine1 city state firstName lastName email phone";
    let required = |kind: &str| match kind {
        "tenant" => "id name domains".to_owned(),
        "group" => "tenant id name".to_owned(),
        "reseller" => format!("tenant id {COMPANY} zipCode internalIdentifier domains"),
        "customer" => format!("tenant id {COMPANY} zip relations"),
        "user" => "tenant owner reseller id firstName lastName email groups".to_owned(),
        "apiAccess" => "tenant clientId name role permission secret".to_owned(),
        other => panic!("unknown kind `{other}`"),
    };
    let optional = |kind: &str| match kind {
        "reseller" | "customer" => "taxId deletedAt",
        "user" => "deletedAt",
        "apiAccess" => "reseller customer disabled",
        _ => "",
    };
    for object in objects(&written(&plan()).0) {
        let kind = text(&object, "kind");
        let mut members: BTreeSet<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(members.remove("kind"));
        for member in required(kind).split(' ') {
            assert!(members.remove(member), "`{member}` is missing in {object}");
        }
        for member in optional(kind).split(' ') {
            members.remove(member);
        }
        assert!(members.is_empty(), "{members:?} in {object}");
    }
}

#[test]
fn whatever_is_named_was_there_before() {
    let mut known: HashSet<(String, String)> = HashSet::new();
    for object in objects(&written(&plan()).0) {
        let kind = text(&object, "kind");
        let own = text(&object, if kind == "apiAccess" { "clientId" } else { "id" }).to_owned();
        let mut named: Vec<&Value> = vec![&object["owner"]["customer"], &object["owner"]["reseller"]];
        named.extend(object["groups"].as_array().into_iter().flatten());
        named.extend([&object["reseller"], &object["customer"]]);
        named.extend(
            object["relations"].as_array().into_iter().flatten().map(|relation| &relation["reseller"]),
        );
        let tenant = object["tenant"].as_str().unwrap_or(&own).to_owned();
        if kind != "tenant" {
            assert!(known.contains(&(tenant.clone(), tenant.clone())), "tenant of {object}");
        }
        for id in named.into_iter().filter_map(Value::as_str) {
            let is_built_in = BUILT_IN.iter().any(|(group, _)| group.to_string() == id);
            assert!(is_built_in || known.contains(&(tenant.clone(), id.to_owned())), "`{id}` of {object}");
        }
        assert!(known.insert((tenant, own)), "used twice: {object}");
    }
}

#[test]
fn users_have_a_context_only_where_their_customer_has_that_relation() {
    let mut relations: HashMap<String, Vec<Value>> = HashMap::new();
    for object in objects(&written(&plan()).0) {
        match text(&object, "kind") {
            "customer" => {
                let contexts = object["relations"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|relation| relation["reseller"].clone());
                relations.insert(text(&object, "id").to_owned(), contexts.collect());
            }
            "user" => match object["owner"]["customer"].as_str() {
                Some(customer) => assert!(relations[customer].contains(&object["reseller"]), "{object}"),
                None => assert!(object["reseller"].is_null(), "{object}"),
            },
            _ => {}
        }
    }
}

#[test]
fn addresses_are_unique_within_an_owner_and_a_context_and_shared_between_contexts() {
    let mut seen = HashSet::new();
    let mut anywhere: HashMap<(String, String), usize> = HashMap::new();
    for object in objects(&written(&plan()).0).iter().filter(|object| object["kind"] == "user") {
        let folded = Email::parse(text(object, "email")).unwrap().folded();
        let owner = format!("{}{}", object["tenant"], object["owner"]);
        assert!(seen.insert((owner.clone(), object["reseller"].to_string(), folded.clone())), "{object}");
        *anywhere.entry((owner, folded)).or_default() += 1;
    }
    assert!(anywhere.values().any(|times| *times > 1), "one address in two contexts of a customer");
}

#[test]
fn texts_are_in_nfc_and_within_the_limits() {
    fn walk(value: &Value, check: &mut impl FnMut(&str)) {
        match value {
            Value::String(text) => check(text),
            Value::Array(items) => items.iter().for_each(|item| walk(item, check)),
            Value::Object(members) => members.values().for_each(|member| walk(member, check)),
            _ => {}
        }
    }
    let mut longest = 0;
    for object in objects(&written(&plan()).0) {
        walk(&object, &mut |text| {
            assert_eq!(nfc(text), text);
            assert!(!text.trim().is_empty() && text.trim() == text, "{text:?}");
            longest = longest.max(text.chars().count());
        });
        for short in ["zip", "zipCode", "phone"] {
            assert!(object[short].as_str().is_none_or(|text| text.chars().count() <= 30), "{object}");
        }
        for domain in object["domains"].as_array().into_iter().flatten() {
            DomainName::parse(domain.as_str().unwrap()).unwrap();
        }
        if let Some(deleted_at) = object["deletedAt"].as_str() {
            deleted_at.parse::<jiff::Timestamp>().unwrap();
        }
    }
    assert_eq!(longest, 255, "the longest names are as long as they may be");
}

#[test]
fn there_is_as_much_as_planned_and_the_summary_says_so() {
    let (text, summary) = written(&Plan::default());
    let objects = objects(&text);
    let count = |kind: &str, deleted: bool| {
        objects
            .iter()
            .filter(|object| object["kind"] == kind && object.get("deletedAt").is_some() == deleted)
            .count()
    };
    let counts = summary.counts;
    assert_eq!(counts.lines, objects.len());
    assert_eq!((counts.tenants, count("tenant", false)), (2, 2));
    assert_eq!((counts.resellers, count("reseller", false), count("reseller", true)), (12, 11, 1));
    assert_eq!((counts.customers, count("customer", false), count("customer", true)), (320, 318, 2));
    assert_eq!((counts.users, counts.deleted_users), (count("user", false), count("user", true)));
    assert_eq!((counts.accesses, counts.groups), (count("apiAccess", false), count("group", false)));

    let users_of = |id: uuid::Uuid| {
        let id = id.to_string();
        let is_there =
            |object: &&Value| object["owner"]["customer"] == *id && object.get("deletedAt").is_none();
        objects.iter().filter(is_there).collect::<Vec<_>>()
    };
    for tenant in &summary.tenants {
        for notable in &tenant.notable {
            let users = users_of(notable.id);
            assert_eq!(users.len(), notable.users, "{notable:?}");
            let contexts: HashSet<String> = users.iter().map(|user| user["reseller"].to_string()).collect();
            let expected = match notable.case {
                Case::Direct | Case::Largest => (0, 1),
                Case::OfOneReseller => (1, 1),
                Case::Shared => (2, 3),
                Case::WithoutUsers => (1, 0),
                Case::Deleted => (0, 0),
            };
            assert_eq!((notable.resellers.len(), contexts.len()), expected, "{notable:?}");
        }
        for (role, permission) in [
            ("csp", "Administrator"),
            ("csp", "Viewer"),
            ("reseller", "Administrator"),
            ("customer", "Viewer"),
        ] {
            assert!(tenant.access(role, permission).is_some(), "{role} {permission}");
        }
        assert!(tenant.accesses.iter().any(|access| access.disabled));
    }
    let largest = summary.tenants[0].notable(Case::Largest).unwrap();
    assert_eq!(largest.users, 5000);
}

#[test]
fn a_total_of_users_is_met() {
    for aim in [2_000, 20_000] {
        let (_, summary) = written(&Plan { users: Some(aim), ..plan() });
        assert_eq!(summary.counts.users, aim);
    }
}

#[test]
fn a_plan_to_measure_by_has_users_and_nothing_else() {
    let (text, summary) = written(&Plan::many_customers(3, 50));
    assert_eq!((summary.counts.users, summary.counts.deleted_users), (150, 0));
    assert_eq!(summary.tenants[0].customers.len(), 3);
    for customer in &summary.tenants[0].customers {
        assert_eq!(text.matches(&format!(r#""owner":{{"customer":"{customer}"}}"#)).count(), 50);
    }
    let one = written(&Plan::one_customer(10)).1;
    assert_eq!((one.counts.users, one.counts.accesses), (10, 2));
}

#[test]
fn a_plan_without_distributors_is_refused_and_one_without_customers_is_not() {
    assert!(write(&Plan { csps: 0, ..plan() }, String::new, &mut Vec::new()).is_err());
    let summary = write(&Plan { customers: 0, ..plan() }, String::new, &mut Vec::new()).unwrap();
    assert_eq!(summary.counts.customers, 0);
}
