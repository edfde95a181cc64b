//! Scanners for the parts of a moment in text.

use jiff::civil::DateTime;

use super::civil;

/// Reads a date and a time of day from the front, and returns what follows them.
pub(super) fn date_and_time(text: &str) -> Option<(DateTime, &str)> {
    let first = text.bytes().next()?;
    if first.is_ascii_digit() {
        return compact(text).or_else(|| by_numbers(text));
    }
    // The day of the week says nothing that the date does not.
    let text = match text.split_once([' ', ',']) {
        Some((day, rest)) if is_day(day) => rest.trim_start_matches([' ', ',']),
        _ => text,
    };
    if text.bytes().next()?.is_ascii_digit() {
        return by_numbers(text);
    }
    by_month(text)
}

/// Reads `20261121T080327`.
fn compact(text: &str) -> Option<(DateTime, &str)> {
    let (date, rest) = (text.get(..8)?, text.get(8..)?);
    let time = rest.strip_prefix('T')?.get(..6)?;
    let number = |part: &str| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let small = |part: &str| number(part).and_then(|n: i16| i8::try_from(n).ok());
    let date = (number(&date[..4])?, small(&date[4..6])?, small(&date[6..])?);
    let time = (small(&time[..2])?, small(&time[2..4])?, small(&time[4..])?);
    let (nanos, rest) = fraction(&rest[7..]);
    Some((civil(date, time, nanos)?, rest))
}

/// Reads a date of numbers, or of numbers about the name of a month, and the time behind it.
fn by_numbers(text: &str) -> Option<(DateTime, &str)> {
    let (first, rest) = digits(text)?;
    let mark = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '-' | '/' | ' '))?;
    let rest = &rest[1..];
    let (date, rest) = if rest.bytes().next()?.is_ascii_digit() {
        let (second, rest) = digits(rest)?;
        let (third, rest) = digits(rest.strip_prefix(mark)?)?;
        let date = match (first, second, third) {
            (year, month, day) if year > 31 => (year, month, day),
            // Where the day cannot be a month, it tells which of the two comes first.
            (month, day, year) if day > 12 => (year, month, day),
            (day, month, year) if day > 12 => (year, month, day),
            _ => return None,
        };
        (date, rest)
    } else {
        let (month, rest) = month(rest)?;
        let (year, rest) = digits(rest.strip_prefix(mark)?)?;
        ((year, month, first), rest)
    };
    let rest = rest.strip_prefix(',').unwrap_or(rest);
    let rest = rest.strip_prefix(['T', ' ', ':', 't', '_'])?;
    let (time, nanos, rest) = time(rest)?;
    let small = |n: i32| i8::try_from(n).ok();
    let date = (i16::try_from(date.0).ok()?, small(date.1)?, small(date.2)?);
    Some((civil(date, time, nanos)?, rest))
}

/// Reads `Nov 21, 2026 8:03:27 AM` and `Nov 21 08:03:27 2026`, the latter perhaps with a zone before the year.
fn by_month(text: &str) -> Option<(DateTime, &str)> {
    let (month, rest) = month(text)?;
    let (day, rest) = digits(rest.trim_start())?;
    let small = |n: i32| i8::try_from(n).ok();
    if let Some(rest) = rest.strip_prefix(',') {
        let (year, rest) = digits(rest.trim_start())?;
        let rest = rest.trim_start_matches([',', ' ']);
        let (time, nanos, rest) = time(rest)?;
        let date = (i16::try_from(year).ok()?, small(month)?, small(day)?);
        return Some((civil(date, time, nanos)?, rest));
    }
    let (time, nanos, rest) = time(rest.trim_start())?;
    let rest = rest.trim_start();
    let rest = rest
        .strip_prefix("UTC ")
        .or_else(|| rest.strip_prefix("GMT "))
        .unwrap_or(rest);
    let (year, rest) = digits(rest)?;
    let date = (i16::try_from(year).ok()?, small(month)?, small(day)?);
    Some((civil(date, time, nanos)?, rest))
}

/// Reads a time of day with a fraction, perhaps of twelve hours.
fn time(text: &str) -> Option<((i8, i8, i8), i32, &str)> {
    let (hour, rest) = digits(text)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?)?;
    let (second, rest) = digits(rest.strip_prefix(':')?)?;
    let (nanos, rest) = fraction(rest);
    let (hour, rest) = match (hour, rest.get(..3)) {
        (12, Some(" AM" | " am")) => (0, &rest[3..]),
        (_, Some(" AM" | " am")) => (hour, &rest[3..]),
        (12, Some(" PM" | " pm")) => (12, &rest[3..]),
        (_, Some(" PM" | " pm")) => (hour + 12, &rest[3..]),
        _ => (hour, rest),
    };
    let small = |n: i32| i8::try_from(n).ok();
    Some(((small(hour)?, small(minute)?, small(second)?), nanos, rest))
}

/// Reads a fraction of a second, with a point or a comma before it, in nanoseconds.
fn fraction(text: &str) -> (i32, &str) {
    let Some(rest) = text.strip_prefix(['.', ',']) else {
        return (0, text);
    };
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (mut nanos, mut unit) = (0, 100_000_000);
    for digit in rest.bytes().take(length.min(9)) {
        nanos += i32::from(digit - b'0') * unit;
        unit /= 10;
    }
    (nanos, &rest[length..])
}

/// Reads up to four digits.
fn digits(text: &str) -> Option<(i32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = (1..=4)
        .contains(&length)
        .then(|| text[..length].parse().ok())??;
    Some((number, &text[length..]))
}

/// Returns the number of the month that a text begins with the name of.
fn month(text: &str) -> Option<(i32, &str)> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let name = text.get(..3)?;
    let at = MONTHS
        .iter()
        .position(|month| name.eq_ignore_ascii_case(month))?;
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    Some((at as i32 + 1, &text[length..]))
}

fn is_day(word: &str) -> bool {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let start = word.get(..3).unwrap_or_default();
    let letters = word.bytes().all(|byte| byte.is_ascii_alphabetic());
    letters && DAYS.iter().any(|day| start.eq_ignore_ascii_case(day))
}

/// Reads what stands behind a time: nothing, `Z`, a number of hours and minutes, or the names of no offset. What is
/// behind these tells nothing new; a zone by another name is not known.
pub(super) fn offset(text: &str) -> Option<i32> {
    let text = text.trim_start();
    let mut bytes = text.bytes();
    let sign = match bytes.next() {
        None => return Some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => {
            let name = text.split([' ', '[', ']']).next()?;
            return matches!(name, "Z" | "z" | "UTC" | "GMT").then_some(0);
        }
    };
    let (number, rest) = digits(&text[1..])?;
    let (hours, minutes) = if text.len() - rest.len() == 5 {
        (number / 100, number % 100)
    } else {
        let minutes = rest.strip_prefix(':').and_then(digits);
        (number, minutes.map_or(0, |(minutes, _)| minutes))
    };
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
