//! `rollcall serve`: the server.

use clap::Args;

use crate::config::{DatabaseFlag, Settings};
use crate::failure::Failure;
use crate::{console, directory, serve};

/// Serve the directory by HTTP until SIGTERM or Ctrl-C
///
/// Prints one line when it is ready, then logs as JSON on stderr. At a stop it takes no new connections,
/// answers what was asked, and writes all that waits to the audit trail; a second signal ends it at once.
///
/// The server speaks plain HTTP: put a proxy with TLS in front, and name it in `trusted_proxies`. While it
/// runs, an embedded database is its own; the other commands then work through it by themselves, but for
/// `import`, `export` and `restore`. On PostgreSQL any number of nodes serve one directory, and commands work
/// beside them.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall serve --database sqlite:/var/lib/rollcall/rollcall.db --listen 127.0.0.1:8080
  ROLLCALL_DATABASE=postgres://rollcall_app:PASSWORD@db.example/rollcall rollcall serve

Exit codes: 0 after a clean stop, 1 if it cannot serve or not write its last, 2 if a setting is wrong.")]
pub(crate) struct Serve {
    /// The address and port; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
    /// How clients reach the server; the issuer of its tokens
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
    #[command(flatten)]
    pub(super) database: DatabaseFlag,
}

impl Serve {
    pub(super) async fn run(self, settings: Settings) -> Result<(), Failure> {
        let stop = serve::Stop::heed()?;
        let listener = serve::listen(settings.listen).await?;
        let app = directory::open(&settings, "serve").await?;
        serve::serve(&settings, app, listener, stop, |url| {
            console::note(&format!("rollcall is ready on {url}"));
            Ok(())
        })
        .await
    }
}
