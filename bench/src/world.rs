//! What is measured on? A directory file of one tenant, with customers of chosen sizes.

use std::io::{self, Write};

/// The tenant's domain.
pub(crate) const DOMAIN: &str = "portal.bench.example";
/// The client that asks.
pub(crate) const CLIENT: &str = "c0000000-0000-4000-8000-000000000001";

const TENANT: &str = "a0000000-0000-4000-8000-000000000001";
const FIRST: [&str; 12] =
    ["Åsa", "Bo", "Chloé", "Dmitri", "Éva", "Fatima", "Gösta", "Hana", "Ines", "Jürgen", "Kenji", "Łucja"];
const LAST: [&str; 10] =
    ["O'Neil", "de Vries", "Müller", "Nguyễn", "Öberg", "Papadopoulos", "Quispe", "Ruiz", "Smith", "Țepeș"];

/// The id of a customer, by its number.
pub(crate) fn customer(number: usize) -> String {
    format!("b0000000-0000-4000-8000-{number:012x}")
}

/// Writes a directory with one customer for each of `sizes`.
pub(crate) fn write(sizes: &[usize], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, r#"{{"kind":"tenant","id":"{TENANT}","name":"Bench","domains":["{DOMAIN}"]}}"#)?;
    writeln!(
        out,
        r#"{{"kind":"apiAccess","tenant":"{TENANT}","clientId":"{CLIENT}","name":"Bench","role":"csp","permission":"Viewer","secret":"not a secret at all"}}"#
    )?;
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
