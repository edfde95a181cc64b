//! How unusual a size is against the sizes that came before it: a histogram in quarter octaves with a Pareto end.
//!
//! A wild series fills its tail with large sizes, so a large size says little there; in a quiet
//! series it says much.

use super::ScorerError;
use super::codec::Pass;

const BINS: usize = 96;
/// Bins to an octave.
const FINE: f64 = 4.0;
/// The first bin of a size that is not zero ends at 2^-LOW of the usual size.
const LOW: f64 = 3.0;
/// The count of a row, large enough that it is still remembered after four halvings.
const ROW: u16 = 16;
/// How many rows are counted before all counts are halved: two weeks of five-minute rows.
const MEMORY: u32 = 4_000;
/// The memory of a young tail, in rows: the first days, when level and season were still unknown,
/// weigh less and less.
const YOUNG: u32 = 1_200;
/// The share of the past that makes the Pareto end.
const END: f64 = 0.05;
/// The slope of the Pareto end before it is known, and the rows that this guess is worth.
const GUESS: (f64, f64) = (0.3, 2.0);
/// Larger sizes, in usual sizes, are replaced by this one.
const LARGEST: f64 = 1e12;

/// The sizes that came before, in units of their usual size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tail {
    bins: [u16; BINS],
    usual: f64,
}

impl Default for Tail {
    fn default() -> Self {
        Self {
            bins: [0; BINS],
            usual: 0.0,
        }
    }
}

impl Tail {
    /// Returns −log10 of the share of the past that was as large as `size`, 0 for what is not above zero.
    ///
    /// Beyond the top twentieth the past is modelled as Pareto with the slope of Hill (Annals of
    /// Statistics 3, 1975). But a size that came before is never rated rarer than it was: a job
    /// that runs once a day stays one row in 288.
    pub(super) fn surprise(&self, size: f64) -> f64 {
        let total = self.total();
        if size <= 0.0 || total <= 0.0 {
            return 0.0;
        }
        let z = self.scaled(size);
        let bin = bin_of(z);
        let (end, mass, octaves) = self.end(total);
        if z < edge(end) {
            let within = f64::from(self.bins[bin]) / f64::from(ROW);
            let part = if bin == 0 {
                0.5
            } else {
                1.0 - ((z / edge(bin)).log2() * FINE).clamp(0.0, 1.0)
            };
            let share = (self.above(bin + 1) + part * within + 0.5) / (total + 1.0);
            return -share.min(1.0).log10();
        }
        let (slope, worth) = GUESS;
        let slope = (octaves * std::f64::consts::LN_2 + worth * slope) / (mass + worth);
        let fitted = (z / edge(end)).log10() / slope - ((mass + 0.5) / (total + 1.0)).log10();
        let as_large = self.above(bin.saturating_sub(1).max(1));
        if as_large > 0.5 {
            fitted.min(-((as_large + 0.3) / (total + 1.0)).log10())
        } else {
            fitted
        }
    }

    /// Returns the size that a `share` of the past surpassed.
    pub(super) fn size_at(&self, share: f64) -> f64 {
        let mut left = share * self.total();
        for (bin, kept) in self.bins.iter().enumerate().skip(1).rev() {
            left -= f64::from(*kept) / f64::from(ROW);
            if left < 0.0 {
                return edge(bin + 1) * self.usual;
            }
        }
        0.0
    }

    /// Learns the size of row number `row`, from 1; what is not above zero counts as zero.
    pub(super) fn learn(&mut self, size: f64, row: u32) {
        let size = size.max(0.0);
        let cap = if row > 20 && self.usual > 0.0 {
            8.0 * self.usual
        } else {
            f64::MAX
        };
        self.usual +=
            (size.min(cap) - self.usual) * (1.0 / f64::from(row)).max(1.0 / f64::from(MEMORY));
        let memory = MEMORY.min(YOUNG.max(row / 4 * 3));
        if self.total() >= f64::from(memory) {
            self.bins.iter_mut().for_each(|kept| *kept /= 2);
        }
        let bin = if size > 0.0 {
            bin_of(self.scaled(size))
        } else {
            0
        };
        self.bins[bin] = self.bins[bin].saturating_add(ROW);
    }

    /// Reduces the weight of the past to a quarter, because it was measured against worse
    /// expectations.
    pub(super) fn doubt(&mut self) {
        self.bins.iter_mut().for_each(|kept| *kept /= 4);
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), ScorerError> {
        to.number(&mut self.usual)?;
        to.histogram(&mut self.bins)
    }

    fn scaled(&self, size: f64) -> f64 {
        if self.usual > 0.0 {
            (size / self.usual).min(LARGEST)
        } else {
            LARGEST
        }
    }

    fn total(&self) -> f64 {
        let sum: u32 = self.bins.iter().map(|kept| u32::from(*kept)).sum();
        f64::from(sum) / f64::from(ROW)
    }

    /// Rows in this bin and in larger ones.
    fn above(&self, bin: usize) -> f64 {
        let sum: u32 = self.bins[bin.min(BINS)..]
            .iter()
            .map(|kept| u32::from(*kept))
            .sum();
        f64::from(sum) / f64::from(ROW)
    }

    /// Returns the bin where the Pareto end begins, the rows in it, and the sum of the octaves by
    /// which they exceed its edge.
    fn end(&self, total: f64) -> (usize, f64, f64) {
        let (mut mass, mut reach, mut from) = (0.0, 0.0, BINS - 1);
        for (bin, kept) in self.bins.iter().enumerate().skip(1).rev() {
            if mass >= END * total {
                break;
            }
            let rows = f64::from(*kept) / f64::from(ROW);
            mass += rows;
            reach += rows * (bin as f64 + 0.5);
            from = bin;
        }
        (from, mass, (reach - mass * from as f64) / FINE)
    }
}

/// Bin 0 holds zeros; the last is open.
fn bin_of(z: f64) -> usize {
    if z <= 0.0 {
        return 0;
    }
    (1.0 + (z.log2() + LOW) * FINE).clamp(1.0, (BINS - 1) as f64) as usize
}

/// The lower edge of a bin.
fn edge(bin: usize) -> f64 {
    ((bin as f64 - 1.0) / FINE - LOW).exp2()
}
