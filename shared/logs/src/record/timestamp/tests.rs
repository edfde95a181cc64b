//! Tests of times: each form by name, read alike from JSON and from text.

use proptest::prelude::*;

use super::*;
use crate::json::Str;
use crate::record::{self, Fields};

/// 2026-11-21T08:04:03Z.
const AT: i64 = 1_795_248_243_000;
const AND_123: i64 = AT + 123;

/// Each form that is read, by a name: the text, and its moment. JSON and text read all of them alike.
const READ: &[(&str, &str, i64)] = &[
    ("rfc 3339", "2026-11-21T08:04:03.123Z", AND_123),
    ("rfc 3339 without a fraction", "2026-11-21T08:04:03Z", AT),
    ("rfc 3339 in small letters", "2026-11-21t08:04:03z", AT),
    ("nanoseconds", "2026-11-21T08:04:03.123456789Z", AND_123),
    ("an offset", "2026-11-21T10:04:03.123+02:00", AND_123),
    (
        "an offset without a colon",
        "2026-11-21T10:04:03.123+0200",
        AND_123,
    ),
    ("an offset of hours", "2026-11-21T10:04:03.123+02", AND_123),
    (
        "an offset behind a blank",
        "2026-11-21 10:04:03.123 +02:00",
        AND_123,
    ),
    ("an offset to the west", "2026-11-21T04:34:03-03:30", AT),
    ("Python's comma", "2026-11-21 08:04:03,123", AND_123),
    (
        "a comma and an offset",
        "2026-11-21 08:04:03,123+0000",
        AND_123,
    ),
    (
        "a colon before the fraction",
        "2026-11-21 08:04:03:123",
        AND_123,
    ),
    ("a blank and no zone", "2026-11-21 08:04:03", AT),
    ("without seconds", "2026-11-21 08:04", AT - 3_000),
    ("MariaDB's padded hour", "2026-11-21  8:04:03", AT),
    ("days of one digit", "2026-1-2 3:04:05", 1_767_323_045_000),
    ("UTC by name", "2026-11-21 08:04:03.123 UTC", AND_123),
    ("GMT by name", "2026-11-21 08:04:03.123 GMT", AND_123),
    ("Central Europe in winter", "2026-11-21 09:04:03 CET", AT),
    (
        "Central Europe in summer",
        "2026-07-21 10:04:03 CEST",
        1_784_621_043_000,
    ),
    (
        "Britain in summer",
        "2026-07-21 09:04:03 BST",
        1_784_621_043_000,
    ),
    ("America's east", "2026-11-21 03:04:03.123 EST", AND_123),
    ("America's west", "2026-11-21 00:04:03 PST", AT),
    ("slashes", "2026/11/21 08:04:03.123456", AND_123),
    ("points", "2026.11.21 08:04:03", AT),
    ("Gin's dash", "2026/11/21 - 08:04:03", AT),
    ("a comma behind the date", "2026-11-21, 08:04:03", AT),
    ("a tab behind the date", "2026-11-21\t08:04:03", AT),
    ("a leap second", "2016-12-31T23:59:60Z", 1_483_228_799_000),
    ("the basic format", "20261121T080403Z", AT),
    (
        "the basic format with a fraction",
        "20261121T080403.123Z",
        AND_123,
    ),
    ("the basic format without a zone", "20261121T080403", AT),
    ("the common log format", "21/Nov/2026:08:04:03 +0000", AT),
    (
        "the common log format elsewhere",
        "21/Nov/2026:10:04:03 +0200",
        AT,
    ),
    (
        "the common log format by name",
        "21/Nov/2026:09:04:03 CET",
        AT,
    ),
    ("HAProxy", "21/Nov/2026:08:04:03.123", AND_123),
    (
        "a blank in the common log format",
        "21/Nov/2026 08:04:03",
        AT,
    ),
    ("PHP", "21-Nov-2026 08:04:03 UTC", AT),
    ("Tomcat", "21-Nov-2026 08:04:03.123", AND_123),
    ("Erlang", "21-Nov-2026::08:04:03", AT),
    ("Redis", "21 Nov 2026 08:04:03.123", AND_123),
    (
        "a leap day",
        "29/Feb/2024:00:00:00 +0000",
        1_709_164_800_000,
    ),
    ("Java's default", "Nov 21, 2026 8:04:03 AM", AT),
    ("Java's narrow blank", "Nov 21, 2026 8:04:03\u{202f}AM", AT),
    (
        "Java's second comma",
        "Nov 21, 2026, 8:04:03 PM",
        AT + 43_200_000,
    ),
    ("a whole month", "November 21, 2026 8:04:03 AM", AT),
    (
        "a whole day of the week",
        "Saturday, November 21, 2026 8:04:03 AM",
        AT,
    ),
    ("ctime", "Sat Nov 21 08:04:03 2026", AT),
    (
        "ctime of a day of one digit",
        "Sun Nov  1 08:04:03 2026",
        AT - 20 * 86_400_000,
    ),
    (
        "ctime without a day of the week",
        "Nov 21 08:04:03 2026",
        AT,
    ),
    ("Apache", "Sat Nov 21 08:04:03.123456 2026", AND_123),
    ("date of Unix", "Sat Nov 21 08:04:03 UTC 2026", AT),
    ("date of Unix elsewhere", "Sat Nov 21 09:04:03 CET 2026", AT),
    ("JavaScript", "Sat Nov 21 2026 08:04:03 GMT+0000 (UTC)", AT),
    (
        "JavaScript elsewhere",
        "Sat Nov 21 2026 09:04:03 GMT+0100 (CET)",
        AT,
    ),
    ("HTTP", "Sat, 21 Nov 2026 08:04:03 GMT", AT),
    ("systemd", "Sat 2026-11-21 08:04:03 UTC", AT),
    ("America's numbers", "11/21/2026, 8:04:03 AM", AT),
    (
        "America's midnight",
        "11/21/2026 12:04:03 AM",
        AT - 28_800_000,
    ),
    ("Europe's numbers", "21/11/2026, 08:04:03", AT),
    ("Germany's numbers", "21.11.2026 08:04:03", AT),
    ("Go", "2026-11-21 08:04:03.123 +0000 UTC m=+0.01", AND_123),
    (
        "Java with the zone's name",
        "2026-11-21T09:04:03.123+01:00[Europe/Paris]",
        AND_123,
    ),
    ("seconds", "1795248243", AT),
    ("seconds of the year 2000", "946684800", 946_684_800_000),
    ("seconds with a fraction", "1795248243.123", AND_123),
    ("seconds with an exponent", "1.795248243123e+09", AND_123),
    ("milliseconds", "1795248243123", AND_123),
    ("microseconds", "1795248243123456", AND_123),
    (
        "nanoseconds since the epoch",
        "1795248243123456789",
        AND_123,
    ),
];

/// What is no moment, by a name. JSON and text refuse all of it alike.
const REFUSED: &[(&str, &str)] = &[
    ("nothing", ""),
    ("a word", "yesterday"),
    ("a small number", "12"),
    ("a number of six digits", "261121"),
    ("a date alone", "2026-11-21"),
    ("a time of day", "08:04:03"),
    ("half a time of day", "8:04AM"),
    ("RFC 3164, without a year", "Nov 21 08:04:03"),
    ("day and month in doubt", "05/06/2026 08:04:03"),
    ("a year of two digits", "26/11/21 08:04:03"),
    ("no such month", "2026-13-21T08:04:03Z"),
    ("no such day", "2026-02-30T08:04:03Z"),
    ("no such hour", "2026-11-21T25:04:03Z"),
    ("no such number", "99/99/9999"),
    ("letters behind it", "2026-11-21T08:04:03Zulu"),
    ("a version", "2026.1.2"),
    ("an address", "10.0.0.1"),
    ("seconds of 1972", "63072000"),
    ("seconds of 1973", "123456789"),
    ("the year 1972", "1972-01-01T00:00:00Z"),
    ("a clock that was never set", "1970-01-01T00:00:07.123Z"),
    ("the year 1999", "31/Dec/1999:23:59:59 +0000"),
    ("the year 2100", "2100-01-01T00:00:00Z"),
    ("the end of Java's time", "9999-12-31T23:59:59Z"),
    ("milliseconds of 1999", "946684799999"),
    ("seconds of 2100", "4102444800"),
];

/// Reads the time of a JSON line.
fn of_json(text: &str) -> Option<i64> {
    let line = serde_json::json!({"time": text, "msg": "x"}).to_string();
    let mut memory = String::new();
    let fields: Fields<'_> = record::read(Str::bare(line.as_bytes()), &mut memory);
    fields.timestamp.as_ref().and_then(of)
}

/// Reads the time in front of a line of text, as loggers put it there.
fn of_text(text: &str) -> Option<i64> {
    let line = format!("{text} INFO [main] loans.api - msg");
    let mut memory = String::new();
    let fields = record::read(Str::bare(line.as_bytes()), &mut memory);
    fields.timestamp.as_ref().and_then(of)
}

#[test]
fn every_form_is_read_by_its_name() {
    let wrong: Vec<_> = { READ.iter() }
        .filter(|(_, text, ms)| parse(text) != Some(*ms))
        .map(|(name, text, ms)| format!("{name}: {text}: {:?}, not {ms}", parse(text)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn json_and_text_agree_on_every_form() {
    let refused = REFUSED.iter().map(|(name, text)| (name, text, None));
    let read = READ.iter().map(|(name, text, ms)| (name, text, Some(*ms)));
    let wrong: Vec<_> = read
        .chain(refused)
        .filter(|(_, text, ms)| parse(text) != *ms || of_json(text) != *ms || of_text(text) != *ms)
        .map(|(name, text, ms)| {
            let (json, line) = (of_json(text), of_text(text));
            format!("{name}: {text}: {ms:?}, JSON {json:?}, text {line:?}")
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_follows_a_time_is_left() {
    for (text, rest) in [
        ("2026-11-21 08:04:03 - x", " - x"),
        ("2026-11-21 08:04:03 - 5 x", " - 5 x"),
        ("2026-11-21 08:04:03,123 - x", " - x"),
        ("2026/11/21 08:04:03 [error]", " [error]"),
        ("2026-11-21 08:04:03 UTC:10.0.0.1(5)", ":10.0.0.1(5)"),
        ("2026-11-21 08:04:03.285:INFO:oejs", ":INFO:oejs"),
        ("2026-11-21  8:04:03 0 [Note]", " 0 [Note]"),
        ("2026-11-21 08:04:03 EET [1]", " EET [1]"),
        ("2026-11-21T08:04:03.123456789Z stdout F x", " stdout F x"),
        ("21 Nov 2026 08:04:03.123 * Ready", " * Ready"),
        ("21-Nov-2026::08:04:03 ===", " ==="),
        ("2026-11-21\t08:04:03\tIAD89-C1", "\tIAD89-C1"),
    ] {
        assert_eq!(dated(text).map(|(_, rest)| rest), Some(rest), "{text}");
    }
    assert_eq!(dated("1795248243 x"), None);
    assert_eq!(short_date("261121 08:04:03 web:1]"), Some((AT, " web:1]")));
}

/// A text that is a time and a zone that is not known is no moment; in front of a line such a word may be anything.
#[test]
fn a_zone_that_is_not_known_is_not_taken_for_utc() {
    for text in ["2026-11-21 09:04:03 XYZ", "2026-11-21 09:04:03 IST"] {
        assert_eq!((parse(text), of_json(text)), (None, None), "{text}");
        let line = format!("{text} [123] WARNING:  there is no transaction in progress");
        let mut memory = String::new();
        let fields = record::read(Str::bare(line.as_bytes()), &mut memory);
        assert_eq!(fields.timestamp, None, "{line}");
    }
}

#[test]
fn a_time_without_a_moment_is_still_a_time() {
    for (text, form, len) in [
        ("08:04:03.123 [main]", Form::Clock, 12),
        ("8:04AM INF", Form::Clock, 6),
        ("Nov 21 08:04:03 host", Form::Yearless, 15),
        ("05/03/2026 08:04:03 x", Form::Numbers, 19),
        ("2026-11-21 x", Form::Iso, 10),
        ("1970-01-01T00:00:07Z x", Form::Iso, 20),
    ] {
        let found = at_start(text).map(|time| (time.form, time.len, time.ms));
        assert_eq!(found, Some((form, len, None)), "{text}");
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
        "Monitoring 12:00",
        "1234567890123456789012345",
        "8:04:03x",
    ] {
        assert_eq!(at_start(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_ends_without_a_panic(text in "\\PC{0,60}", dateish in "[0-9A-Za-z:/.,+ -]{0,40}") {
        for text in [&text, &dateish, &format!("2026-11-21T08:04:03{dateish}")] {
            let whole = parse(text);
            prop_assert!(whole.is_none_or(|ms| PLAUSIBLE_MS.contains(&ms)));
            if let Some(time) = at_start(text) {
                prop_assert!(text.is_char_boundary(time.len));
            }
        }
    }

    #[test]
    fn every_moment_is_read_back_from_every_form(ms in 946_684_800_000_i64..4_102_444_800_000) {
        let time = jiff::Timestamp::from_millisecond(ms).expect("a time of the calendar");
        for form in [
            "%Y-%m-%dT%H:%M:%S%.3fZ",
            "%Y-%m-%d %H:%M:%S,%3f",
            "%Y/%m/%d %H:%M:%S%.3f +0000",
            "%Y%m%dT%H%M%S%.3fZ",
            "%d/%b/%Y:%H:%M:%S%.3f +0000",
            "%d-%b-%Y %H:%M:%S%.3f UTC",
            "%d %B %Y %H:%M:%S%.3f",
            "%b %d, %Y %I:%M:%S%.3f %p",
            "%a %b %e %H:%M:%S%.3f %Y",
            "%A, %d %b %Y %H:%M:%S%.3f GMT",
            "%m/%d/%Y %I:%M:%S%.3f %p",
        ] {
            let text = time.strftime(form).to_string();
            let found = [parse(&text), of_json(&text), of_text(&text)];
            prop_assert_eq!(found, [Some(ms); 3], "{}", text);
        }
        for number in [
            format!("{}.{:03}", ms / 1000, ms % 1000),
            format!("{ms}"),
            format!("{ms}456"),
            format!("{ms}456789"),
        ] {
            let found = [parse(&number), of_json(&number), of_text(&number)];
            prop_assert_eq!(found, [Some(ms); 3], "{}", number);
        }
    }
}
