//! How much a share of failures, or of slow ones, varies by itself: its dispersion, and the
//! surprise that calm minutes reach once in a fortnight.
//!
//! Real failures come in clumps, so `n` requests say less than `n` coin tosses. From windows of ten
//! minutes, one every five minutes, in which there were no findings, two numbers are learnt:
//!
//! - the dispersion `φ = E (k - n·p)² / n·p·(1-p)`, at least 1, by which a surprise is divided (quasi-likelihood:
//!   McCullagh and Nelder, "Generalized Linear Models", 1989, section 4.5);
//! - how often the surprise that is left exceeds [`THRESHOLD`], and by how much in the mean. Beyond it the tail is taken
//!   for an exponential one (peaks over a threshold: Siffer et al., "Anomaly detection in streams with extreme value
//!   theory", KDD 2017, with shape 0), from which the level of once in a fortnight follows.

use super::short::{Half, MinuteRng};
use super::wire::{Reader, Writer};
use crate::surprise::of_many;

/// The surprise beyond which the tail begins, in nats.
const THRESHOLD: f64 = 2.0;

/// The share of windows in which coin tosses exceed the threshold, which is two standard
/// deviations.
const COINS: f64 = 0.023;

/// The number of windows of ten minutes in a fortnight.
const FORTNIGHT: f64 = 2_016.0;

/// The weight, in windows, of the prior that the share varies like coin tosses.
const ASSUMED: f64 = 30.0;

/// The longest memory: in windows, one every five minutes, for the dispersion (a week), and in
/// exceedances of the threshold for the mean excess.
const MEMORY: f64 = 2_016.0;
const EXCEEDANCES: f64 = 200.0;

/// How much a share varies by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calm {
    dispersion: Half,
    /// The share of windows whose surprise exceeds the threshold.
    often: Half,
    /// The mean amount by which those exceed it, in nats.
    excess: Half,
}

/// The counts of the last ten minutes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// Failures.
    pub(crate) k: f64,
    /// All requests or calls, of which `k` failed.
    pub(crate) n: f64,
    /// The share that was usual.
    pub(crate) p: f64,
    /// The least share that a detector takes for usual.
    pub(crate) least: f64,
}

impl Calm {
    pub(crate) fn new() -> Self {
        Self {
            dispersion: Half::near(1.0),
            often: Half::near(COINS),
            excess: Half::near(1.0),
        }
    }

    /// Returns the variance of failures divided by that of coin tosses, at least 1.
    pub(crate) fn dispersion(&self) -> f64 {
        self.dispersion.get().max(1.0)
    }

    /// Returns the surprise, already divided by the dispersion, that ten calm minutes reach once in
    /// a fortnight; about 5 where the share varies like coin tosses.
    pub(crate) fn reach(&self) -> f64 {
        let windows = (self.often.get() * FORTNIGHT).max(1.0);
        THRESHOLD + self.excess.get() * windows.ln()
    }

    /// Learns a window; `windows` were learnt before it.
    pub(crate) fn learn(&mut self, window: Window, windows: f64, rng: &mut MinuteRng) {
        let Window { k, n, p, least } = window;
        let assumed = p.max(least).min(0.5);
        let variance = n * assumed * (1.0 - assumed);
        if variance <= 0.0 {
            return;
        }
        let known = self.dispersion();
        let gain = 1.0 / (windows + ASSUMED).min(MEMORY);
        // Where less than one failure is due, a mean of ratios would be mostly noise; this weight
        // turns it into a ratio of means.
        let (weight, residual) = (variance.min(1.0), (k - n * p).powi(2));
        let bounded = residual.min(9.0 * known * variance + 1.0) / variance;
        let dispersion = self.dispersion.get();
        let moved = dispersion + gain * weight * (bounded - dispersion);
        self.dispersion = Half::thrown(moved, rng);

        let surprise = of_many(k, n, p.max(least)) / known;
        let beyond = if surprise > THRESHOLD { 1.0 } else { 0.0 };
        let often = self.often.get();
        self.often = Half::thrown(often + gain * (beyond - often), rng);
        if beyond > 0.0 {
            let excess = self.excess.get();
            let gain = 1.0 / (often * windows.min(MEMORY) + 10.0).min(EXCEEDANCES);
            let bounded = (surprise - THRESHOLD).min(6.0 * excess);
            self.excess = Half::thrown(excess + gain * (bounded - excess), rng);
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        for half in [self.dispersion, self.often, self.excess] {
            writer.half(half);
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            dispersion: reader.half()?,
            often: reader.half()?,
            excess: reader.half()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Minute;

    /// Learns four weeks of windows with `n` requests each, whose share of failures is off by the
    /// factor `times` either way.
    fn learnt(n: u64, p: f64, times: f64) -> Calm {
        let mut chance = fastrand::Rng::with_seed(7);
        let mut calm = Calm::new();
        for window in 0..8_064 {
            let share = if chance.bool() { p * times } else { p / times };
            let centre = f64::midpoint(times, 1.0 / times);
            let k = (0..n).filter(|_| chance.f64() < share / centre).count() as f64;
            let window_of = Window {
                k,
                n: n as f64,
                p,
                least: 0.002,
            };
            let mut rng = MinuteRng::of(Minute(window));
            calm.learn(window_of, window as f64, &mut rng);
        }
        calm
    }

    fn check(n: u64, p: f64, times: f64, dispersion: (f64, f64), reach: (f64, f64)) {
        let calm = learnt(n, p, times);
        let found = (calm.dispersion(), calm.reach());
        let within = |(low, high): (f64, f64), x: f64| (low..=high).contains(&x);
        assert!(
            within(dispersion, found.0) && within(reach, found.1),
            "{n} of {p}, {times}: {found:?}"
        );
    }

    #[test]
    fn coins_stray_as_coins_and_clumps_more() {
        check(400, 0.05, 1.0, (1.0, 1.15), (4.5, 7.0));
        check(2_000, 0.01, 1.0, (1.0, 1.15), (4.5, 7.0));
        check(20, 0.01, 1.0, (1.0, 1.2), (4.0, 8.0));
        // The share is twice or half the usual one: about n·p·(t-1)²/(t+1)² more variance than coin
        // tosses.
        check(2_000, 0.05, 2.0, (20.0, 45.0), (2.0, 7.0));
        // Failures below the least share that detectors take for usual make no clumps.
        check(500, 0.000_1, 1.0, (1.0, 1.05), (2.0, 7.0));
    }

    #[test]
    fn the_stored_form_is_the_whole() {
        let calm = learnt(100, 0.02, 2.0);
        let mut writer = Writer::default();
        calm.write(&mut writer);
        assert_eq!(
            Calm::read(&mut Reader::new(&writer.into_bytes())),
            Some(calm)
        );
    }
}
