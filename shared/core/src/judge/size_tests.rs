//! What judging keeps: the bytes of the stored state, which stays readable for ever.

use super::tests::{Desk, case};
use super::world::{Effects, clock};
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
            &mut desk.state,
            &view,
            &case(None, &[], minute.plus(3).start_ms()),
        );
    }
    let stored = desk.state.encode();
    assert_eq!(desk.state.subjects.len(), 1 + MAX_DEPENDENCIES + MAX_ROUTES);
    assert!(stored.len() <= MAX_BYTES, "{} bytes", stored.len());
    assert_eq!(ServiceState::decode(&stored).expect("own form"), desk.state);
}
