//! What all Lambda functions share: reading the environment, choosing the settings, keeping within
//! the time of an invocation, writing metrics and log lines, and returning failures to Lambda.
//!
//! Nothing here knows the purpose of any function, except the table of the metrics that each
//! function emits about itself.

pub mod deadline;
pub mod environment;
pub mod failure;
pub mod output;
pub mod self_metric;
pub mod settings_cache;

use std::process::ExitCode;

use crate::output::{LogLevel, Output};

/// Turns a function's result into an exit code; an error is first written to the log.
#[must_use]
pub fn ended(served: anyhow::Result<()>) -> ExitCode {
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let told = [("error", failure::chain(error.as_ref()).into())];
            Output::of_process().log(LogLevel::Error, "function stopped", told);
            ExitCode::FAILURE
        }
    }
}
