//! The rank of a novelty in its own past: a histogram of its logarithm that gives the recent past
//! more weight, with an exponential tail beyond the largest novelty seen.

use super::ScorerError;
use super::codec::Pass;

const BINS: usize = 80;
/// Bins to a power of ten.
const FINE: f64 = 16.0;
/// The lower edge of the first bin; no novelty is smaller.
pub(super) const LEAST: f64 = 0.02;
/// The row from which the past fades: a row's weight grows with its number, so that the later half
/// of the past counts three times as much as the earlier one.
const FADES_FROM: f64 = 200.0;
/// The count of a row of weight 1 before the first halving; all counts are halved whenever they
/// outgrow 16 bits.
const ROW: f64 = 64.0;
/// The largest count of a row.
const MOST: f64 = 16_384.0;
/// The share of the past that shapes the tail beyond the largest novelty.
const TOP: f64 = 0.02;
/// The number of rows that stands for "never seen so large".
const UNSEEN: f64 = 0.3;

/// The past of one novelty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rank {
    bins: [u16; BINS],
    rows: u32,
    /// How often the counts were halved.
    halved: u8,
}

impl Default for Rank {
    fn default() -> Self {
        Self {
            bins: [0; BINS],
            rows: 0,
            halved: 0,
        }
    }
}

impl Rank {
    /// Returns −log10 of the share of the past that was at least as novel.
    pub(super) fn surprise(&self, novelty: f64) -> f64 {
        let Some(top) = self.bins.iter().rposition(|kept| *kept > 0) else {
            return 0.0;
        };
        let row = f64::from(self.row());
        let total = sum(&self.bins[..=top]) / row;
        let place = place(novelty);
        let bin = place as usize;
        let above = if bin <= top {
            let part = f64::from(self.bins[bin]) * (1.0 - (place - bin as f64));
            (sum(&self.bins[bin + 1..=top]) + part) / row
        } else {
            0.0
        };
        let seen = -((above + UNSEEN) / (total + 1.0)).log10();
        let beyond = place - (top + 1) as f64;
        if beyond <= 0.0 {
            return seen;
        }
        // Mean excess over a high bin, in bins: the maximum-likelihood scale of an exponential tail.
        let (mut mass, mut excess, mut from) = (0.0, 0.0, top + 1);
        while from > 0 && mass < (TOP * total).max(3.0) {
            from -= 1;
            let kept = f64::from(self.bins[from]) / row;
            mass += kept;
            excess += kept * (from as f64 + 0.5);
        }
        let mean = (excess / mass - from as f64).max(0.6);
        seen + beyond / mean / std::f64::consts::LN_10
    }

    /// Learns one novelty.
    pub(super) fn learn(&mut self, novelty: f64) {
        self.rows = self.rows.saturating_add(1);
        let bin = place(novelty) as usize;
        while self.bins[bin] > u16::MAX - self.row() {
            self.bins.iter_mut().for_each(|kept| *kept /= 2);
            self.halved = self.halved.saturating_add(1);
        }
        self.bins[bin] += self.row();
    }

    /// Returns the count of the row that was learnt last.
    fn row(&self) -> u16 {
        let weight = (f64::from(self.rows) / FADES_FROM).max(1.0);
        let row = weight * ROW * (-f64::from(self.halved)).exp2();
        row.round().clamp(1.0, MOST) as u16
    }

    /// Ranks and learns a size that may be negative, in usual spreads: four of them are a power of
    /// ten of novelty.
    pub(super) fn rank(&mut self, spreads: f64) -> f64 {
        let novelty = 10_f64.powf((spreads / 4.0).min(100.0));
        let surprise = self.surprise(novelty);
        self.learn(novelty);
        surprise
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), ScorerError> {
        to.rows(&mut self.rows)?;
        to.byte(&mut self.halved)?;
        to.histogram(&mut self.bins)
    }
}

fn sum(bins: &[u16]) -> f64 {
    f64::from(bins.iter().map(|kept| u32::from(*kept)).sum::<u32>())
}

/// Returns the bin of a novelty, with the part of the bin that lies below it.
fn place(novelty: f64) -> f64 {
    ((novelty / LEAST).log10() * FINE).clamp(0.0, BINS as f64 - 1e-6)
}
