//! A competing detector: exponentially weighted means and deviations of error rate, 90th percentile
//! and count.
//!
//! It raises an alarm when the error rate or the logarithm of the percentile is above its mean, or
//! that of the count below it, by `k` standard deviations in two of the last three minutes. It
//! ignores the error rate of minutes with fewer than 5 requests, and the percentile of those with
//! fewer than 20. It does not learn while its alarm is raised, for two hours at most.
//!
//! Source: Roberts, "Control Chart Tests Based on Geometric Moving Averages", Technometrics 1 (1959).

use atalaya_core::judge::MinuteView;

use super::{Alarm, Debounced, LEAST_COUNTED, LEAST_TIMED, Watcher, When};

/// Minutes that are learnt before the first alarm.
const WARM_UP: u32 = 240;

/// Minutes after which the values during an alarm are accepted as normal.
const NEW_NORMAL: u32 = 120;

/// The least standard deviation of an error rate, and of a logarithm.
const LEAST_SD: (f64, f64) = (0.001, 0.02);

/// The parameters of the plain EWMA.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(in crate::trial) struct Bar {
    /// The standard deviations that it allows.
    pub(in crate::trial) k: f64,
    /// The minutes over which it learns: a new one weighs one part in so many.
    pub(in crate::trial) minutes: f64,
}

/// The plain EWMA, watching one service.
#[derive(Debug, Clone)]
pub(in crate::trial) struct Ewma {
    bar: Bar,
    errors: Moving,
    slow: Moving,
    count: Moving,
    raised_for: u32,
    debounced: Debounced,
}

#[derive(Debug, Clone, Default)]
struct Moving {
    seen: u32,
    mean: f64,
    variance: f64,
}

impl Moving {
    /// Returns how many standard deviations a value is above the mean, once enough was learnt.
    fn above(&self, value: f64, least_sd: f64) -> f64 {
        if self.seen < WARM_UP {
            return 0.0;
        }
        (value - self.mean) / self.variance.sqrt().max(least_sd)
    }

    fn learn(&mut self, value: f64, minutes: f64) {
        // The first minutes weigh alike.
        let weight = minutes.recip().max(1.0 / f64::from(self.seen + 1));
        let apart = value - self.mean;
        self.mean += weight * apart;
        self.variance = (1.0 - weight) * (self.variance + weight * apart * apart);
        self.seen = self.seen.saturating_add(1);
    }
}

impl Ewma {
    /// Returns the detector before its first minute.
    pub(in crate::trial) fn new(bar: Bar) -> Self {
        Self {
            bar,
            errors: Moving::default(),
            slow: Moving::default(),
            count: Moving::default(),
            raised_for: 0,
            debounced: Debounced::default(),
        }
    }
}

impl Watcher for Ewma {
    fn see(&mut self, view: &MinuteView, when: &When<'_>) {
        let sums = &view.requests;
        let count = libm::log(sums.count as f64 + 1.0);
        let rate = sums.errors as f64 / sums.count.max(1) as f64;
        let rate = (sums.count >= LEAST_COUNTED).then_some(rate);
        let slow = sums.latency.quantile_ms(0.9);
        let slow = slow.filter(|_| sums.count >= LEAST_TIMED);
        let slow = slow.map(|ms| libm::log(ms + 0.01));
        let bad = [
            (
                rate.map(|rate| self.errors.above(rate, LEAST_SD.0)),
                "error rate",
            ),
            (slow.map(|slow| self.slow.above(slow, LEAST_SD.1)), "p90"),
            (Some(-self.count.above(count, LEAST_SD.1)), "count"),
        ];
        let bad = bad
            .into_iter()
            .find(|(away, _)| away.is_some_and(|away| away > self.bar.k));
        self.debounced.minute(
            bad.map(|(_, what)| format!("{what} is unusual")),
            when.now_ms,
        );
        if self.debounced.is_open() {
            self.raised_for += 1;
        } else {
            self.raised_for = 0;
        }
        if self.raised_for == 0 || self.raised_for > NEW_NORMAL {
            self.count.learn(count, self.bar.minutes);
            if let Some(rate) = rate {
                self.errors.learn(rate, self.bar.minutes);
            }
            if let Some(slow) = slow {
                self.slow.learn(slow, self.bar.minutes);
            }
        }
    }

    fn alarms(&self) -> &[Alarm] {
        self.debounced.alarms()
    }
}
