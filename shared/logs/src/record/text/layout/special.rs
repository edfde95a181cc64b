//! Layouts that no pattern of time, level and name in front describes.

use super::super::{bare, is_method};
use super::head::{self, Head};
use super::level::{of_letter, of_word};
use crate::json::Value;
use crate::record::json::set;
use crate::record::names::Field;
use crate::record::timestamp::{self, Form};
use crate::record::{Fields, Level, Moment, Origin};

/// Reads the layouts that have a shape of their own.
pub(super) fn read(line: &str) -> Option<Head<'_>> {
    match *line.as_bytes().first()? {
        b'I' | b'W' | b'E' | b'F' | b'D' | b'A' => {
            rails(line).or_else(|| klog(line)).or_else(|| logrus(line))
        }
        b'T' | b'P' => logrus(line).or_else(|| php(line)),
        b'[' => nest(line)
            .or_else(|| monolog(line))
            .or_else(|| php_log(line)),
        b'n' => npm(line),
        b'=' => erlang(line),
        byte if !byte.is_ascii() => signale(line),
        _ => None,
    }
}

/// Ruby's Logger: `I, [2026-11-21T08:04:03.123456 #7]  INFO -- loans: msg`.
fn rails(line: &str) -> Option<Head<'_>> {
    let (inside, rest) = head::group(line.get(1..)?.strip_prefix(", ")?)?;
    let time = timestamp::at_start(inside)?;
    let (level, message) = rest.split_once(" -- ")?;
    let (program, message) = message.split_once(':')?;
    let plain = program.len() < 80 && !program.contains('"');
    plain.then_some(Head {
        time: Some(time),
        level: Some(of_word(level.trim())?),
        rest: message.trim_start(),
        tabbed: false,
    })
}

/// glog and klog: `I1121 08:04:03.123456       1 main.go:12] msg`. The year is not written.
fn klog(line: &str) -> Option<Head<'_>> {
    let bytes = line.as_bytes();
    let shaped = bytes.len() > 22
        && bytes[1..5].iter().all(u8::is_ascii_digit)
        && bytes[5] == b' '
        && bytes[8] == b':'
        && bytes[11] == b':';
    if !shaped {
        return None;
    }
    let (place, message) = line.split_once("] ")?;
    let at_place = place.rsplit_once(':')?.1;
    if at_place.is_empty() || !at_place.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Head {
        time: None,
        level: of_letter(bytes[0]),
        rest: message,
        tabbed: false,
    })
}

/// logrus on a terminal: `INFO[0012] msg    key=value`.
fn logrus(line: &str) -> Option<Head<'_>> {
    let (word, _) = line.split_once('[')?;
    if word.len() != 4 || !word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let level = match word {
        "PANI" | "FATA" => Level::Fatal,
        "TRAC" => Level::Trace,
        "DEBU" => Level::Debug,
        _ => of_word(word)?,
    };
    let (inside, rest) = head::group(&line[4..])?;
    let time = timestamp::at_start(inside).filter(|time| time.form != Form::Epoch);
    let seconds = inside.len() == 4 && inside.bytes().all(|byte| byte.is_ascii_digit());
    (seconds || time.is_some()).then_some(Head {
        time,
        level: Some(level),
        rest: rest.trim_start(),
        tabbed: false,
    })
}

/// NestJS: `[Nest] 7  - 11/21/2026, 8:04:03 AM     LOG [Context] msg +3ms`.
fn nest(line: &str) -> Option<Head<'_>> {
    let (inside, rest) = head::group(line)?;
    let (process, rest) = rest.trim_start().split_once(' ')?;
    let rest = rest.trim_start().strip_prefix("- ")?.trim_start();
    if process.is_empty() || inside.contains(' ') || !process.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let time = timestamp::at_start(rest)?;
    let rest = rest[time.len..].trim_start();
    let (word, rest) = rest.split_once(' ')?;
    let level = of_word(word)?;
    let rest = rest.trim_start();
    let message = head::group(rest)
        .filter(|(context, _)| !context.contains(' '))
        .map_or(rest, |(_, after)| after.trim_start());
    // The time since the line before (`+3ms`), which NestJS appends, is no part of the message.
    let since = message.rsplit_once(" +").filter(|(_, since)| {
        let digits = since.strip_suffix("ms").unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    Some(Head {
        time: Some(time),
        level: Some(level),
        rest: since.map_or(message, |(message, _)| message),
        tabbed: false,
    })
}

/// Takes the request of Sanic's access lines, behind `[2026-11-21 08:04:03 +0000] - (sanic.access)[INFO][10.0.0.1:5]: `:
/// `GET http://host/x  200 83`. In any other line a whole URL may as well be one that is called.
pub(super) fn sanic<'a>(line: &str, message: &'a str, fields: &mut Fields<'a>) {
    let mut words = message.split_ascii_whitespace();
    let (Some(method), Some(url), Some(status)) = (words.next(), words.next(), words.next()) else {
        return;
    };
    if is_method(method) && url.starts_with("http") && line.contains("(sanic.access)[") {
        set(fields, Field::Method, Value::Str(bare(method)));
        set(fields, Field::Path, Value::Str(bare(url)));
        set(fields, Field::Status, Value::Str(bare(status)));
        fields.origin = Origin::Access;
    }
}

/// Monolog and Laravel: `[2026-11-21T08:04:03.123456+00:00] app.ERROR: msg {"a":1} []`.
fn monolog(line: &str) -> Option<Head<'_>> {
    let (inside, rest) = head::group(line)?;
    let time = timestamp::at_start(inside)?;
    let (channel, message) = rest.strip_prefix(' ')?.split_once(": ")?;
    let (channel, word) = channel.rsplit_once('.')?;
    if channel.contains(' ') || !word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Some(Head {
        time: Some(time),
        level: Some(of_word(word)?),
        rest: message,
        tabbed: false,
    })
}

/// PHP's own error log: `[21-Nov-2026 08:04:03 UTC] PHP Fatal error:  Uncaught …`.
fn php_log(line: &str) -> Option<Head<'_>> {
    let (inside, rest) = head::group(line)?;
    let time = timestamp::at_start(inside)?;
    let head = php(rest.trim_start())?;
    Some(Head {
        time: Some(time),
        ..head
    })
}

fn php(line: &str) -> Option<Head<'_>> {
    let (kind, message) = line.strip_prefix("PHP ")?.split_once(": ")?;
    let level = match kind {
        "Fatal error" | "Parse error" | "Core error" | "Compile error" => Level::Fatal,
        "Catchable fatal error" | "Recoverable fatal error" => Level::Error,
        "Warning" | "User Warning" | "Deprecated" | "User Deprecated" => Level::Warn,
        "User Error" => Level::Error,
        "Notice" | "User Notice" | "Strict Standards" => Level::Info,
        _ => return None,
    };
    Some(Head {
        time: None,
        level: Some(level),
        rest: message.trim_start(),
        tabbed: false,
    })
}

/// npm: `npm ERR! code ELIFECYCLE`, `npm warn deprecated …`.
fn npm(line: &str) -> Option<Head<'_>> {
    let (word, message) = line.strip_prefix("npm ")?.split_once(' ')?;
    let level = match word {
        "ERR!" | "error" => Level::Error,
        "WARN" | "warn" => Level::Warn,
        "notice" | "info" => Level::Info,
        "verb" | "verbose" => Level::Trace,
        _ => return None,
    };
    Some(Head {
        time: None,
        level: Some(level),
        rest: message,
        tabbed: false,
    })
}

/// Returns when a request began, as Rails says it without a head: `Started GET "/x" for 10.0.0.1 at 2026-11-21 …`.
pub(super) fn rails_request(line: &str) -> Option<Moment<'static>> {
    let (_, time) = line.strip_prefix("Started ")?.rsplit_once(" at ")?;
    timestamp::parse(time).map(Moment::Ms)
}

/// Erlang's reports: `=ERROR REPORT==== 21-Nov-2026::08:04:03 ===`, the message below.
fn erlang(line: &str) -> Option<Head<'_>> {
    let (word, rest) = line.strip_prefix('=')?.split_once(" REPORT==== ")?;
    let time = timestamp::at_start(rest)?;
    let level = match word {
        "PROGRESS" | "SUPERVISOR" | "CRASH" => None,
        word => Some(of_word(word)?),
    };
    let below = rest.split_once('\n').map_or("", |(_, below)| below);
    Some(Head {
        time: Some(time),
        level,
        rest: below,
        tabbed: false,
    })
}

/// signale, consola and their kin: a sign, the level, a gap, the message: `✖  error     msg`.
fn signale(line: &str) -> Option<Head<'_>> {
    let rest = line.trim_start_matches(|c: char| !c.is_ascii() || c == ' ');
    let sign = line.chars().next()?;
    let end = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    if word.len() >= 3
        && after.starts_with("  ")
        && let Some(level) = of_word(word)
    {
        return Some(Head {
            time: None,
            level: Some(level),
            rest: after.trim_start(),
            tabbed: false,
        });
    }
    let level = match sign {
        'ℹ' | '✔' => Level::Info,
        '⚠' => Level::Warn,
        '✖' => Level::Error,
        _ => return None,
    };
    Some(Head {
        time: None,
        level: Some(level),
        rest,
        tabbed: false,
    })
}
