//! How is Rollcall set up? Every setting with its type; the only place that reads the environment.

mod layers;

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use store::{Location, Timeouts};
use web::{Network, TrustedProxies};

pub(crate) use layers::{DatabaseFlag, Flags, Layers, Source};

use crate::failure::Failure;

/// The settings, in the order of `config.default.toml`.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Where the directory is kept, and for how long a server may be waited for.
    pub(crate) database: Location,
    /// How many short readings at once; none for what the kind of database makes of it.
    pub(crate) database_readers: Option<usize>,
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The issuer of Rollcall's own tokens.
    pub(crate) public_url: String,
    /// Whether somebody chose `public_url`.
    pub(crate) public_url_is_chosen: bool,
    /// The audience of Rollcall's own tokens.
    pub(crate) audience: String,
    /// Whose forwarding headers are believed.
    pub(crate) trusted_proxies: TrustedProxies,
    /// What is logged.
    pub(crate) log_level: tracing::level_filters::LevelFilter,
    /// How many connections at once.
    pub(crate) max_connections: usize,
    /// For the head of a request.
    pub(crate) head_timeout: Duration,
    /// Without a request.
    pub(crate) idle_timeout: Duration,
    /// With an answer that is not read.
    pub(crate) write_timeout: Duration,
    /// For requests under way at a stop.
    pub(crate) drain_timeout: Duration,
    /// The age at which a signing key is replaced.
    pub(crate) signing_key_age: SignedDuration,
    /// How long a deleted user can be restored.
    pub(crate) restorable: SignedDuration,
    /// The age at which audit records are dropped; none for never.
    pub(crate) audit_age: Option<SignedDuration>,
    /// How many threads serve; none for one per core.
    pub(crate) worker_threads: Option<usize>,
}

/// Every setting, with the function that judges it.
type Judge = fn(&str) -> Result<(), String>;
pub(crate) const JUDGES: [(&str, Judge); 19] = [
    ("database", |text| Location::parse(text).map(drop)),
    ("database_connect_timeout", |text| seconds(text).map(drop)),
    ("database_statement_timeout", |text| seconds(text).map(drop)),
    ("database_lock_timeout", |text| seconds(text).map(drop)),
    ("database_readers", |text| readers(text).map(drop)),
    ("listen", |text| address(text).map(drop)),
    ("public_url", |text| public_url(text).map(drop)),
    ("audience", |text| audience(text).map(drop)),
    ("trusted_proxies", |text| proxies(text).map(drop)),
    ("log_level", |text| level(text).map(drop)),
    ("max_connections", |text| number(text, 1, 1_000_000).map(drop)),
    ("head_timeout", |text| seconds(text).map(drop)),
    ("idle_timeout", |text| seconds(text).map(drop)),
    ("write_timeout", |text| seconds(text).map(drop)),
    ("drain_timeout", |text| seconds(text).map(drop)),
    ("signing_key_days", |text| days(text, 1).map(drop)),
    ("restore_days", |text| days(text, 1).map(drop)),
    ("audit_days", |text| days(text, 0).map(drop)),
    ("worker_threads", |text| number(text, 0, 1_024).map(drop)),
];

impl Settings {
    /// Reads the settings from all layers.
    ///
    /// # Errors
    /// The first setting that makes no sense, with its source.
    pub(crate) fn read(flags: &Flags) -> Result<Self, Failure> {
        Self::of(&Layers::gather(flags, environment)?)
    }

    fn of(layers: &Layers) -> Result<Self, Failure> {
        fn get<T>(
            layers: &Layers,
            name: &str,
            read: impl Fn(&str) -> Result<T, String>,
        ) -> Result<T, Failure> {
            let (text, source) = layers.get(name);
            read(text).map_err(|fault| Failure::Usage(format!("`{name}` ({source}): {fault}")))
        }
        let duration = |name| get(layers, name, seconds);
        let timeouts = Timeouts {
            connect: duration("database_connect_timeout")?,
            statement: duration("database_statement_timeout")?,
            lock: duration("database_lock_timeout")?,
        };
        Ok(Self {
            database: get(layers, "database", Location::parse)?.with(timeouts),
            database_readers: get(layers, "database_readers", readers)?,
            listen: get(layers, "listen", address)?,
            public_url: get(layers, "public_url", public_url)?,
            public_url_is_chosen: *layers.get("public_url").1 != Source::Default,
            audience: get(layers, "audience", audience)?,
            trusted_proxies: get(layers, "trusted_proxies", proxies)?,
            log_level: get(layers, "log_level", level)?,
            max_connections: get(layers, "max_connections", |text| number(text, 1, 1_000_000))?,
            head_timeout: duration("head_timeout")?,
            idle_timeout: duration("idle_timeout")?,
            write_timeout: duration("write_timeout")?,
            drain_timeout: duration("drain_timeout")?,
            signing_key_age: get(layers, "signing_key_days", |text| days(text, 1))?,
            restorable: get(layers, "restore_days", |text| days(text, 1))?,
            audit_age: get(layers, "audit_days", |text| days(text, 0))
                .map(|age| Some(age).filter(|age| age.is_positive()))?,
            worker_threads: get(layers, "worker_threads", |text| number(text, 0, 1_024))
                .map(|threads| Some(threads).filter(|threads| *threads > 0))?,
        })
    }
}

/// What the environment says, if it is text; what is not is no value of ours.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// One of them is always left to others, so there are two at least.
fn readers(text: &str) -> Result<Option<usize>, String> {
    match number(text, 0, 256)? {
        0 => Ok(None),
        1 => Err("`1` would let one tenant shut out all others; write 0 or at least 2.".to_owned()),
        some => Ok(Some(some)),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is no address and port; write it like `127.0.0.1:8080` or `[::1]:8080`.")
    })
}

fn public_url(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |host: &str| {
        !host.is_empty()
            && !host.contains(['?', '#', '@', '"', '\\'])
            && host.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if host.is_some_and(is_plain) && !text.ends_with('/') {
        return Ok(text.to_owned());
    }
    Err(format!(
        "`{text}` is no URL to build on; write it like `https://directory.example`, without a slash at the end."
    ))
}

fn audience(text: &str) -> Result<String, String> {
    let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| text.to_owned())
        .ok_or_else(|| "Write at least one visible ASCII character, and no space.".to_owned())
}

fn proxies(text: &str) -> Result<TrustedProxies, String> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries.map(Network::from_str).collect()
}

fn level(text: &str) -> Result<tracing::level_filters::LevelFilter, String> {
    let is_named = ["off", "error", "warn", "info", "debug", "trace"].contains(&text);
    text.parse()
        .ok()
        .filter(|_| is_named)
        .ok_or_else(|| format!("`{text}` is no level; write off, error, warn, info, debug or trace."))
}

fn seconds(text: &str) -> Result<Duration, String> {
    number(text, 1, 86_400).map(|seconds| Duration::from_secs(seconds as u64))
}

fn days(text: &str, least: u16) -> Result<SignedDuration, String> {
    number(text, least.into(), 36_500).map(|days| SignedDuration::from_hours(days as i64 * 24))
}

fn number(text: &str, least: usize, most: usize) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("`{text}` is no whole number from {least} to {most}."))
}

#[cfg(test)]
mod tests {
    use super::layers::MANUAL;
    use super::*;

    #[test]
    fn every_setting_of_the_manual_is_judged_and_its_default_is_good() {
        let layers = Layers::gather(&Flags::default(), |_| None).unwrap();
        let settings = Settings::of(&layers).unwrap();
        assert!(!settings.public_url_is_chosen);
        for (name, judge) in JUDGES {
            let text = layers.get(name).0;
            assert_eq!(judge(text), Ok(()), "{name}");
            assert!(MANUAL.contains(&format!("\n{name} = ")), "{name} stands in the manual");
        }
        let in_manual = MANUAL.lines().filter(|line| !line.starts_with('#') && line.contains(" = ")).count();
        assert_eq!(in_manual, JUDGES.len());
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        for (name, bad, told) in [
            ("database", "postgres://db/rollcall?sslmode=maybe", "verify-full"),
            ("database", "mysql://db/rollcall", "postgres://USER@HOST/NAME"),
            ("database", "rollcall.db", "sqlite:rollcall.db"),
            ("database", "sqlite:", "sqlite:rollcall.db"),
            ("database_statement_timeout", "0", "1 to"),
            ("database_readers", "1", "at least 2"),
            ("listen", "8080", "127.0.0.1:8080"),
            ("public_url", "https://directory.example/", "without a slash"),
            ("public_url", "directory.example", "https://"),
            ("audience", "", "visible"),
            ("trusted_proxies", "10.0.0.0/33", "10.0.0.0/33"),
            ("log_level", "loud", "warn"),
            ("max_connections", "0", "1 to"),
            ("idle_timeout", "-1", "1 to"),
            ("restore_days", "0", "1 to"),
            ("audit_days", "a year", "0 to"),
            ("worker_threads", "many", "0 to"),
        ] {
            let judge = JUDGES.iter().find(|(known, _)| *known == name).unwrap().1;
            let fault = judge(bad).unwrap_err();
            assert!(fault.contains(told), "{name} {bad}: {fault}");
        }
    }
}
