//! `after_deploy`: more failures or slowness since a deployment of the service, or of a dependency.
//! See `docs/detectors.md#after_deploy`.
//!
//! A deployment is a more likely cause of trouble than any other minute, so after one a smaller
//! step is enough for a finding. The minutes since the deployment are compared with what is normal
//! *and* with the minutes before it, whichever is worse, so that the deployment is not blamed for
//! trouble that was there before.

use super::latency::{Quantile, middle};
use super::share::{Normal, Of, Seen};
use super::{Compared, Detector, Evidence, Finding, Recent, Severity, Watch};
use super::{error_rate, latency};

/// The first and the last minute after a deployment in which the bar is lower. Before that, tasks
/// start, which is slow and harmless.
const AFTER: (i64, i64) = (4, 60);

/// How many minutes after a deployment its tasks are cold; these minutes are left out.
const COLD: i64 = 2;

/// The least surprise: a chance below one in 8,000, with a handful of deployments a week.
const SURPRISE: f64 = 9.0;

/// The least multiple of the usual share that must fail, and that must be slow.
const TIMES: (f64, f64) = (2.0, 2.0);

/// The least share that must fail beyond the usual one, and the least multiple of its usual value
/// that the ninth decile must reach.
const LEAST: (f64, f64) = (0.01, 1.3);

/// The fewest failures and slow ones.
const FEWEST: f64 = 5.0;

/// The least share of the service's requests that a slow route must have for a page.
const PAGE_WEIGHT: f64 = 0.2;

/// The most minutes that are examined: the newest ones.
const LOOKED_AT: i64 = 15;

/// Returns the finding about a subject, if there is one.
pub(crate) fn find(recent: &Recent<'_>, watch: Watch) -> Option<Finding> {
    let after = recent.minute.0 - recent.deployed?.0;
    if watch != Watch::Trouble
        || after < AFTER.0
        || after > AFTER.1
        || recent.subject.dependency().is_some()
    {
        return None;
    }
    failing(recent, after).or_else(|| slower(recent, after))
}

fn failing(recent: &Recent<'_>, after: i64) -> Option<Finding> {
    let (seen, normal) = step(recent, Of::Errors, error_rate::normal(recent), after)?;
    let share = seen.share();
    let (_, times) = bars(recent, TIMES.0);
    if share < times * normal.share || share - normal.share < LEAST.0 {
        return None;
    }
    let evidence = Evidence::FailedSinceDeployment {
        counted: seen.counted(),
        before: normal.share,
        after: after as u32,
    };
    let severity = error_rate::severity(recent, share, seen.surprise);
    Some(finding(
        recent,
        &seen,
        (Of::Errors, normal),
        severity,
        evidence,
    ))
}

fn slower(recent: &Recent<'_>, after: i64) -> Option<Finding> {
    recent.expected.slow_above?;
    let (seen, normal) = step(recent, Of::Slow, latency::normal(recent), after)?;
    let p90_ms = middle(recent, seen.minutes, Quantile::Ninth);
    let times = p90_ms / recent.expected.p90_ms.max(1.0);
    let (_, wanted) = bars(recent, TIMES.1);
    if seen.share() < (wanted * normal.share).min(0.6) || times < LEAST.1 {
        return None;
    }
    let evidence = Evidence::SlowSinceDeployment {
        share: seen.share(),
        before: normal.share,
        p90_ms: Compared {
            seen: p90_ms,
            normal: recent.expected.p90_ms,
        },
        after: after as u32,
    };
    let severity = if recent.weight >= PAGE_WEIGHT {
        Severity::Page
    } else {
        Severity::Ticket
    };
    Some(finding(
        recent,
        &seen,
        (Of::Slow, normal),
        severity,
        evidence,
    ))
}

/// Returns the least surprise and the least multiple of the usual share, after the owners'
/// sensitivity is applied.
fn bars(recent: &Recent<'_>, times: f64) -> (f64, f64) {
    recent.bars(Detector::AfterDeploy, Watch::Trouble, SURPRISE, times)
}

/// Compares the minutes since the deployment with what was normal before it.
fn step(recent: &Recent<'_>, of: Of, normal: Normal, after: i64) -> Option<(Seen, Normal)> {
    // The first minutes of a deployment, in which tasks start, are left out.
    let minutes = (after - COLD).clamp(3, LOOKED_AT) as usize;
    let before = before(recent, of, after);
    let normal = Normal {
        share: normal.share.max(before),
        ..normal
    };
    let seen = Seen::of(recent, of, minutes, normal);
    let newest = recent.last(3);
    let bad = newest.iter().filter(|slice| seen.is_bad(of, slice)).count();
    let idle = newest.iter().filter(|slice| of.whole(slice) == 0).count();
    let goes_on = bad + idle >= 2 && bad >= 1;
    let clear = seen.lasting && goes_on && seen.k >= FEWEST && seen.surprise >= bars(recent, 1.0).0;
    clear.then_some((seen, normal))
}

/// Returns the share that failed, or was slow, in the hour before the deployment, 0 if there were
/// too few requests. One more than was seen is counted, to be on the safe side.
fn before(recent: &Recent<'_>, of: Of, after: i64) -> f64 {
    let old = recent.slices.len().saturating_sub(after as usize + 1);
    let (mut k, mut n) = (1.0, 0.0);
    for slice in &recent.slices[..old] {
        k += f64::from(of.part(slice));
        n += f64::from(of.whole(slice));
    }
    let mut back = recent.slices.len() as i64;
    let mut looked_at = 0;
    for quarter in recent.quarters.iter().rev() {
        if back > after && looked_at < 4 {
            k += f64::from(of.part(&quarter.sum));
            n += f64::from(of.whole(&quarter.sum));
            looked_at += 1;
        }
        back += i64::from(quarter.minutes);
    }
    if n >= 20.0 { k / n } else { 0.0 }
}

fn finding(
    recent: &Recent<'_>,
    seen: &Seen,
    (of, normal): (Of, Normal),
    severity: Severity,
    evidence: Evidence,
) -> Finding {
    let finding = seen.finding(recent, Detector::AfterDeploy, (of, normal), evidence);
    Finding {
        since: recent
            .deployed
            .map_or(finding.since, |deployed| finding.since.max(deployed)),
        severity,
        ..finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Expected;
    use crate::detect::tests::{Case, NOW, minute, usual};
    use crate::detect::{Counted, Slice, Subject};

    const IDLE: Slice = minute(0, 0, 0, 0);
    const CALM: Slice = minute(20, 0, 0, 330);
    const FAILING: Slice = minute(20, 4, 0, 330);
    const SLOW: Slice = minute(20, 0, 10, 700);

    /// Requests, so many minutes after a deployment.
    fn requests(after: i64, stretches: &[(usize, Slice)]) -> Case<'_> {
        Case {
            after: Some(after),
            ..Case::requests(stretches)
        }
    }

    /// The same of a route.
    fn route(weight: f64, after: i64, stretches: &[(usize, Slice)]) -> Case<'_> {
        Case {
            after: Some(after),
            ..Case::route(weight, stretches)
        }
    }

    /// Asserts the severity of the finding, and how many minutes ago it began.
    #[track_caller]
    fn check(case: &Case<'_>, expected: Option<(Severity, i64)>) {
        let finding = case.found(find);
        let short = finding
            .as_ref()
            .map(|finding| (finding.severity, NOW.0 - finding.since.0));
        assert_eq!(short, expected, "{finding:?}");
    }

    #[test]
    fn a_step_since_a_deployment_is_found() {
        let (page, ticket) = (Severity::Page, Severity::Ticket);
        // The minute of the deployment itself is still calm.
        for after in [8, 12] {
            let failing = [(90, CALM), (after as usize, FAILING)];
            check(&requests(after, &failing), Some((page, after - 1)));
        }
        // Beyond the minutes that are kept one by one, the beginning is known to the quarter of an
        // hour, and never lies before the deployment.
        let failing = [(90, CALM), (45, FAILING)];
        check(&requests(45, &failing), Some((page, 44)));
        check(&requests(38, &failing), Some((page, 38)));
        check(&route(0.5, 45, &failing), Some((page, 44)));
        check(&route(0.02, 45, &failing), Some((ticket, 44)));
        let slow = [(90, CALM), (45, SLOW)];
        check(&requests(45, &slow), Some((page, 44)));
        check(&route(0.5, 45, &slow), Some((page, 44)));
        check(&route(0.05, 45, &slow), Some((ticket, 44)));
        // Minutes without a request do not speak against trouble.
        let seldom = [(90, CALM), (42, FAILING), (2, IDLE), (1, FAILING)];
        check(&requests(45, &seldom), Some((page, 44)));
        // The hour before the deployment had no requests, or only trouble that was over an hour
        // before.
        check(&requests(45, &[(45, FAILING)]), Some((page, 44)));
        check(
            &requests(45, &[(90, IDLE), (45, FAILING)]),
            Some((page, 44)),
        );
        let long_ago = [(90, FAILING), (75, CALM), (45, FAILING)];
        check(&requests(45, &long_ago), Some((page, 44)));
    }

    #[test]
    fn what_no_deployment_began_is_none_of_its_doing() {
        let failing = [(90, CALM), (20, FAILING)];
        let none = Case {
            after: None,
            ..requests(0, &failing)
        };
        check(&none, None);
        // Too soon after the deployment, too late, and bad long before it.
        check(&requests(3, &[(90, CALM), (4, FAILING)]), None);
        check(&requests(80, &[(90, CALM), (80, FAILING)]), None);
        check(&requests(20, &[(110, FAILING)]), None);
        check(&requests(20, &[(110, SLOW)]), None);
        check(&requests(8, &[(60, CALM), (50, FAILING)]), None);
        check(&requests(6, &[(60, IDLE), (15, FAILING)]), None);
        let calls = Case {
            subject: Subject::Dependency("scoring".into()),
            ..requests(20, &failing)
        };
        check(&calls, None);
        for watch in [Watch::Lead, Watch::Remains] {
            let other = Case {
                watch,
                ..requests(20, &failing)
            };
            check(&other, None);
        }
    }

    #[test]
    fn what_is_over_or_small_is_none() {
        // Tasks that start are slow and fail: that is over.
        check(&requests(10, &[(90, CALM), (6, FAILING), (4, CALM)]), None);
        check(&requests(20, &[(90, CALM), (17, FAILING), (3, IDLE)]), None);
        // More requests are slow, but only by little.
        check(
            &requests(20, &[(90, CALM), (20, minute(20, 0, 10, 340))]),
            None,
        );
        // A single bad minute is no finding, even if no request came since.
        check(
            &requests(
                20,
                &[
                    (90, CALM),
                    (17, CALM),
                    (1, minute(20, 20, 0, 330)),
                    (2, IDLE),
                ],
            ),
            None,
        );
        // A sure finding, but less than one in a hundred.
        let busy = |errors| Slice {
            count: 2_000,
            errors,
            ..Slice::default()
        };
        let small = [(90, busy(2)), (20, busy(18))];
        let small = Case {
            expected: Expected {
                error_rate: 0.001,
                ..usual()
            },
            ..requests(20, &small)
        };
        check(&small, None);
        // The threshold of slow ones is not known yet.
        let slow = [(90, CALM), (20, SLOW)];
        let unknown = Case {
            expected: Expected {
                slow_above: None,
                ..usual()
            },
            ..requests(20, &slow)
        };
        check(&unknown, None);
        // All requests failed, but there were only four.
        let seldom = Slice {
            count: 1,
            errors: 1,
            ..Slice::default()
        };
        let four = [(90, CALM), (16, IDLE), (4, seldom)];
        check(&requests(20, &four), None);
    }

    #[test]
    fn the_evidence_is_what_was_counted_and_what_was_before() {
        let failing = requests(20, &[(90, CALM), (20, FAILING)])
            .found(find)
            .expect("trouble");
        assert_eq!(failing.detector, Detector::AfterDeploy);
        let counted = |bad, of, minutes| Counted { bad, of, minutes };
        let failed = |counted, before, after| Evidence::FailedSinceDeployment {
            counted,
            before,
            after,
        };
        let before = failing.normal;
        assert!((before - 0.004).abs() < 1e-9, "{before}");
        assert_eq!(failing.evidence, failed(counted(60, 300, 15), before, 20));
        let slow = [(90, CALM), (20, SLOW)];
        let slow = route(0.5, 20, &slow).found(find).expect("trouble");
        let Evidence::SlowSinceDeployment {
            share,
            before,
            p90_ms,
            after: 20,
        } = slow.evidence
        else {
            panic!("{:?}", slow.evidence);
        };
        assert!((share - 0.5).abs() < 1e-9 && (before - 0.05).abs() < 1e-9);
        assert!((p90_ms.seen - 700.0).abs() < 7.0, "{p90_ms:?}");
        assert!((p90_ms.normal - 330.0).abs() < 1e-9, "{p90_ms:?}");
        // The first minutes, in which tasks start, are left out.
        let soon = requests(8, &[(90, CALM), (8, FAILING)])
            .found(find)
            .expect("trouble");
        let few = failed(counted(24, 120, 6), soon.normal, 8);
        assert_eq!(soon.evidence, few);
        // If there are both failures and slowness, the finding is about the failures.
        let both = requests(20, &[(90, CALM), (20, minute(20, 4, 10, 700))]).found(find);
        assert!(both.expect("trouble").is_of_failures());
    }
}
