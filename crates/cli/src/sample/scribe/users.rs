//! How are the people of one owner written, and in which groups are they?

use std::io::{self, Write};
use std::ops::Range;

use domain::group::{ADMINISTRATOR, ALERT_MANAGER, VIEWER};
use uuid::Uuid;

use super::super::line::{Line, Owner};
use super::super::people::Crowd;
use super::Scribe;

/// The users of one owner in one context, one after the other.
pub(super) struct Users<'a> {
    pub(super) tenant: Uuid,
    pub(super) owner: Owner,
    pub(super) context: Option<Uuid>,
    pub(super) custom_groups: &'a [Uuid],
    /// Staff has a full name, and its first one is an Administrator.
    pub(super) staff: bool,
}

impl<S: FnMut() -> String, W: Write> Scribe<'_, S, W> {
    /// Writes the people of these numbers, all live or all deleted at one time.
    pub(super) fn users(
        &mut self,
        users: &Users<'_>,
        crowd: &Crowd,
        numbers: Range<usize>,
        deleted_at: Option<&str>,
    ) -> io::Result<()> {
        let mut groups = Vec::with_capacity(4);
        let count = numbers.len();
        for (place, number) in numbers.enumerate() {
            let person = crowd.person(number, users.staff);
            groups.clear();
            self.choose_groups(users, place, &mut groups);
            self.lines.write(&Line::User {
                tenant: users.tenant,
                owner: users.owner,
                reseller: users.context,
                id: self.chance.uuid(),
                first_name: person.first.as_deref(),
                last_name: person.last.as_deref(),
                email: &person.email,
                groups: &groups,
                deleted_at,
            })?;
        }
        if deleted_at.is_some() {
            self.summary.counts.deleted_users += count;
        } else {
            self.summary.counts.users += count;
        }
        Ok(())
    }

    /// Most may read, some may write, some only get alerts, some may do nothing; a few carry labels.
    fn choose_groups(&mut self, users: &Users<'_>, place: usize, groups: &mut Vec<Uuid>) {
        match self.chance.below(20) {
            _ if users.staff && place == 0 => groups.push(ADMINISTRATOR.0),
            0..10 => groups.push(VIEWER.0),
            10..13 => groups.push(ADMINISTRATOR.0),
            13 => groups.extend([VIEWER.0, ALERT_MANAGER.0]),
            14 => groups.push(ALERT_MANAGER.0),
            _ => {}
        }
        for group in users.custom_groups {
            if self.chance.once_in(16) {
                groups.push(*group);
            }
        }
    }
}
