//! Which server is it, and how is it reached? What the address says, and what we add to it.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use percent_encoding::percent_decode_str;
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Trust};
use crate::sql::{Failure, Result};

/// After so much silence a server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(10);

/// Every statement reads by an index, and in its order: a plan that reads all of a table and sorts it looks cheaper where
/// one customer has most of the users, and would sort a million of them for the first one. One plan for a statement,
/// whatever is bound to it. What has no index, such as the catalogue, looks so expensive then that it would be compiled
/// each time, which takes a fifth of a second for what is done in one thousandth.
const PLANS: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; \
                     SET plan_cache_mode = force_generic_plan; SET jit = off";

/// How long a server may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// For a new connection, from the first packet to where it can be used.
    pub connect: Duration,
    /// For a statement.
    pub statement: Duration,
    /// For a lock that another transaction has.
    pub lock: Duration,
}

impl Default for Timeouts {
    /// Short, so that a server that is frozen, and not dead, holds nobody up for long.
    fn default() -> Self {
        let short = Duration::from_secs(2);
        Self { connect: short, statement: short, lock: short }
    }
}

/// A PostgreSQL server, or several of which one takes writes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Server {
    config: Arc<Config>,
    trust: Trust,
    timeouts: Timeouts,
    doubts: Doubts,
}

/// How often a server was found not to answer. Whoever is connected since before has to connect anew.
#[derive(Clone, Default, Debug)]
pub(crate) struct Doubts(Arc<AtomicU64>);

impl Doubts {
    /// A server was found not to answer.
    pub(crate) fn raise(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How often that was.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl PartialEq for Doubts {
    /// What was found out about servers makes them no other ones.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Doubts {}

impl Server {
    pub(crate) fn parse(text: &str) -> std::result::Result<Self, String> {
        let (text, mode, root) = without_tls(text)?;
        let mut config = Config::from_str(&text).map_err(|error| {
            // The cause names an option, and repeats no value.
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            format!(
                "the address of the PostgreSQL server cannot be read ({cause}); it is \
                 `postgres://USER:PASSWORD@HOST:PORT/NAME`"
            )
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(
                "the address names no host; it is `postgres://USER:PASSWORD@HOST:PORT/NAME`".to_owned()
            );
        }
        let (mode, trust) = tls::meaning(mode.as_deref(), root.as_deref())?;
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name("rollcall");
        }
        // A directory is never read from a server that may be behind.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.keepalives_idle(SILENCE);
        config.tcp_user_timeout(SILENCE);
        let timeouts = Timeouts::default();
        let connect = config.get_connect_timeout().copied().unwrap_or(timeouts.connect);
        Ok(Self {
            config: Arc::new(config),
            trust,
            timeouts: Timeouts { connect, ..timeouts },
            doubts: Doubts::default(),
        })
    }

    /// With other timeouts; a `connect_timeout` in the address is stronger.
    #[must_use]
    pub fn with(mut self, timeouts: Timeouts) -> Self {
        let connect = self.config.get_connect_timeout().copied().unwrap_or(timeouts.connect);
        self.timeouts = Timeouts { connect, ..timeouts };
        self
    }

    /// How often it was found not to answer.
    pub(crate) fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    /// How long it may take.
    pub(crate) fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Connects to the one that takes writes, and says what holds for every session. All are tried at once: one that is
    /// frozen must not keep the way to the one that took its place. Must be called where there is a runtime.
    pub(crate) async fn connect(&self) -> Result<Client> {
        let connector = tls::connector(&self.trust).map_err(Failure::Unreachable)?;
        let attempts =
            self.each().into_iter().map(|(name, config)| {
                let attempt = self.attempt(config, connector.clone());
                async move {
                    (name, timeout(self.timeouts.connect, attempt).await.unwrap_or(Err(Failure::Frozen)))
                }
            });
        let mut attempts: FuturesUnordered<_> = attempts.collect();
        let mut failures = Vec::new();
        while let Some((name, outcome)) = attempts.next().await {
            match outcome {
                Ok(client) => return Ok(client),
                Err(failure) => failures.push((name, failure)),
            }
        }
        if let [(_, Failure::Postgres(error))] = &mut failures[..]
            && error.code().is_some()
            && let Some((_, failure)) = failures.pop()
        {
            return Err(failure);
        }
        let told: Vec<String> = failures.iter().map(|(name, failure)| format!("{name}: {failure}")).collect();
        Err(Failure::Unreachable(told.join("; ")))
    }

    async fn attempt(&self, config: Config, connector: MakeRustlsConnect) -> Result<Client> {
        let (client, connection) = config.connect(connector).await?;
        tokio::spawn(connection);
        client.batch_execute(&self.settings()).await?;
        Ok(client)
    }

    /// What holds for every session.
    fn settings(&self) -> String {
        let Timeouts { statement, lock, .. } = self.timeouts;
        format!(
            "SET search_path = rollcall; SET default_transaction_isolation = 'read committed'; SET statement_timeout = {}; SET lock_timeout = {}; {PLANS}; \
             SET idle_in_transaction_session_timeout = 60000",
            statement.as_millis(),
            lock.as_millis(),
        )
    }

    /// One address for each of the servers.
    fn each(&self) -> Vec<(String, Config)> {
        let (hosts, addresses) = (self.config.get_hosts(), self.config.get_hostaddrs());
        let ports = self.config.get_ports();
        (0..hosts.len().max(addresses.len()))
            .map(|place| {
                let mut config = self.alone();
                let port = ports.get(place).or_else(|| ports.first()).copied().unwrap_or(5432);
                config.port(port);
                let address = addresses.get(place);
                let name = match (hosts.get(place), address) {
                    (Some(Host::Unix(path)), _) => {
                        // Nobody stands between two processes of one machine.
                        config.host_path(path).ssl_mode(SslMode::Disable);
                        path.display().to_string()
                    }
                    (Some(Host::Tcp(name)), _) => {
                        config.host(name);
                        name.clone()
                    }
                    (None, address) => {
                        let name = address.map(ToString::to_string).unwrap_or_default();
                        config.host(&name);
                        name
                    }
                };
                if let Some(address) = address {
                    config.hostaddr(*address);
                }
                (format!("{name}:{port}"), config)
            })
            .collect()
    }

    /// All that the address says, but where.
    fn alone(&self) -> Config {
        let mut config = Config::new();
        let from = &self.config;
        from.get_user().map(|user| config.user(user));
        from.get_password().map(|password| config.password(password));
        from.get_dbname().map(|name| config.dbname(name));
        from.get_options().map(|options| config.options(options));
        from.get_application_name().map(|name| config.application_name(name));
        from.get_tcp_user_timeout().map(|timeout| config.tcp_user_timeout(*timeout));
        from.get_keepalives_interval().map(|interval| config.keepalives_interval(interval));
        from.get_keepalives_retries().map(|retries| config.keepalives_retries(retries));
        config
            .ssl_mode(from.get_ssl_mode())
            .ssl_negotiation(from.get_ssl_negotiation())
            .keepalives(from.get_keepalives())
            .keepalives_idle(from.get_keepalives_idle())
            .target_session_attrs(from.get_target_session_attrs())
            .channel_binding(from.get_channel_binding());
        config
    }
}

/// An address, and apart what it says of TLS: the library knows only some of the words.
type Parts = (String, Option<String>, Option<String>);

/// Takes `sslmode` and `sslrootcert` out of an address.
fn without_tls(text: &str) -> std::result::Result<Parts, String> {
    // A password may hold a question mark.
    let after = text.find('@').unwrap_or_default();
    let Some((place, _)) = text.char_indices().find(|(place, sign)| *place >= after && *sign == '?') else {
        return Ok((text.to_owned(), None, None));
    };
    let (address, parameters) = text.split_at(place);
    let (mut mode, mut root, mut others) = (None, None, Vec::new());
    for parameter in parameters.trim_start_matches('?').split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let taken = match name {
            "sslmode" => &mut mode,
            "sslrootcert" => &mut root,
            _ => {
                others.push(parameter);
                continue;
            }
        };
        let value = percent_decode_str(value).decode_utf8();
        *taken = Some(value.map_err(|_| format!("`{name}` in the address is not UTF-8"))?.into_owned());
    }
    let others = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    Ok((format!("{address}{others}"), mode, root))
}

impl fmt::Display for Server {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.each().into_iter().map(|(name, _)| name).collect();
        write!(f, "postgres://{}/{}", names.join(","), self.config.get_dbname().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_without_its_password() {
        for (text, told) in [
            ("postgres://app:s%3Fcret@db/rollcall?sslmode=disable", "postgres://db:5432/rollcall"),
            (
                "postgres://app:se?cret@a:1,b/x?sslmode=verify-full&sslrootcert=%2Fca.pem",
                "postgres://a:1,b:5432/x",
            ),
            ("postgresql:///x?host=/run/postgresql&port=7&user=app", "postgres:///run/postgresql:7/x"),
        ] {
            let server = Server::parse(text).unwrap();
            assert_eq!(server.to_string(), told);
            assert!(!format!("{server:?}").contains("cret"), "{server:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_without_being_repeated() {
        for (text, told) in [
            ("postgres://app:secret@db/x?sslmode=maybe", "verify-full"),
            ("postgres://app:secret@db/x?sslcert=a", "sslcert"),
            ("postgres://app:secret@db:port/x", "port"),
            ("postgres:///x", "no host"),
        ] {
            let fault = Server::parse(text).unwrap_err();
            assert!(fault.contains(told) && !fault.contains("secret"), "{fault}");
        }
    }

    #[test]
    fn a_timeout_in_the_address_is_the_stronger() {
        let timeouts = Timeouts { connect: Duration::from_secs(9), ..Timeouts::default() };
        let server = |text| Server::parse(text).unwrap().with(timeouts).timeouts().connect.as_secs();
        assert_eq!(server("postgres://db/x"), 9);
        assert_eq!(server("postgres://db/x?connect_timeout=3"), 3);
    }
}
