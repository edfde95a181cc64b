//! `atalaya simulate`: writes the logs that `atalaya_lab` makes of a scenario.

use std::io::Write;
use std::path::PathBuf;

use atalaya_lab::simulate::{self, SimulateError};

use crate::outcome::{Failure, Outcome};

/// The arguments of `atalaya simulate`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Example:
  atalaya simulate reference-incident --out /tmp/logs && atalaya replay /tmp/logs")]
pub(crate) struct Args {
    /// The scenario; an unknown one gets the list of all
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: String,
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The seed: the same scenario and seed give the same bytes
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

impl From<SimulateError> for Failure {
    fn from(error: SimulateError) -> Self {
        match error {
            SimulateError::Write { .. } => Self::internal(error),
            _ => Self::input(error),
        }
    }
}

/// Plays a scenario, writes its logs, and prints how much was written to `out`.
pub(crate) fn run(args: &Args, out: &mut impl Write) -> Result<Outcome, Failure> {
    let summary = simulate::run(&args.scenario, &args.out, args.seed)?;
    writeln!(out, "{summary}")?;
    Ok(Outcome::Clean)
}
