//! What may stand behind `atalaya backtest`.

use std::path::PathBuf;

use clap::ValueEnum;

/// The arguments of `atalaya backtest`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Both settings see the same deliveries through the whole flow, rules for lines included.
Baselines begin with nothing, so that the first hours tell little, or with --state.

Examples:
  atalaya backtest --config atalaya.yaml exported-logs/
  atalaya backtest --config new.yaml --against old.yaml exported-logs/
  atalaya backtest --config new.yaml --fail-on page --output json quiet-week/ | tail -1")]
pub(crate) struct Args {
    /// The settings file to try; without one, the defaults
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The settings file to lay beside it
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// Begin with the baselines and incidents of this state of replay, which is read and never written
    #[arg(long, value_name = "PATH")]
    pub(crate) state: Option<PathBuf>,
    /// End with exit code 1 where --config tells an incident of this severity or a worse one
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(crate) fail_on: Option<FailOn>,
    /// The log group of lines that do not name theirs
    #[arg(long, value_name = "GROUP")]
    pub(crate) log_group: Option<String>,
    /// Files, folders, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
}

/// How `atalaya backtest` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// A table for a person
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// What `atalaya backtest` takes for a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// A page
    Page,
    /// A ticket or a page
    Ticket,
}
