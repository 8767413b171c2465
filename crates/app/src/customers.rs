//! What happens when customers are listed, added, changed, deleted and related to resellers?

use domain::access::{Action, grant, reach};
use domain::change::{Change, NewCustomer};
use domain::error::{Error, Fault};
use domain::id::{CustomerId, ResellerId};
use domain::principal::Principal;
use jiff::Timestamp;
use store::{CompanyQuery, CustomerView, Cut};

use crate::App;
use crate::body::{CustomerBody, CustomerPatchBody, IdentifierBody};

impl App {
    /// Lists customers that a principal reaches, by name.
    ///
    /// # Errors
    /// Permission, reseller mismatch, reseller; or the database failed.
    pub async fn list_customers(
        &self,
        principal: &Principal,
        reseller: Option<ResellerId>,
        query: CompanyQuery,
    ) -> Result<Cut<CustomerView>, Error> {
        self.store.customers(reach(principal, Action::ListCustomers, reseller)?, query).await
    }

    /// One customer.
    ///
    /// # Errors
    /// Permission, reseller mismatch, customer, reseller relation; or the database failed.
    pub async fn get_customer(
        &self,
        principal: &Principal,
        reseller: Option<ResellerId>,
        id: CustomerId,
    ) -> Result<CustomerView, Error> {
        self.store.customer(grant(principal, Action::GetCustomer, id, reseller)?).await
    }

    /// What adding a customer takes.
    ///
    /// # Errors
    /// All faults at once; permission; reseller mismatch.
    pub fn plan_customer(
        &self,
        principal: &Principal,
        body: &CustomerBody,
        mut faults: Vec<Fault>,
        at: Timestamp,
    ) -> Result<Change, Error> {
        faults.extend_from_slice(&body.faults);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        let customer = NewCustomer {
            id: body.id.unwrap_or_else(|| CustomerId((self.new_id)(at))),
            company: body.company.clone(),
            internal_identifier: body.internal_identifier.clone(),
        };
        let reach = reach(principal, Action::CreateCustomer, body.reseller)?;
        Ok(Change::AddCustomer { reach, customer: Box::new(customer) })
    }

    /// What changing a customer's account takes. `id` is none where it could not be read, which is among
    /// `faults`.
    ///
    /// # Errors
    /// All faults at once; permission; reseller mismatch.
    pub fn plan_customer_patch(
        &self,
        principal: &Principal,
        id: Option<CustomerId>,
        body: &CustomerPatchBody,
        mut faults: Vec<Fault>,
    ) -> Result<Change, Error> {
        faults.extend_from_slice(&body.faults);
        if body.id.is_some() && body.id != id {
            faults.push(Fault::new("id", "The id of a customer never changes; leave it out."));
        }
        let id = id.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))?;
        let scope = grant(principal, Action::UpdateCustomer, id, None)?;
        Ok(Change::ChangeCustomer { scope, patch: body.patch.clone() })
    }

    /// What giving a customer another internal identifier takes: in the books of the reseller that the body
    /// names, or else in the caller's own.
    ///
    /// # Errors
    /// All faults at once; permission; reseller mismatch.
    pub fn plan_customer_identifier(
        &self,
        principal: &Principal,
        id: Option<CustomerId>,
        body: &IdentifierBody,
        mut faults: Vec<Fault>,
    ) -> Result<Change, Error> {
        faults.extend_from_slice(&body.faults);
        let id = id.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))?;
        let scope = grant(principal, Action::IdentifyCustomer, id, body.reseller)?;
        Ok(Change::IdentifyCustomer { scope, identifier: body.identifier.clone() })
    }

    /// What deleting a customer takes.
    ///
    /// # Errors
    /// Permission.
    pub fn plan_customer_deletion(&self, principal: &Principal, id: CustomerId) -> Result<Change, Error> {
        Ok(Change::DeleteCustomer { scope: grant(principal, Action::DeleteCustomer, id, None)? })
    }

    /// Finishes the deletion of a customer: lists show none of its users when this returns.
    ///
    /// # Errors
    /// The database failed; the housekeeping goes on with it.
    pub async fn finish_customer_deletion(
        &self,
        principal: &Principal,
        id: CustomerId,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.hide_users_of(principal.tenant, id, now).await
    }

    /// What relating a customer to a reseller takes.
    ///
    /// # Errors
    /// Permission.
    pub fn plan_relation(
        &self,
        principal: &Principal,
        customer: CustomerId,
        reseller: ResellerId,
    ) -> Result<Change, Error> {
        let scope = grant(principal, Action::CreateRelation, customer, Some(reseller))?;
        Ok(Change::AddRelation { scope })
    }

    /// What ending the relation of a customer with a reseller takes.
    ///
    /// # Errors
    /// Permission.
    pub fn plan_end_of_relation(
        &self,
        principal: &Principal,
        customer: CustomerId,
        reseller: ResellerId,
    ) -> Result<Change, Error> {
        let scope = grant(principal, Action::DeleteRelation, customer, Some(reseller))?;
        Ok(Change::EndRelation { scope })
    }
}
