//! The last minutes and quarter hours of a subject, as detectors look at them.

use super::tuning::Tuning;
use super::{Detector, Subject};
use crate::baseline::Expected;
use crate::time::Minute;

/// Minutes of a quarter.
pub(crate) const QUARTER: i64 = 15;

/// The sums of a subject's minute, as much as detectors need of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    /// Requests or calls.
    pub(crate) count: u32,
    /// Those that failed.
    pub(crate) errors: u32,
    /// Those whose duration is known.
    pub(crate) timed: u32,
    /// Those that were slow by the baseline of that minute.
    pub(crate) slow: u32,
    /// Those that were far slower than usual by the baseline of that minute.
    pub(crate) tail: u32,
    /// The median duration in tenths of a millisecond.
    pub(crate) p50: u32,
    /// The ninth decile of durations in tenths of a millisecond.
    pub(crate) p90: u32,
    /// Requests that were due, in hundredths.
    pub(crate) due: u32,
    /// For a dependency: failing requests whose lines name it.
    pub(crate) blamed: u32,
}

/// A quarter of an hour that is past: its sums, and the worst of its minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Quarter {
    /// Minutes that are summed.
    pub(crate) minutes: u32,
    /// Their sums; quantiles and `blamed` are left out.
    pub(crate) sum: Slice,
    /// The geometric mean of the medians, in 64ths of an octave of a tenth of a millisecond.
    pub(crate) p50: u32,
    /// The same of the ninth deciles.
    pub(crate) p90: u32,
    /// The most failures of a minute.
    pub(crate) worst_errors: u32,
    /// The most slow ones of a minute.
    pub(crate) worst_slow: u32,
    /// The most far slower ones of a minute.
    pub(crate) worst_tail: u32,
}

impl Quarter {
    /// Adds a minute.
    pub(crate) fn add(&mut self, slice: &Slice) {
        let sum = &mut self.sum;
        self.p50 = between((self.p50, sum.timed), (steps(slice.p50), slice.timed));
        self.p90 = between((self.p90, sum.timed), (steps(slice.p90), slice.timed));
        for (all, one) in [
            (&mut sum.count, slice.count),
            (&mut sum.errors, slice.errors),
            (&mut sum.timed, slice.timed),
            (&mut sum.slow, slice.slow),
            (&mut sum.tail, slice.tail),
            (&mut sum.due, slice.due),
            (&mut self.minutes, 1),
        ] {
            *all = all.saturating_add(one);
        }
        self.worst_errors = self.worst_errors.max(slice.errors);
        self.worst_slow = self.worst_slow.max(slice.slow);
        self.worst_tail = self.worst_tail.max(slice.tail);
    }
}

/// Steps of an octave in which a quarter keeps its quantiles.
const STEPS: f64 = 64.0;

/// Returns the steps of a duration in tenths of a millisecond.
fn steps(tenths: u32) -> u32 {
    (STEPS * f64::from(tenths.max(1)).log2()).round() as u32
}

/// Returns the natural logarithm of what has so many steps.
pub(super) fn ln_of(steps: u32) -> f64 {
    f64::from(steps) / STEPS * std::f64::consts::LN_2
}

/// Returns the natural logarithm of a duration in tenths of a millisecond.
pub(crate) fn ln_tenths(tenths: u32) -> f64 {
    f64::from(tenths.max(1)).ln()
}

/// The quantile of several stretches together, in milliseconds: the geometric mean of their quantiles, weighted by their
/// counts, is close to it. Each comes as its count and the logarithm of its tenths of a millisecond; `None` of no count.
pub(crate) fn middle_ms(stretches: impl Iterator<Item = (u32, f64)>) -> Option<f64> {
    let (logs, weight) = stretches.fold((0.0, 0.0), |(logs, weight), (timed, ln)| {
        (logs + f64::from(timed) * ln, weight + f64::from(timed))
    });
    (weight > 0.0).then(|| (logs / weight).exp() / 10.0)
}

/// The mean of two numbers by their weights.
fn between((a, weight_a): (u32, u32), (b, weight_b): (u32, u32)) -> u32 {
    let (wa, wb) = (f64::from(weight_a), f64::from(weight_b));
    if weight_a == 0 || weight_b == 0 {
        return if weight_b == 0 { a } else { b };
    }
    ((wa * f64::from(a) + wb * f64::from(b)) / (wa + wb)).round() as u32
}

/// The last minutes of a subject, the newest last, and what is expected of the newest.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recent<'a> {
    pub(crate) subject: &'a Subject,
    /// None of them is from before `healthy_from`.
    pub(crate) slices: &'a [Slice],
    /// The quarter hours before the slices, the newest last.
    pub(crate) quarters: &'a [Quarter],
    /// The minute of the newest slice.
    pub(crate) minute: Minute,
    pub(crate) expected: &'a Expected,
    /// What the service's owners want found.
    pub(crate) tuning: &'a Tuning,
    /// The subject's share of the service's requests; 1 for all of them and for calls.
    pub(crate) weight: f64,
    /// The first minute after the last incident, where it is remembered: longer windows do not look back into it.
    pub(crate) healthy_from: Option<Minute>,
    /// When the service, or the dependency that this is about, was last deployed, within the last hours.
    pub(crate) deployed: Option<Minute>,
}

/// What a detector looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Trouble: sure enough to tell somebody.
    Trouble,
    /// A lead, once there is trouble elsewhere: whose calls are unusual too, if less surely.
    Lead,
    /// What sure trouble of a dependency does to requests: what is seen of the calls is half of the evidence.
    Harm,
    /// What is left of trouble that was told: a much lower bar, over the last minutes alone.
    Remains,
}

impl Recent<'_> {
    /// Returns the factor by which a detector's bars for trouble are to be multiplied, as the owners want it. What is a
    /// lead, and what remains of trouble, is no matter of overrides.
    pub(super) fn bar(&self, detector: Detector, watch: Watch) -> f64 {
        match watch {
            Watch::Trouble | Watch::Harm => self.tuning.bar(detector, self.subject),
            Watch::Lead | Watch::Remains => 1.0,
        }
    }

    /// Returns a bar of surprise, and how many times what is normal must be seen, as the owners want them.
    pub(super) fn bars(
        &self,
        detector: Detector,
        watch: Watch,
        least: f64,
        times: f64,
    ) -> (f64, f64) {
        let bar = self.bar(detector, watch);
        (least * bar, 1.0 + (times - 1.0) * bar)
    }

    /// Returns the duration beyond which something is slow, in milliseconds; `None` of all requests of a service, of which
    /// each is slow by what is usual for its route.
    pub(super) fn longer_than_ms(&self, ms: f64) -> Option<f64> {
        (*self.subject != Subject::Requests).then_some(ms)
    }

    /// Returns the newest `n` slices, or all there are.
    pub(super) fn last(&self, n: usize) -> &[Slice] {
        &self.slices[self.slices.len().saturating_sub(n)..]
    }

    /// Returns the newest quarters that cap back `n` minutes beside the slices.
    pub(super) fn quarters_within(&self, n: usize) -> &[Quarter] {
        let mut missing = n.saturating_sub(self.slices.len());
        let mut from = self.quarters.len();
        let mut at = self.minute.plus(1 - self.slices.len() as i64);
        while missing > 0 && from > 0 {
            let minutes = self.quarters[from - 1].minutes;
            at = at.plus(-i64::from(minutes));
            if minutes == 0 || self.healthy_from.is_some_and(|healthy| at < healthy) {
                break;
            }
            from -= 1;
            missing = missing.saturating_sub(minutes as usize);
        }
        &self.quarters[from..]
    }

    /// Returns the minutes back from the newest, at least `least` and at most `most`, that bring `n` by `of`.
    pub(super) fn minutes_with(
        &self,
        n: f64,
        (least, most): (usize, usize),
        of: impl Fn(&Slice) -> u32,
    ) -> usize {
        let (mut minutes, mut seen) = (0, 0.0);
        for slice in self.slices.iter().rev() {
            (minutes, seen) = (minutes + 1, seen + f64::from(of(slice)));
            if minutes >= least && seen >= n || minutes >= most {
                return minutes;
            }
        }
        for quarter in self.quarters.iter().rev() {
            minutes += quarter.minutes as usize;
            seen += f64::from(of(&quarter.sum));
            if seen >= n || minutes >= most {
                break;
            }
        }
        minutes.min(most)
    }

    /// Returns the minute in which the latest run of bad minutes began. Two calm minutes in a row that hold enough to be
    /// called calm end a run; where it fills all slices it goes on over the quarters that are bad as a whole.
    pub(super) fn since(&self, enough: u32, bad: impl Fn(&Slice) -> bool) -> Minute {
        let (mut since, mut calm, mut seen) = (None, 0, 0);
        for (back, slice) in (0..).zip(self.slices.iter().rev()) {
            if bad(slice) {
                since = Some(self.minute.plus(-back));
                (calm, seen) = (0, 0);
            } else if slice.count > 0 {
                calm += 1;
                seen += slice.count;
            }
            if since.is_some() && calm >= 2 && seen >= enough {
                return since.unwrap_or(self.minute);
            }
        }
        let mut at = self.minute.plus(1 - self.slices.len() as i64);
        for quarter in self.quarters.iter().rev() {
            if quarter.minutes == 0 || !bad(&quarter.sum) {
                break;
            }
            at = at.plus(-i64::from(quarter.minutes));
            since = Some(at);
        }
        since.unwrap_or(self.minute)
    }
}

/// The sum over slices.
pub(super) fn sum(slices: &[Slice], of: impl Fn(&Slice) -> u32) -> f64 {
    slices.iter().map(|slice| f64::from(of(slice))).sum()
}
