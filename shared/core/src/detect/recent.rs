//! The recent past of a subject, in minutes and quarter hours, as detectors read it.

use super::tuning::Tuning;
use super::{Detector, Subject};
use crate::baseline::Expected;
use crate::time::Minute;

/// The length of a quarter hour, in minutes.
pub(crate) const QUARTER: i64 = 15;

/// A subject's minute, with the sums that detectors need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Slice {
    /// Requests or calls.
    pub(crate) count: u32,
    /// Those that failed.
    pub(crate) errors: u32,
    /// Those whose duration is known.
    pub(crate) timed: u32,
    /// Those that were slow by the threshold that the baseline had in that minute.
    pub(crate) slow: u32,
    /// Those that were far slower than usual by the threshold that the baseline had in that minute.
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

/// A past quarter of an hour: its sums, and the worst of its minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Quarter {
    /// How many minutes are summed.
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

/// The number of steps in an octave at which a quarter hour keeps its quantiles.
const STEPS: f64 = 64.0;

/// Returns the steps of a duration in tenths of a millisecond.
fn steps(tenths: u32) -> u32 {
    (STEPS * f64::from(tenths.max(1)).log2()).round() as u32
}

/// Returns the natural logarithm of a duration that is given in such steps.
pub(super) fn ln_of(steps: u32) -> f64 {
    f64::from(steps) / STEPS * std::f64::consts::LN_2
}

/// Returns the natural logarithm of a duration in tenths of a millisecond.
pub(crate) fn ln_tenths(tenths: u32) -> f64 {
    f64::from(tenths.max(1)).ln()
}

/// Returns the quantile of several stretches of time together, in milliseconds. It is approximated
/// by the geometric mean of their quantiles, weighted by their counts. Each stretch is given as its
/// count and the natural logarithm of its quantile in tenths of a millisecond; `None` where all
/// counts are 0.
pub(crate) fn middle_ms(stretches: impl Iterator<Item = (u32, f64)>) -> Option<f64> {
    let (logs, weight) = stretches.fold((0.0, 0.0), |(logs, weight), (timed, ln)| {
        (logs + f64::from(timed) * ln, weight + f64::from(timed))
    });
    (weight > 0.0).then(|| (logs / weight).exp() / 10.0)
}

/// Returns the weighted mean of two numbers.
fn between((a, weight_a): (u32, u32), (b, weight_b): (u32, u32)) -> u32 {
    let (wa, wb) = (f64::from(weight_a), f64::from(weight_b));
    if weight_a == 0 || weight_b == 0 {
        return if weight_b == 0 { a } else { b };
    }
    ((wa * f64::from(a) + wb * f64::from(b)) / (wa + wb)).round() as u32
}

/// The recent past of a subject, and what the baseline expects of its newest minute.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recent<'a> {
    pub(crate) subject: &'a Subject,
    /// The last minutes, the newest last; none of them is before `healthy_from`.
    pub(crate) slices: &'a [Slice],
    /// The quarter hours before the slices, the newest last.
    pub(crate) quarters: &'a [Quarter],
    /// The minute of the newest slice.
    pub(crate) minute: Minute,
    pub(crate) expected: &'a Expected,
    /// The detector settings of the service's owners.
    pub(crate) tuning: &'a Tuning,
    /// The subject's share of the service's requests; 1 for all of them and for calls.
    pub(crate) weight: f64,
    /// The first healthy minute after the last alert, if it is among the minutes kept: longer
    /// windows do not reach back beyond it.
    pub(crate) healthy_from: Option<Minute>,
    /// When the service or one of its dependencies was last deployed, within the last hours.
    pub(crate) deployed: Option<Minute>,
}

/// What a detector is asked for, which decides its bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watch {
    /// Trouble: a finding that is sure enough to alert somebody by itself.
    Trouble,
    /// A lead: once there is other trouble, a dependency whose calls are unusual too, at a lower
    /// bar.
    Lead,
    /// Harm: requests that suffer from a dependency whose trouble is certain. The bar is lower,
    /// because that trouble is half of the evidence.
    Harm,
    /// Remains of trouble that has an alert: a much lower bar, over the last minutes only.
    Remains,
}

impl Recent<'_> {
    /// Returns the factor on a detector's bars for trouble that follows from the owners'
    /// sensitivity. Leads and remains have fixed bars.
    pub(super) fn bar(&self, detector: Detector, watch: Watch) -> f64 {
        match watch {
            Watch::Trouble | Watch::Harm => self.tuning.bar(detector, self.subject),
            Watch::Lead | Watch::Remains => 1.0,
        }
    }

    /// Returns the least surprise, and the least multiple of the normal share, after the owners'
    /// sensitivity is applied to `least` and `times`.
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

    /// Returns `ms`, the duration beyond which a request or call is slow; `None` for all requests
    /// of a service, because each of them is compared with the threshold of its route.
    pub(super) fn longer_than_ms(&self, ms: f64) -> Option<f64> {
        (*self.subject != Subject::Requests).then_some(ms)
    }

    /// Returns the newest `n` slices, or all there are.
    pub(super) fn last(&self, n: usize) -> &[Slice] {
        &self.slices[self.slices.len().saturating_sub(n)..]
    }

    /// Returns the quarter hours that a window of the newest `n` minutes covers besides the slices.
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

    /// Returns how many of the newest minutes, at least `least` and at most `most`, it takes until
    /// `of` sums to `n`.
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

    /// Returns the minute in which the latest run of bad minutes began. Two calm minutes in a row
    /// with at least `enough` requests end a run. A run that fills all slices continues through the
    /// quarter hours before them that are bad as a whole.
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
