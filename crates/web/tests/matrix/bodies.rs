//! What is sent with a write? A body in which nothing is wrong, so that who asks decides alone; with a word of
//! its own, by which its effect is found.

use serde_json::{Value, json};

use crate::ask::Ask;
use crate::cells::Cell;
use crate::marks::id;

fn company(word: &str) -> Value {
    json!({
        "companyName": word, "country": "DE", "addressLine1": "Way 1", "city": "Town", "state": "State",
        "firstName": "First", "lastName": "Last", "email": format!("{word}@new.example"), "phone": "1",
    })
}

fn with(mut body: Value, member: &str, value: Value) -> Value {
    body[member] = value;
    body
}

/// The request with the body that its route takes.
pub(crate) fn with_body(ask: Ask, cell: &Cell, word: &str) -> Ask {
    let reseller = cell.about.reseller.map(|label| id("reseller", label).to_string());
    let body = match (cell.row.method, cell.row.path) {
        ("POST", path) if path.ends_with("/import") => {
            let rows = format!("email,firstName\r\n{word}@new.example,{word}\r\n");
            return ask.and("Content-Type", "text/csv").body(rows);
        }
        ("POST", path) if path.ends_with("/restore") => return ask,
        ("POST", "/v1/users/groups") => json!({ "name": word }),
        ("POST", path) if path.ends_with("/users") => {
            json!({"email": format!("{word}@new.example"), "firstName": word})
        }
        ("PATCH", "/v1/users/{key}") => json!({ "lastName": word }),
        ("PATCH", "/v1/users/groups/{id}") => json!({ "name": word }),
        ("POST", "/v1/Customers") => {
            with(with(company(word), "zip", json!("1")), "resellerId", json!(reseller))
        }
        ("POST", "/v1/Resellers") => with(company(word), "zipCode", json!("1")),
        ("PATCH", path) if path.ends_with("/account-info") => json!({ "city": word }),
        ("PATCH", "/v1/Customers/{id}/internal-identifier") => {
            json!({"internalIdentifier": word, "resellerId": reseller})
        }
        ("PATCH", "/v1/Resellers/{id}/internal-identifier") => json!(word),
        ("POST", "/v1/api-access") => json!({"name": word, "role": "csp", "permission": "Viewer"}),
        ("PATCH", "/v1/api-access/{clientId}") => json!({ "name": word }),
        _ => return ask,
    };
    ask.json(&body)
}
