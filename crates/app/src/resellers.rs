//! What happens when resellers are listed, added and changed?

use domain::access::{Action, reach};
use domain::change::{Change, NewReseller};
use domain::error::{Error, Fault};
use domain::id::ResellerId;
use domain::principal::Principal;
use jiff::Timestamp;
use store::{CompanyQuery, Cut, ResellerView};

use crate::App;
use crate::body::{IdentifierBody, ResellerBody, ResellerPatchBody};

impl App {
    /// Lists the resellers of a tenant, by name.
    ///
    /// # Errors
    /// Permission; or the database failed.
    pub async fn list_resellers(
        &self,
        principal: &Principal,
        query: CompanyQuery,
    ) -> Result<Cut<ResellerView>, Error> {
        self.store.resellers(reach(principal, Action::ListResellers, None)?, query).await
    }

    /// One reseller.
    ///
    /// # Errors
    /// Permission, reseller mismatch, reseller; or the database failed.
    pub async fn get_reseller(&self, principal: &Principal, id: ResellerId) -> Result<ResellerView, Error> {
        self.store.reseller(reach(principal, Action::GetReseller, Some(id))?).await
    }

    /// What adding a reseller takes.
    ///
    /// # Errors
    /// All faults at once; permission.
    pub fn plan_reseller(
        &self,
        principal: &Principal,
        body: &ResellerBody,
        mut faults: Vec<Fault>,
        at: Timestamp,
    ) -> Result<Change, Error> {
        faults.extend_from_slice(&body.faults);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let reseller = NewReseller {
            id: body.id.unwrap_or_else(|| ResellerId((self.new_id)(at))),
            company: body.company.clone(),
            internal_identifier: body.internal_identifier.clone(),
            domain: body.domain.clone(),
        };
        let reach = reach(principal, Action::CreateReseller, None)?;
        Ok(Change::AddReseller { reach, reseller: Box::new(reseller) })
    }

    /// What changing a reseller's account takes. `id` is none where it could not be read, which is among
    /// `faults`.
    ///
    /// # Errors
    /// All faults at once; permission.
    pub fn plan_reseller_patch(
        &self,
        principal: &Principal,
        id: Option<ResellerId>,
        body: &ResellerPatchBody,
        mut faults: Vec<Fault>,
    ) -> Result<Change, Error> {
        faults.extend_from_slice(&body.faults);
        if body.id.is_some() && body.id != id {
            faults.push(Fault::new("id", "The id of a reseller never changes; leave it out."));
        }
        let id = id.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))?;
        let reach = reach(principal, Action::UpdateReseller, Some(id))?;
        Ok(Change::ChangeReseller { reach, patch: body.patch.clone(), domain: body.domain.clone() })
    }

    /// What giving a reseller another internal identifier takes.
    ///
    /// # Errors
    /// All faults at once; permission.
    pub fn plan_reseller_identifier(
        &self,
        principal: &Principal,
        id: Option<ResellerId>,
        body: &IdentifierBody,
        mut faults: Vec<Fault>,
    ) -> Result<Change, Error> {
        faults.extend_from_slice(&body.faults);
        let id = id.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))?;
        let reach = reach(principal, Action::IdentifyReseller, Some(id))?;
        Ok(Change::IdentifyReseller { reach, identifier: body.identifier.clone() })
    }
}
