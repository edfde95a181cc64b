//! A finding of a detector: its severity, how sure it is, and the evidence.

use super::{Detector, Evidence, Subject};
use crate::baseline::Signal;
use crate::time::Minute;

/// How urgent a finding or an alert is. Ordered: a page is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Information: shown beside more severe findings; alone it opens no alert.
    Info,
    /// Somebody should look at it within a day.
    Ticket,
    /// Somebody should look at it now.
    Page,
}

impl Severity {
    /// Returns its name in output and storage.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Ticket => "ticket",
            Self::Page => "page",
        }
    }

    /// Returns the severity with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Info, Self::Ticket, Self::Page]
            .into_iter()
            .find(|severity| severity.name() == name)
    }
}

/// How much evidence a finding has, apart from how severe it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The baseline has less than six hours of evidence.
    Low,
    /// The baseline has less than a day of evidence, or the finding is just beyond its threshold.
    Medium,
    /// The baseline has a day of evidence or more, and the finding is well beyond its threshold.
    High,
}

impl Confidence {
    /// Returns the confidence with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High]
            .into_iter()
            .find(|confidence| confidence.name() == name)
    }

    /// Returns its name in output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    pub(super) fn of(surprise: f64, evidence_minutes: f64) -> Self {
        if evidence_minutes < 360.0 {
            Self::Low
        } else if evidence_minutes < 1_200.0 || surprise < 20.0 {
            Self::Medium
        } else {
            Self::High
        }
    }
}

/// Something unusual about a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The detector that made it.
    pub detector: Detector,
    /// What the finding is about.
    pub subject: Subject,
    /// Which of the detector's [signals](Detector::signals); `None` where it has none.
    pub signal: Option<Signal>,
    /// The last minute that the detector looked at.
    pub minute: Minute,
    /// The first bad minute.
    pub since: Minute,
    /// The value that the detector saw, in its unit.
    pub seen: f64,
    /// The normal value: the middle of the expected band.
    pub normal: f64,
    /// The expected band, from and to.
    pub band: (f64, f64),
    /// How unusual: `-ln` of an upper bound on its probability, at least 0.
    pub surprise: f64,
    /// Its severity.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// The numbers that it rests on.
    pub evidence: Evidence,
}

impl Finding {
    /// Returns whether the finding is about failures.
    pub(crate) fn is_of_failures(&self) -> bool {
        self.signal == Some(Signal::Errors)
    }

    /// Returns the signal if the detector watches several, so that its id alone does not say which.
    #[must_use]
    pub fn distinguishing_signal(&self) -> Option<Signal> {
        self.signal.filter(|_| self.detector.signals().len() > 1)
    }

    /// Returns whether the finding is too bad for an ordinary job or release: at least a fifth of
    /// requests fail, at most a tenth of the traffic is left, or requests are six times as slow as
    /// usual.
    pub(crate) fn is_grave(&self) -> bool {
        match self.detector {
            Detector::Latency => self.seen >= 6.0 * self.normal,
            Detector::TrafficDrop | Detector::CompletedDrop => self.seen <= 0.1 * self.normal,
            _ => self.is_of_failures() && self.seen >= 0.2,
        }
    }
}
