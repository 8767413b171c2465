//! Who sent this? The headers X-Tenant and Authorization become a principal, in the order in which the
//! contract judges them: tenant well-formed (400), token (401), tenant (403).

use std::sync::Arc;

use app::Call;
use domain::audit::Operation;
use domain::change::Change;
use domain::error::Error;
use domain::id::TenantId;
use domain::principal::Principal;
use domain::text::DomainName;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use crate::Web;
use crate::arrival::Arrival;
use crate::error::Failure;

const TENANT: &str = "x-tenant";

/// Put beside a request that the operator of this machine makes on the command line, within this process.
/// Nothing that comes over a socket of the server can bring it.
#[derive(Clone, Copy)]
pub(crate) struct Operator(pub(crate) TenantId);

/// A caller that was let in.
pub(crate) struct Caller {
    pub(crate) call: Call,
    pub(crate) principal: Arc<Principal>,
    /// What has to be committed with the record of this request.
    pub(crate) binding: Option<Change>,
}

impl Caller {
    /// Lets a caller in. A refusal is recorded, within its bounds.
    pub(crate) async fn admit(
        web: &Web,
        arrival: &Arrival,
        parts: &Parts,
        operation: Operation,
    ) -> Result<Self, Failure> {
        let call = arrival.call(operation);
        if let Some(Operator(tenant)) = parts.extensions.get() {
            web.app.catch_up().await?;
            let principal = Arc::new(Principal::operator(*tenant));
            // Whoever runs a command at this machine comes from no address.
            let call = Call { client_address: None, ..call };
            return Ok(Self { call, principal, binding: None });
        }
        match judge(web, &call, &parts.headers).await {
            Ok((principal, binding)) => Ok(Self { call, principal, binding }),
            Err(error) => {
                let failure = Failure::from(error);
                // A record that cannot be taken makes no refusal into anything else.
                let _ = web.app.tell_refusal(&call, failure.cause()).await;
                Err(failure)
            }
        }
    }
}

async fn judge(
    web: &Web,
    call: &Call,
    headers: &HeaderMap,
) -> Result<(Arc<Principal>, Option<Change>), Error> {
    web.app.catch_up().await?;
    let tenant = tenant(headers)?;
    let token = bearer(headers);
    if let (Ok(token), Some(tenant)) = (token.as_ref(), tenant.to_str().ok())
        && let Some(principal) = web.app.recall(call.at, token, tenant)
    {
        return Ok((principal, None));
    }
    let domain = domain(tenant)?;
    let token = token?;
    let admission =
        web.app.admit(call.at, token, tenant.to_str().unwrap_or(domain.as_str()), &domain).await?;
    Ok((admission.principal, admission.binding))
}

/// The tenant of whoever was let in before with these very headers; nothing if nobody was.
pub(crate) fn recalled(web: &Web, at: Timestamp, headers: &HeaderMap) -> Option<TenantId> {
    let (tenant, token) = (tenant(headers).ok()?.to_str().ok()?, bearer(headers).ok()?);
    web.app.recall(at, token, tenant).map(|principal| principal.tenant)
}

fn bad_tenant(description: impl Into<String>) -> Error {
    Error::invalid("X-Tenant", description)
}

fn tenant(headers: &HeaderMap) -> Result<&HeaderValue, Error> {
    let mut values = headers.get_all(TENANT).iter();
    match (values.next(), values.next()) {
        (Some(tenant), None) => Ok(tenant),
        (None, _) => Err(bad_tenant("Send the domain by which the portal is opened.")),
        (Some(_), Some(_)) => Err(bad_tenant("Send it once.")),
    }
}

fn domain(tenant: &HeaderValue) -> Result<DomainName, Error> {
    let text = std::str::from_utf8(tenant.as_bytes())
        .map_err(|_| bad_tenant("Give a domain name, such as `portal.example.com`."))?;
    DomainName::parse(text).map_err(bad_tenant)
}

/// The one JWT behind `Bearer` (RFC 6750 section 2.1; the scheme in any case).
fn bearer(headers: &HeaderMap) -> Result<&str, Error> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (values.next(), values.next());
    let credentials = first.ok_or(Error::MissingToken)?;
    if second.is_some() {
        return Err(Error::InvalidToken("there are two Authorization headers"));
    }
    let malformed = Error::InvalidToken("there is no single token behind Bearer");
    let token = behind_bearer(credentials.as_bytes())?;
    let token = std::str::from_utf8(token).map_err(|_| malformed.clone())?;
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(malformed);
    }
    Ok(token)
}

/// What stands behind `Bearer`, without the spaces around it.
pub(crate) fn behind_bearer(credentials: &[u8]) -> Result<&[u8], Error> {
    let (scheme, rest) = credentials.split_at_checked(6).unwrap_or((credentials, &[]));
    if !scheme.eq_ignore_ascii_case(b"bearer") || rest.first().is_some_and(|byte| *byte != b' ') {
        return Err(Error::MissingToken);
    }
    let mut token = rest;
    while let [b' ', inner @ ..] | [inner @ .., b' '] = token {
        token = inner;
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_bytes(value).unwrap())).fold(
            HeaderMap::new(),
            |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            },
        )
    }

    #[test]
    fn a_bearer_token_is_missing_or_invalid_or_there() {
        for good in [&b"Bearer a.b.c"[..], b"bearer a.b.c", b"BEARER   a.b.c"] {
            assert_eq!(bearer(&headers(&[good])).unwrap(), "a.b.c");
        }
        for missing in [&[][..], &[&b""[..]], &[b"Basic abc"], &[b"Bearerx a.b.c"], &[b"a.b.c"]] {
            assert_eq!(bearer(&headers(missing)), Err(Error::MissingToken), "{missing:?}");
        }
        for invalid in [
            &[&b"Bearer"[..]][..],
            &[b"Bearer "],
            &[b"Bearer a b"],
            &[b"Bearer \xff"],
            &[b"Bearer a", b"Bearer a"],
        ] {
            assert!(matches!(bearer(&headers(invalid)), Err(Error::InvalidToken(_))), "{invalid:?}");
        }
    }
}
