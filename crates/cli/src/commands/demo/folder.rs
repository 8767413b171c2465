//! Where is a demo kept? In a folder with its database and a note of what settles the sample, so that a
//! later demo shows the same; or in a temporary one that goes with the process.

use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Sample;
use crate::failure::Failure;
use crate::sample::{Plan, Summary};
use crate::{chance, clock, console};

/// More than there are API accesses in a sample.
const SECRETS: usize = 64;

/// The folder of a demo; removed when dropped, if it is temporary.
pub(super) struct Folder {
    path: PathBuf,
    temporary: bool,
    sample: Sample,
}

/// What a later demo has to know of this one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    users: Option<usize>,
    secrets: Vec<String>,
}

impl Folder {
    /// Opens the folder of an earlier demo, or makes one; a temporary one if `data` names none.
    ///
    /// # Errors
    /// It cannot be made, is not a demo's, or holds another number of users than is asked for.
    pub(super) fn open(data: Option<PathBuf>, users: Option<usize>) -> Result<Self, Failure> {
        let temporary = data.is_none();
        let path = data.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("rollcall-demo-{}", chance::new_id(clock::now()).simple()))
        });
        let failed = |error: std::io::Error| Failure::of(path.display(), error);
        DirBuilder::new().recursive(!temporary).mode(0o700).create(&path).map_err(failed)?;
        let note = note(&path, users)?;
        let plan = Plan { users: note.users, ..Plan::default() };
        Ok(Self { path, temporary, sample: Sample { plan, secrets: note.secrets } })
    }

    /// The database.
    pub(super) fn database(&self) -> PathBuf {
        self.path.join("rollcall.db")
    }

    /// Where it is, if it stays.
    pub(super) fn kept(&self) -> Option<&Path> {
        (!self.temporary).then_some(&*self.path)
    }

    /// Writes the sample to `out`.
    pub(super) fn write(&self, out: &mut impl Write) -> Result<Summary, Failure> {
        self.sample.write(out)
    }

    /// What settles the sample, for another thread.
    pub(super) fn clone_plan(&self) -> Sample {
        self.sample.clone()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            console::note(&format!("`{}` could not be removed: {error}", self.path.display()));
        }
    }
}

fn note(folder: &Path, users: Option<usize>) -> Result<Note, Failure> {
    let path = folder.join("demo.json");
    let failed = |cause: String| Failure::of(path.display(), cause);
    if path.exists() {
        let text = std::fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        let note: Note = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
        if users.is_some() && users != note.users {
            return Err(Failure::Failed(format!(
                "`{}` holds a demo with another number of users; name another --data, or remove it",
                folder.display()
            )));
        }
        return Ok(note);
    }
    if folder.join("rollcall.db").exists() {
        return Err(Failure::Failed(format!(
            "`{}` holds a directory that is no demo's; name another --data",
            folder.display()
        )));
    }
    let note = Note { users, secrets: (0..SECRETS).map(|_| chance::secret()).collect() };
    let text = serde_json::to_vec(&note).map_err(|error| failed(error.to_string()))?;
    // Written before the directory is filled: a demo that was cut off is filled the next time.
    console::create_private(&path, false)?.write_all(&text).map_err(|error| failed(error.to_string()))?;
    Ok(note)
}
