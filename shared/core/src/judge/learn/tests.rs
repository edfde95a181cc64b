//! Which minutes the baseline learns, and when a changed level is accepted as normal.

use super::super::tests::{Harness, SERVICE, case, three_days};
use super::super::world::{Effects, clock};
use super::*;
use crate::alert::{self, AlertEvent, Title};
use crate::change::{ChangeKind, Phase};
use crate::detect::tests::finding;
use crate::detect::{self, Detector, Slice, Subject};

/// When the incident of the fixture began.
const SINCE: Minute = Minute(29_464_362);

fn open() -> Alert {
    alert::tests::opened()
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
                 open: Option<&Alert>,
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
    // An open alert, with findings in the minute or without, until it is a day old.
    let open = open();
    check(&[], Some(&open), 1, &[], Calm::No);
    check(lead, Some(&open), LATE_NORMAL - 60, &[], Calm::No);
    check(lead, Some(&open), LATE_NORMAL + 60, &[], Calm::Yes);
    // A deployment of the service, in all its steps; not of another service, and no other change.
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
    // A deployment that began within this very minute.
    let within = Change {
        at_ms: SINCE.start_ms() + 30_000,
        ..change(SERVICE, 0, deployment(Phase::InProgress))
    };
    check(&[], None, 0, &[within], Calm::No);
}

/// A minute in which twenty-five requests were due.
const fn minute(count: u32, errors: u32, slow: u32) -> Slice {
    Slice {
        due: 2_500,
        ..detect::tests::minute(count, errors, slow, 0)
    }
}

/// Returns the state of all requests at a minute: two hours and more of the one level, and then of
/// the other.
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

/// Asserts which finding is accepted as normal, after so many hours of `minutes`, the older and the
/// newer ones.
#[track_caller]
fn check(hours: i64, minutes: (Slice, Slice), findings: &[Finding], expected: Option<&Finding>) {
    let now = SINCE.plus(hours * 60 + 5);
    let mut state = state(now, minutes.0, minutes.1);
    let normal = taken_for_normal(&state, &open(), now, findings);
    let symptom = normal.as_ref().map(|normal| normal.symptom.clone());
    assert_eq!(symptom, expected.map(Symptom::of), "{findings:?}");
    if let Some(normal) = &normal {
        accept(&mut state, normal, now);
    }
    assert_eq!(state.settling.is_some(), normal.is_some());
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
    check(7, steady(half_slow), &[slow(900.0)], Some(&slow(900.0)));
    check(4, steady(half_slow), &[slow(900.0)], None);
    // The level is still getting worse, or better.
    let little = minute(20, 0, 4);
    check(7, (little, half_slow), &[slow(900.0)], None);
    check(7, (half_slow, little), &[slow(900.0)], None);
    check(30, (little, half_slow), &[slow(900.0)], None);
    // Half of the traffic is left, and some fail.
    let half = missing(12.0);
    check(7, steady(minute(12, 0, 0)), &[missing(12.0)], Some(&half));
    let some = minute(200, 3, 0);
    check(7, steady(some), &[failing(0.015)], Some(&failing(0.015)));
    let more = (minute(200, 1, 0), minute(200, 5, 0));
    check(7, more, &[failing(0.015)], None);
    let less = (minute(20, 0, 0), minute(10, 0, 0));
    check(7, less, &[missing(12.0)], None);
}

#[test]
fn what_is_grave_takes_a_day() {
    let tenth_fails = (minute(20, 2, 0), minute(20, 2, 0));
    check(7, tenth_fails, &[failing(0.1)], None);
    check(25, tenth_fails, &[failing(0.1)], Some(&failing(0.1)));
    let silent = (minute(1, 0, 0), minute(1, 0, 0));
    check(7, silent, &[missing(1.0)], None);
    check(25, silent, &[missing(1.0)], Some(&missing(1.0)));
}

#[test]
fn all_that_tells_must_be_steady_and_the_most_surprising_is_told() {
    let half_slow = (minute(20, 0, 10), minute(20, 0, 10));
    let worst = slow(900.0);
    let milder = Finding {
        surprise: 14.0,
        ..slow(400.0)
    };
    check(7, half_slow, &[milder, slow(900.0)], Some(&worst));
    let grave = (minute(20, 2, 10), minute(20, 2, 10));
    check(7, grave, &[slow(900.0), failing(0.1)], None);
    // A finding below ticket severity does not keep a level from being accepted; a subject without
    // a baseline is never accepted.
    let of = |severity, finding| Finding {
        severity,
        ..finding
    };
    let silence = || finding(Detector::NoLogs, Subject::Lines, 0.0);
    let beside = of(Severity::Info, silence());
    check(7, half_slow, &[slow(900.0), beside], Some(&worst));
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
    let taken = taken_for_normal(&state, &open(), now, std::slice::from_ref(&slow));
    accept(&mut state, &taken.expect("it is steady"), now);
    let tail = finding(Detector::LatencyTail, Subject::Requests, 0.05);
    let drift = Finding {
        signal: Some(Signal::Latency),
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
    // While one signal's new level is learnt, findings about others are reported, but a symptom
    // alone is not.
    let both = what_is_new(&state, soon, vec![slow.clone(), failing.clone()]);
    assert_eq!(both, std::slice::from_ref(&failing));
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
    let normal = taken_for_normal(&state, &open(), now, &[slow(900.0)]);
    accept(&mut state, &normal.expect("it is steady"), now);
    for (after, expected) in [(SETTLES / 2, true), (SETTLES * 2, false)] {
        learn(&mut state, &MinuteView::empty(now.plus(after)), Calm::No);
        assert_eq!(state.settling.is_some(), expected, "after {after} min");
    }
}

#[test]
fn a_level_that_lasts_is_told_as_normal_once_and_then_to_nobody() {
    for seed in [0, 3] {
        let mut harness = three_days(seed);
        let from = clock(3, 9, 0);
        harness.quiet(clock(3, 0, 0), from);
        let slower = Effects {
            scoring_times: 4.0,
            ..Effects::default()
        };
        let known = |harness: &Harness| {
            let subjects = harness.state.subjects.iter();
            let known = subjects.map(|(name, tracked)| (name.clone(), tracked.baseline.clone()));
            known.collect::<Vec<_>>()
        };
        harness.run(from, from.plus(60), |_| slower);
        assert!(harness.last.as_ref().is_some_and(Alert::is_open));
        let an_hour = known(&harness);
        harness.run(from.plus(60), from.plus(120), |_| slower);
        assert_eq!(
            known(&harness),
            an_hour,
            "nothing is learnt while it is open"
        );
        harness.run(from.plus(120), from.plus(10 * 60), |_| slower);
        let (event, over) = harness.told.last().expect("an event was reported");
        assert_eq!(*event, AlertEvent::Resolve, "{:#?}", harness.titles());
        let accepted = matches!(over.title, Title::Accepted(_));
        assert!(accepted, "{:#?}", harness.titles());
        assert_eq!(over.duration_ms() / (60 * MINUTE_MS), 6, "hours");
        assert_ne!(known(&harness), an_hour, "it is learnt by now");
        let told = harness.told.len();
        harness.run(from.plus(10 * 60), from.plus(34 * 60), |_| slower);
        assert_eq!(harness.told.len(), told, "{:#?}", harness.titles());
    }
}
