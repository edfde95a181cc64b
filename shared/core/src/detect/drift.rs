//! `drift`: requests or calls become slower, or fail more, little by little. See
//! `docs/detectors.md#drift`.
//!
//! A leak shows in no window of minutes until it is bad. Over 1, 2 and 4 hours the test of
//! `latency` and `error_rate` notices a smaller shift, because it counts more requests: windows
//! that double in length are a bank of tests that is nearly as good as one made for the unknown
//! length (Lai, "Sequential changepoint detection in quality control and dynamical systems", JRSS B
//! 57, 1995). To avoid needless tickets, the shift must also be large enough to be worth a look.

use super::latency::{Quantile, middle};
use super::share::{Of, PAGE_OF_MANY, Seen, TROUBLE};
use super::{Compared, Detector, Evidence, Finding, Recent, Severity, Subject, Watch};
use super::{error_rate, latency};
use crate::baseline::histogram::Histogram;

/// The windows, in minutes.
const WINDOWS: [usize; 3] = [60, 120, 240];

/// The least multiple of the usual share that must be slow, or fail.
const TIMES: f64 = 3.0;

/// The least shares, beyond the usual ones, that must be slow, and that must fail.
const MORE: (f64, f64) = (0.1, 0.01);

/// The least multiple of its usual value that the ninth decile must reach.
const LEAST_TIMES: f64 = 1.4;

/// The least multiple of its usual value that the ninth decile of the last minutes must reach for a
/// page.
const PAGE_TIMES: f64 = 1.5;

/// The share that must be slow for a page, unless the ninth decile of the last minutes is so many times its usual value.
const PAGE_SHARE: f64 = 0.2;
const PAGE_TIMES_SOON: f64 = 2.0;

/// The least share of the service's requests that a route must have for a page.
const PAGE_WEIGHT: f64 = 0.1;

/// How many of the newest requests are enough for their ninth decile.
const LATELY: f64 = 20.0;

/// The least count.
const LEAST: f64 = 8.0;

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    if watch != Watch::Trouble || recent.quarters.len() < 3 || recent.subject.dependency().is_some()
    {
        return None;
    }
    slower(recent).or_else(|| failing(recent))
}

fn slower(recent: &Recent<'_>) -> Option<Finding> {
    let expected = recent.expected;
    let threshold = Histogram::value_ms(expected.slow_above?);
    let normal = latency::normal(recent);
    let seen = most_surprising(recent, Of::Slow, MORE.0)?;
    let p90_ms = middle(recent, seen.minutes, Quantile::Ninth);
    let times = p90_ms / expected.p90_ms.max(1.0);
    if times < LEAST_TIMES {
        return None;
    }
    let newest = recent.minutes_with(LATELY, (15, 60), |slice| slice.timed);
    let lately = middle(recent, newest, Quantile::Ninth) / expected.p90_ms.max(1.0);
    let sure =
        recent.weight >= 1.0 || recent.weight >= PAGE_WEIGHT && seen.surprise >= PAGE_OF_MANY;
    let much = seen.share() >= PAGE_SHARE || lately >= PAGE_TIMES_SOON;
    let page = lately >= PAGE_TIMES && much && sure;
    let evidence = Evidence::SlowForHours {
        counted: seen.counted(),
        longer_than_ms: recent.longer_than_ms(threshold),
        normal: normal.share,
        p90_ms: Compared {
            seen: p90_ms,
            normal: expected.p90_ms,
        },
        lately_p90_ms: lately * expected.p90_ms.max(1.0),
        lately_minutes: newest as u32,
    };
    Some(Finding {
        severity: if page {
            Severity::Page
        } else {
            Severity::Ticket
        },
        ..seen.finding(recent, Detector::Drift, (Of::Slow, normal), evidence)
    })
}

fn failing(recent: &Recent<'_>) -> Option<Finding> {
    let normal = error_rate::normal(recent);
    let seen = most_surprising(recent, Of::Errors, MORE.1)?;
    let share = seen.share();
    let evidence = Evidence::FailedForHours {
        counted: seen.counted(),
        normal: recent.expected.error_rate,
    };
    Some(Finding {
        normal: recent.expected.error_rate,
        severity: match recent.subject {
            Subject::Requests => error_rate::severity(recent, share, seen.surprise),
            _ => Severity::Ticket,
        },
        ..seen.finding(recent, Detector::Drift, (Of::Errors, normal), evidence)
    })
}

fn most_surprising(recent: &Recent<'_>, of: Of, more: f64) -> Option<Seen> {
    let normal = match of {
        Of::Errors => error_rate::normal(recent),
        Of::Slow | Of::Tail => latency::normal(recent),
    };
    let (least, times) = recent.bars(Detector::Drift, Watch::Trouble, TROUBLE, TIMES);
    let all = WINDOWS.map(|minutes| Seen::of(recent, of, minutes, normal));
    let clear = |seen: &Seen| {
        seen.lasting
            && seen.k >= LEAST
            && seen.surprise >= least
            && seen.share() >= times * normal.share
            && seen.share() >= normal.share + more
    };
    all.into_iter()
        .filter(clear)
        .max_by(|a, b| a.surprise.total_cmp(&b.surprise))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Expected;
    use crate::detect::tests::{Case, NOW, minute, usual};
    use crate::detect::{Confidence, Counted, Slice};

    const CALM: Slice = minute(10, 0, 0, 330);
    const SLOW: Slice = minute(10, 0, 5, 800);
    const FAILING: Slice = minute(10, 1, 0, 330);

    /// Asserts the severity of the finding, and how many minutes ago it began.
    #[track_caller]
    fn check(case: &Case<'_>, expected: Option<(Severity, i64)>) {
        let finding = case.found(find);
        let short = finding
            .as_ref()
            .map(|finding| (finding.severity, NOW.0 - finding.since.0 + 1));
        assert_eq!(short, expected, "{finding:?}");
    }

    #[test]
    fn hours_of_slowness_are_found_and_page_once_they_are_felt() {
        let (page, ticket) = (Severity::Page, Severity::Ticket);
        check(&Case::requests(&[(240, SLOW)]), Some((page, 240)));
        check(
            &Case::requests(&[(120, CALM), (120, SLOW)]),
            Some((page, 120)),
        );
        // Requests are slower than usual for hours, and in the last minutes by little.
        let lately = minute(10, 0, 5, 370);
        check(
            &Case::requests(&[(225, SLOW), (15, lately)]),
            Some((ticket, 240)),
        );
        check(&Case::route(0.5, &[(240, SLOW)]), Some((page, 240)));
        check(&Case::route(0.02, &[(240, SLOW)]), Some((ticket, 240)));
        // A drift that is over, slowness as on every day, and slowness too small for anybody to
        // feel.
        check(&Case::requests(&[(210, SLOW), (30, CALM)]), None);
        check(&Case::requests(&[(240, CALM)]), None);
        check(&Case::requests(&[(240, minute(10, 0, 5, 340))]), None);
        // Nearly half are slow every day at this hour: twice as many are no drift yet.
        let most = [(240, minute(10, 0, 9, 800))];
        let batch = Case {
            expected: Expected {
                slow_share: 0.45,
                ..usual()
            },
            ..Case::requests(&most)
        };
        check(&batch, None);
    }

    #[test]
    fn hours_of_failures_are_found_and_page_by_what_fails_of_all() {
        let (page, ticket) = (Severity::Page, Severity::Ticket);
        check(&Case::requests(&[(240, FAILING)]), Some((page, 240)));
        check(
            &Case::requests(&[(150, CALM), (90, FAILING)]),
            Some((page, 90)),
        );
        check(&Case::route(1.0, &[(240, FAILING)]), Some((ticket, 240)));
        check(&Case::requests(&[(210, FAILING), (30, CALM)]), None);
        // A sure finding of several times the usual share, but less than one in a hundred; and one
        // with too few requests to be sure.
        let busy = Slice {
            count: 1_000,
            errors: 9,
            ..Slice::default()
        };
        let busy = [(240, busy)];
        let small = Case {
            expected: Expected {
                error_rate: 0.001,
                ..usual()
            },
            ..Case::requests(&busy)
        };
        check(&small, None);
        let now_and_then: Vec<_> = (0..35).flat_map(|_| [(6, CALM), (1, FAILING)]).collect();
        check(&Case::requests(&now_and_then), None);
        // Slowness is reported first, because it causes the failures.
        let both = Case::requests(&[(240, minute(10, 1, 5, 800))])
            .found(find)
            .expect("trouble");
        assert!(!both.is_of_failures(), "{both:?}");
    }

    #[test]
    fn few_in_hours_are_chance_and_a_dozen_is_not() {
        let (all_fail, idle) = (
            Slice {
                count: 1,
                errors: 1,
                ..Slice::default()
            },
            Slice::default(),
        );
        let hourly = |times: usize| -> Vec<(usize, Slice)> {
            let before = (240 - 10 * times, idle);
            let every_ten = (0..times).flat_map(|_| [(9, idle), (1, all_fail)]);
            [before].into_iter().chain(every_ten).collect()
        };
        check(&Case::requests(&hourly(5)), None);
        // The beginning is known to the quarter of an hour.
        check(&Case::requests(&hourly(14)), Some((Severity::Page, 135)));
    }

    #[test]
    fn it_is_about_requests_whose_hours_are_known() {
        let calls = Case {
            subject: Subject::Dependency("scoring".into()),
            ..Case::requests(&[(240, SLOW)])
        };
        check(&calls, None);
        // An hour needs three quarters before the last one.
        check(&Case::requests(&[(45, SLOW)]), None);
        check(&Case::requests(&[(60, SLOW)]), Some((Severity::Page, 60)));
        for watch in [Watch::Lead, Watch::Remains] {
            let other = Case {
                watch,
                ..Case::requests(&[(240, SLOW)])
            };
            check(&other, None);
        }
    }

    #[test]
    fn the_evidence_is_what_was_counted_over_hours_and_lately() {
        let slow = Case::requests(&[(240, SLOW)]).found(find).expect("trouble");
        assert_eq!(slow.detector, Detector::Drift);
        let Evidence::SlowForHours {
            counted,
            longer_than_ms: None,
            normal,
            p90_ms,
            lately_p90_ms,
            lately_minutes: 15,
        } = slow.evidence
        else {
            panic!("{:?}", slow.evidence);
        };
        let of = |bad, of, minutes| Counted { bad, of, minutes };
        assert_eq!(counted, of(1_200, 2_400, 240));
        assert!((normal - 0.05).abs() < 1e-9, "{normal}");
        assert!((p90_ms.seen - 802.0).abs() < 1.0, "{p90_ms:?}");
        assert!((p90_ms.normal - 330.0).abs() < 1e-9, "{p90_ms:?}");
        assert!((lately_p90_ms - 800.0).abs() < 1.0, "{lately_p90_ms}");
        let failing = [(150, CALM), (90, FAILING)];
        let failing = Case {
            expected: Expected {
                error_rate: 0.001,
                ..usual()
            },
            ..Case::route(1.0, &failing)
        };
        let failing = failing.found(find).expect("trouble");
        let evidence = Evidence::FailedForHours {
            counted: of(90, 1_200, 120),
            normal: 0.001,
        };
        assert_eq!(failing.evidence, evidence);
        assert!((failing.normal - 0.001).abs() < f64::EPSILON);
        assert_eq!(failing.confidence, Confidence::High);
    }
}
