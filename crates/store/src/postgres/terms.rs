//! How do the terms of many users get into a server? In the order of their index, as many as memory may hold at once:
//! it takes neighbours in half of the time, and what it did not touch lately it would have to read again.

use std::cmp::Ordering;

use domain::id::{TenantId, UserId};
use domain::search::Term;

use super::Session;
use crate::sql::{Result, Value};

/// So many terms are put in order together; they take 16 MiB, and their texts some 5 more.
const TOGETHER: usize = 1 << 19;
/// So many bytes of texts are kept, however long the terms are.
const TEXTS: usize = 16 << 20;
/// So many terms are sent at once.
const AT_ONCE: usize = 16_384;

/// Terms that wait to be put in order.
#[derive(Default)]
pub(super) struct Waiting {
    tenants: Vec<TenantId>,
    terms: Vec<Place>,
    texts: Vec<u8>,
}

/// A term of a user.
struct Place {
    /// Which of the tenants it is of; one that comes again is there again.
    tenant: u32,
    begin: u32,
    end: u32,
    /// How the term begins, filled up with zeros: most are told apart by it, without a look at their texts.
    head: [u8; 4],
    user: UserId,
}

impl Waiting {
    /// Takes the terms of a user along; whether there are now so many that they have to be sent.
    pub(super) fn add(&mut self, tenant: TenantId, user: UserId, terms: &[Term]) -> bool {
        if self.tenants.last() != Some(&tenant) {
            self.tenants.push(tenant);
        }
        let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let tenant = number(self.tenants.len() - 1);
        for term in terms {
            let text = term.as_bytes();
            let begin = self.texts.len();
            self.texts.extend_from_slice(text);
            let mut head = [0; 4];
            head.iter_mut().zip(text).for_each(|(head, byte)| *head = *byte);
            self.terms.push(Place {
                tenant,
                begin: number(begin),
                end: number(self.texts.len()),
                head,
                user,
            });
        }
        self.terms.len() >= TOGETHER || self.texts.len() >= TEXTS
    }

    /// Sends all.
    pub(super) fn send(&mut self, session: &Session) -> Result<()> {
        let Self { tenants, terms, texts } = self;
        let text = |place: &Place| texts.get(place.begin as usize..place.end as usize).unwrap_or_default();
        let tenant = |place: &Place| tenants.get(place.tenant as usize);
        terms.sort_unstable_by(|one, other| {
            let tenants =
                if one.tenant == other.tenant { Ordering::Equal } else { tenant(one).cmp(&tenant(other)) };
            let rest = || text(one).cmp(text(other)).then_with(|| one.user.cmp(&other.user));
            tenants.then_with(|| one.head.cmp(&other.head)).then_with(rest)
        });
        for of_one in terms.chunk_by(|one, other| tenant(one) == tenant(other)) {
            let Some(tenant) = of_one.first().and_then(tenant) else { continue };
            session.enter_to_write(*tenant)?;
            for some in of_one.chunks(AT_ONCE) {
                let columns = [
                    vec![Value::Id(tenant.0)],
                    some.iter().map(|place| Value::Blob(text(place))).collect(),
                    some.iter().map(|place| Value::Id(place.user.0)).collect(),
                ];
                session.execute_columns(
                    "INSERT INTO user_term (tenant_id, term, user_id)
                     SELECT (?1::bytea[])[1], term, user_id FROM unnest(?2::bytea[], ?3::bytea[]) AS sent (term, user_id)",
                    &columns,
                )?;
            }
        }
        tenants.clear();
        terms.clear();
        texts.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::postgres::fixture::Database;
    use crate::sql::params;

    #[test]
    fn each_term_arrives_once_and_with_its_tenant_in_whatever_order_they_came() {
        let Some(database) = Database::new("terms") else { return };
        let application = database.application();
        let tenants = [1, 2].map(|number| TenantId(Uuid::from_u128(number)));
        let mut waiting = Waiting::default();
        let mut expected: Vec<(TenantId, Vec<u8>, Uuid)> = Vec::new();
        // More for each tenant than are sent at once, of which many begin alike.
        for number in (0..u128::try_from(AT_ONCE).unwrap()).rev() {
            let (user, word) = (UserId(Uuid::from_u128(number)), format!("word{}", number % 1_000));
            for tenant in tenants {
                let terms = [Term::of_word("a"), Term::of_word(&word)];
                assert!(!waiting.add(tenant, user, &terms));
                expected.extend(terms.map(|term| (tenant, term.as_bytes().to_vec(), user.0)));
            }
        }
        let transaction = application.transaction().unwrap();
        waiting.send(transaction.postgres().unwrap()).unwrap();
        assert!(waiting.terms.is_empty(), "nothing is sent twice");
        expected.sort();
        for tenant in tenants {
            transaction.enter(tenant).unwrap();
            let rows: Vec<(TenantId, Vec<u8>, Uuid)> = transaction
                .prepare_cached("SELECT term, user_id FROM user_term ORDER BY term, user_id")
                .unwrap()
                .query_map(params![], |row| Ok((tenant, row.get(0)?, row.get(1)?)))
                .unwrap()
                .collect::<Result<_>>()
                .unwrap();
            assert!(rows.iter().eq(expected.iter().filter(|(whose, ..)| *whose == tenant)));
        }
    }
}
