//! Detectors: each looks at the last closed minutes of one subject, beside what its baseline expects, and says in
//! words what it finds.
//!
//! One file is one detector, with its id and its anchor in `docs/detectors.md`. Detectors remember nothing: the same
//! minutes and the same baseline give the same finding.

pub mod error_rate;
pub mod latency;
pub(crate) mod surprise;
pub mod traffic;
pub mod tuning;

use std::fmt;

use crate::baseline::Expected;
use crate::time::Minute;
use tuning::Tuning;

/// What a finding is about. The order is that of output.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// All requests of the service.
    Requests,
    /// Requests on a route.
    Route(Box<str>),
    /// Calls to a dependency.
    Dependency(Box<str>),
}

impl Subject {
    /// Returns the dependency's name, if it is one.
    #[must_use]
    pub fn dependency(&self) -> Option<&str> {
        match self {
            Self::Dependency(name) => Some(name),
            Self::Requests | Self::Route(_) => None,
        }
    }

    /// What is counted.
    fn noun(&self) -> String {
        match self {
            Self::Requests => "requests".into(),
            Self::Route(name) => format!("requests to {name}"),
            Self::Dependency(name) => format!("calls to {name}"),
        }
    }
}

impl std::str::FromStr for Subject {
    type Err = UnknownSubject;

    /// Reads what [`fmt::Display`] shows.
    fn from_str(text: &str) -> Result<Self, UnknownSubject> {
        let named = |kind| text.strip_prefix(kind).map(Into::into);
        match (named("route "), named("dependency ")) {
            (Some(name), _) => Ok(Self::Route(name)),
            (_, Some(name)) => Ok(Self::Dependency(name)),
            _ if text == "requests" => Ok(Self::Requests),
            _ => Err(UnknownSubject),
        }
    }
}

/// A text that names no subject.
#[derive(Debug, thiserror::Error)]
#[error("subject is none of requests, route NAME and dependency NAME")]
pub struct UnknownSubject;

/// Shows `requests`, `route /loan/apply` or `dependency scoring`.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests => f.write_str("requests"),
            Self::Route(name) => write!(f, "route {name}"),
            Self::Dependency(name) => write!(f, "dependency {name}"),
        }
    }
}

/// The detectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detector {
    /// A larger share fails than usual.
    ErrorRate,
    /// A larger share is slow than usual.
    Latency,
    /// Fewer requests come than usual.
    TrafficDrop,
    /// Fewer requests of a route are completed than usual.
    CompletedDrop,
}

impl Detector {
    /// Returns the detector with this id.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|detector| detector.id() == id)
    }

    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ErrorRate,
        Self::Latency,
        Self::TrafficDrop,
        Self::CompletedDrop,
    ];

    /// Returns its id, which is also its anchor in `docs/detectors.md`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::ErrorRate => "error_rate",
            Self::Latency => "latency",
            Self::TrafficDrop => "traffic_drop",
            Self::CompletedDrop => "completed_drop",
        }
    }

    /// Returns whether a finding of an open minute holds whatever the rest of the minute brings. Missing requests may
    /// still come.
    #[must_use]
    pub const fn holds_early(self) -> bool {
        match self {
            Self::ErrorRate | Self::Latency => true,
            Self::TrafficDrop | Self::CompletedDrop => false,
        }
    }

    /// Returns the unit of `seen` and of the expected band.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::ErrorRate => "share",
            Self::Latency => "ms",
            Self::TrafficDrop | Self::CompletedDrop => "per_minute",
        }
    }
}

/// How badly somebody is hurt. Ordered: a page is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A symptom worth telling beside others; alone it tells nobody.
    Info,
    /// Somebody should look within a day.
    Ticket,
    /// Somebody should look now.
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

/// How sure a finding is, apart from how bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// The baseline has less than six hours of evidence.
    Low,
    /// The baseline has less than a day of evidence, or the finding is just beyond its threshold.
    Medium,
    /// Neither.
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

    fn of(surprise: f64, evidence_minutes: f64) -> Self {
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
    /// Who found it.
    pub detector: Detector,
    /// What about.
    pub subject: Subject,
    /// The last minute that was looked at.
    pub minute: Minute,
    /// The minute in which it began.
    pub since: Minute,
    /// What was seen, in the detector's unit.
    pub seen: f64,
    /// What is normal: the middle of the expected band.
    pub normal: f64,
    /// The expected band, from and to.
    pub band: (f64, f64),
    /// How unusual: `-ln` of an upper bound on its probability, at least 0.
    pub surprise: f64,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The evidence in words, numbers with units.
    pub evidence: String,
}

/// The sums of a subject's minute, as much as detectors need of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    /// Requests or calls.
    pub(crate) count: u32,
    /// Those that failed.
    pub(crate) errors: u32,
    /// Those whose duration is known.
    pub(crate) timed: u32,
    /// Those that were slow by the baseline of that minute.
    pub(crate) slow: u32,
    /// The median duration in tenths of a millisecond.
    pub(crate) p50: u32,
    /// The ninth decile of durations in tenths of a millisecond.
    pub(crate) p90: u32,
    /// Requests that were due, in hundredths.
    pub(crate) due: u32,
    /// For a dependency: failing requests whose lines name it.
    pub(crate) blamed: u32,
}

/// The last minutes of a subject, the newest last, and what is expected of the newest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recent<'a> {
    pub(crate) subject: &'a Subject,
    pub(crate) slices: &'a [Slice],
    /// The minute of the newest slice.
    pub(crate) minute: Minute,
    pub(crate) expected: &'a Expected,
    /// What the service's owners want found.
    pub(crate) tuning: &'a Tuning,
}

/// What a detector looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Trouble: sure enough to tell somebody.
    Trouble,
    /// A lead, once there is trouble elsewhere: whose calls are unusual too, if less surely.
    Lead,
    /// What is left of trouble that was told: a much lower bar, over the last five minutes alone.
    Remains,
}

impl Recent<'_> {
    /// Returns the factor by which a detector's bars for trouble are to be multiplied, as the owners want it. What is a
    /// lead, and what remains of trouble, is no matter of wishes.
    fn bar(&self, detector: Detector, watch: Watch) -> f64 {
        match watch {
            Watch::Trouble => self.tuning.bar(detector, self.subject),
            Watch::Lead | Watch::Remains => 1.0,
        }
    }

    /// Returns the newest `n` slices, or all there are.
    fn last(&self, n: usize) -> &[Slice] {
        &self.slices[self.slices.len().saturating_sub(n)..]
    }

    /// Returns the minute in which the latest run of bad minutes began. Two calm minutes in a row end a run; a minute
    /// without requests is neither.
    fn since(&self, bad: impl Fn(&Slice) -> bool) -> Minute {
        let (mut since, mut calm) = (None, 0);
        for (back, slice) in (0..).zip(self.slices.iter().rev()) {
            if bad(slice) {
                since = Some(self.minute.plus(-back));
                calm = 0;
            } else if slice.count > 0 {
                calm += 1;
            }
            if since.is_some() && calm >= 2 {
                break;
            }
        }
        since.unwrap_or(self.minute)
    }
}

/// Returns all findings about a subject that are wanted at all.
pub(crate) fn all(recent: &Recent<'_>, watch: Watch) -> Vec<Finding> {
    let detectors = [error_rate::find, latency::find, traffic::find];
    detectors
        .iter()
        .filter_map(|find| find(recent, watch))
        .filter(|finding| recent.tuning.wants(finding))
        .collect()
}

/// The share of what was seen in all that makes a minute one of the bad ones.
const BAD_SHARE: f64 = 0.4;

/// Returns whether the trouble is in a single minute: whether it is gone (a surprise below 3, one in 20) when the worst
/// minute is left out. One bad minute is not a page, however bad.
fn in_one_minute(slices: &[Slice], of: fn(&Slice) -> (u32, u32), p: f64) -> bool {
    let Some(worst) = (0..slices.len()).max_by_key(|at| of(&slices[*at]).0) else {
        return true;
    };
    let (mut k, mut n) = (0.0, 0.0);
    for (_, slice) in slices.iter().enumerate().filter(|(at, _)| *at != worst) {
        let (failures, all) = of(slice);
        k += f64::from(failures);
        n += f64::from(all);
    }
    k < 2.0 || surprise::of_many(k, n, p) < 3.0
}

fn sum(slices: &[Slice], of: impl Fn(&Slice) -> u32) -> f64 {
    slices.iter().map(|slice| f64::from(of(slice))).sum()
}

/// Returns a share as a percentage with no more digits than it deserves.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 10.0 {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.1} %")
    }
}

/// Returns a duration as `350 ms` or `2.1 s`.
pub(crate) fn duration(ms: f64) -> String {
    if ms >= 1_000.0 {
        format!("{:.1} s", ms / 1_000.0)
    } else if ms >= 10.0 {
        format!("{ms:.0} ms")
    } else {
        format!("{ms:.1} ms")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns what is found about requests in `slices`.
    pub(crate) fn found(
        subject: &Subject,
        slices: &[Slice],
        expected: &Expected,
        find: fn(&Recent<'_>, Watch) -> Option<Finding>,
    ) -> Option<Finding> {
        let recent = Recent {
            subject,
            slices,
            minute: Minute(100),
            expected,
            tuning: &Tuning::default(),
        };
        find(&recent, Watch::Trouble)
    }

    #[test]
    fn ids_are_distinct_and_names_come_back() {
        let ids: std::collections::BTreeSet<_> = Detector::ALL.map(Detector::id).into();
        assert_eq!(ids.len(), Detector::ALL.len());
        for severity in [Severity::Info, Severity::Ticket, Severity::Page] {
            assert_eq!(Severity::named(severity.name()), Some(severity));
        }
        assert_eq!(Severity::named("x"), None);
    }

    #[test]
    fn numbers_read_well() {
        for (shown, expected) in [
            (percent(0.31), "31 %"),
            (percent(0.004), "0.4 %"),
            (duration(350.2), "350 ms"),
            (duration(2_050.0), "2.0 s"),
            (duration(1.25), "1.2 ms"),
        ] {
            assert_eq!(shown, expected);
        }
    }
}
