//! Records: the fields of a log line, whatever wrote it.
//!
//! [`json`] reads structured lines in place, [`text`] the others; [`names`] is the table of the names under which
//! loggers write the same thing. What a line does not carry is absent: absent beats a guess.

pub mod duration;
pub mod fields;
pub mod format;
pub mod json;
pub mod names;
pub mod text;
pub mod timestamp;

use std::borrow::Cow;

use anstream::adapter::strip_str;

pub use self::fields::{Fields, Level, Moment, Teller};
pub use self::format::Format;
use crate::json::Str;

/// Reads a line. `text` is memory for lines that are not read in place.
pub fn read<'a>(line: Str<'a>, text: &'a mut String) -> Fields<'a> {
    if line.begins_object()
        && let Some(fields) = json::read(&line)
    {
        return fields;
    }
    match line.text() {
        Cow::Borrowed(plain) if !plain.contains(ESCAPE) => return text::read(plain),
        unescaped => *text = without_colours(unescaped),
    }
    // A line with an odd escape cannot be read in place, but its text can.
    let plain = Str::bare(text.as_bytes());
    if plain.begins_object()
        && let Some(fields) = json::read(&plain)
    {
        return fields;
    }
    text::read(text)
}

/// What begins a terminal's control sequence.
const ESCAPE: char = '\u{1b}';

/// Takes out what colours text on a terminal.
fn without_colours(text: Cow<'_, str>) -> String {
    if text.contains(ESCAPE) {
        strip_str(&text).to_string()
    } else {
        text.into_owned()
    }
}

/// Returns whether a line goes on with the record before it: a stack trace's frame, an indented or a blank line.
#[must_use]
pub fn continues(line: &Str<'_>) -> bool {
    const OPENINGS: [&str; 4] = [
        "Caused by:",
        "... ",
        "Traceback (most recent call last)",
        "Suppressed:",
    ];
    match line.first_byte() {
        Some(b' ' | b'\t') => true,
        Some(b'\\') if line.raw().starts_with(b"\\t") && line.plain().is_none() => true,
        Some(b'\\' | b'C' | b'.' | b'T' | b'S') => {
            let text = line.text();
            text.starts_with('\t') || OPENINGS.iter().any(|opening| text.starts_with(opening))
        }
        _ => false,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Shows what was read of a line, fields in a fixed order, absent ones left out.
    pub(crate) fn show(f: &Fields<'_>) -> String {
        let text = |name: &str, s: Option<Str<'_>>| s.map(|s| format!("{name}={}", s.text()));
        let parts = [
            (f.teller == Teller::Access).then(|| "access".to_owned()),
            f.timestamp
                .and_then(|m| timestamp::of(&m))
                .map(|ms| format!("at={ms}")),
            f.level.map(|level| level.name().to_owned()),
            text("service", f.service),
            text("method", f.method),
            text("path", f.path),
            text("route", f.route),
            f.status.map(|status| format!("status={status}")),
            f.latency_ms.map(|ms| format!("ms={ms}")),
            text("trace", f.trace_id),
            text("error", f.error_type),
            text("dep", f.dependency),
            f.dependency_ms.map(|ms| format!("dep_ms={ms}")),
            text("msg", f.message),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn colours_are_no_part_of_a_line() {
        let mut text = String::new();
        let line = Str::bare(b"\x1b[33mWARN\x1b[0m pool \x1b[1mwaiting\x1b[0m=0");
        assert_eq!(show(&read(line, &mut text)), "warn msg=pool waiting=0");
    }

    #[test]
    fn requests_and_calls_are_told_apart() {
        for (line, request, call) in [
            (r#"{"path":"/a","status":200,"method":"GET"}"#, true, false),
            (
                r#"{"route":"/a","status":200,"latency_ms":3,"dependency":"x"}"#,
                true,
                false,
            ),
            (r#"{"path":"/a","status":200}"#, false, false),
            (r#"{"dependency":"scoring","duration_ms":3.5}"#, false, true),
            (r#"{"dependency":"scoring","level":"error"}"#, false, true),
            (
                r#"{"dependency":"scoring","level":"warn","msg":"retrying"}"#,
                false,
                false,
            ),
            (r#"{"level":"error","msg":"boom"}"#, false, false),
        ] {
            let mut text = String::new();
            let fields = read(Str::bare(line.as_bytes()), &mut text);
            assert_eq!(
                (fields.is_request(), fields.is_call()),
                (request, call),
                "{line}"
            );
        }
    }

    #[test]
    fn frames_continue_and_heads_do_not() {
        for (line, expected) in [
            ("\tat com.example.A.b(A.java:1)", true),
            ("    at b (a.js:1:2)", true),
            ("Caused by: java.io.IOException", true),
            ("... 11 common frames omitted", true),
            ("Traceback (most recent call last):", true),
            ("Connection refused", false),
            ("{\"a\":1}", false),
            ("", false),
        ] {
            assert_eq!(continues(&Str::bare(line.as_bytes())), expected, "{line}");
        }
    }
}
