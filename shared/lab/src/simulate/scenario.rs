//! The description of a scenario: a span of ordinary days, the effects laid over them, the
//! deployments that were announced, and the truth that a check may compare a finding with.
//!
//! A scenario is data. A new kind of incident is a new [`Change`] of behaviour, and a few lines in
//! the catalogue; the traffic, the service and the files know nothing of incidents.

use super::service::{Dependency, Route};

/// A time in milliseconds after the scenario's first instant.
pub type Offset = i64;

/// One minute of scenario time, in milliseconds.
pub(crate) const MINUTE: Offset = 60_000;

/// One day of scenario time, in milliseconds.
pub(crate) const DAY: Offset = 24 * 60 * MINUTE;

/// Returns the offset of `hour:minute` on the `day`-th day, where the first day is 0.
pub(crate) const fn clock(day: i64, hour: i64, minute: i64) -> Offset {
    day * DAY + (hour * 60 + minute) * MINUTE
}

/// A whole scenario, ready to be played with any seed.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The name under which the command line asks for it.
    pub name: String,
    /// The first instant, in milliseconds since the epoch; always a Monday's midnight, UTC.
    pub start_ms: i64,
    /// The length of the logs.
    pub length: Offset,
    /// Everything that departs from ordinary traffic, harmful or not.
    pub effects: Vec<Effect>,
    /// Deployments that EventBridge announced, harmful or not.
    pub deployments: Vec<Deployment>,
    /// The incidents that a detector must find.
    pub incidents: Vec<Incident>,
}

/// A departure from ordinary behaviour, for a while and with a strength between 0 and 1.
#[derive(Debug, Clone)]
pub struct Effect {
    /// When it begins.
    pub from: Offset,
    /// When it has ended completely.
    pub to: Offset,
    /// How long it takes to reach full strength.
    pub rise: Offset,
    /// How long before `to` it begins to fade.
    pub fall: Offset,
    /// Full strength only now and then, for effects that come and go.
    pub bursts: Option<Bursts>,
    /// The change of behaviour.
    pub change: Change,
    /// One sentence for the reader of the generated folder.
    pub note: &'static str,
}

/// An on-off pattern inside an effect: `on` milliseconds out of every `every`.
#[derive(Debug, Clone, Copy)]
pub struct Bursts {
    /// The period, in milliseconds.
    pub every: Offset,
    /// The active part at the start of each period, in milliseconds.
    pub on: Offset,
}

/// What an effect does to ordinary behaviour at full strength.
#[derive(Debug, Clone)]
pub enum Change {
    /// Multiplies the arrivals on some routes by `factor`.
    Traffic {
        /// The routes concerned.
        routes: &'static [Route],
        /// More than 1 for a rush, less for a fall.
        factor: f64,
    },
    /// Adds requests of one faulty client that are all refused with `status`.
    Refused {
        /// The route the client calls.
        route: Route,
        /// Its requests per minute.
        per_minute: f64,
        /// The 4xx answer it gets.
        status: u16,
    },
    /// Multiplies the median duration of calls to a dependency, and widens their spread; calls
    /// that pass the client's timeout fail as read timeouts of their own accord.
    SlowCalls {
        /// The dependency that slows down.
        dependency: Dependency,
        /// The factor on the median.
        factor: f64,
        /// What is added to the standard deviation of the duration's logarithm.
        spread: f64,
    },
    /// Makes a share of the calls to a dependency fail outright.
    FailCalls {
        /// The dependency that fails.
        dependency: Dependency,
        /// The routes whose calls fail.
        routes: &'static [Route],
        /// The failing share, from 0 to 1.
        share: f64,
        /// How they fail.
        failure: Failure,
    },
    /// Makes the service's own code fail on a share of the requests, with no dependency involved.
    FailOwn {
        /// The routes whose code is broken.
        routes: &'static [Route],
        /// The failing share, from 0 to 1.
        share: f64,
        /// The exception thrown.
        exception: &'static str,
    },
}

/// How a call to a dependency fails, and how the caller answers then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failure {
    /// The class of the error, as the log's `error_type`.
    pub error_type: &'static str,
    /// The words after "`x` call failed: ".
    pub words: &'static str,
    /// How long such a call takes before it fails, in milliseconds.
    pub duration_ms: f64,
    /// The status that the request is answered with.
    pub status: u16,
}

/// A deployment of an ECS service, as EventBridge reports it.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The ECS service; a deployment of the service itself also replaces its tasks.
    pub service: &'static str,
    /// When ECS began to roll it out.
    pub at: Offset,
    /// How long until ECS reported a steady state.
    pub took: Offset,
    /// One sentence for the reader of the generated folder.
    pub note: &'static str,
}

/// The truth about one incident.
#[derive(Debug, Clone)]
pub struct Incident {
    /// When users began to feel it.
    pub from: Offset,
    /// When they had stopped feeling it.
    pub to: Offset,
    /// The kind of cause, in the words of the command's `incident` lines.
    pub cause: CauseKind,
    /// The name of what caused it.
    pub name: &'static str,
    /// The deployment behind it, as an index into [`Scenario::deployments`].
    pub deployment: Option<usize>,
}

/// Kinds of cause; the names are those of the `cause.kind` field of an `incident` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CauseKind {
    /// A dependency fails or slows down.
    Dependency,
    /// A deployment of the service itself.
    Change,
}

impl Effect {
    /// Returns how strongly the effect acts at `at`, from 0 (not at all) to 1.
    #[must_use]
    pub fn strength(&self, at: Offset) -> f64 {
        if at < self.from || at >= self.to {
            return 0.0;
        }
        if let Some(bursts) = self.bursts
            && (at - self.from).rem_euclid(bursts.every) >= bursts.on
        {
            return 0.0;
        }
        let risen = ramp(at - self.from, self.rise);
        let left = ramp(self.to - at, self.fall);
        risen.min(left)
    }
}

/// Returns how far `passed` has come on a ramp of `length`, from 0 to 1; no ramp is a step.
fn ramp(passed: Offset, length: Offset) -> f64 {
    if length <= 0 {
        return 1.0;
    }
    (passed as f64 / length as f64).clamp(0.0, 1.0)
}

impl Scenario {
    /// Returns the effects at work at `at`, each with its strength.
    pub(crate) fn acting(&self, at: Offset) -> impl Iterator<Item = (&Change, f64)> {
        self.effects
            .iter()
            .map(move |effect| (&effect.change, effect.strength(at)))
            .filter(|(_, strength)| *strength > 0.0)
    }

    /// Returns the stretches in which any alert is a false alarm: the whole span, but for each
    /// incident from its deployment (or, without one, its first moment) until it has settled.
    ///
    /// The hours between a harmful deployment and the first failure are left out because an early
    /// warning there would be neither required nor wrong.
    #[must_use]
    pub fn quiet(&self) -> Vec<(Offset, Offset)> {
        const SETTLE: Offset = 10 * MINUTE;
        let mut quiet = Vec::new();
        let mut from = 0;
        for incident in &self.incidents {
            let begun = incident.deployment.map_or(incident.from, |index| {
                self.deployments[index].at.min(incident.from)
            });
            if begun > from {
                quiet.push((from, begun));
            }
            from = incident.to + SETTLE;
        }
        if from < self.length {
            quiet.push((from, self.length));
        }
        quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_rises_holds_fades_and_bursts() {
        let steady = Effect {
            from: 1_000,
            to: 11_000,
            rise: 2_000,
            fall: 4_000,
            bursts: None,
            change: Change::Traffic {
                routes: &[],
                factor: 1.0,
            },
            note: "",
        };
        let bursting = Effect {
            rise: 0,
            fall: 0,
            bursts: Some(Bursts {
                every: 1_000,
                on: 300,
            }),
            ..steady.clone()
        };
        let rows = [
            (&steady, 999, 0.0),
            (&steady, 1_000, 0.0),
            (&steady, 2_000, 0.5),
            (&steady, 5_000, 1.0),
            (&steady, 9_000, 0.5),
            (&steady, 11_000, 0.0),
            (&bursting, 1_000, 1.0),
            (&bursting, 1_299, 1.0),
            (&bursting, 1_300, 0.0),
            (&bursting, 2_100, 1.0),
        ];
        for (effect, at, expected) in rows {
            let strength = effect.strength(at);
            assert!(
                (strength - expected).abs() < 1e-9,
                "at {at} ms: {strength}, not {expected}"
            );
        }
    }
}
