//! The usual spread of durations: a fading histogram, from which thresholds and quantiles are read.
//!
//! Four buckets an octave (pairs of the sketch's), so a quantile is known to 9 %. A minute fades what was before by
//! one part in 2,880: the memory is two days, and a spike of minutes moves a quantile little.

use super::pack::{pack_floats, round24, unpack_floats};
use crate::sketch::{Bucket, Sketch};

/// What a minute leaves of what was before.
const FADE: f64 = 1.0 - 1.0 / 2_880.0;

/// The number of the last coarse bucket.
const LAST: usize = Bucket::OVER.number().div_ceil(2) as usize;

/// Shares below this are forgotten, so that single outliers do not widen the stored form for ever.
const FORGET: f64 = 2e-5;

/// A fading histogram of durations.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Histogram {
    first: usize,
    counts: Vec<f32>,
}

impl Histogram {
    /// Returns the coarse bucket that holds a sketch's bucket.
    pub(crate) const fn bucket(of: Bucket) -> usize {
        of.number().div_ceil(2) as usize
    }

    /// Returns the value in the middle of a coarse bucket, in milliseconds.
    pub(crate) fn value_ms(bucket: usize) -> f64 {
        let below = (2 * bucket).saturating_sub(1) as u16;
        Bucket::new(below).map_or(0.0, Bucket::upper_ms)
    }

    /// Returns the weight of all durations that are remembered.
    pub(crate) fn weight(&self) -> f64 {
        self.counts.iter().map(|n| f64::from(*n)).sum()
    }

    /// Returns the coarse bucket that holds the `q`-quantile, if anything is remembered.
    pub(crate) fn quantile(&self, q: f64) -> Option<usize> {
        let rank = q * self.weight();
        let mut seen = 0.0;
        let reached = self.counts.iter().position(|n| {
            seen += f64::from(*n);
            seen >= rank && seen > 0.0
        });
        reached.map(|at| self.first + at)
    }

    /// Learns a minute's durations.
    pub(crate) fn learn(&mut self, sketch: &Sketch) {
        for held in &mut self.counts {
            *held = round24(f64::from(*held) * FADE);
        }
        for (fine, n) in sketch.buckets() {
            let at = Self::bucket(fine);
            if self.counts.is_empty() {
                self.first = at;
            }
            if at < self.first {
                let missing = self.first - at;
                self.counts.splice(0..0, std::iter::repeat_n(0.0, missing));
                self.first = at;
            }
            let at = at - self.first;
            if at >= self.counts.len() {
                self.counts.resize(at + 1, 0.0);
            }
            self.counts[at] = round24(f64::from(self.counts[at]) + n as f64);
        }
        self.trim();
    }

    pub(crate) fn pack(&self) -> (u16, String) {
        (self.first as u16, pack_floats(self.counts.iter().copied()))
    }

    pub(crate) fn unpack(first: u16, text: &str) -> Option<Self> {
        let counts = unpack_floats(text)?;
        let first = usize::from(first);
        let fits = first + counts.len() <= LAST + 1 && counts.iter().all(|n| *n >= 0.0);
        fits.then_some(Self { first, counts })
    }

    /// Forgets the ends that hold next to nothing.
    fn trim(&mut self) {
        let floor = self.weight() * FORGET;
        let holds = |n: &f32| f64::from(*n) > floor;
        let Some(first) = self.counts.iter().position(holds) else {
            return;
        };
        let last = self.counts.iter().rposition(holds).unwrap_or(first);
        self.counts.truncate(last + 1);
        self.counts.drain(..first);
        self.first += first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_known_to_nine_percent_and_come_back() {
        let mut sketch = Sketch::default();
        for ms in 1..=1_000 {
            sketch.add(f64::from(ms));
        }
        let mut histogram = Histogram::default();
        histogram.learn(&sketch);
        for (q, exact) in [(0.5, 500.0), (0.9, 900.0), (0.95, 950.0)] {
            let bucket = histogram.quantile(q).expect("it holds durations");
            let found = Histogram::value_ms(bucket);
            assert!((found / exact - 1.0).abs() < 0.1, "{q}: {found}");
        }
        let (first, text) = histogram.pack();
        assert_eq!(Histogram::unpack(first, &text), Some(histogram));
        assert_eq!(Histogram::unpack(129, "AAAAAAAA"), None, "beyond the last");
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn a_spike_moves_it_little_and_outliers_are_forgotten() {
        let (mut usual, mut spike) = (Sketch::default(), Sketch::default());
        usual.add_count(Bucket::of(100.0), 20);
        spike.add_count(Bucket::of(9_000.0), 20);
        let mut histogram = Histogram::default();
        for _ in 0..2_000 {
            histogram.learn(&usual);
        }
        let before = histogram.quantile(0.95);
        for _ in 0..5 {
            histogram.learn(&spike);
        }
        assert_eq!(histogram.quantile(0.95), before);
        assert!(histogram.counts.len() > 1);
        for _ in 0..30_000 {
            histogram.learn(&usual);
        }
        assert_eq!(histogram.counts.len(), 1);
    }
}
