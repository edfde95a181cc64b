//! The frame in which values are compared: a middle and a size of usual spread, beyond which distances grow with the
//! logarithm only (inverse hyperbolic sine), so that one wild value does not make all others alike.

use super::ScorerError;
use super::codec::Pass;

/// Spreads around the middle within which distances are nearly linear.
const LINEAR: f64 = 3.0;
/// Middles and spreads beyond this cannot come from clamped values, so such a stored frame is
/// refused.
const FARTHEST: f64 = 1e40;
/// Mean steps below this share of the usual spread count as equal.
const LEAST_STEP: f64 = 0.02;

/// The middle and the usual spread of a series, from a sample of its past.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Frame {
    middle: f64,
    spread: f64,
}

impl Frame {
    /// Returns the frame of a sample: its median, and its spread between the outer tenths as a normal deviation.
    pub(super) fn of(mut sample: Vec<f64>) -> Self {
        sample.sort_by(f64::total_cmp);
        let n = sample.len();
        let middle = sample[n / 2];
        let tenths = sample[n * 9 / 10] - sample[n / 10];
        let away = sample.iter().map(|x| (x - middle).abs()).sum::<f64>() / n as f64;
        let spread = (tenths / 2.56)
            .max(0.3 * away)
            .max(1e-3 * middle.abs())
            .max(1e-9);
        Self {
            middle: middle.clamp(-FARTHEST, FARTHEST),
            spread: spread.min(FARTHEST),
        }
    }

    /// Returns whether distances in the one frame mean about the same in the other.
    pub(super) fn is_near(&self, other: &Self) -> bool {
        (self.middle - other.middle).abs() < 0.1 * self.spread
            && (0.9..1.1).contains(&(other.spread / self.spread))
    }

    /// Returns how many usual spreads a value lies above the middle.
    pub(super) fn above(&self, value: f64) -> f64 {
        (value - self.middle) / self.spread
    }

    /// Returns the value that lies so many usual spreads above the middle.
    pub(super) fn value(&self, above: f64) -> f64 {
        self.middle + above * self.spread
    }

    /// Returns the size of a step, from the usual spreads of one frame to those of the other.
    pub(super) fn scaled(&self, step: f64, to: &Self) -> f64 {
        step * self.spread / to.spread
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), ScorerError> {
        to.number(&mut self.middle)?;
        to.number(&mut self.spread)?;
        if self.middle.abs() <= FARTHEST && (0.0..=FARTHEST).contains(&self.spread) {
            Ok(())
        } else {
            Err(to.impossible())
        }
    }
}

/// Compresses large distances: spreads become nearly their logarithm.
pub(super) fn squash(spreads: f64) -> f64 {
    (spreads / LINEAR).asinh() * LINEAR
}

/// Undoes [`squash`].
pub(super) fn stretch(squashed: f64) -> f64 {
    (squashed / LINEAR).sinh() * LINEAR
}

/// Returns the logarithm of a mean step that is given in usual spreads.
pub(super) fn restless(step: f64) -> f64 {
    (step + LEAST_STEP).ln()
}

/// Undoes [`restless`].
pub(super) fn step(restless: f64) -> f64 {
    (restless.exp() - LEAST_STEP).max(0.0)
}
