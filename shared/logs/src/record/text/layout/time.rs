//! Times as logging libraries print them in front of a line.

use jiff::civil::DateTime;
use jiff::tz::Offset;

/// A time found at the front of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    /// Milliseconds since the epoch; `None` where the text carries no date, or one that can be read in two ways.
    pub(super) ms: Option<i64>,
    /// How many bytes it takes.
    pub(super) len: usize,
    /// Whether it is a bare number, which is a time only where a level follows.
    pub(super) bare: bool,
}

/// Reads the time at the front of a text, in any of the forms that logging libraries print.
pub(super) fn at_front(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    let scan = Scan { bytes, at: 0 };
    if first.is_ascii_digit() {
        iso(scan)
            .or_else(|| day_first(scan))
            .or_else(|| slashed(scan))
            .or_else(|| clock_alone(scan))
            .or_else(|| epoch(scan))
    } else if first.is_ascii_uppercase() {
        named_month(scan)
    } else {
        None
    }
}

/// Where reading stands.
#[derive(Debug, Clone, Copy)]
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Hour, minute, second and nanosecond.
type Clock = (u32, u32, u32, u32);

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn byte(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    fn one_of(&mut self, expected: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| expected.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    fn starts(&mut self, expected: &str) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        rest.starts_with(expected.as_bytes())
            .then(|| self.at += expected.len())
    }

    /// Reads between `least` and `most` digits that no further digit follows.
    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let rest = self.bytes.get(self.at..)?;
        let digits = rest.iter().take(most).take_while(|b| b.is_ascii_digit());
        let (count, number) = digits.fold((0, 0_u32), |(n, sum), b| {
            (n + 1, sum * 10 + u32::from(b - b'0'))
        });
        (count >= least).then(|| self.at += count)?;
        Some(number)
    }

    fn month(&mut self) -> Option<u32> {
        const MONTHS: [&[u8; 3]; 12] = [
            b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
            b"dec",
        ];
        let name = self.bytes.get(self.at..self.at + 3)?;
        let at = MONTHS.iter().position(|m| name.eq_ignore_ascii_case(*m))?;
        self.at += 3;
        Some(at as u32 + 1)
    }

    fn weekday(&mut self) -> Option<()> {
        const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
        let name = self.bytes.get(self.at..self.at + 3)?;
        DAYS.contains(&name).then(|| self.at += 3)
    }

    /// Reads `08:04:03`, a fraction behind a point, a comma or a colon, and AM or PM.
    fn clock(&mut self) -> Option<Clock> {
        let mut hour = self.number(1, 2)?;
        self.byte(b':')?;
        let minute = self.number(2, 2)?;
        let mut second = 0;
        let mut nanos = 0;
        if self.peek() == Some(b':') {
            self.at += 1;
            second = self.number(2, 2)?;
            let mut ahead = *self;
            if ahead.one_of(b".,:").is_some() {
                let from = ahead.at;
                while ahead.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                    ahead.at += 1;
                }
                let digits = &ahead.bytes[from..ahead.at];
                if (1..=12).contains(&digits.len()) {
                    let digits = digits.iter().chain([b'0'; 9].iter()).take(9);
                    nanos = digits.fold(0, |n, b| n * 10 + u32::from(b - b'0'));
                    *self = ahead;
                }
            }
        }
        if let Some(afternoon) = self.half_of_day() {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
        }
        (hour < 24 && minute < 60 && second <= 60).then_some((hour, minute, second.min(59), nanos))
    }

    /// Reads AM or PM, with a space or Java's narrow one before it; returns whether it is PM.
    fn half_of_day(&mut self) -> Option<bool> {
        let mut ahead = *self;
        if ahead.byte(b' ').is_none() {
            let _ = ahead.starts("\u{202f}");
        }
        let afternoon = matches!(ahead.one_of(b"AaPp")?, b'P' | b'p');
        ahead.one_of(b"Mm")?;
        if ahead
            .peek()
            .is_some_and(|byte| byte.is_ascii_alphanumeric())
        {
            return None;
        }
        *self = ahead;
        Some(afternoon)
    }

    /// Reads a zone, as seconds east; `None` without one, and nothing is read then.
    fn zone(&mut self) -> Option<i32> {
        const NAMES: [(&str, i32); 10] = [
            ("Z", 0),
            ("UTC", 0),
            ("GMT", 0),
            ("CET", 1),
            ("CEST", 2),
            ("BST", 1),
            ("EST", -5),
            ("EDT", -4),
            ("PST", -8),
            ("PDT", -7),
        ];
        let mut ahead = *self;
        let _ = ahead.byte(b' ');
        if ahead.peek()?.is_ascii_uppercase() {
            let hours = NAMES.iter().find_map(|(name, hours)| {
                let mut named = ahead;
                named.starts(name)?;
                let ends = !named.peek().is_some_and(|b| b.is_ascii_alphanumeric());
                ends.then_some((named, *hours))
            });
            let (named, hours) = hours?;
            *self = named;
            // `GMT+0100`, as JavaScript prints dates.
            return Some(hours * 3600 + self.offset().unwrap_or(0));
        }
        let seconds = ahead.offset()?;
        *self = ahead;
        Some(seconds)
    }

    fn offset(&mut self) -> Option<i32> {
        let mut ahead = *self;
        let sign = if ahead.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = ahead.number(2, 2)?;
        let colon = ahead.byte(b':').is_some();
        let minutes = ahead.number(2, 2);
        if colon && minutes.is_none() || ahead.peek().is_some_and(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        *self = ahead;
        Some(sign * (hours * 3600 + minutes.unwrap_or(0) * 60) as i32)
    }

    /// Ends the reading: a time stands for itself, so that no letter or digit follows.
    fn finish(self, date: (u32, u32, u32), clock: Clock, zone: Option<i32>) -> Option<Time> {
        let (year, month, day) = date;
        let (hour, minute, second, nanos) = clock;
        let civil = DateTime::new(
            year as i16,
            month as i8,
            day as i8,
            hour as i8,
            minute as i8,
            second as i8,
            nanos as i32,
        );
        let offset = Offset::from_seconds(zone.unwrap_or(0)).ok()?;
        let ms = offset.to_timestamp(civil.ok()?).ok()?.as_millisecond();
        self.ends(Some(ms))
    }

    fn ends(self, ms: Option<i64>) -> Option<Time> {
        if self
            .peek()
            .is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            return None;
        }
        Some(Time {
            ms,
            len: self.at,
            bare: false,
        })
    }
}

/// Reads `2026-11-21T08:04:03.123Z` and its kin: slashes or points in the date, a space for the `T`, any zone.
fn iso(mut scan: Scan<'_>) -> Option<Time> {
    let year = scan.number(4, 4)?;
    let mark = scan.one_of(b"-/.")?;
    let month = scan.number(2, 2)?;
    scan.byte(mark)?;
    let day = scan.number(2, 2)?;
    // Gin prints `2026/11/21 - 08:04:03`.
    if scan.starts(" - ").is_none() {
        let alone = scan;
        // fern prints the clock in brackets of its own: `[2026-11-21][08:04:03]`.
        let apart = scan
            .starts("][")
            .or_else(|| scan.one_of(b"T _").map(|_| ()));
        if apart.is_none() || !scan.peek().is_some_and(|b| b.is_ascii_digit()) {
            return alone.ends(None);
        }
    }
    let clock = scan.clock()?;
    let zone = scan.zone();
    scan.finish((year, month, day), clock, zone)
}

/// Reads `21-Nov-2026 08:04:03 UTC`, `21/Nov/2026:08:04:03 +0000`, `21 Nov 2026 08:04:03.123`.
fn day_first(mut scan: Scan<'_>) -> Option<Time> {
    let day = scan.number(1, 2)?;
    let mark = scan.one_of(b"-/ ")?;
    let month = scan.month()?;
    scan.byte(mark)?;
    let year = scan.number(4, 4)?;
    scan.starts("::")
        .or_else(|| scan.one_of(b": ").map(|_| ()))
        .or_else(|| scan.byte(b','))?;
    let _ = scan.byte(b' ');
    let clock = scan.clock()?;
    let zone = scan.zone();
    scan.finish((year, month, day), clock, zone)
}

/// Reads `11/21/2026, 8:04:03 AM`: the month stands first where a half of the day is named, or where only that can be.
fn slashed(mut scan: Scan<'_>) -> Option<Time> {
    let first = scan.number(1, 2)?;
    let mark = scan.one_of(b"/.-")?;
    let second = scan.number(1, 2)?;
    scan.byte(mark)?;
    let year = scan.number(2, 4)?;
    let _ = scan.byte(b',');
    scan.byte(b' ')?;
    let from = scan.at;
    let clock = scan.clock()?;
    let halved = matches!(scan.bytes.get(scan.at - 1), Some(b'M' | b'm')) && scan.at > from;
    let zone = scan.zone();
    if year < 100 {
        // Spark's `26/11/21 08:04:03` may be a year or a day first.
        return scan.ends(None);
    }
    let (month, day) = match (first, second) {
        _ if mark == b'.' => (second, first),
        (1..=12, 13..) => (first, second),
        (13.., 1..=12) => (second, first),
        _ if halved || first == second => (first, second),
        _ => return scan.ends(None),
    };
    scan.finish((year, month, day), clock, zone)
}

/// Reads what begins with the name of a month or a weekday: `Nov 21, 2026 8:04:03 AM`, `Sat Nov 21 08:04:03.123 2026`,
/// `Sat, 21 Nov 2026 08:04:03 GMT`, and syslog's `Nov 21 08:04:03`, which says no year.
fn named_month(mut scan: Scan<'_>) -> Option<Time> {
    let dated = scan.weekday().is_some();
    if dated {
        if scan.byte(b',').is_some() {
            scan.byte(b' ')?;
            let from = scan.at;
            let rest = Scan {
                bytes: scan.bytes,
                at: from,
            };
            return day_first(rest);
        }
        scan.byte(b' ')?;
    }
    let month = scan.month()?;
    scan.byte(b' ')?;
    let _ = scan.byte(b' ');
    let day = scan.number(1, 2)?;
    if scan.byte(b',').is_some() || year_follows(scan) {
        scan.byte(b' ')?;
        let year = scan.number(4, 4)?;
        let _ = scan.byte(b',');
        scan.byte(b' ')?;
        let clock = scan.clock()?;
        let zone = scan.zone();
        return scan.finish((year, month, day), clock, zone);
    }
    scan.byte(b' ')?;
    let clock = scan.clock()?;
    let zone = scan.zone();
    let mut ahead = scan;
    if dated
        && ahead.byte(b' ').is_some()
        && let Some(year) = ahead.number(4, 4)
    {
        return ahead.finish((year, month, day), clock, zone);
    }
    scan.ends(None)
}

fn year_follows(mut scan: Scan<'_>) -> bool {
    scan.byte(b' ').is_some() && scan.number(4, 4).is_some() && scan.peek() != Some(b':')
}

/// Reads a time of day, which is no moment: `08:04:03.123`, `8:04AM`.
fn clock_alone(mut scan: Scan<'_>) -> Option<Time> {
    scan.clock()?;
    scan.ends(None)
}

/// Reads seconds or milliseconds since the epoch, perhaps with a fraction or an exponent, as zap prints it.
fn epoch(scan: Scan<'_>) -> Option<Time> {
    let end = { scan.bytes.iter() }
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+'))
        .unwrap_or(scan.bytes.len());
    let text = std::str::from_utf8(&scan.bytes[..end]).ok()?;
    if text.len() < 10 || text.len() > 24 {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    let ms = match number {
        n if (1e9..4e9).contains(&n) => n * 1e3,
        n if (1e12..4e12).contains(&n) => n,
        n if (1e15..4e15).contains(&n) => n / 1e3,
        n if (1e18..4e18).contains(&n) => n / 1e6,
        _ => return None,
    };
    let scan = Scan { at: end, ..scan };
    Some(Time {
        bare: true,
        ..scan.ends(Some(ms.floor() as i64))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_common_loggers_are_read() {
        const AT: Option<i64> = Some(1_795_248_243_000);
        const AND_123: Option<i64> = Some(1_795_248_243_123);
        for (text, expected) in [
            ("2026-11-21T08:04:03.123Z  INFO x", AND_123),
            ("2026-11-21T08:04:03.123456789Z", AND_123),
            ("2026-11-21T08:04:03.123+0000 x", AND_123),
            ("2026-11-21T10:04:03.123+02:00 x", AND_123),
            ("2026-11-21 08:04:03,123 - x", AND_123),
            ("2026-11-21 08:04:03.123 +0000 x", AND_123),
            ("2026-11-21 03:04:03.123 EST x", AND_123),
            ("2026-11-21 08:04:03 +0000] x", AT),
            ("2026-11-21 08:04:03 - 5 x", AT),
            ("2026/11/21 08:04:03.123456 main.go:12: x", AND_123),
            ("2026/11/21 - 08:04:03 | 200", AT),
            ("2026.11.21 08:04:03 INFO", AT),
            ("21-Nov-2026 08:04:03 UTC] x", AT),
            ("21-Nov-2026 08:04:03.123 SEVERE", AND_123),
            ("21-Nov-2026::08:04:03 ===", AT),
            ("21/Nov/2026:08:04:03 +0000] x", AT),
            ("21 Nov 2026 08:04:03.123 * x", AND_123),
            ("Nov 21, 2026 8:04:03 AM com.x.Y m", AT),
            ("Nov 21, 2026 8:04:03\u{202f}AM com.x.Y m", AT),
            ("Nov 21, 2026, 8:04:03 AM", AT),
            ("Sat Nov 21 08:04:03.123456 2026] x", AND_123),
            ("Sat Nov 21 2026 08:04:03 GMT+0000 (UTC)", AT),
            ("Sat, 21 Nov 2026 08:04:03 GMT x", AT),
            ("11/21/2026, 8:04:03 AM     LOG", AT),
            ("21/11/2026, 08:04:03", AT),
            ("21.11.2026 08:04:03", AT),
            ("11/21/2026 08:04:03.123", AND_123),
            ("1795248243 x", AT),
            ("1795248243.123 x", AND_123),
            ("1.795248243123e+09\tinfo", AND_123),
            ("05/03/2026 08:04:03 ambiguous", None),
            ("08:04:03.123 [main]", None),
            ("8:04AM INF", None),
            ("Nov 21 08:04:03 host", None),
        ] {
            let found = at_front(text);
            assert_eq!(found.and_then(|time| time.ms), expected, "{text}");
            assert!(found.is_some(), "{text}");
        }
    }

    #[test]
    fn numbers_and_words_are_no_times() {
        for text in [
            "",
            "2026",
            "12:x",
            "2026-13-41 08:04:03",
            "10.0.0.1 - -",
            "25:00:00",
            "404 Not Found",
            "November rain",
            "March 3",
            "Sat down",
            "1234567890123456789012345",
            "8:04:03x",
        ] {
            assert_eq!(at_front(text), None, "{text}");
        }
    }
}
