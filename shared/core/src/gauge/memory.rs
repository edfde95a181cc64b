//! A memory sees the last rows as one short pattern and says how far it is from any pattern it remembers.
//!
//! The patterns are delay embeddings: the means of the last few spans of rows, alone or with how restless the span was
//! or with the time of day. The memory is a uniform sample of the whole past (Vitter 1985, algorithm R, with a fixed
//! hash in place of chance); the novelty is the distance to the second-nearest pattern, as in the nearest-neighbour
//! detectors of Burnaev & Ishimtsev (2016).

use super::codec::Pass;
use super::frame::{Frame, STEPS};
use super::rank::{LEAST, Rank};
use super::window::Window;
use super::{DAY_S, GaugeError};

/// Patterns that are remembered.
const PATTERNS: usize = 128;
/// Rows after which a pattern is old enough to be remembered, if it is not shorter itself.
pub(super) const LAG: usize = 72;
/// Patterns below which nothing is said yet.
const SPEAKS_FROM: usize = 8;
/// Codes to a day: two hours apart weighs as much as one usual spread.
const DAY_CODES: i64 = 12 * STEPS as i64;

/// What a pattern holds besides the means of its spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    /// Nothing else.
    Nothing,
    /// How much the rows of the span step about.
    Steps,
    /// The time of day.
    Hour,
}

/// The shape of a pattern: so many spans of so many rows each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) span: usize,
    pub(super) spans: usize,
    pub(super) with: With,
}

impl Shape {
    fn width(&self) -> usize {
        self.spans + usize::from(self.with != With::Nothing)
    }

    /// Returns the pattern that ended `back` rows ago.
    fn pattern(&self, window: &Window, frame: &Frame, back: usize, at_s: i64) -> Vec<i16> {
        let mut codes: Vec<i16> = (0..self.spans)
            .map(|i| frame.code(window.mean(back + i * self.span, self.span)))
            .collect();
        match self.with {
            With::Nothing => {}
            With::Steps => codes.push(frame.step_code(window.step(back, self.span))),
            With::Hour => {
                codes.push((at_s.rem_euclid(DAY_S) * DAY_CODES / DAY_S) as i16);
            }
        }
        codes
    }

    fn distance(&self, one: &[i16], other: &[i16]) -> i32 {
        let mut sum = 0;
        for (i, (a, b)) in one.iter().zip(other).enumerate() {
            let apart = (i32::from(*a) - i32::from(*b)).abs();
            sum += if self.with == With::Hour && i == self.spans {
                apart.min(DAY_CODES as i32 - apart)
            } else {
                apart
            };
        }
        sum
    }
}

/// The patterns of one shape that were met, and how new they were.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Memory {
    codes: Vec<i16>,
    met: f64,
    rank: Rank,
}

impl Memory {
    /// Judges the pattern that ends with the window's last row, then learns; returns its surprise.
    pub(super) fn read(&mut self, shape: &Shape, window: &Window, frame: &Frame, at_s: i64) -> f64 {
        let length = shape.span * shape.spans;
        if window.len() <= length {
            return 0.0;
        }
        let lag = length.min(LAG);
        let now = shape.pattern(window, frame, 0, at_s);
        let mut near = [i32::MAX; 2];
        for known in self.codes.chunks_exact(shape.width()) {
            let apart = shape.distance(known, &now);
            if apart < near[0] {
                near = [apart, near[0]];
            } else if apart < near[1] {
                near[1] = apart;
            }
        }
        // A pattern is kept only when the next ones no longer overlap it, or a slow change would find itself.
        match shape.with {
            With::Hour => self.keep(&now),
            _ if window.len() > length + lag => {
                self.keep(&shape.pattern(window, frame, lag, at_s));
            }
            _ => {}
        }
        if self.codes.len() < SPEAKS_FROM * shape.width() || near[1] == i32::MAX {
            return 0.0;
        }
        let novelty = f64::from(near[1]) / STEPS / shape.spans as f64 + LEAST;
        let surprise = self.rank.surprise(novelty);
        self.rank.learn(novelty);
        surprise
    }

    fn keep(&mut self, pattern: &[i16]) {
        self.met += 1.0;
        if self.codes.len() < PATTERNS * pattern.len() {
            self.codes.extend(pattern);
            return;
        }
        let place = (scatter(self.met as u64) % (self.met as u64).max(1)) as usize;
        if place < PATTERNS {
            self.codes[place * pattern.len()..][..pattern.len()].copy_from_slice(pattern);
        }
    }

    /// Returns the remembered values, of single rows.
    pub(super) fn values<'a>(&'a self, frame: &'a Frame) -> impl Iterator<Item = f64> + 'a {
        self.codes.iter().map(|code| frame.value(*code))
    }

    /// Writes the memory anew for another frame.
    pub(super) fn move_to(&mut self, shape: &Shape, from: &Frame, to: &Frame) {
        for pattern in self.codes.chunks_exact_mut(shape.width()) {
            let (spans, with) = pattern.split_at_mut(shape.spans);
            for code in spans {
                *code = to.code(from.value(*code));
            }
            if let (With::Steps, Some(code)) = (shape.with, with.first_mut()) {
                *code = to.step_code(from.step(*code));
            }
        }
    }

    pub(super) fn pass(&mut self, shape: &Shape, to: &mut impl Pass) -> Result<(), GaugeError> {
        to.number(&mut self.met)?;
        let width = shape.width();
        to.list(&mut self.codes, PATTERNS * width, width, Pass::code)?;
        self.rank.pass(to)
    }
}

/// Returns a number that looks random (the finalizer of SplitMix64).
fn scatter(x: u64) -> u64 {
    let mut z = x.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z >> 33
}
