//! The command's messages on standard error: faults of the input, and why it failed.

use std::error::Error;

use crate::input::InputFault;
use crate::outcome::{Failure, Outcome};

const STYLE: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();

/// Prints a fault.
pub(crate) fn error(problem: &str) {
    anstream::eprintln!("{STYLE}error:{STYLE:#} {problem}");
}

/// Prints a note about a source.
pub(crate) fn note(source: &str, note: &str) {
    anstream::eprintln!("note: {source}: {note}");
}

/// Prints the parts of the input that could not be read, and returns the command's outcome.
pub(crate) fn faults(faults: &[InputFault]) -> Outcome {
    for fault in faults {
        error(&fault.to_string());
    }
    if faults.is_empty() {
        Outcome::Clean
    } else {
        Outcome::BadInput
    }
}

/// Prints why the command failed, with the causes of the error.
pub(crate) fn failure(failure: &Failure) {
    let mut text = failure.to_string();
    let mut source = failure.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    error(&text);
}
