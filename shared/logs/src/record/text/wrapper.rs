//! What container runtimes and system loggers put around a line: CRI, syslog, journald's text, the kernel's clock.

use super::tokens::{Tokens, unquote};
use crate::record::timestamp::Form;
use crate::record::{Format, Level, Moment, timestamp};

/// A line that stands in another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrapped<'a> {
    pub(super) inside: &'a str,
    pub(super) format: Format,
    /// When the line was passed on, for lines that carry no time themselves.
    pub(super) timestamp: Option<Moment<'a>>,
    /// The level that the wrapper gives, for lines that carry none themselves.
    pub(super) level: Option<Level>,
}

/// Takes off what stands around a line, or returns `None` where nothing does.
pub(super) fn open(line: &str) -> Option<Wrapped<'_>> {
    match line.as_bytes() {
        [b'<', b'0'..=b'9', ..] => syslog(line),
        [b'0'..=b'9', _, _, _, b'-', ..] => dated(line),
        [b'A'..=b'Z', _, _, b' ', ..] => undated(line, None),
        [b'[', b'0'..=b'9' | b' ', ..] => kernel(line),
        _ => None,
    }
}

/// Takes off what containerd and CRI-O put around a line: its text, and when it was passed on, in milliseconds since the
/// epoch. Lines within may be several of one record.
pub(crate) fn collected(line: &str) -> Option<(&str, i64)> {
    if !line.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (ms, rest) = timestamp::dated(line)?;
    Some((cri(rest.strip_prefix(' ')?)?, ms))
}

/// Reads what containerd and CRI-O write: `2026-11-21T08:04:03.123456789Z stdout F the line`.
fn cri(rest: &str) -> Option<&str> {
    let rest = rest
        .strip_prefix("stdout ")
        .or_else(|| rest.strip_prefix("stderr "))?;
    rest.strip_prefix("F ").or_else(|| rest.strip_prefix("P "))
}

/// Reads RFC 5424 or RFC 3164 behind its priority: `<165>1 2026-11-21T08:04:03Z host app 1 - - the line`.
fn syslog(line: &str) -> Option<Wrapped<'_>> {
    let (priority, rest) = line[1..].split_once('>')?;
    let priority: u16 = priority.parse().ok()?;
    if priority > 191 {
        return None;
    }
    let level = match priority % 8 {
        0..=2 => Level::Fatal,
        3 => Level::Error,
        4 => Level::Warn,
        5 | 6 => Level::Info,
        _ => Level::Debug,
    };
    let Some(rest) = rest.strip_prefix("1 ") else {
        let dated = timestamp::dated(rest).and_then(|(ms, rest)| {
            let rest = rest.strip_prefix(' ')?;
            Some((Some(Moment::Ms(ms)), rest))
        });
        let (timestamp, rest) = dated.or_else(|| yearless(rest).map(|rest| (None, rest)))?;
        return Some(Wrapped {
            inside: tagged(rest).unwrap_or(rest),
            format: Format::Syslog,
            timestamp,
            level: Some(level),
        });
    };
    let mut tokens = Tokens::new(rest);
    let timestamp = match tokens.word()? {
        "-" => None,
        time => Some(timestamp::dated(time)?.0),
    };
    let (_host, _app) = (tokens.word()?, tokens.word()?);
    let (_process, _message_id) = (tokens.word()?, tokens.word()?);
    let inside = structured(tokens.rest())?;
    Some(Wrapped {
        inside: inside.trim_start().trim_start_matches('\u{feff}'),
        format: Format::Syslog,
        timestamp: timestamp.map(Moment::Ms),
        level: Some(level),
    })
}

/// Passes over RFC 5424's structured data: a dash, or elements in brackets whose values are quoted.
fn structured(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('-') {
        return Some(rest);
    }
    let mut rest = text.strip_prefix('[')?;
    loop {
        let at = rest.find(['"', ']'])?;
        let after = &rest[at + 1..];
        if rest.as_bytes()[at] == b'"' {
            rest = unquote(after)?.1;
        } else if let Some(next) = after.strip_prefix('[') {
            rest = next;
        } else {
            return Some(after);
        }
    }
}

/// Returns what follows `Nov 21 08:04:03 `, the time of RFC 3164: it names no year, so that it is no moment.
fn yearless(text: &str) -> Option<&str> {
    let time = timestamp::at_start(text).filter(|time| time.form == Form::Yearless)?;
    text[time.len..].strip_prefix(' ')
}

/// Reads the text of syslog and journald without a priority: `Nov 21 08:04:03 host app[123]: the line`.
fn undated(line: &str, level: Option<Level>) -> Option<Wrapped<'_>> {
    Some(Wrapped {
        inside: tagged(yearless(line)?)?,
        format: Format::Syslog,
        timestamp: None,
        level,
    })
}

/// Reads the wrappers that begin with a whole time: CRI, and rsyslog's newer text: `2026-11-21T08:04:03.123456+00:00 host app[123]: the line`.
fn dated(line: &str) -> Option<Wrapped<'_>> {
    let (ms, rest) = timestamp::dated(line)?;
    let rest = rest.strip_prefix(' ')?;
    if let Some(inside) = cri(rest) {
        return Some(Wrapped {
            inside,
            format: Format::Cri,
            timestamp: Some(Moment::Ms(ms)),
            level: None,
        });
    }
    let (host, after) = rest.split_once(' ')?;
    let (tag, _) = after.split_once(": ")?;
    let process = tag.strip_suffix(']').and_then(|tag| tag.rsplit_once('['));
    let is_tag = process.is_some_and(|(name, number)| {
        number.parse::<u32>().is_ok() && !name.is_empty() && !name.contains(' ')
    });
    let is_host = Level::parse(host.as_bytes()).is_none()
        && host.starts_with(|c: char| c.is_ascii_alphanumeric())
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    (is_host && (is_tag || tag == "kernel")).then(|| Wrapped {
        inside: &after[tag.len() + 2..],
        format: Format::Syslog,
        timestamp: Some(Moment::Ms(ms)),
        level: None,
    })
}

/// Returns what follows `host app[123]: `, or `app[123]: ` where a local logger leaves out the host.
fn tagged(rest: &str) -> Option<&str> {
    let mut tokens = Tokens::new(rest);
    for _ in 0..2 {
        if tokens.word()?.ends_with(':') {
            return Some(tokens.rest());
        }
    }
    None
}

/// Reads what the kernel writes, behind its seconds since it started: `[12345.678901] Out of memory: Killed process 7`.
fn kernel(line: &str) -> Option<Wrapped<'_>> {
    let (uptime, inside) = line.strip_prefix('[')?.split_once("] ")?;
    let (seconds, micros) = uptime.trim_start().split_once('.')?;
    seconds.parse::<u64>().ok()?;
    let is_clock = micros.len() == 6 && micros.bytes().all(|byte| byte.is_ascii_digit());
    is_clock.then_some(Wrapped {
        inside,
        format: Format::Kernel,
        timestamp: None,
        level: None,
    })
}
