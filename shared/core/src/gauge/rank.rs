//! How unusual a novelty is against its own past: a histogram of its logarithm that leans to the recent part of the
//! past, with an exponential tail beyond the largest novelty seen.

use super::GaugeError;
use super::codec::Pass;

const BINS: usize = 80;
/// Bins to a power of ten.
const FINE: f64 = 16.0;
/// The lower edge of the first bin; no novelty is smaller.
pub(super) const LEAST: f64 = 0.02;
/// From this row on the past fades: a row's weight grows with its number, so that the later half of the past counts
/// three times as much as the earlier one.
const FADES_FROM: f64 = 200.0;
/// No row weighs more; no series lives long enough for it.
const HEAVIEST: f64 = 1e9;
/// The share of the past that shapes the tail beyond the largest novelty.
const TOP: f64 = 0.02;
/// What stands for "never seen so large", in rows.
const UNSEEN: f64 = 0.3;

/// The past of one novelty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rank {
    bins: [f32; BINS],
    rows: f64,
}

impl Default for Rank {
    fn default() -> Self {
        Self {
            bins: [0.0; BINS],
            rows: 0.0,
        }
    }
}

impl Rank {
    /// Returns −log10 of the share of the past that was at least as novel.
    pub(super) fn surprise(&self, novelty: f64) -> f64 {
        let Some(top) = self.bins.iter().rposition(|kept| *kept > 0.0) else {
            return 0.0;
        };
        let weight = weight(self.rows);
        let total = sum(&self.bins[..=top]);
        let place = place(novelty);
        let bin = place as usize;
        let above = if bin <= top {
            sum(&self.bins[bin + 1..=top.max(bin)])
                + f64::from(self.bins[bin]) * (1.0 - (place - bin as f64))
        } else {
            0.0
        };
        let seen = -((above / weight + UNSEEN) / (total / weight + 1.0)).log10();
        let beyond = place - (top + 1) as f64;
        if beyond <= 0.0 {
            return seen;
        }
        // Mean excess over a high bin, in bins: the maximum-likelihood scale of an exponential tail.
        let (mut mass, mut excess, mut from) = (0.0, 0.0, top + 1);
        while from > 0 && mass < (TOP * total).max(3.0 * weight) {
            from -= 1;
            mass += f64::from(self.bins[from]);
            excess += f64::from(self.bins[from]) * (from as f64 + 0.5);
        }
        let mean = (excess / mass - from as f64).max(0.6);
        seen + beyond / mean / std::f64::consts::LN_10
    }

    /// Learns one novelty.
    pub(super) fn learn(&mut self, novelty: f64) {
        self.rows += 1.0;
        self.bins[place(novelty) as usize] += weight(self.rows) as f32;
    }

    /// Judges and learns a size that may be negative, in usual spreads: four of them are a power of ten of novelty.
    pub(super) fn rank(&mut self, spreads: f64) -> f64 {
        let novelty = 10_f64.powf((spreads / 4.0).min(100.0));
        let surprise = self.surprise(novelty);
        self.learn(novelty);
        surprise
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), GaugeError> {
        to.number(&mut self.rows)?;
        // Few bins are in use, and those are neighbours.
        let used = |kept: &f32| *kept != 0.0;
        let mut first = self.bins.iter().position(used).unwrap_or(0) as u8;
        let mut end = self.bins.iter().rposition(used).map_or(0, |last| last + 1) as u8;
        to.byte(&mut first)?;
        to.byte(&mut end)?;
        let bins = self.bins.get_mut(first.into()..end.into());
        for kept in bins.ok_or_else(|| to.impossible())? {
            to.single(kept)?;
            if *kept < 0.0 {
                return Err(to.impossible());
            }
        }
        if self.rows < 0.0 {
            return Err(to.impossible());
        }
        Ok(())
    }
}

fn weight(rows: f64) -> f64 {
    (rows / FADES_FROM).clamp(1.0, HEAVIEST)
}

fn sum(bins: &[f32]) -> f64 {
    bins.iter().map(|kept| f64::from(*kept)).sum()
}

/// Returns the bin of a novelty, with the part of the bin that lies below it.
fn place(novelty: f64) -> f64 {
    ((novelty / LEAST).log10() * FINE).clamp(0.0, BINS as f64 - 1e-6)
}
