//! Which program may have a token? `client_credentials` of RFC 6749 section 4.4, for the clients of
//! Rollcall's own issuer.
//!
//! An unknown client costs what a known one costs, and failures are limited per client and address.

use std::net::IpAddr;
use std::sync::Arc;

use domain::audit::{ActorEntry, Record, Status};
use domain::error::Error;
use domain::id::{ClientId, TenantId, parse_guid};
use domain::principal::{Actor, ApiAccess, Principal};
use jiff::Timestamp;
use quick_cache::sync::Cache;
use store::{Places, Refusal, Room, Turn, Turns};

use crate::App;
use crate::audit::network_of;
use crate::call::Call;
use crate::issuer::AccessClaims;
use crate::keys::TOKEN_SECONDS;
use crate::secrets;

/// How many secrets are hashed at once, and how many wait; each takes a core and 19 MiB for some ten
/// milliseconds. Shares are counted by the address of the client: who it is has yet to be shown, and an
/// unknown client must not be told apart from a known one.
const HASHING: Places = Places { at_once: Room { all: 2, each: 2 }, waiting: Room::halved(64) };
/// How many failures of one client from one address are judged within a minute.
const MOST_FAILURES: u32 = 20;
/// How many pairs of client and address are counted apart.
const MOST_COUNTED: usize = 50_000;

/// What the trail says of a token that was not handed out.
const NOT_RECORDED: &str = "Refused: too much waited already.";

/// Why no token is issued (RFC 6749 section 5.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum IssueFault {
    /// The client is unknown, disabled or has another secret.
    InvalidClient,
    /// Too many failures; how many seconds to wait.
    TooManyFailures(u32),
    /// The directory cannot be asked, or a fault of the program.
    Failed(Error),
}

impl From<Error> for IssueFault {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Guards the checking of secrets.
pub(crate) struct Issuing {
    hashing: Arc<Turns<Option<IpAddr>>>,
    failures: Cache<(String, Option<IpAddr>), Failures>,
}

#[derive(Clone, Copy)]
struct Failures {
    since: Timestamp,
    count: u32,
}

impl Issuing {
    pub(crate) fn new() -> Self {
        Self { hashing: Turns::new(HASHING), failures: Cache::new(MOST_COUNTED) }
    }

    /// A turn to hash a secret.
    pub(crate) async fn turn(&self, address: Option<IpAddr>) -> Result<Turn<Option<IpAddr>>, Error> {
        let turn = self.hashing.turn(address.map(network_of)).await;
        turn.map_err(|refusal| match refusal {
            Refusal::Full => Error::Busy,
            Refusal::OverShare => Error::TooManyRequests,
        })
    }

    /// How long this client has to wait at this address, if it failed too often.
    fn wait(&self, key: &(String, Option<IpAddr>), now: Timestamp) -> Option<u32> {
        let failures = self.failures.get(key)?;
        let over = failures.since.as_second().saturating_add(60);
        let left = u32::try_from(over.saturating_sub(now.as_second())).unwrap_or(0);
        (failures.count >= MOST_FAILURES && (1..=60).contains(&left)).then_some(left)
    }

    fn failed(&self, key: (String, Option<IpAddr>), now: Timestamp) {
        let before = self.failures.get(&key);
        let fresh = before.filter(|before| now.as_second() < before.since.as_second().saturating_add(60));
        let failures = match fresh {
            Some(Failures { since, count }) => Failures { since, count: count.saturating_add(1) },
            None => Failures { since: now, count: 1 },
        };
        self.failures.insert(key, failures);
    }
}

impl App {
    /// Issues a token to the client that knows one of its secrets.
    ///
    /// # Errors
    /// The client is refused, failed too often, or the database failed.
    pub async fn issue_token(
        &self,
        call: &Call,
        client_id: &str,
        secret: &str,
    ) -> Result<String, IssueFault> {
        self.catch_up().await?;
        let client = parse_guid(client_id).map(ClientId);
        // A client is counted under one name however it writes its id; others by what they wrote.
        let name = client.map_or_else(|| client_id.chars().take(64).collect(), |id| id.to_string());
        let key = (name, call.client_address);
        self.let_pass(&key, call).await?;
        let turn = match self.issuing.turn(call.client_address).await {
            Ok(turn) => turn,
            Err(error) => {
                self.tell_refusal(call, "too many secrets wait to be checked").await?;
                return Err(error.into());
            }
        };
        // Those who came at once and waited here together are judged one after another.
        self.let_pass(&key, call).await?;
        let access = match client {
            Some(client) => self.store.api_access(client).await?.filter(may_have_tokens),
            None => None,
        };
        let (fits, turn) = secret_fits(access.as_ref(), secret, turn).await?;
        if !fits {
            self.issuing.failed(key, call.at);
            drop(turn);
            self.tell_refusal(call, "the client or its secret is wrong").await?;
            return Err(IssueFault::InvalidClient);
        }
        drop(turn);
        let access = access.ok_or(IssueFault::InvalidClient)?;
        Ok(self.sign_for(call, &access, &principal_of(&access)).await?)
    }

    /// Issues a token to a client without its secret: for the operator of the machine.
    ///
    /// # Errors
    /// The client does not exist in the tenant, may not have tokens, or the database failed.
    pub async fn issue_token_as_operator(
        &self,
        call: &Call,
        tenant: TenantId,
        client: ClientId,
    ) -> Result<String, Error> {
        self.catch_up().await?;
        let access = self.store.api_access(client).await?.filter(|access| access.tenant == tenant);
        let access = access.ok_or_else(|| {
            Error::invalid(
                "client-id",
                "No API Access of this tenant has this id; `rollcall export` shows them.",
            )
        })?;
        if !may_have_tokens(&access) {
            return Err(Error::invalid(
                "client-id",
                "This API Access is disabled, its owner is deleted, or it takes its tokens from another issuer.",
            ));
        }
        self.sign_for(call, &access, &Principal::operator(tenant)).await
    }

    async fn sign_for(&self, call: &Call, access: &ApiAccess, asking: &Principal) -> Result<String, Error> {
        let now = call.at.as_second();
        let client = access.client_id.to_string();
        let token = self.keys.sign(&AccessClaims {
            iss: self.settings.own_issuer.clone(),
            sub: client.clone(),
            aud: self.settings.own_audience.clone(),
            azp: client,
            iat: now,
            nbf: now,
            exp: now.saturating_add(TOKEN_SECONDS),
            jti: (self.new_id)(call.at).to_string(),
        })?;
        let actor = ActorEntry::from(asking);
        let mut record = self.record(call, actor, Status::Succeded, "Issued an access token.".into());
        record.target_id = Some(access.client_id.0);
        record.tenant_id = Some(access.tenant);
        record.actor_owner_id = asking.owner_id();
        let failed = Record { status: Status::Failed, description: NOT_RECORDED.into(), ..record.clone() };
        match self.store.commit_record(record).await {
            Ok(()) => Ok(token),
            Err(error @ (Error::Busy | Error::TooManyRequests)) => {
                self.store.record(failed).await?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Refuses a client that failed too often at this address.
    async fn let_pass(&self, key: &(String, Option<IpAddr>), call: &Call) -> Result<(), IssueFault> {
        let Some(seconds) = self.issuing.wait(key, call.at) else { return Ok(()) };
        self.tell_refusal(call, "too many failed attempts of one client").await?;
        Err(IssueFault::TooManyFailures(seconds))
    }
}

/// Compares a secret with both live ones, or with stand-ins: always two hashes, whoever asks. The turn
/// comes back when the hashing is over, also where nobody waits for it any more.
async fn secret_fits<T: Send + 'static>(
    access: Option<&ApiAccess>,
    secret: &str,
    turn: T,
) -> Result<(bool, T), Error> {
    let known = access.map(|access| access.secret_hashes.clone()).unwrap_or_default();
    let secret = secret.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut hashes = known.iter().map(String::as_str).map(Some);
        let mut fits = false;
        for _ in 0..2 {
            let hash = hashes.next().flatten();
            let this_fits = secrets::verify(&secret, hash.unwrap_or(secrets::DUMMY));
            fits |= hash.is_some() && this_fits;
        }
        (fits, turn)
    })
    .await
    .map_err(|error| Error::Internal(error.to_string()))
}

fn may_have_tokens(access: &ApiAccess) -> bool {
    !access.disabled && access.owner_deleted_at.is_none() && access.issuer.is_none()
}

fn principal_of(access: &ApiAccess) -> Principal {
    Principal {
        tenant: access.tenant,
        actor: Actor::ApiAccess(access.client_id),
        name: access.name.as_str().into(),
        role: access.role,
        context: None,
        permissions: access.permission.into(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;

    /// Lets so many requests from an address wait to be hashed.
    async fn crowd(issuing: &Arc<Issuing>, waiting: &mut JoinSet<()>, count: usize, address: &str) {
        let address = Some(address.parse().unwrap());
        for _ in 0..count {
            let issuing = Arc::clone(issuing);
            waiting.spawn(async move { drop(issuing.turn(address).await) });
        }
        tokio::task::yield_now().await;
    }

    #[tokio::test]
    async fn one_address_leaves_room_for_others_and_a_full_room_is_nobodys_fault() {
        let issuing = Arc::new(Issuing::new());
        let mut waiting = JoinSet::new();
        let turns = [issuing.turn(None).await.ok().unwrap(), issuing.turn(None).await.ok().unwrap()];
        crowd(&issuing, &mut waiting, 32, "2001:db8::1").await;
        let neighbour = Some("2001:db8::2".parse().unwrap());
        assert_eq!(issuing.turn(neighbour).await.err(), Some(Error::TooManyRequests), "of the same /64");
        crowd(&issuing, &mut waiting, 32, "192.0.2.1").await;
        let third = Some("192.0.2.3".parse().unwrap());
        assert_eq!(issuing.turn(third).await.err(), Some(Error::Busy));
        drop(turns);
        waiting.join_all().await;
        assert!(issuing.turn(third).await.is_ok());
    }
}
