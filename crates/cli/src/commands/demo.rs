//! `rollcall demo`: a sample directory, the server on it, and a line to paste.

mod folder;
mod guide;

use std::io::{BufReader, BufWriter};
use std::path::PathBuf;
use std::sync::Arc;

use app::App;
use clap::Args;
use domain::text::DomainName;
use store::Location;

use super::import;
use crate::config::Settings;
use crate::failure::Failure;
use crate::meter::Meter;
use crate::sample::{self, Summary};
use crate::{console, directory, serve};
use folder::Folder;

/// Serve a sample directory, and print a line to paste
///
/// Makes two distributors with a dozen resellers, some hundred customers and some ten thousand users who
/// do not exist, serves them, and prints what to try, with a live token. Ctrl-C ends it; without --data the
/// directory goes with it.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  rollcall demo
  rollcall demo --listen 127.0.0.1:9000 --data ./demo --users 200000

Exit codes: 0 after a clean stop, 1 if it cannot serve, 2 wrong usage.")]
pub(crate) struct Demo {
    /// The address and port; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
    /// Keep the directory here, and use it again the next time
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How many users there should be, about
    #[arg(long, value_name = "N")]
    users: Option<usize>,
}

impl Demo {
    pub(super) async fn run(self, mut settings: Settings) -> Result<(), Failure> {
        let stop = serve::Stop::heed()?;
        let listener = serve::listen(settings.listen).await?;
        let folder = Folder::open(self.data, self.users)?;
        settings.database = Location::File(folder.database());
        let app = directory::open(&settings, "demo").await?;
        let summary = fill(&app, &folder).await?;
        let tokens = guide::Tokens::issue(&app, &summary).await?;
        serve::serve(&settings, app, listener, stop, |url| {
            console::print(&guide::text(url, &summary, &tokens, folder.kept()))
        })
        .await
    }
}

/// Puts the sample into the directory, if it is not there yet.
async fn fill(app: &Arc<App>, folder: &Folder) -> Result<Summary, Failure> {
    // The plan and the secrets settle every byte, so what is there already is known by writing it to nowhere.
    let summary = folder.write(&mut std::io::sink())?;
    let first = summary.tenants.iter().flat_map(|tenant| &tenant.domains).next();
    let first = first.and_then(|domain| DomainName::parse(domain).ok());
    if let Some(domain) = first
        && app.store().domain_owner(&domain).await?.is_some()
    {
        return Ok(summary);
    }
    let pipe = std::io::pipe().map_err(|error| Failure::of("the sample cannot be made", error))?;
    let (reader, writer) = pipe;
    let sample = folder.clone_plan();
    // If the import ends early, so does the writing; the import tells why.
    let writing = std::thread::spawn(move || sample.write(&mut BufWriter::new(writer)).map(drop));
    let mut meter = Meter::new("made", Some(summary.counts.lines as u64), "things of the sample");
    let progress = move |progress: app::transfer::Progress| meter.tell(progress.lines);
    import::import(app.store(), BufReader::new(reader), false, progress).await?;
    writing.join().unwrap_or_else(|_| Err(Failure::Failed("the sample could not be made".to_owned())))?;
    Ok(summary)
}

/// What settles the sample.
#[derive(Clone)]
struct Sample {
    plan: sample::Plan,
    secrets: Vec<String>,
}

impl Sample {
    /// Writes the sample to `out`.
    fn write(&self, out: &mut impl std::io::Write) -> Result<Summary, Failure> {
        let mut secrets = self.secrets.iter().cycle();
        let next = || secrets.next().cloned().unwrap_or_default();
        let failed = |error| Failure::of("the sample cannot be made", error);
        let summary = sample::write(&self.plan, next, out).map_err(failed)?;
        out.flush().map_err(failed)?;
        Ok(summary)
    }
}
