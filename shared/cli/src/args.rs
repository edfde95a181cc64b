//! What may stand on the command line. The texts here are the help that a person reads.

use std::fmt;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::trial::{EWMA_K, EWMA_MINUTES, IncidentKind, Seeds};

/// A watchtower over log streams: what broke, since when, how badly, and what most likely caused it.
#[derive(Debug, Parser)]
#[command(name = "atalaya", version, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Input is a file, a folder or - for standard input: a Lambda event, a decoded batch, an export to S3,
what aws logs filter-log-events or aws logs tail print, an EventBridge event of ECS, or log lines.
What it is, is recognised by its content; gzip is undone.

Examples:
  atalaya simulate reference-incident --out /tmp/logs && atalaya replay /tmp/logs
  atalaya inspect app.log
  aws logs tail /ecs/prod/loan-api --since 1h | atalaya replay -
  atalaya score --plot cpu.svg cpu.csv
  atalaya check atalaya.yaml
  atalaya backtest --config new.yaml --against old.yaml /tmp/logs

Exit codes:
  0  all went well
  1  check found faults, or backtest an incident that --fail-on names
  2  the command line is wrong, or part of the input could not be read (the rest was handled)
  3  the store failed, or the program itself";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Handle logs as the deployed functions would, and say what comes of it
    Replay(ReplayArgs),
    /// Show what settings would have told of past logs, and what others would have told instead
    Backtest(BacktestArgs),
    /// Show what is recognised in each log record
    Inspect(InspectArgs),
    /// Tell of each row of a metric's series how unusual it is
    Score(ScoreArgs),
    /// Turn log lines into a Lambda event, and back
    #[command(subcommand)]
    Event(EventCommand),
    /// Check a settings file and name every fault with its line
    Check(CheckArgs),
    /// Write the logs of the reference service in a scenario, with the truth about its incidents
    Simulate(SimulateArgs),
    /// Inject incidents into synthetic services and count how many are found, how soon, and what is told of nothing
    Trial(TrialArgs),
    /// Build the functions into zips that Lambda takes, with their checksums
    Package(PackageArgs),
}

impl Command {
    /// Returns whether what is printed is for a person, and may be coloured; programs get plain bytes.
    pub(crate) fn prints_for_a_person(&self) -> bool {
        match self {
            Self::Replay(args) => args.output == ReplayOutput::Text,
            Self::Backtest(args) => args.output == BacktestOutput::Text,
            Self::Inspect(args) => args.output == InspectOutput::Text,
            Self::Check(_) | Self::Simulate(_) | Self::Package(_) => true,
            Self::Trial(args) => args.output == TrialOutput::Text,
            Self::Event(_) | Self::Score(_) => false,
        }
    }
}

/// The arguments of `atalaya replay`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  atalaya replay events/reference-incident
  atalaya replay --config atalaya.yaml --output json app.log | grep '\"kind\":\"incident\"'
  atalaya replay --output none --repeat 50 batch.json")]
pub struct ReplayArgs {
    /// The settings file; without one, formats are detected and services are named by their logs
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep baselines and incidents here, from one run to the next; the clock stops with the input, and minutes that are
    /// not over by then are judged by the next run
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub output: ReplayOutput,
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
pub enum ReplayOutput {
    /// What a person on call would read
    #[default]
    Text,
    /// One JSON object a line, in order of event time
    Json,
    /// Nothing but errors
    None,
}

/// The arguments of `atalaya backtest`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Both settings see the same deliveries through the whole flow, rules for lines included.
Baselines begin with nothing, so that the first hours tell little, or with --state.

Examples:
  atalaya backtest --config atalaya.yaml exported-logs/
  atalaya backtest --config new.yaml --against old.yaml exported-logs/
  atalaya backtest --config new.yaml --fail-on page --output json quiet-week/ | tail -1")]
pub struct BacktestArgs {
    /// The settings file to try; without one, the defaults
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The settings file to lay beside it
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub output: BacktestOutput,
    /// Begin with the baselines and incidents of this state of replay, which is read and never written
    #[arg(long, value_name = "PATH")]
    pub state: Option<PathBuf>,
    /// End with exit code 1 where --config tells an incident of this severity or a worse one
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// The log group of lines that do not name theirs
    #[arg(long, value_name = "GROUP")]
    pub log_group: Option<String>,
    /// Files, folders, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
}

/// How `atalaya backtest` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum BacktestOutput {
    /// A table for a person
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// What `atalaya backtest` takes for a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// A page
    Page,
    /// A ticket or a page
    Ticket,
}

/// The arguments of `atalaya inspect`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Examples:
  atalaya inspect app.log
  kubectl logs my-pod | atalaya inspect --output json -")]
pub struct InspectArgs {
    /// The settings file
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub output: InspectOutput,
    /// Files, folders, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,
}

/// How `atalaya inspect` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum InspectOutput {
    /// For a person
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// The arguments of `atalaya score`.
#[derive(Debug, Clone, Args)]
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
pub struct ScoreArgs {
    /// What to print of each row
    #[arg(long, value_enum, default_value_t)]
    pub output: ScoreOutput,
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
pub enum ScoreOutput {
    /// timestamp,value,anomaly_score: the row as it is, and a score from 0 to 1
    #[default]
    Csv,
    /// One JSON object a line, with what was expected
    Json,
}

/// What to do with Lambda events.
#[derive(Debug, Clone, Subcommand)]
pub enum EventCommand {
    /// Make a Lambda event of log lines
    Make(MakeArgs),
    /// Show the batches in a Lambda event as readable JSON
    Show(ShowArgs),
}

/// The arguments of `atalaya event make`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Example:
  atalaya event make --log-group /ecs/prod/loan-api -o event.json app.log
  cargo lambda invoke ingest --data-file event.json")]
pub struct MakeArgs {
    /// The log group; by default that of the lines, or the file's name
    #[arg(long, value_name = "GROUP")]
    pub log_group: Option<String>,
    /// The log stream; by default that of the lines, or the file's name
    #[arg(long, value_name = "STREAM")]
    pub log_stream: Option<String>,
    /// The account that owns the log group
    #[arg(long, value_name = "ACCOUNT", default_value = "123456789012")]
    pub owner: String,
    /// Wrap the batches as a Kinesis stream delivers them
    #[arg(long)]
    pub kinesis: bool,
    /// Where to write the event; standard output unless told
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// A file of log lines, or - for standard input
    #[arg(value_name = "LINES")]
    pub lines: PathBuf,
}

/// The arguments of `atalaya event show`.
#[derive(Debug, Clone, Args)]
pub struct ShowArgs {
    /// A file with a Lambda event, or - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// The arguments of `atalaya check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The settings file
    #[arg(value_name = "FILE", required_unless_present = "schema")]
    pub file: Option<PathBuf>,
    /// Print the JSON Schema of settings files instead, for editors
    #[arg(long, conflicts_with = "file")]
    pub schema: bool,
}

/// The arguments of `atalaya simulate`.
#[derive(Debug, Clone, Args)]
pub struct SimulateArgs {
    /// The scenario; an unknown one gets the list of all
    #[arg(value_name = "SCENARIO")]
    pub scenario: String,
    /// The folder to write to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The seed: the same scenario and seed give the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// The arguments of `atalaya trial`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
A seed is a service of 0.5 to 3,000 requests a minute with seasons, noise, jobs, campaigns and harmless blips. Each
lives through 9 to 11 days; each kind of incident befalls a copy of it on the last. Beside Atalaya's detector, a plain
EWMA and fixed thresholds watch the same minutes. Seeds 1 to 10000 are for tuning, those from 100001 for judging.

Examples:
  atalaya trial
  atalaya trial --tuning --kinds p99-only,slow-leak --healthy 0 --list-misses
  atalaya trial --seeds 1..10 --output json")]
pub struct TrialArgs {
    /// The seeds of services with incidents, both ends included [default: 100001..100060, 1..60 with --tuning]
    #[arg(long, value_name = "FROM..TO")]
    pub seeds: Option<Seeds>,
    /// Use the seeds that are there for tuning
    #[arg(long)]
    pub tuning: bool,
    /// Services that live through a healthy month, on seeds of their own
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub healthy: u64,
    /// The kinds of incidents; all of them unless told
    #[arg(long, value_name = "KIND", value_enum, value_delimiter = ',')]
    pub kinds: Vec<IncidentKind>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub output: TrialOutput,
    /// List the incidents for which Atalaya did not page, and all that it told falsely
    #[arg(long)]
    pub list_misses: bool,
    /// How often Atalaya looks at a minute before it is closed; with 0 it waits for the close, and this runs three times as fast
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(0..=4))]
    pub evaluations: u8,
    /// The standard deviations that the plain EWMA allows
    #[arg(long, value_name = "K", default_value_t = EWMA_K)]
    pub ewma_k: f64,
    /// The minutes over which it learns
    #[arg(long, value_name = "MINUTES", default_value_t = EWMA_MINUTES)]
    pub ewma_minutes: f64,
}

/// How `atalaya trial` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TrialOutput {
    /// Tables for a person
    #[default]
    Text,
    /// One JSON object, misses and false alarms included
    Json,
}

/// The arguments of `atalaya package`.
#[derive(Debug, Clone, Args)]
#[command(after_help = "\
Run it in a clone of the repository. The same sources give the same bytes, in whatever folder they lie.

Examples:
  atalaya package
  atalaya package --arch x86_64 ingest && (cd dist/x86_64 && sha256sum --check SHA256SUMS)")]
pub struct PackageArgs {
    /// The processor that the functions will run on
    #[arg(long, value_enum, default_value_t)]
    pub arch: Architecture,
    /// The folder to write to; each architecture gets a folder of its own in it
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub out: PathBuf,
    /// The functions; all of them unless told
    #[arg(value_name = "FUNCTION")]
    pub functions: Vec<String>,
}

/// A processor that Lambda offers, under the name that Lambda has for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Architecture {
    /// Graviton: about a fifth cheaper for the same memory
    #[default]
    #[value(name = "arm64")]
    Arm64,
    /// Intel and AMD
    #[value(name = "x86_64")]
    X86_64,
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        })
    }
}
