//! The prefilter: whether the part of a minute that one process counted could belong to trouble.
//! Only then does the process read and evaluate the totals of all processes, so that good minutes
//! cost no such read.

use super::evaluate::sums_of;
use super::{MinuteView, ServiceState};
use crate::baseline::histogram::Histogram;
use crate::baseline::{LEAST_ERRORS, LEAST_SLOW};
use crate::surprise::of_many;

/// The surprise from which a minute passes the prefilter, a chance below one in 148. A finding,
/// which is made from two minutes of all processes together, needs much more; and yet a process
/// with hundreds of good batches a minute seldom reaches this.
const HINT: f64 = 5.0;

/// Returns whether more requests or calls failed, or were slow, than is expected of a good minute.
///
/// `part` is what one process counted of the minute. Trouble that is too faint in every part to
/// pass, such as a drift, is found when the minute is closed.
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
            // With five requests a minute, not all of which call scoring, one minute is seldom
            // enough evidence.
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
