//! The last rows of a series in its frame, and the means over their spans.

use super::ScorerError;
use super::codec::Pass;
use super::frame::Frame;

/// Rows that are kept: the longest span of a pattern, the age at which it is remembered, and one for the step into it.
const ROWS: usize = 361;
/// Steps to a usual spread; a row that lies more than 511 spreads from the middle is taken for that.
const STEPS: f64 = 64.0;

/// The last values, oldest first, as steps above the frame's middle.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Window {
    rows: Vec<i16>,
}

impl Window {
    pub(super) fn push(&mut self, value: f64, frame: &Frame) {
        if self.rows.len() == ROWS {
            self.rows.remove(0);
        }
        self.rows.push(row(frame.above(value)));
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the mean of the `span` rows that ended `back` rows ago, in usual spreads above the middle.
    pub(super) fn mean(&self, back: usize, span: usize) -> f64 {
        let rows = &self.rows[self.rows.len() - back - span..self.rows.len() - back];
        let sum: i32 = rows.iter().map(|row| i32::from(*row)).sum();
        f64::from(sum) / (STEPS * span as f64)
    }

    /// Returns the mean absolute step between the `span + 1` rows that ended `back` rows ago, in usual spreads.
    pub(super) fn step(&self, back: usize, span: usize) -> f64 {
        let rows = &self.rows[self.rows.len() - back - span - 1..self.rows.len() - back];
        let steps = rows.iter().zip(&rows[1..]);
        let sum: i32 = steps
            .map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs())
            .sum();
        f64::from(sum) / (STEPS * span as f64)
    }

    /// Returns one in `stride` of the rows, in usual spreads above the middle.
    pub(super) fn sample(&self, stride: usize) -> impl Iterator<Item = f64> {
        let rows = self.rows.iter().rev().step_by(stride);
        rows.map(|row| f64::from(*row) / STEPS)
    }

    /// Returns whether all rows of the window are equal, so that the spread is a guess.
    pub(super) fn is_flat(&self) -> bool {
        self.rows.windows(2).all(|pair| pair[0] == pair[1])
    }

    /// Converts the window to another frame.
    pub(super) fn move_to(&mut self, from: &Frame, to: &Frame) {
        for kept in &mut self.rows {
            *kept = row(to.above(from.value(f64::from(*kept) / STEPS)));
        }
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), ScorerError> {
        to.list(&mut self.rows, ROWS, 1, Pass::code)
    }
}

fn row(spreads: f64) -> i16 {
    (spreads * STEPS).round() as i16
}
