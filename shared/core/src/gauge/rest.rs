//! When a gauge speaks: once to an event, and the lower the more often the like was said before.

use super::GaugeError;
use super::codec::Pass;

/// Events that are remembered.
const EVENTS: usize = 32;
/// An event lasts this share of the rows seen: what is short for an old series is long for a young one.
const SPAN: f64 = 0.03;
/// How much more unusual a row must be to be heard while an event lasts.
const OVER: f64 = 0.2;
/// The share of an event's span after which its bar falls, and how fast it does, in decades to a span.
const HOLD: f64 = 0.7;
const FALL: f64 = 2.7;
/// Rows that are less unusual are no event.
const LEAST: f64 = 0.33;
/// An event is half forgotten after about a fifth of the rows seen.
const FADE: f64 = 0.3;
/// Events count as alike when they differ by less than this.
const ALIKE: f64 = 0.33;
/// How much a doubling of like events takes from the next, over ln 2.
const RISE: f64 = 0.33;

/// An event that was told.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Event {
    unusual: f32,
    row: u32,
}

/// The events that were told.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rest {
    /// The oldest first.
    events: Vec<Event>,
}

impl Rest {
    /// Returns how much a row is worth saying, 0 while what was said before holds.
    pub(super) fn weigh(&mut self, unusual: f64, row: u32) -> f64 {
        let rows = f64::from(row);
        let age = |event: &Event| f64::from(row.saturating_sub(event.row));
        let span = SPAN * rows;
        let last = self.events.last().copied();
        let bar = last.map_or(LEAST, |last| {
            let past = (age(&last) / span - HOLD).max(0.0);
            LEAST.max(f64::from(last.unusual) + OVER - FALL * past)
        });
        if unusual <= bar {
            return 0.0;
        }
        let like = |event: &Event| {
            let above = (unusual - f64::from(event.unusual)) / ALIKE;
            (-age(event) / (FADE * rows)).exp() / (1.0 + 10_f64.powf(above))
        };
        let alike: f64 = self.events.iter().map(like).sum();
        if last.is_some_and(|last| age(&last) < span) {
            self.events.pop();
        } else if self.events.len() == EVENTS {
            self.events.remove(0);
        }
        let unusual_kept = unusual as f32;
        self.events.push(Event {
            unusual: unusual_kept,
            row,
        });
        (unusual - RISE * alike.ln_1p()).max(0.0)
    }

    pub(super) fn pass(&mut self, to: &mut impl Pass) -> Result<(), GaugeError> {
        let mut count = self.events.len() as u8;
        to.byte(&mut count)?;
        if usize::from(count) > EVENTS {
            return Err(to.impossible());
        }
        self.events.resize(count.into(), Event::default());
        for event in &mut self.events {
            to.short(&mut event.unusual)?;
            to.rows(&mut event.row)?;
        }
        Ok(())
    }
}
