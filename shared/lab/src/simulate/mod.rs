//! Simulation: seeded logs of the reference service, with labelled incidents.
//!
//! A scenario (`scenario`, `catalogue`) is data: ordinary days plus effects. `traffic` draws when
//! requests arrive, `service` answers each of them under the acting effects, `lines` prints what
//! the service would have logged, `write` lays the result out as a CloudWatch Logs export to S3.
//!
//! Nothing here knows how Atalaya detects anything: the simulator must not be tuned to the
//! detector.

mod catalogue;
mod fleet;
mod lines;
mod rng;
mod scenario;
mod service;
#[cfg(test)]
mod tests;
mod traffic;
mod write;

use std::fmt;
use std::path::{Path, PathBuf};

pub use catalogue::{NAMES, find};
pub use scenario::{
    Bursts, CauseKind, Change, Deployment, Effect, Failure, Incident, Offset, Scenario,
};
pub use service::{Dependency, Route};

use fleet::Fleet;
use lines::{Line, Printer};
use rng::Rng;
use traffic::Traffic;

/// The lane of the rng for the lines that the first task logs outside of requests; the lanes of the
/// other tasks follow downwards.
const HOUSEKEEPING_LANE: u64 = u64::MAX - 16;

/// A summary of what was written, for the user.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// The scenario's name.
    pub scenario: String,
    /// The seed it was played with.
    pub seed: u64,
    /// The first instant, in milliseconds since the epoch.
    pub from_ms: i64,
    /// The instant after the last, in milliseconds since the epoch.
    pub to_ms: i64,
    /// Log streams written.
    pub streams: usize,
    /// Log events written.
    pub lines: usize,
    /// Requests among them, health checks not counted.
    pub requests: usize,
    /// Deployment events written.
    pub changes: usize,
    /// The size of all files together.
    pub bytes: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scenario,
            seed,
            streams,
            lines,
            requests,
            changes,
            bytes,
            ..
        } = self;
        write!(
            f,
            "{scenario} (seed {seed}): {requests} requests in {lines} lines of {streams} log \
             streams, {changes} deployment events, {bytes} bytes"
        )
    }
}

/// Why nothing, or not everything, was simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The catalogue has no such scenario.
    #[error("unknown scenario `{0}`; choose one of {list}", list = NAMES.join(", "))]
    UnknownScenario(String),
    /// The number of days of `quiet:DAYS` cannot be used.
    #[error("`{given}` is not a number of days; write quiet:1 to quiet:{most}")]
    Days {
        /// The text behind the colon.
        given: String,
        /// The most days accepted.
        most: i64,
    },
    /// The folder holds something that an earlier simulation did not put there.
    #[error("{} is not empty and no earlier simulation made it; choose another folder", .0.display())]
    OutputInUse(PathBuf),
    /// A file or folder could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
}

/// Plays the scenario of that name and writes it to `out`: the same scenario and seed give the
/// same bytes. An earlier simulation in `out` is replaced; any other content is left alone.
///
/// # Errors
///
/// [`SimulateError`], when the name is unknown, `out` holds something else, or a write fails.
pub fn run(scenario: &str, out: &Path, seed: u64) -> Result<Summary, SimulateError> {
    let scenario = find(scenario)?;
    let played = play(&scenario, seed);
    write::write(&scenario, seed, &played, out)
}

/// The logs of a scenario, before they are files.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) streams: Vec<Stream>,
    pub(crate) requests: usize,
}

/// One log stream, its lines in order of time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
}

/// Plays a scenario from its first minute to its last.
pub(crate) fn play(scenario: &Scenario, seed: u64) -> Played {
    let traffic = Traffic::new(seed, scenario.length);
    let fleet = Fleet::new(scenario, seed);
    let printer = Printer {
        start_ms: scenario.start_ms,
    };
    let mut streams: Vec<Stream> = fleet
        .tasks
        .iter()
        .map(|task| Stream {
            name: task.stream.clone(),
            lines: Vec::new(),
        })
        .collect();
    let mut requests = 0;
    // Each minute of each route has a lane of its own; those of single purposes count down from
    // the top, where no minute ever comes.
    let lanes = Route::ALL.len();
    for minute in 0..traffic.minutes() {
        for (index, route) in Route::ALL.into_iter().enumerate() {
            let lane = (minute * lanes + index) as u64;
            let mut rng = Rng::new(seed, lane);
            for arrival in traffic.arrivals(scenario, minute, route, &mut rng) {
                let served = service::serve(scenario, arrival, &mut rng);
                let task = fleet.pick(arrival.at, &mut rng);
                let left = printer.request(&served, &mut rng);
                if served.at < scenario.length {
                    requests += 1;
                    streams[task].lines.extend(left);
                }
            }
        }
    }
    for (index, task) in fleet.tasks.iter().enumerate() {
        let mut rng = Rng::new(seed, HOUSEKEEPING_LANE - index as u64);
        let said = printer.housekeeping(task, scenario.length, &mut rng);
        streams[index].lines.extend(said);
        // The sort is stable: lines of one instant stay in the order they were printed in.
        streams[index].lines.sort_by_key(|line| line.at);
    }
    Played { streams, requests }
}
