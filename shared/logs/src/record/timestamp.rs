//! Times as lines carry them, in milliseconds since the epoch: the one reader of all forms, for JSON, for text, and for
//! what the command is given.
//!
//! [`parse`] reads a text that is a time, `at_start` the time that a text begins with. `forms` is the table of what
//! times look like, `scan` reads their parts, and `jiff` does the arithmetic of the calendar. A time without a zone is
//! UTC. A time outside the years 2000 to 2099 is no time of a log: the clock of who wrote it was not set, or the number
//! counts something else.

mod forms;
mod scan;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(super) use self::forms::{Form, short_date};
use self::scan::Scan;
use super::Moment;

/// The times that logs are written in, in milliseconds since the epoch: from 2000-01-01 up to 2100-01-01.
const PLAUSIBLE_MS: Range<i64> = 946_684_800_000..4_102_444_800_000;

/// A time at the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    /// How it is written.
    pub(super) form: Form,
    /// Milliseconds since the epoch; `None` where the text does not say the date, where the date can be read in two
    /// ways, and where it is no time of a log.
    pub(super) ms: Option<i64>,
    /// How many bytes it takes.
    pub(super) len: usize,
    /// Whether it names its zone.
    zoned: bool,
}

/// Returns a moment in milliseconds since the epoch, or `None` where it is no time of a log.
#[must_use]
pub fn of(moment: &Moment<'_>) -> Option<i64> {
    match moment {
        Moment::Text(text) => parse(&text.text()),
        Moment::Epoch(number) => of_epoch(*number),
        Moment::Ms(ms) => plausible(*ms),
    }
}

/// Reads a text that is a time, perhaps in brackets. What stands behind a zone says the zone once more.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    whole(text).map(|(ms, _)| ms)
}

/// Reads a text that is a time, as [`parse`] does, and returns its form, too.
pub(super) fn whole(text: &str) -> Option<(i64, Form)> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    let time = at_start(text)?;
    let whole = time.len == text.len() || time.zoned;
    Some((time.ms.filter(|_| whole)?, time.form))
}

/// Reads the time that a text begins with, in any of the forms. No letter, digit or underscore follows it.
pub(super) fn at_start(text: &str) -> Option<Time> {
    forms::read(Scan::new(text))
}

/// Reads the date and the time that a text begins with, and returns what follows them. A bare number is none.
pub(super) fn dated(text: &str) -> Option<(i64, &str)> {
    let time = at_start(text).filter(|time| time.form != Form::Epoch)?;
    Some((time.ms?, &text[time.len..]))
}

/// Tells seconds, milliseconds, microseconds and nanoseconds since the epoch apart by the size of the number: only one
/// of them is a time of a log.
pub(super) fn of_epoch(number: f64) -> Option<i64> {
    [1e3, 1.0, 1e-3, 1e-6].into_iter().find_map(|to_ms| {
        // A decimal fraction of seconds is seldom exact in binary: 0.715 s may come as 0.714999.
        plausible((number * to_ms + 1e-3).floor() as i64)
    })
}

fn plausible(ms: i64) -> Option<i64> {
    PLAUSIBLE_MS.contains(&ms).then_some(ms)
}
