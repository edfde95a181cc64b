//! What may stand behind `atalaya score`.

use std::path::PathBuf;

use clap::ValueEnum;

/// The arguments of `atalaya score`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
A series is a CSV whose header names the columns timestamp and value, or what aws cloudwatch
get-metric-statistics or get-metric-data prints as JSON; gzip is undone. Timestamps without a
zone are UTC. Each row is judged by the rows before it alone. A row that cannot be read is named
with its line, has the score 0, and makes the exit code 2; the others are scored.

Examples:
  atalaya score cpu.csv > scored.csv
  atalaya score --output json cpu.csv | grep '\"found\":true'
  aws cloudwatch get-metric-statistics ... --output json | atalaya score --plot cpu.svg -
  atalaya score --out results NAB/data")]
pub struct Args {
    /// What to print of each row
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
    /// Draw the series, what was expected of it, and what was found, as SVG
    #[arg(long, value_name = "FILE.svg", conflicts_with = "out")]
    pub plot: Option<PathBuf>,
    /// Write each series to a file of its own in this folder, under the name that it has; folders are entered
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// A file, or - for standard input; with --out, any number of files and folders
    #[arg(required = true, value_name = "SERIES")]
    pub series: Vec<PathBuf>,
}

/// What `atalaya score` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// timestamp,value,anomaly_score: the row as it is, and a score from 0 to 1
    #[default]
    Csv,
    /// One JSON object a line, with what was expected
    Json,
}
