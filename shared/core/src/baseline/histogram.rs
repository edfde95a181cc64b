//! The usual spread of durations: a fading histogram, from which thresholds and quantiles are read.
//!
//! Four buckets an octave (pairs of the sketch's), so a quantile is known to 9 %. Each minute the
//! older durations fade by one part in 2,880: the memory is two days, and a spike of some minutes
//! moves a quantile little.

use super::short::{Half, MinuteRng};
use super::wire::{Reader, Writer};
use crate::sketch::{Bucket, Sketch};

/// The factor by which older durations fade each minute.
const FADE: f64 = 1.0 - 1.0 / 2_880.0;

/// The number of the last coarse bucket.
const LAST: usize = Bucket::OVER.number().div_ceil(2) as usize;

/// Shares below this are forgotten, so that single outliers do not widen the stored form for ever.
const FORGET: f64 = 5e-5;

/// A fading histogram of durations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Histogram {
    first: usize,
    counts: Vec<Half>,
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

    /// Returns how many of a sketch's durations are beyond a coarse bucket.
    pub(crate) fn beyond(sketch: &Sketch, bucket: usize) -> u64 {
        let buckets = sketch.buckets();
        let beyond = buckets.filter(|(fine, _)| Self::bucket(*fine) > bucket);
        beyond.map(|(_, n)| n).sum()
    }

    /// Returns the weight of all durations in the histogram.
    pub(crate) fn weight(&self) -> f64 {
        self.counts.iter().map(|n| n.get()).sum()
    }

    /// Returns the coarse buckets that hold the quantiles `q`, which must rise; `None` where the
    /// histogram is empty.
    pub(crate) fn quantiles<const N: usize>(&self, q: [f64; N]) -> Option<[usize; N]> {
        let weight = self.weight();
        if weight <= 0.0 {
            return None;
        }
        let (mut at, mut seen) = (0, self.counts[0].get());
        Some(q.map(|q| {
            while (seen < q * weight || seen <= 0.0) && at + 1 < self.counts.len() {
                at += 1;
                seen += self.counts[at].get();
            }
            self.first + at
        }))
    }

    /// Learns a minute's durations. Those beyond the bucket `slow` count for `times` as much, at most 1.
    pub(crate) fn learn(&mut self, sketch: &Sketch, slow: usize, times: f64, rng: &mut MinuteRng) {
        for held in &mut self.counts {
            *held = Half::thrown(held.get() * FADE, rng);
        }
        for (fine, n) in sketch.buckets() {
            let bucket = Self::bucket(fine);
            let n = n as f64 * if bucket > slow { times } else { 1.0 };
            self.add(bucket, n, rng);
        }
        self.trim();
    }

    /// Scales the histogram down to a weight of at most `most`.
    pub(crate) fn weaken(&mut self, most: f64, rng: &mut MinuteRng) {
        let times = (most / self.weight()).min(1.0);
        for held in &mut self.counts {
            *held = Half::thrown(held.get() * times, rng);
        }
    }

    /// Adds a weight to a coarse bucket.
    pub(super) fn add(&mut self, bucket: usize, n: f64, rng: &mut MinuteRng) {
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let missing = self.first - bucket;
            self.counts
                .splice(0..0, std::iter::repeat_n(Half::default(), missing));
            self.first = bucket;
        }
        let at = bucket - self.first;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, Half::default());
        }
        self.counts[at] = Half::thrown(self.counts[at].get() + n, rng);
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.byte(self.first as u8);
        writer.byte(self.counts.len() as u8);
        writer.column(self.counts.iter().map(|held| held.0.into()));
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (first, length) = (usize::from(reader.byte()?), usize::from(reader.byte()?));
        if first + length > LAST + 1 {
            return None;
        }
        let mut counts = vec![Half::default(); length];
        reader.column(length, |at, code| counts[at] = Half(code as u16))?;
        Some(Self { first, counts })
    }

    /// Drops the buckets at both ends that hold next to nothing.
    fn trim(&mut self) {
        let floor = self.weight() * FORGET;
        let holds = |n: &Half| n.get() > floor;
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
    use crate::time::Minute;

    fn learn(histogram: &mut Histogram, sketch: &Sketch, minutes: std::ops::Range<i64>) {
        for minute in minutes {
            histogram.learn(sketch, LAST, 1.0, &mut MinuteRng::of(Minute(minute)));
        }
    }

    fn of(rows: &[(f64, u64)]) -> Sketch {
        let mut sketch = Sketch::default();
        for (ms, n) in rows {
            sketch.add_count(Bucket::of(*ms), *n);
        }
        sketch
    }

    #[test]
    fn quantiles_are_known_to_nine_percent_and_come_back() {
        let mut sketch = Sketch::default();
        for ms in 1..=1_000 {
            sketch.add(f64::from(ms));
        }
        let mut histogram = Histogram::default();
        learn(&mut histogram, &sketch, 0..1);
        let found = histogram
            .quantiles([0.5, 0.9, 0.95])
            .expect("it holds durations");
        for (bucket, exact) in found.into_iter().zip([500.0, 900.0, 950.0]) {
            let found = Histogram::value_ms(bucket);
            assert!((found / exact - 1.0).abs() < 0.1, "{exact}: {found}");
        }
        let mut writer = Writer::default();
        histogram.write(&mut writer);
        assert_eq!(
            Histogram::read(&mut Reader::new(&writer.into_bytes())),
            Some(histogram)
        );
        assert_eq!(
            Histogram::read(&mut Reader::new(&[129, 2, 0, 0, 0, 0])),
            None,
            "beyond the last"
        );
        assert_eq!(Histogram::default().quantiles([0.5]), None);
    }

    #[test]
    fn a_spike_moves_it_little_and_outliers_are_forgotten() {
        let (usual, spike) = (of(&[(100.0, 20)]), of(&[(9_000.0, 20)]));
        let mut histogram = Histogram::default();
        learn(&mut histogram, &usual, 0..2_000);
        let before = histogram.quantiles([0.95]);
        learn(&mut histogram, &spike, 2_000..2_005);
        assert_eq!(histogram.quantiles([0.95]), before);
        assert!(histogram.counts.len() > 1);
        learn(&mut histogram, &usual, 2_005..32_000);
        assert_eq!(histogram.counts.len(), 1);
    }

    #[test]
    fn two_days_are_remembered_without_bias_and_the_tail_with_them() {
        let sketch = of(&[(100.0, 990), (900.0, 9), (4_000.0, 1)]);
        let mut histogram = Histogram::default();
        learn(&mut histogram, &sketch, 0..20_000);
        assert!((histogram.weight() / 2_880_000.0 - 1.0).abs() < 0.05);
        let expected = [100.0, 900.0, 4_000.0].map(|ms| Histogram::bucket(Bucket::of(ms)));
        assert_eq!(histogram.quantiles([0.98, 0.997, 0.999_5]), Some(expected));
    }

    #[test]
    fn a_leak_of_six_hours_hardly_moves_the_threshold() {
        let mut histogram = Histogram::default();
        let usual = of(&[(50.0, 50), (100.0, 44), (130.0, 6)]);
        learn(&mut histogram, &usual, 0..4_000);
        let before = histogram.quantiles([0.95]).expect("durations")[0];
        for minute in 0..360 {
            let times = 1.0 + minute as f64 / 180.0;
            let sketch = of(&[(50.0 * times, 50), (100.0 * times, 44), (130.0 * times, 6)]);
            let slow = Histogram::beyond(&sketch, before) as f64;
            let times = (13.0 / slow).min(1.0);
            histogram.learn(
                &sketch,
                before,
                times,
                &mut MinuteRng::of(Minute(4_000 + minute)),
            );
        }
        let after = histogram.quantiles([0.95]).expect("durations")[0];
        assert!(after <= before + 1, "{before}, then {after}");
    }
}
