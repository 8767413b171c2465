//! What happens when users are looked for, added, changed, deleted and restored?

use domain::access::{Action, Reach, grant, reach};
use domain::change::{Change, Outcome, Place, Purge};
use domain::error::{Error, Fault};
use domain::id::{CustomerId, ResellerId, TenantId, UserId};
use domain::principal::{Principal, Role};
use domain::user::{NewUser, UserKey};
use jiff::Timestamp;
use store::{Commit, Committed, Cut, UserQuery, UserView};

use crate::App;
use crate::body::{UserBody, UserPatchBody};
use crate::call::{Call, Subject};
use crate::write::Asked;

/// How many users one step of the housekeeping looks at.
const STEP: u32 = 100;

/// To whom a new user is to belong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Under {
    /// To a customer; in the context of this reseller, if the caller may say so.
    Customer(CustomerId, Option<ResellerId>),
    /// To a reseller.
    Reseller(ResellerId),
    /// To the distributor.
    Csp,
}

impl Under {
    /// The name of the role that such a user has.
    #[must_use]
    pub fn role_name(self) -> &'static str {
        match self {
            Self::Customer(..) => "customer",
            Self::Reseller(_) => "reseller",
            Self::Csp => "csp",
        }
    }

    /// What it takes to add one.
    #[must_use]
    pub fn action(self) -> Action {
        match self {
            Self::Customer(..) => Action::CreateCustomerUser,
            Self::Reseller(_) => Action::CreateResellerUser,
            Self::Csp => Action::CreateCspUser,
        }
    }
}

impl App {
    /// Lists users that a principal reaches.
    ///
    /// # Errors
    /// Permission, reseller mismatch, reseller; or the database failed.
    pub async fn list_users(
        &self,
        principal: &Principal,
        reseller: Option<ResellerId>,
        query: UserQuery,
    ) -> Result<Cut<String>, Error> {
        self.store.users(reach(principal, Action::ListUsers, reseller)?, query).await
    }

    /// One live user.
    ///
    /// # Errors
    /// As of [`App::list_users`]; there is no such user, or several have the e-mail.
    pub async fn get_user(
        &self,
        principal: &Principal,
        reseller: Option<ResellerId>,
        key: UserKey,
    ) -> Result<UserView, Error> {
        self.store.user(reach(principal, Action::GetUser, reseller)?, key).await
    }

    /// What adding a user takes. `faults` are those of path and query, told together with those of the body.
    ///
    /// # Errors
    /// All faults at once; permission; reseller mismatch; or the database failed.
    pub async fn plan_user(
        &self,
        principal: &Principal,
        under: Under,
        body: &UserBody,
        faults: Vec<Fault>,
        at: Timestamp,
    ) -> Result<Change, Error> {
        let place = place(principal, under.action(), under);
        let reach = place.as_ref().ok().map(reach_of);
        let faults = self.faults_of_user(reach, faults, &body.faults, &body.groups, body.id).await?;
        let user = body.user(UserId((self.new_id)(at))).filter(|_| faults.is_empty());
        let user: NewUser = user.ok_or(Error::Invalid(faults))?;
        let restorable_since = self.restorable_since(at);
        Ok(Change::AddUser { place: place?, user: Box::new(user), restorable_since })
    }

    /// What changing a user takes. `key` is none where it could not be read, which is among `faults`.
    ///
    /// # Errors
    /// All faults at once; permission; reseller mismatch; or the database failed.
    pub async fn plan_user_patch(
        &self,
        principal: &Principal,
        reseller: Option<ResellerId>,
        key: Option<UserKey>,
        body: &UserPatchBody,
        faults: Vec<Fault>,
    ) -> Result<Change, Error> {
        let granted = reach(principal, Action::UpdateUser, reseller);
        let within = granted.as_ref().ok().copied();
        let mut faults = self.faults_of_user(within, faults, &body.faults, &body.groups, None).await?;
        if let (Some(within), Some(key), false) = (within, &key, faults.is_empty())
            && let Ok(user) = self.store.user(within, key.clone()).await
        {
            faults.extend(body.patch.faults_of(user.id, user.owner));
        }
        let key = key.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))?;
        Ok(Change::ChangeUser { reach: granted?, key, patch: Box::new(body.patch.clone()) })
    }

    /// What deleting a user takes.
    ///
    /// # Errors
    /// Permission; reseller mismatch.
    pub fn plan_user_deletion(
        &self,
        principal: &Principal,
        reseller: Option<ResellerId>,
        key: UserKey,
    ) -> Result<Change, Error> {
        Ok(Change::DeleteUser { reach: reach(principal, Action::DeleteUser, reseller)?, key })
    }

    /// What restoring a user takes.
    ///
    /// # Errors
    /// Permission; reseller mismatch.
    pub fn plan_user_restoration(
        &self,
        principal: &Principal,
        reseller: Option<ResellerId>,
        id: UserId,
        at: Timestamp,
    ) -> Result<Change, Error> {
        let reach = reach(principal, Action::RestoreUser, reseller)?;
        Ok(Change::RestoreUser { reach, id, restorable_since: self.restorable_since(at) })
    }

    /// Users that were deleted before this moment are gone.
    pub(crate) fn restorable_since(&self, at: Timestamp) -> Timestamp {
        at.checked_sub(self.settings.restorable).unwrap_or(Timestamp::MIN)
    }

    /// All that is wrong with a body, and with what it names: that is looked up only where there is a fault to
    /// be told, and only for those who may ask; else the write itself looks.
    async fn faults_of_user(
        &self,
        reach: Option<Reach>,
        mut faults: Vec<Fault>,
        of_body: &[Fault],
        groups: &[(usize, domain::id::GroupId)],
        id: Option<UserId>,
    ) -> Result<Vec<Fault>, Error> {
        faults.extend_from_slice(of_body);
        if let Some(reach) = reach.filter(|_| !faults.is_empty()) {
            faults.extend(self.store.reference_faults(reach, groups.to_vec(), id).await?);
        }
        Ok(faults)
    }

    /// Removes users whose time is over, and hides those of deleted customers, some at a time.
    ///
    /// # Errors
    /// The database failed.
    pub async fn purge_due(&self, now: Timestamp) -> Result<(), Error> {
        let before = self.restorable_since(now);
        loop {
            let (users, customers) = self.store.due(before, STEP).await?;
            for (tenant, customer) in &customers {
                self.hide_users_of(*tenant, *customer, now).await?;
            }
            for (tenant, id) in &users {
                self.purge(*tenant, *id, Purge::Due(before), now).await?;
            }
            if users.len() < STEP as usize {
                return Ok(());
            }
        }
    }

    async fn purge(&self, tenant: TenantId, id: UserId, purge: Purge, now: Timestamp) -> Result<(), Error> {
        let record = self.system_record(
            domain::audit::Operation::PurgeUser,
            tenant,
            now,
            "Purged a user who was deleted long enough ago.",
        );
        let change = Change::PurgeUser { tenant, id, purge };
        match self.store.commit(Commit::of_change(change, record)).await {
            // Restored or revived in the meantime.
            Ok(_) | Err(Error::UserNotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Forgets a person: removes the user, whether deleted before or not, and with it what the audit trail says
    /// of the person. For the operator of the machine.
    ///
    /// # Errors
    /// There is no such user and never was, it is the last Administrator, or the database failed.
    pub async fn forget_user(
        &self,
        call: &Call,
        principal: &Principal,
        id: UserId,
    ) -> Result<Committed, Error> {
        // The right of the operator: whoever may update may look.
        reach(principal, Action::UpdateUser, None)?;
        let asked = Asked { call, principal, binding: None, action: Action::DeleteUser };
        let subject = Subject { target: Some(id.0), ..Subject::default() };
        let change = Change::PurgeUser { tenant: principal.tenant, id, purge: Purge::Forget };
        let done = "Forgot a person: removed the user, and what the trail says of it.";
        let conditions = crate::write::Conditions::default();
        let committed = self.write(asked, subject, Ok(change), &conditions, done).await?;
        // What was overwritten may still stand in the log until it is emptied.
        self.store.settle().await?;
        Ok(committed)
    }

    /// What setting a person's login free takes. For the operator of the machine.
    ///
    /// # Errors
    /// Permission; reseller mismatch.
    pub fn plan_unbinding(
        &self,
        principal: &Principal,
        reseller: Option<ResellerId>,
        key: UserKey,
    ) -> Result<Change, Error> {
        Ok(Change::UnbindIdentity { reach: reach(principal, Action::UpdateUser, reseller)?, key })
    }

    /// Hides the users of a deleted customer until none is left.
    pub(crate) async fn hide_users_of(
        &self,
        tenant: TenantId,
        customer: CustomerId,
        now: Timestamp,
    ) -> Result<(), Error> {
        loop {
            let record = self.system_record(
                domain::audit::Operation::DeleteCustomer,
                tenant,
                now,
                "Hid more users of a deleted customer.",
            );
            let change = Change::HideUsersOfDeletedCustomer { tenant, customer };
            let committed = self.store.commit(Commit::of_change(change, record)).await?;
            if committed.outcome != Outcome::Unfinished {
                return Ok(());
            }
        }
    }
}

/// Where a new user goes, as far as the caller may say.
pub(crate) fn place(principal: &Principal, action: Action, under: Under) -> Result<Place, Error> {
    match under {
        Under::Csp => Ok(Place::Csp(reach(principal, action, None)?)),
        Under::Reseller(reseller) => Ok(Place::Reseller(reach(principal, action, Some(reseller))?)),
        Under::Customer(customer, asked) => {
            let scope = grant(principal, action, customer, asked)?;
            let context = match principal.role {
                Role::Csp | Role::Reseller(_) => scope.context(),
                // A customer's Administrator adds users where it is itself, and nowhere else.
                Role::Customer(_) if asked.is_some() && asked != principal.context => {
                    return Err(Error::ResellerScopeMismatch);
                }
                Role::Customer(_) => principal.context,
            };
            Ok(Place::Customer { scope, context })
        }
    }
}

fn reach_of(place: &Place) -> Reach {
    match place {
        Place::Customer { scope, .. } => scope.reach(),
        Place::Reseller(reach) | Place::Csp(reach) => *reach,
    }
}
