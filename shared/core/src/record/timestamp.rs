//! Moments as lines carry them, in milliseconds since the epoch; a text without a zone is UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::Moment;

/// Returns a moment in milliseconds since the epoch, or `None` where it is no moment.
#[must_use]
pub fn of(moment: &Moment<'_>) -> Option<i64> {
    match moment {
        Moment::Text(text) => parse(&text.text()),
        Moment::Epoch(number) => of_epoch(*number),
    }
}

/// Tells seconds, milliseconds, microseconds and nanoseconds apart by size: each is right for 1973 to 2286.
fn of_epoch(number: f64) -> Option<i64> {
    let ms = match number {
        n if (1e8..1e10).contains(&n) => n * 1e3,
        n if (1e11..1e13).contains(&n) => n,
        n if (1e14..1e16).contains(&n) => n / 1e3,
        n if (1e17..1e19).contains(&n) => n / 1e6,
        _ => return None,
    };
    Some(ms.floor() as i64)
}

/// Parses ISO 8601 with `T` or a space, with a comma or a point before the fraction, with or without a zone; the common
/// log format's `21/Nov/2026:08:04:03 +0000`; and seconds or milliseconds since the epoch.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return of_epoch(text.parse().ok()?);
    }
    if text.as_bytes().get(2) == Some(&b'/') {
        let zoned = jiff::Zoned::strptime("%d/%b/%Y:%H:%M:%S %z", text).ok()?;
        return Some(zoned.timestamp().as_millisecond());
    }
    let normal;
    let text = if text.contains(',') {
        normal = text.replacen(',', ".", 1);
        &normal
    } else {
        text
    };
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    let local: DateTime = text.parse().ok()?;
    Some(
        local
            .to_zoned(TimeZone::UTC)
            .ok()?
            .timestamp()
            .as_millisecond(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_common_forms_are_read() {
        for (text, ms) in [
            ("2026-11-21T08:03:27.761Z", Some(1_795_248_207_761)),
            ("2026-11-21T08:03:27.761123456Z", Some(1_795_248_207_761)),
            ("2026-11-21T10:03:27.761+02:00", Some(1_795_248_207_761)),
            ("2026-11-21 08:03:27,761", Some(1_795_248_207_761)),
            ("2026-11-21 08:03:27", Some(1_795_248_207_000)),
            ("21/Nov/2026:08:04:03 +0000", Some(1_795_248_243_000)),
            ("1795248207", Some(1_795_248_207_000)),
            ("1795248207761", Some(1_795_248_207_761)),
            ("1795248207.761", Some(1_795_248_207_761)),
            ("yesterday", None),
            ("12", None),
            ("", None),
            ("99/99/9999", None),
        ] {
            assert_eq!(parse(text), ms, "{text}");
        }
    }
}
