//! How does a command talk? What was asked for goes to stdout, everything else to stderr.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::failure::Failure;

/// Writes a piece of what was asked for, as it is.
///
/// # Errors
/// Nobody reads it any more.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Failure::of("the output cannot be written", error))
}

/// Tells people a line. If nobody reads stderr, the work goes on all the same.
pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A file, or `-` for the standard stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// stdin or stdout.
    Standard,
    /// A file.
    File(PathBuf),
}

impl From<&str> for Place {
    fn from(text: &str) -> Self {
        if text == "-" { Self::Standard } else { Self::File(text.into()) }
    }
}

/// Opens a file to write people and keys into: new, and readable by its owner alone.
///
/// # Errors
/// The file exists and `replace` does not say that it may go, or it cannot be made.
pub(crate) fn create_private(path: &std::path::Path, replace: bool) -> Result<std::fs::File, Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    let what = || format!("`{}` cannot be written", path.display());
    if replace && path.is_file() {
        // Made anew rather than emptied, so that an old file's wider rights do not stay.
        std::fs::remove_file(path).map_err(|error| Failure::of(what(), error))?;
    }
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::Failed(format!("`{}` exists; choose another name, or use --force.", path.display()))
        }
        _ => Failure::of(what(), error),
    })
}
