//! How do many users get into a server? Gathered, and sent by the thousand: a question and an answer for each would take
//! longer than all the rest.
//!
//! Memory tells what an insertion would find, as long as the tenant had no user before.

use std::collections::HashMap;

use domain::id::TenantId;
use domain::user::{Keys, User};

use super::Session;
use super::terms::Waiting;
use crate::sql::deferred::{MOST_REMEMBERED, Seen};
use crate::sql::users::{Beside, Inserted, Written, is_shown, written_columns};
use crate::sql::{Params, Result, Value};

/// So many users are sent at once.
const AT_ONCE: usize = 2_000;

/// Users that are on their way.
#[derive(Default)]
pub(crate) struct Gathered {
    seen: Seen,
    /// Whether a tenant had no user, and never had one, before the load began.
    is_new: HashMap<TenantId, bool>,
    rows: Vec<Row>,
    terms: Waiting,
}

struct Row {
    user: User,
    keys: Keys,
    beside: Beside,
}

impl Gathered {
    /// Whether a user of this tenant can be gathered.
    pub(crate) fn takes(&mut self, session: &Session, tenant: TenantId) -> Result<bool> {
        if self.seen.len() >= MOST_REMEMBERED {
            // From here on the server tells what an insertion finds, so it has to have all.
            self.send(session)?;
            return Ok(false);
        }
        if let Some(is_new) = self.is_new.get(&tenant) {
            return Ok(*is_new);
        }
        let used = session.prepare(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM portal_user WHERE tenant_id = ?1)
                         OR EXISTS (SELECT 1 FROM former_user WHERE tenant_id = ?1)",
        )?;
        let is_new = used.query(Params::ByPlace(&[Value::Id(tenant.0)]))?.is_empty();
        self.is_new.insert(tenant, is_new);
        Ok(is_new)
    }

    /// Takes a user along, unless it meets another.
    pub(crate) fn add(
        &mut self,
        session: &Session,
        user: &User,
        keys: &Keys,
        beside: Beside,
    ) -> Result<Inserted> {
        let admitted = self.seen.admit(user, keys);
        if admitted == Inserted::Done {
            let is_full =
                is_shown(user, beside.owner_lives) && self.terms.add(user.tenant, user.id, &keys.terms);
            let keys = Keys { order: keys.order.clone(), email: keys.email.clone(), terms: Vec::new() };
            self.rows.push(Row { user: user.clone(), keys, beside });
            if self.rows.len() >= AT_ONCE {
                self.send_users(session)?;
            }
            if is_full {
                self.terms.send(session)?;
            }
        }
        Ok(admitted)
    }

    /// Sends all that is left.
    pub(crate) fn send(&mut self, session: &Session) -> Result<()> {
        self.send_users(session)?;
        self.terms.send(session)
    }

    fn send_users(&mut self, session: &Session) -> Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by_key(|row| row.user.tenant);
        for rows in rows.chunk_by(|one, other| one.user.tenant == other.user.tenant) {
            if let Some(row) = rows.first() {
                session.enter_to_write(row.user.tenant)?;
                send_users(session, rows)?;
            }
        }
        Ok(())
    }
}

fn send_users(session: &Session, rows: &[Row]) -> Result<()> {
    let written: Vec<Written<'_>> =
        rows.iter().map(|Row { user, keys, beside }| Written::of(user, keys, beside)).collect();
    let mut columns: [Vec<Value<'_>>; 16] = Default::default();
    for row in &written {
        columns.iter_mut().zip(row.values()).for_each(|(column, value)| column.push(value));
    }
    session.execute_columns(
        concat!(
            "INSERT INTO portal_user (",
            written_columns!(),
            ") SELECT * FROM unnest(
                 ?1::bytea[], ?2::bytea[], ?3::bigint[], ?4::bytea[], ?5::bytea[], ?6::text[], ?7::text[], ?8::text[],
                 ?9::text[], ?10::bytea[], ?11::bytea[], ?12::text[], ?13::text[], ?14::bigint[], ?15::bytea[],
                 ?16::bytea[])"
        ),
        &columns,
    )
}
