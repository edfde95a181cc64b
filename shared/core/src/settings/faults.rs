//! The faults of a settings file: all of them at once, each with its line, its key, and a remedy.

use std::{error, fmt};

/// One thing that is wrong in a settings file.
///
/// Never holds the text of a secret: a fault about a secret names its place only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line it stands on, from 1.
    pub line: usize,
    /// The column it starts at, from 1, in characters.
    pub column: usize,
    /// The key it concerns, as in `services.loan-api.slos[1].objective`; empty for the file as a whole.
    pub path: String,
    /// The problem, as a fragment that continues the path.
    pub problem: String,
    /// The remedy, as a fragment.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: ", self.line)?;
        if !self.path.is_empty() {
            write!(out, "{}: ", self.path)?;
        }
        write!(out, "{} ({})", self.problem, self.remedy)
    }
}

/// Every fault of one settings file, in the order of its lines; never empty.
///
/// Displays as one line a fault, without the name of the file, which only the caller knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Sorts the faults by place; `None` when there are none, which is a file without faults.
    pub(super) fn gathered(mut faults: Vec<Fault>) -> Option<Self> {
        faults.sort_by_key(|fault| (fault.line, fault.column));
        (!faults.is_empty()).then_some(Self(faults))
    }

    /// Returns the faults in the order of their lines.
    pub fn as_slice(&self) -> &[Fault] {
        &self.0
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            if at > 0 {
                out.write_str("\n")?;
            }
            fault.fmt(out)?;
        }
        Ok(())
    }
}

impl error::Error for Faults {}
