//! What is normal by time of day and kind of day: weighted means in cells, shrunk towards wider ones while the
//! evidence is thin.
//!
//! A cell is an hour (UTC) of a weekday or of a weekend. Each keeps a mean and the weight of evidence behind it, in the
//! unit of the evidence: minutes for traffic, requests for a share. Weights fade, so that a cell is an exponentially
//! weighted mean with the bias of its start removed. Estimates shrink in three steps, each a conjugate posterior mean
//! (Efron and Morris, "Data analysis using Stein's estimator and its generalizations", JASA 70, 1975):
//!
//! ```text
//! overall = (Σ w·m + w0·m0) / (Σ w + w0)             m0, w0: the prior
//! hour    = (w_h·m_h + k·overall) / (w_h + k)        over both kinds of day
//! cell    = (w_c·m_c + k·hour) / (w_c + k)
//! ```

use super::pack::{pack_floats, round24, unpack_floats};
use crate::time::Minute;

/// Hours of a day.
pub(crate) const HOURS: usize = 24;

/// What an update leaves of a cell's weight: five days of the hour's sixty minutes.
const FADE: f64 = 1.0 - 1.0 / 300.0;

/// How finely a profile tells time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grain {
    /// By hour of the day.
    Hour,
    /// By hour, weekdays and weekends apart.
    HourAndDay,
}

/// What is assumed before anything is seen, and how strongly cells are drawn to wider ones.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prior {
    /// The mean that is assumed.
    pub(crate) mean: f64,
    /// How much evidence the assumption counts for.
    pub(crate) weight: f64,
    /// How much evidence of its own makes a cell count as much as the wider one.
    pub(crate) pull: f64,
}

/// What a profile says of a moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Estimate {
    /// The shrunk mean.
    pub(crate) mean: f64,
    /// The evidence of the very cell.
    pub(crate) cell: f64,
    /// The evidence of the hour, over both kinds of day.
    pub(crate) hour: f64,
    /// All evidence.
    pub(crate) total: f64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Cell {
    mean: f32,
    weight: f32,
}

/// Weighted means by time of day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    cells: Vec<Cell>,
}

impl Profile {
    pub(crate) fn new(grain: Grain) -> Self {
        let days = match grain {
            Grain::Hour => 1,
            Grain::HourAndDay => 2,
        };
        Self {
            cells: vec![Cell::default(); HOURS * days],
        }
    }

    /// Returns the estimate for a minute.
    pub(crate) fn at(&self, minute: Minute, prior: Prior) -> Estimate {
        let (day, hour) = (day_kind(minute), hour_of(minute));
        self.of(day, hour, self.overall(prior), prior.pull)
    }

    /// Returns the estimate for a minute on the straight line between the middles of two hours, because traffic does
    /// not move in steps. A neighbour without evidence of its own does not bend it.
    pub(crate) fn between_hours(&self, minute: Minute, prior: Prior) -> Estimate {
        let overall = self.overall(prior);
        let (day, hour) = (day_kind(minute), hour_of(minute));
        let here = self.of(day, hour, overall, prior.pull);
        let into = minute.0.rem_euclid(60) as f64 / 60.0;
        let (next, share) = if into < 0.5 {
            ((hour + HOURS - 1) % HOURS, 0.5 - into)
        } else {
            ((hour + 1) % HOURS, into - 0.5)
        };
        let there = self.of(day, next, overall, prior.pull);
        if there.hour < prior.pull {
            return here;
        }
        Estimate {
            mean: here.mean + (there.mean - here.mean) * share,
            ..here
        }
    }

    /// Learns a value with its weight of evidence.
    pub(crate) fn learn(&mut self, minute: Minute, value: f64, weight: f64) {
        let at = self.index(day_kind(minute), hour_of(minute));
        let cell = &mut self.cells[at];
        let old = f64::from(cell.weight) * FADE;
        let new = old + weight;
        if new > 0.0 {
            let mean = (old * f64::from(cell.mean) + weight * value) / new;
            *cell = Cell {
                mean: round24(mean),
                weight: round24(new),
            };
        }
    }

    pub(crate) fn pack(&self) -> String {
        pack_floats(self.cells.iter().flat_map(|cell| [cell.mean, cell.weight]))
    }

    pub(crate) fn unpack(text: &str, grain: Grain) -> Option<Self> {
        let mut profile = Self::new(grain);
        let numbers = unpack_floats(text)?;
        let (pairs, rest) = numbers.as_chunks::<2>();
        if pairs.len() != profile.cells.len() || !rest.is_empty() {
            return None;
        }
        for (cell, [mean, weight]) in profile.cells.iter_mut().zip(pairs) {
            (cell.mean, cell.weight) = (*mean, weight.max(0.0));
        }
        Some(profile)
    }

    /// Returns the overall mean and its evidence.
    fn overall(&self, prior: Prior) -> (f64, f64) {
        let (mut sum, mut weight) = (0.0, 0.0);
        for cell in &self.cells {
            sum += f64::from(cell.weight) * f64::from(cell.mean);
            weight += f64::from(cell.weight);
        }
        let all = weight + prior.weight;
        let mean = if all > 0.0 {
            (sum + prior.weight * prior.mean) / all
        } else {
            prior.mean
        };
        (mean, weight)
    }

    fn of(&self, day: usize, hour: usize, (overall, total): (f64, f64), pull: f64) -> Estimate {
        let both = [0, 1].map(|day| self.index(day, hour));
        let apart = both[0] != both[1];
        let cells = if apart { &both[..] } else { &both[..1] };
        let (mut sum, mut evidence) = (0.0, 0.0);
        for cell in cells.iter().map(|at| self.cells[*at]) {
            sum += f64::from(cell.weight) * f64::from(cell.mean);
            evidence += f64::from(cell.weight);
        }
        let by_hour = (sum + pull * overall) / (evidence + pull);
        let cell = self.cells[self.index(day, hour)];
        let own = f64::from(cell.weight);
        let mean = if apart {
            (own * f64::from(cell.mean) + pull * by_hour) / (own + pull)
        } else {
            by_hour
        };
        Estimate {
            mean,
            cell: own,
            hour: evidence,
            total,
        }
    }

    fn index(&self, day: usize, hour: usize) -> usize {
        (day * HOURS + hour) % self.cells.len()
    }
}

/// 0 on a weekday, 1 on a Saturday or Sunday (UTC). The epoch began on a Thursday.
fn day_kind(minute: Minute) -> usize {
    let weekday = (minute.0.div_euclid(1_440) + 3).rem_euclid(7);
    usize::from(weekday >= 5)
}

fn hour_of(minute: Minute) -> usize {
    minute.0.div_euclid(60).rem_euclid(24) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIOR: Prior = Prior {
        mean: 0.01,
        weight: 100.0,
        pull: 50.0,
    };
    /// Thursday 1970-01-01, 08:00.
    const THURSDAY_8: Minute = Minute(8 * 60);
    const SATURDAY_8: Minute = Minute((2 * 24 + 8) * 60);

    fn check(minute: Minute, learnt: &[(Minute, f64, f64)], expected: f64) {
        let mut profile = Profile::new(Grain::HourAndDay);
        for (at, value, weight) in learnt {
            profile.learn(*at, *value, *weight);
        }
        let found = profile.at(minute, PRIOR).mean;
        assert!((found - expected).abs() < 2e-4, "{minute}: {found}");
    }

    #[test]
    fn thin_cells_lean_on_wider_ones() {
        check(THURSDAY_8, &[], 0.01);
        // overall (1000·0.1 + 100·0.01) / 1100, hour (100 + 50·overall) / 1050, cell (100 + 50·hour) / 1050.
        check(THURSDAY_8, &[(THURSDAY_8, 0.1, 1_000.0)], 0.099_98);
        check(SATURDAY_8, &[(THURSDAY_8, 0.1, 1_000.0)], 0.099_61);
        check(Minute(0), &[(THURSDAY_8, 0.1, 1_000.0)], 0.091_82);
        // Once a weekend has evidence of its own, it goes its own way.
        let both = [(THURSDAY_8, 0.1, 1_000.0), (SATURDAY_8, 0.01, 10_000.0)];
        check(SATURDAY_8, &both, 0.010_04);
    }

    #[test]
    fn traffic_moves_between_the_middles_of_hours() {
        let none = Prior {
            mean: 0.0,
            weight: 0.0,
            pull: 1.0,
        };
        let mut profile = Profile::new(Grain::HourAndDay);
        for minute in 0..3 * 60 {
            profile.learn(
                Minute(minute),
                [10.0, 20.0, 30.0][minute as usize / 60],
                1.0,
            );
        }
        let at = |minute| profile.between_hours(Minute(minute), none).mean;
        for (minute, expected) in [(30, 10.0), (60, 15.0), (90, 20.0), (120, 25.0), (0, 10.0)] {
            let found = at(minute);
            assert!((found - expected).abs() < 0.5, "{minute}: {found}");
        }
    }

    #[test]
    fn the_packed_form_comes_back_whole() {
        for grain in [Grain::Hour, Grain::HourAndDay] {
            let mut profile = Profile::new(grain);
            for minute in 0..9_999 {
                profile.learn(Minute(minute), f64::from(minute as i32), 1.5);
            }
            assert_eq!(Profile::unpack(&profile.pack(), grain), Some(profile));
        }
        assert_eq!(Profile::unpack("AAAA", Grain::Hour), None);
    }
}
