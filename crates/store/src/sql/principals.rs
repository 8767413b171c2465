//! Who may ask? Domains, issuers, clients and the people that an issuer's subjects are bound to.

use std::collections::HashSet;

use domain::id::{ClientId, GroupId, ResellerId, TenantId, UserId};
use domain::principal::{ApiAccess, ApiPermission};
use domain::tenant::{DomainOwner, Issuer};
use domain::text::{DomainName, fold_case};
use domain::user::Owner;
use uuid::Uuid;

use super::rows::{Salt, damaged, group_ids, of_json, owner_of, reseller_of, role_of, time_of, unsigned};
use crate::sql::{self, Connection, OptionalExtension, Row, params};

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
    /// In whose context a customer's user is.
    pub context: Option<ResellerId>,
    /// From it comes the key that seals what the audit trail says of the person.
    pub salt: [u8; 16],
}

pub(crate) fn domain_owner(connection: &Connection, domain: &DomainName) -> sql::Result<Option<DomainOwner>> {
    connection
        .prepare_cached("SELECT tenant_id, reseller_id FROM domain WHERE domain = ?1")?
        .query_row(params![domain.as_str()], |row| {
            Ok(DomainOwner {
                tenant: TenantId(row.get(0)?),
                reseller: reseller_of(&row.get::<Option<Vec<u8>>>(1)?.unwrap_or_default())?,
            })
        })
        .optional()
}

pub(crate) fn issuers(connection: &Connection) -> sql::Result<Vec<Issuer>> {
    connection
        .prepare_cached(
            "SELECT issuer, audience, tenants, email_domains, verifies_email FROM issuer ORDER BY issuer",
        )?
        .query_map(params![], |row| {
            let tenants: Vec<Uuid> = of_json(row, 2)?;
            let email_domains: Vec<String> = of_json(row, 3)?;
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

fn api_access_of(row: &Row<'_>) -> sql::Result<ApiAccess> {
    Ok(ApiAccess {
        client_id: ClientId(row.get(0)?),
        tenant: TenantId(row.get(1)?),
        name: row.get(2)?,
        role: role_of(row.get(3)?, row.blob(4)?)?,
        permission: ApiPermission::named(row.text(5)?).ok_or_else(|| damaged("permission"))?,
        disabled: row.get(6)?,
        issuer: row.get(7)?,
        secret_hashes: of_json(row, 8)?,
        owner_deleted_at: time_of(row.get(9)?)?,
    })
}

/// The API Access with this client id, of whatever tenant. Whether its owner is deleted stands behind the wall, so
/// that tenant is entered.
pub(crate) fn api_access(connection: &Connection, client: ClientId) -> sql::Result<Option<ApiAccess>> {
    if connection.postgres().is_some() {
        let tenant = connection
            .prepare_cached("SELECT tenant_id FROM api_access WHERE client_id = ?1")?
            .query_row(params![client.0], |row| row.get(0).map(TenantId))
            .optional()?;
        let Some(tenant) = tenant else { return Ok(None) };
        connection.enter(tenant)?;
    }
    connection
        .prepare_cached(&format!("{API_ACCESS} WHERE client_id = ?1"))?
        .query_row(params![client.0], api_access_of)
        .optional()
}

/// The API Access of a tenant with this client id, and its revision.
pub(crate) fn kept_api_access(
    connection: &Connection,
    tenant: TenantId,
    client: ClientId,
) -> sql::Result<Option<(ApiAccess, u64)>> {
    let access = connection
        .prepare_cached(&format!("{API_ACCESS} WHERE tenant_id = ?1 AND client_id = ?2"))?
        .query_row(params![tenant.0, client.0], api_access_of)
        .optional()?;
    let Some(access) = access else { return Ok(None) };
    let revision = connection
        .prepare_cached("SELECT revision FROM api_access WHERE tenant_id = ?1 AND client_id = ?2")?
        .query_row(params![tenant.0, client.0], |row| unsigned(row, 0))?;
    Ok(Some((access, revision)))
}

/// A cut out of the API Accesses of a tenant, by name; and how many there are.
pub(crate) fn page_of_api_accesses(
    connection: &Connection,
    tenant: TenantId,
    limit: u32,
    offset: u64,
) -> sql::Result<(u64, Vec<ApiAccess>)> {
    let total = connection
        .prepare_cached("SELECT count(*) FROM api_access WHERE tenant_id = ?1")?
        .query_row(params![tenant.0], |row| unsigned(row, 0))?;
    let accesses = connection
        .prepare_cached(&format!("{API_ACCESS} WHERE tenant_id = ?1 ORDER BY order_key LIMIT ?2 OFFSET ?3"))?
        .query_map(params![tenant.0, limit, i64::try_from(offset).unwrap_or(i64::MAX)], api_access_of)?
        .collect::<Result<_, _>>()?;
    Ok((total, accesses))
}

pub(crate) fn api_accesses(connection: &Connection, tenant: TenantId) -> sql::Result<Vec<ApiAccess>> {
    connection
        .prepare_cached(&format!("{API_ACCESS} WHERE tenant_id = ?1 ORDER BY client_id"))?
        .query_map(params![tenant.0], api_access_of)?
        .collect()
}

/// Whether a user may log in. Those of a deleted customer are dead at once, though lists lose them step by step.
const ALIVE: &str = "(shown = 1 AND (owner_kind <> 2 OR EXISTS (
    SELECT 1 FROM customer WHERE customer.tenant_id = portal_user.tenant_id
       AND customer.customer_id = portal_user.owner_id AND customer.deleted_at IS NULL)))";

fn person() -> String {
    format!(
        "SELECT portal_user.user_id, owner_kind, owner_id, email, groups, {ALIVE}, context, salt,
                EXISTS (SELECT 1 FROM identity AS bound
                        WHERE bound.tenant_id = portal_user.tenant_id AND bound.user_id = portal_user.user_id)
         FROM portal_user"
    )
}

fn person_of(row: &Row<'_>) -> sql::Result<Person> {
    Ok(Person {
        id: UserId(row.get(0)?),
        owner: owner_of(row.get(1)?, row.blob(2)?)?,
        email: row.get(3)?,
        groups: group_ids(row.blob(4)?),
        alive: row.get(5)?,
        context: reseller_of(row.blob(6)?)?,
        salt: row.get::<Salt>(7)?,
        bound: row.get(8)?,
    })
}

/// The user that an issuer's subject is bound to in this tenant.
pub(crate) fn bound_person(
    connection: &Connection,
    tenant: TenantId,
    issuer: &str,
    subject: &str,
) -> sql::Result<Option<Person>> {
    connection
        .prepare_cached(&format!(
            "{} JOIN identity ON identity.tenant_id = portal_user.tenant_id AND identity.user_id = portal_user.user_id
             WHERE identity.tenant_id = ?1 AND identity.issuer = ?2 AND identity.subject = ?3",
            person()
        ))?
        .query_row(params![tenant.0, issuer, subject], person_of)
        .optional()
}

/// The live users of live owners with this folded e-mail in the tenant: two at most, for two are one too many.
pub(crate) fn people_by_email(
    connection: &Connection,
    tenant: TenantId,
    folded: &str,
) -> sql::Result<Vec<Person>> {
    connection
        .prepare_cached(&format!(
            "{} WHERE portal_user.tenant_id = ?1 AND email_key = ?2 AND portal_user.deleted_at IS NULL AND {ALIVE} LIMIT 2",
            person()
        ))?
        .query_map(params![tenant.0, folded], person_of)?
        .collect()
}

/// The ids of all users with a folded e-mail, and of all clients of a folded name.
pub(crate) fn actors_named(
    connection: &Connection,
    tenant: TenantId,
    folded: &str,
) -> sql::Result<HashSet<Uuid>> {
    let mut found: HashSet<Uuid> = connection
        .prepare_cached(
            "SELECT user_id FROM portal_user WHERE tenant_id = ?1 AND email_key = ?2 AND deleted_at IS NULL
             UNION SELECT user_id FROM portal_user WHERE tenant_id = ?1 AND email_key = ?2 AND deleted_at IS NOT NULL",
        )?
        .query_map(params![tenant.0, folded], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for access in api_accesses(connection, tenant)? {
        if fold_case(&access.name) == folded {
            found.insert(access.client_id.0);
        }
    }
    Ok(found)
}
