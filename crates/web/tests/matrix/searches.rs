//! Does a search, a group or an order lead further than the list itself? Searches go by indexes of their own,
//! over all of a tenant, so what they find has to be cut to the scope once more.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::cells::{About, Cell};
use crate::directory::{CUSTOMERS, GROUPS, Label, Owner, Rights, USERS, User, email_of};
use crate::marks::{Shown, id, name};
use crate::oracle::{Who, admitted, is_related, is_shown, reaches_customer, reaches_user, verdict};
use crate::principals::{Caller, all};
use crate::reads::shown_in;
use crate::routes::ROWS;
use crate::world::World;

/// Common ones and rare ones, and those of users who are nobody's to see.
const WORDS: [&str; 10] =
    ["people", "maple", "thorn", "staff", "twin", "was", "south", "lonely", "plain", "birch"];

/// Whether a word of the name or of the e-mail begins so.
fn has_word(user: &User, beginning: &str) -> bool {
    let text = format!("{} {}", name("user", user.label), email_of(user.label));
    text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word.starts_with(beginning))
}

/// The users of a list that a test of them leaves.
fn found(who: &Who, asked: Option<Label>, is_found: impl Fn(&User) -> bool) -> Vec<String> {
    let is_there = |user: &&User| is_shown(user) && reaches_user(who, user, asked) && is_found(user);
    let mut found: Vec<String> = USERS.iter().filter(is_there).map(|user| name("user", user.label)).collect();
    found.sort();
    found
}

fn names_in(shown: &Shown, kind: &str) -> Vec<String> {
    let beginning = format!("~{kind}.");
    shown.names.iter().filter(|name| name.starts_with(&beginning)).cloned().collect()
}

#[tokio::test]
async fn a_search_for_users_finds_none_out_of_scope() {
    let world = World::new().await;
    let row = ROWS.iter().find(|row| row.path == "/v1/users" && row.method == "GET").unwrap();
    for principal in all() {
        let Ok(who) = admitted(&principal) else { continue };
        let caller = Caller::new(&world, principal).await;
        let (mut asks, mut expected) = (Vec::new(), Vec::new());
        for reseller in [None, Some("acorn"), Some("birch")] {
            let cell = Cell { row, about: About { reseller, ..About::default() } };
            let mut expect = |more: &str, users: Vec<String>| {
                asks.push(caller.ask(&world, "GET", &format!("{}&{more}", cell.target())));
                expected.push(verdict(&who, row, &cell.about).map(|()| users));
            };
            for word in WORDS {
                let users = found(&who, reseller, |user| has_word(user, word));
                expect(&format!("searchValue={word}"), users.clone());
                expect(&format!("searchValue={word}&sortPropertyName=Email&ascendingOrder=false"), users);
            }
            for (group, tenant) in GROUPS {
                let is_member = |user: &User| user.rights == Rights::Custom && user.tenant == tenant;
                let users = if tenant == who.tenant { found(&who, reseller, is_member) } else { Vec::new() };
                expect(&format!("groups={}", id("group", group)), users.clone());
                let named = utf8_percent_encode(&name("group", group), NON_ALPHANUMERIC).to_string();
                expect(&format!("groups={named}"), users);
            }
        }
        for (expected, answer) in expected.into_iter().zip(world.answers("GET", &asks).await) {
            match expected {
                Err(refusal) => assert_eq!(answer.told(), refusal, "{}", principal.name()),
                Ok(users) => {
                    assert_eq!(answer.json()["totalCount"], users.len(), "{}", principal.name());
                    assert_eq!(names_in(&shown_in(&answer), "user"), users, "{}", principal.name());
                }
            }
        }
    }
}

#[tokio::test]
async fn a_search_for_customers_finds_none_out_of_scope_and_reads_no_other_books() {
    let world = World::new().await;
    for principal in all() {
        let Ok(who) = admitted(&principal) else { continue };
        let is_permitted = matches!(who.rights, Rights::Administrator | Rights::Viewer);
        if !is_permitted || matches!(who.owner, Owner::Customer(_)) {
            continue;
        }
        let caller = Caller::new(&world, principal).await;
        for reseller in ["acorn", "birch"] {
            if matches!(who.owner, Owner::Reseller(own) if own != reseller) || who.tenant.label() == "south" {
                continue;
            }
            for (field, text) in [
                ("Company.Name", "customer."),
                ("Company.Name", "thorn"),
                ("Company.Name", "foreign"),
                ("InternalIdentifier", "acorn"),
                ("InternalIdentifier", "birch"),
                ("InternalIdentifier", "books"),
            ] {
                let holds = |label: Label| match field {
                    "Company.Name" => name("customer", label).contains(text),
                    _ => format!("books.{label}.{reseller}").contains(text),
                };
                let is_there = |label: Label| reaches_customer(&who, label) && is_related(label, reseller);
                let labels = CUSTOMERS.iter().map(|customer| customer.label);
                let mut expected: Vec<String> = labels
                    .filter(|label| is_there(label) && holds(label))
                    .map(|label| name("customer", label))
                    .collect();
                expected.sort();
                let reseller_id = id("reseller", reseller);
                let path =
                    format!("/v1/Customers?searchField={field}&searchValue={text}&resellerId={reseller_id}");
                let answer = caller.ask(&world, "GET", &path).send().await;
                let what = format!("{} {reseller} {field} {text}", principal.name());
                assert_eq!(names_in(&shown_in(&answer), "customer"), expected, "{what}");
                assert_eq!(answer.json()["totalCount"], expected.len(), "{what}");
            }
        }
    }
}
