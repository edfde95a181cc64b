//! The commands of the command line. Each one's arguments are beside it; the texts are the help that a person reads.

use clap::{Parser, Subcommand};

use crate::{backtest, check, event, inspect, package, replay, score};
#[cfg(feature = "lab")]
use crate::{simulate, trial};

/// A watchtower over log streams: what broke, since when, how badly, and what most likely caused it.
#[derive(Debug, Parser)]
#[command(name = "atalaya", version, after_help = EXIT_CODES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Input is a file, a folder or - for standard input: a Lambda event, a decoded batch, an export to S3,
what aws logs filter-log-events or aws logs tail print, an EventBridge event of ECS, or log lines.
What it is, is recognised by its content; gzip is undone.

Examples:
  atalaya replay events/reference-incident
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
pub(crate) enum Command {
    /// Handle logs as the deployed functions would, and say what comes of it
    Replay(replay::Args),
    /// Show what settings would have told of past logs, and what others would have told instead
    Backtest(backtest::Args),
    /// Show what is recognised in each log record
    Inspect(inspect::Args),
    /// Tell of each row of a metric's series how unusual it is
    Score(score::Args),
    /// Turn log lines into a Lambda event, and back
    #[command(subcommand)]
    Event(event::Command),
    /// Check a settings file and name every fault with its line
    Check(check::Args),
    #[cfg(feature = "lab")]
    /// Write the logs of the reference service in a scenario, with the truth about its incidents
    Simulate(simulate::Args),
    #[cfg(feature = "lab")]
    /// Inject incidents into synthetic services and count how many are found, how soon, and what is told of nothing
    Trial(trial::Args),
    /// Build the functions into zips that Lambda takes, with their checksums
    Package(package::Args),
}

impl Command {
    /// Returns whether what is printed is for a person, and may be coloured; programs get plain bytes.
    pub(crate) fn prints_for_a_person(&self) -> bool {
        match self {
            Self::Replay(args) => args.output == replay::Output::Text,
            Self::Backtest(args) => args.output == backtest::Output::Text,
            Self::Inspect(args) => args.output == inspect::Output::Text,
            Self::Check(_) | Self::Package(_) => true,
            #[cfg(feature = "lab")]
            Self::Simulate(_) => true,
            #[cfg(feature = "lab")]
            Self::Trial(args) => args.output == trial::Output::Text,
            Self::Event(_) | Self::Score(_) => false,
        }
    }
}
