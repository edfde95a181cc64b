//! What a judged minute teaches, and when a changed level is taken for the new normal.
//!
//! Nothing is learnt while something is wrong or was just deployed. What stays changed for hours, steadily, is no
//! incident any more but what is normal now; that is said, and what was known of it is weakened so that the next hours
//! decide. While they do, it is not told again.

use super::Case;
use super::look::sums_of;
use super::state::{ServiceState, Settling, Tracked};
use super::view::MinuteView;
use crate::baseline::Facet;
use crate::change::Change;
use crate::detect::known::Calm;
use crate::detect::{Finding, Quarter, Severity};
use crate::incident::Incident;
use crate::time::{MINUTE_MS, Minute};

/// How long after a deployment of the service nothing is learnt.
const AFTER_DEPLOYMENT_MS: i64 = 30 * MINUTE_MS;

/// Minutes after which a changed level that is steady is taken for what is normal now.
const NEW_NORMAL: i64 = 6 * 60;

/// Minutes after which even failures, or silence, are: and after which what is not steady is learnt from again.
const LATE_NORMAL: i64 = 24 * 60;

/// The share of failures above which only [`LATE_NORMAL`] makes them normal.
const MANY_FAIL: f64 = 0.03;

/// What is left of the requests due, below which only [`LATE_NORMAL`] makes it normal.
const FEW_LEFT: f64 = 0.2;

/// How much the older and the newer half of the last hours may differ where they are steady.
const STEADY: f64 = 1.3;

/// Minutes in which what was taken for normal is learnt and not told again.
const SETTLES: i64 = 120;

/// Returns whether a minute may teach what is normal.
pub(super) fn may_learn(
    minute: Minute,
    findings: &[Finding],
    open: Option<&Incident>,
    case: &Case<'_>,
) -> Calm {
    if let Some(open) = open {
        let late = minute.0 - open.since.0 > LATE_NORMAL;
        return if late { Calm::Yes } else { Calm::No };
    }
    let just = |change: &Change| {
        let since = minute.start_ms() - change.at_ms;
        change.is_deployment()
            && change.service == case.service
            && (-MINUTE_MS..AFTER_DEPLOYMENT_MS).contains(&since)
    };
    if findings.is_empty() && !case.changes.iter().any(just) {
        Calm::Yes
    } else {
        Calm::No
    }
}

/// Learns a minute that was judged.
pub(super) fn learn(state: &mut ServiceState, view: &MinuteView, calm: Calm) {
    if calm == Calm::Yes {
        for (subject, tracked) in &mut state.subjects {
            tracked.learn(view.minute, &sums_of(view, subject).latency);
        }
    }
    state.lines.learn(view, calm);
    state.settling = state
        .settling
        .filter(|settling| view.minute < settling.until);
}

/// Returns what of the findings is new: neither what was just taken for normal and is still being learnt, nor what
/// recurs at this time of the day. Where nobody is to be told of any, nothing.
pub(super) fn what_is_new(
    state: &ServiceState,
    minute: Minute,
    mut findings: Vec<Finding>,
) -> Vec<Finding> {
    let settling = state.settling.filter(|settling| minute <= settling.until);
    let settles = |finding: &Finding| {
        settling
            .zip(finding.facet)
            .is_some_and(|(settling, facet)| settling.covers(facet))
    };
    findings.retain(|finding| !settles(finding));
    for finding in &mut findings {
        finding.severity = finding.severity.min(state.habits.at_most(finding, minute));
    }
    if !findings
        .iter()
        .any(|finding| finding.severity >= Severity::Ticket)
    {
        findings.clear();
    }
    findings
}

/// Returns in words what is normal from now on, where an incident has lasted long enough and is steady, and sees to it
/// that it is learnt.
pub(super) fn taken_for_normal(
    state: &mut ServiceState,
    open: &Incident,
    minute: Minute,
    findings: &[Finding],
) -> Option<String> {
    let lasts = minute.0 - open.since.0;
    if lasts < NEW_NORMAL {
        return None;
    }
    let telling = || {
        findings
            .iter()
            .filter(|finding| finding.severity >= Severity::Ticket)
    };
    let steady = |finding: &Finding| {
        let tracked = state.subjects.get(&finding.subject);
        tracked.zip(finding.facet).is_some_and(|(tracked, facet)| {
            (lasts >= LATE_NORMAL || !is_grave(tracked, facet)) && is_steady(tracked, facet)
        })
    };
    if !telling().all(steady) {
        return None;
    }
    let worst = telling().max_by(|a, b| a.surprise.total_cmp(&b.surprise))?;
    let words = worst.changed();
    let mut settling = Settling {
        until: minute.plus(SETTLES),
        ..Settling::default()
    };
    for (facet, subject) in findings.iter().filter_map(|f| Some((f.facet?, &f.subject))) {
        settling.add(facet);
        if let Some(tracked) = state.subjects.get_mut(subject) {
            tracked.baseline.relearn(facet, minute);
        }
    }
    state.settling = Some(settling);
    let hours = lasts / 60;
    Some(format!(
        "{}: taken for normal after {hours} h ({words})",
        open.service
    ))
}

/// Whether it is too bad to be called normal within a day.
fn is_grave(tracked: &Tracked, facet: Facet) -> bool {
    let (failing, left) = tracked
        .quarters
        .iter()
        .fold((0.0, 0.0), |(failing, left), quarter| {
            (failing + errors(quarter), left + traffic(quarter))
        });
    let quarters = tracked.quarters.len().max(1) as f64;
    match facet {
        Facet::Errors => failing / quarters > MANY_FAIL,
        Facet::Traffic => left / quarters < FEW_LEFT,
        Facet::Latency => false,
    }
}

/// Whether the newer half of the last hours is as the older one.
fn is_steady(tracked: &Tracked, facet: Facet) -> bool {
    let (older, newer) = tracked.quarters.split_at(tracked.quarters.len() / 2);
    let mean = |quarters: &[Quarter], of: fn(&Quarter) -> f64| {
        let known = quarters.iter().filter(|quarter| quarter.minutes > 0);
        let (sum, n) = known.fold((0.0, 0.0), |(sum, n), quarter| (sum + of(quarter), n + 1.0));
        sum / f64::max(n, 1.0)
    };
    let alike = |of: fn(&Quarter) -> f64, slack: f64| {
        let (a, b) = (mean(older, of), mean(newer, of));
        a.max(b) <= STEADY * a.min(b) + slack
    };
    match facet {
        Facet::Errors => alike(errors, 0.005),
        Facet::Latency => alike(slow, 0.02),
        Facet::Traffic => alike(traffic, 0.05),
    }
}

fn errors(quarter: &Quarter) -> f64 {
    f64::from(quarter.sum.errors) / f64::from(quarter.sum.count.max(1))
}

fn slow(quarter: &Quarter) -> f64 {
    f64::from(quarter.sum.slow) / f64::from(quarter.sum.timed.max(1))
}

fn traffic(quarter: &Quarter) -> f64 {
    f64::from(quarter.sum.count) / (f64::from(quarter.sum.due) / 100.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SERVICE, case};
    use super::*;
    use crate::change::{ChangeKind, Phase};
    use crate::detect::tests::finding;
    use crate::detect::{Detector, Slice, Subject};

    /// When the incident of the fixture began.
    const SINCE: Minute = Minute(29_464_362);

    fn open() -> Incident {
        let stored = include_str!("../incident/fixtures/open-v1.json");
        Incident::decode(stored).expect("a stored incident")
    }

    /// A change of a service, so many minutes before the minute that is judged.
    fn change(service: &str, minutes_before: i64, kind: ChangeKind) -> Change {
        Change {
            service: service.into(),
            at_ms: SINCE.plus(-minutes_before).start_ms(),
            kind,
            event_id: String::new(),
        }
    }

    fn deployment(phase: Phase) -> ChangeKind {
        ChangeKind::Deployment {
            phase,
            deployment_id: "ecs-svc/1".into(),
        }
    }

    #[test]
    fn calm_minutes_teach_and_no_others() {
        let check = |findings: &[Finding],
                     open: Option<&Incident>,
                     after: i64,
                     changes: &[Change],
                     expected: Calm| {
            let case = case(None, changes, 0);
            let calm = may_learn(SINCE.plus(after), findings, open, &case);
            assert_eq!(calm, expected, "{findings:?} {changes:?}");
        };
        let lead = finding(Detector::Latency, Subject::Requests, 900.0);
        let lead = std::slice::from_ref(&lead);
        check(&[], None, 0, &[], Calm::Yes);
        check(lead, None, 0, &[], Calm::No);
        // An incident, found or not, until it is a day old.
        let open = open();
        check(&[], Some(&open), 1, &[], Calm::No);
        check(lead, Some(&open), LATE_NORMAL - 60, &[], Calm::No);
        check(lead, Some(&open), LATE_NORMAL + 60, &[], Calm::Yes);
        // A deployment of its own, in all its steps; not of another service, and no other change.
        for (service, minutes_before, kind, expected) in [
            (SERVICE, 5, deployment(Phase::InProgress), Calm::No),
            (SERVICE, 5, deployment(Phase::Failed), Calm::No),
            (SERVICE, 0, deployment(Phase::InProgress), Calm::No),
            (SERVICE, 45, deployment(Phase::Completed), Calm::Yes),
            (SERVICE, -5, deployment(Phase::InProgress), Calm::Yes),
            ("scoring", 5, deployment(Phase::InProgress), Calm::Yes),
            (
                SERVICE,
                5,
                ChangeKind::TaskStop {
                    reason: "OutOfMemoryError".into(),
                },
                Calm::Yes,
            ),
        ] {
            check(
                &[],
                None,
                0,
                &[change(service, minutes_before, kind)],
                expected,
            );
        }
    }

    /// A minute in which twenty-five requests were due.
    const fn minute(count: u32, errors: u32, slow: u32) -> Slice {
        Slice {
            count,
            errors,
            timed: count,
            slow,
            tail: 0,
            p50: 0,
            p90: 0,
            due: 2_500,
            blamed: 0,
        }
    }

    /// What was remembered of all requests at a minute: two hours and more of the one, and then of the other.
    fn state(at: Minute, older: Slice, newer: Slice) -> ServiceState {
        let mut state = ServiceState::default();
        let requests = state.subjects.get_mut(&Subject::Requests);
        let requests = requests.expect("a service is about its requests");
        for back in (0..6 * 60).rev() {
            let slice = if back < 135 { newer } else { older };
            requests.push(at.plus(-back), slice);
        }
        state
    }

    /// Asserts in which words it is taken for normal, after so many hours of `minutes`, the older and the newer ones.
    #[track_caller]
    fn check(hours: i64, minutes: (Slice, Slice), findings: &[Finding], expected: Option<&str>) {
        let now = SINCE.plus(hours * 60 + 5);
        let mut state = state(now, minutes.0, minutes.1);
        let title = taken_for_normal(&mut state, &open(), now, findings);
        let expected =
            expected.map(|words| format!("loan-api: taken for normal after {hours} h ({words})"));
        assert_eq!(title, expected, "{findings:?}");
        assert_eq!(state.settling.is_some(), title.is_some());
    }

    fn slow(p90_ms: f64) -> Finding {
        finding(Detector::Latency, Subject::Requests, p90_ms)
    }

    fn failing(share: f64) -> Finding {
        Finding {
            normal: 0.004,
            ..finding(Detector::ErrorRate, Subject::Requests, share)
        }
    }

    fn missing(left: f64) -> Finding {
        Finding {
            normal: 25.0,
            ..finding(Detector::TrafficDrop, Subject::Requests, left)
        }
    }

    #[test]
    fn what_is_steady_for_hours_is_normal() {
        let steady = |slice| (slice, slice);
        let half_slow = minute(20, 0, 10);
        let nine = "p90 900 ms, was 100 ms";
        check(7, steady(half_slow), &[slow(900.0)], Some(nine));
        check(4, steady(half_slow), &[slow(900.0)], None);
        // It still gets worse, or better.
        let little = minute(20, 0, 4);
        check(7, (little, half_slow), &[slow(900.0)], None);
        check(7, (half_slow, little), &[slow(900.0)], None);
        check(30, (little, half_slow), &[slow(900.0)], None);
        // Half of the traffic is left, and some fail.
        let half = "12.0 requests a minute, was 25.0";
        check(7, steady(minute(12, 0, 0)), &[missing(12.0)], Some(half));
        let some = minute(200, 3, 0);
        let some_fail = "1.5 % fail, was 0.4 %";
        check(7, steady(some), &[failing(0.015)], Some(some_fail));
        let more = (minute(200, 1, 0), minute(200, 5, 0));
        check(7, more, &[failing(0.015)], None);
        let less = (minute(20, 0, 0), minute(10, 0, 0));
        check(7, less, &[missing(12.0)], None);
    }

    #[test]
    fn what_is_grave_takes_a_day() {
        let tenth_fails = (minute(20, 2, 0), minute(20, 2, 0));
        check(7, tenth_fails, &[failing(0.1)], None);
        let words = "10 % fail, was 0.4 %";
        check(25, tenth_fails, &[failing(0.1)], Some(words));
        let silent = (minute(1, 0, 0), minute(1, 0, 0));
        check(7, silent, &[missing(1.0)], None);
        let words = "1.0 requests a minute, was 25.0";
        check(25, silent, &[missing(1.0)], Some(words));
    }

    #[test]
    fn all_that_tells_must_be_steady_and_the_most_surprising_is_told() {
        let half_slow = (minute(20, 0, 10), minute(20, 0, 10));
        let words = Some("p90 900 ms, was 100 ms");
        let milder = Finding {
            surprise: 14.0,
            ..slow(400.0)
        };
        check(7, half_slow, &[milder, slow(900.0)], words);
        let grave = (minute(20, 2, 10), minute(20, 2, 10));
        check(7, grave, &[slow(900.0), failing(0.1)], None);
        // What tells nobody keeps nothing from being normal; what has no baseline never is.
        let of = |severity, finding| Finding {
            severity,
            ..finding
        };
        let silence = || finding(Detector::Silence, Subject::Lines, 0.0);
        let beside = of(Severity::Info, silence());
        check(7, half_slow, &[slow(900.0), beside], words);
        check(7, half_slow, &[slow(900.0), silence()], None);
        check(7, half_slow, &[of(Severity::Info, slow(900.0))], None);
        let unknown = Subject::Route("/loan/apply".into());
        let unknown = finding(Detector::Latency, unknown, 900.0);
        check(7, half_slow, &[unknown], None);
    }

    #[test]
    fn what_was_taken_for_normal_is_not_told_while_it_settles() {
        let now = SINCE.plus(7 * 60);
        let half_slow = minute(20, 0, 10);
        let mut state = state(now, half_slow, half_slow);
        let slow = slow(900.0);
        let taken = taken_for_normal(&mut state, &open(), now, std::slice::from_ref(&slow));
        assert!(taken.is_some());
        let tail = finding(Detector::LatencyTail, Subject::Requests, 0.05);
        let drift = Finding {
            facet: Some(Facet::Latency),
            ..finding(Detector::Drift, Subject::Requests, 0.3)
        };
        let failing = failing(0.1);
        let soon = now.plus(SETTLES / 2);
        for (minute, found, expected) in [
            (soon, &slow, false),
            (soon, &tail, false),
            (soon, &drift, false),
            (soon, &failing, true),
            (now.plus(SETTLES * 2), &slow, true),
        ] {
            let new = what_is_new(&state, minute, vec![found.clone()]);
            assert_eq!(!new.is_empty(), expected, "{found:?} at {minute}");
        }
        // Beside what settles, what else is wrong is told, and a symptom alone is not.
        let both = what_is_new(&state, soon, vec![slow.clone(), failing.clone()]);
        assert_eq!(both, [failing.clone()]);
        let symptom = Finding {
            severity: Severity::Info,
            ..failing
        };
        assert_eq!(what_is_new(&state, soon, vec![slow, symptom]), []);
    }

    #[test]
    fn what_settles_is_over_in_time() {
        let now = SINCE.plus(7 * 60);
        let half_slow = minute(20, 0, 10);
        let mut state = state(now, half_slow, half_slow);
        taken_for_normal(&mut state, &open(), now, &[slow(900.0)]).expect("it is steady");
        for (after, expected) in [(SETTLES / 2, true), (SETTLES * 2, false)] {
            learn(&mut state, &MinuteView::empty(now.plus(after)), Calm::No);
            assert_eq!(state.settling.is_some(), expected, "after {after} min");
        }
    }
}
