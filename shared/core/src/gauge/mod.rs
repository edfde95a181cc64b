//! A gauge watches one series of plain values (a metric, a latency, a queue's depth) and says how unusual each row is.
//!
//! Several channels at several time scales see the row (against its level and hour, against the row before, short
//! means against long ones, spread against usual spread). Each is ranked in its own past, so that a wild series alarms
//! no more often than a quiet one; what they say together is ranked again. After an alert the gauge rests.

mod codec;
mod tail;

pub use codec::GaugeError;

use codec::{Pass, Reader, Writer};
use tail::Tail;

const VERSION: u8 = 1;
const CHANNELS: usize = 6;
const HOURS: usize = 24;
/// Rows over which the short and long means fade.
const SPANS: [f64; 4] = [1.5, 6.0, 36.0, 288.0];
/// A row is judged with this bound on its size, so that sums stay finite.
const LARGEST: f64 = 1e100;
/// From this score on, an anomaly begins.
const FOUND: f64 = 0.6;

/// What a gauge says of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// How unusual the row is, from 0 to 1; 0 while the gauge rests.
    pub score: f64,
    /// The value that was expected.
    pub expected: f64,
    /// The lowest and the highest value that would be usual.
    pub band: (f64, f64),
    /// Whether an anomaly begins with this row.
    pub found: bool,
    /// The second since which the row's anomaly lasts, or the row's own.
    pub since_s: i64,
}

/// A fading mean: plain while young, then exponential.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Mean {
    value: f64,
    rows: f32,
}

impl Mean {
    fn add(&mut self, x: f64, span: f64) {
        self.rows = (self.rows + 1.0).min(1e6);
        self.value += (x - self.value) * (1.0 / f64::from(self.rows)).max(1.0 / span);
    }

    fn pass(&mut self, to: &mut impl Pass) -> Result<(), GaugeError> {
        to.wide(&mut self.value, f64::MIN)?;
        to.narrow(&mut self.rows)
    }
}

/// The judge of one series of values; [`Default`] has seen nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gauge {
    rows: f64,
    before: f64,
    last_s: i64,
    level: Mean,
    offset: Mean,
    means: [Mean; 4],
    spreads: [Mean; 2],
    hours: [Mean; HOURS],
    tails: [Tail; CHANNELS],
    together: Tail,
    bar: f64,
    rested: f64,
    peak: f64,
    since_s: i64,
}

impl Gauge {
    /// Judges a row and then learns it. Rows come in order; one that is not later than the last is judged only.
    pub fn read(&mut self, at_s: i64, value: f64) -> Reading {
        let value = value.clamp(-LARGEST, LARGEST);
        let hour = (at_s.rem_euclid(86_400) / 3_600) as usize;
        if self.rows > 0.0 && at_s == self.last_s {
            return self.clone().judge(at_s, hour, value);
        }
        let reading = self.judge(at_s, hour, value);
        self.last_s = at_s;
        reading
    }

    fn judge(&mut self, at_s: i64, hour: usize, value: f64) -> Reading {
        let first = self.rows < 1.0;
        if first {
            self.before = value;
            self.level.value = value;
        }
        let cell = self.hours[hour];
        let expected = if cell.rows >= 3.0 {
            cell.value + self.offset.value
        } else {
            self.level.value
        };
        let difference = (value - self.before).abs();
        for (mean, span) in self.means.iter_mut().zip(SPANS) {
            mean.add(value, span);
        }
        self.spreads[0].add(difference, 12.0);
        self.spreads[1].add(difference, 300.0);
        let [_, short, middle, long] = self.means.map(|mean| mean.value);
        let [now, usual] = self.spreads.map(|spread| spread.value);
        let spread = if usual > 0.0 {
            (now / usual).max(1e-9).ln().abs()
        } else {
            0.0
        };
        let sizes = [
            (value - self.level.value).abs(),
            (value - expected).abs(),
            difference,
            (short - middle).abs(),
            (middle - long).abs(),
            spread,
        ];
        let mut sum = 0.0;
        for (tail, size) in self.tails.iter_mut().zip(sizes) {
            sum += tail.surprise(size).min(6.0);
            tail.learn(size);
        }
        let surprise = self.together.surprise(sum);
        self.together.learn(sum);
        self.level.add(value, 30.0);
        self.offset.add(
            if cell.rows >= 3.0 {
                value - cell.value
            } else {
                0.0
            },
            200.0,
        );
        self.hours[hour].add(value, 60.0);
        self.before = value;
        self.rows += 1.0;
        let score = self.rest(at_s, surprise.min(12.0));
        let width = 3.0 * usual;
        let found = score >= FOUND;
        if found {
            self.since_s = at_s;
        }
        let since_s = if found || self.rested > 12.0 {
            at_s
        } else {
            self.since_s
        };
        Reading {
            score,
            expected,
            band: (expected - width, expected + width),
            found,
            since_s,
        }
    }

    fn rest(&mut self, at_s: i64, surprise: f64) -> f64 {
        let unusual = surprise - self.rows.log10() + 3.0;
        self.rested += 1.0;
        self.bar -= self.bar / (0.1 * self.rows + 1.0);
        let resting = self.rows > 1.0 && self.since_s != 0 && self.rested < 0.03 * self.rows;
        let over = if resting && unusual < self.peak + 1.0 {
            0.0
        } else {
            (unusual - self.bar).max(0.0)
        };
        if over > 1.5 {
            self.rested = 0.0;
            self.peak = unusual;
            self.bar += 0.3;
            self.since_s = at_s;
        }
        (over / (1.0 + over)).clamp(0.0, 1.0)
    }

    /// Returns the gauge as bytes, the first of which is the version.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Writer(vec![VERSION]);
        // A writer takes every field.
        let _ = self.clone().pass(&mut to);
        to.0
    }

    /// Reads what [`Gauge::encode`] wrote.
    ///
    /// # Errors
    /// Bytes of another version, of another length, or with impossible numbers are refused.
    pub fn decode(bytes: &[u8]) -> Result<Self, GaugeError> {
        match bytes.first() {
            None => return Err(GaugeError::Empty),
            Some(&VERSION) => {}
            Some(&other) => return Err(GaugeError::Version(other)),
        }
        let mut from = Reader { bytes, at: 1 };
        let mut gauge = Self::default();
        gauge.pass(&mut from)?;
        if from.at == bytes.len() {
            Ok(gauge)
        } else {
            Err(GaugeError::Length(bytes.len()))
        }
    }

    fn pass(&mut self, to: &mut impl Pass) -> Result<(), GaugeError> {
        to.wide(&mut self.rows, 0.0)?;
        to.wide(&mut self.before, f64::MIN)?;
        to.seconds(&mut self.last_s)?;
        self.level.pass(to)?;
        self.offset.pass(to)?;
        self.means.iter_mut().try_for_each(|mean| mean.pass(to))?;
        self.spreads.iter_mut().try_for_each(|mean| mean.pass(to))?;
        self.hours.iter_mut().try_for_each(|mean| mean.pass(to))?;
        self.tails.iter_mut().try_for_each(|tail| tail.pass(to))?;
        self.together.pass(to)?;
        to.wide(&mut self.bar, 0.0)?;
        to.wide(&mut self.rested, 0.0)?;
        to.wide(&mut self.peak, f64::MIN)?;
        to.seconds(&mut self.since_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_at_any_row_changes_nothing() {
        let mut straight = Gauge::default();
        let mut cut = Gauge::default();
        for row in 0..1_500_i64 {
            let value = ((row * 7_919) % 101) as f64 + if row == 1_200 { 900.0 } else { 0.0 };
            let stored = cut.encode();
            cut = Gauge::decode(&stored).expect("what was stored is read");
            assert!(stored.len() <= 4_096, "{} bytes", stored.len());
            assert_eq!(cut.read(row * 300, value), straight.read(row * 300, value));
        }
    }
}
