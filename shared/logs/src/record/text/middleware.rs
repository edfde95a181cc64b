//! Request lines of web frameworks' middleware, which write no common log format: morgan, koa-logger, Gin, Negroni,
//! Tornado, chi, and Tomcat or morgan without quotes.

use super::access::{Request, is_address, is_method, number};
use super::after::Whole;
use super::tokens::Tokens;
use super::{after, bare};
use crate::record::names::Unit;
use crate::record::{Fields, Format, Level, Moment, Origin, duration, timestamp};

/// Reads a line, or a message behind a logger's own prefix.
pub(super) fn read(line: &str) -> Option<Fields<'_>> {
    let line = line.trim_start();
    match line.as_bytes().first()? {
        b'A'..=b'Z' => morgan(line),
        b'-' | b'<' | b'x' => koa(line),
        b'[' => gin(line)
            .or_else(|| tornado(line))
            .or_else(|| php(line))
            .or_else(|| unquoted(line)),
        b'"' => chi(line),
        b'0'..=b'9' | b':' => tornado_message(line)
            .or_else(|| fiber(line))
            .or_else(|| unquoted(line)),
        _ => None,
    }
}

fn request<'a>(method: &'a str, target: &'a str, status: &str) -> Option<Fields<'a>> {
    let target = target.trim_matches('"');
    let is_target = target.starts_with('/') || target.contains("://") || target == "*";
    let status = number(status)?;
    (is_method(method) && is_target).then(|| Fields {
        format: Format::RequestLine,
        origin: Origin::Access,
        method: Some(bare(method)),
        path: Some(bare(target)),
        status: Some(status),
        ..Fields::default()
    })
}

/// Reads morgan's `dev` and `tiny`: `GET /x 200 12.3 ms - 45` and `GET /x 200 45 - 12.3 ms`.
fn morgan(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let mut fields = request(tokens.word()?, tokens.word()?, tokens.word()?)?;
    let rest = tokens.rest();
    let words: [&str; 4] = exactly(rest)?;
    let size = |word: &str| word == "-" || word.bytes().all(|byte| byte.is_ascii_digit());
    let ms = match words {
        [ms, "ms", "-", length] | [length, "-", ms, "ms"] if size(length) => ms,
        _ => return None,
    };
    fields.latency_ms = duration::parse(ms, Unit::Millis);
    fields.latency_ms.is_some().then_some(fields)
}

/// Returns the words of a text where it has exactly so many.
fn exactly<const N: usize>(text: &str) -> Option<[&str; N]> {
    let mut tokens = Tokens::new(text);
    let mut words = [""; N];
    for word in &mut words {
        *word = tokens.word()?;
    }
    tokens.rest().is_empty().then_some(words)
}

/// Reads koa-logger's `--> GET /x 200 12ms 1kb`, `xxx GET /x 500 12ms -`, and `<-- GET /x` when a request comes in.
fn koa(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let arrow = tokens.word()?;
    let (method, target) = (tokens.word()?, tokens.word()?);
    if arrow == "<--" {
        let alone = tokens.rest().is_empty() && is_method(method) && target.starts_with('/');
        return alone.then(|| Fields {
            format: Format::RequestLine,
            origin: Origin::Access,
            method: Some(bare(method)),
            path: Some(bare(target)),
            ..Fields::default()
        });
    }
    if !matches!(arrow, "-->" | "xxx" | "-x-") {
        return None;
    }
    let mut fields = request(method, target, tokens.word()?)?;
    fields.latency_ms = tokens.word().and_then(grouped);
    Some(fields)
}

/// Reads a duration whose thousands koa-logger sets apart: `1,041ms`.
fn grouped(took: &str) -> Option<f64> {
    let Some(whole) = took.strip_suffix("ms").filter(|whole| whole.contains(',')) else {
        return duration::parse(took, Unit::Millis);
    };
    let mut ms = 0_u32;
    for part in whole.split(',') {
        let group: u32 = part.parse().ok().filter(|_| part.len() <= 3)?;
        ms = ms.checked_mul(1_000)?.checked_add(group)?;
    }
    Some(f64::from(ms))
}

/// Reads Gin's and Negroni's columns: `[GIN] 2026/11/21 - 08:04:03 | 200 | 12.3ms | 127.0.0.1 | GET "/x"`.
fn gin(line: &str) -> Option<Fields<'_>> {
    let (name, rest) = line.strip_prefix('[')?.split_once(']')?;
    if !matches!(name, "GIN" | "negroni") {
        return None;
    }
    let mut columns = rest.split('|').map(str::trim);
    let time = columns.next()?;
    let status = columns.next()?;
    let took = columns.next()?;
    let last = columns.next_back()?;
    let mut tokens = Tokens::new(last);
    let mut fields = request(tokens.word()?, tokens.word()?, status)?;
    fields.latency_ms = duration::parse(took, Unit::Unsaid);
    fields.timestamp = timestamp::parse(time).map(Moment::Ms);
    Some(fields)
}

/// Reads Fiber's columns, which carry no date: `08:04:03 | 200 | 1.2ms | 127.0.0.1 | GET | /x | -`.
fn fiber(line: &str) -> Option<Fields<'_>> {
    let mut columns = line.split('|').map(str::trim);
    let (time, status, took) = (columns.next()?, columns.next()?, columns.next()?);
    let (client, method, target) = (columns.next()?, columns.next()?, columns.next()?);
    let is_time = time.len() == 8 && time.as_bytes()[2] == b':';
    if !is_time || !is_address(client) {
        return None;
    }
    let mut fields = request(method, target, status)?;
    fields.latency_ms = duration::parse(took, Unit::Unsaid);
    Some(fields)
}

/// Reads Tornado's `[I 261121 08:04:03 web:2348] 200 GET /x (127.0.0.1) 12.34ms`, and its other lines.
fn tornado(line: &str) -> Option<Fields<'_>> {
    let (head, message) = line.strip_prefix('[')?.split_once("] ")?;
    let (letter, rest) = head.split_once(' ')?;
    let level = match letter {
        "D" => Level::Debug,
        "I" => Level::Info,
        "W" => Level::Warn,
        "E" => Level::Error,
        "C" => Level::Fatal,
        _ => return None,
    };
    let (ms, place) = timestamp::short_date(rest)?;
    let (_, line_number) = place.strip_prefix(' ')?.rsplit_once(':')?;
    line_number.parse::<u32>().ok()?;
    let mut fields = tornado_message(message).unwrap_or_default();
    // What an uncaught exception interrupted.
    if let Some(asked) = message.strip_prefix("Uncaught exception ")
        && let Some((method, target)) = Tokens::new(asked).pair()
        && is_method(method)
    {
        fields.method = Some(bare(method));
        fields.path = Some(bare(target));
    }
    fields.format = Format::Tornado;
    fields.level = Some(level);
    fields.timestamp = Some(Moment::Ms(ms));
    fields.message = Some(bare(message));
    Some(fields)
}

/// Reads `200 GET /x (127.0.0.1) 12.34ms`.
fn tornado_message(message: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(message);
    let status = tokens.word()?;
    number(status)?;
    let mut fields = request(tokens.word()?, tokens.word()?, status)?;
    let client = tokens.word()?.strip_prefix('(')?.strip_suffix(')')?;
    fields.latency_ms = Some(duration::parse(tokens.word()?, Unit::Millis)?);
    (is_address(client) && tokens.rest().is_empty()).then_some(fields)
}

/// Reads the line of PHP's own server: `[Sat Nov 21 08:04:03 2026] 127.0.0.1:5 [200]: GET /x`.
fn php(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let ms = timestamp::parse(tokens.bracketed()?)?;
    let client = tokens.word()?;
    let status = tokens.word()?.strip_prefix('[')?.strip_suffix("]:")?;
    let mut fields = request(tokens.word()?, tokens.word()?, status)?;
    fields.timestamp = Some(Moment::Ms(ms));
    is_address(client).then_some(fields)
}

/// Reads chi's `"GET http://host/x HTTP/1.1" from 127.0.0.1:5 - 200 12B in 1.2ms`.
fn chi(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let asked = Request::complete(tokens.quoted()?)?;
    let rest = tokens.rest().strip_prefix("from ")?;
    let (client, outcome) = rest.split_once(" - ")?;
    let mut outcome = Tokens::new(outcome);
    let status = number(outcome.word()?)?;
    let (_size, word, took) = (outcome.word()?, outcome.word()?, outcome.word()?);
    let mut fields = Fields {
        format: Format::RequestLine,
        origin: Origin::Access,
        status: Some(status),
        latency_ms: duration::parse(took, Unit::Unsaid),
        ..Fields::default()
    };
    asked.put(&mut fields);
    (is_address(client) && word == "in").then_some(fields)
}

/// Reads an access line without quotes around its request, as morgan's `short` and Spring's pattern for Tomcat write it:
/// `127.0.0.1 - GET /x HTTP/1.1 200 45 - 12.3 ms`, `[21/Nov/2026:08:04:03 +0000] 127.0.0.1 GET /x HTTP/1.1 200 (12 ms)`.
fn unquoted(line: &str) -> Option<Fields<'_>> {
    let mut tokens = Tokens::new(line);
    let mut timestamp = None;
    if line.starts_with('[') {
        timestamp = Some(Moment::Ms(timestamp::parse(tokens.bracketed()?)?));
    }
    let mut addresses = 0;
    let method = loop {
        let word = tokens.word()?;
        if is_method(word) {
            break word;
        }
        // The user's name may stand behind the address.
        if addresses == 4 || (addresses == 0 && !is_address(word)) {
            return None;
        }
        addresses += 1;
        if timestamp.is_none() && tokens.rest().starts_with('[') {
            timestamp = Some(Moment::Ms(timestamp::parse(tokens.bracketed()?)?));
        }
    };
    let target = tokens.word()?;
    if !tokens.word()?.starts_with("HTTP/") {
        return None;
    }
    let mut fields = request(method, target, tokens.word()?)?;
    fields.timestamp = timestamp;
    after::read(tokens.rest(), Whole::Unsaid, &mut fields);
    Some(fields)
}
