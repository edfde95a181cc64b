//! A fault of an input: where it is, what is wrong, and what to do about it.

use std::fmt;

use crate::outcome::Failure;

/// Something in an input that could not be used; the rest of the input still is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFault {
    /// The file; `-` for standard input.
    pub source: String,
    /// The line it stands on, from 1, where it has one.
    pub line: Option<u64>,
    /// What is wrong, as a fragment.
    pub problem: String,
    /// What to do about it, as a fragment.
    pub remedy: String,
}

impl InputFault {
    pub(crate) fn new(source: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            source: source.to_owned(),
            line: None,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// Returns why a delivery could not be handled: the error and its causes.
    pub(crate) fn of_delivery(source: &str, error: &dyn std::error::Error) -> Self {
        let chain = std::iter::successors(Some(error), |error| error.source());
        let problem: Vec<String> = chain.map(ToString::to_string).collect();
        Self::new(
            source,
            problem.join(": "),
            "fetch the delivery again, or leave it out",
        )
    }

    pub(crate) fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Returns why reading failed: the system's error, or that compressed data is broken.
    pub(crate) fn of_io(source: &str, error: &std::io::Error) -> Self {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::NotFound => Self::new(source, "no such file or folder", "check the path"),
            ErrorKind::PermissionDenied => {
                Self::new(source, "may not be read", "check the file's permissions")
            }
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput => {
                Self::new(
                    source,
                    "gzip data is damaged or cut off",
                    "fetch the file again; what came before the damage was read",
                )
            }
            _ => Self::new(
                source,
                format!("cannot be read: {error}"),
                "check the disk and the path",
            ),
        }
    }
}

impl fmt::Display for InputFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.source)?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
        }
        write!(out, ": {} ({})", self.problem, self.remedy)
    }
}

impl std::error::Error for InputFault {}

impl From<InputFault> for Failure {
    fn from(fault: InputFault) -> Self {
        Self::input(fault)
    }
}
