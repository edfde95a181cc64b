//! Late events: when a closed minute has grown since it was judged, its new totals replace the old
//! ones in the service's state.

use super::evaluate::{admit, push};
use super::{MinuteView, ServiceState};
use crate::detect::Slice;

/// Replaces the totals of a closed minute in the state by those that the store has now, and returns
/// whether that changed anything. A minute that is not closed yet, or that is older than the
/// minutes kept, changes nothing.
///
/// This function reports nothing. The judgement of the next minute sees the new totals, and dates
/// its findings back to the minute in which they began. Repeating a call with the same totals
/// changes nothing, so the sweep may call it as often as it likes.
///
/// The log patterns of the minute are not counted again: a run of a pattern goes over many minutes.
/// The baseline keeps what it learnt of the minute: it holds hundreds of minutes for each hour of
/// the day, so the late events of one do not move it, while learning the minute again would count
/// it twice.
pub fn revise(state: &mut ServiceState, view: &MinuteView) -> bool {
    let Some(through) = state.closed_through else {
        return false;
    };
    let Ok(back) = usize::try_from(through.0 - view.minute.0) else {
        return false;
    };
    admit(state, view);
    // The new slice comes from the same code as that of a minute on time, so that the two cannot
    // differ.
    let mut fresh = state.clone();
    push(&mut fresh, view);
    let mut changed = false;
    for (tracked, fresh) in state.subjects.values_mut().zip(fresh.subjects.values()) {
        let at = tracked.recent.len().checked_sub(back + 1);
        let place = at.and_then(|at| tracked.recent.get_mut(at));
        let (Some(place), Some(now)) = (place, fresh.recent.last()) else {
            continue;
        };
        // The baseline has moved on since, so `slow`, `tail` and `due` may differ without any late
        // event: they are left out of the comparison.
        let (slow, tail, due) = (place.slow, place.tail, place.due);
        let seen = Slice {
            slow,
            tail,
            due,
            ..*now
        };
        if *place != seen {
            *place = *now;
            changed = true;
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Harness, case};
    use super::super::world::{Effects, clock};
    use super::super::{RECENT, judge};
    use super::*;

    /// Returns a service after ten quiet hours and its next `minutes`, each as it looks on time and
    /// with its late events.
    fn late(minutes: i64) -> (Harness, Vec<(MinuteView, MinuteView)>) {
        let mut harness = Harness::new(3);
        let from = clock(0, 10, 0);
        harness.quiet(clock(0, 0, 0), from);
        let views = (0..minutes).map(|at| {
            let minute = from.plus(at);
            let whole = harness.world.minute(
                minute,
                Effects {
                    own_fails: 0.6,
                    ..Effects::default()
                },
            );
            // The failures come late: they were logged to a log stream of their own.
            let mut early = whole.clone();
            for sums in early.routes.values_mut().chain([&mut early.requests]) {
                sums.count -= sums.errors;
                sums.errors = 0;
                sums.causes.clear();
            }
            (early, whole)
        });
        let views = views.collect();
        (harness, views)
    }

    #[test]
    fn what_came_late_is_told_with_the_next_minute_and_once() {
        let (mut harness, views) = late(5);
        let judged = |state: &mut ServiceState, view: &MinuteView| {
            let now_ms = view.minute.plus(2).start_ms();
            judge(state, view, &case(None, &[], now_ms)).incident
        };
        let (last, before) = views.split_last().expect("five minutes");
        for (early, _) in before {
            assert_eq!(judged(&mut harness.state, early), None, "{}", early.minute);
        }
        let mut on_time = harness.state.clone();
        assert_eq!(judged(&mut on_time, &last.0), None, "nothing is known yet");
        for (early, whole) in before {
            assert!(!revise(&mut harness.state, early), "nothing came late");
            assert!(revise(&mut harness.state, whole), "{}", whole.minute);
            assert!(!revise(&mut harness.state, whole), "it is known by now");
        }
        let stored = ServiceState::decode(&harness.state.encode()).expect("own form");
        assert_eq!(stored, harness.state);
        let (_, opened) = judged(&mut harness.state, &last.0).expect("four bad minutes");
        let since = opened.since.0 - before[0].0.minute.0;
        assert!((0..=1).contains(&since), "{opened:?}");
    }

    #[test]
    fn a_minute_that_is_open_or_forgotten_changes_nothing() {
        let (mut harness, views) = late(1);
        let (_, whole) = &views[0];
        let before = harness.state.clone();
        let through = before.closed_through.expect("ten hours");
        for minute in [through.plus(1), through.plus(-(RECENT as i64))] {
            let view = MinuteView {
                minute,
                ..whole.clone()
            };
            assert!(!revise(&mut harness.state, &view), "{minute}");
            assert_eq!(harness.state, before, "{minute}");
        }
        assert!(!revise(&mut ServiceState::default(), whole));
    }
}
