//! What may stand behind `atalaya inspect`.

use std::path::PathBuf;

use clap::ValueEnum;

/// The arguments of `atalaya inspect`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
Examples:
  atalaya inspect app.log
  kubectl logs my-pod | atalaya inspect --output json -")]
pub struct Args {
    /// The settings file
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
    /// Files, folders, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
}

/// How `atalaya inspect` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For a person
    #[default]
    Text,
    /// One JSON object a line
    Json,
}
