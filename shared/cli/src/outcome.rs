//! How a command ends, and the exit code that says so.

use std::io;
use std::process::ExitCode;

use crate::input::InputFault;
use crate::package::PackageError;
use crate::replay::ReplayError;
use crate::score::ScoreError;
use crate::settings_file::SettingsError;
use crate::simulate::SimulateError;

/// How a command ended that did what it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All went well.
    Clean,
    /// A check found faults, or a backtest what it was not to find.
    Faults,
    /// Part of the input could not be read.
    BadInput,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The settings file cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The input cannot be used.
    #[error(transparent)]
    Input(#[from] InputFault),
    /// The simulation cannot be written.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    /// The replay could not go on.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The functions cannot be packaged.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The series cannot be scored.
    #[error(transparent)]
    Score(#[from] ScoreError),
    /// The output cannot be written.
    #[error("output cannot be written")]
    Output(#[from] io::Error),
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Clean => 0,
            Outcome::Faults => 1,
            Outcome::BadInput => 2,
        })
    }
}

impl Failure {
    /// Returns the exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            _ if self.is_quiet() => 0,
            Self::Settings(_) | Self::Input(_) | Self::Score(ScoreError::Several(_)) => 2,
            Self::Simulate(SimulateError::Write { .. }) => 3,
            Self::Simulate(_) => 2,
            Self::Package(error) if error.is_the_callers() => 2,
            Self::Package(_) | Self::Replay(_) | Self::Score(_) | Self::Output(_) => 3,
        })
    }

    /// Returns whether nothing went wrong: the reader of the output had enough, as `head` does.
    pub(crate) fn is_quiet(&self) -> bool {
        match self {
            Self::Output(error)
            | Self::Replay(ReplayError::Output(error))
            | Self::Package(PackageError::Output(error)) => {
                error.kind() == io::ErrorKind::BrokenPipe
            }
            _ => false,
        }
    }
}
