//! The bar at which a surprise becomes an alert: it rises with each alert and sinks with time, and
//! each alert is followed by a rest.
//!
//! Times are shares of the rows seen so far, because the knowledge of a series grows with its rows,
//! and so do the rests. The bar grows with the logarithm of the rows, so that every doubling of the
//! past may bring as many false alerts as the one before.

use super::ScorerError;
use super::codec::Pass;

/// The score of an alert, or more.
pub(super) const FOUND: f64 = 0.5;
/// The most rows that count as the past: a month of five-minute rows, so that a rest lasts a day at
/// most.
const KNOWN: u32 = 10_000;
/// How many rows a series needs before the first alert.
const WARM: u32 = 100;
/// The bar, after a thousand rows, for a row worth a look: missing an anomaly costs as much as ten
/// looks in vain.
pub(super) const LOOK: f64 = 3.25;
/// The bar, after a thousand rows, for the beginning of an anomaly: noise alone passes it once in
/// some weeks.
pub(super) const SURE: f64 = 8.0;
/// How much the bar grows from one power of ten of rows to the next.
const GROWS: f64 = 1.25;
/// How much an alert raises the bar.
const STEP: f64 = 0.6;
/// The share of the past in which a raised bar sinks to a third.
const SINKS: f64 = 0.4;
/// The length of the rest after an alert, as a share of the past.
const REST: f64 = 0.03;
/// An event this many times as surprising as the last alert is an alert even during the rest.
const LOUDER: f64 = 3.0;
/// An alert of this surprise scores half way between [`FOUND`] and 1.
const HALFWAY: f64 = 4.0;

/// How high the bar is, and when the last alert was.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Alert {
    raised: f64,
    /// The row of the last alert, 0 before the first.
    last: u32,
    /// The surprise of the last alert.
    told: f64,
}

impl Alert {
    /// Returns the score of row number `row`, from 1, with a bar of `bar` after a thousand rows: [`FOUND`] or more if
    /// the row is an alert, less if not.
    pub(super) fn read(&mut self, row: u32, surprise: f64, bar: f64) -> f64 {
        let rows = f64::from(row.min(KNOWN));
        self.raised -= self.raised / (SINKS * rows).max(1.0);
        let bar = bar + GROWS * (rows / 1_000.0).max(0.1).log10() + self.raised;
        let rests = self.last > 0 && f64::from(row.saturating_sub(self.last)) <= REST * rows;
        let surprise = surprise.max(0.0);
        let louder = surprise > LOUDER * self.told;
        if row < WARM || surprise <= bar || rests && !louder {
            return FOUND * (surprise / (surprise + bar)).min(0.999);
        }
        self.raised += STEP;
        self.last = row;
        self.told = surprise;
        FOUND + (1.0 - FOUND) * surprise / (surprise + HALFWAY)
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), ScorerError> {
        to.number(&mut self.raised)?;
        to.rows(&mut self.last)?;
        to.number(&mut self.told)?;
        if self.raised >= 0.0 && self.told >= 0.0 {
            Ok(())
        } else {
            Err(to.impossible())
        }
    }
}
