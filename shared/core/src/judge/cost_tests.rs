//! What judging costs: bytes of the stored state, which stays readable for ever, and (on demand) time and false alarms.

use super::tests::{Desk, SERVICE};
use super::world::{Effects, World, clock};
use super::*;

/// The state of a service after five minutes, as the first version wrote it.
const FROZEN: &str = include_str!("fixtures/state-v1.json");

#[test]
fn the_frozen_state_is_read_and_written_as_it_was() {
    let state = ServiceState::decode(FROZEN.trim_end()).expect("the first version's form");
    assert_eq!(state.closed_through, Some(clock(0, 9, 4)));
    assert_eq!(state.subjects.len(), 10);
    assert_eq!(state.encode(), FROZEN.trim_end());
    let later = FROZEN.replacen(r#""v":1"#, r#""v":2"#, 1);
    assert!(matches!(
        ServiceState::decode(&later),
        Err(StateError::Version(2))
    ));
    let damaged = FROZEN.replacen(r#""e":""#, r#""e":"!"#, 1);
    assert!(matches!(
        ServiceState::decode(&damaged),
        Err(StateError::Damaged(_))
    ));
    assert!(matches!(
        ServiceState::decode("{"),
        Err(StateError::Json(_))
    ));
}

/// A busy week of a service with as many dependencies and routes as are kept, each as wide as can be.
#[test]
fn the_widest_state_fits_one_item_and_an_old_one_is_read() {
    let mut desk = Desk::new(1);
    desk.world.scale = 40.0;
    for at in 0..10_080 {
        // Every eleventh minute reaches all hours of a week and keeps the test quick.
        if at % 11 != 0 {
            continue;
        }
        let minute = clock(0, 0, 0).plus(at);
        let mut view = desk.world.minute(minute, Effects::default());
        let aurora = view.dependencies["aurora"].clone();
        for n in 0..9 {
            let mut calls = aurora.clone();
            for ms in [1.0, 4_000.0, 20_000.0] {
                calls.latency.add(ms * f64::from(n + 1));
            }
            view.dependencies
                .insert(format!("dependency-with-a-long-name-{n}").into(), calls);
        }
        judge(
            SERVICE,
            &mut desk.state,
            None,
            &view,
            &[],
            minute.plus(3).start_ms(),
        );
    }
    let stored = desk.state.encode();
    assert_eq!(desk.state.subjects.len(), 1 + MAX_DEPENDENCIES + MAX_ROUTES);
    assert!(stored.len() <= MAX_BYTES, "{} bytes", stored.len());
    assert_eq!(ServiceState::decode(&stored).expect("own form"), desk.state);
}

/// Prints what a minute costs; run it with `cargo test --release -- --ignored --nocapture cost`.
#[test]
#[ignore = "a measurement, not a check"]
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a measurement asks the clock and prints"
)]
fn the_cost_of_a_minute() {
    let mut world = World::new(1);
    let views: Vec<MinuteView> = (0..4 * 1_440)
        .map(|at| world.minute(clock(0, 0, 0).plus(at), Effects::default()))
        .collect();
    let mut state = ServiceState::default();
    let began = std::time::Instant::now();
    for view in &views {
        judge(SERVICE, &mut state, None, view, &[], 0);
    }
    let each = began.elapsed().as_secs_f64() * 1e6 / views.len() as f64;
    let began = std::time::Instant::now();
    for _ in 0..200 {
        state = ServiceState::decode(&state.encode()).expect("own form");
    }
    let stored = began.elapsed().as_secs_f64() * 1e6 / 200.0;
    let subjects = state.subjects.len();
    println!("{each:.1} µs a minute for {subjects} subjects, {stored:.1} µs to store and read");
}

/// Prints how quiet many weeks are; run it like [`the_cost_of_a_minute`].
#[test]
#[ignore = "a measurement, not a check"]
#[expect(clippy::disallowed_macros, reason = "a measurement prints")]
fn the_quiet_of_many_weeks() {
    for scale in [0.1, 0.3, 1.0, 4.0, 20.0] {
        let mut told = Vec::new();
        for seed in 100..110 {
            let mut desk = Desk::new(seed);
            desk.world.scale = scale;
            desk.quiet(clock(0, 0, 0), clock(28, 0, 0));
            told.extend(
                desk.titles()
                    .into_iter()
                    .filter(|title| title.contains(" open ")),
            );
        }
        println!(
            "scale {scale}: {} incidents in 40 weeks {told:#?}",
            told.len()
        );
    }
}
