//! The novelty of the last rows as patterns: at several time scales, alone, with how much they step
//! about, and with the time of day.

use super::ScorerError;
use super::codec::Pass;
use super::frame::{Frame, restless, squash};
use super::memory::{Memory, Shape, With};
use super::rank::Rank;
use super::window::Window;

/// Larger values are replaced by this one, so that their distances from each other stay finite.
const LARGEST: f64 = 1e30;
/// How many rows lie between two updates of the frame, which is the middle and the spread of the
/// series; before that many rows it is updated at each.
const LOOKS: u32 = 64;
/// How many remembered rows suffice for the middle and the spread, unless they are all equal.
const ENOUGH: usize = 64;
/// Where they do not suffice, one in this many of the last rows is used, too.
const RECENT: usize = 6;
/// The surprise that does not count: one row in ten to this power.
const FREE: f64 = 1.0;
/// The power to which the rest of a surprise is raised: below one, so that several moderate
/// surprises weigh more than a single large one.
const AGREE: f64 = 0.75;
/// The shapes of the patterns; the first must be single rows, because the frame is computed from
/// the memory of them.
const SHAPES: [Shape; 6] = [
    shape(1, 1, With::Nothing),
    shape(6, 3, With::Nothing),
    shape(72, 1, With::Nothing),
    shape(288, 1, With::Nothing),
    shape(48, 1, With::Steps),
    shape(6, 1, With::Hour),
];
/// Over how many rows the flatness of the series is measured.
const FLAT: usize = 12;

const fn shape(span: usize, spans: usize, with: With) -> Shape {
    Shape { span, spans, with }
}

/// The remembered patterns of the series.
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
    /// Scores a row and then learns it; returns the summed novelty of all patterns that end with
    /// it.
    pub(super) fn read(&mut self, at_s: i64, value: f64) -> f64 {
        let value = value.clamp(-LARGEST, LARGEST);
        self.look(value);
        self.rows = self.rows.saturating_add(1);
        self.window.push(value, &self.frame);
        let mut sum = 0.0;
        for (memory, shape) in self.memories.iter_mut().zip(&SHAPES) {
            sum += counted(memory.read(shape, &self.window, at_s));
        }
        // A fall to small values, and a flat stretch, are seldom new patterns but are rare.
        sum += counted(self.low.rank(-squash(self.frame.above(value))));
        if self.window.len() > FLAT {
            let step = self.window.step(0, FLAT);
            sum += 0.5 * counted(self.flat.rank(-2.0 * restless(step)));
        }
        sum
    }

    /// Updates the frame at regular intervals if the series has changed its middle or spread, and
    /// at once when a flat series first moves.
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

/// Returns the part of a surprise that counts.
fn counted(surprise: f64) -> f64 {
    (surprise - FREE).max(0.0).powf(AGREE)
}

fn is_flat(sample: &[f64]) -> bool {
    sample
        .windows(2)
        .all(|pair| pair[0].to_bits() == pair[1].to_bits())
}
