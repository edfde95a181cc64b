//! Trials: incidents injected into synthetic services, to measure which detector finds them and how
//! soon.
//!
//! A seed determines a service (`service`) with noise (`world`) and harmless effects (`ordinary`,
//! `effect`); `kind` and `size` draw incidents, `run` plays them to the detectors (`watch`),
//! `score` defines what counts as found, `table` prints the results. The minutes are generated as
//! totals (`shape`), not as log lines: reading log lines is not under test here.
//!
//! No code that generates minutes knows how Atalaya detects anything: the sizes of incidents and
//! harmless effects are those of real services, not those that the detector can handle.

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
use std::str::FromStr;

pub use kind::IncidentKind;
pub use table::Report;

use run::Setting;
use watch::ewma::Bar;

/// The first seeds: of tuning and of judging, incidents and healthy months apart. Tuning seeds end at 10000.
const TUNING: (u64, u64) = (1, 5_001);
const JUDGING: (u64, u64) = (100_001, 150_001);

/// The default number of services with incidents.
const SERVICES: u64 = 60;

/// The default of the deviations that the plain EWMA allows: the best of 3, 4, 6, 8 and 12 on
/// tuning seeds.
pub const EWMA_K: f64 = 6.0;

/// The default of the minutes over which the plain EWMA learns: the best of 60, 240 and 1440 on
/// tuning seeds.
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

/// The trials to play, and the parameters of the detectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The seeds of services with incidents; without them, 60 of those kept for judging or for tuning.
    pub seeds: Option<Seeds>,
    /// Whether the seeds for tuning are used.
    pub tuning: bool,
    /// How many services live through a healthy month, on seeds of their own.
    pub healthy: u64,
    /// The kinds of incidents; an empty list means all of them.
    pub kinds: Vec<IncidentKind>,
    /// How often Atalaya evaluates a minute before it is closed, from 0 to 4.
    pub evaluations: u8,
    /// The standard deviations that the plain EWMA allows.
    pub ewma_k: f64,
    /// The minutes over which the plain EWMA learns.
    pub ewma_minutes: f64,
}

impl Options {
    fn seeds(&self) -> Seeds {
        let (from, _) = if self.tuning { TUNING } else { JUDGING };
        self.seeds.unwrap_or(Seeds {
            from,
            to: from + SERVICES - 1,
        })
    }

    /// Returns how many services are played: those with incidents and the healthy ones.
    #[must_use]
    pub fn services(&self) -> u64 {
        let Seeds { from, to } = self.seeds();
        (to - from).saturating_add(1).saturating_add(self.healthy)
    }
}

/// Plays all trials, calls `done` after each service, and counts the results.
pub fn run(options: &Options, done: impl Fn() + Sync) -> Report {
    let Seeds { from, to } = options.seeds();
    let seeds: Vec<u64> = (from..=to).collect();
    let (_, first_healthy) = if options.tuning { TUNING } else { JUDGING };
    let healthy: Vec<u64> = (first_healthy..first_healthy + options.healthy).collect();
    let mut kinds = options.kinds.clone();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        kinds = IncidentKind::ALL.to_vec();
    }
    let setting = Setting {
        evaluations: usize::from(options.evaluations),
        ewma: Bar {
            k: options.ewma_k,
            minutes: options.ewma_minutes,
        },
    };
    let runs = run::all(
        &seeds,
        |seed| run::with_incidents(seed, &kinds, setting),
        &done,
    );
    let months = run::all(&healthy, |seed| run::healthy(seed, setting), &done);
    Report::of(&runs, &months, &kinds, setting)
}
