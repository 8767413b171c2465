//! Is an open directory well? What `rollcall audit verify` and `rollcall doctor` look at inside it.

use std::sync::Arc;
use std::time::Duration;

use app::{App, trail};
use store::Verification;

use crate::clock;
use crate::failure::Failure;
use crate::operations::{Counted, Event, Events, out};

/// How long an issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Walks the audit trail, and tells what was looked at and every finding.
///
/// # Errors
/// There is a finding, or the database failed.
pub(crate) async fn verify_trail(app: &Arc<App>, events: &Events) -> Result<(), Failure> {
    let found = walk(app, events).await?;
    for finding in &found.findings {
        out(events, format!("{finding}\n")).await?;
    }
    let Verification { records, checkpoints, findings } = found;
    let verdict = if findings.is_empty() { "the trail is whole" } else { "the trail is NOT whole" };
    let looked_at = format!("{records} records, {checkpoints} signed checkpoints, and the signed end");
    out(events, format!("looked at {looked_at}: {verdict}\n")).await?;
    if findings.is_empty() { Ok(()) } else { Err(Failure::Told) }
}

async fn walk(app: &Arc<App>, events: &Events) -> Result<Verification, Failure> {
    let is_ours = trail::verifier(&app.store().secret("trail_key").await?)?;
    let far = events.clone();
    let progress = move |done| {
        // How far it is may be missed; the work itself may not wait for it.
        let _ = far.try_send(Event::Far { of: Counted::Records, done, all: None });
    };
    Ok(app.store().verify_trail(is_ours, progress).await?)
}

/// Looks at the database, the trail, the keys and the issuers.
///
/// # Errors
/// Something has failed, or the database cannot be asked.
pub(crate) async fn examine(app: &Arc<App>, events: &Events) -> Result<(), Failure> {
    let mut well = true;
    let faults = app.store().examine().await?;
    // Of a server, PostgreSQL itself sees to that.
    if faults.is_empty() && !app.store().is_shared() {
        out(events, "ok    the file of the database is whole, and so are its references\n".to_owned())
            .await?;
    }
    for fault in faults {
        well = false;
        out(events, format!("fail  the database is damaged: {fault}; restore the last backup\n")).await?;
    }
    let found = walk(app, events).await?;
    if found.findings.is_empty() {
        out(events, format!("ok    the audit trail is whole: {} records\n", found.records)).await?;
    } else {
        well = false;
        let count = found.findings.len();
        out(events, format!("fail  the audit trail: {count} findings; `rollcall audit verify` tells them\n"))
            .await?;
    }
    if app.ensure_well().is_ok() {
        out(events, "ok    the database takes writes\n".to_owned()).await?;
    } else {
        well = false;
        out(events, "fail  the last write could not be committed; is the disk full?\n".to_owned()).await?;
    }
    let now = clock::now();
    let newest = app.list_keys().await?.into_iter().next();
    match newest.filter(|key| key.created_at > now) {
        None => out(events, "ok    the clock is not behind the newest signing key\n".to_owned()).await?,
        Some(key) => {
            well = false;
            let made = key.created_at;
            out(
                events,
                format!(
                    "fail  the clock is behind: a key was made at {made:.0}, and it is {now:.0}; set it\n"
                ),
            )
            .await?;
        }
    }
    for issuer in app.store().issuers().await? {
        let line = match reach(&issuer.issuer).await {
            Ok(()) => format!("ok    the issuer {} answers\n", issuer.issuer),
            Err(cause) => format!(
                "warn  the issuer {} cannot be reached: {cause}; its people get in only while its keys are known\n",
                issuer.issuer
            ),
        };
        out(events, line).await?;
    }
    if well { Ok(()) } else { Err(Failure::Told) }
}

async fn reach(issuer: &str) -> Result<(), String> {
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    let client = client.build().map_err(|error| error.to_string())?;
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let response = client.get(url).send().await.map_err(|error| error.without_url().to_string())?;
    if response.status().is_success() { Ok(()) } else { Err(format!("it answers {}", response.status())) }
}
