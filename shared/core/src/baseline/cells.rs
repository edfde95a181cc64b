//! Cells of time, each with a mean and the weight of evidence behind it, in some twelve bits.
//!
//! Weights fade as a cell learns, so that its mean is an exponentially weighted one without the
//! bias of its start. The present hour is counted exactly, in whole numbers, and counts as evidence
//! at once; when the hour is over it is rounded into its cell.

use super::short::{Mean, MinuteRng, Weight};
use super::wire::{Reader, Writer};

/// Minutes of one hour that are counted before they are rounded into the cell.
const HOUR: u8 = 60;

/// A mean, and the evidence behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Evidence {
    /// The sum of what was seen: the mean times the weight.
    pub(crate) sum: f64,
    /// The weight.
    pub(crate) weight: f64,
}

impl Evidence {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            sum: self.sum + other.sum,
            weight: self.weight + other.weight,
        }
    }

    /// Returns the posterior mean beside a wider mean that counts for `pull`: `(w·m + k·wider) / (w + k)`.
    ///
    /// With a conjugate prior it is exact for shares (beta, binomial) and for counts (gamma, Poisson); the pull is the
    /// ratio of the variance within cells to that between them. Source: Efron and Morris, "Data analysis using Stein's
    /// estimator and its generalizations", JASA 70 (1975).
    pub(crate) fn drawn_to(self, wider: f64, pull: f64) -> f64 {
        (self.sum + pull * wider) / (self.weight + pull)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cell {
    mean: Mean,
    weight: Weight,
}

/// The counts of the present hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Running {
    cell: u8,
    minutes: u8,
    sum: u64,
    weight: u64,
}

/// `N` cells, at most 256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cells<const N: usize> {
    held: [Cell; N],
    running: Running,
    /// The factor by which a cell's weight fades with each minute that it learns.
    keep: Keep,
}

/// Returns the factor by which a weight fades each minute: `1 - 1/minutes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Keep {
    /// The memory of a cell, in minutes of its own.
    pub(crate) minutes: u16,
}

impl<const N: usize> Cells<N> {
    pub(crate) const fn new(keep: Keep) -> Self {
        Self {
            held: [Cell {
                mean: Mean(0),
                weight: Weight(0),
            }; N],
            running: Running {
                cell: 0,
                minutes: 0,
                sum: 0,
                weight: 0,
            },
            keep,
        }
    }

    /// Returns cells with the evidence given.
    pub(crate) fn of(evidence: [Evidence; N], keep: Keep) -> Self {
        let mut cells = Self::new(keep);
        for (cell, evidence) in cells.held.iter_mut().zip(evidence) {
            *cell = Cell {
                mean: Mean::near(evidence.sum / evidence.weight),
                weight: Weight::near(evidence.weight),
            };
        }
        cells
    }

    /// Returns the evidence of a cell, the present hour included.
    pub(crate) fn at(&self, cell: usize) -> Evidence {
        let old = self.held[cell];
        let known = Evidence {
            sum: old.mean.get() * old.weight.get(),
            weight: old.weight.get(),
        };
        if usize::from(self.running.cell) != cell || self.running.minutes == 0 {
            return known;
        }
        let kept = (1.0 - 1.0 / f64::from(self.keep.minutes)).powi(self.running.minutes.into());
        Evidence {
            sum: known.sum * kept + self.running.sum as f64,
            weight: known.weight * kept + self.running.weight as f64,
        }
    }

    /// Returns the evidence of all cells together.
    pub(crate) fn all(&self) -> Evidence {
        (0..N).fold(Evidence::default(), |all, cell| all.and(self.at(cell)))
    }

    /// Learns a minute: `sum` of what was seen, with its `weight`.
    pub(crate) fn learn(&mut self, cell: usize, sum: u64, weight: u64, rng: &mut MinuteRng) {
        if usize::from(self.running.cell) != cell || self.running.minutes >= HOUR {
            self.close(rng);
            self.running.cell = cell as u8;
        }
        let running = &mut self.running;
        running.minutes += 1;
        running.sum = running.sum.saturating_add(sum);
        running.weight = running.weight.saturating_add(weight);
    }

    /// Reduces each cell's evidence to a 64th, and to at most `most`, so that the next minutes
    /// decide.
    pub(crate) fn weaken(&mut self, most: f64, rng: &mut MinuteRng) {
        self.close(rng);
        for cell in &mut self.held {
            cell.weight = Weight::thrown((cell.weight.get() / 64.0).min(most), rng);
        }
    }

    /// Rounds the present hour into its cell.
    fn close(&mut self, rng: &mut MinuteRng) {
        let at = usize::from(self.running.cell);
        let evidence = self.at(at);
        if self.running.minutes > 0 && evidence.weight > 0.0 {
            self.held[at] = Cell {
                mean: Mean::thrown(evidence.sum / evidence.weight, rng),
                weight: Weight::thrown(evidence.weight, rng),
            };
        }
        self.running = Running::default();
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.column(self.held.iter().map(|cell| cell.mean.0.into()));
        writer.column(self.held.iter().map(|cell| cell.weight.0.into()));
        writer.byte(self.running.cell);
        writer.byte(self.running.minutes);
        writer.whole(self.running.sum);
        writer.whole(self.running.weight);
    }

    pub(crate) fn read(reader: &mut Reader<'_>, keep: Keep) -> Option<Self> {
        let mut cells = Self::new(keep);
        reader.column(N, |at, n| cells.held[at].mean = Mean(n as u16))?;
        reader.column(N, |at, n| cells.held[at].weight = Weight(n as u8))?;
        cells.running = Running {
            cell: reader.byte()?,
            minutes: reader.byte()?,
            sum: reader.whole()?,
            weight: reader.whole()?,
        };
        let fits = usize::from(cells.running.cell) < N && cells.running.minutes <= HOUR;
        fits.then_some(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Minute;

    const KEEP: Keep = Keep { minutes: 300 };

    #[test]
    fn the_hour_that_goes_on_counts_at_once_and_is_kept_when_it_is_over() {
        let mut cells = Cells::<24>::new(KEEP);
        for minute in 0..60 {
            cells.learn(3, 5, 100, &mut MinuteRng::of(Minute(minute)));
            let known = cells.at(3);
            assert!((known.sum / known.weight - 0.05).abs() < 1e-9, "{minute}");
        }
        let before = cells.at(3);
        cells.learn(4, 0, 100, &mut MinuteRng::of(Minute(60)));
        let after = cells.at(3);
        assert!((after.weight / before.weight - 1.0).abs() < 0.125);
        assert!((after.sum / after.weight - 0.05).abs() < 1e-4);
        assert_eq!(cells.at(4).weight as u64, 100);
    }

    #[test]
    fn a_mean_follows_within_its_memory() {
        let mut cells = Cells::<1>::new(KEEP);
        for minute in 0..3_000 {
            let failed = if minute < 2_000 { 1 } else { 3 };
            cells.learn(0, failed, 100, &mut MinuteRng::of(Minute(minute)));
        }
        let known = cells.at(0);
        // 1,000 minutes later, e^-(1000/300) = 3.6 % of the old mean is left.
        assert!((known.sum / known.weight - 0.029_3).abs() < 0.001);
        cells.weaken(1_000.0, &mut MinuteRng::of(Minute(3_000)));
        for minute in 3_000..3_030 {
            cells.learn(0, 9, 100, &mut MinuteRng::of(Minute(minute)));
        }
        let known = cells.at(0);
        assert!(known.sum / known.weight > 0.075, "thirty minutes decide");
    }

    #[test]
    fn the_stored_form_is_the_whole() {
        let mut cells = Cells::<168>::new(KEEP);
        for minute in 0..20_000_u64 {
            cells.learn(
                (minute / 60 % 168) as usize,
                minute,
                1,
                &mut MinuteRng::of(Minute(minute as i64)),
            );
        }
        let mut writer = Writer::default();
        cells.write(&mut writer);
        let bytes = writer.into_bytes();
        assert_eq!(Cells::read(&mut Reader::new(&bytes), KEEP), Some(cells));
        for cut in 0..bytes.len() {
            assert_eq!(
                Cells::<168>::read(&mut Reader::new(&bytes[..cut]), KEEP),
                None
            );
        }
    }
}
