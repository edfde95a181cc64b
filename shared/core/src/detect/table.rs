//! The detectors, one row each: all that is fixed of a detector and that others ask for.
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
    /// How often in a minute.
    PerMinute,
}

/// What a detector's findings say of an alert that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// They hold it open: what they show is going on.
    Open,
    /// They open one and do not hold it open: their windows of hours still show what has been over for a while.
    OpensOnly,
    /// Neither: they are told beside other trouble.
    Neither,
}

/// What users lose by what a detector finds, the least first: a title names the worst.
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

/// What is fixed of a detector.
#[derive(Debug)]
pub struct Row {
    /// Its id in settings, output and storage, and its anchor in `docs/detectors.md`.
    pub id: &'static str,
    /// What it looks at of a subject that has a baseline.
    pub(crate) signals: &'static [Signal],
    /// The unit of what it saw.
    pub unit: Unit,
    /// What the setting `at_least` measures its findings by.
    pub effect: Effect,
    /// The loudest that it tells.
    pub loudest: Severity,
    /// What users lose by what it finds, where that is no failure.
    pub(crate) harm: Harm,
    /// What its findings say of an alert that is open.
    pub(crate) holds: Holds,
    /// Whether a finding of an open minute holds whatever the rest of the minute brings: missing requests may still come.
    pub holds_early: bool,
    /// How it looks at the recent minutes of requests, a route or calls; `None` for those that look at log lines, or at
    /// series of their own.
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

/// A detector of something that is counted in a minute.
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

    /// Returns what is fixed of it.
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
                // Finds `completed_drop` too: what is due of a route is due of its completed requests.
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

    /// Returns the detector with this id, or with the id that it had once: stored alerts are read for ever.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        // Until the word was needed for what people set, `no_logs` was `silence`.
        let id = if id == "silence" { "no_logs" } else { id };
        Self::ALL.into_iter().find(|detector| detector.id() == id)
    }

    /// Returns its id, which is also its anchor in `docs/detectors.md`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.row().id
    }

    /// Returns what it looks at of a subject that has a baseline.
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
