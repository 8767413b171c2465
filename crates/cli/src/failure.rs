//! How does a command end when it does not end well? With a line on stderr and an exit code: 1 failed,
//! 2 wrong usage.

use std::fmt;
use std::process::ExitCode;

use domain::error::Error;

/// Why a command ends without having done what it was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// The flags or settings make no sense.
    Usage(String),
    /// It did not work.
    Failed(String),
    /// What went wrong is told already, as the answer that was asked for.
    Told,
}

impl Failure {
    /// A failure with what it is about in front.
    pub(crate) fn of(what: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self::Failed(format!("{what}: {cause}"))
    }

    /// What the shell is told.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Failed(_) | Self::Told => ExitCode::FAILURE,
        }
    }

    /// What people are told, if they are not yet.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Usage(text) | Self::Failed(text) => Some(text),
            Self::Told => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let text = match error {
            // The command line has flags and files, not requests: the faults speak for themselves.
            Error::Invalid(faults) => {
                let told = faults.iter().map(|fault| format!("`{}`: {}", fault.property, fault.description));
                told.collect::<Vec<_>>().join("\n")
            }
            other => other.to_string(),
        };
        Self::Failed(text)
    }
}
