//! Who asks? Programs and people of every role with every permission, those who may not ask any more, those
//! of the other tenant, and strangers.

use serde_json::json;

use crate::ask::Ask;
use crate::directory::{CLIENTS, Client, Label, Tenant, USERS, User, email_of, find_client, find_user};
use crate::issuer;
use crate::loading::client_id;
use crate::world::{World, in_tenant};

/// By what somebody is known.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Credential {
    Nothing,
    Forged,
    Program(&'static Client),
    Person(&'static User),
    /// A person of the trusted issuer whom the directory does not know.
    Stranger,
}

/// Somebody who asks, and in which tenant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Principal {
    pub(crate) credential: Credential,
    pub(crate) tenant: Tenant,
}

impl Principal {
    pub(crate) fn name(&self) -> String {
        let who = match self.credential {
            Credential::Nothing => "nobody".to_owned(),
            Credential::Forged => "forged".to_owned(),
            Credential::Stranger => "stranger".to_owned(),
            Credential::Program(client) => format!("program {}", client.label),
            Credential::Person(user) => format!("person {}", user.label),
        };
        format!("{who} in {:?}", self.tenant)
    }
}

/// The program with this label, in its own tenant.
pub(crate) fn program(label: Label) -> Principal {
    let client = find_client(label).unwrap();
    Principal { credential: Credential::Program(client), tenant: client.tenant }
}

/// The user with this label, in its own tenant.
pub(crate) fn person(label: Label) -> Principal {
    let user = find_user(label).unwrap();
    Principal { credential: Credential::Person(user), tenant: user.tenant }
}

/// Everybody.
pub(crate) fn all() -> Vec<Principal> {
    let is_asked_about = |label: Label| ["of-csp", "of-acorn", "of-south"].contains(&label);
    let programs = CLIENTS.iter().filter(|client| !is_asked_about(client.label));
    let people = USERS.iter().take_while(|user| user.label != "csp-staff");
    let strangers = [Credential::Nothing, Credential::Forged, Credential::Stranger];
    let mut all: Vec<Principal> = programs.map(|client| program(client.label)).collect();
    all.extend(people.map(|user| person(user.label)));
    all.extend(strangers.map(|credential| Principal { credential, tenant: Tenant::North }));
    for stray in [program("south-administrator"), person("south-administrator")] {
        all.push(Principal { tenant: Tenant::North, ..stray });
    }
    for stray in [program("csp-administrator"), person("csp-administrator")] {
        all.push(Principal { tenant: Tenant::South, ..stray });
    }
    all
}

/// A principal with its token.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    token: Option<String>,
}

impl Caller {
    pub(crate) async fn new(world: &World, principal: Principal) -> Self {
        let token = match principal.credential {
            Credential::Nothing => None,
            Credential::Forged => Some(issuer::forged(&world.issuer, &person_claims("nobody"))),
            Credential::Stranger => Some(issuer::token(&world.issuer, &person_claims("nobody"))),
            Credential::Program(client) if client.is_external => {
                let claims = json!({"azp": client_id(client.label).to_string()});
                Some(issuer::token(&world.issuer, &claims))
            }
            Credential::Program(client) => Some(world.token_of_program(client_id(client.label)).await),
            Credential::Person(user) => Some(issuer::token(&world.issuer, &person_claims(user.label))),
        };
        Self { principal, token }
    }

    pub(crate) fn ask(&self, world: &World, method: &str, target: &str) -> Ask {
        let ask = in_tenant(world.ask(method, target), self.principal.tenant);
        match &self.token {
            None => ask,
            Some(token) => ask.token(token),
        }
    }
}

fn person_claims(label: Label) -> serde_json::Value {
    json!({"sub": label, "email": email_of(label), "email_verified": true})
}
