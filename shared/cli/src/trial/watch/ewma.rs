//! A rival: exponentially weighted means and deviations of error rate, 90th percentile and count.
//!
//! It raises an alarm when the error rate or the logarithm of the percentile is above its mean, or that of the count
//! below it, by `k` standard deviations in two of the last three minutes. Minutes with fewer than 5 requests tell it
//! nothing of rates. It learns over about four hours, and not while its alarm is raised, for two hours at most.
//!
//! Source: Roberts, "Control Chart Tests Based on Geometric Moving Averages", Technometrics 1 (1959).

use atalaya_core::change::Change;
use atalaya_core::judge::MinuteView;

use super::{Alarm, Debounced, Watcher};

/// The weight of a new minute.
const ALPHA: f64 = 1.0 / 240.0;

/// Minutes that are learnt before anything is told.
const WARM_UP: u32 = 240;

/// Minutes of an alarm after which it is taken for what is normal.
const NEW_NORMAL: u32 = 120;

/// The fewest requests of a minute by which a rate is judged.
const LEAST: u64 = 5;

/// The least standard deviation of an error rate, and of a logarithm.
const LEAST_SD: (f64, f64) = (0.001, 0.02);

/// The plain EWMA, watching one service.
#[derive(Debug, Clone)]
pub(in crate::trial) struct Ewma {
    k: f64,
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

    fn learn(&mut self, value: f64) {
        // The first minutes weigh alike.
        let weight = ALPHA.max(1.0 / f64::from(self.seen + 1));
        let apart = value - self.mean;
        self.mean += weight * apart;
        self.variance = (1.0 - weight) * (self.variance + weight * apart * apart);
        self.seen = self.seen.saturating_add(1);
    }
}

impl Ewma {
    /// Opens a watch that tells what is `k` standard deviations away.
    pub(in crate::trial) fn new(k: f64) -> Self {
        Self {
            k,
            errors: Moving::default(),
            slow: Moving::default(),
            count: Moving::default(),
            raised_for: 0,
            debounced: Debounced::default(),
        }
    }
}

impl Watcher for Ewma {
    fn see(&mut self, view: &MinuteView, _: &[Change], now_ms: i64) {
        let sums = &view.requests;
        let count = libm::log(sums.count as f64 + 1.0);
        let enough = sums.count >= LEAST;
        let rate = enough.then(|| sums.errors as f64 / sums.count as f64);
        let slow = sums.latency.quantile_ms(0.9).filter(|_| enough);
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
            .find(|(away, _)| away.is_some_and(|away| away > self.k));
        self.debounced
            .minute(bad.map(|(_, what)| format!("{what} is unusual")), now_ms);
        if self.debounced.is_open() {
            self.raised_for += 1;
        } else {
            self.raised_for = 0;
        }
        if self.raised_for == 0 || self.raised_for > NEW_NORMAL {
            self.count.learn(count);
            if let Some(rate) = rate {
                self.errors.learn(rate);
            }
            if let Some(slow) = slow {
                self.slow.learn(slow);
            }
        }
    }

    fn alarms(&self) -> &[Alarm] {
        self.debounced.alarms()
    }
}
