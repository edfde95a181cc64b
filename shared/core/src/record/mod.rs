//! Records: the fields of a log line, whatever wrote it.
//!
//! [`json`] reads structured lines in place, [`text`] the others; [`names`] is the table of the names under which
//! loggers write the same thing. What a line does not carry is absent: absent beats a guess.

pub mod duration;
pub mod json;
pub mod names;
pub mod text;
pub mod timestamp;

use std::borrow::Cow;

use crate::json::Str;

/// How serious a line says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Finest detail.
    Trace,
    /// Detail for developers.
    Debug,
    /// Ordinary progress; also notice, log and success.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
    /// The process cannot go on; also critical, alert, emergency and panic.
    Fatal,
}

impl Level {
    /// Reads a level as the common loggers write it, upper or lower case.
    #[must_use]
    pub fn parse(word: &[u8]) -> Option<Self> {
        let mut lower = [0; 12];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        Some(match &*lower {
            b"trace" | b"finest" | b"finer" | b"verbose" => Self::Trace,
            b"debug" | b"fine" | b"dbg" => Self::Debug,
            b"info" | b"information" | b"notice" | b"log" | b"success" | b"config" => Self::Info,
            b"warn" | b"warning" => Self::Warn,
            b"error" | b"err" | b"severe" => Self::Error,
            b"fatal" | b"critical" | b"crit" | b"alert" | b"emerg" | b"emergency" | b"panic" => {
                Self::Fatal
            }
            _ => return None,
        })
    }

    /// Reads a numeric level of the Bunyan and pino family: 10 is trace, 60 fatal.
    #[must_use]
    pub fn of_number(n: i64) -> Option<Self> {
        Some(match n {
            10 => Self::Trace,
            20 => Self::Debug,
            30 => Self::Info,
            40 => Self::Warn,
            50 => Self::Error,
            60 => Self::Fatal,
            _ => return None,
        })
    }

    /// Returns the level's name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// What kind of line a record was read from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Teller {
    /// The application itself.
    #[default]
    Application,
    /// A server in front of it, in an access log line: it tells requests that the application may tell too.
    Access,
}

/// A moment as a line carries it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moment<'a> {
    /// Text in one of many forms; see [`timestamp::parse`].
    Text(Str<'a>),
    /// Seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by their size.
    Epoch(f64),
}

/// The fields of one record; what the line does not carry is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Fields<'a> {
    /// What kind of line told it.
    pub teller: Teller,
    /// When, as the line says; accounting goes by the log event's own time.
    pub timestamp: Option<Moment<'a>>,
    /// How serious.
    pub level: Option<Level>,
    /// The text for people.
    pub message: Option<Str<'a>>,
    /// The service that logged it.
    pub service: Option<Str<'a>>,
    /// The HTTP method of a request.
    pub method: Option<Str<'a>>,
    /// The path of a request as it was asked for, perhaps with host and query.
    pub path: Option<Str<'a>>,
    /// The route that a framework matched.
    pub route: Option<Str<'a>>,
    /// The HTTP status of a request, in 100..=599.
    pub status: Option<u16>,
    /// How long the request, or the call, took, in milliseconds.
    pub latency_ms: Option<f64>,
    /// The trace it belongs to.
    pub trace_id: Option<Str<'a>>,
    /// The class or code of an error.
    pub error_type: Option<Str<'a>>,
    /// The service that was called.
    pub dependency: Option<Str<'a>>,
    /// How long a call took, in milliseconds, where the line tells of the request it was part of.
    pub dependency_ms: Option<f64>,
}

impl Fields<'_> {
    /// Returns whether the record states the outcome of a served request.
    #[must_use]
    pub fn is_request(&self) -> bool {
        let place = self.route.is_some() || self.path.is_some();
        place && self.status.is_some() && (self.method.is_some() || self.latency_ms.is_some())
    }

    /// Returns whether the record states the outcome of a call to a dependency.
    #[must_use]
    pub fn is_call(&self) -> bool {
        let failed = self.level >= Some(Level::Error);
        self.dependency.is_some() && !self.is_request() && (failed || self.latency_ms.is_some())
    }
}

/// Reads a line. `text` is memory for lines that are not read in place.
pub fn read<'a>(line: Str<'a>, text: &'a mut String) -> Fields<'a> {
    if line.begins_object()
        && let Some(fields) = json::read(&line)
    {
        return fields;
    }
    match line.text() {
        Cow::Borrowed(plain) => return text::read(plain),
        Cow::Owned(unescaped) => *text = unescaped,
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
    fn levels_are_read_as_the_common_loggers_write_them() {
        for (word, level) in [
            ("INFO", Some(Level::Info)),
            ("Warning", Some(Level::Warn)),
            ("CRITICAL", Some(Level::Fatal)),
            ("SEVERE", Some(Level::Error)),
            ("NOTICE", Some(Level::Info)),
            ("", None),
            ("informational", None),
        ] {
            assert_eq!(Level::parse(word.as_bytes()), level, "{word}");
        }
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
