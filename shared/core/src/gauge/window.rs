//! The last rows of a series, and the means over their spans.

use super::GaugeError;
use super::codec::Pass;

/// Rows that are kept: the longest span of a pattern, the age at which it is remembered, and one for the step into it.
const ROWS: usize = 361;

/// Values farther from the first are taken for this, which single precision still holds.
const FARTHEST: f64 = 1e35;

/// The last values, oldest first, as distances from the first value ever seen, so that small changes of a large number
/// survive single precision.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Window {
    anchor: f64,
    rows: Vec<f32>,
}

impl Window {
    pub(super) fn push(&mut self, value: f64) {
        if self.rows.is_empty() {
            self.anchor = value;
        }
        if self.rows.len() == ROWS {
            self.rows.remove(0);
        }
        let apart = (value - self.anchor).clamp(-FARTHEST, FARTHEST);
        self.rows.push(apart as f32);
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the mean of the `span` rows that ended `back` rows ago.
    pub(super) fn mean(&self, back: usize, span: usize) -> f64 {
        let rows = &self.rows[self.rows.len() - back - span..self.rows.len() - back];
        self.anchor + rows.iter().map(|x| f64::from(*x)).sum::<f64>() / span as f64
    }

    /// Returns the mean absolute step between the `span + 1` rows that ended `back` rows ago.
    pub(super) fn step(&self, back: usize, span: usize) -> f64 {
        let rows = &self.rows[self.rows.len() - back - span - 1..self.rows.len() - back];
        let steps = rows
            .windows(2)
            .map(|pair| (f64::from(pair[1]) - f64::from(pair[0])).abs());
        steps.sum::<f64>() / span as f64
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), GaugeError> {
        to.number(&mut self.anchor)?;
        to.list(&mut self.rows, ROWS, 1, Pass::single)
    }
}
