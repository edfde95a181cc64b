//! A mergeable latency sketch: the OpenTelemetry exponential histogram at scale 3, over a fixed range.
//!
//! Bucket boundaries are `2^(i/8)`, so merging is adding counts and needs no agreement between writers. Any value
//! inside the range is known to a relative error of at most [`RELATIVE_ERROR`]. Source: OpenTelemetry metrics data
//! model, "ExponentialHistogram" (upper-inclusive buckets, base `2^(2^-scale)`).

/// Buckets an octave: scale 3 is `2^3`.
const PER_OCTAVE: u16 = 8;
/// The range begins above `2^-10` ms (about 1 µs); what is shorter falls into bucket 0 and counts as 0 ms.
const MIN_EXPONENT: i32 = -10;
/// The range ends at `2^22` ms (about 70 minutes); what is longer falls into [`Bucket::OVER`].
const MAX_EXPONENT: i32 = 22;
const OVER: u16 = (MAX_EXPONENT - MIN_EXPONENT) as u16 * PER_OCTAVE + 1;

/// The largest relative error of a bucket's value, `(b-1)/(b+1)` with `b = 2^(1/8)`: 4.33 %.
pub const RELATIVE_ERROR: f64 = 0.043_3;

/// The fractional parts of the boundaries within one octave, `2^(k/8)` for k = 1..7.
const STEPS: [f64; 7] = [
    1.090_507_732_665_257_7,
    1.189_207_115_002_721,
    1.296_839_554_651_009_6,
    std::f64::consts::SQRT_2,
    1.542_210_825_407_940_7,
    1.681_792_830_507_429,
    1.834_008_086_409_342_4,
];

/// The number of a bucket: 0 for (almost) nothing, 1..=256 over the range, 257 for what is longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u16);

impl Bucket {
    /// The bucket of all that is longer than the range.
    pub const OVER: Self = Self(OVER);

    /// Returns the bucket with this number, or `None` beyond the last.
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number <= OVER {
            Some(Self(number))
        } else {
            None
        }
    }

    /// Returns the bucket of a duration in milliseconds; what is not a positive number counts as 0.
    #[must_use]
    pub fn of(ms: f64) -> Self {
        if ms.is_nan() || ms <= 0.0 {
            return Self(0);
        }
        let bits = ms.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
        if exponent < MIN_EXPONENT {
            return Self(0);
        }
        if exponent >= MAX_EXPONENT {
            let edge = exponent == MAX_EXPONENT && bits << 12 == 0;
            return if edge { Self(OVER - 1) } else { Self::OVER };
        }
        let fraction = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 1.0_f64.to_bits());
        // Buckets are upper-inclusive: a value on a boundary belongs to the bucket below it.
        let within = STEPS.iter().filter(|step| fraction > **step).count() as u16;
        let lower = (exponent - MIN_EXPONENT) as u16 * PER_OCTAVE + within;
        Self(if fraction > 1.0 { lower + 1 } else { lower })
    }

    /// Returns the bucket's number, in `0..=257`.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// Returns the upper bound of the bucket in milliseconds.
    #[must_use]
    pub fn upper_ms(self) -> f64 {
        let eighths = i32::from(self.0) + MIN_EXPONENT * i32::from(PER_OCTAVE);
        let step = eighths.rem_euclid(i32::from(PER_OCTAVE)) as usize;
        let fraction = if step == 0 { 1.0 } else { STEPS[step - 1] };
        fraction * 2.0_f64.powi(eighths.div_euclid(i32::from(PER_OCTAVE)))
    }

    /// Returns the value in milliseconds that stands for the bucket, chosen so that the relative error is the same
    /// at both ends of it (the harmonic mean of its bounds).
    #[must_use]
    pub fn value_ms(self) -> f64 {
        match self.0 {
            0 => 0.0,
            OVER => Self(OVER - 1).upper_ms(),
            n => {
                let (low, high) = (Self(n - 1).upper_ms(), self.upper_ms());
                2.0 * low * high / (low + high)
            }
        }
    }
}

/// Counts by bucket. Adding and merging commute, so the order of batches never shows.
#[derive(Debug, Clone, Default)]
pub struct Sketch {
    first: u16,
    counts: Vec<u64>,
}

impl Sketch {
    /// Counts one duration of `ms` milliseconds.
    pub fn add(&mut self, ms: f64) {
        self.add_count(Bucket::of(ms), 1);
    }

    /// Adds `n` to the count of a bucket.
    pub fn add_count(&mut self, bucket: Bucket, n: u64) {
        if n == 0 {
            return;
        }
        let number = bucket.0;
        if self.counts.is_empty() {
            self.first = number;
        } else if number < self.first {
            let missing = usize::from(self.first - number);
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = number;
        }
        let at = usize::from(number - self.first);
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] = self.counts[at].saturating_add(n);
    }

    /// Adds all counts of another sketch.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, n) in other.buckets() {
            self.add_count(bucket, n);
        }
    }

    /// Forgets all counts and keeps the memory.
    pub fn clear(&mut self) {
        self.first = 0;
        self.counts.clear();
    }

    /// Returns the buckets that hold something, in rising order.
    pub fn buckets(&self) -> impl Iterator<Item = (Bucket, u64)> + '_ {
        let numbered = self.counts.iter().enumerate();
        numbered
            .filter(|(_, n)| **n > 0)
            .map(|(i, n)| (Bucket(self.first + i as u16), *n))
    }

    /// Returns how many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// Returns whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|n| *n == 0)
    }

    /// Returns the sum in milliseconds, within [`RELATIVE_ERROR`] of the true one.
    #[must_use]
    pub fn sum_ms(&self) -> f64 {
        self.buckets()
            .map(|(bucket, n)| bucket.value_ms() * n as f64)
            .sum()
    }

    /// Returns the `q`-quantile (nearest rank, `q` in 0..=1) in milliseconds within [`RELATIVE_ERROR`], or `None`
    /// for an empty sketch.
    #[must_use]
    pub fn quantile_ms(&self, q: f64) -> Option<f64> {
        let total = self.count();
        let rank = ((q.clamp(0.0, 1.0) * total as f64).ceil() as u64).max(1);
        let mut seen = 0_u64;
        self.buckets().find_map(|(bucket, n)| {
            seen = seen.saturating_add(n);
            (seen >= rank).then(|| bucket.value_ms())
        })
    }
}

/// Two sketches are equal when they count the same, however their memory is laid out.
impl PartialEq for Sketch {
    fn eq(&self, other: &Self) -> bool {
        self.buckets().eq(other.buckets())
    }
}

impl Eq for Sketch {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(values: &[f64]) -> Sketch {
        let mut sketch = Sketch::default();
        for ms in values {
            sketch.add(*ms);
        }
        sketch
    }

    #[test]
    fn the_ends_of_the_range_are_as_stated() {
        let below = 2.0_f64.powi(-10);
        let above = 2.0_f64.powi(22);
        for (ms, number) in [
            (0.0, 0),
            (-1.0, 0),
            (f64::NAN, 0),
            (f64::MIN_POSITIVE, 0),
            (below, 0),
            (below * 1.001, 1),
            (1.0, 80),
            (1.000_1, 81),
            (2.0, 88),
            (above, 256),
            (above * 1.001, 257),
            (f64::INFINITY, 257),
        ] {
            assert_eq!(Bucket::of(ms).number(), number, "{ms}");
        }
        assert_eq!(Bucket::new(257), Some(Bucket::OVER));
        assert_eq!(Bucket::new(258), None);
    }

    #[test]
    fn the_stated_error_is_at_most_four_and_a_half_percent() {
        let base = 2.0_f64.powf(1.0 / 8.0);
        assert!((base - 1.0) / (base + 1.0) <= RELATIVE_ERROR);
        const { assert!(RELATIVE_ERROR <= 0.045) };
    }

    proptest! {
        #[test]
        fn a_value_is_within_the_stated_error(ms in 0.001_f64..4_000_000.0) {
            let value = Bucket::of(ms).value_ms();
            prop_assert!((value - ms).abs() <= RELATIVE_ERROR * ms, "{ms} became {value}");
        }

        #[test]
        fn quantiles_and_sum_are_within_the_stated_error(
            mut values in prop::collection::vec(0.001_f64..100_000.0, 1..200),
            q in 0.0_f64..=1.0,
        ) {
            let sketch = sketch(&values);
            values.sort_by(f64::total_cmp);
            let rank = ((q * values.len() as f64).ceil() as usize).max(1);
            let exact = values[rank - 1];
            let found = sketch.quantile_ms(q).expect("not empty");
            prop_assert!((found - exact).abs() <= RELATIVE_ERROR * exact);
            let sum: f64 = values.iter().sum();
            prop_assert!((sketch.sum_ms() - sum).abs() <= RELATIVE_ERROR * sum);
        }

        #[test]
        fn merging_is_counting_all(
            a in prop::collection::vec(0.0_f64..1e7, 0..50),
            b in prop::collection::vec(0.0_f64..1e7, 0..50),
        ) {
            let mut left = sketch(&a);
            left.merge(&sketch(&b));
            let mut right = sketch(&b);
            right.merge(&sketch(&a));
            prop_assert_eq!(&left, &right);
            prop_assert_eq!(&left, &sketch(&[a, b].concat()));
        }
    }
}
