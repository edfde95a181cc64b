//! What times look like: the table of forms, each with its reader.

use super::scan::{Clock, Date, Scan, is_day, ms_of};
use super::{Time, of_epoch, plausible};

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::record) enum Form {
    /// `2026-11-21T08:04:03.123Z`, also with slashes or points, a blank for the `T`, any zone; and the date alone.
    Iso,
    /// `20261121T080403Z`.
    Compact,
    /// `21/Nov/2026:08:04:03 +0000`, `21-Nov-2026 08:04:03 UTC`, `21 Nov 2026 08:04:03.123`.
    DayFirst,
    /// `11/21/2026, 8:04:03 AM`, `21.11.2026 08:04:03`.
    Numbers,
    /// `08:04:03.123`, `8:04AM`: no date is written.
    Clock,
    /// A bare number: seconds to nanoseconds since the epoch, perhaps with a fraction or an exponent.
    Epoch,
    /// `Nov 21, 2026 8:04:03 AM`, `Sat Nov 21 2026 08:04:03 GMT+0000`.
    MonthFirst,
    /// `Sat Nov 21 08:04:03.123456 2026`, as C's `ctime` and Apache write it, perhaps with a zone before the year.
    Ctime,
    /// `Nov 21 08:04:03`, the time of RFC 3164: no year is written.
    Yearless,
}

/// What a reader found.
struct Reading {
    ms: Option<i64>,
    zoned: bool,
}

type Reader = fn(&mut Scan<'_>) -> Option<Reading>;

/// Forms that begin with a number and say the date, in the order in which they are tried.
const NUMBERED: [(Form, Reader); 4] = [
    (Form::Iso, iso),
    (Form::DayFirst, day_first),
    (Form::Numbers, numbers),
    (Form::Compact, compact),
];

/// Forms that begin with a number and say no date.
const UNDATED: [(Form, Reader); 2] = [(Form::Clock, clock), (Form::Epoch, epoch)];

/// Forms that begin with the name of a month.
const NAMED: [(Form, Reader); 3] = [
    (Form::MonthFirst, month_first),
    (Form::Ctime, ctime),
    (Form::Yearless, yearless),
];

/// Reads a time in the first form that it has. A day of the week may stand before a date, and says nothing that the date
/// does not.
pub(super) fn read(mut scan: Scan<'_>) -> Option<Time> {
    let first = scan.peek()?;
    if first.is_ascii_digit() {
        return first_of(&NUMBERED, scan).or_else(|| first_of(&UNDATED, scan));
    }
    if !first.is_ascii_uppercase() {
        return None;
    }
    if scan.weekday().is_some() {
        let _ = scan.byte(b',');
        scan.byte(b' ')?;
    }
    if scan.peek()?.is_ascii_digit() {
        return first_of(&NUMBERED, scan);
    }
    let mut ahead = scan;
    ahead.month()?;
    first_of(&NAMED, scan)
}

fn first_of(forms: &[(Form, Reader)], scan: Scan<'_>) -> Option<Time> {
    forms.iter().find_map(|(form, reader)| {
        let mut ahead = scan;
        let reading = reader(&mut ahead)?;
        ahead.ends().then_some(Time {
            form: *form,
            ms: reading.ms,
            len: ahead.at,
            zoned: reading.zoned,
        })
    })
}

/// Reads `261121 08:04:03`, as Tornado writes it, and returns what follows, too. Six digits and a time of day may be
/// anything, so that only who knows the writer asks for it.
pub(in crate::record) fn short_date(text: &str) -> Option<(i64, &str)> {
    let mut scan = Scan::new(text);
    let (year, month, day) = (scan.number(2, 2)?, scan.number(2, 2)?, scan.number(2, 2)?);
    let reading = time_of(&mut scan, (2000 + year, month, day))?;
    let rest = &text[scan.at..];
    scan.ends().then_some((reading.ms?, rest))
}

fn iso(scan: &mut Scan<'_>) -> Option<Reading> {
    const DATE_BYTES: usize = 10;
    let from = scan.at;
    let year = scan.number(4, 4)?;
    let mark = scan.one_of(b"-/.")?;
    let month = scan.number(1, 2)?;
    scan.byte(mark)?;
    let date = (year, month, scan.number(1, 2)?);
    let before = *scan;
    if let Some(reading) = time_of(scan, date) {
        return Some(reading);
    }
    // The date alone is a day and no moment; `2026.1.2` is a version.
    *scan = before;
    (scan.at - from == DATE_BYTES && is_day(date)).then_some(NO_MOMENT)
}

fn compact(scan: &mut Scan<'_>) -> Option<Reading> {
    let date = (scan.number(4, 4)?, scan.number(2, 2)?, scan.number(2, 2)?);
    scan.byte(b'T')?;
    let clock = scan.compact_clock()?;
    moment(scan, date, clock)
}

fn day_first(scan: &mut Scan<'_>) -> Option<Reading> {
    let day = scan.number(1, 2)?;
    let mark = scan.one_of(b"-/ ")?;
    let month = scan.month()?;
    scan.byte(mark)?;
    let date = (scan.number(4, 4)?, month, day);
    time_of(scan, date)
}

/// The month stands first where a half of the day is named, or where only that can be.
fn numbers(scan: &mut Scan<'_>) -> Option<Reading> {
    let first = scan.number(1, 2)?;
    let mark = scan.one_of(b"/.-")?;
    let second = scan.number(1, 2)?;
    scan.byte(mark)?;
    let year = scan.number(2, 4)?;
    scan.gap()?;
    let clock = scan.clock()?;
    // Spark's `26/11/21 08:04:03` may be a year or a day first.
    let (month, day) = match (first, second) {
        _ if year < 100 => return Some(unclear(scan)),
        _ if mark == b'.' => (second, first),
        (1..=12, 13..) => (first, second),
        (13.., 1..=12) => (second, first),
        _ if clock.halved || first == second => (first, second),
        _ => return Some(unclear(scan)),
    };
    moment(scan, (year, month, day), clock)
}

fn clock(scan: &mut Scan<'_>) -> Option<Reading> {
    scan.clock().map(|_| NO_MOMENT)
}

/// zap prints seconds with an exponent: `1.795248243123e+09`.
fn epoch(scan: &mut Scan<'_>) -> Option<Reading> {
    let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+');
    let length = scan.rest().iter().take_while(is_part).count();
    if !(9..=24).contains(&length) {
        return None;
    }
    let number = std::str::from_utf8(&scan.rest()[..length]).ok()?;
    let ms = of_epoch(number.parse().ok()?)?;
    scan.at += length;
    Some(Reading {
        ms: Some(ms),
        zoned: false,
    })
}

fn month_first(scan: &mut Scan<'_>) -> Option<Reading> {
    let (month, day) = month_and_day(scan)?;
    let comma = scan.byte(b',');
    scan.byte(b' ').or(comma)?;
    let date = (scan.number(4, 4)?, month, day);
    time_of(scan, date)
}

fn ctime(scan: &mut Scan<'_>) -> Option<Reading> {
    let (month, day) = month_and_day(scan)?;
    scan.byte(b' ')?;
    let clock = scan.clock()?;
    let zone = scan.zone();
    scan.byte(b' ')?;
    let year = scan.number(4, 4)?;
    let ms = plausible(ms_of((year, month, day), clock, zone.unwrap_or(0))?)?;
    Some(Reading {
        ms: Some(ms),
        zoned: zone.is_some(),
    })
}

fn yearless(scan: &mut Scan<'_>) -> Option<Reading> {
    let (_month, day) = month_and_day(scan)?;
    scan.byte(b' ')?;
    scan.clock()?;
    (1..=31).contains(&day).then(|| unclear(scan))
}

fn month_and_day(scan: &mut Scan<'_>) -> Option<(u32, u32)> {
    let month = scan.month()?;
    scan.byte(b' ')?;
    let _padding = scan.byte(b' ');
    Some((month, scan.number(1, 2)?))
}

/// Reads the time of day behind a date, and its zone.
fn time_of(scan: &mut Scan<'_>, date: Date) -> Option<Reading> {
    scan.gap()?;
    let clock = scan.clock()?;
    moment(scan, date, clock)
}

/// Reads the zone behind a date and a time of day.
fn moment(scan: &mut Scan<'_>, date: Date, clock: Clock) -> Option<Reading> {
    let zone = scan.zone();
    let ms = ms_of(date, clock, zone.unwrap_or(0))?;
    Some(Reading {
        ms: plausible(ms),
        zoned: zone.is_some(),
    })
}

/// What is found where no date is written.
const NO_MOMENT: Reading = Reading {
    ms: None,
    zoned: false,
};

/// Reads the zone behind a time whose date is not clear.
fn unclear(scan: &mut Scan<'_>) -> Reading {
    let _zone = scan.zone();
    NO_MOMENT
}
