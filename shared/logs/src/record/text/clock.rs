//! The times that servers write in front of their lines, in milliseconds since the epoch; without a zone they are UTC.

use crate::record::Moment;

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;

/// Returns a time as a record carries it.
pub(super) fn moment(ms: i64) -> Moment<'static> {
    Moment::Epoch(ms as f64)
}

/// Reads `2026-11-21T08:04:03.123Z` and its kin at the front: a blank for the `T`, slashes for the dashes, a comma
/// before the fraction, a zone or none. Returns what follows, too.
pub(super) fn iso(text: &str) -> Option<(i64, &str)> {
    let mut hand = Hand::new(text);
    let year = hand.digits(4, 4)?;
    let dash = hand.one_of(b"-/")?;
    let month = hand.digits(2, 2)?;
    hand.one_of(&[dash])?;
    let day = hand.digits(2, 2)?;
    hand.one_of(b"T ")?;
    // MariaDB pads the hour with a blank.
    let padded = hand.one_of(b" ").is_some();
    let of_day = hand.of_day(if padded { 1 } else { 2 })?;
    let zone = hand.zone();
    Some((at(year, month, day)? + of_day - zone, hand.rest()))
}

/// Reads a day and a time of day that stand apart: `2026-11-21` or `2026/11/21`, and `08:04:03`.
pub(super) fn iso_of(day: &str, of_day: &str) -> Option<i64> {
    let mut hand = Hand::new(day);
    let year = hand.digits(4, 4)?;
    let dash = hand.one_of(b"-/")?;
    let month = hand.digits(2, 2)?;
    hand.one_of(&[dash])?;
    let midnight = at(year, month, hand.digits(2, 2)?)?;
    let mut time = Hand::new(of_day);
    let ms = time.of_day(2)?;
    let whole = hand.rest().is_empty() && time.rest().is_empty();
    whole.then_some(midnight + ms)
}

/// Reads the time of the common log format and its kin: `21/Nov/2026:08:04:03 +0000`, a blank for the first colon, dashes
/// for the slashes, with a fraction or without, with a zone or without.
pub(super) fn common(text: &str) -> Option<i64> {
    let mut hand = Hand::new(text);
    let day = hand.digits(1, 2)?;
    let slash = hand.one_of(b"/-")?;
    let month = hand.month()?;
    hand.one_of(&[slash])?;
    let year = hand.digits(4, 4)?;
    hand.one_of(b": ")?;
    let of_day = hand.of_day(2)?;
    let zone = hand.zone();
    let whole = hand.rest().is_empty();
    whole.then_some(at(year, month, day)? + of_day - zone)
}

/// Reads `Sat Nov 21 08:04:03.123456 2026`, as C's `ctime` and Apache write it.
pub(super) fn ctime(text: &str) -> Option<i64> {
    let text = text.get(4..)?;
    let mut hand = Hand::new(text);
    let month = hand.month()?;
    hand.one_of(b" ")?;
    let _padding = hand.one_of(b" ");
    let day = hand.digits(1, 2)?;
    hand.one_of(b" ")?;
    let of_day = hand.of_day(2)?;
    hand.one_of(b" ")?;
    let year = hand.digits(4, 4)?;
    let whole = hand.rest().is_empty();
    whole.then_some(at(year, month, day)? + of_day)
}

/// Reads `21 Nov 2026 08:04:03.123` at the front, as Redis writes it. Returns what follows, too.
pub(super) fn spoken(text: &str) -> Option<(i64, &str)> {
    let mut hand = Hand::new(text);
    let day = hand.digits(1, 2)?;
    hand.one_of(b" ")?;
    let month = hand.month()?;
    hand.one_of(b" ")?;
    let year = hand.digits(4, 4)?;
    hand.one_of(b" ")?;
    let of_day = hand.of_day(2)?;
    Some((at(year, month, day)? + of_day, hand.rest()))
}

/// Reads `Sat, 21 Nov 2026 08:04:03 GMT`, as HTTP, Vert.x and morgan's `:date[web]` write it.
pub(super) fn web(text: &str) -> Option<i64> {
    let (weekday, rest) = text.split_once(", ")?;
    let (ms, rest) = spoken(rest)?;
    (weekday.len() == 3 && rest == " GMT").then_some(ms)
}

/// Reads `261121 08:04:03` at the front, as Tornado writes it. Returns what follows, too.
pub(super) fn short(text: &str) -> Option<(i64, &str)> {
    let mut hand = Hand::new(text);
    let (year, month, day) = (hand.digits(2, 2)?, hand.digits(2, 2)?, hand.digits(2, 2)?);
    hand.one_of(b" ")?;
    let of_day = hand.of_day(2)?;
    Some((at(2000 + year, month, day)? + of_day, hand.rest()))
}

/// Skips `Nov 21 08:04:03 ` at the front, the time of RFC 3164: it names no year, so that it is no moment.
pub(super) fn yearless(text: &str) -> Option<&str> {
    let mut hand = Hand::new(text);
    hand.month()?;
    hand.one_of(b" ")?;
    let _padding = hand.one_of(b" ");
    let day = hand.digits(1, 2)?;
    hand.one_of(b" ")?;
    hand.of_day(2)?;
    hand.one_of(b" ")?;
    (1..=31).contains(&day).then(|| hand.rest())
}

/// Returns the midnight that a day of the civil calendar begins with, in milliseconds since the epoch. Years before 1974
/// are refused: no log is that old, and their milliseconds would be taken for seconds.
fn at(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1974..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the odd day of leap years comes last.
    let shifted = (month + 9) % 12;
    let year = year - i64::from(month <= 2);
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * shifted + 2) / 5 + day - 1;
    Some((days - 719_468) * DAY_MS)
}

/// Reads a time from the front, a part at a time.
struct Hand<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Hand<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let byte = self.peek(0).filter(|byte| wanted.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let (mut number, mut count) = (0, 0);
        while count < most
            && let Some(digit @ b'0'..=b'9') = self.peek(0)
        {
            number = number * 10 + i64::from(digit - b'0');
            self.at += 1;
            count += 1;
        }
        (count >= least).then_some(number)
    }

    fn month(&mut self) -> Option<i64> {
        const NAMES: [&[u8]; 12] = [
            b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov",
            b"Dec",
        ];
        let name = self.text.as_bytes().get(self.at..self.at + 3)?;
        let month = NAMES.iter().position(|month| *month == name)?;
        self.at += 3;
        Some(month as i64 + 1)
    }

    /// Takes `08:04:03`, perhaps with a fraction, as milliseconds of the day.
    fn of_day(&mut self, hour_digits: usize) -> Option<i64> {
        let hour = self.digits(hour_digits, hour_digits)?;
        self.one_of(b":")?;
        let minute = self.digits(2, 2)?;
        self.one_of(b":")?;
        let second = self.digits(2, 2)?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let mut ms = 0;
        if matches!(self.peek(0), Some(b'.' | b','))
            && self.peek(1).is_some_and(|byte| byte.is_ascii_digit())
        {
            self.at += 1;
            let mut unit = 100;
            while let Some(digit) = self.digits(1, 1) {
                ms += digit * unit;
                unit /= 10;
            }
        }
        Some(((hour * 60 + minute) * 60 + second) * 1000 + ms)
    }

    /// Takes a zone where there is one, as milliseconds ahead of UTC.
    fn zone(&mut self) -> i64 {
        let start = self.at;
        if self.one_of(b"Z").is_some() {
            return 0;
        }
        let _blank = self.one_of(b" ");
        if ["UTC", "GMT"]
            .iter()
            .any(|name| self.rest().starts_with(name))
        {
            self.at += 3;
            return 0;
        }
        self.offset().unwrap_or_else(|| {
            self.at = start;
            0
        })
    }

    /// Takes `+02:00`, `+0200` or `+02`.
    fn offset(&mut self) -> Option<i64> {
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.digits(2, 2)?;
        let _colon = self.one_of(b":");
        let minutes = self.digits(2, 2).unwrap_or(0);
        let ends = self.peek(0).is_none_or(|byte| !byte.is_ascii_digit());
        ends.then_some(sign * (hours * 60 + minutes) * MINUTE_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_795_248_243_000;

    #[test]
    fn times_of_servers_are_read() {
        for (text, ms, rest) in [
            ("2026-11-21T08:04:03Z x", AT, " x"),
            ("2026-11-21T08:04:03.1234567Z", AT + 123, ""),
            ("2026-11-21 08:04:03,5 [1]", AT + 500, " [1]"),
            ("2026/11/21 08:04:03 [error]", AT, " [error]"),
            ("2026-11-21 10:04:03.001 +0200 [1]", AT + 1, " [1]"),
            ("2026-11-21 08:04:03.001+00:00 [info]", AT + 1, " [info]"),
            ("2026-11-21 08:04:03.001 UTC [1]", AT + 1, " [1]"),
            ("2026-11-21 08:04:03 UTC:10.0.0.1(5)", AT, ":10.0.0.1(5)"),
            ("2026-11-21  8:04:03 0 [Note]", AT, " 0 [Note]"),
            ("2026-11-21 08:04:03 - x", AT, " - x"),
        ] {
            assert_eq!(iso(text), Some((ms, rest)), "{text}");
        }
        for (text, ms) in [
            ("21/Nov/2026:08:04:03 +0000", Some(AT)),
            ("21/Nov/2026:10:04:03 +0200", Some(AT)),
            ("21/Nov/2026:08:04:03.655", Some(AT + 655)),
            ("21/Nov/2026 08:04:03", Some(AT)),
            ("21/Nov/2026:08:04:03 UTC", Some(AT)),
            ("21-Nov-2026 08:04:03 UTC", Some(AT)),
            ("1/Mar/2024:00:00:00 +0000", Some(1_709_251_200_000)),
            ("29/Feb/2024:00:00:00 +0000", Some(1_709_164_800_000)),
            ("21/Nov/2026:08:04:03 CET", None),
            ("21/Now/2026:08:04:03", None),
            ("41/Nov/2026:08:04:03", None),
            ("21/Nov/2026:25:04:03", None),
            ("21/Nov/0026:08:04:03", None),
            ("", None),
        ] {
            assert_eq!(common(text), ms, "{text}");
        }
        assert_eq!(ctime("Sat Nov 21 08:04:03.123456 2026"), Some(AT + 123));
        assert_eq!(ctime("Sat Nov  1 08:04:03 2026"), Some(AT - 20 * DAY_MS));
        assert_eq!(
            spoken("21 Nov 2026 08:04:03.123 * Ready"),
            Some((AT + 123, " * Ready"))
        );
        assert_eq!(web("Sat, 21 Nov 2026 08:04:03 GMT"), Some(AT));
        assert_eq!(short("261121 08:04:03 web:1]"), Some((AT, " web:1]")));
        assert_eq!(yearless("Nov  1 08:04:03 host x"), Some("host x"));
        assert_eq!(yearless("Nov of 2026"), None);
    }

    #[test]
    fn every_day_agrees_with_the_calendar() {
        let mut date = jiff::civil::date(1974, 1, 1);
        while date.year() < 2110 {
            let midnight = date.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
            let expected = midnight.expect("a time in UTC").timestamp();
            let found = at(date.year().into(), date.month().into(), date.day().into());
            assert_eq!(found, Some(expected.as_millisecond()), "{date}");
            date = date.tomorrow().expect("a day after");
        }
    }
}
