//! Detectors: each compares the last closed minutes of one subject with what the baseline expects,
//! and returns its findings as data.
//!
//! Each file is one detector, with its id and its anchor in `docs/detectors.md`. Detectors keep no
//! state: the same minutes and the same baseline give the same finding.

mod after_deploy;
mod drift;
mod error_rate;
mod evidence;
mod finding;
pub(crate) mod known;
mod latency;
mod latency_tail;
pub(crate) mod level_shift;
pub(crate) mod new_error;
pub(crate) mod no_logs;
mod recent;
mod share;
mod subject;
pub mod table;
mod traffic;
pub mod tuning;

pub use evidence::{Compared, Counted, Evidence, Level};
pub use finding::{Confidence, Finding, Severity};
pub(crate) use recent::{QUARTER, Quarter, Recent, Slice, Watch, ln_tenths, middle_ms};
pub(crate) use share::HARMFUL;
pub use subject::{Subject, UnknownSubject};

pub use crate::baseline::Signal;

/// How many buckets (of a quarter octave) above the usual tail a duration must be to count as far
/// slower: 1.2 times.
pub(crate) const FAR: usize = 1;

/// The detectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Detector {
    /// A larger share fails than usual.
    ErrorRate,
    /// A larger share is slow than usual.
    Latency,
    /// The slowest few are far slower than usual.
    LatencyTail,
    /// More failures or slowness since a deployment than before it.
    AfterDeploy,
    /// Slower, or failing more, little by little.
    Drift,
    /// Fewer requests come than usual.
    TrafficDrop,
    /// Fewer requests of a route are completed than usual.
    CompletedDrop,
    /// A service that always logs something logs nothing.
    NoLogs,
    /// Errors of a log pattern that was never logged before.
    NewError,
    /// Errors of a log pattern that is logged far more often than usual.
    ErrorSurge,
    /// The median latency shifted to another level.
    LatencyLevel,
    /// The traffic shifted to another level.
    TrafficLevel,
}

/// Returns all findings about a subject that has a baseline, from the detectors that its owners did
/// not switch off.
pub(crate) fn all(recent: &Recent<'_>, watch: Watch) -> Vec<Finding> {
    let finds = Detector::ALL.iter().filter_map(|of| of.row().find);
    finds
        .filter_map(|find| find(recent, watch))
        .filter(|finding| recent.tuning.wants(finding))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::baseline::Expected;
    use crate::baseline::histogram::Histogram;
    use crate::sketch::Bucket;
    use crate::time::Minute;

    /// The minute of the newest slice in these tests.
    pub(crate) const NOW: Minute = Minute(100);

    /// Returns a page of a detector about its first signal, which is usually at 100.
    pub(crate) fn finding(detector: Detector, subject: Subject, seen: f64) -> Finding {
        Finding {
            detector,
            subject,
            signal: detector.signals().first().copied(),
            minute: Minute(2),
            since: Minute(1),
            seen,
            normal: 100.0,
            band: (0.0, 200.0),
            surprise: 20.0,
            severity: Severity::Page,
            confidence: Confidence::High,
            evidence: Evidence::Text(String::new()),
        }
    }

    /// Returns the last minutes of a subject that carries all of its service's requests, without quarters before them
    /// and without a deployment.
    pub(crate) fn recent<'a>(
        subject: &'a Subject,
        slices: &'a [Slice],
        expected: &'a Expected,
    ) -> Recent<'a> {
        static AS_THEY_COME: LazyLock<tuning::Tuning> = LazyLock::new(tuning::Tuning::default);
        Recent {
            subject,
            slices,
            quarters: &[],
            minute: NOW,
            expected,
            tuning: &AS_THEY_COME,
            weight: 1.0,
            healthy_from: None,
            deployed: None,
        }
    }

    /// Returns the findings about requests in `slices`.
    pub(crate) fn found(
        subject: &Subject,
        slices: &[Slice],
        expected: &Expected,
        find: fn(&Recent<'_>, Watch) -> Option<Finding>,
    ) -> Option<Finding> {
        find(&recent(subject, slices, expected), Watch::Trouble)
    }

    /// Returns the recent past after stretches of like minutes, the newest last: whole quarters,
    /// and the last quarter of an hour minute by minute.
    pub(crate) fn remembered(stretches: &[(usize, Slice)]) -> (Vec<Quarter>, Vec<Slice>) {
        let minutes: Vec<Slice> = stretches
            .iter()
            .flat_map(|(minutes, slice)| std::iter::repeat_n(*slice, *minutes))
            .collect();
        let (past, last) = minutes.split_at(minutes.len().saturating_sub(QUARTER as usize));
        let mut quarters: Vec<Quarter> = past
            .rchunks_exact(QUARTER as usize)
            .map(|minutes| {
                let mut quarter = Quarter::default();
                for slice in minutes {
                    quarter.add(slice);
                }
                quarter
            })
            .collect();
        quarters.reverse();
        (quarters, last.to_vec())
    }

    /// The case of a test: a subject over stretches of like minutes.
    pub(crate) struct Case<'a> {
        pub(crate) subject: Subject,
        pub(crate) weight: f64,
        pub(crate) expected: Expected,
        pub(crate) watch: Watch,
        /// How many minutes ago there was a deployment.
        pub(crate) after: Option<i64>,
        pub(crate) stretches: &'a [(usize, Slice)],
    }

    impl<'a> Case<'a> {
        /// All requests, without a deployment.
        pub(crate) fn requests(stretches: &'a [(usize, Slice)]) -> Self {
            Self {
                subject: Subject::Requests,
                weight: 1.0,
                expected: usual(),
                watch: Watch::Trouble,
                after: None,
                stretches,
            }
        }

        /// A route with a share of them.
        pub(crate) fn route(weight: f64, stretches: &'a [(usize, Slice)]) -> Self {
            Self {
                subject: Subject::Route("/loan/apply".into()),
                weight,
                ..Self::requests(stretches)
            }
        }

        pub(crate) fn found(
            &self,
            find: fn(&Recent<'_>, Watch) -> Option<Finding>,
        ) -> Option<Finding> {
            let (quarters, slices) = remembered(self.stretches);
            let recent = Recent {
                quarters: &quarters,
                weight: self.weight,
                deployed: self.after.map(|after| NOW.plus(-after)),
                ..recent(&self.subject, &slices, &self.expected)
            };
            find(&recent, self.watch)
        }
    }

    /// The baseline in these cases: 0.4 % fail, 5 % take longer than 400 ms, the ninth decile is
    /// 330 ms.
    pub(crate) fn usual() -> Expected {
        Expected {
            error_rate: 0.004,
            slow_above: Some(Histogram::bucket(Bucket::of(400.0))),
            slow_share: 0.05,
            p50_ms: 230.0,
            p90_ms: 330.0,
            minutes: 9_999.0,
            ..Expected::default()
        }
    }

    /// Returns a minute with so many requests, some of which failed or were slow.
    pub(crate) const fn minute(count: u32, errors: u32, slow: u32, p90_ms: u32) -> Slice {
        Slice {
            count,
            errors,
            timed: count,
            slow,
            tail: 0,
            p50: p90_ms * 7,
            p90: p90_ms * 10,
            due: 0,
            blamed: 0,
        }
    }

    #[test]
    fn names_of_severities_come_back() {
        for severity in [Severity::Info, Severity::Ticket, Severity::Page] {
            assert_eq!(Severity::named(severity.name()), Some(severity));
        }
        assert_eq!(Severity::named("x"), None);
    }
}
