//! How far is it? A bar on a terminal, a line every few seconds elsewhere, and nothing for what is quick.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

use crate::console;

/// What is done sooner is not worth a bar.
const QUICK: Duration = Duration::from_secs(1);
/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// Shows how far something is, on stderr.
pub(crate) struct Meter {
    what: &'static str,
    unit: &'static str,
    all: Option<u64>,
    began: Instant,
    told: Instant,
    bar: Option<ProgressBar>,
}

impl Meter {
    /// Begins. `all` is where it ends, if that is known.
    pub(crate) fn new(what: &'static str, all: Option<u64>, unit: &'static str) -> Self {
        let now = Instant::now();
        Self { what, unit, all, began: now, told: now, bar: None }
    }

    /// Tells how far it is.
    pub(crate) fn tell(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        } else if std::io::stderr().is_terminal() {
            if self.began.elapsed() >= QUICK {
                self.bar = Some(bar(self.what, self.all, self.unit));
            }
        } else if self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            let of = self.all.map(|all| format!(" of {all}")).unwrap_or_default();
            console::note(&format!("{} {done}{of} {}", self.what, self.unit));
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(what: &str, all: Option<u64>, unit: &str) -> ProgressBar {
    let (bar, template) = match all {
        Some(all) => (ProgressBar::new(all), "{bar:40} {human_pos} of {human_len}"),
        None => (ProgressBar::no_length(), "{spinner} {human_pos}"),
    };
    // The templates are fixed; a bar in the usual style is no harm.
    let style = ProgressStyle::with_template(&format!("{what} {template} {unit}, {{elapsed}}"));
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
