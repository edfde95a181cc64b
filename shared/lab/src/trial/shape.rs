//! Lognormal durations as counts by bucket of the sketch.
//!
//! A minute of 3,000 requests costs one draw for each bucket instead of one for each request: independent Poisson
//! counts by bucket are what a Poisson number of requests gives. Where few requests are due, each is drawn by itself.

use atalaya_core::sketch::{Bucket, Sketch};

use super::rng::Rng;

/// Buckets an octave of the sketch.
const PER_OCTAVE: f64 = 8.0;

/// The number of the bucket whose upper bound is 1 ms.
const ONE_MS: f64 = 80.0;

/// Places within a bucket at which a median may lie: it is met to 0.6 %.
const PLACES: usize = 8;

/// Standard deviations beyond which nothing is drawn: 3 of 100,000 requests.
const REACH: f64 = 4.2;

/// The most requests that are drawn one by one.
const ONE_BY_ONE: f64 = 40.0;

/// Entries of the table by which a draw finds its bucket.
const GUIDE: usize = 64;

/// A lognormal distribution of some width, for any median.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    places: Vec<Cells>,
}

/// The distribution over whole buckets, for a median at one place within its bucket.
#[derive(Debug, Clone)]
struct Cells {
    /// The first bucket, counted from that of the median.
    first: i32,
    shares: Vec<f64>,
    /// Sums of the shares.
    below: Vec<f64>,
    /// For each 64th of the whole, the first cell that reaches it.
    guide: [u16; GUIDE],
}

/// Counts by bucket before they are a sketch: filled in any order, then read in rising order.
#[derive(Debug, Clone)]
pub(super) struct Heap {
    counts: Vec<u64>,
    low: usize,
    high: usize,
}

impl Shape {
    /// Makes the distribution with this standard deviation of the natural logarithm.
    pub(super) fn new(sigma: f64) -> Self {
        let sigma = (sigma * PER_OCTAVE / std::f64::consts::LN_2).max(0.05);
        let place = |place| Cells::new(sigma, place as f64 / PLACES as f64);
        Self {
            places: (0..PLACES).map(place).collect(),
        }
    }

    /// Adds a Poisson number of durations, `mean` expected, and returns how many there were.
    pub(super) fn pour(&self, rng: &mut Rng, mean: f64, median_ms: f64, heap: &mut Heap) -> u64 {
        if mean <= 0.0 {
            return 0;
        }
        let at = PER_OCTAVE * libm::log2(median_ms.max(1e-3)) + ONE_MS;
        let whole = at.floor();
        let place = ((at - whole) * PLACES as f64) as usize;
        let cells = &self.places[place.min(PLACES - 1)];
        let base = whole as i32 + cells.first;
        if mean <= ONE_BY_ONE {
            let n = rng.poisson(mean);
            for _ in 0..n {
                let cell = cells.draw(rng);
                heap.add(base + cell as i32, 1);
            }
            return n;
        }
        let mut total = 0;
        for (cell, share) in cells.shares.iter().enumerate() {
            let n = rng.poisson(mean * share);
            if n > 0 {
                heap.add(base + cell as i32, n);
                total += n;
            }
        }
        total
    }
}

impl Cells {
    fn new(sigma: f64, place: f64) -> Self {
        let first = (place - REACH * sigma).floor() as i32;
        let last = (place + REACH * sigma).ceil() as i32;
        let share = |bucket: i32| {
            let upper = (f64::from(bucket) - place) / sigma;
            let lower = (f64::from(bucket) - 1.0 - place) / sigma;
            normal_below(upper) - normal_below(lower)
        };
        let mut shares: Vec<f64> = (first..=last).map(share).collect();
        let all: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= all;
        }
        let mut sum = 0.0;
        let below: Vec<f64> = shares
            .iter()
            .map(|share| {
                sum += share;
                sum
            })
            .collect();
        let mut guide = [0; GUIDE];
        for (step, entry) in guide.iter_mut().enumerate() {
            let reached = step as f64 / GUIDE as f64;
            *entry = below.partition_point(|below| *below < reached) as u16;
        }
        Self {
            first,
            shares,
            below,
            guide,
        }
    }

    fn draw(&self, rng: &mut Rng) -> usize {
        let unit = rng.unit();
        let mut cell = usize::from(self.guide[(unit * GUIDE as f64) as usize]);
        while cell + 1 < self.below.len() && self.below[cell] < unit {
            cell += 1;
        }
        cell
    }
}

impl Default for Heap {
    fn default() -> Self {
        Self {
            counts: vec![0; usize::from(Bucket::OVER.number()) + 1],
            low: usize::MAX,
            high: 0,
        }
    }
}

impl Heap {
    fn add(&mut self, bucket: i32, n: u64) {
        let bucket = (bucket.max(0) as usize).min(self.counts.len() - 1);
        self.counts[bucket] += n;
        self.low = self.low.min(bucket);
        self.high = self.high.max(bucket);
    }

    /// Moves all counts into a sketch, in addition to what it holds.
    pub(super) fn empty_into(&mut self, sketch: &mut Sketch) {
        for number in self.low..=self.high {
            let n = std::mem::take(&mut self.counts[number]);
            if let Some(bucket) = Bucket::new(number as u16) {
                sketch.add_count(bucket, n);
            }
        }
        (self.low, self.high) = (usize::MAX, 0);
    }
}

/// Returns the probability that a standard normal draw is below `z`.
pub(super) fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(mean: f64, minutes: u32, sigma: f64, median_ms: f64) {
        let (shape, mut heap, mut sketch) = (Shape::new(sigma), Heap::default(), Sketch::default());
        let mut rng = Rng::new(7, 0);
        let mut poured = 0;
        for _ in 0..minutes {
            poured += shape.pour(&mut rng, mean, median_ms, &mut heap);
            heap.empty_into(&mut sketch);
        }
        assert_eq!(sketch.count(), poured);
        let due = mean * f64::from(minutes);
        assert!((poured as f64 - due).abs() < 4.0 * due.sqrt(), "{poured}");
        for (q, z) in [(0.1, -1.281_6), (0.5, 0.0), (0.9, 1.281_6), (0.99, 2.326_3)] {
            let seen = sketch.quantile_ms(q).expect("not empty");
            let true_ms = median_ms * libm::exp(sigma * z);
            let apart = (seen / true_ms).ln().abs();
            assert!(apart < 0.1, "{q}: {seen} instead of {true_ms}");
        }
    }

    #[test]
    fn durations_are_lognormal_whether_drawn_singly_or_by_bucket() {
        for (mean, minutes) in [(5.0, 4_000), (39.0, 500), (41.0, 500), (3_000.0, 8)] {
            check(mean, minutes, 0.4, 37.0);
            check(mean, minutes, 0.9, 1_450.0);
        }
    }
}
