//! Evaluating an open minute: what it reports early, and what it leaves to the end of the minute.

use std::sync::OnceLock;

use super::tests::{Harness, case, during, three_days};
use super::world::{Effects, clock};
use super::*;
use crate::detect::tests::finding;
use crate::detect::{Detector, Subject};
use crate::time::Minute;

/// When it begins: on the morning of the fourth day.
const FROM: i64 = 9 * 60 + 7;

fn from() -> Minute {
    clock(3, 0, FROM)
}

const FAILING: Effects = Effects {
    own_fails: 0.5,
    ..Effects::NONE
};

const SLOW: Effects = Effects {
    scoring_times: 9.0,
    ..Effects::NONE
};

const SILENT: Effects = Effects {
    traffic: 0.0,
    ..Effects::NONE
};

/// How many services are played, each with a seed of its own.
const SEEDS: u64 = 4;

/// Returns a service without any alert before [`from`]; each is played once.
fn calm(seed: u64) -> Harness {
    static MORNINGS: [OnceLock<Harness>; SEEDS as usize] =
        [const { OnceLock::new() }; SEEDS as usize];
    let seeded = MORNINGS.get(seed as usize).expect("as many seeds");
    let harness = seeded.get_or_init(|| {
        let mut harness = three_days(seed);
        harness.quiet(clock(3, 0, 0), from());
        harness
    });
    assert!(harness.told.is_empty(), "{:#?}", harness.titles());
    harness.clone()
}

/// Evaluates a minute while it is open and then closes it, at the same moment; keeps the newest
/// alert.
fn judge_open_and_closed(harness: &mut Harness, view: &MinuteView) -> (Judgement, Judgement) {
    let last = harness.last.clone();
    // A level shift is reported beside trouble, and is no trouble by itself.
    let level = Finding {
        severity: Severity::Info,
        ..finding(Detector::LatencyLevel, Subject::Requests, 300.0)
    };
    let case = Case {
        level_shifts: &[level],
        ..case(last.as_ref(), &[], view.minute.plus(2).start_ms())
    };
    let seen = judge_open(&harness.state, std::slice::from_ref(view), &case);
    let judged = judge(&mut harness.state, view, &case);
    if let Some((_, incident)) = &judged.incident {
        harness.last = Some(incident.clone());
    }
    (seen, judged)
}

/// Plays `minutes` with `effects` from [`from`] on, and then half an hour without. Asserts of each
/// minute that evaluating all of it while it is open reports the same as closing it, but for the
/// end of the alert and findings that later events could take back. Returns how often the open
/// minute reported something, and the alert.
fn check(mut harness: Harness, minutes: i64, effects: Effects) -> (usize, Option<Alert>) {
    let shape = during(from(), minutes, effects);
    let mut told = 0;
    for at in 0..minutes + 30 {
        let minute = from().plus(at);
        let view = harness.world.minute(minute, shape(minute));
        let (seen, judged) = judge_open_and_closed(&mut harness, &view);
        let shown = format!("{minute}: {seen:#?} {judged:#?}");
        let early = |finding: &&Finding| finding.detector.row().holds_early;
        let early: Vec<_> = judged.findings.iter().filter(early).collect();
        let telling = early.iter().any(|f| f.severity >= Severity::Ticket);
        let expected = if telling { early } else { Vec::new() };
        assert_eq!(
            seen.findings.iter().collect::<Vec<_>>(),
            expected,
            "{shown}"
        );
        let Some((event, incident)) = &seen.incident else {
            let left = judged
                .incident
                .filter(|(event, _)| *event != AlertEvent::Resolve);
            assert!(left.is_none() || !telling, "{shown}");
            continue;
        };
        told += 1;
        assert_ne!(*event, AlertEvent::Resolve, "{shown}");
        let (at_end, closed) = judged.incident.as_ref().expect("closing reports it too");
        assert_eq!(event, at_end, "{shown}");
        assert_eq!((&incident.id, incident.since), (&closed.id, closed.since));
        assert!(incident.severity <= closed.severity, "{shown}");
    }
    (told, harness.last)
}

#[test]
fn what_an_open_minute_shows_is_told_when_it_closes_and_no_end_is_told_early() {
    for seed in 0..SEEDS {
        for effects in [FAILING, SLOW] {
            let (told, over) = check(calm(seed), 12, effects);
            assert!(told > 0, "seed {seed}: {effects:?}");
            assert!(over.is_some_and(|over| !over.is_open()), "seed {seed}");
        }
    }
}

#[test]
fn missing_requests_may_still_come() {
    for seed in 0..SEEDS {
        let (told, over) = check(calm(seed), 20, SILENT);
        assert_eq!(told, 0, "seed {seed}");
        let over = over.expect("closing the minute reports it");
        assert!(!over.is_open(), "seed {seed}: {over:#?}");
        let detectors = over.symptoms.iter().map(|(detector, _)| *detector);
        assert!(detectors.into_iter().any(|d| d == Detector::TrafficDrop));
    }
}

#[test]
fn what_recurs_at_this_time_is_told_of_no_open_minute() {
    for seed in 0..SEEDS {
        let mut harness = calm(seed);
        let (told, _) = check(harness.clone(), 12, SLOW);
        assert!(told > 0, "seed {seed}");
        let far_worse = [
            finding(Detector::Latency, Subject::Requests, 1e9),
            finding(Detector::ErrorRate, Subject::Requests, 1.0),
        ];
        for days in [1, 2] {
            harness
                .state
                .recurrences
                .learn(&far_worse, from().plus(9 - days * 1_440));
        }
        // Failures are still a ticket.
        let (_, incident) = check(harness, 12, SLOW);
        let severity = incident.map(|incident| incident.severity);
        assert!(
            severity.is_none_or(|severity| severity < Severity::Page),
            "seed {seed}"
        );
    }
}

#[test]
fn good_minutes_tell_nothing() {
    let mut harness = three_days(1);
    for at in 0..600 {
        let view = harness.world.minute(clock(3, 6, at), Effects::default());
        let (seen, _) = judge_open_and_closed(&mut harness, &view);
        assert_eq!(seen, Judgement::default(), "{}", view.minute);
    }
}

/// Returns the totals of a minute from two processes together.
fn both(mut a: MinuteView, b: &MinuteView) -> MinuteView {
    a.requests.merge(&b.requests);
    for (all, part) in [
        (&mut a.routes, &b.routes),
        (&mut a.dependencies, &b.dependencies),
    ] {
        for (name, sums) in part {
            all.entry(name.clone()).or_default().merge(sums);
        }
    }
    a
}

/// Plays trouble that is evaluated in the middle of each minute, and returns the alert if that
/// reported it first.
fn told_early(seed: u64) -> Option<Alert> {
    let mut harness = calm(seed);
    let half = Effects {
        traffic: 0.5,
        ..FAILING
    };
    for at in 0..10 {
        let minute = from().plus(at);
        let first = harness.world.minute(minute, half);
        let second = harness.world.minute(minute, half);
        let early = case(None, &[], minute.start_ms() + 30_000);
        let seen = judge_open(&harness.state, std::slice::from_ref(&first), &early).incident;
        let seen = seen.map(|(event, incident)| {
            assert_eq!(event, AlertEvent::Open, "seed {seed}");
            incident
        });
        let case = case(seen.as_ref(), &[], minute.plus(2).start_ms());
        let judged = judge(&mut harness.state, &both(first, &second), &case).incident;
        if let Some(seen) = seen {
            assert_eq!(judged, None, "seed {seed}: it was reported within {minute}");
            return Some(seen);
        }
        if judged.is_some() {
            return None;
        }
    }
    panic!("seed {seed}: ten bad minutes");
}

#[test]
fn the_end_of_a_minute_that_was_told_early_tells_nothing_again() {
    let early = (0..SEEDS).filter_map(|seed| told_early(seed).map(|opened| (seed, opened)));
    let early: Vec<_> = early.collect();
    assert!(!early.is_empty(), "half a minute is enough for some");
    for (seed, opened) in early {
        let since = opened.since.0 - from().0;
        assert!((-1..=1).contains(&since), "seed {seed}: {opened:#?}");
    }
}

#[test]
fn minutes_that_are_not_closed_yet_are_seen_together() {
    let mut harness = calm(2);
    let views: Vec<MinuteView> = (0..6)
        .map(|at| harness.world.minute(from().plus(at), FAILING))
        .collect();
    let now_ms = from().plus(8).start_ms();
    let at_once = judge_open(&harness.state, &views, &case(None, &[], now_ms));
    let (_, seen) = at_once.incident.as_ref().expect("six bad minutes");
    // The evaluation depends on its arguments alone, and does not evaluate closed minutes again.
    assert_eq!(
        judge_open(&harness.state, &views, &case(None, &[], now_ms)),
        at_once
    );
    let mut one_by_one = None;
    for view in &views {
        let case = case(one_by_one.as_ref(), &[], now_ms);
        let judged = judge(&mut harness.state, view, &case).incident;
        one_by_one = judged.map(|(_, incident)| incident).or(one_by_one);
    }
    let closed = one_by_one.expect("six bad minutes");
    assert_eq!((&seen.id, seen.since), (&closed.id, closed.since));
    for views in [&views[..], &[]] {
        let again = judge_open(&harness.state, views, &case(None, &[], now_ms));
        assert_eq!(again, Judgement::default(), "nothing of it is open");
    }
}
