//! Who asks, again and again? Somebody who was let in, with all that its requests have in common.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::ask::{Answer, Ask};
use crate::directory::{NORTH_DOMAIN, SOUTH_DOMAIN};
use crate::issuer;
use crate::world::World;
use domain::id::ClientId;

/// A program or a person with a good token. Asks the servers of its directory in turn.
pub(crate) struct Caller {
    addresses: Vec<SocketAddr>,
    turn: AtomicUsize,
    tenant: &'static str,
    token: String,
}

impl World {
    /// A program.
    pub(crate) async fn caller(&self, client: ClientId) -> Caller {
        self.with_token(self.token(client).await)
    }

    /// A program of the other tenant.
    pub(crate) async fn southern(&self, client: ClientId) -> Caller {
        Caller { tenant: SOUTH_DOMAIN, ..self.caller(client).await }
    }

    /// A person with this e-mail and the other issuer's word for it.
    pub(crate) fn person(&self, email: &str) -> Caller {
        let claims = json!({"sub": email, "email": email, "email_verified": true});
        self.with_token(issuer::token(&self.issuer, &claims))
    }

    fn with_token(&self, token: String) -> Caller {
        Caller { addresses: self.addresses(), turn: AtomicUsize::new(0), tenant: NORTH_DOMAIN, token }
    }
}

impl Caller {
    pub(crate) fn ask(&self, method: &str, target: &str) -> Ask {
        self.ask_at(self.turn.fetch_add(1, Ordering::Relaxed), method, target)
    }

    /// Asks the server with this number, from 0. One that is alone stands for all.
    pub(crate) fn ask_at(&self, server: usize, method: &str, target: &str) -> Ask {
        Ask::new(self.addresses[server % self.addresses.len()], method, target)
            .tenant(self.tenant)
            .token(&self.token)
    }

    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.ask("GET", target).send().await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Answer {
        self.ask("POST", target).json(body).send().await
    }

    pub(crate) async fn patch(&self, target: &str, body: &Value) -> Answer {
        self.ask("PATCH", target).json(body).send().await
    }

    pub(crate) async fn put(&self, target: &str) -> Answer {
        self.ask("PUT", target).send().await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        self.ask("DELETE", target).send().await
    }
}
