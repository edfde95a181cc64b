//! `atalaya trial`: plays the trials of `atalaya_lab` and prints its tables.

use std::io::{self, Write};

use atalaya_lab::trial::{self, EWMA_K, EWMA_MINUTES, IncidentKind, Options, Seeds};
use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::outcome::{Failure, Outcome};
use crate::progress;

/// The arguments of `atalaya trial`.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
A seed is a service of 0.5 to 3,000 requests a minute with seasons, noise, jobs, campaigns and harmless blips. Each
lives through 9 to 11 days; each kind of incident befalls a copy of it on the last. Beside Atalaya's detector, a plain
EWMA and fixed thresholds watch the same minutes. Seeds 1 to 10000 are for tuning, those from 100001 for judging.

Examples:
  atalaya trial
  atalaya trial --tuning --kinds p99-only,slow-leak --healthy 0 --list-misses
  atalaya trial --seeds 1..10 --output json")]
pub(crate) struct Args {
    /// The seeds of services with incidents, both ends included [default: 100001..100060, 1..60 with --tuning]
    #[arg(long, value_name = "FROM..TO")]
    pub(crate) seeds: Option<Seeds>,
    /// Use the seeds that are there for tuning
    #[arg(long)]
    pub(crate) tuning: bool,
    /// Services that live through a healthy month, on seeds of their own
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) healthy: u64,
    /// The kinds of incidents; all of them unless told
    #[arg(long, value_name = "KIND", value_parser = kinds(), value_delimiter = ',')]
    pub(crate) kinds: Vec<IncidentKind>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output: Output,
    /// List the incidents for which Atalaya did not page, and all that it told falsely
    #[arg(long)]
    pub(crate) list_misses: bool,
    /// How often Atalaya looks at a minute before it is closed; with 0 it waits for the close, and this runs three times as fast
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(0..=4))]
    pub(crate) evaluations: u8,
    /// The standard deviations that the plain EWMA allows
    #[arg(long, value_name = "K", default_value_t = EWMA_K)]
    pub(crate) ewma_k: f64,
    /// The minutes over which it learns
    #[arg(long, value_name = "MINUTES", default_value_t = EWMA_MINUTES)]
    pub(crate) ewma_minutes: f64,
}

/// How `atalaya trial` prints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// Tables for a person
    #[default]
    Text,
    /// One JSON object, misses and false alarms included
    Json,
}

/// Reads the kinds of incidents by their names.
fn kinds() -> impl TypedValueParser<Value = IncidentKind> {
    let named = |kind: IncidentKind| PossibleValue::new(kind.name()).help(kind.summary());
    PossibleValuesParser::new(IncidentKind::ALL.map(named)).try_map(|name| {
        let kind = IncidentKind::ALL
            .into_iter()
            .find(|kind| kind.name() == name);
        kind.ok_or("no such kind")
    })
}

/// Plays all trials and prints the results.
pub(crate) fn run(args: &Args, out: &mut impl Write) -> Result<Outcome, Failure> {
    let options = Options {
        seeds: args.seeds,
        tuning: args.tuning,
        healthy: args.healthy,
        kinds: args.kinds.clone(),
        evaluations: args.evaluations,
        ewma_k: args.ewma_k,
        ewma_minutes: args.ewma_minutes,
    };
    let playing = progress::playing(options.services());
    let report = trial::run(&options, || playing.inc(1));
    playing.finish_and_clear();
    match args.output {
        Output::Json => {
            serde_json::to_writer(&mut *out, &report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Output::Text => {
            report.print(out)?;
            if args.list_misses {
                report.print_misses(out)?;
            }
        }
    }
    Ok(Outcome::Clean)
}
