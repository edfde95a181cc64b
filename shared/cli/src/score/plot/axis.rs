//! The positions and labels of grid lines: round numbers, and round dates and times.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps of the time axis that are of one length, in milliseconds.
const STEPS: [i64; 22] = [
    1,
    10,
    100,
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
];

/// Steps of whole months, beyond [`STEPS`].
const MONTHS: [i64; 10] = [1, 3, 6, 12, 24, 60, 120, 600, 1_200, 12_000];

/// A Monday, from which weeks are counted.
const MONDAY: i64 = 4 * DAY;

/// A line of the time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) at_ms: i64,
    pub(super) label: String,
    /// The day, month or year that begins here, where the label does not say it.
    pub(super) below: Option<String>,
}

/// Returns at most about `most` moments from `first` to `last`, in milliseconds since the epoch, in UTC.
pub(super) fn moments(first: i64, last: i64, most: i64) -> Vec<Moment> {
    let least = match last - first {
        // There is only one moment, so its fractions of a second are left out.
        0 => SECOND - 1,
        span => span / most.max(1),
    };
    let (times, form, below) = if let Some(&step) = STEPS.iter().find(|step| **step > least) {
        let origin = if step % (7 * DAY) == 0 { MONDAY } else { 0 };
        let start = first - (first - origin).rem_euclid(step);
        let (form, below) = match step {
            ..SECOND => ("%H:%M:%S%.3f", "%-d %b %Y"),
            SECOND..MINUTE => ("%H:%M:%S", "%-d %b %Y"),
            MINUTE..DAY => ("%H:%M", "%a %-d %b"),
            _ => ("%-d %b", "%Y"),
        };
        let times: Vec<i64> = (0..=most + 2).map(|n| start + n * step).collect();
        (times, form, below)
    } else {
        let step = MONTHS.iter().find(|step| **step * 30 * DAY > least);
        let step = step.copied().unwrap_or(12_000);
        let form = if step < 12 { "%b" } else { "%Y" };
        (months(first, step, most), form, "%Y")
    };
    let mut said = String::new();
    let inside = times.into_iter().filter(|at| (first..=last).contains(at));
    inside
        .map(|at_ms| {
            let label = show(at_ms, form);
            let day = show(at_ms, below);
            let new = day != said && form != below;
            said.clone_from(&day);
            Moment {
                at_ms,
                label,
                below: new.then_some(day),
            }
        })
        .collect()
}

/// Returns the beginnings of months around a moment and after it.
fn months(first: i64, step: i64, most: i64) -> Vec<i64> {
    let start = civil(first).date().first_of_month();
    let month = i64::from(start.month()) - 1 + 12 * i64::from(start.year());
    let back = month.rem_euclid(step);
    (0..=most + 2)
        .filter_map(|n| {
            let at = start.checked_add((n * step - back).months()).ok()?;
            let at = Offset::UTC.to_timestamp(at.at(0, 0, 0, 0)).ok()?;
            Some(at.as_millisecond())
        })
        .collect()
}

fn civil(at_ms: i64) -> DateTime {
    // Moments come from readable timestamps, and a tick beyond the calendar's end is not drawn.
    let at = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::MAX);
    Offset::UTC.to_datetime(at)
}

/// Returns a moment in a form of `strftime`.
pub(super) fn show(at_ms: i64, form: &str) -> String {
    civil(at_ms).strftime(form).to_string()
}

/// A line of the axis of values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Gridline {
    pub(super) value: f64,
    pub(super) label: String,
}

/// Returns at most about `most` round numbers from `low` to `high`.
pub(super) fn levels(low: f64, high: f64, most: u32) -> Vec<Gridline> {
    // Halves, so that the distance between the largest numbers is a number too.
    let rough = (high / 2.0 - low / 2.0) / f64::from(most.max(1)) * 2.0;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let power = 10_f64.powi(rough.log10().floor() as i32);
    let round = [1.0, 2.0, 5.0, 10.0].map(|n| n * power);
    let Some(step) = round.into_iter().find(|step| *step >= rough * 0.999) else {
        return Vec::new();
    };
    let largest = low.abs().max(high.abs());
    // A multiple of a step is seldom exact: one that misses the edge by this little is on the edge.
    let close = step * 1e-6;
    let (low, high) = ((low - close).max(-f64::MAX), (high + close).min(f64::MAX));
    let from = (low / step).ceil();
    (0..=most + 1)
        .map(|n| (from + f64::from(n)) * step)
        .filter(|value| (low..=high).contains(value))
        .map(|value| Gridline {
            value,
            label: number(value, step, largest),
        })
        .collect()
}

/// Returns a number as people write it, with the digits that a step of this size needs, in the unit
/// of the largest number on the axis.
pub(super) fn number(value: f64, step: f64, largest: f64) -> String {
    // A rounding rest of a subtraction counts as zero.
    if value.abs() < step * 1e-9 {
        return "0".to_owned();
    }
    let (unit, suffix) = match largest {
        1e15.. => return format!("{value:.1e}"),
        1e12.. => (1e12, " T"),
        1e9.. => (1e9, " G"),
        1e6.. => (1e6, " M"),
        1e4.. => (1e3, " k"),
        1e-4.. => (1.0, ""),
        _ => return format!("{value:.1e}"),
    };
    let decimals = (-(step / unit).log10().floor()).clamp(0.0, 6.0) as usize;
    let text = format!("{:.decimals$}", value / unit);
    let text = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        &text
    };
    format!("{text}{suffix}").replace('-', "\u{2212}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn levels_are_round_numbers() {
        for (low, high, expected) in [
            (0.0, 1.0, "0 0.2 0.4 0.6 0.8 1"),
            (-3.2, 7.9, "\u{2212}2 0 2 4 6"),
            (0.0, 23_456.0, "0 5 k 10 k 15 k 20 k"),
            (99.9, 100.1, "99.9 99.95 100 100.05 100.1"),
            (1.2e6, 4.7e6, "2 M 3 M 4 M"),
            (0.0, 2e-7, "0 5.0e-8 1.0e-7 1.5e-7 2.0e-7"),
            (5.0, 5.0, ""),
            (
                -f64::MAX,
                -f64::MAX / 2.0,
                "-1.6e308 -1.4e308 -1.2e308 -1.0e308",
            ),
        ] {
            let shown: Vec<String> = levels(low, high, 6).into_iter().map(|l| l.label).collect();
            assert_eq!(shown.join(" "), expected, "{low} to {high}");
        }
    }

    #[test]
    fn moments_are_those_that_people_speak_of() {
        let start = 1_392_336_000_000; // Fri 14 Feb 2014
        for (first, last, expected) in [
            (
                start,
                start + 2 * HOUR,
                "00:00 (Fri 14 Feb) 00:30 01:00 01:30 02:00",
            ),
            (
                start + HOUR,
                start + 26 * HOUR,
                "06:00 (Fri 14 Feb) 12:00 18:00 00:00 (Sat 15 Feb)",
            ),
            (start, start + 28 * DAY, "17 Feb (2014) 24 Feb 3 Mar 10 Mar"),
            (start, start + 400 * DAY, "Apr (2014) Jul Oct Jan (2015)"),
            (start, start + 4_000 * DAY, "2015 2020 2025"),
            (
                start,
                start + 40 * SECOND,
                "00:00:00 (14 Feb 2014) 00:00:15 00:00:30",
            ),
            (start, start, "00:00:00 (14 Feb 2014)"),
        ] {
            let moments = moments(first, last, 5);
            let show = |moment: Moment| match moment.below {
                None => moment.label,
                Some(below) => format!("{} ({below})", moment.label),
            };
            let shown: Vec<String> = moments.into_iter().map(show).collect();
            assert_eq!(shown.join(" "), expected);
        }
    }

    proptest! {
        #[test]
        fn any_span_has_few_moments(first in -62_135_596_800_000_i64..253_402_300_799_000, length in 0..500_000_000_000_000_i64) {
            let last = (first + length).min(253_402_300_799_000);
            prop_assert!(moments(first, last, 10).len() <= 13);
        }

        #[test]
        fn any_range_has_few_levels(low in any::<f64>(), high in any::<f64>()) {
            prop_assert!(levels(low, high, 6).len() <= 8);
        }
    }
}
