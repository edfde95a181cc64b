//! What may stand behind `atalaya replay`.

use std::path::PathBuf;

use clap::ValueEnum;

/// The arguments of `atalaya replay`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  atalaya replay events/reference-incident
  atalaya replay --config atalaya.yaml --output json app.log | grep '\"kind\":\"incident\"'
  atalaya replay --output none --repeat 50 batch.json")]
pub struct Args {
    /// The settings file; without one, formats are detected and services are named by their logs
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep baselines and incidents here, from one run to the next; the clock stops with the input, and minutes that are
    /// not over by then are judged by the next run
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
    /// Handle the input this many times, each time afresh and in memory, and print nothing: for timing
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "state")]
    pub repeat: u32,
    /// The log group of lines that do not name theirs
    #[arg(long, value_name = "GROUP")]
    pub log_group: Option<String>,
    /// Files, folders, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
}

/// What `atalaya replay` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// What a person on call would read
    #[default]
    Text,
    /// One JSON object a line, in order of event time
    Json,
    /// Nothing but errors
    None,
}
