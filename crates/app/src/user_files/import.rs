//! How do many users get in at once? In two steps: each row is judged against one snapshot, and told if it is
//! at fault; then all are added in one transaction, with one record. In between nobody waits.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Seek};
use std::sync::Arc;

use domain::access::Action;
use domain::audit::{ActorEntry, PropertyChange, Record, Status};
use domain::change::{Change, Outcome, Place};
use domain::error::{Error, Fault};
use domain::id::{CustomerId, ResellerId, TenantId, UserId};
use domain::principal::Principal;
use domain::user::NewUser;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::{Once, Store, Turn};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::rows::{GroupNames, Row, Rows, UserFileFormat, names_of};
use crate::App;
use crate::call::{self, Subject};
use crate::users::{Under, place};
use crate::write::{Asked, Repeat};

/// The most rows of a file.
const MOST_ROWS: u64 = 1_000_000;
/// The most faults that a report tells one by one.
const MOST_FAULTS: usize = 1_000;
/// After how many rows it is told how far the work is.
const TELLING: u64 = 1_024;
/// How many groups are looked up at once.
const GROUPS: u32 = 2_000;

/// A file of users, complete and in nobody else's hands.
pub struct UserFile {
    /// What it holds.
    pub file: File,
    /// How it says it.
    pub format: UserFileFormat,
    /// Judge it, and write nothing.
    pub dry_run: bool,
}

/// An import that may begin: the customer exists for the caller, and it is this one's turn.
pub struct Import {
    place: Place,
    _turn: Turn<TenantId>,
}

/// What came of an import.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ImportReport {
    /// Whether nothing was to be written.
    pub dry_run: bool,
    /// How many rows there are.
    pub rows: u64,
    /// How many users were added, or would be.
    pub created: u64,
    /// How many deleted users came back, or would.
    pub revived: u64,
    /// How many rows are at fault.
    pub faulty_rows: u64,
    /// The first faults, in the order of the rows.
    pub faults: Vec<RowFault>,
}

/// What is wrong with a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RowFault {
    /// The number of its line.
    pub row: u64,
    /// What is wrong, on which property; none for the row itself.
    pub fault: Fault,
}

/// What an import is at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportStage {
    /// Each row is judged.
    Judging,
    /// All are added.
    Adding,
}

/// Hears how many rows are done.
type Progress = Box<dyn FnMut(ImportStage, u64) + Send>;

/// What both steps need.
#[derive(Clone)]
struct Means {
    store: Arc<Store>,
    groups: Arc<GroupNames>,
    format: UserFileFormat,
    new_id: fn(Timestamp) -> Uuid,
    at: Timestamp,
    restorable_since: Timestamp,
}

impl App {
    /// Lets an import begin, before its file is taken.
    ///
    /// # Errors
    /// Permission, reseller mismatch, customer, reseller relation; others are importing; or the database failed.
    pub async fn begin_import(
        &self,
        principal: &Principal,
        customer: CustomerId,
        reseller: Option<ResellerId>,
    ) -> Result<Import, Error> {
        let place = place(principal, Action::ImportCustomerUsers, Under::Customer(customer, reseller))?;
        self.store.foresee(place, |_| Ok(())).await?;
        let tenant = principal.tenant;
        let turn = self.imports.turn(tenant).await.map_err(|refusal| refusal.of(tenant.into()))?;
        Ok(Import { place, _turn: turn })
    }

    /// Adds all users that a file holds to a customer, or none, and records it.
    ///
    /// # Errors
    /// The faults of the file, unless it was only to be judged; or the database failed.
    pub async fn import_users(
        &self,
        asked: Asked<'_>,
        subject: Subject,
        import: Import,
        file: UserFile,
        repeat: Option<&Repeat>,
        progress: Progress,
    ) -> Result<ImportReport, Error> {
        let dry_run = file.dry_run;
        let imported = self.import_into(asked, subject, import.place, file, repeat, progress).await;
        let told = match &imported {
            // The record of what was added is committed with it.
            Ok(_) if !dry_run => return imported,
            Ok(report) => call::Outcome::Done(format!(
                "Judged a file of {} users: {} rows are at fault. Nothing was added.",
                report.rows, report.faulty_rows
            )),
            Err(error) => call::Outcome::Refused(error),
        };
        let Asked { call, principal, binding, .. } = asked;
        self.tell(call, principal, binding.cloned(), subject, told).await?;
        imported
    }

    async fn import_into(
        &self,
        asked: Asked<'_>,
        subject: Subject,
        place: Place,
        file: UserFile,
        repeat: Option<&Repeat>,
        mut progress: Progress,
    ) -> Result<ImportReport, Error> {
        let UserFile { file, format, dry_run } = file;
        let at = asked.call.at;
        let once = repeat.map(|repeat| repeat.once(&asked, &[])).filter(|_| !dry_run);
        if let Some(once) = &once
            && let Some(outcome) = self.store.recall(once.clone(), at).await?
        {
            let told = store::REPEATED.into();
            self.store.commit_record(self.import_record(asked, subject, told)).await?;
            return Ok(report_of(&outcome));
        }
        let means = Means {
            store: Arc::clone(&self.store),
            groups: Arc::new(self.group_names(place, format).await?),
            format,
            new_id: self.new_id,
            at,
            restorable_since: self.restorable_since(at),
        };
        let (judging, again) = (means.clone(), file.try_clone().map_err(|error| unreadable(&error))?);
        let (report, progress) = self
            .store
            .foresee(place, move |foresight| {
                let report = judging.judge(again, foresight, &mut progress)?;
                Ok((report, progress))
            })
            .await?;
        if dry_run {
            return Ok(ImportReport { dry_run, ..report });
        }
        if report.faulty_rows > 0 {
            return Err(Error::Invalid(told_faults(&report)));
        }
        let record = self.import_record(asked, subject, String::new());
        means.add(place, file, record, asked.binding.cloned(), once, progress).await
    }

    fn import_record(&self, asked: Asked<'_>, subject: Subject, description: String) -> Record {
        let actor = ActorEntry::from(asked.principal);
        let record = self.record(asked.call, actor, Status::Succeded, description.into());
        crate::audit::about(record, asked.principal, subject)
    }

    async fn group_names(&self, place: Place, format: UserFileFormat) -> Result<GroupNames, Error> {
        let Place::Customer { scope, .. } = place else { return Ok(GroupNames::new()) };
        if format == UserFileFormat::Ndjson {
            // Its bodies know groups by their ids.
            return Ok(GroupNames::new());
        }
        let mut groups = Vec::new();
        loop {
            let page = self.store.groups(scope.reach(), GROUPS, groups.len() as u64).await?;
            let is_last = page.items.len() < GROUPS as usize;
            groups.extend(page.items);
            if is_last {
                break;
            }
        }
        Ok(names_of(groups))
    }
}

impl Means {
    /// The first step: each row, and what would become of it.
    fn judge(
        &self,
        file: File,
        foresight: &store::Foresight<'_>,
        progress: &mut Progress,
    ) -> Result<ImportReport, Error> {
        let mut report = ImportReport::default();
        let mut seen = Seen::default();
        let mut rows = match self.rows(file)? {
            Ok(rows) => rows,
            Err(faults) => {
                report.add_faults(1, faults);
                return Ok(report);
            }
        };
        while let Some(Row { number, mut body }) = rows.next().map_err(|error| unreadable(&error))? {
            report.rows += 1;
            if report.rows > MOST_ROWS {
                let description = format!("A file has at most {MOST_ROWS} rows; send the rest in another.");
                report.add_faults(number, vec![Fault::new("", description)]);
                break;
            }
            if report.rows % TELLING == 0 {
                progress(ImportStage::Judging, report.rows);
            }
            let mut faults = std::mem::take(&mut body.faults);
            if let Some(user) = body.user(UserId((self.new_id)(self.at))) {
                faults.extend(seen.again(number, &user));
                match foresight.of(&user, self.restorable_since) {
                    Ok(outcome) if faults.is_empty() => report.count(&outcome),
                    Ok(_) => {}
                    Err(error) => faults.extend(faults_of(error)?),
                }
            }
            if !faults.is_empty() {
                report.add_faults(number, faults);
            }
        }
        progress(ImportStage::Judging, report.rows);
        Ok(report)
    }

    /// The second step: all of it in one transaction.
    async fn add(
        self,
        place: Place,
        file: File,
        mut record: Record,
        binding: Option<Change>,
        once: Option<Once>,
        mut progress: Progress,
    ) -> Result<ImportReport, Error> {
        let (tell, told) = oneshot::channel();
        let store = Arc::clone(&self.store);
        store
            .bulk(move |loader| {
                if let Some(binding) = &binding {
                    record.changes = loader.apply(binding, self.at)?;
                }
                if let Some(once) = &once
                    && let Some(outcome) = loader.recall(once, self.at)?
                {
                    record.description = store::REPEATED.into();
                    // Whoever asked is gone when nobody hears it.
                    let _ = tell.send(report_of(&outcome));
                    return Ok(Some(record));
                }
                let destination = loader.destination(&place)?;
                let mut report = ImportReport::default();
                let mut rows = self.rows(file)?.map_err(Error::Invalid)?;
                while let Some(Row { number, body }) = rows.next().map_err(|error| unreadable(&error))? {
                    report.rows += 1;
                    if report.rows % TELLING == 0 {
                        progress(ImportStage::Adding, report.rows);
                    }
                    let user = body.user(UserId((self.new_id)(self.at)));
                    let user =
                        user.ok_or_else(|| Error::Internal("a row changed after it was judged".to_owned()))?;
                    match loader.add_or_revive(&destination, &user, self.at, self.restorable_since) {
                        Ok(outcome) => report.count(&outcome),
                        // Somebody was faster, since the rows were judged.
                        Err(error) => {
                            report.add_faults(number, faults_of(error)?);
                            return Err(Error::Invalid(told_faults(&report)));
                        }
                    }
                }
                progress(ImportStage::Adding, report.rows);
                let ImportReport { created, revived, .. } = report;
                let outcome = Outcome::Imported { created, revived };
                if let Some(once) = &once {
                    loader.remember(once, &outcome, self.at)?;
                }
                record.description =
                    format!("Imported {} users: {created} new, {revived} back.", report.rows).into();
                record.changes.push(PropertyChange {
                    property_name: "users".into(),
                    before: None,
                    after: Some(report.rows.to_string()),
                });
                let _ = tell.send(report);
                Ok(Some(record))
            })
            .await?;
        told.await.map_err(|_| Error::Internal("an import told nothing of its end".to_owned()))
    }

    fn rows(&self, mut file: File) -> Result<Result<Rows, Vec<Fault>>, Error> {
        file.rewind()
            .and_then(|()| Rows::open(file, self.format, &self.groups))
            .map_err(|error| unreadable(&error))
    }
}

/// What was in the rows before.
#[derive(Default)]
struct Seen {
    ids: HashMap<UserId, u64>,
    /// Digests of folded e-mails, which may be long.
    emails: HashMap<[u8; 16], u64>,
}

impl Seen {
    /// What this row has in common with one before.
    fn again(&mut self, number: u64, user: &NewUser) -> Vec<Fault> {
        let mut faults = Vec::new();
        let digest = Sha256::digest(user.email.folded());
        let digest = digest.first_chunk().copied().unwrap_or_default();
        if let Some(before) = self.emails.insert(digest, number) {
            faults.push(Fault::new("email", format!("This is the e-mail of row {before} already.")));
        }
        if user.id_is_given
            && let Some(before) = self.ids.insert(user.id, number)
        {
            faults.push(Fault::new("id", format!("This is the id of row {before} already.")));
        }
        faults
    }
}

impl ImportReport {
    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Revived(_) => self.revived += 1,
            _ => self.created += 1,
        }
    }

    fn add_faults(&mut self, row: u64, faults: Vec<Fault>) {
        self.faulty_rows += 1;
        let room = MOST_FAULTS.saturating_sub(self.faults.len());
        self.faults.extend(faults.into_iter().take(room).map(|fault| RowFault { row, fault }));
    }
}

/// What a refusal says of a row; any other failure ends the import.
fn faults_of(error: Error) -> Result<Vec<Fault>, Error> {
    match error {
        Error::Invalid(faults) => Ok(faults),
        Error::EmailAlreadyInUse => {
            Ok(vec![Fault::new("email", "The e-mail is in use already; change that user instead.")])
        }
        other => Err(other),
    }
}

/// The faults of a file, as those of one request.
fn told_faults(report: &ImportReport) -> Vec<Fault> {
    let count = report.faulty_rows;
    let summary = Fault::new(
        "rows",
        format!(
            "{count} rows are at fault, and nothing was imported; `dryRun=true` tells up to {MOST_FAULTS} faults."
        ),
    );
    let told = report.faults.iter().map(|RowFault { row, fault }| {
        let property = match fault.property.as_str() {
            "" | "body" => format!("rows[{row}]"),
            property => format!("rows[{row}].{property}"),
        };
        Fault::new(property, fault.description.clone())
    });
    std::iter::once(summary).chain(told).collect()
}

/// What a repeated request did when it came first.
fn report_of(outcome: &Outcome) -> ImportReport {
    match *outcome {
        Outcome::Imported { created, revived } => {
            ImportReport { rows: created + revived, created, revived, ..ImportReport::default() }
        }
        _ => ImportReport::default(),
    }
}

fn unreadable(error: &io::Error) -> Error {
    if error.kind() == io::ErrorKind::InvalidData {
        return Error::invalid("rows", error.to_string());
    }
    Error::Unavailable(format!("a file to be imported could not be read back: {error}"))
}
