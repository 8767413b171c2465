//! How does a directory get out? One line for each thing, its members in the order of the contract, what is
//! optional and absent left out: the same content is always the same bytes.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError};

use domain::company::CompanyKind;
use domain::customer::Relation;
use domain::error::Error;
use domain::id::{ClientId, CustomerId, GroupId, ResellerId, TenantId, UserId};
use domain::principal::Role;
use domain::text::{DomainName, Email, Name};
use domain::user::Owner;
use jiff::Timestamp;
use serde::Serialize;
use store::{Item, Store};

use super::company::CompanyOut;
use super::{Progress, Summary};

/// After how many lines progress is told.
const TOLD_EVERY: u64 = 1_024;

/// Why an export is not whole.
#[derive(Debug)]
pub enum ExportError {
    /// The file could not be written to its end.
    Write(io::Error),
    /// The database failed.
    Database(Error),
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(error) => write!(f, "the file cannot be written: {error}; it is not whole"),
            Self::Database(error) => write!(f, "{error}; the file is not whole"),
        }
    }
}

impl std::error::Error for ExportError {}

/// Writes the directory as it is at one moment, or one tenant of it: then issuers name that tenant alone.
///
/// # Errors
/// The output cannot be written, or the database failed; what was written by then is not whole.
pub async fn export(
    store: &Store,
    only: Option<TenantId>,
    out: impl Write + Send + 'static,
    progress: impl FnMut(Progress) + Send + 'static,
) -> Result<Summary, ExportError> {
    let file = Arc::new(Mutex::new(File {
        out: BufWriter::with_capacity(1 << 16, out),
        line: Vec::new(),
        progress,
        done: Progress::default(),
        written: Summary::default(),
        failed: None,
    }));
    let walking = Arc::clone(&file);
    store
        .walk(only, move |item| walking.lock().unwrap_or_else(PoisonError::into_inner).write(&item))
        .await
        .map_err(ExportError::Database)?;
    let finish = move || file.lock().unwrap_or_else(PoisonError::into_inner).finish();
    let finished = tokio::task::spawn_blocking(finish).await;
    finished.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(ExportError::Write)
}

/// A directory file that is being written.
struct File<W: Write, P> {
    out: BufWriter<W>,
    line: Vec<u8>,
    progress: P,
    done: Progress,
    written: Summary,
    failed: Option<io::Error>,
}

impl<W: Write, P: FnMut(Progress)> File<W, P> {
    /// Writes a line, and tells whether to go on.
    fn write(&mut self, item: &Item) -> bool {
        self.line.clear();
        let written = serde_json::to_writer(&mut self.line, &LineOut::from(item))
            .map_err(io::Error::from)
            .and_then(|()| {
                self.line.push(b'\n');
                self.out.write_all(&self.line)
            });
        self.failed = written.err();
        let count = match item {
            Item::Tenant(_) => &mut self.written.tenants,
            Item::Issuer(_) => &mut self.written.issuers,
            Item::Group(..) => &mut self.written.groups,
            Item::Reseller(_) => &mut self.written.resellers,
            Item::Customer(_) => &mut self.written.customers,
            Item::User(_) => &mut self.written.users,
            Item::ApiAccess(_) => &mut self.written.api_accesses,
        };
        *count += 1;
        self.done.lines += 1;
        self.done.bytes += self.line.len() as u64;
        if self.done.lines.is_multiple_of(TOLD_EVERY) {
            (self.progress)(self.done);
        }
        self.failed.is_none()
    }

    fn finish(&mut self) -> io::Result<Summary> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.out.flush()?;
        (self.progress)(self.done);
        Ok(self.written)
    }
}

/// A line as it is written.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum LineOut<'a> {
    Tenant {
        id: TenantId,
        name: &'a str,
        domains: &'a [DomainName],
    },
    Issuer {
        issuer: &'a str,
        audience: &'a str,
        tenants: &'a [TenantId],
        email_domains: &'a [DomainName],
        verifies_email: bool,
    },
    Group {
        tenant: TenantId,
        id: GroupId,
        name: &'a str,
    },
    Reseller {
        tenant: TenantId,
        id: ResellerId,
        #[serde(flatten)]
        company: CompanyOut<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        internal_identifier: Option<&'a str>,
        domains: &'a [DomainName],
        #[serde(skip_serializing_if = "Option::is_none")]
        deleted_at: Option<Timestamp>,
    },
    Customer {
        tenant: TenantId,
        id: CustomerId,
        #[serde(flatten)]
        company: CompanyOut<'a>,
        relations: Vec<RelationOut<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        deleted_at: Option<Timestamp>,
    },
    User {
        tenant: TenantId,
        owner: OwnerOut,
        reseller: Option<ResellerId>,
        id: UserId,
        first_name: Option<&'a Name>,
        last_name: Option<&'a Name>,
        email: &'a Email,
        groups: Vec<GroupId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        deleted_at: Option<Timestamp>,
    },
    ApiAccess {
        tenant: TenantId,
        client_id: ClientId,
        name: &'a str,
        role: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reseller: Option<ResellerId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        customer: Option<CustomerId>,
        permission: &'static str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        disabled: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        issuer: Option<&'a str>,
        #[serde(skip_serializing_if = "<[String]>::is_empty")]
        secret_hashes: &'a [String],
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RelationOut<'a> {
    reseller: Option<ResellerId>,
    internal_identifier: Option<&'a str>,
}

impl<'a> From<&'a Relation> for RelationOut<'a> {
    fn from(relation: &'a Relation) -> Self {
        Self { reseller: relation.reseller, internal_identifier: relation.internal_identifier.as_deref() }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum OwnerOut {
    Csp(bool),
    Reseller(ResellerId),
    Customer(CustomerId),
}

impl From<Owner> for OwnerOut {
    fn from(owner: Owner) -> Self {
        match owner {
            Owner::Csp => Self::Csp(true),
            Owner::Reseller(id) => Self::Reseller(id),
            Owner::Customer(id) => Self::Customer(id),
        }
    }
}

impl<'a> From<&'a Item> for LineOut<'a> {
    fn from(item: &'a Item) -> Self {
        match item {
            Item::Tenant(tenant) => {
                Self::Tenant { id: tenant.id, name: &tenant.name, domains: &tenant.domains }
            }
            Item::Issuer(issuer) => Self::Issuer {
                issuer: &issuer.issuer,
                audience: &issuer.audience,
                tenants: &issuer.tenants,
                email_domains: &issuer.email_domains,
                verifies_email: issuer.verifies_email,
            },
            Item::Group(tenant, group) => Self::Group { tenant: *tenant, id: group.id, name: &group.name },
            Item::Reseller(reseller) => Self::Reseller {
                tenant: reseller.tenant,
                id: reseller.id,
                company: CompanyOut::new(&reseller.company, CompanyKind::Reseller),
                internal_identifier: reseller.internal_identifier.as_deref(),
                domains: &reseller.domains,
                deleted_at: reseller.deleted_at,
            },
            Item::Customer(customer) => Self::Customer {
                tenant: customer.tenant,
                id: customer.id,
                company: CompanyOut::new(&customer.company, CompanyKind::Customer),
                relations: customer.relations.iter().map(RelationOut::from).collect(),
                deleted_at: customer.deleted_at,
            },
            Item::User(user) => Self::User {
                tenant: user.tenant,
                owner: user.owner.into(),
                reseller: user.context,
                id: user.id,
                first_name: user.first_name.as_ref(),
                last_name: user.last_name.as_ref(),
                email: &user.email,
                groups: user.groups.iter().map(|group| group.id).collect(),
                deleted_at: user.deleted_at,
            },
            Item::ApiAccess(access) => {
                let (role, reseller, customer) = match access.role {
                    Role::Csp => ("csp", None, None),
                    Role::Reseller(id) => ("reseller", Some(id), None),
                    Role::Customer(id) => ("customer", None, Some(id)),
                };
                Self::ApiAccess {
                    tenant: access.tenant,
                    client_id: access.client_id,
                    name: &access.name,
                    role,
                    reseller,
                    customer,
                    permission: access.permission.name(),
                    disabled: access.disabled,
                    issuer: access.issuer.as_deref(),
                    secret_hashes: &access.secret_hashes,
                }
            }
        }
    }
}
