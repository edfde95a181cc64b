//! Reads the parts of a time from the front of a text: numbers, names, the time of day, the zone.

use jiff::civil::DateTime;
use jiff::tz::Offset;

/// The zones that are known by name, with their hours east of UTC. Names that several zones share are not here.
const ZONES: [(&str, i32); 10] = [
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

/// What may stand between a date and a time of day; a blank may follow each. fern prints the two in brackets of their
/// own (`[2026-11-21][08:04:03]`), Erlang puts `::` between them, and Gin ` - `.
const GAPS: [&str; 11] = ["T", " - ", " ", "::", ":", ", ", ",", "][", "_", "\t", "t"];

/// Year, month and day.
pub(super) type Date = (u32, u32, u32);

/// A time of day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
    /// Whether it is one of twelve hours, with AM or PM.
    pub(super) halved: bool,
}

impl Clock {
    fn new(hour: u32, minute: u32, second: u32, nanos: u32) -> Option<Self> {
        (hour < 24 && minute < 60 && second <= 60).then_some(Self {
            hour,
            minute,
            // A leap second is the last of its minute, as for clocks that know none.
            second: second.min(59),
            nanos,
            halved: false,
        })
    }
}

/// Where reading stands. A part that is not there leaves it where it was, but for a time of day that breaks off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'t> {
    bytes: &'t [u8],
    pub(super) at: usize,
}

impl<'t> Scan<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self {
            bytes: text.as_bytes(),
            at: 0,
        }
    }

    pub(super) fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Returns whether a letter or a digit stands next.
    fn goes_on(&self) -> bool {
        self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric())
    }

    pub(super) fn byte(&mut self, expected: u8) -> Option<()> {
        (self.peek()? == expected).then(|| self.at += 1)
    }

    pub(super) fn one_of(&mut self, expected: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| expected.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    fn starts(&mut self, expected: &str) -> Option<()> {
        let found = self.rest().starts_with(expected.as_bytes());
        found.then(|| self.at += expected.len())
    }

    /// Reads as many digits as there are, `least` of them at least and `most` at most.
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let (mut count, mut number) = (0, 0);
        while count < most
            && let Some(digit) = self.digit(count)
        {
            number = number * 10 + digit;
            count += 1;
        }
        (count >= least).then(|| self.at += count)?;
        Some(number)
    }

    /// Returns the digit that stands so many bytes ahead.
    fn digit(&self, ahead: usize) -> Option<u32> {
        let digit = self.bytes.get(self.at + ahead)?.wrapping_sub(b'0');
        (digit < 10).then_some(u32::from(digit))
    }

    /// Reads the name of a month, whole or its first three letters.
    pub(super) fn month(&mut self) -> Option<u32> {
        let (month, rest) = match &self.three_letters()? {
            b"jan" => (1, "uary"),
            b"feb" => (2, "ruary"),
            b"mar" => (3, "ch"),
            b"apr" => (4, "il"),
            b"may" => (5, ""),
            b"jun" => (6, "e"),
            b"jul" => (7, "y"),
            b"aug" => (8, "ust"),
            b"sep" => (9, "tember"),
            b"oct" => (10, "ober"),
            b"nov" => (11, "ember"),
            b"dec" => (12, "ember"),
            _ => return None,
        };
        self.name(rest)?;
        Some(month)
    }

    /// Reads the name of a day of the week, whole or its first three letters.
    pub(super) fn weekday(&mut self) -> Option<()> {
        let rest = match &self.three_letters()? {
            b"mon" | b"fri" | b"sun" => "day",
            b"tue" => "sday",
            b"wed" => "nesday",
            b"thu" => "rsday",
            b"sat" => "urday",
            _ => return None,
        };
        self.name(rest)
    }

    /// Returns the next three bytes, letters in lower case.
    fn three_letters(&self) -> Option<[u8; 3]> {
        let mut letters: [u8; 3] = *self.rest().first_chunk()?;
        letters.make_ascii_lowercase();
        Some(letters)
    }

    /// Passes over three letters, and over the rest of the name where it stands there; no other letter follows.
    fn name(&mut self, rest: &str) -> Option<()> {
        let mut ahead = *self;
        ahead.at += 3;
        let whole = ahead.rest().get(..rest.len());
        if whole.is_some_and(|whole| whole.eq_ignore_ascii_case(rest.as_bytes())) {
            ahead.at += rest.len();
        }
        let ends = !ahead.peek().is_some_and(|byte| byte.is_ascii_alphabetic());
        ends.then(|| *self = ahead)
    }

    /// Reads what stands between a date and a time of day.
    pub(super) fn gap(&mut self) -> Option<()> {
        // Nearly all times have one of these.
        if matches!(self.rest(), [b'T' | b' ', b'0'..=b'9', ..]) {
            self.at += 1;
            return Some(());
        }
        let mut ahead = *self;
        GAPS.iter().find_map(|gap| ahead.starts(gap))?;
        let _ = ahead.byte(b' ');
        let digit = ahead.peek()?.is_ascii_digit();
        digit.then(|| *self = ahead)
    }

    /// Reads `08:04:03`, `8:04`, a fraction behind a point, a comma or a colon, and AM or PM.
    pub(super) fn clock(&mut self) -> Option<Clock> {
        let mut hour = self.number(1, 2)?;
        self.byte(b':')?;
        let minute = self.number(2, 2)?;
        let (mut second, mut nanos) = (0, 0);
        if self.byte(b':').is_some() {
            second = self.number(2, 2)?;
            nanos = self.fraction().unwrap_or(0);
        }
        let afternoon = self.half_of_day();
        if let Some(afternoon) = afternoon {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
        }
        let clock = Clock::new(hour, minute, second, nanos)?;
        Some(Clock {
            halved: afternoon.is_some(),
            ..clock
        })
    }

    /// Reads `080403`, perhaps with a fraction.
    pub(super) fn compact_clock(&mut self) -> Option<Clock> {
        let (hour, minute, second) = (self.number(2, 2)?, self.number(2, 2)?, self.number(2, 2)?);
        let nanos = self.fraction().unwrap_or(0);
        Clock::new(hour, minute, second, nanos)
    }

    /// Reads a fraction of a second, in nanoseconds.
    fn fraction(&mut self) -> Option<u32> {
        const MOST: usize = 12;
        let mut ahead = *self;
        ahead.one_of(b".,:")?;
        let (mut count, mut nanos, mut unit) = (0, 0, 100_000_000);
        while let Some(digit) = ahead.digit(count) {
            nanos += digit * unit;
            unit /= 10;
            count += 1;
        }
        if !(1..=MOST).contains(&count) {
            return None;
        }
        ahead.at += count;
        *self = ahead;
        Some(nanos)
    }

    /// Reads AM or PM, with a space or Java's narrow one before it; returns whether it is PM.
    fn half_of_day(&mut self) -> Option<bool> {
        let mut ahead = *self;
        if ahead.byte(b' ').is_none() {
            let _ = ahead.starts("\u{202f}");
        }
        let afternoon = matches!(ahead.one_of(b"AaPp")?, b'P' | b'p');
        ahead.one_of(b"Mm")?;
        if ahead.goes_on() {
            return None;
        }
        *self = ahead;
        Some(afternoon)
    }

    /// Reads a zone, perhaps behind a blank, as seconds east of UTC.
    pub(super) fn zone(&mut self) -> Option<i32> {
        let mut ahead = *self;
        if ahead.byte(b'z').is_none() {
            let _ = ahead.byte(b' ');
        } else if !ahead.goes_on() {
            *self = ahead;
            return Some(0);
        }
        let seconds = if ahead.peek()?.is_ascii_uppercase() {
            // `GMT+0100`, as JavaScript prints dates.
            ahead.named_zone()? + ahead.offset().unwrap_or(0)
        } else {
            ahead.offset()?
        };
        *self = ahead;
        Some(seconds)
    }

    fn named_zone(&mut self) -> Option<i32> {
        let capitals = self.rest().iter().take_while(|b| b.is_ascii_uppercase());
        let word = &self.rest()[..capitals.count()];
        let (_, hours) = ZONES.iter().find(|(name, _)| name.as_bytes() == word)?;
        self.at += word.len();
        (!self.goes_on()).then_some(hours * 3600)
    }

    /// Reads `+02:00`, `+0200` or `+02`.
    fn offset(&mut self) -> Option<i32> {
        const MOST_HOURS: u32 = 18;
        let mut ahead = *self;
        let sign = if ahead.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = ahead.number(2, 2)?;
        let colon = ahead.byte(b':').is_some();
        let minutes = ahead.number(2, 2);
        let whole = (minutes.is_some() || !colon) && !ahead.goes_on();
        let minutes = minutes.unwrap_or(0);
        if !whole || hours > MOST_HOURS || minutes > 59 {
            return None;
        }
        *self = ahead;
        Some(sign * (hours * 3600 + minutes * 60) as i32)
    }

    /// Returns whether a time may end here: it stands for itself, so that no letter, digit or underscore follows.
    pub(super) fn ends(&self) -> bool {
        !self.goes_on() && self.peek() != Some(b'_')
    }
}

/// Returns whether the calendar has such a day.
pub(super) fn is_day(date: Date) -> bool {
    jiff::civil::Date::new(date.0 as i16, date.1 as i8, date.2 as i8).is_ok()
}

/// Returns a date and a time of day so many seconds east of UTC in milliseconds since the epoch; `None` where the
/// calendar has no such day.
pub(super) fn ms_of(date: Date, clock: Clock, east_s: i32) -> Option<i64> {
    let civil = DateTime::new(
        date.0 as i16,
        date.1 as i8,
        date.2 as i8,
        clock.hour as i8,
        clock.minute as i8,
        clock.second as i8,
        clock.nanos as i32,
    );
    let offset = Offset::from_seconds(east_s).ok()?;
    let timestamp = offset.to_timestamp(civil.ok()?).ok()?;
    Some(timestamp.as_millisecond())
}
