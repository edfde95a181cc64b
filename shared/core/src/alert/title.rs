//! What the title of an alert says, as data: what is wrong, how badly, and why. The words for it
//! are chosen where it is shown.

use super::cause::{Cause, CauseKind, Trouble};
use crate::detect::table::Harm;
use crate::detect::{Detector, Finding, Severity, Signal, Subject};

/// The content of an alert's title.
#[derive(Debug, Clone, PartialEq)]
pub enum Title {
    /// Something is wrong.
    Wrong {
        /// The worst finding; `None` where no finding is known any more.
        symptom: Option<Symptom>,
        /// How the dependency fails, if a dependency is the cause.
        fault: Option<Fault>,
    },
    /// The alert is resolved; holds the title that it had before.
    Resolved(Box<Self>),
    /// The alert is over because the level of this symptom was accepted as normal.
    Accepted(Symptom),
    /// The words after the service's name, of an alert that was stored before titles were data.
    Text(String),
}

/// The part of a finding that a title shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Symptom {
    /// The detector.
    pub detector: Detector,
    /// What the finding is about.
    pub subject: Subject,
    /// Which of the detector's signals; `None` where it has none.
    pub signal: Option<Signal>,
    /// What was seen, in the detector's unit.
    pub seen: f64,
    /// What is normal, in the same unit.
    pub normal: f64,
}

/// How a dependency fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Calls to it mostly run into a time-out.
    TimesOut,
    /// Calls to it fail otherwise.
    Fails,
    /// Calls to it take long.
    Slow,
}

impl Symptom {
    /// Returns the part of a finding that a title shows.
    #[must_use]
    pub fn of(finding: &Finding) -> Self {
        Self {
            detector: finding.detector,
            subject: finding.subject.clone(),
            signal: finding.signal,
            seen: finding.seen,
            normal: finding.normal,
        }
    }

    /// Returns whether the symptom is about failures.
    #[must_use]
    pub fn is_of_failures(&self) -> bool {
        self.signal == Some(Signal::Errors)
    }
}

impl Title {
    /// Returns the title of trouble with its cause.
    pub(super) fn of(trouble: &Trouble<'_>, cause: &Cause) -> Self {
        let worst = trouble.findings.iter().max_by(|a, b| {
            let by_rank = rank(a).cmp(&rank(b));
            by_rank.then_with(|| a.surprise.total_cmp(&b.surprise))
        });
        Self::Wrong {
            symptom: worst.map(Symptom::of),
            fault: fault(trouble, cause),
        }
    }
}

/// Ranks findings for the title: requests before calls to dependencies, the more severe before the
/// milder, failures before slowness.
fn rank(finding: &Finding) -> (bool, Severity, Harm) {
    let users = finding.subject.dependency().is_none();
    let of_all = finding.subject == Subject::Requests;
    let harm = match finding.detector.row().harm {
        harm if !finding.is_of_failures() => harm,
        Harm::Failures if of_all => Harm::AllFail,
        _ => Harm::Failures,
    };
    (users, finding.severity, harm)
}

fn fault(trouble: &Trouble<'_>, cause: &Cause) -> Option<Fault> {
    if cause.kind != CauseKind::Dependency {
        return None;
    }
    let suspect = trouble.suspects.iter().find(|s| *s.name == *cause.name);
    Some(match suspect {
        Some(suspect) if suspect.times_out => Fault::TimesOut,
        Some(suspect) if suspect.failed > suspect.blamed.min(1.0) => Fault::Fails,
        _ => Fault::Slow,
    })
}
