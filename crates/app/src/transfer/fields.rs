//! What does a line say? One thing of the directory, as far as the line alone can tell; whether what it
//! names exists, `references` finds out.
//!
//! A thing that others name comes out even of a faulty line, so that one fault does not make a fault of
//! every line that names the thing. Nothing of a faulty file stays, so that this harms nobody.

use domain::company::CompanyKind;
use domain::customer::{Customer, Relation};
use domain::error::Fault;
use domain::group::{Group, MOST_GROUPS};
use domain::id::{ClientId, CustomerId, GroupId, ResellerId, TenantId, UserId};
use domain::principal::{ApiAccess, MOST_SECRETS, Role};
use domain::reseller::Reseller;
use domain::tenant::{Issuer, Tenant};
use domain::text::{DomainName, Email, LONGEST_TEXT, Name};
use domain::user::{Keys, Owner, User};

use crate::body::accesses;
use crate::body::companies::{Asked, company};
use crate::body::json::{self, Json};
use crate::body::members::{Members, Placed, echoed, id};
use crate::lines::LINE;
use crate::secrets;

/// The longest URL of an issuer, in octets.
const LONGEST_URL: usize = 2_048;

/// Makes the hash that is stored of a secret.
pub(super) type HashSecret = fn(&str) -> Result<String, String>;

/// One thing, with what it names apart.
pub(super) enum Thing {
    Tenant(Tenant, Placed<DomainName>),
    Issuer(Issuer, Placed<TenantId>),
    Group(TenantId, Group),
    Reseller(Reseller, Placed<DomainName>),
    Customer(Customer, Placed<Relation>),
    User(Box<UserLine>),
    ApiAccess(Box<AccessLine>),
}

/// A user, and what its line names.
pub(super) struct UserLine {
    pub(super) tenant: TenantId,
    pub(super) owner: Option<Owner>,
    pub(super) context: Option<ResellerId>,
    pub(super) groups: Placed<GroupId>,
    /// The user without its groups, unless the line is faulty.
    pub(super) user: Option<(User, Keys)>,
}

/// An API Access, and what its line names.
pub(super) struct AccessLine {
    pub(super) tenant: TenantId,
    pub(super) client_id: Option<ClientId>,
    pub(super) role: Option<Role>,
    pub(super) issuer: Option<String>,
    /// The API Access, unless the line is faulty.
    pub(super) access: Option<ApiAccess>,
}

/// Reads one line: the thing, if enough of it can be told, and all faults.
pub(super) fn read(text: &str, hash_secret: HashSecret) -> (Option<Thing>, Vec<Fault>) {
    let object = match json::parse(text) {
        Ok(Json::Object(object)) => object,
        Ok(_) => return (None, vec![Fault::new(LINE, "Give one JSON object a line.")]),
        Err(description) => return (None, vec![Fault::new(LINE, description)]),
    };
    let mut members = Members::new(String::new(), object);
    let Some(kind) = members.required("kind", |kind| Ok(kind.to_owned())) else {
        return (None, vec![Fault::new("kind", "Say by a text what kind of thing this is, such as `user`.")]);
    };
    let thing = match kind.as_str() {
        "tenant" => tenant(&mut members),
        "issuer" => issuer(&mut members),
        "group" => group(&mut members),
        "reseller" => reseller(&mut members),
        "customer" => customer(&mut members),
        "user" => user(&mut members),
        "apiAccess" => api_access(&mut members, hash_secret),
        _ => {
            let description = format!(
                "`{}` is no kind; there are `tenant`, `issuer`, `reseller`, `customer`, `group`, `user` and `apiAccess`.",
                echoed(&kind)
            );
            return (None, vec![Fault::new("kind", description)]);
        }
    };
    (thing, members.finish())
}

fn tenant(members: &mut Members<'_>) -> Option<Thing> {
    let id = members.id("id", TenantId);
    let name = members.required_line("name", LONGEST_TEXT).unwrap_or_default();
    let domains = members.set("domains", DomainName::parse);
    Some(Thing::Tenant(Tenant { id: id?, name, domains: Vec::new() }, domains))
}

fn issuer(members: &mut Members<'_>) -> Option<Thing> {
    let issuer = members.required("issuer", |text| issuer_url(text).map(|()| text.to_owned()));
    let audience = members.required_line("audience", LONGEST_TEXT).unwrap_or_default();
    let tenants = members.set("tenants", |text| id(text).map(TenantId));
    let domains = members.set("emailDomains", DomainName::parse);
    let verifies_email = members.flag("verifiesEmail");
    let issuer = Issuer {
        issuer: issuer?,
        audience,
        tenants: tenants.iter().map(|(_, id)| *id).collect(),
        email_domains: domains.into_iter().map(|(_, domain)| domain).collect(),
        verifies_email,
    };
    Some(Thing::Issuer(issuer, tenants))
}

/// Judges the URL of an issuer, which is compared as written: https, or http on loopback.
fn issuer_url(text: &str) -> Result<(), String> {
    let wrong = || "Give an https URL (http only on loopback) without user, query and fragment.".to_owned();
    if text.len() > LONGEST_URL || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong());
    }
    let url = reqwest::Url::parse(text).map_err(|_| wrong())?;
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let loopback =
        host == "localhost" || address.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    let plain = url.username().is_empty() && url.password().is_none();
    let bare = plain && url.query().is_none() && url.fragment().is_none();
    if bare && (url.scheme() == "https" || url.scheme() == "http" && loopback) {
        Ok(())
    } else {
        Err(wrong())
    }
}

fn group(members: &mut Members<'_>) -> Option<Thing> {
    let tenant = members.id("tenant", TenantId);
    let id = members.id("id", GroupId);
    let name = members.required_line("name", LONGEST_TEXT).unwrap_or_default();
    Some(Thing::Group(tenant?, Group { id: id?, name }))
}

fn reseller(members: &mut Members<'_>) -> Option<Thing> {
    let tenant = members.id("tenant", TenantId);
    let id = members.id("id", ResellerId);
    let company = company(members, CompanyKind::Reseller, Asked::NameAlone);
    let internal_identifier = members.line("internalIdentifier", LONGEST_TEXT);
    let named = members.set("domains", DomainName::parse);
    let deleted_at = members.deleted_at();
    let reseller =
        Reseller { tenant: tenant?, id: id?, company, internal_identifier, domains: Vec::new(), deleted_at };
    Some(Thing::Reseller(reseller, named))
}

fn customer(members: &mut Members<'_>) -> Option<Thing> {
    let tenant = members.id("tenant", TenantId);
    let id = members.id("id", CustomerId);
    let company = company(members, CompanyKind::Customer, Asked::NameAlone);
    let named = relations(members);
    let deleted_at = members.deleted_at();
    let relations = named.iter().map(|(_, relation)| relation.clone()).collect();
    Some(Thing::Customer(Customer { tenant: tenant?, id: id?, company, relations, deleted_at }, named))
}

fn relations(members: &mut Members<'_>) -> Placed<Relation> {
    let mut relations: Placed<Relation> = Vec::new();
    for (place, item) in members.list("relations").into_iter().enumerate() {
        let Json::Object(object) = item else {
            members.fault(&format!("relations[{place}]"), "Give an object.");
            continue;
        };
        let mut inner = Members::new(format!("relations[{place}]."), object);
        let reseller = inner.optional_id("reseller", ResellerId);
        let internal_identifier = inner.line("internalIdentifier", LONGEST_TEXT);
        let is_new = relations.iter().all(|(_, known)| known.reseller != reseller);
        // A reseller that could not be read must not be taken for the direct relation.
        let readable = !inner.is_faulty();
        if readable && !is_new {
            inner.fault("reseller", "The customer has this relation already.");
        }
        members.absorb(inner.finish());
        if readable && is_new {
            relations.push((place, Relation { reseller, internal_identifier }));
        }
    }
    relations
}

fn user(members: &mut Members<'_>) -> Option<Thing> {
    let tenant = members.id("tenant", TenantId);
    let owner = owner(members);
    let context = members.optional_id("reseller", ResellerId);
    if context.is_some() && matches!(owner, Some(Owner::Csp | Owner::Reseller(_))) {
        members.fault("reseller", "Only users of a customer have a reseller context; remove it.");
    }
    let id = members.id("id", UserId);
    let first_name = members.parsed("firstName", Name::parse).flatten();
    let last_name = members.parsed("lastName", Name::parse).flatten();
    let email = members.required("email", Email::parse);
    let mut groups = members.set("groups", |text| crate::body::members::id(text).map(GroupId));
    if groups.len() > MOST_GROUPS {
        members
            .fault("groups", format!("At most {MOST_GROUPS} groups are allowed; this has {}.", groups.len()));
        groups.truncate(MOST_GROUPS);
    }
    let deleted_at = members.deleted_at();
    let tenant = tenant?;
    let user = match (id, owner, email) {
        (Some(id), Some(owner), Some(email)) if !members.is_faulty() => {
            let user = User {
                tenant,
                id,
                owner,
                context,
                first_name,
                last_name,
                email,
                groups: Vec::new(),
                deleted_at,
            };
            // The groups are part of what a user is found by; what they are called, the directory tells.
            let named = |(_, id): &(usize, GroupId)| Group { id: *id, name: String::new() };
            let keys = User { groups: groups.iter().map(named).collect(), ..user.clone() }.keys();
            Some((user, keys))
        }
        _ => None,
    };
    Some(Thing::User(Box::new(UserLine { tenant, owner, context, groups, user })))
}

fn owner(members: &mut Members<'_>) -> Option<Owner> {
    let one = "Give exactly one of `{\"customer\":id}`, `{\"reseller\":id}` and `{\"csp\":true}`.";
    let Some(Json::Object(object)) = members.take("owner") else {
        members.fault("owner", one);
        return None;
    };
    let known =
        object.iter().filter(|(name, _)| ["customer", "reseller", "csp"].contains(&name.as_ref())).count();
    let mut inner = Members::new("owner.".to_owned(), object);
    let customer = inner.optional_id("customer", CustomerId);
    let reseller = inner.optional_id("reseller", ResellerId);
    let csp = inner.flag("csp");
    let faulty = inner.is_faulty();
    members.absorb(inner.finish());
    match (customer, reseller, csp) {
        (Some(id), None, false) if known == 1 => Some(Owner::Customer(id)),
        (None, Some(id), false) if known == 1 => Some(Owner::Reseller(id)),
        (None, None, true) if known == 1 => Some(Owner::Csp),
        _ => {
            if !faulty {
                members.fault("owner", one);
            }
            None
        }
    }
}

fn api_access(members: &mut Members<'_>, hash_secret: HashSecret) -> Option<Thing> {
    let tenant = members.id("tenant", TenantId);
    let client_id = members.id("clientId", ClientId);
    let name = members.required_line("name", LONGEST_TEXT);
    let role = accesses::role(members);
    let permission = members.required("permission", accesses::permission);
    let disabled = members.flag("disabled");
    let issuer = members.parsed("issuer", |text| issuer_url(text).map(|()| text.to_owned()));
    let secret_hashes = secret_hashes(members, hash_secret);
    let tenant = tenant?;
    let access = match (client_id, name, role, permission) {
        (Some(client_id), Some(name), Some(role), Some(permission)) if !members.is_faulty() => {
            Some(ApiAccess {
                tenant,
                client_id,
                name,
                role,
                permission,
                disabled,
                issuer: issuer.clone(),
                secret_hashes,
                owner_deleted_at: None,
            })
        }
        _ => None,
    };
    Some(Thing::ApiAccess(Box::new(AccessLine { tenant, client_id, role, issuer, access })))
}

fn secret_hashes(members: &mut Members<'_>, hash_secret: HashSecret) -> Vec<String> {
    let given = members.set("secretHashes", |text| secrets::check_hash(text).map(|()| text.to_owned()));
    let mut hashes: Vec<String> = given.into_iter().map(|(_, hash)| hash).collect();
    let secret = members.parsed("secret", accesses::secret);
    if hashes.len() + usize::from(secret.is_some()) > MOST_SECRETS {
        let member = if hashes.len() > MOST_SECRETS { "secretHashes" } else { "secret" };
        members.fault(member, format!("A client has at most {MOST_SECRETS} live secrets."));
    }
    // Hashing is dear: not for a line that is refused anyway.
    if let Some(secret) = secret.filter(|_| !members.is_faulty()) {
        match hash_secret(&secret) {
            Ok(hash) => hashes.push(hash),
            Err(reason) => members.fault("secret", format!("It could not be hashed: {reason}.")),
        }
    }
    hashes
}
