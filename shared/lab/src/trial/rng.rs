//! Seeded chance that can be copied: a copy goes on with the same draws.
//!
//! Scenarios draw from ChaCha8, whose lanes never meet but which cannot be copied. A trial copies a service in the
//! middle of its life, so it draws from xoshiro256++, another of rand's named portable generators. What depends on
//! floating point comes from `libm`, so that a seed means the same on every machine.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Binomial, Distribution as _, Poisson, StandardNormal};

/// An odd constant that keeps the lanes of neighbouring seeds apart (the golden ratio, as in SplitMix64).
const LANES: u64 = 0x9e37_79b9_7f4a_7c15;

/// A source of draws that depends on a seed and a lane alone.
#[derive(Debug, Clone)]
pub(super) struct Rng(Xoshiro256PlusPlus);

impl Rng {
    /// Opens the lane `lane` of `seed`.
    pub(super) fn new(seed: u64, lane: u64) -> Self {
        // `seed_from_u64` scrambles what it gets, so a sum that is different is enough.
        let mixed = seed.wrapping_add(LANES.wrapping_mul(lane + 1));
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// Returns true with probability `share`.
    pub(super) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Returns a number in `[0, 1)`.
    pub(super) fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// Returns an integer in `[0, below)`, or 0 when `below` is 0.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        self.0.random_range(0..below.max(1))
    }

    /// Returns a number in `[from, to)`.
    pub(super) fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.unit()
    }

    /// Returns a number in `[from, to)`, both positive, whose logarithm is uniform: each doubling is as likely.
    pub(super) fn log_between(&mut self, from: f64, to: f64) -> f64 {
        from * libm::exp(libm::log(to / from) * self.unit())
    }

    /// Returns a draw from the standard normal distribution.
    pub(super) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Returns how many of `mean` expected events happened; none when `mean` is not positive.
    pub(super) fn poisson(&mut self, mean: f64) -> u64 {
        Poisson::new(mean).map_or(0, |poisson| poisson.sample(&mut self.0) as u64)
    }

    /// Returns how many of `n` independent tries succeed, each with probability `share`.
    pub(super) fn binomial(&mut self, n: u64, share: f64) -> u64 {
        if n == 0 || share <= 0.0 {
            return 0;
        }
        Binomial::new(n, share.min(1.0)).map_or(0, |tries| tries.sample(&mut self.0))
    }
}
