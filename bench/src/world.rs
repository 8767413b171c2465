//! What is measured on? A directory file of one tenant, with customers of chosen sizes.

use std::io::{self, Write};

use uuid::Uuid;

/// The tenant's domain.
pub(crate) const DOMAIN: &str = "portal.bench.example";
/// The client that asks.
pub(crate) const CLIENT: &str = "c0000000-0000-4000-8000-000000000001";

/// The audience of an issuer's tokens.
pub(crate) const AUDIENCE: &str = "rollcall";
/// The client that takes its tokens from an issuer.
pub(crate) const EXTERNAL_CLIENT: &str = "c0000000-0000-4000-8000-000000000002";

const TENANT: &str = "a0000000-0000-4000-8000-000000000001";
const FIRST: [&str; 12] =
    ["Åsa", "Bo", "Chloé", "Dmitri", "Éva", "Fatima", "Gösta", "Hana", "Ines", "Jürgen", "Kenji", "Łucja"];
const LAST: [&str; 10] =
    ["O'Neil", "de Vries", "Müller", "Nguyễn", "Öberg", "Papadopoulos", "Quispe", "Ruiz", "Smith", "Țepeș"];

/// The id of a customer, by its number.
pub(crate) fn customer(number: usize) -> String {
    format!("b0000000-0000-4000-8000-{number:012x}")
}

/// The same id, for the database itself.
pub(crate) fn customer_id(number: usize) -> Uuid {
    Uuid::from_u128(0xb000_0000_0000_4000_8000_0000_0000_0000 + number as u128)
}

/// The id of the tenant, for the database itself.
pub(crate) fn tenant() -> Uuid {
    Uuid::from_u128(0xa000_0000_0000_4000_8000_0000_0000_0001)
}

/// The lines of an issuer, and of a client that takes its tokens from it.
pub(crate) fn issuer(url: &str) -> String {
    format!(
        "{}\n{}\n",
        format_args!(
            r#"{{"kind":"issuer","issuer":"{url}","audience":"{AUDIENCE}","tenants":["{TENANT}"],"emailDomains":[],"verifiesEmail":false}}"#
        ),
        format_args!(
            r#"{{"kind":"apiAccess","tenant":"{TENANT}","clientId":"{EXTERNAL_CLIENT}","name":"External","role":"csp","permission":"Viewer","issuer":"{url}"}}"#
        ),
    )
}

/// The domain of another tenant on the same server.
pub(crate) const NEIGHBOUR: &str = "portal.neighbour.example";
/// The client of the other tenant.
pub(crate) const NEIGHBOURS_CLIENT: &str = "c0000000-0000-4000-8000-000000000003";

/// The lines of another tenant, with one customer and its users.
pub(crate) fn neighbour(users: usize) -> String {
    let tenant = "a0000000-0000-4000-8000-000000000002";
    let customer = neighbours_customer();
    let mut lines = format!(
        "{}\n{}\n{}\n",
        format_args!(r#"{{"kind":"tenant","id":"{tenant}","name":"Neighbour","domains":["{NEIGHBOUR}"]}}"#),
        format_args!(
            r#"{{"kind":"apiAccess","tenant":"{tenant}","clientId":"{NEIGHBOURS_CLIENT}","name":"Neighbour","role":"csp","permission":"Administrator"}}"#
        ),
        format_args!(
            r#"{{"kind":"customer","tenant":"{tenant}","id":"{customer}","companyName":"Customer","relations":[{{"reseller":null,"internalIdentifier":null}}]}}"#
        ),
    );
    for number in 0..users {
        let id = format!("e0000000-0000-4000-8000-{number:012x}");
        lines.push_str(&format!(
            r#"{{"kind":"user","tenant":"{tenant}","owner":{{"customer":"{customer}"}},"reseller":null,"id":"{id}","firstName":"Åsa","lastName":"Öberg {number}","email":"user.{number}@neighbour.example","groups":[]}}"#
        ));
        lines.push('\n');
    }
    lines
}

/// The id of the other tenant's customer.
pub(crate) fn neighbours_customer() -> String {
    "b0000000-0000-4000-9000-000000000001".to_owned()
}

/// The body of a user to be added.
pub(crate) fn new_user(name: &str, number: usize) -> String {
    format!(
        r#"{{"firstName":"Åsa","lastName":"O'Neil {number}","email":"{name}@customer.example","groups":[{{"id":"5f000000-0000-4000-8000-000000000002"}}]}}"#
    )
}

/// How many items there are in all, by the envelope of a list.
pub(crate) fn total(body: &[u8]) -> String {
    let body = String::from_utf8_lossy(body);
    body.split("\"totalCount\":").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or("?").to_owned()
}

/// Writes a directory with one customer for each of `sizes`.
pub(crate) fn write(sizes: &[usize], further: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, r#"{{"kind":"tenant","id":"{TENANT}","name":"Bench","domains":["{DOMAIN}"]}}"#)?;
    writeln!(
        out,
        r#"{{"kind":"apiAccess","tenant":"{TENANT}","clientId":"{CLIENT}","name":"Bench","role":"csp","permission":"Administrator","secret":"not a secret at all"}}"#
    )?;
    out.write_all(further.as_bytes())?;
    let mut user = 0_u64;
    for (number, size) in sizes.iter().enumerate() {
        let customer = customer(number);
        writeln!(
            out,
            r#"{{"kind":"customer","tenant":"{TENANT}","id":"{customer}","companyName":"Customer {number}","relations":[{{"reseller":null,"internalIdentifier":null}}]}}"#
        )?;
        for place in 0..*size {
            user += 1;
            // Spreads ids and names, so that nothing arrives in its order by accident.
            let mixed = user.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let pick = |list: &'static [&'static str], by: u64| {
                list.get(usize::try_from(mixed / by).unwrap_or(0) % list.len()).copied().unwrap_or_default()
            };
            let (first, last) = (pick(&FIRST, 7), pick(&LAST, 131));
            writeln!(
                out,
                r#"{{"kind":"user","tenant":"{TENANT}","owner":{{"customer":"{customer}"}},"reseller":null,"id":"{:08x}-{:04x}-4000-8000-{user:012x}","firstName":"{first}","lastName":"{last} {}","email":"user.{place}@customer{number}.example","groups":["5f000000-0000-4000-8000-000000000002"]}}"#,
                mixed >> 32,
                (mixed >> 16) & 0xffff,
                mixed % 100_000,
            )?;
        }
    }
    Ok(())
}
