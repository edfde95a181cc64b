//! A hint: whether a batch alone could be part of trouble, so that most batches cost no look at what is merged.

use crate::baseline::histogram::Histogram;
use crate::series::Sums;

use super::{MinuteView, ServiceState, sums_of};

/// How many times its usual share a batch's failures, or slow ones, are a hint. Detectors ask for three times the usual
/// of several batches together, so that one of these at least has as much.
const TIMES: f64 = 2.0;

/// The share of slow ones that is a hint however many are usual.
const MANY_SLOW: f64 = 0.5;

/// The shares that are usual at least, as the detectors have them.
const LEAST_ERRORS: f64 = 0.002;
const LEAST_SLOW: f64 = 0.04;

/// Returns whether a batch holds more failures, or more slow ones, than it would on a good day.
///
/// `view` is the batch alone. Without a hint in any batch, no finding that holds early can come of them together.
#[must_use]
pub fn hints(state: &ServiceState, batch: &MinuteView) -> bool {
    state.subjects.iter().any(|(subject, tracked)| {
        let sums = sums_of(batch, subject);
        if sums.count == 0 {
            return false;
        }
        let expected = tracked.baseline.expected(batch.minute);
        let failing = TIMES * expected.error_rate.max(LEAST_ERRORS);
        if sums.errors as f64 > failing * sums.count as f64 {
            return true;
        }
        let slow = (TIMES * expected.slow_share.max(LEAST_SLOW)).min(MANY_SLOW);
        let timed = sums.latency.count() as f64;
        expected
            .slow_above
            .is_some_and(|above| slow_of(sums, above) as f64 > slow * timed)
    })
}

/// Returns how many of some durations are in buckets above `above`.
fn slow_of(sums: &Sums, above: usize) -> u64 {
    let buckets = sums.latency.buckets();
    let beyond = buckets.filter(|(bucket, _)| Histogram::bucket(*bucket) > above);
    beyond.map(|(_, n)| n).sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::Desk;
    use super::super::world::{Effects, clock};
    use super::*;

    #[test]
    fn trouble_hints_and_most_of_a_good_day_does_not() {
        let mut desk = Desk::new(5);
        desk.world.scale = 10.0;
        desk.quiet(clock(0, 0, 0), clock(0, 12, 0));
        let mut share = |effects: Effects| {
            let mut hinted = 0;
            for at in 0..100 {
                let view = desk.world.minute(clock(0, 12, 0).plus(at), effects);
                hinted += u32::from(hints(&desk.state, &view));
            }
            hinted
        };
        let failing = Effects {
            own_fails: 0.05,
            ..Effects::default()
        };
        let slow = Effects {
            scoring_times: 4.0,
            ..Effects::default()
        };
        for (effects, least, most) in [
            (Effects::default(), 0, 60),
            (failing, 99, 100),
            (slow, 99, 100),
        ] {
            let hinted = share(effects);
            assert!(
                (least..=most).contains(&hinted),
                "{hinted} of 100: {effects:?}"
            );
        }
        assert!(!hints(&desk.state, &MinuteView::empty(clock(0, 12, 0))));
    }
}
