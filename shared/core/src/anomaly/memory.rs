//! A memory takes the last rows as one short pattern and returns how far it is from the patterns
//! that it remembers.
//!
//! The patterns are delay embeddings: the means of the last few spans of rows, alone or with how restless the span was
//! or with the time of day. The memory is a uniform sample of the whole past (Vitter 1985, algorithm R, with Weyl's
//! evenly spread sequence in place of chance); the novelty is the distance to the second-nearest pattern, as in the nearest-neighbour
//! detectors of Burnaev & Ishimtsev (2016).

use std::sync::LazyLock;

use super::codec::Pass;
use super::frame::{Frame, restless, squash, step, stretch};
use super::rank::{LEAST, Rank};
use super::window::Window;
use super::{DAY_S, ScorerError};

/// The most patterns that are remembered.
const PATTERNS: usize = 128;
/// The age in rows at which a pattern is remembered; a shorter pattern is remembered at the age of
/// its own length.
pub(super) const LAG: usize = 72;
/// The fewest patterns from which a novelty is returned.
const SPEAKS_FROM: usize = 8;
/// Steps to one usual spread, in which patterns are compared.
const STEPS: f64 = 100.0;
/// Steps to a day: two hours apart weighs as much as one usual spread.
const DAY_STEPS: i16 = 12 * STEPS as i16;
/// The codes of a day, which are as many steps apart as a day has.
const DAY_CODES: i16 = 200;
/// A remembered number is one byte, code = 40 asinh(32 x / 40): codes are 1 / 32 of a spread apart
/// near the middle, and farther apart from 40 on, so that 215 spreads still differ from 200.
const CODES: (f64, f64) = (40.0, 40.0 / 32.0);
/// Steps from one code of a day to the next.
const HOUR_CODE: i32 = (DAY_STEPS / DAY_CODES) as i32;
/// The values of the codes from -127 to 127, in steps; -128, which is never written, counts as
/// -127.
static MEANT: LazyLock<[i16; 256]> = LazyLock::new(|| {
    let meant = |code: usize| meant(code as u8 as i8) * STEPS;
    std::array::from_fn(|code| meant(code).round() as i16)
});

/// The further content of a pattern, besides the means of its spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    /// Nothing else.
    Nothing,
    /// The mean step between the rows of the span.
    Steps,
    /// The time of day.
    Hour,
}

/// The most numbers that a pattern has.
const WIDEST: usize = 4;
/// The numbers of a pattern, zero beyond its width.
type Pattern = [f64; WIDEST];

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

    /// Returns the pattern that ended `back` rows ago: means as squashed spreads above the middle, then what else
    /// there is.
    fn pattern(&self, window: &Window, back: usize, at_s: i64) -> Pattern {
        let mut pattern = Pattern::default();
        for (i, mean) in pattern[..self.spans].iter_mut().enumerate() {
            *mean = squash(window.mean(back + i * self.span, self.span));
        }
        pattern[self.spans] = match self.with {
            With::Nothing => 0.0,
            With::Steps => restless(window.step(back, self.span)),
            With::Hour => (at_s.rem_euclid(DAY_S) * i64::from(DAY_CODES) / DAY_S) as f64,
        };
        pattern
    }

    fn codes(&self, pattern: &Pattern) -> [i8; WIDEST] {
        let mut codes = pattern.map(code);
        if self.with == With::Hour {
            codes[self.spans] = (pattern[self.spans] as i16 - DAY_CODES / 2) as i8;
        }
        codes
    }

    /// Returns how far the known pattern is from the one given in steps.
    fn distance(&self, known: &[i8], steps: [i16; WIDEST], meant: &[i16; 256]) -> i32 {
        let mut sum = 0;
        for (code, step) in known[..self.spans].iter().zip(steps) {
            sum += (i32::from(meant[usize::from(*code as u8)]) - i32::from(step)).abs();
        }
        let Some(code) = known.get(self.spans) else {
            return sum;
        };
        let step = i32::from(steps[self.spans]);
        if self.with == With::Hour {
            let known = (i32::from(*code) + i32::from(DAY_CODES / 2)) * HOUR_CODE;
            let apart = (known - step).abs();
            sum + apart.min((i32::from(DAY_STEPS) - apart).abs())
        } else {
            sum + (i32::from(meant[usize::from(*code as u8)]) - step).abs()
        }
    }
}

/// The remembered patterns of one shape, and the ranks of their novelty.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Memory {
    codes: Vec<i8>,
    met: u32,
    rank: Rank,
}

impl Memory {
    /// Scores the pattern that ends with the window's last row, then learns it; returns its
    /// surprise.
    pub(super) fn read(&mut self, shape: &Shape, window: &Window, at_s: i64) -> f64 {
        let length = shape.span * shape.spans;
        if window.len() <= length {
            return 0.0;
        }
        let lag = length.min(LAG);
        let now = shape.pattern(window, 0, at_s);
        let mut steps = now.map(|x| (x * STEPS).round() as i16);
        if shape.with == With::Hour {
            steps[shape.spans] = now[shape.spans] as i16 * HOUR_CODE as i16;
        }
        let meant = &*MEANT;
        let mut near = [i32::MAX; 2];
        for known in self.codes.chunks_exact(shape.width()) {
            let apart = shape.distance(known, steps, meant);
            if apart < near[0] {
                near = [apart, near[0]];
            } else if apart < near[1] {
                near[1] = apart;
            }
        }
        // A pattern is remembered only when the next ones no longer overlap it; otherwise a slow
        // change would match itself.
        match shape.with {
            With::Hour => self.keep(shape, &now),
            _ if window.len() > length + lag => {
                self.keep(shape, &shape.pattern(window, lag, at_s));
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

    fn keep(&mut self, shape: &Shape, pattern: &Pattern) {
        let (width, codes) = (shape.width(), shape.codes(pattern));
        self.met = self.met.saturating_add(1);
        if self.codes.len() < PATTERNS * width {
            self.codes.extend(&codes[..width]);
            return;
        }
        let place = place(self.met);
        if place < PATTERNS {
            self.codes[place * width..][..width].copy_from_slice(&codes[..width]);
        }
    }

    /// Returns the remembered single rows, in usual spreads above the middle.
    pub(super) fn sample(&self) -> impl Iterator<Item = f64> {
        self.codes.iter().map(|code| stretch(meant(*code)))
    }

    /// Converts the memory to another frame.
    pub(super) fn move_to(&mut self, shape: &Shape, from: &Frame, to: &Frame) {
        for pattern in self.codes.chunks_exact_mut(shape.width()) {
            let (spans, with) = pattern.split_at_mut(shape.spans);
            for kept in spans {
                *kept = code(squash(to.above(from.value(stretch(meant(*kept))))));
            }
            if let (With::Steps, Some(kept)) = (shape.with, with.first_mut()) {
                *kept = code(restless(from.scaled(step(meant(*kept)), to)));
            }
        }
    }

    pub(super) fn pass(&mut self, shape: &Shape, to: &mut impl Pass) -> Result<(), ScorerError> {
        to.rows(&mut self.met)?;
        let width = shape.width();
        to.list(&mut self.codes, PATTERNS * width, width, Pass::small)?;
        self.rank.pass(to)
    }
}

/// Returns the code of a number of spreads.
fn code(x: f64) -> i8 {
    let (linear, size) = CODES;
    ((x / size).asinh() * linear).round().clamp(-127.0, 127.0) as i8
}

/// Returns the value of a code, in spreads.
fn meant(code: i8) -> f64 {
    let (linear, size) = CODES;
    (f64::from(code.max(-127)) / linear).sinh() * size
}

/// Returns the place, below `met`, at which the pattern number `met` is stored: `met` times the
/// fraction of `met` times the golden ratio, so that places are spread evenly over any stretch of
/// the past (Weyl's sequence).
fn place(met: u32) -> usize {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let fraction = u64::from(met).wrapping_mul(GOLDEN);
    ((u128::from(fraction) * u128::from(met)) >> 64) as usize
}
