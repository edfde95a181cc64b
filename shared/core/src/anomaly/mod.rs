//! The anomaly scorer: it watches one series of plain values (a metric, a latency, a queue's depth)
//! and returns how unusual each row is.
//!
//! Two families of tests examine a row. Four channels compare it with level and season, with the
//! level alone, and short means with long ones. Besides, the last rows are taken as patterns at
//! several time scales, and their distance to all remembered patterns is measured. Each test ranks
//! its result in its own past, so that a wild series alarms no more often than a quiet one. The
//! ranks are added, so that several tests must agree. The surprise that is usual at this hour is
//! subtracted, an anomaly that lasts for some rows counts more than a single row, and after an
//! event the scorer rests.

mod alert;
mod codec;
mod frame;
mod memory;
mod novelty;
mod rank;
mod season;
mod tail;
mod window;

#[cfg(test)]
mod tests;

pub use codec::ScorerError;

use alert::Alert;
use codec::{Pass, Reader, Writer};
use novelty::Novelty;
use season::Season;
use tail::Tail;

/// The first stored version had one channel more, and no mean of the last surprises.
const FIRST: u8 = 1;
const VERSION: u8 = 2;
/// The indexes at which the first version stored two means and a channel that later versions lack.
const DROPPED_MEANS: usize = 2;
const DROPPED_CHANNEL: usize = 3;
const DAY_S: i64 = 86_400;
/// Larger values are replaced by this one, so that sums stay finite.
const LARGEST: f64 = 1e100;
/// The memories, in rows, of the fading means that are compared with each other; the last is that
/// of the level without the season.
const SPANS: [f64; 5] = [2.0, 16.0, 32.0, 4_000.0, 128.0];
/// The weight of each channel.
const WEIGHTS: [f64; 4] = [2.0, 1.0, 1.0, 1.0];
/// The most that a channel contributes, one in a million, so that none decides alone.
const SUREST: f64 = 6.0;
/// A season comes into force when its belief exceeds the second number, and stays until it falls
/// below the first.
const IN_FORCE: (f64, f64) = (0.2, 0.5);
/// The share of the hour's usual surprise that is subtracted.
const RECURRENCE: f64 = 0.7;
/// The weights of the row itself, and of the fading mean of it and the rows before: a spike of one
/// row counts 0.88 of itself, an anomaly that lasts 1.3.
const LASTING: (f64, f64) = (0.8, 0.5);
/// Rows over which that mean fades.
const LATELY: f64 = 6.0;
/// The share of rows expected above the band, and the share expected below it.
const OUTSIDE: f64 = 0.005;
/// An anomaly lasts while rows are as unusual as this.
const LASTS: f64 = 1.5;

/// The scorer's result for one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// How unusual the row is, from 0 to 1. A row worth a look has 0.5 or more, once for each
    /// event; rows that only continue a reported event stay below.
    pub score: f64,
    /// The value that was expected.
    pub expected: f64,
    /// The lowest and the highest value that would be usual.
    pub band: (f64, f64),
    /// Whether an anomaly begins with this row; the bar for that is higher than the one for a row
    /// worth a look.
    pub found: bool,
    /// The second since which the series is unusual, or the row's own.
    pub since_s: i64,
}

/// The past deviations of one channel, upwards and downwards.
#[derive(Debug, Clone, Default, PartialEq)]
struct Channel {
    up: Tail,
    down: Tail,
}

impl Channel {
    fn surprise(&self, size: f64) -> f64 {
        let surprise = self.up.surprise(size).max(self.down.surprise(-size));
        surprise.min(SUREST)
    }

    fn doubt(&mut self) {
        self.up.doubt();
        self.down.doubt();
    }

    fn learn(&mut self, size: f64, row: u32) {
        self.up.learn(size, row);
        self.down.learn(-size, row);
    }

    fn pass(&mut self, to: &mut impl Pass) -> Result<(), ScorerError> {
        self.up.pass(to)?;
        self.down.pass(to)
    }
}

/// The scorer of one series of values; [`Default`] has seen nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scorer {
    rows: u32,
    last_s: i64,
    /// The second since which rows have been unusual, 0 while they are not.
    since_s: i64,
    /// Whether the season is in force.
    seasonal: bool,
    season: Season,
    means: [f64; SPANS.len()],
    channels: [Channel; WEIGHTS.len()],
    novelty: Novelty,
    /// How unusual the last rows were, as a fading mean.
    lately: f64,
    look: Alert,
    sure: Alert,
}

impl Scorer {
    /// Scores a row by the rows before it, and then learns it. `at_s` is in seconds since 1970. A
    /// `value` that is not a number is replaced by the expected value and not learnt. A row with
    /// the time of the last one is scored but not learnt; a clock may step back.
    pub fn read(&mut self, at_s: i64, value: f64) -> Reading {
        if value.is_nan() {
            let expected = self.season.outlook(at_s).expected;
            return self.clone().judge(at_s, expected);
        }
        if self.rows > 0 && at_s == self.last_s {
            return self.clone().judge(at_s, value);
        }
        self.last_s = at_s;
        self.judge(at_s, value)
    }

    fn judge(&mut self, at_s: i64, value: f64) -> Reading {
        let value = value.clamp(-LARGEST, LARGEST);
        self.rows = self.rows.saturating_add(1);
        let row = self.rows;
        if row == 1 {
            self.season.learn(at_s, value, row);
            self.means = [value; SPANS.len()];
        }
        let outlook = self.season.outlook(at_s);
        if self.seasonal {
            self.seasonal = outlook.belief >= IN_FORCE.0;
        } else if outlook.belief > IN_FORCE.1 {
            self.seasonal = true;
            self.channels.iter_mut().for_each(Channel::doubt);
        }
        let band = (
            outlook.expected - self.channels[0].down.size_at(OUTSIDE),
            outlook.expected + self.channels[0].up.size_at(OUTSIDE),
        );
        let flat = value - outlook.swing;
        let [.., before] = self.means;
        for (mean, span) in self.means.iter_mut().zip(SPANS) {
            *mean += (flat - *mean) * (1.0 / f64::from(row)).max(1.0 / span);
        }
        let [now, hour, middle, usual, _] = self.means;
        let sizes = [
            value - outlook.expected,
            flat - before,
            now - hour,
            middle - usual,
        ];
        let mut sum = 0.0;
        for ((channel, size), weight) in self.channels.iter_mut().zip(sizes).zip(WEIGHTS) {
            sum += weight * channel.surprise(size);
            channel.learn(size, row);
        }
        let surprise = sum / WEIGHTS.iter().sum::<f64>() + self.novelty.read(at_s, value);
        if row > 1 {
            self.season.learn(at_s, value, row);
        }
        let unusual = surprise - RECURRENCE * self.season.usual_surprise(at_s);
        self.season.learn_surprise(surprise);
        self.lately += (unusual.max(0.0) - self.lately) / LATELY;
        let news = LASTING.0 * unusual + LASTING.1 * self.lately;
        let score = self.look.read(row, news, alert::LOOK);
        let found = self.sure.read(row, news, alert::SURE) >= alert::FOUND;
        if unusual < LASTS {
            self.since_s = 0;
        } else if self.since_s == 0 {
            self.since_s = at_s;
        }
        Reading {
            score,
            expected: outlook.expected,
            band,
            found,
            since_s: if self.since_s == 0 {
                at_s
            } else {
                self.since_s
            },
        }
    }

    /// Returns the scorer as bytes, the first of which is the version.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer(vec![VERSION]);
        let passed = self.clone().pass(&mut to, VERSION);
        debug_assert_eq!(
            passed,
            Ok(()),
            "a scorer holds only numbers that it can store"
        );
        to.0
    }

    /// Reads what [`Scorer::encode`] wrote.
    ///
    /// # Errors
    /// Bytes of another version, of another length, or with impossible numbers are refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, ScorerError> {
        let version = match bytes.first() {
            None => return Err(ScorerError::Empty),
            Some(&version @ (FIRST | VERSION)) => version,
            Some(&other) => return Err(ScorerError::Version(other)),
        };
        let mut from = Reader { bytes, at: 1 };
        let mut scorer = Self::default();
        scorer.pass(&mut from, version)?;
        if from.at == bytes.len() {
            Ok(scorer)
        } else {
            Err(ScorerError::Length(bytes.len()))
        }
    }

    fn pass(&mut self, to: &mut impl Pass, version: u8) -> Result<(), ScorerError> {
        to.rows(&mut self.rows)?;
        to.time(&mut self.last_s)?;
        to.time(&mut self.since_s)?;
        let mut seasonal = u8::from(self.seasonal);
        to.byte(&mut seasonal)?;
        self.seasonal = seasonal != 0;
        self.season.pass(to)?;
        let (mut dropped_mean, mut dropped_channel) = (0.0, Channel::default());
        for (place, mean) in self.means.iter_mut().enumerate() {
            if version == FIRST && place == DROPPED_MEANS {
                to.number(&mut dropped_mean)?;
                to.number(&mut dropped_mean)?;
            }
            to.number(mean)?;
        }
        for (place, channel) in self.channels.iter_mut().enumerate() {
            if version == FIRST && place == DROPPED_CHANNEL {
                dropped_channel.pass(to)?;
            }
            channel.pass(to)?;
        }
        self.novelty.pass(to)?;
        if version != FIRST {
            to.number(&mut self.lately)?;
            if self.lately < 0.0 {
                return Err(to.impossible());
            }
        }
        self.look.pass(to)?;
        self.sure.pass(to)
    }
}
