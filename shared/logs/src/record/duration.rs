//! Durations as lines carry them: bare numbers whose name implies a unit, and texts such as `12.3ms` or `1m2s`.

use super::names::Unit;

/// The longest duration that is taken for a latency, in milliseconds: a day.
const LONGEST_MS: f64 = 86_400_000.0;

/// Bare whole numbers above this, under a name that implies no unit, are more likely finer than milliseconds; they are
/// left unread.
const LONGEST_UNSAID_MS: f64 = 600_000.0;

/// Returns a bare number as milliseconds, or `None` where it cannot be a duration.
#[must_use]
pub fn of_number(digits: &[u8], unit: Unit) -> Option<f64> {
    let number = decimal(digits)?;
    // Dividing by a whole power of ten rounds once; multiplying by its inverse would round twice.
    let ms = match unit {
        Unit::Seconds => number * 1e3,
        Unit::Millis | Unit::Unsaid => number,
        Unit::Micros => number / 1e3,
        Unit::Nanos => number / 1e6,
    };
    credible(ms).filter(|ms| unit != Unit::Unsaid || *ms <= LONGEST_UNSAID_MS)
}

/// Returns a number as it is written.
pub(crate) fn decimal(digits: &[u8]) -> Option<f64> {
    short_decimal(digits).or_else(|| std::str::from_utf8(digits).ok()?.parse().ok())
}

/// Reads the numbers that nearly all lines carry: digits, perhaps with a point among them. Both the digits as a whole
/// number and the power of ten are exact, so their quotient is the nearest number, as it must be.
#[inline]
fn short_decimal(digits: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    if !(1..=15).contains(&digits.len()) || !digits[0].is_ascii_digit() {
        return None;
    }
    let (mut whole, mut after_point, mut step) = (0_u64, 0, 0);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                whole = whole * 10 + u64::from(byte - b'0');
                after_point += step;
            }
            b'.' if step == 0 => step = 1,
            _ => return None,
        }
    }
    Some(whole as f64 / POWERS[after_point])
}

fn credible(ms: f64) -> Option<f64> {
    (ms.is_finite() && (0.0..=LONGEST_MS).contains(&ms)).then_some(ms)
}

/// Reads a text: a number alone in the unit that its name implies, numbers each with a unit (`1m2s`, `153 µs`), a
/// duration of ISO 8601 (`PT0.5S`), or hours, minutes and seconds with colons (`00:00:00.123`).
#[must_use]
pub fn parse(text: &str, unit: Unit) -> Option<f64> {
    let text = text.trim();
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return of_number(text.as_bytes(), unit);
    }
    if let Some(parts) = text.strip_prefix("PT") {
        return sum(parts, iso_millis_of);
    }
    if text.as_bytes().get(2) == Some(&b':') || text.as_bytes().get(1) == Some(&b':') {
        return clock(text);
    }
    sum(text, millis_of)
}

/// Adds numbers that each have a unit behind them.
fn sum(text: &str, millis_of: impl Fn(&str) -> Option<f64>) -> Option<f64> {
    // Three units and a fraction are the most that anybody writes: this bounds what a hostile line can cost.
    const MOST: usize = 6;
    let mut rest = text;
    let mut total = 0.0;
    for _ in 0..MOST {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let letters = rest
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(rest.len());
        total += number * millis_of(&rest[..letters])?;
        rest = rest[letters..].trim_start();
        if rest.is_empty() {
            return credible(total);
        }
    }
    None
}

/// Reads `hh:mm:ss` with a fraction, as .NET writes a `TimeSpan` and Python a `timedelta`.
fn clock(text: &str) -> Option<f64> {
    let mut parts = text.splitn(3, ':');
    let hours: f64 = parts.next()?.parse().ok()?;
    let minutes: f64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next()?.parse().ok()?;
    credible(hours * 3.6e6 + minutes * 6e4 + seconds * 1e3)
}

fn iso_millis_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "H" => 3.6e6,
        "M" => 6e4,
        "S" => 1e3,
        _ => return None,
    })
}

fn millis_of(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" | "nanos" | "nanoseconds" => 1e-6,
        "us" | "µs" | "μs" | "usec" | "micros" | "microseconds" => 1e-3,
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => 1.0,
        "s" | "sec" | "secs" | "second" | "seconds" => 1e3,
        "m" | "min" | "mins" | "minute" | "minutes" => 6e4,
        "h" | "hour" | "hours" => 3.6e6,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn short_decimals_are_what_the_library_reads(text in "[0-9]{1,7}([.][0-9]{0,9})?") {
            if let Some(found) = short_decimal(text.as_bytes()) {
                let expected: f64 = text.parse().expect("a number");
                prop_assert_eq!(found.to_bits(), expected.to_bits());
            }
        }
    }

    #[test]
    fn units_come_from_the_value_or_the_name() {
        for (text, unit, ms) in [
            ("12.3ms", Unit::Unsaid, Some(12.3)),
            ("153 µs", Unit::Unsaid, Some(0.153)),
            ("1m2s", Unit::Unsaid, Some(62_000.0)),
            ("0.134s", Unit::Millis, Some(134.0)),
            ("PT0.5S", Unit::Unsaid, Some(500.0)),
            ("PT1M2.25S", Unit::Unsaid, Some(62_250.0)),
            ("00:00:00.1234567", Unit::Unsaid, Some(123.456_7)),
            ("0:00:01.5", Unit::Unsaid, Some(1_500.0)),
            ("12.5 milliseconds", Unit::Unsaid, Some(12.5)),
            ("1s 1s 1s 1s 1s 1s 1s", Unit::Unsaid, None),
            ("PT", Unit::Unsaid, None),
            ("1:2", Unit::Unsaid, None),
            ("0.031", Unit::Seconds, Some(31.0)),
            ("83", Unit::Unsaid, Some(83.0)),
            ("1203353906", Unit::Unsaid, None),
            ("1203353906", Unit::Nanos, Some(1_203.353_906)),
            ("-5", Unit::Millis, None),
            ("fast", Unit::Millis, None),
            ("", Unit::Millis, None),
            ("1e999", Unit::Millis, None),
            ("5 apples", Unit::Millis, None),
        ] {
            let found = parse(text, unit);
            let same = match (found, ms) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                (a, b) => a == b,
            };
            assert!(same, "{text}: {found:?}");
        }
    }
}
