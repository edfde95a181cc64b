//! The usual share at an hour of the day: of requests that fail, or of durations that are slow.
//!
//! ```text
//! overall = (Σ w·m + w0·p0) / (Σ w + w0)             p0, w0: what is assumed before anything is seen
//! share   = (w·m + k·overall) / (w + k)              the hour of the day (UTC)
//! ```
//!
//! Both are posterior means of a binomial share with a beta prior; evidence `w` is counted in requests.

use super::calm::{Calm, Window};
use super::cells::{Cells, Keep};
use super::short::MinuteRng;
use super::traffic::HOURS;
use super::wire::{Reader, Writer};
use crate::time::Minute;

/// The memory of all parts of the day together, in minutes: five days.
const MEMORY: usize = 5 * 1_440;

/// The prior of a share, how strongly hours are drawn to the mean of the whole day, and the least
/// share that a detector takes for usual.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prior {
    /// The share that is assumed.
    pub(crate) mean: f64,
    /// How many requests the assumption counts for.
    pub(crate) weight: f64,
    /// How many requests make an hour count as much as the whole day.
    pub(crate) pull: f64,
    /// The least share that a detector takes for usual.
    pub(crate) least: f64,
}

/// A share in `N` parts of the day, and how much it varies by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Share<const N: usize> {
    pub(super) cells: Cells<N>,
    pub(super) calm: Calm,
}

/// The usual share in a minute, and how much it varies by itself.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usual {
    /// The share.
    pub(crate) mean: f64,
    /// Its variance divided by that of coin tosses, at least 1.
    pub(crate) dispersion: f64,
    /// The surprise of ten minutes, divided by the dispersion, that it reaches by itself once in a fortnight.
    pub(crate) reach: f64,
}

impl<const N: usize> Share<N> {
    /// The memory of one part of the day: an equal share of the whole memory.
    pub(super) const KEEP: Keep = Keep {
        minutes: (MEMORY / N) as u16,
    };

    pub(crate) fn new() -> Self {
        Self {
            cells: Cells::new(Self::KEEP),
            calm: Calm::new(),
        }
    }

    /// Returns the usual share in a minute.
    pub(crate) fn usual(&self, minute: Minute, prior: Prior) -> Usual {
        Usual {
            mean: self.mean(minute, prior),
            dispersion: self.calm.dispersion(),
            reach: self.calm.reach(),
        }
    }

    /// Learns `k` of `n` in a minute, and returns the share of `k` that was believed.
    ///
    /// If `k` is more than three standard deviations above the usual count, it teaches no more than
    /// that, so that a spike counts as an unlucky minute (winsorizing: Tukey, "The future of data
    /// analysis", 1962).
    pub(crate) fn learn(
        &mut self,
        minute: Minute,
        (k, n): (u64, u64),
        prior: Prior,
        rng: &mut MinuteRng,
    ) -> f64 {
        if n == 0 {
            return 1.0;
        }
        let usual = n as f64 * self.mean(minute, prior);
        let most = usual + 3.0 * (usual * self.calm.dispersion()).sqrt() + 1.0;
        let believed = (k as f64).min(most);
        let at = cell_of::<N>(minute);
        self.cells.learn(at, believed.round() as u64, n, rng);
        if k == 0 { 1.0 } else { believed / k as f64 }
    }

    /// Learns how much the last ten minutes varied; `windows` were learnt before.
    pub(crate) fn stray(
        &mut self,
        minute: Minute,
        (k, n): (u64, u64),
        prior: Prior,
        windows: f64,
        rng: &mut MinuteRng,
    ) {
        let window = Window {
            k: k as f64,
            n: n as f64,
            p: self.mean(minute, prior),
            least: prior.least,
        };
        self.calm.learn(window, windows, rng);
    }

    /// Weakens the evidence so much that the next hour decides.
    pub(crate) fn weaken(&mut self, prior: Prior, rng: &mut MinuteRng) {
        self.cells.weaken(prior.pull / 8.0, rng);
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        self.cells.write(writer);
        self.calm.write(writer);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        Some(Self {
            cells: Cells::read(reader, Self::KEEP)?,
            calm: Calm::read(reader)?,
        })
    }

    fn mean(&self, minute: Minute, prior: Prior) -> f64 {
        let all = self.cells.all();
        let overall = all.drawn_to(prior.mean, prior.weight);
        let hour = self.cells.at(cell_of::<N>(minute));
        hour.drawn_to(overall, prior.pull).clamp(0.0, 1.0)
    }
}

/// Returns the part of the day that a minute is in.
fn cell_of<const N: usize>(minute: Minute) -> usize {
    let hour = minute.0.div_euclid(60).rem_euclid(HOURS as i64) as usize;
    hour * N / HOURS
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIOR: Prior = Prior {
        mean: 0.01,
        weight: 100.0,
        pull: 50.0,
        least: 0.002,
    };
    /// Eight in the morning.
    const MORNING: Minute = Minute(8 * 60);

    fn check(minute: Minute, learnt: &[(Minute, u64, u64)], expected: f64) {
        let mut share = Share::<24>::new();
        let mut rng = MinuteRng::of(minute);
        for (at, k, n) in learnt {
            let at_cell = cell_of::<24>(*at);
            share.cells.learn(at_cell, *k, *n, &mut rng);
        }
        let found = share.usual(minute, PRIOR).mean;
        assert!((found - expected).abs() < 2e-3, "{minute}: {found}");
    }

    #[test]
    fn thin_hours_lean_on_the_day() {
        check(MORNING, &[], 0.01);
        // overall (100 + 100·0.01) / 1100 = 0.0918, hour (100 + 50·overall) / 1050.
        check(MORNING, &[(MORNING, 100, 1_000)], 0.0996);
        check(Minute(0), &[(MORNING, 100, 1_000)], 0.0918);
        check(MORNING.plus(1_440), &[(MORNING, 100, 1_000)], 0.0996);
        // Once an hour has evidence of its own, it goes its own way.
        let night = Minute(3 * 60);
        check(night, &[(MORNING, 100, 1_000), (night, 900, 1_000)], 0.8790);
    }

    #[test]
    fn a_spike_is_an_unlucky_minute() {
        let mut share = Share::<24>::new();
        for minute in 0..6_000 {
            let minute = Minute(minute);
            share.learn(minute, (1, 100), PRIOR, &mut MinuteRng::of(minute));
        }
        let before = share.usual(Minute(6_000), PRIOR).mean;
        for minute in 6_000..6_010 {
            let minute = Minute(minute);
            let believed = share.learn(minute, (80, 100), PRIOR, &mut MinuteRng::of(minute));
            assert!((0.05..0.08).contains(&believed), "{believed}");
        }
        let after = share.usual(Minute(6_010), PRIOR).mean;
        assert!(after < 1.3 * before, "{before}, then {after}");
        share.weaken(PRIOR, &mut MinuteRng::of(Minute(6_010)));
        for minute in 6_010..6_070 {
            let minute = Minute(minute);
            share.learn(minute, (20, 100), PRIOR, &mut MinuteRng::of(minute));
        }
        let told = share.usual(Minute(6_070), PRIOR).mean;
        assert!(
            told > 4.0 * before,
            "an hour decides: {before}, then {told}"
        );
    }
}
