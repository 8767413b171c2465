//! Does the database belong to this process? The embedded one belongs to one at a time, held by a lock on
//! a file beside it; the file tells a second process who the first is.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::open::OpenError;

/// Held as long as the database is open; the system releases it even after kill -9.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Why the database cannot be had.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Another process has it; what it wrote about itself.
    Held(String),
    /// The lock file cannot be used.
    Io(PathBuf, std::io::Error),
}

/// The file beside the database that is locked.
pub(crate) fn path_beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

impl Lock {
    /// Takes the database for this process, which describes itself as `holder`.
    pub(crate) fn take(database: &Path, holder: &str) -> Result<Self, Refusal> {
        let path = path_beside(database);
        let io = |error| Refusal::Io(path.clone(), error);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut first = String::new();
                // Who holds it is a courtesy: the refusal stands even if the text cannot be read.
                let _ = file.take(1024).read_to_string(&mut first);
                return Err(Refusal::Held(first.trim().to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        writeln!(file, "{holder}").map_err(io)?;
        Ok(Self { _file: file })
    }
}

/// Takes the database at `path` for this process.
pub(crate) fn take(path: &Path, holder: &str) -> Result<Lock, OpenError> {
    Lock::take(path, holder).map_err(|refusal| match refusal {
        Refusal::Held(holder) => OpenError::Held { path: path.to_owned(), holder },
        Refusal::Io(file, error) => OpenError::Unusable(
            path.display().to_string(),
            format!("its lock `{}` cannot be taken: {error}", file.display()),
        ),
    })
}
