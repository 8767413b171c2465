//! Who may ask? Domains, issuers, clients and the people that an issuer's subjects are bound to.

use domain::id::{ClientId, GroupId, TenantId, UserId};
use domain::principal::{ApiAccess, ApiPermission};
use domain::tenant::{DomainOwner, Issuer};
use domain::text::DomainName;
use domain::user::Owner;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::rows::{damaged, group_ids, owner_of, reseller_of, role_of, time_of};

/// A user as far as its login is concerned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    /// The user.
    pub id: UserId,
    /// To whom the user belongs; that decides the role.
    pub owner: Owner,
    /// The e-mail as written: what people call the user in the audit trail.
    pub email: String,
    /// The groups; they decide the permissions.
    pub groups: Vec<GroupId>,
    /// Whether neither the user nor its owner is deleted.
    pub alive: bool,
    /// Whether some issuer's subject is bound to the user.
    pub bound: bool,
}

pub(crate) fn domain_owner(
    connection: &Connection,
    domain: &DomainName,
) -> rusqlite::Result<Option<DomainOwner>> {
    connection
        .prepare_cached("SELECT tenant_id, reseller_id FROM domain WHERE domain = ?1")?
        .query_row([domain.as_str()], |row| {
            Ok(DomainOwner {
                tenant: TenantId(row.get(0)?),
                reseller: reseller_of(&row.get::<_, Option<Vec<u8>>>(1)?.unwrap_or_default())?,
            })
        })
        .optional()
}

pub(crate) fn issuers(connection: &Connection) -> rusqlite::Result<Vec<Issuer>> {
    connection
        .prepare(
            "SELECT issuer, audience, tenants, email_domains, verifies_email FROM issuer ORDER BY issuer",
        )?
        .query_map([], |row| {
            let tenants: Vec<Uuid> = json(row, 2)?;
            let email_domains: Vec<String> = json(row, 3)?;
            Ok(Issuer {
                issuer: row.get(0)?,
                audience: row.get(1)?,
                tenants: tenants.into_iter().map(TenantId).collect(),
                email_domains: email_domains
                    .iter()
                    .map(|domain| DomainName::parse(domain).map_err(|_| damaged("email_domains")))
                    .collect::<Result<_, _>>()?,
                verifies_email: row.get(4)?,
            })
        })?
        .collect()
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|_| damaged("json"))
}

/// The columns of an API Access, its owner's deletion included.
const API_ACCESS: &str = "
    SELECT client_id, tenant_id, name, role_kind, role_id, permission, disabled, issuer, secret_hashes,
           CASE role_kind
               WHEN 1 THEN (SELECT deleted_at FROM reseller
                            WHERE reseller.tenant_id = api_access.tenant_id AND reseller_id = role_id)
               WHEN 2 THEN (SELECT deleted_at FROM customer
                            WHERE customer.tenant_id = api_access.tenant_id AND customer_id = role_id)
           END
    FROM api_access";

fn api_access_of(row: &Row<'_>) -> rusqlite::Result<ApiAccess> {
    Ok(ApiAccess {
        client_id: ClientId(row.get(0)?),
        tenant: TenantId(row.get(1)?),
        name: row.get(2)?,
        role: role_of(row.get(3)?, row.get_ref(4)?.as_blob()?)?,
        permission: ApiPermission::named(row.get_ref(5)?.as_str()?).ok_or_else(|| damaged("permission"))?,
        disabled: row.get(6)?,
        issuer: row.get(7)?,
        secret_hashes: json(row, 8)?,
        owner_deleted_at: time_of(row.get(9)?)?,
    })
}

pub(crate) fn api_access(connection: &Connection, client: ClientId) -> rusqlite::Result<Option<ApiAccess>> {
    connection
        .prepare_cached(&format!("{API_ACCESS} WHERE client_id = ?1"))?
        .query_row([client.0], api_access_of)
        .optional()
}

pub(crate) fn api_accesses(connection: &Connection, tenant: TenantId) -> rusqlite::Result<Vec<ApiAccess>> {
    connection
        .prepare(&format!("{API_ACCESS} WHERE tenant_id = ?1 ORDER BY client_id"))?
        .query_map([tenant.0], api_access_of)?
        .collect()
}

const PERSON: &str = "
    SELECT user.user_id, owner_kind, owner_id, email, groups,
           user.deleted_at IS NULL AND CASE owner_kind
               WHEN 0 THEN 1
               WHEN 1 THEN EXISTS (SELECT 1 FROM reseller WHERE reseller.tenant_id = user.tenant_id
                                   AND reseller_id = owner_id AND reseller.deleted_at IS NULL)
               ELSE EXISTS (SELECT 1 FROM customer WHERE customer.tenant_id = user.tenant_id
                            AND customer_id = owner_id AND customer.deleted_at IS NULL)
           END,
           EXISTS (SELECT 1 FROM identity AS bound
                   WHERE bound.tenant_id = user.tenant_id AND bound.user_id = user.user_id)
    FROM user";

fn person_of(row: &Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
        id: UserId(row.get(0)?),
        owner: owner_of(row.get(1)?, row.get_ref(2)?.as_blob()?)?,
        email: row.get(3)?,
        groups: group_ids(row.get_ref(4)?.as_blob()?),
        alive: row.get(5)?,
        bound: row.get(6)?,
    })
}

/// The user that an issuer's subject is bound to in this tenant.
pub(crate) fn bound_person(
    connection: &Connection,
    tenant: TenantId,
    issuer: &str,
    subject: &str,
) -> rusqlite::Result<Option<Person>> {
    connection
        .prepare_cached(&format!(
            "{PERSON} JOIN identity ON identity.tenant_id = user.tenant_id AND identity.user_id = user.user_id
             WHERE identity.tenant_id = ?1 AND identity.issuer = ?2 AND identity.subject = ?3"
        ))?
        .query_row(params![tenant.0, issuer, subject], person_of)
        .optional()
}

/// The live users with this folded e-mail in the tenant: two at most, for two are one too many.
pub(crate) fn people_by_email(
    connection: &Connection,
    tenant: TenantId,
    folded: &str,
) -> rusqlite::Result<Vec<Person>> {
    connection
        .prepare_cached(&format!(
            "{PERSON} WHERE user.tenant_id = ?1 AND email_key = ?2 AND user.deleted_at IS NULL LIMIT 2"
        ))?
        .query_map(params![tenant.0, folded], person_of)?
        .collect()
}
