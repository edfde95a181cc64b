//! Moments as lines carry them, in milliseconds since the epoch; a text without a zone is UTC.

mod words;

use jiff::civil::DateTime;
use jiff::tz::Offset;

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
    // A decimal fraction of seconds is seldom exact in binary: 0.715 s may come as 0.714999.
    Some((ms + 1e-3).floor() as i64)
}

/// Parses a moment in any form of the common loggers and servers: ISO 8601 with `T` or a blank, a point or a comma
/// before the fraction, with or without a zone; the common log format's `21/Nov/2026:08:04:03 +0000`; dates with the
/// names of months and of days; and seconds, milliseconds, microseconds or nanoseconds since the epoch.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('[').trim_end_matches(']');
    if !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return of_epoch(text.parse().ok()?);
    }
    let (civil, rest) = words::date_and_time(text)?;
    let offset = words::offset(rest)?;
    let timestamp = Offset::from_seconds(offset)
        .ok()?
        .to_timestamp(civil)
        .ok()?;
    Some(timestamp.as_millisecond())
}

/// Returns a date and a time of day, where there is such a one.
fn civil(date: (i16, i8, i8), time: (i8, i8, i8), nanos: i32) -> Option<DateTime> {
    // A leap second is the last of its minute, as for clocks that know none.
    let second = time.2.min(59);
    DateTime::new(date.0, date.1, date.2, time.0, time.1, second, nanos).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_common_forms_are_read() {
        for (text, ms) in [
            ("2026-11-21T08:03:27.761Z", Some(1_795_248_207_761)),
            ("2026-11-21T08:03:27.761123456Z", Some(1_795_248_207_761)),
            ("2026-11-21T10:03:27.761+02:00", Some(1_795_248_207_761)),
            ("2026-11-21T10:03:27.761+0200", Some(1_795_248_207_761)),
            ("2026-11-21T10:03:27.761+02", Some(1_795_248_207_761)),
            ("2026-11-21T10:03:27.761 +02:00", Some(1_795_248_207_761)),
            ("2026-11-21 08:03:27,761", Some(1_795_248_207_761)),
            ("2026-11-21 08:03:27,761+0000", Some(1_795_248_207_761)),
            ("2026-11-21 08:03:27.761 UTC", Some(1_795_248_207_761)),
            ("2026-11-21 08:03:27.761 GMT", Some(1_795_248_207_761)),
            ("2026-11-21 08:03:27", Some(1_795_248_207_000)),
            ("2026-11-21 08:03", None),
            ("2026/11/21 08:03:27", Some(1_795_248_207_000)),
            ("2026/11/21 08:03:27.761234", Some(1_795_248_207_761)),
            ("20261121T080327Z", Some(1_795_248_207_000)),
            (
                "2026-11-21 08:03:27.761 +0000 UTC m=+0.01",
                Some(1_795_248_207_761),
            ),
            (
                "2026-11-21T08:03:27.761+00:00[UTC]",
                Some(1_795_248_207_761),
            ),
            (
                "2026-11-21T09:03:27.761+01:00[Europe/Paris]",
                Some(1_795_248_207_761),
            ),
            ("2026-11-21 09:03:27 CET", None),
            ("21/Nov/2026:08:04:03 +0000", Some(1_795_248_243_000)),
            ("21/Nov/2026:08:04:03.250 +0000", Some(1_795_248_243_250)),
            ("[21/Nov/2026 08:04:03]", Some(1_795_248_243_000)),
            ("21-Nov-2026 08:03:27.761", Some(1_795_248_207_761)),
            ("Sat, 21 Nov 2026 08:03:27 GMT", Some(1_795_248_207_000)),
            ("Sat Nov 21 08:03:27.761123 2026", Some(1_795_248_207_761)),
            ("Sat Nov 21 08:03:27 UTC 2026", Some(1_795_248_207_000)),
            ("Nov 21, 2026 8:03:27 AM", Some(1_795_248_207_000)),
            ("Nov 21, 2026 08:03:27.761 PM", Some(1_795_291_407_761)),
            ("11/21/2026, 8:03:27 AM", Some(1_795_248_207_000)),
            ("11/21/2026 12:03:27 AM", Some(1_795_219_407_000)),
            ("05/06/2026 08:03:27", None),
            ("1795248207", Some(1_795_248_207_000)),
            ("1795248207761", Some(1_795_248_207_761)),
            ("1795248207.761", Some(1_795_248_207_761)),
            ("1795248207761000000", Some(1_795_248_207_761)),
            ("yesterday", None),
            ("12", None),
            ("", None),
            ("99/99/9999", None),
            ("2026-13-21T08:03:27Z", None),
            ("2026-11-21", None),
            ("08:03:27", None),
        ] {
            assert_eq!(parse(text), ms, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_ends_without_a_panic(text in "\\PC{0,60}", dateish in "[0-9A-Za-z:/.,+ -]{0,40}") {
            let _ = parse(&text);
            let _ = parse(&dateish);
            let _ = parse(&format!("2026-11-21T08:03:27{dateish}"));
        }
    }
}
