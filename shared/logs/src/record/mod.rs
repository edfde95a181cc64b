//! Records: the fields of a log line, whatever wrote it.
//!
//! [`json`] reads structured lines in place, [`text`] the others; [`names`] is the table of the names under which
//! loggers write the same thing. What a line does not carry is left out, and never guessed.

pub mod duration;
pub mod envelope;
pub mod explain;
pub mod fields;
pub mod format;
pub mod json;
pub mod names;
pub mod text;
pub mod timestamp;

use anstream::adapter::strip_str;

pub use self::fields::{Fields, Level, Moment, Origin};
pub use self::format::Format;
use crate::json::Str;

/// Reads a line that is a record of its own. `text` is memory for lines that are not read in place, and for lines
/// within envelopes.
pub fn read<'a>(line: Str<'a>, text: &'a mut String) -> Fields<'a> {
    if line.begins_object()
        && let Some(reader) = json::read(&line)
    {
        return envelope::read(&reader, text);
    }
    plain_text(line, text);
    // A line with an odd escape cannot be read in place, but its text can.
    if Str::bare(text.as_bytes()).begins_object() {
        return envelope::read_in(text);
    }
    text::read(text)
}

/// Puts the text of a line into `memory`, without what colours it on a terminal, and returns how many bytes it had with
/// that.
pub(crate) fn plain_text(line: Str<'_>, memory: &mut String) -> usize {
    let text = line.text();
    memory.clear();
    if text.contains(ESCAPE) {
        memory.extend(strip_str(&text));
    } else {
        memory.push_str(&text);
    }
    text.len()
}

/// What begins a terminal's control sequence.
const ESCAPE: char = '\u{1b}';

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Shows what was read of a line, fields in a fixed order, absent ones left out.
    pub(crate) fn show(f: &Fields<'_>) -> String {
        let text = |name: &str, s: Option<Str<'_>>| s.map(|s| format!("{name}={}", s.text()));
        let parts = [
            (f.origin == Origin::Access).then(|| "access".to_owned()),
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
            text("cause", f.error_cause),
            f.uncaught.then(|| "uncaught".to_owned()),
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
}
