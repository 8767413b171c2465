//! What may the operator of this machine alone do with people?

use app::{Asked, Call, Conditions, Subject};
use domain::access::Action;
use domain::audit::Operation;
use domain::id::{TenantId, UserId, parse_guid};
use domain::principal::Principal;
use domain::text::Email;
use domain::user::UserKey;
use uuid::Uuid;

use super::{Events, House, note};
use crate::directory;
use crate::failure::Failure;

/// Forgets a person: the user goes, and with it what the audit trail says of it.
pub(super) async fn forget(
    house: &House,
    tenant: TenantId,
    user: Uuid,
    events: &Events,
) -> Result<(), Failure> {
    let call = directory::call(Operation::PurgeUser);
    house.app.forget_user(&call, &Principal::operator(tenant), UserId(user)).await?;
    let told = "forgotten: rows, documents and the words of the audit trail are gone; backups that were made \
                before still hold them";
    note(events, told.to_owned()).await
}

/// Sets a person's login free.
pub(super) async fn unbind(
    house: &House,
    tenant: TenantId,
    key: &str,
    events: &Events,
) -> Result<(), Failure> {
    let key = match parse_guid(key) {
        Some(id) => UserKey::Id(UserId(id)),
        None => UserKey::Email(Email::parse(key).map_err(|fault| Failure::Usage(format!("KEY: {fault}")))?),
    };
    let call: Call = directory::call(Operation::UpdateUser);
    let principal = Principal::operator(tenant);
    let planned = house.app.plan_unbinding(&principal, None, key);
    let asked = Asked { call: &call, principal: &principal, binding: None, action: Action::UpdateUser };
    let done = "Set a person's login free.";
    house.app.write(asked, Subject::default(), planned, &Conditions::default(), done).await?;
    note(events, "unbound: the next token with this e-mail binds the user anew".to_owned()).await
}
