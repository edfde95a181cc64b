//! How unusual a statistic is against its own past: a histogram in quarter octaves with a Pareto tail beyond it.

use super::GaugeError;
use super::codec::Pass;

const BINS: usize = 96;
/// Bins to an octave.
const FINE: f64 = 4.0;
/// The first bin ends at 2^-LOW of the usual size.
const LOW: f64 = 6.0;
/// Rows that the histogram remembers.
const MEMORY: f64 = 3_000.0;
/// The share of the past that makes the tail.
const TAIL: f64 = 0.05;

/// The past sizes of a statistic, in units of their usual size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tail {
    bins: [f32; BINS],
    count: f64,
    usual: f64,
}

impl Default for Tail {
    fn default() -> Self {
        Self {
            bins: [0.0; BINS],
            count: 0.0,
            usual: 0.0,
        }
    }
}

impl Tail {
    /// Returns −log10 of the share of the past that was at least as large as `size`.
    ///
    /// Beyond the top twentieth the tail is Pareto with the slope of Hill (1975), shrunk to a usual slope while few
    /// rows stand behind it.
    pub(super) fn surprise(&self, size: f64) -> f64 {
        if size <= 0.0 || self.count < 1.0 {
            return 0.0;
        }
        let z = if self.usual > 0.0 {
            (size / self.usual).min(1e18)
        } else {
            1e18
        };
        let (mut mass, mut excess, mut from) = (0.0, 0.0, BINS - 1);
        for (bin, kept) in self.bins.iter().enumerate().skip(1).rev() {
            if mass >= TAIL * self.count {
                break;
            }
            mass += f64::from(*kept);
            excess += f64::from(*kept) * (bin as f64 + 0.5);
            from = bin;
        }
        let start = edge(from);
        if z >= start {
            let octaves = (excess - mass * from as f64) / FINE;
            let slope = (octaves * std::f64::consts::LN_2 + 0.6) / (mass + 2.0);
            let share = (mass + 0.5) / (self.count + 1.0);
            return (z / start).log10() / slope - share.log10();
        }
        let bin = bin_of(z);
        let above: f64 = self.bins[bin + 1..]
            .iter()
            .map(|kept| f64::from(*kept))
            .sum();
        let part = (1.0 - (z / edge(bin)).log2() * FINE).clamp(0.0, 1.0);
        let part = if bin == 0 { 0.5 } else { part };
        let share = (above + part * f64::from(self.bins[bin]) + 0.5) / (self.count + 1.0);
        -share.min(1.0).log10()
    }

    /// Learns one size.
    pub(super) fn learn(&mut self, size: f64) {
        let part = (1.0 / (self.count + 1.0)).max(1e-3);
        let cap = if self.count > 20.0 && self.usual > 0.0 {
            8.0 * self.usual
        } else {
            f64::MAX
        };
        self.usual += part * (size.min(cap) - self.usual);
        if self.count > MEMORY / 2.0 {
            let keep = 1.0 - 1.0 / MEMORY;
            for kept in &mut self.bins {
                *kept *= keep as f32;
            }
            self.count *= keep;
        }
        let z = if self.usual > 0.0 {
            size / self.usual
        } else {
            0.0
        };
        self.bins[bin_of(z)] += 1.0;
        self.count += 1.0;
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), GaugeError> {
        self.bins.iter_mut().try_for_each(|kept| to.narrow(kept))?;
        to.wide(&mut self.count, 0.0)?;
        to.wide(&mut self.usual, 0.0)
    }
}

fn bin_of(z: f64) -> usize {
    if z <= 0.0 {
        0
    } else {
        (1.0 + (z.log2() + LOW) * FINE).clamp(1.0, (BINS - 1) as f64) as usize
    }
}

fn edge(bin: usize) -> f64 {
    ((bin as f64 - 1.0) / FINE - LOW).exp2()
}
