//! `atalaya trial`: incidents injected into synthetic services, and how soon who finds them.
//!
//! A seed is a service (`service`) with noise (`world`) and all that harms nobody (`ordinary`, `effect`); `kind` and
//! `size` draw incidents, `run` plays them before those who watch (`watch`), `score` says what counts, `table`
//! prints it. The minutes are made as totals (`shape`), not as log lines: what reading lines may get wrong is not on
//! trial.
//!
//! Nothing that makes minutes knows how Atalaya detects anything: sizes of incidents and of harmless things are what
//! services have, not what the detector can do.

mod effect;
mod kind;
mod ordinary;
mod rng;
mod run;
mod score;
mod service;
mod shape;
mod size;
mod table;
#[cfg(test)]
mod tests;
mod watch;
mod world;

use std::fmt;
use std::io::Write;
use std::str::FromStr;

pub use kind::IncidentKind;

use crate::args::{TrialArgs, TrialOutput};
use crate::outcome::{Failure, Outcome};
use crate::progress;
use run::Setting;
use watch::ewma::Bar;

/// The first seeds: of tuning and of judging, incidents and healthy months apart. Tuning seeds end at 10000.
const TUNING: (u64, u64) = (1, 5_001);
const JUDGING: (u64, u64) = (100_001, 150_001);

/// Services with incidents, unless told.
const SERVICES: u64 = 60;

/// The deviations that the plain EWMA allows, unless told: the best of 3, 4, 6, 8 and 12 on tuning seeds.
pub const EWMA_K: f64 = 6.0;

/// The minutes over which the plain EWMA learns, unless told: the best of 60, 240 and 1440 on tuning seeds.
pub const EWMA_MINUTES: f64 = 1_440.0;

/// A range of seeds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeds {
    /// The first.
    pub from: u64,
    /// The last.
    pub to: u64,
}

/// Why a text is no range of seeds.
#[derive(Debug, thiserror::Error)]
#[error("write FROM..TO, two whole numbers of which the first is not the larger, as in 1..60")]
pub struct SeedsError;

impl FromStr for Seeds {
    type Err = SeedsError;

    fn from_str(text: &str) -> Result<Self, SeedsError> {
        let (from, to) = text.split_once("..").ok_or(SeedsError)?;
        let number = |text: &str| text.parse().map_err(|_| SeedsError);
        let (from, to) = (number(from)?, number(to)?);
        if from > to {
            return Err(SeedsError);
        }
        Ok(Self { from, to })
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.from, self.to)
    }
}

/// Plays all trials and prints the table.
pub(crate) fn run(args: &TrialArgs, out: &mut impl Write) -> Result<Outcome, Failure> {
    let (first, first_healthy) = if args.tuning { TUNING } else { JUDGING };
    let usual = Seeds {
        from: first,
        to: first + SERVICES - 1,
    };
    let seeds = args.seeds.unwrap_or(usual);
    let seeds: Vec<u64> = (seeds.from..=seeds.to).collect();
    let healthy: Vec<u64> = (first_healthy..first_healthy + args.healthy).collect();
    let mut kinds = args.kinds.clone();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        kinds = IncidentKind::ALL.to_vec();
    }
    let playing = progress::playing((seeds.len() + healthy.len()) as u64);
    let done = || playing.inc(1);
    let setting = Setting {
        evaluations: usize::from(args.evaluations),
        ewma: Bar {
            k: args.ewma_k,
            minutes: args.ewma_minutes,
        },
    };
    let runs = run::all(
        &seeds,
        |seed| run::with_incidents(seed, &kinds, setting),
        done,
    );
    let months = run::all(&healthy, |seed| run::healthy(seed, setting), done);
    playing.finish_and_clear();
    let report = table::Report::of(&runs, &months, &kinds, setting);
    match args.output {
        TrialOutput::Json => {
            serde_json::to_writer(&mut *out, &report).map_err(std::io::Error::from)?;
            writeln!(out)?;
        }
        TrialOutput::Text => {
            report.print(out)?;
            if args.list_misses {
                report.print_misses(out)?;
            }
        }
    }
    Ok(Outcome::Clean)
}
