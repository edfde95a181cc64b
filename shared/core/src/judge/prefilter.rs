//! A hint: whether what one process has of a minute could be part of trouble, so that good minutes cost no look at what
//! all have merged.

use super::evaluate::sums_of;
use super::{MinuteView, ServiceState};
use crate::baseline::histogram::Histogram;
use crate::baseline::{LEAST_ERRORS, LEAST_SLOW};
use crate::surprise::of_many;

/// The surprise that is a hint, a chance below one in 148: much less than a finding needs of all processes and of two
/// minutes together, and enough that a process with hundreds of good batches a minute seldom has one.
const HINT: f64 = 5.0;

/// Returns whether more failed, or was slow, than a good minute lets expect.
///
/// `part` is a part of all that came. What is too little in every part to hint, as a drift is, is told when the minute is
/// closed.
#[must_use]
pub fn prefilter(state: &ServiceState, part: &MinuteView) -> bool {
    state.subjects.iter().any(|(subject, tracked)| {
        let sums = sums_of(part, subject);
        if sums.count == 0 {
            return false;
        }
        let expected = tracked.baseline.expected(part.minute);
        let usual = expected.error_rate.max(LEAST_ERRORS);
        let failing = of_many(sums.errors as f64, sums.count as f64, usual);
        let failing = failing / expected.error_dispersion.max(1.0);
        let slow = expected.slow_above.map_or(0.0, |above| {
            let usual = expected.slow_share.max(LEAST_SLOW);
            let timed = sums.latency.count() as f64;
            let slow = Histogram::beyond(&sums.latency, above) as f64;
            of_many(slow, timed, usual) / expected.slow_dispersion.max(1.0)
        });
        failing.max(slow) >= HINT
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::Harness;
    use super::super::world::{Effects, clock};
    use super::*;

    #[test]
    fn trouble_hints_and_good_minutes_seldom_do() {
        for scale in [0.2, 3.0] {
            let mut harness = Harness::new(5);
            harness.world.scale = scale;
            harness.quiet(clock(0, 0, 0), clock(0, 12, 0));
            let failing = Effects {
                own_fails: 0.5,
                ..Effects::default()
            };
            let slow = Effects {
                scoring_times: 9.0,
                ..Effects::default()
            };
            // Five requests a minute, not all of which call scoring, are seldom sure of it within one.
            let least = if scale < 1.0 { 30 } else { 100 };
            for (effects, least, most) in [
                (Effects::default(), 0, 15),
                (failing, least, 100),
                (slow, least, 100),
            ] {
                let views =
                    (0..100).map(|at| harness.world.minute(clock(0, 12, 0).plus(at), effects));
                let hinted = views.filter(|view| prefilter(&harness.state, view)).count();
                assert!(
                    (least..=most).contains(&hinted),
                    "{hinted} of 100 at {scale}: {effects:?}"
                );
            }
            assert!(!prefilter(
                &harness.state,
                &MinuteView::empty(clock(0, 12, 0))
            ));
        }
    }
}
