//! How a command ends, and the exit code that says so. Each command turns its own errors into a [`Failure`].

use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitCode;

/// The exit code where the command line or the input is at fault.
const INPUT: u8 = 2;

/// The exit code where the store, the machine or the program is at fault.
const INTERNAL: u8 = 3;

/// The result of a command that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All went well.
    Clean,
    /// A check found faults, or a backtest an incident that it was to fail on.
    Faults,
    /// Part of the input could not be read.
    BadInput,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Clean => 0,
            Outcome::Faults => 1,
            Outcome::BadInput => INPUT,
        })
    }
}

/// Why a command could not do its work: its own error, and the exit code for it.
#[derive(Debug)]
pub struct Failure {
    error: Box<dyn Error + Send + Sync>,
    /// The exit code; none if the reader of the output closed it, as `head` does: that is no
    /// failure.
    code: Option<u8>,
}

/// Standard output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("output cannot be written")]
struct OutputError(#[source] io::Error);

impl Failure {
    /// Returns a failure that the caller can fix: of the command line, the settings or the input.
    pub(crate) fn input(error: impl Error + Send + Sync + 'static) -> Self {
        Self {
            error: Box::new(error),
            code: Some(INPUT),
        }
    }

    /// Returns a failure of the store, the machine or the program itself.
    pub(crate) fn internal(error: impl Error + Send + Sync + 'static) -> Self {
        Self {
            error: Box::new(error),
            code: Some(INTERNAL),
        }
    }

    /// Returns the exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code.unwrap_or(0))
    }

    /// Returns whether nothing went wrong: the reader of the output closed it.
    pub(crate) fn is_quiet(&self) -> bool {
        self.code.is_none()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// An I/O error without a context is one of standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let quiet = error.kind() == io::ErrorKind::BrokenPipe;
        Self {
            error: Box::new(OutputError(error)),
            code: (!quiet).then_some(INTERNAL),
        }
    }
}
