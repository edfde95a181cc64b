//! The table of detectors, one row each, with everything fixed about a detector that other modules
//! need.
//!
//! To add a detector: write its file, add a variant to [`Detector`] and its row to [`Detector::row`], and give it a
//! heading of its id in `docs/detectors.md`; the settings and their schema read the table.

use super::tuning::Effect;
use super::{Detector, Finding, Recent, Severity, Watch};
use super::{after_deploy, drift, error_rate, latency, latency_tail, traffic};
use crate::baseline::Signal;

/// The unit of what a detector saw and of its expected band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share, 0 to 1.
    Share,
    /// Milliseconds.
    Milliseconds,
    /// A count per minute.
    PerMinute,
}

/// How a detector's findings affect an alert that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// They open an alert and hold it open: what they show is still happening.
    Open,
    /// They open an alert but do not hold it open: their windows of hours still show trouble for a
    /// while after its end.
    OpensOnly,
    /// They do neither: they are reported beside other trouble.
    Neither,
}

/// What users lose by the findings of a detector, the least first. A title names the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Harm {
    /// Nothing by itself.
    None,
    /// Time, or whatever went on before the lines stopped.
    Slowness,
    /// Requests do not come.
    Missing,
    /// Requests fail.
    Failures,
    /// Requests of the whole service fail.
    AllFail,
}

/// The fixed properties of a detector.
#[derive(Debug)]
pub struct Row {
    /// Its id in settings, output and storage, and its anchor in `docs/detectors.md`.
    pub id: &'static str,
    /// The signals that it watches of a subject that has a baseline.
    pub(crate) signals: &'static [Signal],
    /// The unit of the value that it saw.
    pub unit: Unit,
    /// How the setting `at_least` measures its findings.
    pub effect: Effect,
    /// The highest severity of its findings.
    pub loudest: Severity,
    /// What users lose by its findings, where these are no failures.
    pub(crate) harm: Harm,
    /// How its findings affect an alert that is open.
    pub(crate) holds: Holds,
    /// Whether a finding of an open minute stays true whatever the rest of the minute brings. It
    /// does not for missing requests, which may still come.
    pub holds_early: bool,
    /// The function that examines the recent minutes of requests, a route or calls; `None` for
    /// detectors of log lines, or of series of their own.
    pub(crate) find: Option<fn(&Recent<'_>, Watch) -> Option<Finding>>,
}

impl Unit {
    /// Returns its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Milliseconds => "ms",
            Self::PerMinute => "per_minute",
        }
    }
}

/// A detector of the share that fails or is slow, over windows from minutes to hours.
const OF_SHARES: Row = Row {
    id: "",
    signals: &[],
    unit: Unit::Share,
    effect: Effect::Share,
    loudest: Severity::Page,
    harm: Harm::Slowness,
    holds: Holds::OpensOnly,
    holds_early: true,
    find: None,
};

/// A detector of a count per minute.
const OF_COUNTS: Row = Row {
    unit: Unit::PerMinute,
    effect: Effect::Rate,
    harm: Harm::None,
    holds: Holds::Open,
    ..OF_SHARES
};

impl Detector {
    /// All of them, in the order in which their findings stand.
    pub const ALL: [Self; 12] = [
        Self::ErrorRate,
        Self::Latency,
        Self::LatencyTail,
        Self::AfterDeploy,
        Self::Drift,
        Self::TrafficDrop,
        Self::CompletedDrop,
        Self::NoLogs,
        Self::NewError,
        Self::ErrorSurge,
        Self::LatencyLevel,
        Self::TrafficLevel,
    ];

    /// Returns its row.
    #[must_use]
    pub const fn row(self) -> &'static Row {
        const NEITHER: Row = Row {
            loudest: Severity::Info,
            holds: Holds::Neither,
            ..OF_COUNTS
        };
        match self {
            Self::ErrorRate => &Row {
                id: "error_rate",
                signals: &[Signal::Errors],
                harm: Harm::Failures,
                find: Some(error_rate::find),
                ..OF_SHARES
            },
            Self::Latency => &Row {
                id: "latency",
                signals: &[Signal::Latency],
                unit: Unit::Milliseconds,
                effect: Effect::Duration,
                find: Some(latency::find),
                ..OF_SHARES
            },
            Self::LatencyTail => &Row {
                id: "latency_tail",
                signals: &[Signal::Latency],
                find: Some(latency_tail::find),
                ..OF_SHARES
            },
            Self::AfterDeploy => &Row {
                id: "after_deploy",
                signals: &[Signal::Errors, Signal::Latency],
                find: Some(after_deploy::find),
                ..OF_SHARES
            },
            Self::Drift => &Row {
                id: "drift",
                signals: &[Signal::Errors, Signal::Latency],
                find: Some(drift::find),
                ..OF_SHARES
            },
            Self::TrafficDrop => &Row {
                id: "traffic_drop",
                signals: &[Signal::Traffic],
                harm: Harm::Missing,
                effect: Effect::Fall,
                holds_early: false,
                // This function also makes the findings of `completed_drop`: for a route, the
                // requests due are completed requests.
                find: Some(traffic::find),
                ..OF_COUNTS
            },
            Self::CompletedDrop => &Row {
                id: "completed_drop",
                signals: &[Signal::Traffic],
                effect: Effect::Fall,
                holds_early: false,
                ..NEITHER
            },
            Self::NoLogs => &Row {
                id: "no_logs",
                effect: Effect::Stretch,
                harm: Harm::Slowness,
                holds_early: false,
                ..OF_COUNTS
            },
            Self::NewError => &Row {
                id: "new_error",
                loudest: Severity::Ticket,
                ..OF_COUNTS
            },
            Self::ErrorSurge => &Row {
                id: "error_surge",
                loudest: Severity::Ticket,
                ..OF_COUNTS
            },
            Self::LatencyLevel => &Row {
                id: "latency_level",
                unit: Unit::Milliseconds,
                effect: Effect::Duration,
                ..NEITHER
            },
            Self::TrafficLevel => &Row {
                id: "traffic_level",
                ..NEITHER
            },
        }
    }

    /// Returns the detector with this id, or with an id that it had before: stored alerts must stay
    /// readable.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        // `no_logs` was called `silence` until that word was needed for the silences that people
        // set.
        let id = if id == "silence" { "no_logs" } else { id };
        Self::ALL.into_iter().find(|detector| detector.id() == id)
    }

    /// Returns its id, which is also its anchor in `docs/detectors.md`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.row().id
    }

    /// Returns the signals that it watches of a subject that has a baseline.
    #[must_use]
    pub const fn signals(self) -> &'static [Signal] {
        self.row().signals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_distinct_and_come_back() {
        let ids: std::collections::BTreeSet<_> = Detector::ALL.map(Detector::id).into();
        assert_eq!(ids.len(), Detector::ALL.len());
        for detector in Detector::ALL {
            assert_eq!(Detector::named(detector.id()), Some(detector));
        }
        assert_eq!(Detector::named("silence"), Some(Detector::NoLogs));
        assert_eq!(Detector::named(""), None);
    }

    #[test]
    fn each_has_its_place_in_the_documentation() {
        let docs = include_str!("../../../../docs/detectors.md");
        let headings: Vec<&str> = docs.lines().filter_map(|l| l.strip_prefix("## ")).collect();
        for detector in Detector::ALL {
            assert!(headings.contains(&detector.id()), "{}", detector.id());
        }
    }
}
