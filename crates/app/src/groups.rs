//! What happens when groups are listed, added, renamed and deleted?

use domain::access::{Action, reach};
use domain::change::Change;
use domain::error::{Error, Fault};
use domain::group::Group;
use domain::id::GroupId;
use domain::principal::Principal;
use jiff::Timestamp;
use store::Cut;

use crate::App;
use crate::body::GroupBody;

impl App {
    /// Lists the groups of a tenant, by name.
    ///
    /// # Errors
    /// Permission; or the database failed.
    pub async fn list_groups(
        &self,
        principal: &Principal,
        limit: u32,
        offset: u64,
    ) -> Result<Cut<Group>, Error> {
        self.store.groups(reach(principal, Action::ListGroups, None)?, limit, offset).await
    }

    /// What adding a group takes.
    ///
    /// # Errors
    /// All faults at once; permission.
    pub fn plan_group(
        &self,
        principal: &Principal,
        body: &GroupBody,
        mut faults: Vec<Fault>,
        at: Timestamp,
    ) -> Result<Change, Error> {
        faults.extend_from_slice(&body.faults);
        let name = body.name.clone().filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))?;
        let id = body.id.unwrap_or_else(|| GroupId((self.new_id)(at)));
        Ok(Change::AddGroup { reach: reach(principal, Action::CreateGroup, None)?, id, name })
    }

    /// What renaming a group takes. `id` is none where it could not be read, which is among `faults`.
    ///
    /// # Errors
    /// All faults at once; permission.
    pub fn plan_group_patch(
        &self,
        principal: &Principal,
        id: Option<GroupId>,
        body: &GroupBody,
        mut faults: Vec<Fault>,
    ) -> Result<Change, Error> {
        faults.extend_from_slice(&body.faults);
        if body.id.is_some() && body.id != id {
            faults.push(Fault::new("id", "The id of a group never changes; leave it out."));
        }
        let (Some(id), Some(name), true) = (id, body.name.clone(), faults.is_empty()) else {
            return Err(Error::Invalid(faults));
        };
        Ok(Change::RenameGroup { reach: reach(principal, Action::UpdateGroup, None)?, id, name })
    }

    /// What deleting a group takes.
    ///
    /// # Errors
    /// Permission.
    pub fn plan_group_deletion(&self, principal: &Principal, id: GroupId) -> Result<Change, Error> {
        Ok(Change::DeleteGroup { reach: reach(principal, Action::DeleteGroup, None)?, id })
    }
}
