//! Seeded chance: the same seed and lane give the same draws on every machine.
//!
//! The generator is ChaCha8, one of rand's *named portable* generators: its algorithm is fixed by
//! its name, and rand promises not to change what it yields. Exponentials come from `libm`, not
//! from the platform's C library, because a last digit that differs would change a log line.

use std::fmt::Write as _;

use rand::rngs::ChaCha8Rng;
use rand::{RngExt as _, SeedableRng as _};
use rand_distr::{Distribution as _, Poisson, StandardNormal};

/// A source of draws that depends on a seed and a lane alone.
///
/// Each minute of each route has a lane of its own, so an effect laid over one hour changes no
/// line of another: a scenario with an incident is the quiet one plus the incident.
#[derive(Debug)]
pub(crate) struct Rng(ChaCha8Rng);

impl Rng {
    /// Opens the lane `lane` of `seed`.
    pub(crate) fn new(seed: u64, lane: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(lane);
        Self(rng)
    }

    /// Returns true with probability `share`.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// Returns a number in `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// Returns an integer in `[0, below)`, or 0 when `below` is 0.
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.0.random_range(0..below.max(1))
    }

    /// Returns `digits` hexadecimal digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        const A_WORD: usize = 16;
        let mut hex = String::with_capacity(digits + A_WORD);
        while hex.len() < digits {
            write!(hex, "{:016x}", self.0.random::<u64>()).expect("a string takes any text");
        }
        hex.truncate(digits);
        hex
    }

    /// Returns a draw from the standard normal distribution.
    pub(crate) fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// Returns a lognormal draw with this median and standard deviation of the logarithm.
    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * libm::exp(sigma * self.normal())
    }

    /// Returns how many of `mean` expected events happened; none when `mean` is not positive.
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        Poisson::new(mean).map_or(0, |poisson| poisson.sample(&mut self.0) as u64)
    }
}
