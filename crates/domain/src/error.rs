//! What can go wrong when somebody asks? The one vocabulary of failure; `web` turns it into statuses.

use std::fmt;

/// One property that is at fault, with what to do about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The name of the header, parameter or member, as the caller wrote it.
    pub property: String,
    /// One sentence that says what is wrong and what would be right.
    pub description: String,
}

impl Fault {
    /// A fault of `property`.
    pub fn new(property: impl Into<String>, description: impl Into<String>) -> Self {
        Self { property: property.into(), description: description.into() }
    }
}

/// Every way in which an operation can fail (contract section 1, "Errors").
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// The request is not well-formed: all properties at fault.
    Invalid(Vec<Fault>),
    /// No bearer token was sent.
    MissingToken,
    /// The token is refused; the cause is for the log and the audit record alone.
    InvalidToken(&'static str),
    /// The tenant is unknown or the token names nobody in it; the cause is not for the caller.
    TenantForbidden(&'static str),
    /// The principal lacks the permission, or its role may never do this.
    PermissionDenied,
    /// A reseller asked for the users of another reseller.
    ResellerScopeMismatch,
    /// The reseller has no relation to the customer.
    ResellerNotRelated,
    /// The customer does not exist for this caller.
    CustomerNotFound,
    /// The reseller does not exist for this caller.
    ResellerNotFound,
    /// The user does not exist for this caller.
    UserNotFound,
    /// The group does not exist in the tenant.
    GroupNotFound,
    /// The API Access does not exist in the tenant.
    ApiAccessNotFound,
    /// A live user of this owner and context has the e-mail already.
    EmailAlreadyInUse,
    /// Several users in the caller's reach have the e-mail that names one.
    AmbiguousUser,
    /// The idempotency key was used for another request.
    IdempotencyKeyReused,
    /// What was to be changed is no longer what the caller saw.
    PreconditionFailed,
    /// The body is of a type that is not read here.
    UnsupportedMediaType,
    /// As much waits to be done as may wait, of all callers together; it was not begun.
    Busy,
    /// As much waits to be done as may wait of one tenant, or of one address; it was not begun.
    TooManyRequests,
    /// The database cannot be asked now; the cause is for the log alone.
    Unavailable(String),
    /// A fault of the program; the cause is for the log alone.
    Internal(String),
}

impl Error {
    /// A single fault of the request.
    pub fn invalid(property: impl Into<String>, description: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(property, description)])
    }
}

impl fmt::Display for Error {
    /// What the log and the command line say; `web` words its own descriptions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(faults) => {
                f.write_str("the request is not valid:")?;
                faults.iter().try_for_each(|fault| write!(f, " `{}`: {}", fault.property, fault.description))
            }
            Self::MissingToken => f.write_str("no bearer token was sent"),
            Self::InvalidToken(cause) => write!(f, "the token is refused: {cause}"),
            Self::TenantForbidden(cause) => write!(f, "the token names nobody in this tenant: {cause}"),
            Self::PermissionDenied => f.write_str("the principal lacks the permission for this"),
            Self::ResellerScopeMismatch => f.write_str("a reseller sees its own users only"),
            Self::ResellerNotRelated => f.write_str("the reseller has no relation to this customer"),
            Self::CustomerNotFound => f.write_str("the customer was not found; check the id and the tenant"),
            Self::ResellerNotFound => f.write_str("the reseller was not found; check the id and the tenant"),
            Self::UserNotFound => f.write_str("the user was not found; check the id or the e-mail"),
            Self::GroupNotFound => f.write_str("the group was not found; check the id"),
            Self::ApiAccessNotFound => f.write_str("the API Access was not found; check the client id"),
            Self::EmailAlreadyInUse => {
                f.write_str("a user of this owner and context has the e-mail already; choose another")
            }
            Self::AmbiguousUser => {
                f.write_str("several users have this e-mail; name the user by its id, or by its reseller")
            }
            Self::IdempotencyKeyReused => {
                f.write_str("the idempotency key was used for another request; choose a new one")
            }
            Self::PreconditionFailed => f.write_str("it was changed since; read it again"),
            Self::UnsupportedMediaType => f.write_str("the body is of a type that is not read here"),
            Self::Busy => f.write_str("too much waits to be done already; try again in a moment"),
            Self::TooManyRequests => {
                f.write_str("too much of the same caller waits to be done already; try again in a moment")
            }
            Self::Unavailable(cause) => write!(f, "the directory is not available: {cause}"),
            Self::Internal(cause) => write!(f, "a fault of the program: {cause}"),
        }
    }
}

impl std::error::Error for Error {}
