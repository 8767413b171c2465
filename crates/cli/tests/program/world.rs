//! A small directory to test with: one distributor, one customer, one client.

/// The domain of the distributor.
pub(crate) const DOMAIN: &str = "portal.csp.example";
/// The customer.
pub(crate) const CUSTOMER: &str = "00000000-0000-4000-8000-0000000000c1";
/// The client of the distributor, and its secret.
pub(crate) const CLIENT: &str = "00000000-0000-4000-8000-0000000000a1";
pub(crate) const SECRET: &str = "a-secret&of=the+tests%2F";
const TENANT: &str = "00000000-0000-4000-8000-000000000001";

/// Everything but the users.
pub(crate) fn frame() -> String {
    [
        format!(r#"{{"kind":"tenant","id":"{TENANT}","name":"CSP","domains":["{DOMAIN}"]}}"#),
        format!(r#"{{"kind":"customer","tenant":"{TENANT}","id":"{CUSTOMER}","companyName":"Acme","relations":[{{"reseller":null,"internalIdentifier":null}}]}}"#),
        format!(r#"{{"kind":"apiAccess","tenant":"{TENANT}","clientId":"{CLIENT}","name":"Portal","role":"csp","permission":"Viewer","secret":"{SECRET}"}}"#),
        String::new(),
    ]
    .join("\n")
}

/// The line of the user with this number, who may read.
pub(crate) fn user(number: usize) -> String {
    format!(
        r#"{{"kind":"user","tenant":"{TENANT}","owner":{{"customer":"{CUSTOMER}"}},"reseller":null,"id":"{}","firstName":"Ada","lastName":"Nr {number:05}","email":"ada{number}@acme.example","groups":["5f000000-0000-4000-8000-000000000002"]}}{}"#,
        id(number),
        "\n"
    )
}

/// The line of an issuer that may vouch for the people of the customer.
pub(crate) fn issuer(url: &str) -> String {
    format!(
        r#"{{"kind":"issuer","issuer":"{url}","audience":"rollcall","tenants":["{TENANT}"],"emailDomains":["acme.example"],"verifiesEmail":true}}{}"#,
        "\n"
    )
}

/// A directory with so many users.
pub(crate) fn directory(users: usize) -> String {
    (0..users).fold(frame(), |text, number| text + &user(number))
}

/// What a listing of the first users is, byte by byte.
pub(crate) fn listing(users: usize) -> String {
    let documents: Vec<String> = (0..users)
        .map(|number| {
            format!(
                r#"{{"id":"{}","firstName":"Ada","lastName":"Nr {number:05}","email":"ada{number}@acme.example","role":{{"name":"customer"}},"groups":[{{"id":"5f000000-0000-4000-8000-000000000002","name":"Viewer"}}]}}"#,
                id(number)
            )
        })
        .collect();
    format!("[{}]", documents.join(","))
}

fn id(number: usize) -> String {
    format!("10000000-0000-4000-8000-{number:012}")
}
