//! The stored state of a service: how many bytes it takes, that old versions stay readable, and
//! what it survives.

use proptest::prelude::*;

use super::tests::{Harness, case};
use super::world::{Effects, clock};
use super::*;
use crate::detect::Subject;

/// The state of a service after five minutes, as the first version wrote it.
const FIRST: &str = include_str!("fixtures/state-v1.json");

/// The state of a service after three hours, as the second version wrote it.
const SECOND: &str = include_str!("fixtures/state-v2.txt");

#[test]
fn a_state_of_the_first_version_is_read_and_goes_on() {
    let mut state = ServiceState::decode(FIRST.trim_end()).expect("the first version's form");
    assert_eq!(state.closed_through, Some(clock(0, 9, 4)));
    assert_eq!(state.subjects.len(), 10);
    let of = |name: &str| {
        let subject: Subject = name.parse().expect("a subject");
        let tracked = state.subjects.get(&subject).expect("it was kept");
        tracked.baseline.expected(clock(0, 9, 30))
    };
    let (all, scoring) = (of("requests"), of("dependency scoring"));
    assert!((all.minutes - 5.0).abs() < f64::EPSILON);
    assert!((0.003..0.01).contains(&all.error_rate), "{all:?}");
    assert!((200.0..300.0).contains(&scoring.p50_ms), "{scoring:?}");
    let again = ServiceState::decode(&state.encode()).expect("own form");
    assert_eq!(again, state, "it is written in the new form");
    let nine = 9 * 60;
    judge_all(
        &mut state,
        &mut Harness::new(3),
        nine + 5..nine + 205,
        |_| {},
    );
    let due = state.subjects[&Subject::Requests]
        .baseline
        .expected(clock(0, 12, 25))
        .due;
    assert!((15.0..40.0).contains(&due), "{due}");
}

#[test]
fn the_frozen_second_form_is_read_and_written_as_it_was() {
    let state = ServiceState::decode(SECOND.trim_end()).expect("the second version's form");
    assert_eq!(state.closed_through, Some(clock(0, 11, 59)));
    assert_eq!(state.subjects.len(), 10);
    assert_eq!(state.encode(), SECOND.trim_end());
}

#[test]
fn what_is_no_state_is_refused() {
    let check = |body: &str, expected: fn(&StateError) -> bool| {
        let error = ServiceState::decode(body).expect_err("it is no state");
        assert!(expected(&error), "{error}");
    };
    let later = FIRST.replacen(r#""v":1"#, r#""v":3"#, 1);
    check(&later, |e| matches!(e, StateError::Version(3)));
    let damaged = FIRST.replacen(r#""e":""#, r#""e":"!"#, 1);
    check(&damaged, |e| matches!(e, StateError::Damaged(_)));
    check("{", |e| matches!(e, StateError::Json(_)));
    check("!", |e| matches!(e, StateError::Base64(_)));
    check("AwAA", |e| matches!(e, StateError::Version(3)));
    for cut in [8, 400, 1_600] {
        check(&SECOND[..cut], |e| matches!(e, StateError::Damaged(_)));
    }
}

/// Judges minutes of ordinary days, with some in the view that are not in the world.
fn judge_all(
    state: &mut ServiceState,
    harness: &mut Harness,
    minutes: impl Iterator<Item = i64>,
    shape: impl Fn(&mut MinuteView),
) {
    for at in minutes {
        let minute = clock(0, 0, 0).plus(at);
        let mut view = harness.world.minute(minute, Effects::default());
        shape(&mut view);
        judge(state, &view, &case(None, &[], minute.plus(2).start_ms()));
    }
}

/// Minutes of a year, coarsely: every 61st reaches all hours of a week; then five whole hours.
fn year() -> impl Iterator<Item = i64> {
    const YEAR: i64 = 364 * 1_440 + 8 * 60;
    (0..YEAR).step_by(61).chain(YEAR..YEAR + 5 * 60)
}

/// Prints how many bytes a state takes, and returns the state.
#[expect(
    clippy::disallowed_macros,
    reason = "a test prints how large a state is; the core prints nothing"
)]
fn stored(what: &str, state: &ServiceState) -> usize {
    let stored = state.encode();
    let names: usize = state.subjects.keys().map(|s| s.to_string().len()).sum();
    println!(
        "{what}: {} bytes stored for {} subjects with {names} bytes of names",
        stored.len(),
        state.subjects.len()
    );
    assert_eq!(ServiceState::decode(&stored).expect("own form"), *state);
    stored.len()
}

#[test]
fn a_service_with_a_year_behind_it_fits_four_write_units() {
    let (mut harness, mut state) = (Harness::new(1), ServiceState::default());
    let four = |view: &mut MinuteView| {
        view.routes.remove("/offer/{id}/accept");
        view.routes.remove("/auth/token");
    };
    judge_all(&mut state, &mut harness, year(), four);
    assert_eq!(state.subjects.len(), 1 + 4 + 3);
    let bytes = stored("a year, four routes, three dependencies", &state);
    assert!(bytes <= 4 * 1_024, "{bytes} bytes");
}

/// A service with as many dependencies and routes as are kept, each as wide as can be.
#[test]
fn the_widest_state_is_far_below_the_limit() {
    let (mut harness, mut state) = (Harness::new(1), ServiceState::default());
    harness.world.scale = 20.0;
    let wide = |view: &mut MinuteView| {
        let aurora = view.dependencies["aurora"].clone();
        for n in 0..9 {
            let mut calls = aurora.clone();
            for ms in [1.0, 4_000.0, 20_000.0] {
                calls.latency.add(ms * f64::from(n + 1));
            }
            let name =
                format!("dependency-with-a-name-as-long-as-any-that-is-given-a-baseline-{n}");
            view.dependencies.insert(name[3..].into(), calls);
        }
    };
    judge_all(&mut state, &mut harness, year().skip(4 * 2_000), wide);
    assert_eq!(state.subjects.len(), 1 + MAX_DEPENDENCIES + MAX_ROUTES);
    let bytes = stored("the widest", &state);
    assert!(bytes <= 10 * 1_024, "{bytes} bytes");
    const { assert!(10 * 1_024 <= MAX_BYTES) };
}

#[test]
fn gaps_steps_back_and_minutes_seen_twice_teach_nothing() {
    let (mut harness, mut state) = (Harness::new(4), ServiceState::default());
    judge_all(&mut state, &mut harness, 0..600, |_| {});
    let before = state.clone();
    // The clock steps back, and minutes come again with other sums.
    judge_all(&mut state, &mut harness, 300..600, |_| {});
    assert_eq!(state, before);
    let expected = |state: &ServiceState, at: i64| {
        let minute = clock(0, 0, 0).plus(at);
        let requests = &state.subjects[&Subject::Requests];
        requests.baseline.expected(minute)
    };
    // A day without data keeps the baselines: five minutes more.
    let at = 1_440 + 8 * 60;
    let known = expected(&state, at);
    judge_all(&mut state, &mut harness, at..at + 5, |_| {});
    let later = expected(&state, at);
    assert!((later.minutes - known.minutes - 5.0).abs() < f64::EPSILON);
    assert!(
        (later.due / known.due - 1.0).abs() < 0.3,
        "{known:?}, then {later:?}"
    );
}

/// Stretches of like minutes, some of which are followed by minutes without data.
fn stretch() -> impl Strategy<Value = (i64, i64, u64, u64, Effects)> {
    let share = || prop_oneof![3 => Just(0.0), 1 => 0.0..0.6];
    let effects = (share(), share(), prop_oneof![Just(1.0), 1.0..8.0]).prop_map(
        |(own_fails, scoring_fails, scoring_times)| Effects {
            scoring_times,
            scoring_fails,
            own_fails,
            ..Effects::default()
        },
    );
    let missed = prop_oneof![4 => Just(0_i64), 1 => 1_i64..400];
    let errors = prop_oneof![3 => Just(0_u64), 1 => 1_u64..40];
    (missed, 5_i64..40, 0_u64..3, errors, effects)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The state in memory equals the stored state at every minute, in quiet and in trouble: a
    /// process that goes on with the state in memory judges like one that reads the stored state.
    #[test]
    fn going_on_and_reading_back_give_the_same_bits(
        seed in any::<u64>(),
        stretches in prop::collection::vec(stretch(), 1..8),
    ) {
        let mut harness = Harness::new(seed);
        let (mut on, mut back) = (ServiceState::default(), ServiceState::default());
        let mut last: Option<Alert> = None;
        let mut minute = clock(0, 8, 0);
        for (missed, minutes, lines, errors, effects) in stretches {
            minute = minute.plus(missed);
            for at in 0..minutes {
                let mut view = harness.world.minute(minute, effects);
                view.lines.count = lines;
                if errors > 0 {
                    view.errors.insert(format!("{:012x} it broke", errors + 1).into(), errors);
                }
                let case = case(last.as_ref(), &[], minute.plus(2).start_ms());
                let judged = judge(&mut on, &view, &case);
                prop_assert_eq!(&judge(&mut back, &view, &case), &judged, "{}", minute);
                if at % 7 == 3 {
                    view.requests.count += 5;
                    revise(&mut on, &view);
                    revise(&mut back, &view);
                }
                last = judged.incident.map(|(_, incident)| incident).or(last);
                back = ServiceState::decode(&back.encode()).expect("own form");
                prop_assert!(on == back, "{}", minute);
                minute = minute.plus(1);
            }
        }
    }
}
