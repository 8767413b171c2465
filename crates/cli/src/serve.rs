//! How does the server start, run and stop? It listens, does its housekeeping every few seconds, and at a
//! signal answers what was asked and writes all that waits.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use app::{Ages, App};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::MissedTickBehavior;
use tracing::{error, warn};
use web::server::{self, Limits, guard::Timeouts};
use web::{Front, Web};

use crate::config::Settings;
use crate::control::Control;
use crate::failure::Failure;
use crate::operations::House;
use crate::telemetry::Metrics;
use crate::{chance, clock, console, directory};

/// How often the housekeeping is done.
const TICK: Duration = Duration::from_secs(5);

/// Listens where the settings say.
///
/// # Errors
/// The address is taken or is none of this machine.
pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::Failed(format!("cannot listen on {address}: {error}. Choose another by --listen ADDRESS:PORT; port 0 takes any free one."))
    })
}

/// The signals that ask for a stop.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Begins to heed SIGTERM and Ctrl-C.
    ///
    /// # Errors
    /// The system does not let it.
    pub(crate) fn heed() -> Result<Self, Failure> {
        let heed = |kind| signal(kind).map_err(|error| Failure::of("signals cannot be heeded", error));
        Ok(Self { terminate: heed(SignalKind::terminate())?, interrupt: heed(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Serves until a stop is asked for. `ready` learns where, once requests are accepted.
///
/// # Errors
/// What waited could not be written; the log says more.
pub(crate) async fn serve(
    settings: &Settings,
    app: Arc<App>,
    listener: TcpListener,
    mut stop: Stop,
    ready: impl FnOnce(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(|error| Failure::of("the address", error))?;
    let reached = format!("http://{}", reached_at(address));
    let base_url = if settings.public_url_is_chosen { settings.public_url.clone() } else { reached.clone() };
    let metrics = Metrics::gather()?;
    let web = Web {
        app: Arc::clone(&app),
        now: clock::now,
        base_url: base_url.into(),
        metrics: metrics.text(),
        trusted_proxies: settings.trusted_proxies.clone(),
    };
    let front = Front::new(web, chance::new_id);
    let control = settings.database.file().map(|file| {
        Control::listen(file, House::of(Arc::clone(&app))).inspect_err(
            |error| warn!(%error, "commands cannot reach this server: there is no control socket"),
        )
    });
    let ages = Ages { signing_key: settings.signing_key_age, audit: settings.audit_age };
    let housekeeping = tokio::spawn(keep_house(Arc::clone(&app), ages, metrics));
    ready(&reached)?;
    let limits = Limits {
        connections: settings.max_connections,
        timeouts: Timeouts {
            head: settings.head_timeout,
            idle: settings.idle_timeout,
            write: settings.write_timeout,
        },
        drain: settings.drain_timeout,
    };
    server::serve(listener, front, limits, async move {
        stop.asked().await;
        tokio::spawn(async move {
            stop.asked().await;
            end_at_once();
        });
    })
    .await;
    drop(control);
    housekeeping.abort();
    let counted = app.tell_counted_refusals(clock::now(), true).await;
    directory::close(app).await?;
    Ok(counted?)
}

/// Where a listener is reached from this machine.
fn reached_at(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn keep_house(app: Arc<App>, ages: Ages, metrics: Metrics) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        metrics.tidy();
        if let Err(error) = app.tick(clock::now(), ages).await {
            error!(%error, "housekeeping failed; it is tried again");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever asks twice does not want to wait for what is written")]
fn end_at_once() {
    console::note("stopped at once: what waited is lost");
    std::process::exit(1);
}
