//! The settings file: reads it, and distinguishes a file that cannot be read from one that has
//! faults.

use std::path::{Path, PathBuf};

use atalaya_core::settings::{Fault, Faults, Settings};

use crate::input::InputFault;
use crate::outcome::Failure;

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(InputFault),
    /// The file is wrong.
    #[error("{}", listed(path, faults))]
    Faulty {
        /// The file.
        path: PathBuf,
        /// What is wrong, all of it.
        faults: Faults,
    },
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::input(error)
    }
}

/// Reads settings; without a file, the defaults.
pub(crate) fn load(path: Option<&Path>) -> Result<Settings, SettingsError> {
    let Some(path) = path else {
        return Ok(Settings::default());
    };
    let bytes = std::fs::read(path).map_err(|error| {
        let name = path.display().to_string();
        let fault = if path.is_dir() {
            InputFault::new(&name, "is a folder", "give the settings file in it")
        } else {
            InputFault::of_io(&name, &error)
        };
        SettingsError::Unreadable(fault)
    })?;
    Settings::parse_bytes(&bytes).map_err(|faults| SettingsError::Faulty {
        path: path.to_owned(),
        faults,
    })
}

/// Lists faults the way compilers do, one a line, so that editors find the place.
fn listed(path: &Path, faults: &Faults) -> String {
    let line = |fault: &Fault| {
        let key = match fault.path.as_str() {
            "" => String::new(),
            key => format!("{key}: "),
        };
        let (line, column) = (fault.line, fault.column);
        let (problem, remedy) = (&fault.problem, &fault.remedy);
        format!(
            "{}:{line}:{column}: {key}{problem} ({remedy})",
            path.display()
        )
    };
    let lines: Vec<String> = faults.as_slice().iter().map(line).collect();
    lines.join("\n")
}
