//! How new the last rows are as patterns: at several time scales, alone, with their restlessness and with the hour.

use super::ScorerError;
use super::codec::Pass;
use super::frame::{Frame, restless, squash};
use super::memory::{Memory, Shape, With};
use super::rank::Rank;
use super::window::Window;

/// Larger values are compared as this, so that their distances from each other stay finite.
const LARGEST: f64 = 1e30;
/// Rows between two looks at the middle and the spread of the series; every row before the first look.
const LOOKS: u32 = 64;
/// Remembered rows that are enough to tell middle and spread, unless they are all alike.
const ENOUGH: usize = 64;
/// Where they are not, one in so many of the last rows is looked at, too.
const RECENT: usize = 6;
/// What is rarer than one row in ten to this power counts.
const FREE: f64 = 1.0;
/// The power to which the rest of a surprise counts: below one, so that several that agree weigh more than a loud one.
const AGREE: f64 = 0.75;
/// What is looked at; the first must be single rows, because the frame is taken from what is remembered of them.
const SHAPES: [Shape; 6] = [
    shape(1, 1, With::Nothing),
    shape(6, 3, With::Nothing),
    shape(72, 1, With::Nothing),
    shape(288, 1, With::Nothing),
    shape(48, 1, With::Steps),
    shape(6, 1, With::Hour),
];
/// Rows that are flat together.
const FLAT: usize = 12;

const fn shape(span: usize, spans: usize, with: With) -> Shape {
    Shape { span, spans, with }
}

/// What is remembered of the series as patterns.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Novelty {
    rows: u32,
    window: Window,
    frame: Frame,
    memories: [Memory; SHAPES.len()],
    low: Rank,
    flat: Rank,
}

impl Novelty {
    /// Judges a row and then learns it; returns how new all patterns that end with it are together.
    pub(super) fn read(&mut self, at_s: i64, value: f64) -> f64 {
        let value = value.clamp(-LARGEST, LARGEST);
        self.look(value);
        self.rows = self.rows.saturating_add(1);
        self.window.push(value, &self.frame);
        let mut sum = 0.0;
        for (memory, shape) in self.memories.iter_mut().zip(&SHAPES) {
            sum += counted(memory.read(shape, &self.window, at_s));
        }
        // A fall to little and a calm are seldom new, but rare.
        sum += counted(self.low.rank(-squash(self.frame.above(value))));
        if self.window.len() > FLAT {
            let step = self.window.step(0, FLAT);
            sum += 0.5 * counted(self.flat.rank(-2.0 * restless(step)));
        }
        sum
    }

    /// Takes a new frame now and then, when the series has come to look different, and at once when it first moves.
    fn look(&mut self, value: f64) {
        let due = self.rows < LOOKS || self.rows.is_multiple_of(LOOKS);
        let moves = self.frame.above(value).abs() > 1.0;
        if !(due || moves && self.window.is_flat()) {
            return;
        }
        let mut sample: Vec<f64> = self.memories[0].sample().collect();
        if sample.len() < ENOUGH || is_flat(&sample) {
            sample.extend(self.window.sample(RECENT));
        }
        for above in &mut sample {
            *above = self.frame.value(*above);
        }
        if self.rows < LOOKS || !due {
            sample.push(value);
        }
        let frame = Frame::of(sample);
        if !frame.is_near(&self.frame) {
            self.window.move_to(&self.frame, &frame);
            for (memory, shape) in self.memories.iter_mut().zip(&SHAPES) {
                memory.move_to(shape, &self.frame, &frame);
            }
            self.frame = frame;
        }
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), ScorerError> {
        to.rows(&mut self.rows)?;
        self.window.pass(to)?;
        self.frame.pass(to)?;
        for (memory, shape) in self.memories.iter_mut().zip(&SHAPES) {
            memory.pass(shape, to)?;
        }
        self.low.pass(to)?;
        self.flat.pass(to)
    }
}

/// Returns how much of a surprise counts.
fn counted(surprise: f64) -> f64 {
    (surprise - FREE).max(0.0).powf(AGREE)
}

fn is_flat(sample: &[f64]) -> bool {
    sample
        .windows(2)
        .all(|pair| pair[0].to_bits() == pair[1].to_bits())
}
