//! What all Lambda functions share: what the environment says, which settings hold, how long an invocation may take, how
//! metrics and log lines are written, and how a failure is told to Lambda.
//!
//! Nothing here knows what any of the functions is for, except the table of the metrics that each emits about itself.

pub mod deadline;
pub mod environment;
pub mod failure;
pub mod output;
pub mod self_metric;
pub mod settings_cache;

use std::process::ExitCode;

use crate::output::{LogLevel, Output};

/// Tells how a function ended: one that stopped by an error says so in its log first.
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
